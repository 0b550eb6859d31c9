"""What calls to S3 ask, where the action is not simply the operation's name.

Pages: *Required permissions for Amazon S3 API operations*, *Actions, resources, and condition
keys for Amazon S3*, and the operations' pages in the Amazon S3 API Reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from rolelab.sandbox import sessions
from rolelab.sandbox.operations import checks_of, resources_of
from tests.sandbox.people import ACCOUNT, document, error_of, signed_in

BUCKET = "arn:aws:s3:::bookshop"
OBJECT = f"{BUCKET}/a/1.json"
THERE = {"Bucket": "bookshop", "Key": "a/1.json"}

ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "listing objects is s3:ListBucket on the bucket": (
        "ListObjects",
        {"Bucket": "bookshop"},
        [("s3:ListBucket", BUCKET)],
    ),
    "listing versions is s3:ListBucketVersions": (
        "ListObjectVersions",
        {"Bucket": "bookshop"},
        [("s3:ListBucketVersions", BUCKET)],
    ),
    "HeadBucket is s3:ListBucket": (
        "HeadBucket",
        {"Bucket": "bookshop"},
        [("s3:ListBucket", BUCKET)],
    ),
    "ListBuckets is s3:ListAllMyBuckets": (
        "ListBuckets",
        {},
        [("s3:ListAllMyBuckets", "arn:aws:s3:::*")],
    ),
    "HeadObject is s3:GetObject": ("HeadObject", THERE, [("s3:GetObject", OBJECT)]),
    "SelectObjectContent is s3:GetObject": (
        "SelectObjectContent",
        THERE,
        [("s3:GetObject", OBJECT)],
    ),
    "GetObject of a version is s3:GetObjectVersion, and not s3:GetObject": (
        "GetObject",
        {**THERE, "VersionId": "1"},
        [("s3:GetObjectVersion", OBJECT)],
    ),
    "HeadObject of a version is s3:GetObjectVersion": (
        "HeadObject",
        {**THERE, "VersionId": "1"},
        [("s3:GetObjectVersion", OBJECT)],
    ),
    "GetObjectAttributes needs s3:GetObject too": (
        "GetObjectAttributes",
        THERE,
        [("s3:GetObject", OBJECT), ("s3:GetObjectAttributes", OBJECT)],
    ),
    "GetObjectAttributes of a version needs both version actions": (
        "GetObjectAttributes",
        {**THERE, "VersionId": "1"},
        [("s3:GetObjectVersion", OBJECT), ("s3:GetObjectVersionAttributes", OBJECT)],
    ),
    "DeleteObject of a version is s3:DeleteObjectVersion": (
        "DeleteObject",
        {**THERE, "VersionId": "1"},
        [("s3:DeleteObjectVersion", OBJECT)],
    ),
    "DeleteObject past a governance lock needs s3:BypassGovernanceRetention": (
        "DeleteObject",
        {**THERE, "BypassGovernanceRetention": True},
        [("s3:DeleteObject", OBJECT), ("s3:BypassGovernanceRetention", OBJECT)],
    ),
    "DeleteObjects asks for every key": (
        "DeleteObjects",
        {"Bucket": "bookshop", "Delete": {"Objects": [{"Key": "a"}, {"Key": "b"}]}},
        [("s3:DeleteObject", f"{BUCKET}/a"), ("s3:DeleteObject", f"{BUCKET}/b")],
    ),
    "DeleteObjects asks for a version where one is named": (
        "DeleteObjects",
        {"Bucket": "bookshop", "Delete": {"Objects": [{"Key": "a", "VersionId": "1"}]}},
        [("s3:DeleteObjectVersion", f"{BUCKET}/a")],
    ),
    "PutObject alone": ("PutObject", THERE, [("s3:PutObject", OBJECT)]),
    "PutObject with an ACL needs s3:PutObjectAcl": (
        "PutObject",
        {**THERE, "ACL": "bucket-owner-full-control"},
        [("s3:PutObject", OBJECT), ("s3:PutObjectAcl", OBJECT)],
    ),
    "PutObject with a grant header needs s3:PutObjectAcl": (
        "PutObject",
        {**THERE, "GrantRead": "id=1"},
        [("s3:PutObject", OBJECT), ("s3:PutObjectAcl", OBJECT)],
    ),
    "PutObject with tags needs s3:PutObjectTagging": (
        "PutObject",
        {**THERE, "Tagging": "team=shop"},
        [("s3:PutObject", OBJECT), ("s3:PutObjectTagging", OBJECT)],
    ),
    "PutObject with a legal hold and a retention needs both": (
        "PutObject",
        {**THERE, "ObjectLockLegalHoldStatus": "ON", "ObjectLockMode": "GOVERNANCE"},
        [
            ("s3:PutObject", OBJECT),
            ("s3:PutObjectLegalHold", OBJECT),
            ("s3:PutObjectRetention", OBJECT),
        ],
    ),
    "PutObjectRetention that shortens a governance lock": (
        "PutObjectRetention",
        {**THERE, "Retention": {"Mode": "GOVERNANCE"}, "BypassGovernanceRetention": True},
        [("s3:PutObjectRetention", OBJECT), ("s3:BypassGovernanceRetention", OBJECT)],
    ),
    "starting a multipart upload is s3:PutObject": (
        "CreateMultipartUpload",
        THERE,
        [("s3:PutObject", OBJECT)],
    ),
    "uploading a part is s3:PutObject": ("UploadPart", THERE, [("s3:PutObject", OBJECT)]),
    "completing a multipart upload is s3:PutObject": (
        "CompleteMultipartUpload",
        THERE,
        [("s3:PutObject", OBJECT)],
    ),
    "listing parts is s3:ListMultipartUploadParts": (
        "ListParts",
        THERE,
        [("s3:ListMultipartUploadParts", OBJECT)],
    ),
    "listing uploads is s3:ListBucketMultipartUploads": (
        "ListMultipartUploads",
        {"Bucket": "bookshop"},
        [("s3:ListBucketMultipartUploads", BUCKET)],
    ),
    "CopyObject reads its source first": (
        "CopyObject",
        {**THERE, "CopySource": "archive/b%20c.json"},
        [("s3:GetObject", "arn:aws:s3:::archive/b c.json"), ("s3:PutObject", OBJECT)],
    ),
    "CopyObject of a version, with a leading slash": (
        "CopyObject",
        {**THERE, "CopySource": "/archive/b?versionId=7"},
        [("s3:GetObjectVersion", "arn:aws:s3:::archive/b"), ("s3:PutObject", OBJECT)],
    ),
    "CopyObject that replaces the tags": (
        "CopyObject",
        {**THERE, "CopySource": "archive/b", "TaggingDirective": "REPLACE", "Tagging": "a=b"},
        [
            ("s3:GetObject", "arn:aws:s3:::archive/b"),
            ("s3:PutObject", OBJECT),
            ("s3:PutObjectTagging", OBJECT),
        ],
    ),
    "UploadPartCopy reads its source first": (
        "UploadPartCopy",
        {**THERE, "CopySource": "archive/b"},
        [("s3:GetObject", "arn:aws:s3:::archive/b"), ("s3:PutObject", OBJECT)],
    ),
    "CreateBucket with a private ACL needs no more": (
        "CreateBucket",
        {"Bucket": "bookshop", "ACL": "private"},
        [("s3:CreateBucket", BUCKET)],
    ),
    "CreateBucket with another ACL needs s3:PutBucketAcl": (
        "CreateBucket",
        {"Bucket": "bookshop", "ACL": "public-read"},
        [("s3:CreateBucket", BUCKET), ("s3:PutBucketAcl", BUCKET)],
    ),
    "CreateBucket with Object Lock needs two more": (
        "CreateBucket",
        {"Bucket": "bookshop", "ObjectLockEnabledForBucket": True},
        [
            ("s3:CreateBucket", BUCKET),
            ("s3:PutBucketObjectLockConfiguration", BUCKET),
            ("s3:PutBucketVersioning", BUCKET),
        ],
    ),
    "CreateBucket with Object Ownership": (
        "CreateBucket",
        {"Bucket": "bookshop", "ObjectOwnership": "BucketOwnerPreferred"},
        [("s3:CreateBucket", BUCKET), ("s3:PutBucketOwnershipControls", BUCKET)],
    ),
    "default encryption is read by s3:GetEncryptionConfiguration": (
        "GetBucketEncryption",
        {"Bucket": "bookshop"},
        [("s3:GetEncryptionConfiguration", BUCKET)],
    ),
    "default encryption is deleted by s3:PutEncryptionConfiguration": (
        "DeleteBucketEncryption",
        {"Bucket": "bookshop"},
        [("s3:PutEncryptionConfiguration", BUCKET)],
    ),
    "lifecycle rules are deleted by s3:PutLifecycleConfiguration": (
        "DeleteBucketLifecycle",
        {"Bucket": "bookshop"},
        [("s3:PutLifecycleConfiguration", BUCKET)],
    ),
    "Block Public Access is s3:GetBucketPublicAccessBlock": (
        "GetPublicAccessBlock",
        {"Bucket": "bookshop"},
        [("s3:GetBucketPublicAccessBlock", BUCKET)],
    ),
    "Object Lock of a bucket": (
        "PutObjectLockConfiguration",
        {"Bucket": "bookshop"},
        [("s3:PutBucketObjectLockConfiguration", BUCKET)],
    ),
    "replication passes its role to S3": (
        "PutBucketReplication",
        {
            "Bucket": "bookshop",
            "ReplicationConfiguration": {"Role": "arn:aws:iam::123456789012:role/replica"},
        },
        [
            ("s3:PutReplicationConfiguration", BUCKET),
            ("iam:PassRole", "arn:aws:iam::123456789012:role/replica"),
        ],
    ),
    "a directory bucket's session is s3express:CreateSession": (
        "CreateSession",
        {"Bucket": "b--use1-az4--x-s3"},
        [
            (
                "s3express:CreateSession",
                "arn:aws:s3express:us-east-1:123456789012:bucket/b--use1-az4--x-s3",
            )
        ],
    ),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    aws: Any, call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    checks = checks_of(call("s3", operation, **given))
    assert [(check.action, check.resource) for check in checks] == asked


KEYS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a listing has prefix, delimiter and max-keys": (
        "ListObjectsV2",
        {"Bucket": "bookshop", "Prefix": "a/", "Delimiter": "/", "MaxKeys": 10},
        {"s3:prefix": "a/", "s3:delimiter": "/", "s3:max-keys": "10"},
    ),
    "an empty prefix is a prefix": (
        "ListObjectsV2",
        {"Bucket": "bookshop", "Prefix": ""},
        {"s3:prefix": ""},
    ),
    "a listing without a prefix has no such key": (
        "ListObjectsV2",
        {"Bucket": "bookshop"},
        {"s3:prefix": None},
    ),
    "a version": ("GetObject", {**THERE, "VersionId": "1"}, {"s3:versionid": "1"}),
    "encryption headers": (
        "PutObject",
        {**THERE, "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "k"},
        {
            "s3:x-amz-server-side-encryption": "aws:kms",
            "s3:x-amz-server-side-encryption-aws-kms-key-id": "k",
        },
    ),
    "no encryption header, no key": (
        "PutObject",
        THERE,
        {"s3:x-amz-server-side-encryption": None, "s3:x-amz-acl": None},
    ),
    "tags in a header": (
        "PutObject",
        {**THERE, "Tagging": "team=shop&level="},
        {
            "s3:RequestObjectTag/team": "shop",
            "s3:RequestObjectTag/level": "",
            "s3:RequestObjectTagKeys": ["team", "level"],
        },
    ),
    "tags in a body": (
        "PutObjectTagging",
        {**THERE, "Tagging": {"TagSet": [{"Key": "team", "Value": "shop"}]}},
        {"s3:RequestObjectTag/team": "shop", "s3:RequestObjectTagKeys": ["team"]},
    ),
    "conditional write": (
        "PutObject",
        {**THERE, "IfNoneMatch": "*"},
        {"s3:if-none-match": "*", "s3:ObjectCreationOperation": "true"},
    ),
    "a part creates no object": (
        "UploadPart",
        THERE,
        {"s3:ObjectCreationOperation": "false"},
    ),
    "an ACL": (
        "PutObject",
        {**THERE, "ACL": "public-read", "StorageClass": "GLACIER"},
        {"s3:x-amz-acl": "public-read", "s3:x-amz-storage-class": "GLACIER"},
    ),
    "the Region of a new bucket": (
        "CreateBucket",
        {"Bucket": "b", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}},
        {"s3:locationconstraint": "eu-west-1"},
    ),
    "the tags of a new bucket": (
        "CreateBucket",
        {"Bucket": "b", "CreateBucketConfiguration": {"Tags": [{"Key": "a", "Value": "b"}]}},
        {"aws:RequestTag/a": "b", "aws:TagKeys": ["a"]},
    ),
    "a retention date in ISO 8601": (
        "PutObjectRetention",
        {**THERE, "Retention": {"RetainUntilDate": datetime(2031, 5, 6, tzinfo=UTC)}},
        {"s3:object-lock-retain-until-date": "2031-05-06T00:00:00Z"},
    ),
    "the days that are left": (
        "PutObjectRetention",
        {
            **THERE,
            "Retention": {"RetainUntilDate": datetime.now(UTC) + timedelta(days=30, hours=1)},
        },
        {"s3:object-lock-remaining-retention-days": "30"},
    ),
}


@pytest.mark.parametrize(("operation", "given", "keys"), KEYS.values(), ids=KEYS)
def test_condition_keys(
    aws: Any, call: Any, operation: str, given: dict[str, Any], keys: dict[str, Any]
) -> None:
    context = checks_of(call("s3", operation, **given))[0].context
    assert {key: context.get(key) for key in keys} == keys


SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=...", "x-amz-content-sha256": "abc"}
SENT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "signed in the Authorization header": (
        {"_headers": SIGNED},
        {
            "s3:authType": "REST-HEADER",
            "s3:signatureversion": "AWS4-HMAC-SHA256",
            "s3:x-amz-content-sha256": "abc",
        },
    ),
    "signature version 2": (
        {"_headers": {"authorization": "AWS AKIA:..."}},
        {"s3:authType": "REST-HEADER", "s3:signatureversion": "AWS"},
    ),
    "a presigned URL": (
        {},
        {"s3:authType": "REST-QUERY-STRING", "s3:signatureversion": "AWS4-HMAC-SHA256"},
    ),
    "not signed at all": (
        {"_principal": "*"},
        {"s3:authType": None, "s3:signatureversion": None},
    ),
    "over TLS": ({"_context": {"aws:SecureTransport": "true"}}, {"s3:TlsVersion": "1.3"}),
    "over plain HTTP": ({"_context": {"aws:SecureTransport": "false"}}, {"s3:TlsVersion": None}),
}


@pytest.mark.parametrize(("sent", "keys"), SENT.values(), ids=SENT)
def test_keys_of_the_way_a_request_is_sent(
    aws: Any, call: Any, sent: dict[str, Any], keys: dict[str, Any]
) -> None:
    (check,) = checks_of(call("s3", "GetObject", **THERE, **sent))
    assert {key: check.context.get(key) for key in keys} == keys


def test_each_key_of_a_batch_is_an_item_of_its_own(aws: Any, call: Any) -> None:
    batch = [{"Key": "a"}, {"Key": "b", "VersionId": "1"}]
    checks = checks_of(call("s3", "DeleteObjects", Bucket="bookshop", Delete={"Objects": batch}))
    assert sorted(str(check.item) for check in checks) == sorted(map(str, batch))
    assert [check.item for check in checks_of(call("s3", "DeleteObject", **THERE))] == [None]


@pytest.fixture
def tagged(aws: Callable[[str], Any]) -> Any:
    """Give a bucket `bookshop` with the object a/1.json, tagged level=secret."""
    s3 = aws("s3")
    s3.create_bucket(Bucket="bookshop")
    s3.put_object(**THERE, Body=b"{}", Tagging="level=secret")
    return s3


@pytest.mark.parametrize(
    "operation", ["GetObject", "GetObjectTagging", "PutObjectAcl", "DeleteObjectTagging"]
)
def test_tags_of_an_object_that_exists(tagged: Any, call: Any, operation: str) -> None:
    (check,) = checks_of(call("s3", operation, **THERE))
    assert check.context["s3:ExistingObjectTag/level"] == "secret"


@pytest.mark.parametrize("operation", ["PutObject", "DeleteObject"])
def test_existing_tags_are_no_key_of_writing_and_deleting(
    tagged: Any, call: Any, operation: str
) -> None:
    (check,) = checks_of(call("s3", operation, **THERE))
    assert "s3:ExistingObjectTag/level" not in check.context


def test_copying_a_tagged_object_reads_and_writes_its_tags(tagged: Any, call: Any) -> None:
    copy = call("s3", "CopyObject", Bucket="bookshop", Key="copy", CopySource="bookshop/a/1.json")
    assert [check.action for check in checks_of(copy)] == [
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:PutObject",
        "s3:PutObjectTagging",
    ]
    assert checks_of(copy)[0].context["s3:ExistingObjectTag/level"] == "secret"


POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
            "Action": "s3:GetObject",
            "Resource": f"{BUCKET}/*",
        }
    ],
}


def test_bucket_policy_and_owner_reach_the_check_from_any_account(tagged: Any, call: Any) -> None:
    tagged.put_bucket_policy(Bucket="bookshop", Policy=json.dumps(POLICY))
    (check,) = checks_of(call("s3", "GetObject", _account="210987654321", **THERE))
    assert check.resource_account == "123456789012"
    assert check.context["s3:ResourceAccount"] == "123456789012"
    assert check.resource_policy is not None
    assert check.resource_policy.source == POLICY


def test_a_copy_is_decided_by_both_bucket_policies(tagged: Any, call: Any) -> None:
    tagged.put_bucket_policy(Bucket="bookshop", Policy=json.dumps(POLICY))
    tagged.create_bucket(Bucket="archive")
    copy = call(
        "s3",
        "CopyObject",
        Bucket="archive",
        Key="b",
        CopySource="bookshop/a/1.json",
        TaggingDirective="REPLACE",
    )
    read, write = checks_of(copy)
    assert read.resource_policy is not None
    assert write.resource_policy is None


@pytest.mark.parametrize("operation", ["GetObject", "HeadObject"])
def test_who_may_list_learns_that_an_object_is_missing(
    tagged: Any, call: Any, operation: str
) -> None:
    missing = checks_of(call("s3", operation, Bucket="bookshop", Key="missing"))
    assert [(check.action, check.resource) for check in missing] == [
        ("s3:GetObject", f"{BUCKET}/missing"),
        ("s3:ListBucket", BUCKET),
    ]


def test_an_object_behind_a_delete_marker_is_missing(tagged: Any, call: Any) -> None:
    tagged.put_bucket_versioning(Bucket="bookshop", VersioningConfiguration={"Status": "Enabled"})
    tagged.delete_object(**THERE)
    checks = checks_of(call("s3", "GetObject", **THERE))
    assert [check.action for check in checks] == ["s3:GetObject", "s3:ListBucket"]


def test_a_taken_name_is_not_decided_by_the_other_bucket(tagged: Any, call: Any) -> None:
    tagged.put_bucket_policy(Bucket="bookshop", Policy=json.dumps(POLICY))
    (check,) = checks_of(call("s3", "CreateBucket", _account="210987654321", Bucket="bookshop"))
    assert (check.resource_policy, check.resource_account) == (None, None)


def test_cloudtrail_names_the_object_and_its_bucket(tagged: Any, call: Any) -> None:
    assert resources_of(call("s3", "GetObject", **THERE)) == [
        {"type": "AWS::S3::Object", "ARN": OBJECT},
        {"accountId": "123456789012", "type": "AWS::S3::Bucket", "ARN": BUCKET},
    ]
    assert resources_of(call("s3", "ListBuckets")) == []


class TestOfABucketPolicyThatDeniesEverybody:
    """*DeleteBucketPolicy*: the owner's root user can always use the three operations."""

    @pytest.fixture
    def locked(self, sandbox: Any) -> None:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="bookshop")
        everybody = {"Effect": "Deny", "Principal": "*", "Action": "s3:*"}
        s3.put_bucket_policy(
            Bucket="bookshop",
            Policy=document({**everybody, "Resource": [BUCKET, f"{BUCKET}/*"]}),
        )

    def _root_of(self, account: str) -> Any:
        return signed_in(sessions.issue("root", issuer_arn=f"arn:aws:iam::{account}:root"))

    @pytest.mark.parametrize("method", ["get_bucket_policy", "delete_bucket_policy"])
    def test_the_owners_root_gets_in(self, locked: None, method: str) -> None:
        getattr(self._root_of(ACCOUNT).client("s3"), method)(Bucket="bookshop")

    @pytest.mark.parametrize("method", ["get_bucket_policy", "delete_bucket_policy"])
    def test_an_administrator_and_another_accounts_root_do_not(
        self, locked: None, method: str
    ) -> None:
        for session in (boto3.Session(), self._root_of("210987654321")):
            code = error_of(getattr(session.client("s3"), method), Bucket="bookshop")[0]
            assert code == "AccessDenied"

    def test_root_does_nothing_else(self, locked: None) -> None:
        root = self._root_of(ACCOUNT).client("s3")
        assert error_of(root.get_bucket_tagging, Bucket="bookshop")[0] == "AccessDenied"
