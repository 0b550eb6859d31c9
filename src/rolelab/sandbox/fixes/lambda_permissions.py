"""Lambda: the policies on functions and layers, one statement at a time.

moto keeps one policy for all aliases of a function, writes principals as they come, overwrites one
condition with the next, and takes the same statement twice.

AWS pages: *AddPermission*, *RemovePermission*, *GetPolicy*, *AddLayerVersionPermission* of the
Lambda API Reference; *Viewing resource-based IAM policies in Lambda*. The sentences are those
Lambda answers, as widely reported.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.iam_service_principals import is_refused
from rolelab.sandbox.fixes.iam_trust import exists
from rolelab.sandbox.fixes.lambda_lookup import LATEST, find, invalid_parameter, not_found
from rolelab.sandbox.operations.lambda_ import layer_version_arn
from rolelab.sandbox.resource_policies.lambda_ import layer_version, policy

_ACCOUNT = re.compile(r"\d{12}")
# Parameter of AddPermission -> operator and key of the condition it becomes.
_CONDITIONS: Mapping[str, tuple[str, str]] = {
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
    "OrganizationId": ("StringEquals", "aws:PrincipalOrgID"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
}


@fix("lambda", "AddPermission")
def add_permission(call: Call, response: Any, serve: Any) -> Answer:
    """Add a statement to the policy of a function, a version or an alias."""
    found = find(call)
    if call.parameters.get("Qualifier") == LATEST:
        raise invalid_parameter("We currently do not support adding policies for $LATEST.")
    return Answer({"Statement": json.dumps(_add(call, found.policy, found.arn))})


@fix("lambda", "RemovePermission")
def remove_permission(call: Call, response: Any, serve: Any) -> None:
    """Take a statement out of the policy of what the call names, and of nothing else."""
    found = find(call)
    _remove(call, found.policy, found.arn)


@fix("lambda", "GetPolicy")
def get_policy(call: Call, response: Any, serve: Any) -> Answer:
    """Give the policy of a function, a version or an alias."""
    found = find(call)
    return _shown(found.policy, found.arn)


@fix("lambda", "AddLayerVersionPermission")
def add_layer_version_permission(call: Call, response: Any, serve: Any) -> Answer:
    """Add a statement to the policy of a version of a layer."""
    arn, found = _layer(call)
    statement = _add(call, found.policy, arn)
    return Answer({"Statement": json.dumps(statement), "RevisionId": found.policy.revision})


@fix("lambda", "RemoveLayerVersionPermission")
def remove_layer_version_permission(call: Call, response: Any, serve: Any) -> None:
    """Take a statement out of the policy of a version of a layer."""
    arn, found = _layer(call)
    _remove(call, found.policy, arn)


@fix("lambda", "GetLayerVersionPolicy")
def get_layer_version_policy(call: Call, response: Any, serve: Any) -> Answer:
    """Give the policy of a version of a layer."""
    arn, found = _layer(call)
    return _shown(found.policy, arn)


def _layer(call: Call) -> tuple[str, Any]:
    arn = layer_version_arn(call)
    found = layer_version(arn)
    if found is None:
        raise not_found("The resource you requested does not exist.")
    return arn, found


def _add(call: Call, stored: Any, arn: str) -> dict[str, Any]:
    given = call.parameters
    _check_revision(call, stored)
    sid = str(given["StatementId"])
    if any(each.get("Sid") == sid for each in _of(stored, arn)):
        raise ServiceError(
            "ResourceConflictException",
            f"The statement id ({sid}) provided already exists. Please provide a new statement id, "
            "or remove the existing statement.",
            409,
            Type="User",
        )
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": _principal(call, str(given["Principal"])),
        "Action": str(given["Action"]),
        "Resource": arn,
    }
    conditions = _conditions(given)
    if conditions:
        statement["Condition"] = conditions
    stored.statements.append(statement)
    stored.revision = str(uuid.uuid4())
    return statement


def _remove(call: Call, stored: Any, arn: str) -> None:
    _check_revision(call, stored)
    sid = str(call.parameters["StatementId"])
    found = next((each for each in _of(stored, arn) if each.get("Sid") == sid), None)
    if found is None:
        raise not_found(f"Statement {sid} is not found in resource policy.")
    stored.statements.remove(found)
    stored.revision = str(uuid.uuid4())


def _shown(stored: Any, arn: str) -> Answer:
    written = _of(stored, arn)
    if not written:
        raise not_found("The resource you requested does not exist.")
    return Answer({"Policy": json.dumps(policy(written)), "RevisionId": stored.revision})


def _of(stored: Any, arn: str) -> list[dict[str, Any]]:
    return [each for each in stored.statements if each.get("Resource") == arn]


def _check_revision(call: Call, stored: Any) -> None:
    wanted = call.parameters.get("RevisionId")
    if wanted and wanted != stored.revision:
        raise ServiceError(
            "PreconditionFailedException",
            "The RevisionId provided does not match the latest RevisionId. Call the GetPolicy API "
            "to retrieve the latest RevisionId for your resource.",
            412,
            Type="User",
        )


def _principal(call: Call, given: str) -> str | dict[str, str]:
    """A service, an account, a user or a role, or everyone."""
    if given == "*":
        return given
    if _ACCOUNT.fullmatch(given):
        return {"AWS": f"arn:{call.partition}:iam::{given}:root"}
    if given.startswith("arn:"):
        if exists(call, given):
            return {"AWS": given}
    elif not is_refused(given):
        return {"Service": given}
    raise invalid_parameter(
        "The provided principal was invalid. Please check the principal and try again."
    )


def _conditions(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    conditions: dict[str, dict[str, str]] = {}
    for member, (operator, key) in _CONDITIONS.items():
        value = given.get(member)
        if value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            conditions.setdefault(operator, {})[key] = text
    return conditions
