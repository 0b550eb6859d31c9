"""Every fix of Lambda is still needed: raw moto, without the gate, still answers wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.fixes.functions import ACCOUNT, make_function, make_role, packed

pytestmark = pytest.mark.usefixtures("raw_moto")


def taken(operation: Callable[..., Any], **parameters: Any) -> bool:
    """Does moto take a call that AWS refuses?"""
    try:
        operation(**parameters)
    except ClientError:
        return False
    return True


def add(functions: Any, sid: str = "one", **given: Any) -> dict[str, Any]:
    defaults = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    answer = functions.add_permission(FunctionName="work", StatementId=sid, **{**defaults, **given})
    statement: dict[str, Any] = json.loads(answer["Statement"])
    return statement


def role_of_another_service(functions: Any) -> bool:
    arn = make_role("tasks", "ecs-tasks.amazonaws.com")
    return taken(make_function, FunctionName="other", Role=arn)


def alias_shares_the_policy(functions: Any) -> bool:
    functions.publish_version(FunctionName="work")
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    add(functions)
    return taken(functions.get_policy, FunctionName="work", Qualifier="live")


def code_does_not_run(functions: Any) -> bool:
    make_function("def handler(event, context): return 'ran'", FunctionName="other")
    answer = functions.invoke(FunctionName="other", Payload=b'"event"')
    return answer["Payload"].read() != b'"ran"'


def condition_overwritten(functions: Any) -> bool:
    given = {"SourceAccount": ACCOUNT, "PrincipalOrgID": "o-a1b2c3d4e5"}
    return len(add(functions, **given)["Condition"]["StringEquals"]) == 1


def layer_not_found_by_arn(functions: Any) -> bool:
    made = functions.publish_layer_version(LayerName="l", Content={"ZipFile": packed(a="")})
    try:
        functions.get_layer_version_by_arn(Arn=made["LayerVersionArn"])
    except (ClientError, NotImplementedError):
        return True
    return False


ROWS: dict[str, Callable[[Any], bool]] = {
    "configuration_works: a role of another service": role_of_another_service,
    "configuration_works: reserved variables": lambda functions: taken(
        make_function, FunctionName="other", Environment={"Variables": {"AWS_REGION": "x"}}
    ),
    "package_opens: any bytes": lambda functions: taken(
        make_function, FunctionName="other", Code={"ZipFile": b"x"}
    ),
    "invoke: the code does not run": code_does_not_run,
    "add_permission: an account stays a number": lambda functions: (
        add(functions, Principal=ACCOUNT)["Principal"] == ACCOUNT
    ),
    "add_permission: a role that does not exist": lambda functions: taken(
        add, functions=functions, Principal=f"arn:aws:iam::{ACCOUNT}:role/none"
    ),
    "add_permission: the same twice": lambda functions: (
        bool(add(functions)) and taken(add, functions=functions)
    ),
    "add_permission: one condition overwrites the other": condition_overwritten,
    "get_policy: one for all aliases": alias_shares_the_policy,
    "get_layer_version_by_arn: missing": layer_not_found_by_arn,
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_moto_is_still_wrong(row: Callable[[Any], bool]) -> None:
    make_role()
    make_function()
    assert row(boto3.client("lambda"))
