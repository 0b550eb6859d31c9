"""An AWS service steps into a role under its own name, if the trust policy lets it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import rolelab
from rolelab.sandbox.service_calls import assume_role_as_service

ACCOUNT = "123456789012"
ECS = "ecs-tasks.amazonaws.com"
TASK = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/bookshop/0f9de17a6465404e8b1b2356dc13c2f8"
FOR_US = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@pytest.fixture(autouse=True)
def sandbox() -> Iterator[Any]:
    yield rolelab.start()
    rolelab.stop()


def role_with(*statements: Any) -> str:
    """The ARN of a role with this trust policy. Its path is part of the ARN."""
    iam = boto3.client("iam")
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    name = f"role-{len(iam.list_roles()['Roles'])}"
    role = iam.create_role(RoleName=name, Path="/shop/", AssumeRolePolicyDocument=text)
    return role["Role"]["Arn"]


def allow(principal: Any, condition: Any = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {**statement, **({"Condition": condition} if condition else {})}


def assume(role: str, service: str = ECS, **source: str) -> boto3.Session:
    return assume_role_as_service(service, role, session_name="launch", **source)  # type: ignore[arg-type]


def test_the_session_is_the_role() -> None:
    role = role_with(allow({"Service": ECS}))
    me = assume(role).client("sts").get_caller_identity()
    name = role.rsplit("/", 1)[-1]
    assert me["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/launch"


def test_the_session_has_the_permissions_of_the_role() -> None:
    role = role_with(allow({"Service": ECS}))
    session = assume(role)
    with rolelab.expect_denied("s3:ListAllMyBuckets"):
        session.client("s3").list_buckets()
    boto3.client("iam").attach_role_policy(
        RoleName=role.rsplit("/", 1)[-1],
        PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    )
    assert session.client("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        pytest.param(allow({"Service": ECS}), {}, id="Principal names the service"),
        pytest.param(allow({"Service": ["ec2.amazonaws.com", ECS]}), {}, id="one name of several"),
        pytest.param(allow("*"), {}, id="Principal *"),
        pytest.param(
            allow({"Service": ECS}, FOR_US), {"source_account": ACCOUNT}, id="aws:SourceAccount"
        ),
        pytest.param(
            allow(
                {"Service": ECS},
                {"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:*:{ACCOUNT}:*"}},
            ),
            {"source_arn": TASK},
            id="aws:SourceArn",
        ),
        pytest.param(
            allow("*", {"Bool": {"aws:PrincipalIsAWSService": "true"}}),
            {},
            id="aws:PrincipalIsAWSService",
        ),
        pytest.param(
            allow({"Service": ECS}, {"StringEquals": {"sts:RoleSessionName": "launch"}}),
            {},
            id="sts:RoleSessionName",
        ),
    ],
)
def test_the_trust_policy_lets_the_service_in(statement: Any, source: dict[str, str]) -> None:
    assert assume(role_with(statement), **source)


@pytest.mark.parametrize(
    ("statements", "source"),
    [
        pytest.param([allow({"Service": "ecs.amazonaws.com"})], {}, id="another service's name"),
        pytest.param(
            [allow({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})], {}, id="a service has no account"
        ),
        pytest.param(
            [allow({"Service": ECS}, FOR_US)],
            {"source_account": "999988887777"},
            id="it works for another account",
        ),
        pytest.param([allow({"Service": ECS}, FOR_US)], {}, id="it says not for whom it works"),
        pytest.param(
            [allow({"Service": ECS}), {**allow({"Service": ECS}), "Effect": "Deny"}],
            {},
            id="a Deny wins",
        ),
        pytest.param(
            [allow({"Service": ECS}, {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}})],
            {"source_account": ACCOUNT},
            id="aws:PrincipalAccount is absent",
        ),
    ],
)
def test_the_trust_policy_keeps_the_service_out(
    statements: list[Any], source: dict[str, str]
) -> None:
    role = role_with(*statements)
    with pytest.raises(ClientError) as refused:
        assume(role, **source)
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert f"User: {ECS} is not authorized to perform: sts:AssumeRole" in str(refused.value)


def test_a_role_that_is_not_there_is_refused_in_the_same_way() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        assume(f"arn:aws:iam::{ACCOUNT}:role/nobody")


def test_a_role_of_another_account(sandbox: Any) -> None:
    other = sandbox.admin("999988887777").client("iam")
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow({"Service": ECS})]})
    role = other.create_role(RoleName="theirs", AssumeRolePolicyDocument=text)["Role"]
    me = assume(role["Arn"]).client("sts").get_caller_identity()
    assert me["Account"] == "999988887777"


def test_why_finds_the_decision() -> None:
    role = role_with(allow({"Service": "lambda.amazonaws.com"}))
    with pytest.raises(ClientError) as refused:
        assume(role)
    decision = rolelab.why(refused.value)
    assert (decision.request.principal, decision.request.resource) == (ECS, role)
    assert rolelab.why() is decision


def test_the_trail_has_the_call_as_the_services_own(sandbox: Any) -> None:
    role = role_with(allow({"Service": ECS}))
    assume(role, source_account=ACCOUNT)
    record = sandbox.trail[-1]
    assert record["userIdentity"] == {"type": "AWSService", "invokedBy": ECS}
    assert (record["eventSource"], record["eventName"]) == ("sts.amazonaws.com", "AssumeRole")
    assert record["sourceIPAddress"] == record["userAgent"] == ECS
    assert record["requestParameters"]["roleArn"] == role
    assert record["responseElements"]["assumedRoleUser"]["arn"].endswith("/launch")
    assert record["resources"][0]["ARN"] == role
    assert record["recipientAccountId"] == ACCOUNT


def test_the_trail_does_not_give_the_credentials_away(sandbox: Any) -> None:
    session = assume(role_with(allow({"Service": ECS})))
    credentials: Any = session.get_credentials()
    text = json.dumps(sandbox.trail[-1], default=str)
    assert credentials.access_key in text
    assert credentials.secret_key not in text
    assert credentials.token not in text


def test_the_trail_has_refused_calls_too(sandbox: Any) -> None:
    with pytest.raises(ClientError):
        assume(role_with(allow({"Service": "lambda.amazonaws.com"})))
    record = sandbox.trail[-1]
    assert record["errorCode"] == "AccessDenied"
    assert record["responseElements"] is None
    assert sandbox.trail.to_frame().iloc[-1]["user"] == ECS


def test_without_a_sandbox() -> None:
    rolelab.stop()
    try:
        with pytest.raises(RuntimeError, match="No sandbox is running"):
            assume(f"arn:aws:iam::{ACCOUNT}:role/any")
    finally:
        rolelab.start()
