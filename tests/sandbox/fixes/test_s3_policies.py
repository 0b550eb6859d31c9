"""Bucket policies through boto3: refused, blocked, public or not, and in effect."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
import requests

import rolelab

BUCKET = "bookshop-orders"
ARN = f"arn:aws:s3:::{BUCKET}"
KEY = "orders/1.json"
OWNER, PARTNER = "123456789012", "222233334444"
ADMINISTRATOR = f"arn:aws:sts::{OWNER}:assumed-role/Administrator/learner"
SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def statement(principal: Any, action: str = "s3:GetObject", **elements: Any) -> dict[str, Any]:
    resource = f"{ARN}/*" if "Object" in action else ARN
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": resource,
        **elements,
    }


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


PUBLIC = policy(statement("*"))
PARTNER_ROOT = {"AWS": f"arn:aws:iam::{PARTNER}:root"}


@pytest.fixture
def s3(sandbox: Any) -> Any:
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key=KEY, Body=b"order")
    return client


def block(s3: Any, *settings: str) -> None:
    s3.put_public_access_block(
        Bucket=BUCKET,
        PublicAccessBlockConfiguration={name: name in settings for name in SETTINGS},
    )


def anonymous(key: str = KEY) -> int:
    url = f"https://{BUCKET}.s3.us-east-1.amazonaws.com/{key}"
    return int(requests.get(url, timeout=5).status_code)


def test_a_policy_is_answered_with_204_and_comes_back_as_it_was(s3: Any) -> None:
    text = policy(statement(PARTNER_ROOT))
    answer = s3.put_bucket_policy(Bucket=BUCKET, Policy=text)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.get_bucket_policy(Bucket=BUCKET)["Policy"] == text


def test_a_malformed_policy_is_refused_and_the_old_one_stays(s3: Any, refused: Any) -> None:
    text = policy(statement(PARTNER_ROOT))
    s3.put_bucket_policy(Bucket=BUCKET, Policy=text)
    assert refused(s3.put_bucket_policy, Bucket=BUCKET, Policy="hello") == (
        "MalformedPolicy",
        "Policies must be valid JSON and the first byte must be '{'",
    )
    assert s3.get_bucket_policy(Bucket=BUCKET)["Policy"] == text


PRINCIPALS = {
    "an account": ({"AWS": "111122223333"}, True),
    "a role that exists": ({"AWS": f"arn:aws:iam::{OWNER}:role/shop/orders"}, True),
    "a role without its path": ({"AWS": f"arn:aws:iam::{OWNER}:role/orders"}, False),
    "a role of an account nobody used": ({"AWS": "arn:aws:iam::111122223333:role/app"}, False),
    "a session of a role": ({"AWS": f"arn:aws:sts::{OWNER}:assumed-role/orders/1"}, True),
    "a session of no role": ({"AWS": f"arn:aws:sts::{OWNER}:assumed-role/order/1"}, False),
    "a user that exists": ({"AWS": f"arn:aws:iam::{OWNER}:user/clerk"}, True),
    "a user that does not": ({"AWS": f"arn:aws:iam::{OWNER}:user/clark"}, False),
    "a group, which is no principal": ({"AWS": f"arn:aws:iam::{OWNER}:group/clerks"}, False),
    "a service": ({"Service": "cloudtrail.amazonaws.com"}, True),
}


@pytest.mark.parametrize(("principal", "valid"), PRINCIPALS.values(), ids=PRINCIPALS)
def test_principals_have_to_exist(
    s3: Any, refused: Any, principal: dict[str, str], valid: bool
) -> None:
    iam = boto3.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
    iam.create_role(Path="/shop/", RoleName="orders", AssumeRolePolicyDocument=json.dumps(trust))
    iam.create_user(UserName="clerk")
    text = policy(statement(principal))
    if valid:
        s3.put_bucket_policy(Bucket=BUCKET, Policy=text)
    else:
        assert refused(s3.put_bucket_policy, Bucket=BUCKET, Policy=text) == (
            "MalformedPolicy",
            "Invalid principal in policy",
        )


def test_block_public_policy_refuses_a_public_policy(s3: Any, refused: Any) -> None:
    assert refused(s3.put_bucket_policy, Bucket=BUCKET, Policy=PUBLIC) == (
        "AccessDenied",
        f"User: {ADMINISTRATOR} is not authorized to perform: s3:PutBucketPolicy on resource: "
        f'"{ARN}" because public policies are prevented by the BlockPublicPolicy setting in S3 '
        "Block Public Access.",
    )


def test_the_accounts_block_public_policy_counts_too(s3: Any, refused: Any) -> None:
    s3.delete_public_access_block(Bucket=BUCKET)
    boto3.client("s3control").put_public_access_block(
        AccountId=OWNER, PublicAccessBlockConfiguration={"BlockPublicPolicy": True}
    )
    assert refused(s3.put_bucket_policy, Bucket=BUCKET, Policy=PUBLIC)[0] == "AccessDenied"


def test_a_policy_for_another_account_is_not_public(s3: Any) -> None:
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(statement(PARTNER_ROOT)))


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        ({}, True),
        ({"StringLike": {"aws:SourceVpc": "vpc-*"}}, True),
        ({"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}, False),
    ],
    ids=["everyone", "any VPC", "a fixed VPC"],
)
def test_the_policy_status(s3: Any, condition: dict[str, Any], public: bool) -> None:
    block(s3)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(statement("*", Condition=condition)))
    assert s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"] == {"IsPublic": public}


def test_without_a_policy_there_is_no_status(s3: Any, refused: Any) -> None:
    code, _ = refused(s3.get_bucket_policy_status, Bucket=BUCKET)
    assert code == "NoSuchBucketPolicy"


def test_a_public_policy_serves_everyone_once_nothing_blocks_it(s3: Any) -> None:
    assert anonymous() == 403
    block(s3)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=PUBLIC)
    assert anonymous() == 200


def test_restrict_public_buckets_leaves_a_public_policy_to_the_owners_account(
    s3: Any, sandbox: Any, refused: Any
) -> None:
    block(s3)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(statement("*"), statement(PARTNER_ROOT)))
    block(s3, "RestrictPublicBuckets")
    partner = sandbox.admin(PARTNER).client("s3")
    assert anonymous() == 403
    assert refused(partner.get_object, Bucket=BUCKET, Key=KEY) == ("AccessDenied", "Access Denied")
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"order"


def test_the_denial_of_restrict_public_buckets_can_be_read(s3: Any, sandbox: Any) -> None:
    block(s3)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=PUBLIC)
    block(s3, "RestrictPublicBuckets")
    assert anonymous() == 403
    decision = rolelab.why()
    assert decision.effect == "ExplicitDeny"
    assert "RestrictPublicBuckets" in str(decision)


def test_restrict_public_buckets_does_not_touch_a_policy_that_is_not_public(
    s3: Any, sandbox: Any
) -> None:
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(statement(PARTNER_ROOT)))
    partner = sandbox.admin(PARTNER).client("s3")
    assert partner.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"order"


@pytest.mark.parametrize("action", ["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"])
def test_the_policy_belongs_to_the_owners_account_alone(
    s3: Any, sandbox: Any, refused: Any, action: str
) -> None:
    s3.put_bucket_policy(
        Bucket=BUCKET, Policy=policy(statement(PARTNER_ROOT, action="s3:*BucketPolicy"))
    )
    partner = sandbox.admin(PARTNER).client("s3")
    operation = {
        "GetBucketPolicy": partner.get_bucket_policy,
        "PutBucketPolicy": partner.put_bucket_policy,
        "DeleteBucketPolicy": partner.delete_bucket_policy,
    }[action]
    more = {"Policy": PUBLIC} if action == "PutBucketPolicy" else {}
    assert refused(operation, Bucket=BUCKET, **more) == (
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
    )


def test_a_deny_without_tls_does_not_lock_its_author_out(s3: Any) -> None:
    """moto reads such a policy by itself, without its condition, and denies everything."""
    deny = statement(
        "*",
        Effect="Deny",
        Action="s3:*",
        Resource=[ARN, f"{ARN}/*"],
        Condition={"Bool": {"aws:SecureTransport": "false"}},
    )
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(deny))
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"order"
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"order 2")
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": KEY}]})
