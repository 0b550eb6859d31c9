"""The policy of an event bus.

AWS pages: *PutPermission* and *RemovePermission* (EventBridge API Reference); *Permissions for
Amazon EventBridge event buses* (User Guide).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rolelab.iam import PolicyError, parse
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Serve, fix
from rolelab.sandbox.fixes.events_errors import validation
from rolelab.sandbox.fixes.events_lookup import check_parameters, find_bus

MAXIMUM_SIZE = 10_240
"""Bytes of the policy of a bus (*PutPermission*)."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as moto's bus keeps it.

    Attributes:
        written: the statement.
    """

    written: Mapping[str, Any]

    @property
    def principal(self) -> Any:
        """Whom moto looks for when it replaces a statement."""
        return self.written.get("Principal")

    def describe(self) -> Mapping[str, Any]:
        """Give the statement."""
        return self.written


@fix("events", "PutPermission")
def put_permission(call: Call, response: Any, serve: Serve) -> Answer:
    """Add a statement to the policy of a bus, or replace the whole policy."""
    check_parameters(call)
    given = call.parameters
    bus = find_bus(call, given.get("EventBusName"))
    if given.get("Policy"):
        statements = _statements(str(given["Policy"]))
    else:
        new = _statement(call, bus)
        kept = (each.describe() for each in bus._statements.values())
        statements = [*(each for each in kept if each.get("Sid") != new["Sid"]), new]
    _check(statements)
    bus._statements.clear()
    for position, written in enumerate(statements):
        bus._statements[written.get("Sid", f"\0{position}")] = Statement(written)
    return Answer()


def _statements(text: str) -> list[Mapping[str, Any]]:
    try:
        written = json.loads(text)["Statement"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise validation("This policy contains invalid Json") from error
    found = written if isinstance(written, list) else [written]
    if not all(isinstance(each, Mapping) for each in found):
        raise validation("This policy contains invalid Json")
    return found


def _statement(call: Call, bus: Any) -> Mapping[str, Any]:
    """Make a statement of the parameters that stand for one."""
    given = call.parameters
    for name in ("Action", "Principal", "StatementId"):
        if not given.get(name):
            raise validation(f"Parameter {name} must be specified.")
    if given["Action"] != "events:PutEvents":
        raise validation("Provided value in parameter 'action' is not supported.")
    principal, condition = str(given["Principal"]), given.get("Condition")
    if condition and principal != "*":
        raise validation(
            "Value of the parameter 'principal' must be '*' when the parameter 'condition' is set."
        )
    root = f"arn:{call.partition}:iam::{principal}:root"
    limited = {}
    if condition:
        limited = {"Condition": {condition["Type"]: {condition["Key"]: condition["Value"]}}}
    return {
        "Sid": given["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {"AWS": root},
        "Action": "events:PutEvents",
        "Resource": bus.arn,
        **limited,
    }


def _check(statements: list[Mapping[str, Any]]) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    if len(text.encode()) > MAXIMUM_SIZE:
        raise ServiceError(
            "PolicyLengthExceededException", "The event bus policy is too long.", 400
        )
    try:
        parse(text, kind="resource")
    except PolicyError as error:
        raise validation(f"This policy is not valid: {error}") from error
