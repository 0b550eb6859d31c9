"""The Python that asks the same question again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rolelab.iam import Decision, Document
from rolelab.policy_playground.fields import POLICY_FIELDS
from rolelab.policy_playground.layout import PYTHON

_WIDTH = 88


def as_python(decision: Decision) -> str:
    """Code that makes the decision again: run it in any cell, with or without an account."""
    lines = [
        "from rolelab.iam import Policies, Request, evaluate",
        "",
        *_call("request", "Request", _request_arguments(decision)),
        *_call("policies", "Policies", _policy_arguments(decision)),
        "evaluate(request, policies)",
    ]
    return "\n".join(lines)


def _call(name: str, function: str, arguments: Iterator[tuple[str, Any]]) -> Iterator[str]:
    yield f"{name} = {function}("
    for argument, value in arguments:
        before = len(argument) + 1
        yield f"    {argument}={PYTHON.lay_out(value, width=_WIDTH - 1, indent=4, before=before)},"
    yield ")"


def _request_arguments(decision: Decision) -> Iterator[tuple[str, Any]]:
    request = decision.request
    yield "principal", request.principal
    yield "action", request.action
    yield "resource", request.resource
    if request.resource_account:
        yield "resource_account", request.resource_account
    if request.context:
        yield "context", dict(request.context)


def _policy_arguments(decision: Decision) -> Iterator[tuple[str, Any]]:
    absent = type(decision.policies)()
    for field in POLICY_FIELDS:
        value = getattr(decision.policies, field.name)
        if value != getattr(absent, field.name):
            yield field.name, _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Document):
        return value.source
    return [_plain(item) for item in value]
