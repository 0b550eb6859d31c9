"""How condition tables are written: one Allow statement with a condition, one request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .case import Case
from .names import OPERATORS, USER
from .statements import allow, policy

Context = Mapping[str, Any]


def match(
    rule: str, condition: Any, context: Context, page: str = OPERATORS, principal: str = USER
) -> Case:
    """The condition is met, so the statement allows."""
    return Case(
        rule,
        page,
        {"principal": principal, "action": "service:Action", "resource": "*", "context": context},
        {"identity": [policy(allow("service:Action", Condition=condition))]},
        "Allow",
        "identity-based policy",
    )


def no_match(
    rule: str, condition: Any, context: Context, page: str = OPERATORS, principal: str = USER
) -> Case:
    """The condition is not met, so nothing allows."""
    return Case(
        rule,
        page,
        {"principal": principal, "action": "service:Action", "resource": "*", "context": context},
        {"identity": [policy(allow("service:Action", Condition=condition))]},
        "ImplicitDeny",
        "identity-based policy",
    )
