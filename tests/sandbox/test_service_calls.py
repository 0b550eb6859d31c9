"""An AWS service steps into a role under its own name, if the trust policy lets it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import rolelab
from rolelab.sandbox import service_credentials
from rolelab.sandbox.call import Call
from rolelab.sandbox.service_calls import (
    as_service,
    assume_role_as_service,
    on_behalf_of,
    session_with,
)
from tests.sandbox.people import allow as allow_action

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


CLOUDFORMATION = "cloudformation.amazonaws.com"
DELIVERY = "cloudtrail.amazonaws.com"


def forwarded(session: boto3.Session, *services: str) -> boto3.Session:
    """A session of the last service, which each one before it works for."""
    keys = session.get_credentials()
    caller = keys.access_key if keys is not None else None
    for service in services:
        made = service_credentials.issue(service, ACCOUNT, caller=caller)
        caller, session = made.access_key_id, session_with(made, "us-east-1")
    return session


def test_a_forwarded_call_is_decided_by_the_callers_policies(user: Any) -> None:
    """*Forward access sessions*: the principal needs the permission for what the service calls."""
    caller = user(policy=allow_action("s3:ListAllMyBuckets"))
    service = forwarded(caller, CLOUDFORMATION)
    assert service.client("s3").list_buckets()["Buckets"] == []
    with rolelab.expect_denied("iam:ListRoles"):
        service.client("iam").list_roles()


def test_a_forwarded_call_says_which_services_are_on_the_way(user: Any) -> None:
    """*AWS global condition context keys*: aws:CalledVia is ordered, aws:ViaAWSService true."""
    with pytest.raises(ClientError) as refused:
        forwarded(user(), CLOUDFORMATION, "dynamodb.amazonaws.com").client("iam").list_roles()
    context = rolelab.why(refused.value).request.context
    assert context["aws:CalledVia"] == [CLOUDFORMATION, "dynamodb.amazonaws.com"]
    assert context["aws:CalledViaFirst"] == CLOUDFORMATION
    assert context["aws:CalledViaLast"] == "dynamodb.amazonaws.com"
    assert context["aws:ViaAWSService"] == "true"
    assert "aws:SourceIp" in context


def test_the_trail_shows_a_forwarded_call_as_the_callers_invoked_by_the_service(
    sandbox: Any, user: Any
) -> None:
    forwarded(user(policy=allow_action("*")), CLOUDFORMATION).client("iam").list_roles()
    record = sandbox.trail[-1]
    assert record["userIdentity"]["userName"] == "alice"
    assert record["userIdentity"]["invokedBy"] == CLOUDFORMATION
    assert record["sourceIPAddress"] == record["userAgent"] == CLOUDFORMATION


def test_a_forwarded_identity_ends_with_the_callers_key(user: Any) -> None:
    caller = user(policy=allow_action("*"))
    service = forwarded(caller, CLOUDFORMATION)
    keys = boto3.client("iam").list_access_keys(UserName="alice")["AccessKeyMetadata"]
    boto3.client("iam").delete_access_key(UserName="alice", AccessKeyId=keys[0]["AccessKeyId"])
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        service.client("iam").list_roles()


@pytest.mark.parametrize(
    ("source_account", "may"), [(ACCOUNT, True), ("999988887777", False)], ids=["ours", "foreign"]
)
def test_a_service_in_its_own_name_is_let_in_by_the_resource_alone(
    sandbox: Any, source_account: str, may: bool
) -> None:
    """*The confused deputy problem*: aws:SourceAccount says for whom the service works."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bookshop-trail")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": DELIVERY},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::bookshop-trail/*",
        "Condition": FOR_US,
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket="bookshop-trail", Policy=text)
    service = as_service(DELIVERY, source_account=source_account, region="us-east-1").client("s3")
    if may:
        service.put_object(Bucket="bookshop-trail", Key="log", Body=b"")
        assert sandbox.trail[-1]["userIdentity"] == {"type": "AWSService", "invokedBy": DELIVERY}
    else:
        with pytest.raises(ClientError, match="AccessDenied"):
            service.put_object(Bucket="bookshop-trail", Key="log", Body=b"")
    with pytest.raises(ClientError, match="AccessDenied"):
        service.list_buckets()


def test_a_fresh_account_knows_no_service_keys(user: Any) -> None:
    made = service_credentials.issue(CLOUDFORMATION, ACCOUNT)
    rolelab.start()
    assert service_credentials.find(made.access_key_id) is None


def test_nobody_signed_so_there_is_no_identity_to_forward() -> None:
    anonymous = Call(
        service="s3",
        operation="GetObject",
        parameters={},
        account=ACCOUNT,
        region="us-east-1",
        principal="*",
        context={},
        headers={},
    )
    with pytest.raises(ValueError, match="nobody to call for"):
        on_behalf_of(anonymous, CLOUDFORMATION)
