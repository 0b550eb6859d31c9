"""One row of the table: a request, the policies that apply to it, and what AWS documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Effect = Literal["Allow", "ImplicitDeny", "ExplicitDeny"]

LayerName = Literal[
    "identity-based policy",
    "resource-based policy",
    "permissions boundary",
    "session policy",
    "service control policy",
    "resource control policy",
    "VPC endpoint policy",
]


@dataclass(frozen=True, slots=True)
class Case:
    """A documented decision.

    id: the rule, in words.
    page: the title of the AWS page that states the rule.
    request, policies: keyword arguments of `Request` and `Policies`.
    effect: the decision.
    layer: the policy type that decides. Left out where several could be named.
    message: the whole message. Left out where AWS documents none.
    """

    id: str
    page: str
    request: Mapping[str, Any]
    policies: Mapping[str, Any]
    effect: Effect
    layer: LayerName | None = None
    message: str | None = None
