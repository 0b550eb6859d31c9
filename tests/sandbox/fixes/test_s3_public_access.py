"""The meaning of "public", read off *Blocking public access to your Amazon S3 storage*."""

from __future__ import annotations

from typing import Any

import pytest

from rolelab.iam import Policies, Request, evaluate
from rolelab.sandbox.fixes.s3_public_access import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    NOTHING_BLOCKED,
    BlockPublicAccess,
    effective_policy,
    grantee_is_public,
    policy_is_public,
)

BUCKET = "arn:aws:s3:::bookshop-orders"
OWNER = "123456789012"
ORDERS = f"{BUCKET}/orders/1.json"


def statement(principal: Any = "*", **elements: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": f"{BUCKET}/*",
        **elements,
    }


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def under(operator: str, key: str, value: Any) -> dict[str, Any]:
    return statement(Condition={operator: {key: value}})


PUBLIC = {
    "everyone": statement("*"),
    "everyone, written as AWS": statement({"AWS": "*"}),
    "everyone among fixed principals": statement({"AWS": [OWNER, "*"]}),
    "a web identity provider": statement({"Federated": "graph.facebook.com"}),
    "a VPC with a wildcard": under("StringLike", "aws:SourceVpc", "vpc-*"),
    "a fixed VPC or one with a wildcard": under("StringLike", "aws:SourceVpc", ["vpc-1", "vpc-*"]),
    "a policy variable is not fixed": under("StringEquals", "aws:SourceVpc", "${aws:username}"),
    "an IPv4 range broader than /8": under("IpAddress", "aws:SourceIp", "0.0.0.0/1"),
    "an IPv6 range broader than /32": under("IpAddress", "aws:SourceIp", "2001::/16"),
    "one broad range among narrow ones": under(
        "IpAddress", "aws:SourceIp", ["203.0.113.0/24", "0.0.0.0/0"]
    ),
    "everyone but an address": under("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
    "everyone outside a VPC": under("StringNotEquals", "aws:SourceVpc", "vpc-91237329"),
    "a key that may be absent": under("StringEqualsIfExists", "aws:SourceVpc", "vpc-91237329"),
    "all of no values": under("ForAllValues:StringEquals", "aws:SourceVpc", "vpc-91237329"),
    "a key that limits nobody": under("Bool", "aws:SecureTransport", "true"),
    "a referer": under("StringLike", "aws:Referer", "https://www.example.com/*"),
    "a user id of the form role id and session": under(
        "StringLike", "aws:userid", "AROAEXAMPLEID:*"
    ),
    "a source ARN with a wildcard": under("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*"),
}

NOT_PUBLIC = {
    "an account": statement({"AWS": "111122223333"}),
    "an account root": statement({"AWS": "arn:aws:iam::111122223333:root"}),
    "a role": statement({"AWS": f"arn:aws:iam::{OWNER}:role/orders-task-role"}),
    "a service principal": statement({"Service": "cloudtrail.amazonaws.com"}),
    "a fixed VPC": under("StringEquals", "aws:SourceVpc", "vpc-91237329"),
    "a fixed VPC endpoint": under("StringEquals", "aws:SourceVpce", "vpce-1a2b3c4d"),
    "a fixed organization": under("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
    "a key name in another case": under("StringEquals", "AWS:PrincipalOrgId", "o-a1b2c3d4e5"),
    "a fixed source ARN": under("ArnEquals", "aws:SourceArn", "arn:aws:sns:us-east-1:1:t"),
    "a fixed source account": under("StringEquals", "aws:SourceAccount", OWNER),
    "a fixed user id": under("StringEquals", "aws:userid", "AIDAEXAMPLEID"),
    "StringLike without a wildcard": under("StringLike", "aws:SourceVpc", "vpc-91237329"),
    "an IPv4 range of /8": under("IpAddress", "aws:SourceIp", "54.0.0.0/8"),
    "a single address": under("IpAddress", "aws:SourceIp", "203.0.113.7"),
    "an IPv6 range of /32": under("IpAddress", "aws:SourceIp", "2001:db8::/32"),
    "any access point of one account": under(
        "StringLike", "s3:DataAccessPointArn", "arn:aws:s3:us-west-2:123456789012:accesspoint/*"
    ),
    "a fixed KMS key": under(
        "StringEquals", "s3:x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:r:1:key/k"
    ),
    "a denial of everyone": statement("*", Effect="Deny"),
    "everyone, limited by one of two conditions": statement(
        Condition={
            "Bool": {"aws:SecureTransport": "true"},
            "StringEquals": {"aws:SourceVpc": "vpc-91237329"},
        }
    ),
}


@pytest.mark.parametrize("written", PUBLIC.values(), ids=PUBLIC)
def test_public(written: dict[str, Any]) -> None:
    assert policy_is_public(policy(written))


@pytest.mark.parametrize("written", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_not_public(written: dict[str, Any]) -> None:
    assert not policy_is_public(policy(written))


def test_one_public_statement_makes_the_policy_public() -> None:
    assert policy_is_public(policy(statement({"AWS": OWNER}), statement("*")))


def test_a_single_statement_may_stand_without_a_list() -> None:
    assert policy_is_public({"Version": "2012-10-17", "Statement": statement("*")})


@pytest.mark.parametrize(
    ("uri", "public"),
    [
        (ALL_USERS, True),
        (AUTHENTICATED_USERS, True),
        ("http://acs.amazonaws.com/groups/s3/LogDelivery", False),
        (None, False),
    ],
    ids=["everyone", "every AWS account", "log delivery", "an account"],
)
def test_a_grantee_that_makes_an_acl_public(uri: str | None, public: bool) -> None:
    assert grantee_is_public(uri) is public


def test_bucket_and_account_settings_combine_to_the_most_restrictive() -> None:
    bucket = BlockPublicAccess(True, False, False, False)
    account = BlockPublicAccess(False, False, True, False)
    assert bucket | account == BlockPublicAccess(True, False, True, False)


READ_ORDERS = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"},
}


def allowed(document: dict[str, Any], principal: str, **context: str) -> bool:
    """Whether S3 serves an order to a caller whose own policies, if it has any, allow it."""
    request = Request(principal, "s3:GetObject", ORDERS, resource_account=OWNER, context=context)
    identity = [] if principal == "*" else [READ_ORDERS]
    return evaluate(request, Policies(identity=identity, resource=document)).allowed


# The example of "How Amazon S3 evaluates a bucket policy that contains both public and non-public
# access grants": a service, another account and the public.
CLOUDTRAIL = statement({"Service": "cloudtrail.amazonaws.com"})
ACCOUNT_2 = statement({"AWS": "arn:aws:iam::222233334444:root"})
EVERYONE = statement("*")
CALLERS = {
    "cloudtrail.amazonaws.com": {"aws:PrincipalIsAWSService": "true"},
    "arn:aws:iam::222233334444:user/partner": {},
    "*": {},
    f"arn:aws:iam::{OWNER}:user/clerk": {},
}


def served(document: dict[str, Any]) -> list[bool]:
    return [allowed(document, caller, **context) for caller, context in CALLERS.items()]


def test_restrict_public_buckets_leaves_services_and_the_owners_account() -> None:
    written = policy(CLOUDTRAIL, ACCOUNT_2, EVERYONE)
    block = BlockPublicAccess(False, False, False, restrict_public_buckets=True)
    assert served(written) == [True, True, True, True]
    assert served(effective_policy(written, block, BUCKET, OWNER)) == [True, False, False, True]


def test_restrict_public_buckets_leaves_a_policy_alone_that_is_not_public() -> None:
    written = policy(CLOUDTRAIL, ACCOUNT_2)
    assert effective_policy(written, BlockPublicAccess(), BUCKET, OWNER) == written


def test_a_public_policy_is_in_effect_when_nothing_is_blocked() -> None:
    written = policy(EVERYONE)
    assert effective_policy(written, NOTHING_BLOCKED, BUCKET, OWNER) == written
