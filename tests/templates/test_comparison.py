"""Two accounts, the same questions. Page: *Policy evaluation logic*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from rolelab import templates
from tests.templates.accounts import (
    FIRST,
    SECOND,
    TASKS_TRUST,
    allow,
    deploy,
    deploy_file,
    document,
    make_role,
    moved,
)

COURSE = ("lab-3/orders-service.yaml", "lab-5/orders-key.yaml", "lab-6/dev-account.yaml")
BUCKET = "bookshop-orders"


@pytest.mark.parametrize("name", COURSE)
def test_an_export_decides_as_the_account_does(sandbox: Any, name: str) -> None:
    deploy_file(name)
    exported, second = moved(sandbox)
    compared = templates.compare(exported, second, "orders")
    assert compared.equivalent, compared.differences_frame()
    assert compared.decisions > 10_000
    frame = compared.to_frame()
    assert frame.loc["role csecstaskexecutionrole", FIRST] > 0
    assert (frame[FIRST] == frame[SECOND]).all()


def guarded_account() -> None:
    """A role under a boundary, a bucket that asks for TLS, a key and a secret with policies."""
    s3, iam = boto3.client("s3"), boto3.client("iam")
    s3.create_bucket(Bucket=BUCKET)
    everywhere = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    only_tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": everywhere,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=document(only_tls))
    make_role("worker", allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/incoming/*"), allow("sqs:*"))
    boundary = iam.create_policy(
        PolicyName="limit", PolicyDocument=document(allow(["s3:*", "dynamodb:*"]))
    )["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=boundary)


Mutation = Callable[[boto3.Session], None]


def _put(session: boto3.Session, *statements: Any, name: str = "own") -> None:
    session.client("iam").put_role_policy(
        RoleName="worker", PolicyName=name, PolicyDocument=document(*statements)
    )


def wider(session: boto3.Session) -> None:
    _put(session, allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}-second/*"))


def narrower(session: boto3.Session) -> None:
    _put(session, allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}-second/incoming/a"))


def one_action_more(session: boto3.Session) -> None:
    _put(session, allow("s3:ListBucket", f"arn:aws:s3:::{BUCKET}-second"), name="more")


def wrong_account_in_trust(session: boto3.Session) -> None:
    """What a copied trust policy does: it still names the account that it came from."""
    session.client("iam").update_assume_role_policy(
        RoleName="worker", PolicyDocument=document(TASKS_TRUST)
    )


def no_condition_in_trust(session: boto3.Session) -> None:
    open_ = {name: value for name, value in TASKS_TRUST.items() if name != "Condition"}
    session.client("iam").update_assume_role_policy(
        RoleName="worker", PolicyDocument=document(open_)
    )


def no_bucket_policy(session: boto3.Session) -> None:
    session.client("s3").delete_bucket_policy(Bucket=f"{BUCKET}-second")


def a_stranger_let_in(session: boto3.Session) -> None:
    public = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}-second/*",
    }
    s3 = session.client("s3")
    s3.delete_public_access_block(Bucket=f"{BUCKET}-second")
    s3.put_bucket_policy(Bucket=f"{BUCKET}-second", Policy=document(public))


DIFFERENT: dict[str, tuple[Mutation, str, str]] = {
    "a wider resource": (wider, "role worker", "s3:GetObject"),
    "a narrower resource": (narrower, "role worker", "s3:GetObject"),
    "one action more": (one_action_more, "role worker", "s3:ListBucket"),
    "a trust policy that names the first account": (
        wrong_account_in_trust,
        "ecs-tasks.amazonaws.com",
        "sts:AssumeRole",
    ),
    "a trust policy without its condition": (
        no_condition_in_trust,
        "ecs-tasks.amazonaws.com",
        "sts:AssumeRole",
    ),
    "no bucket policy: its denial is missing": (
        no_bucket_policy,
        "an administrator",
        "s3:GetObject",
    ),
    "a public bucket": (a_stranger_let_in, "anonymous", "s3:GetObject"),
}


@pytest.mark.parametrize(("change", "who", "action"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_a_difference_is_found(sandbox: Any, change: Mutation, who: str, action: str) -> None:
    guarded_account()
    exported, second = moved(sandbox)
    assert templates.compare(exported, second, "orders").equivalent
    change(second)
    compared = templates.compare(exported, second, "orders")
    assert not compared.equivalent
    assert (who, action) in {(each.principal, each.action) for each in compared.differences}


def test_a_missing_boundary_is_found(sandbox: Any) -> None:
    guarded_account()
    boto3.client("iam").put_role_policy(
        RoleName="worker", PolicyName="logs", PolicyDocument=document(allow("logs:*"))
    )
    boto3.client("logs").create_log_group(logGroupName="/ecs/orders")
    exported, second = moved(sandbox)
    second.client("iam").delete_role_permissions_boundary(RoleName="worker")
    compared = templates.compare(exported, second, "orders")
    assert {each.principal for each in compared.differences} == {"role worker"}
    assert {each.action.split(":")[0] for each in compared.differences} == {"logs"}


def test_the_text_may_differ_where_the_decisions_do_not(sandbox: Any) -> None:
    guarded_account()
    exported, second = moved(sandbox)
    arn = f"arn:aws:s3:::{BUCKET}-second/incoming/*"
    twice = [allow("s3:getobject", arn), allow(["s3:GetObject"], [arn]), allow("sqs:*")]
    _put(second, *twice)
    assert templates.compare(exported, second, "orders").equivalent


def test_what_only_one_account_has_is_named(sandbox: Any) -> None:
    make_role("worker")
    exported, second = moved(sandbox)
    iam = second.client("iam")
    iam.create_role(RoleName="intruder", AssumeRolePolicyDocument=document(TASKS_TRUST))
    iam.delete_role(RoleName="worker")
    compared = templates.compare(exported, second)
    assert compared.only_first == ("AWS::IAM::Role worker",)
    assert compared.only_second == ("AWS::IAM::Role intruder",)
    assert not compared.equivalent


def test_a_stack_says_which_resource_is_which(sandbox: Any) -> None:
    """Keys have no names, so only the stack knows."""
    kms = boto3.client("kms")
    for description in ("orders", "payroll"):
        kms.create_key(Description=description)
    exported, second = moved(sandbox)
    assert templates.compare(exported, second, "orders").equivalent
    other = second.client("kms")
    by_description = {
        other.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Description"]: key["KeyId"]
        for key in other.list_keys()["Keys"]
    }
    locked = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{SECOND}:root"},
        "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:Put*"],
        "Resource": "*",
    }
    other.put_key_policy(
        KeyId=by_description["payroll"], PolicyName="default", Policy=document(locked)
    )
    compared = templates.compare(exported, second, "orders")
    payroll = [
        key["KeyArn"]
        for key in kms.list_keys()["Keys"]
        if kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Description"] == "payroll"
    ]
    assert {each.resource for each in compared.differences} == set(payroll)


def test_a_template_with_a_copied_account_number_is_not_equivalent(sandbox: Any) -> None:
    """It is lint clean and deploys, and ECS tasks of the second account are locked out."""
    make_role("worker")
    exported = templates.from_account()
    copied = exported.text.replace("!Ref AWS::AccountId", f'"{FIRST}"')
    second = sandbox.admin(SECOND)
    assert deploy(exported, second, copied) == "CREATE_COMPLETE"
    compared = templates.compare(exported, second, "orders")
    assert {(each.principal, each.action) for each in compared.differences} == {
        ("ecs-tasks.amazonaws.com", "sts:AssumeRole")
    }
