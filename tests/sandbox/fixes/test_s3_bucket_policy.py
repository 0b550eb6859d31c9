"""Bucket policies that S3 refuses, each with S3's own sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import s3_bucket_policy

BUCKET = "arn:aws:s3:::bookshop-orders"
ROLE = "arn:aws:iam::123456789012:role/orders-task-role"


def exists(kind: str, name: str) -> bool:
    return kind != "AWS" or name == ROLE


def policy(**elements: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ROLE},
        "Action": "s3:GetObject",
        "Resource": f"{BUCKET}/*",
        **elements,
    }
    kept = {name: value for name, value in statement.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [kept]})


def reason(text: str) -> str:
    with pytest.raises(ServiceError) as refused:
        s3_bucket_policy.check(text, BUCKET, exists)
    assert (refused.value.code, refused.value.status) == ("MalformedPolicy", 400)
    return refused.value.message


NOT_JSON = "Policies must be valid JSON and the first byte must be '{'"
INVALID_RESOURCE = "Policy has invalid resource"
INVALID_ACTION = "Policy has invalid action"
NO_RESOURCE = "Action does not apply to any resource(s) in statement"
CONDITIONS = "Conditions do not apply to combination of actions and resources in statement"

REFUSED = {
    "plain text": ("hello", NOT_JSON),
    "a list": ("[]", NOT_JSON),
    "a space before the brace": (" " + policy(), NOT_JSON),
    "broken JSON": ('{"Version": ', NOT_JSON),
    "no statement": ('{"Version": "2012-10-17"}', "Missing required field Statement"),
    "an empty list of statements": (
        '{"Version": "2012-10-17", "Statement": []}',
        "Could not parse the policy: Statement is empty!",
    ),
    "a version that does not exist": (
        policy().replace("2012-10-17", "2012-10-18"),
        "The policy must contain a valid version string",
    ),
    "no effect": (policy(Effect=None), "Missing required field Effect"),
    "an effect in lower case": (policy(Effect="allow"), "Invalid effect: allow"),
    "no principal": (policy(Principal=None), "Missing required field Principal"),
    "no action": (policy(Action=None), "Missing required field Action"),
    "no resource": (policy(Resource=None), "Missing required field Resource"),
    "a role that does not exist": (
        policy(Principal={"AWS": ROLE + "s"}),
        "Invalid principal in policy",
    ),
    "a principal with a wildcard": (
        policy(Principal={"AWS": "arn:aws:iam::123456789012:role/*"}),
        "Invalid principal in policy",
    ),
    "another bucket": (policy(Resource="arn:aws:s3:::bookshop-invoices/*"), INVALID_RESOURCE),
    "another bucket beside this one": (
        policy(Resource=[f"{BUCKET}/*", "arn:aws:s3:::bookshop-invoices/*"]),
        INVALID_RESOURCE,
    ),
    "a bucket name without an ARN": (policy(Resource="bookshop-orders/*"), INVALID_RESOURCE),
    "a longer bucket name": (policy(Resource=f"{BUCKET}-archive/*"), INVALID_RESOURCE),
    "an action of another service": (policy(Action="sts:AssumeRole"), INVALID_ACTION),
    "a misspelt action": (policy(Action="s3:GetObjects"), INVALID_ACTION),
    "a pattern that names no action": (policy(Action="s3:Fetch*"), INVALID_ACTION),
    "an action on the account": (policy(Action="s3:ListAllMyBuckets"), INVALID_ACTION),
    "an object action on the bucket": (policy(Resource=BUCKET), NO_RESOURCE),
    "a bucket action on the objects": (policy(Action="s3:ListBucket"), NO_RESOURCE),
    "one of two actions without its resource": (
        policy(Action=["s3:GetObject", "s3:ListBucket"]),
        NO_RESOURCE,
    ),
    "a condition key S3 does not have": (
        policy(Condition={"StringEquals": {"s3:x-acl": "private"}}),
        "Policy has an invalid condition key",
    ),
    "a condition key of no known service": (
        policy(Condition={"StringEquals": {"shop:customer": "7"}}),
        "Policy has an invalid condition key",
    ),
    "a condition key of another action": (
        policy(Condition={"StringLike": {"s3:prefix": "orders/*"}}),
        CONDITIONS,
    ),
    "more than 20 KB": (
        policy(Condition={"StringEquals": {"aws:SourceVpc": ["vpc-" + "0" * 20490]}}),
        "Normalized policy document exceeds the maximum allowed size of 20480 bytes",
    ),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, expected: str) -> None:
    assert reason(text) == expected


def test_where_s3s_sentence_is_not_known_ours_names_the_place() -> None:
    text = policy(Condition={"StringSame": {"aws:SourceVpc": "vpc-1"}})
    assert "StringSame" in reason(text)


ACCEPTED = {
    "one role, one prefix": policy(),
    "the bucket": policy(Action="s3:ListBucket", Resource=BUCKET),
    "bucket and objects": policy(
        Action=["s3:GetObject", "s3:ListBucket"], Resource=[BUCKET, f"{BUCKET}/*"]
    ),
    "one pattern for both": policy(Action="s3:*", Resource=f"{BUCKET}*"),
    "a pattern with at least one bucket action": policy(Action="s3:Get*", Resource=BUCKET),
    "action names without regard to case": policy(Action="S3:getobject"),
    "every resource": policy(Resource="*"),
    "a variable in the key": policy(Resource=f"{BUCKET}/${{aws:username}}/*"),
    "everyone but one principal": policy(Effect="Deny", Principal=None, NotPrincipal={"AWS": ROLE}),
    "everything but the objects": policy(
        Action="s3:ListBucket", Resource=None, NotResource=f"{BUCKET}/*"
    ),
    "every action but one": policy(Action=None, NotAction="s3:DeleteObject"),
    "a prefix on a listing": policy(
        Action="s3:ListBucket",
        Resource=BUCKET,
        Condition={"StringLike": {"s3:prefix": "orders/*"}},
    ),
    "an object tag": policy(Condition={"StringEquals": {"s3:ExistingObjectTag/team": "web"}}),
    "TLS only": policy(
        Effect="Deny",
        Principal="*",
        Action="s3:*",
        Resource=[BUCKET, f"{BUCKET}/*"],
        Condition={"Bool": {"aws:SecureTransport": "false"}},
    ),
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(text: str) -> None:
    assert s3_bucket_policy.check(text, BUCKET, exists).source == json.loads(text)
