"""Rotation: Secrets Manager calls a Lambda function four times, and moves no label by itself.

AWS pages: *RotateSecret* and *CancelRotateSecret* (AWS Secrets Manager API Reference); *Rotation by
Lambda function*, *Lambda rotation functions*, *Troubleshoot AWS Secrets Manager rotation*. AWS
calls the function after it has answered; here it has been called when the answer comes.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Response, Serve, fix
from rolelab.sandbox.fixes.secretsmanager_lookup import (
    invalid_parameter,
    invalid_request,
    primary_in,
    secret_in,
)
from rolelab.sandbox.fixes.secretsmanager_versions import CURRENT, PENDING, labelled, move
from rolelab.sandbox.service_calls import as_service

if TYPE_CHECKING:
    from collections.abc import Iterable

SERVICE = "secretsmanager.amazonaws.com"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
"""What the function is called for, in this order. AWS page: *Rotation by Lambda function*."""

_NO_FUNCTION = "No Lambda rotation function ARN is associated with this secret."
_NOT_FINISHED = "A previous rotation isn't complete. That rotation will be reattempted."
_NOT_INVOKED = (
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy "
    "grants access to the principal secretsmanager.amazonaws.com."
)


@fix("secretsmanager", "RotateSecret")
def rotate_secret(call: Call, response: Any, serve: Serve) -> Answer:
    """Without a function moto makes an empty version the current one, so the secret is lost."""
    found, given = primary_in(call), call.parameters
    _check_rules(given.get("RotationRules") or {})
    token = str(given.get("ClientRequestToken") or uuid.uuid4())
    function = given.get("RotationLambdaARN") or found.rotation_lambda_arn
    if found.owning_service is not None:
        _rotated_by_its_service(found, token)
        _configure(found, given, "")
        return _answer(found, token)
    if not function:
        raise invalid_request(_NO_FUNCTION)
    pending = labelled(found, PENDING)
    if pending is not None and pending != labelled(found, CURRENT):
        raise invalid_request(_NOT_FINISHED)
    before = _configuration(found)
    _configure(found, given, str(function))
    found.versions[token] = _version(token)
    move(found, PENDING, token)
    at_once = given.get("RotateImmediately", True)
    try:
        _run(found, str(function), token, STEPS if at_once else ("testSecret",))
    except ServiceError:
        _take_back(found, token, pending)
        for name, value in before.items():
            setattr(found, name, value)
        raise
    if not at_once:
        # Page: *RotateSecret*, "RotateImmediately": the version for the test is taken away again.
        _take_back(found, token, pending)
        return _answer(found, str(found.default_version_id))
    return _answer(found, token)


def _version(token: str) -> dict[str, Any]:
    """A version without a value and without a label, as moto keeps it."""
    return {"createdate": _now(), "version_id": token, "version_stages": []}


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


def _take_back(found: Any, token: str, pending: str | None) -> None:
    move(found, PENDING, pending)
    del found.versions[token]


def _answer(found: Any, version: str) -> Answer:
    return Answer({"ARN": found.arn, "Name": found.name, "VersionId": version})


def _check_rules(rules: Any) -> None:
    days = rules.get("AutomaticallyAfterDays")
    if days is not None and not 1 <= int(days) <= 1000:
        raise invalid_parameter("RotationRules.AutomaticallyAfterDays must be within 1-1000.")
    if days is not None and rules.get("ScheduleExpression"):
        raise invalid_parameter(
            "You can specify only one of AutomaticallyAfterDays and ScheduleExpression."
        )


_KEPT = (
    "rotation_requested",
    "rotation_enabled",
    "rotation_lambda_arn",
    "auto_rotate_after_days",
    "next_rotation_date",
    "rotation_rules",
)


def _configuration(found: Any) -> dict[str, Any]:
    return {name: getattr(found, name, None) for name in _KEPT}


def _configure(found: Any, given: Any, function: str) -> None:
    found.rotation_requested = found.rotation_enabled = True
    found.rotation_lambda_arn = function
    rules = given.get("RotationRules")
    if rules:
        found.rotation_rules = dict(rules)
        found.auto_rotate_after_days = int(rules.get("AutomaticallyAfterDays") or 0)
    if found.auto_rotate_after_days:
        wait = timedelta(days=found.auto_rotate_after_days)
        found.next_rotation_date = _now() + int(wait.total_seconds())


def _run(found: Any, function: str, token: str, steps: Iterable[str]) -> None:
    """Call the rotation function, step by step.

    A step that fails ends the rotation, and its version stays pending; the caller is not told,
    as AWS runs the steps after its answer.

    Raises:
        ServiceError: AccessDeniedException: the function is not there, or its policy does not let
            Secrets Manager in.
    """
    for step in steps:
        if not _succeeds(found, function, token, step):
            return
    found.last_rotation_date = _now()


def _succeeds(found: Any, function: str, token: str, step: str) -> bool:
    from botocore.exceptions import ClientError

    _, _, _, region, owner, *_ = found.arn.split(":")
    session = as_service(SERVICE, source_arn=found.arn, source_account=owner, region=region)
    event = {"Step": step, "SecretId": found.arn, "ClientRequestToken": token}
    try:
        answer = session.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps(event).encode()
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("AccessDeniedException", "ResourceNotFoundException"):
            raise ServiceError("AccessDeniedException", _NOT_INVOKED) from error
        raise
    return "FunctionError" not in answer


def _rotated_by_its_service(found: Any, token: str) -> None:
    """A service rotates the secrets that it manages. AWS page: *Managed rotation*.

    Of a secret in JSON the password changes; what the service does with it is the service's.
    """
    current = found.versions[found.default_version_id]
    secret = json.loads(current["secret_string"])
    value = json.dumps({**secret, "password": uuid.uuid4().hex})
    found.versions[token] = {**_version(token), "secret_string": value}
    move(found, CURRENT, token)
    found.last_rotation_date = _now()


@fix("secretsmanager", "CancelRotateSecret")
def cancel_rotate_secret(call: Call, response: Any, serve: Serve) -> Answer:
    """Rotation is turned off; a version that was pending stays so."""
    found = primary_in(call)
    if not found.rotation_lambda_arn:
        raise invalid_request(_NO_FUNCTION)
    found.rotation_enabled = False
    found.next_rotation_date = None
    pending = labelled(found, PENDING)
    members = {"ARN": found.arn, "Name": found.name}
    return Answer({**members, "VersionId": pending} if pending is not None else members)


@fix("secretsmanager", "DescribeSecret")
def describe_secret(call: Call, response: Any, serve: Serve) -> Response:
    """moto shows a schedule as nought days."""
    rules = getattr(secret_in(call), "rotation_rules", None)
    status, headers, body = serve()
    if status == 200 and rules:
        body = json.dumps({**json.loads(body), "RotationRules": rules})
    return status, headers, body
