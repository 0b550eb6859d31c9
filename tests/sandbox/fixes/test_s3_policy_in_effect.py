"""The statements that settings and ACLs add to a bucket policy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.s3.models import FakeBucket, FakeKey, PublicAccessBlock, get_canned_acl

from rolelab.iam import Document
from rolelab.sandbox.fixes.s3_policy_in_effect import policy_in_effect

OWNER = "123456789012"
ARN = "arn:aws:s3:::bookshop-site"
PUBLIC = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"{ARN}/*",
    },
}


@pytest.fixture
def bucket() -> Iterator[Any]:
    """A bucket with ACLs enabled and nothing blocked."""
    from moto.s3.models import s3_backends

    found = FakeBucket("bookshop-site", OWNER, "us-east-1")
    found.ownership_rule = "ObjectWriter"
    found.public_access_block = PublicAccessBlock(False, False, False, False)
    yield found
    s3_backends.bucket_accounts.pop("bookshop-site")


def with_object(bucket: Any, acl: str, key: str = "index.html") -> None:
    stored = FakeKey(key, b"", OWNER, "us-east-1", bucket_name=bucket.name)
    stored.set_acl(get_canned_acl(acl))
    bucket.keys[key] = stored


def statements(document: Document | None) -> list[dict[str, Any]]:
    assert document is not None
    written = document.source["Statement"]
    return [dict(each) for each in written]


def granted(document: Document | None) -> set[tuple[str, str]]:
    return {
        (action.removeprefix("s3:"), statement["Resource"].removeprefix(ARN))
        for statement in statements(document)
        for action in statement["Action"]
    }


def test_nothing_is_in_effect_without_policy_and_acls(bucket: Any) -> None:
    assert policy_in_effect(bucket) is None
    assert policy_in_effect(bucket, "index.html") is None


def test_a_stored_policy_is_the_policy_in_effect(bucket: Any) -> None:
    bucket.policy = json.dumps(PUBLIC).encode()
    document = policy_in_effect(bucket)
    assert document is not None
    assert document.source == PUBLIC
    assert document.name == "bucket policy bookshop-site"


def test_restrict_public_buckets_adds_a_denial(bucket: Any) -> None:
    bucket.policy = json.dumps(PUBLIC).encode()
    bucket.public_access_block = PublicAccessBlock(False, False, False, True)
    _, added = statements(policy_in_effect(bucket))
    assert (added["Sid"], added["Effect"]) == ("RestrictPublicBuckets", "Deny")


#: *Access control list (ACL) overview*, "Mapping of ACL permissions and access policy permissions".
BUCKET_ACLS = {
    "public-read": {
        ("ListBucket", ""),
        ("ListBucketMultipartUploads", ""),
        ("ListBucketVersions", ""),
    },
    "public-read-write": {
        ("ListBucket", ""),
        ("ListBucketMultipartUploads", ""),
        ("ListBucketVersions", ""),
        ("PutObject", "/*"),
    },
}


@pytest.mark.parametrize(("acl", "expected"), BUCKET_ACLS.items(), ids=BUCKET_ACLS)
def test_a_bucket_acl(bucket: Any, acl: str, expected: set[tuple[str, str]]) -> None:
    bucket.acl = get_canned_acl(acl)
    assert granted(policy_in_effect(bucket)) == expected


def test_an_object_acl_is_about_that_object_alone(bucket: Any) -> None:
    with_object(bucket, "public-read")
    assert granted(policy_in_effect(bucket, "index.html")) == {
        ("GetObject", "/index.html"),
        ("GetObjectVersion", "/index.html"),
    }
    assert policy_in_effect(bucket) is None


def test_authenticated_users_are_those_with_a_principal(bucket: Any) -> None:
    with_object(bucket, "authenticated-read")
    (statement,) = statements(policy_in_effect(bucket, "index.html"))
    assert statement["Condition"] == {"Null": {"aws:PrincipalArn": "false"}}


@pytest.mark.parametrize("acl", ["private", "log-delivery-write"])
def test_grants_to_others_than_the_two_groups_add_nothing(bucket: Any, acl: str) -> None:
    bucket.acl = get_canned_acl(acl)
    assert policy_in_effect(bucket) is None


def test_ignored_public_acls_add_nothing(bucket: Any) -> None:
    with_object(bucket, "public-read")
    bucket.public_access_block = PublicAccessBlock(False, True, False, False)
    assert policy_in_effect(bucket, "index.html") is None


def test_disabled_acls_add_nothing(bucket: Any) -> None:
    with_object(bucket, "public-read")
    bucket.ownership_rule = "BucketOwnerEnforced"
    assert policy_in_effect(bucket, "index.html") is None


def test_policy_and_acls_count_together(bucket: Any) -> None:
    with_object(bucket, "public-read")
    bucket.policy = json.dumps(PUBLIC).encode()
    document = policy_in_effect(bucket, "index.html")
    assert len(statements(document)) == 2
    assert document is not None
    assert document.name == "bucket policy and ACLs of bookshop-site"


def test_a_key_with_a_wildcard_in_it_stays_one_key(bucket: Any) -> None:
    with_object(bucket, "public-read", key="what?*.html")
    assert granted(policy_in_effect(bucket, "what?*.html")) == {
        ("GetObject", "/what${?}${*}.html"),
        ("GetObjectVersion", "/what${?}${*}.html"),
    }
