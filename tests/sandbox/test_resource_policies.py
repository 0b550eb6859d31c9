"""The policy attached to a resource, and its owner, whichever account asks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolelab.iam import PolicyError
from rolelab.sandbox.resource_policies import account_of, attached, backend, backends, unseen

ACCOUNT = "123456789012"


def statement(action: str, **elements: Any) -> str:
    allow = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": action, **elements}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


@pytest.mark.parametrize("arn", ["arn:aws:s3:::bookshop", "arn:aws:s3:::bookshop/a/b"])
def test_bucket_policy_covers_bucket_and_objects(aws: Any, arn: str) -> None:
    aws("s3").create_bucket(Bucket="bookshop")
    assert (attached(arn).account, attached(arn).policy) == (ACCOUNT, None)
    policy = statement("s3:*", Resource=["arn:aws:s3:::bookshop", "arn:aws:s3:::bookshop/*"])
    aws("s3").put_bucket_policy(Bucket="bookshop", Policy=policy)
    known = attached(arn)
    assert known.policy is not None
    assert (known.account, known.policy.source) == (ACCOUNT, json.loads(policy))


def test_a_bucket_is_found_under_the_owner_alone(aws: Any) -> None:
    aws("s3").create_bucket(Bucket="bookshop")
    assert attached("arn:aws:s3:::bookshop").account == ACCOUNT
    assert attached("arn:aws:s3:::nobody").account is None
    assert attached("arn:aws:s3:::*").account is None


def test_trust_policy_of_a_role(aws: Any) -> None:
    trust = statement("sts:AssumeRole")
    aws("iam").create_role(RoleName="app", Path="/x/", AssumeRolePolicyDocument=trust)
    known = attached(f"arn:aws:iam::{ACCOUNT}:role/x/app")
    assert known.policy is not None
    assert known.policy.source == json.loads(trust)
    assert attached(f"arn:aws:iam::{ACCOUNT}:role/app").policy is None


def test_key_policy_of_a_kms_key(aws: Any) -> None:
    policy = statement("kms:*", Resource="*")
    arn = aws("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    known = attached(arn)
    assert known.policy is not None
    assert known.policy.source == json.loads(policy)


def test_a_stored_policy_that_is_none_is_said_to_be_wrong(aws: Any) -> None:
    arn = aws("kms").create_key(Policy="hello")["KeyMetadata"]["Arn"]
    with pytest.raises(PolicyError):
        attached(arn)


@pytest.mark.parametrize(
    ("arn", "account"),
    [
        (f"arn:aws:sqs:us-east-1:{ACCOUNT}:returns", ACCOUNT),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", None),
        ("arn:aws:s3:::bookshop", None),
        ("*", None),
        ("policy path /", None),
    ],
    ids=["account in the ARN", "AWS's own policy", "no account in the ARN", "all", "no ARN"],
)
def test_account_of(arn: str, account: str | None) -> None:
    assert account_of(arn) == account


def test_looking_creates_no_account(aws: Any) -> None:
    assert backend("iam", "999999999999", "aws") is None
    assert attached("arn:aws:iam::999999999999:role/app").policy is None
    assert "999999999999" not in backends("iam")


def test_unseen_resources_are_as_if_they_were_not_there(aws: Any) -> None:
    aws("s3").create_bucket(Bucket="bookshop")
    with unseen():
        assert attached("arn:aws:s3:::bookshop").account is None
        assert backend("s3", ACCOUNT, "aws") is None
    assert attached("arn:aws:s3:::bookshop").account == ACCOUNT
