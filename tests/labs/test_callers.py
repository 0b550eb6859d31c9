"""Standing in somebody's place: what each caller is, and what an attempt proves."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

import rolelab
from rolelab.labs import CheckFailed, as_account, as_anonymous, as_role, as_service, as_user

ORDER = "arn:aws:s3:::bookshop-orders/incoming/1001.json"
DONE = "arn:aws:s3:::bookshop-orders/processed/1000.json"
BUCKET = "arn:aws:s3:::bookshop-orders"
ROLE = "arn:aws:iam::123456789012:role/shop/orders-task-role"
ECS = "ecs-tasks.amazonaws.com"

pytestmark = pytest.mark.usefixtures("bookshop")


@pytest.mark.parametrize("name", ["orders-task-role", ROLE])
def test_a_role_by_its_name_or_its_arn(name: str) -> None:
    role = as_role(name)
    assert role.allowed("s3:GetObject", ORDER).allowed
    assert not role.denied("s3:GetObject", DONE).allowed


def test_a_role_without_asking_its_trust_policy() -> None:
    trust_nobody("orders-task-role")
    assert as_role("orders-task-role").allowed("s3:GetObject", ORDER)


def test_a_role_through_its_trust_policy() -> None:
    assert as_role("orders-task-role", assumed_by=ECS).allowed("s3:GetObject", ORDER)
    trust_nobody("orders-task-role")
    with pytest.raises(CheckFailed, match="The trust policy of the role decides"):
        as_role("orders-task-role", assumed_by=ECS)


def test_a_user_with_a_key_that_no_list_shows() -> None:
    as_user("ida").allowed("s3:GetObject", ORDER)
    assert boto3.client("iam").list_access_keys(UserName="ida")["AccessKeyMetadata"] == []


def test_a_user_who_has_as_many_keys_as_there_may_be() -> None:
    iam = boto3.client("iam")
    iam.create_access_key(UserName="ida")
    iam.create_access_key(UserName="ida")
    assert as_user("ida").allowed("s3:GetObject", ORDER)


@pytest.mark.parametrize(
    ("mfa", "condition", "allowed"),
    [
        pytest.param(None, {"Null": {"aws:MultiFactorAuthPresent": "true"}}, True, id="absent"),
        pytest.param(False, {"Bool": {"aws:MultiFactorAuthPresent": "false"}}, True, id="false"),
        pytest.param(True, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, True, id="true"),
        pytest.param(
            None, {"Bool": {"aws:MultiFactorAuthPresent": "false"}}, False, id="not false"
        ),
    ],
)
def test_how_a_user_signed_in(mfa: bool | None, condition: Any, allowed: bool) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition}
        ],
    }
    boto3.client("iam").put_user_policy(
        UserName="jon", PolicyName="mfa", PolicyDocument=json.dumps(document)
    )
    assert as_user("jon", mfa=mfa).attempt("s3:GetObject", ORDER).allowed is allowed


def test_a_service_works_for_this_account_unless_it_is_said() -> None:
    assert as_service(ECS).allowed("sts:AssumeRole", ROLE)
    assert as_service(ECS, source_account="999988887777").denied("sts:AssumeRole", ROLE)
    assert as_service("lambda.amazonaws.com").denied("sts:AssumeRole", ROLE)


def test_a_service_names_a_resource_of_the_account_it_works_for() -> None:
    condition = {"ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:999988887777:*"}}
    trust(ROLE, {"Service": ECS}, condition)
    assert as_service(ECS, source_account="999988887777").allowed("sts:AssumeRole", ROLE)
    assert as_service(ECS).denied("sts:AssumeRole", ROLE)
    arn = "arn:aws:ecs:us-east-1:999988887777:cluster/theirs"
    assert as_service(ECS, source_arn=arn).allowed("sts:AssumeRole", ROLE)


def test_a_service_has_no_permissions_of_its_own() -> None:
    with pytest.raises(TypeError, match="can only be asked for sts:AssumeRole"):
        as_service(ECS).allowed("s3:GetObject", ORDER)


def test_administrators_of_this_account_and_of_others() -> None:
    assert as_account("123456789012").allowed("s3:DeleteObject", ORDER)
    assert as_account("999988887777").denied("s3:GetObject", ORDER)


def test_an_anonymous_caller_is_decided_by_the_bucket_policy() -> None:
    assert as_anonymous().denied("s3:GetObject", ORDER)
    s3 = boto3.client("s3")
    s3.delete_public_access_block(Bucket="bookshop-orders")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": ORDER}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket="bookshop-orders", Policy=json.dumps(document))
    assert as_anonymous().allowed("s3:GetObject", ORDER)
    assert as_anonymous().denied("sts:AssumeRole", ROLE)


def test_what_is_reached_of_what_is_forbidden() -> None:
    forbidden = [("s3:GetObject", ORDER), ("s3:GetObject", DONE), ("s3:DeleteObject", ORDER)]
    reached = as_role("orders-task-role").reaches(forbidden)
    assert [(attempt.action, attempt.resource) for attempt in reached] == [("s3:GetObject", ORDER)]


def test_further_parameters_go_into_the_call() -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": BUCKET,
                "Condition": {"StringEquals": {"s3:prefix": "incoming/"}},
            }
        ],
    }
    boto3.client("iam").put_user_policy(
        UserName="jon", PolicyName="list", PolicyDocument=json.dumps(document)
    )
    jon = as_user("jon")
    assert jon.allowed("s3:ListBucket", BUCKET, Prefix="incoming/")
    assert jon.denied("s3:ListBucket", BUCKET, Prefix="processed/")


def test_an_attempt_is_a_call_in_the_trail(bookshop: Any) -> None:
    as_role("orders-task-role").allowed("s3:GetObject", ORDER)
    last = bookshop.trail[-1]
    assert last["eventName"] == "GetObject"
    assert last["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] == "orders-task-role"


def test_why_explains_the_denial_of_an_attempt() -> None:
    as_user("jon").denied("s3:GetObject", ORDER)
    assert rolelab.why().request.action == "s3:GetObject"


def test_a_denial_of_something_else_proves_nothing() -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}],
    }
    boto3.client("iam").put_user_policy(
        UserName="jon", PolicyName="write", PolicyDocument=json.dumps(document)
    )
    with pytest.raises(RuntimeError, match="proves nothing"):
        as_user("jon").denied("s3:PutObject", ORDER, ACL="bucket-owner-full-control")


def test_a_denial_by_the_key_of_what_is_read_is_a_denial() -> None:
    """The same call needs both permissions (*Using server-side encryption with AWS KMS keys*)."""
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    boto3.client("s3").put_object(
        Bucket="bookshop-orders",
        Key="incoming/1001.json",
        Body=b"{}",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key,
    )
    attempt = as_role("orders-task-role").denied("s3:GetObject", ORDER)
    assert f"is not authorized to perform: kms:Decrypt on resource: {key}" in attempt.answer


def test_allowed_says_what_was_tried_and_what_aws_answered() -> None:
    with pytest.raises(CheckFailed) as failed:
        as_user("jon").allowed("s3:GetObject", ORDER)
    text = " ".join(str(failed.value).split())
    assert f"tried user jon with an access key: s3:GetObject on {ORDER}" in text
    assert "✕ denied AccessDenied: User: arn:aws:iam::123456789012:user/jon is not" in text


def test_denied_says_what_is_still_possible() -> None:
    with pytest.raises(CheckFailed, match="must be denied s3:GetObject"):
        as_user("ida").denied("s3:GetObject", ORDER)


@pytest.mark.parametrize(
    "caller",
    [lambda: as_role("nobody"), lambda: as_user("nobody"), lambda: as_role(f"{ROLE}-2")],
    ids=["role", "user", "role by ARN"],
)
def test_somebody_who_is_not_there(caller: Any) -> None:
    with pytest.raises(CheckFailed, match="There is no"):
        caller()


def test_without_a_sandbox() -> None:
    rolelab.stop()
    try:
        with pytest.raises(CheckFailed, match=r"Call rolelab\.start\(\) first"):
            as_account("123456789012")
    finally:
        rolelab.start()


def trust_nobody(role: str) -> None:
    trust(role, {"AWS": "arn:aws:iam::999988887777:root"})


def trust(role: str, principal: Any, condition: Any = None) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition is not None:
        statement["Condition"] = condition
    boto3.client("iam").update_assume_role_policy(
        RoleName=role.rsplit("/", 1)[-1],
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


@pytest.mark.parametrize("role", ["orders-task-role", ROLE])
def test_a_service_hands_on_the_session_of_a_role_by_its_name_or_its_arn(role: str) -> None:
    session = as_service(ECS).assume(role, session_name="orders-1")
    caller = session.client("sts").get_caller_identity()["Arn"]
    assert caller.endswith(":assumed-role/orders-task-role/orders-1")
