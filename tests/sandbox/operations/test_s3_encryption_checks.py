"""What calls to S3 ask of KMS in the caller's name.

Pages: *Using server-side encryption with AWS KMS keys (SSE-KMS)*, *CreateMultipartUpload*,
*UploadPart*, *HeadObject*, *Forward access sessions*, *AWS KMS condition keys*.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from rolelab.iam import Policies, Request, evaluate
from rolelab.sandbox.operations import Check, checks_of

THERE = {"Bucket": "bookshop", "Key": "a"}
SSE_KMS = {"ServerSideEncryption": "aws:kms"}


@dataclass(frozen=True)
class Shop:
    """A bucket `bookshop`, and a customer managed key with the alias `alias/shop`."""

    s3: Any
    kms: Any
    key_id: str
    key: str

    def default(self, key: str | None, bucket_key: bool = False) -> None:
        rule: dict[str, Any] = {"SSEAlgorithm": "aws:kms"}
        if key is not None:
            rule["KMSMasterKeyID"] = key
        rules = [
            {"ApplyServerSideEncryptionByDefault": rule, "BucketKeyEnabled": bucket_key},
        ]
        self.s3.put_bucket_encryption(
            Bucket="bookshop", ServerSideEncryptionConfiguration={"Rules": rules}
        )


@pytest.fixture
def shop(aws: Callable[[str], Any]) -> Shop:
    s3, kms = aws("s3"), aws("kms")
    s3.create_bucket(Bucket="bookshop")
    key = kms.create_key(Tags=[{"TagKey": "team", "TagValue": "shop"}])["KeyMetadata"]
    kms.create_alias(AliasName="alias/shop", TargetKeyId=key["KeyId"])
    return Shop(s3, kms, key["KeyId"], key["Arn"])


def of_kms(checks: tuple[Check, ...]) -> list[Check]:
    return [check for check in checks if check.action.startswith("kms:")]


def test_nothing_is_asked_without_sse_kms(shop: Shop, call: Any) -> None:
    shop.s3.put_object(**THERE)
    assert of_kms(checks_of(call("s3", "PutObject", **THERE))) == []
    assert of_kms(checks_of(call("s3", "GetObject", **THERE))) == []
    aes = {**THERE, "ServerSideEncryption": "AES256"}
    shop.default(shop.key)
    assert of_kms(checks_of(call("s3", "PutObject", **aes))) == []


def test_a_customer_provided_key_is_no_kms_key(shop: Shop, call: Any) -> None:
    shop.default(shop.key)
    given = {**THERE, "SSECustomerAlgorithm": "AES256"}
    assert of_kms(checks_of(call("s3", "PutObject", **given))) == []


@pytest.mark.parametrize("form", ["key_id", "key", "alias"])
def test_a_write_asks_on_the_key_whichever_way_it_is_named(
    shop: Shop, call: Any, form: str
) -> None:
    named = {"key_id": shop.key_id, "key": shop.key, "alias": "alias/shop"}[form]
    put = call("s3", "PutObject", **THERE, **SSE_KMS, SSEKMSKeyId=named)
    (check,) = of_kms(checks_of(put))
    assert (check.action, check.resource) == ("kms:GenerateDataKey", shop.key)
    assert check.resource_policy is not None
    assert check.context == {
        "aws:CalledVia": ["s3.amazonaws.com"],
        "aws:CalledViaFirst": "s3.amazonaws.com",
        "aws:CalledViaLast": "s3.amazonaws.com",
        "aws:ResourceTag/team": "shop",
        "aws:ViaAWSService": "true",
        "kms:CallerAccount": "123456789012",
        "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::bookshop/a",
        "kms:EncryptionContextKeys": ["aws:s3:arn"],
        "kms:ResourceAliases": ["alias/shop"],
        "kms:ViaService": "s3.us-east-1.amazonaws.com",
    }


def test_the_bucket_default_counts_where_the_request_says_nothing(shop: Shop, call: Any) -> None:
    shop.default(shop.key)
    (check,) = of_kms(checks_of(call("s3", "PutObject", **THERE)))
    assert (check.action, check.resource) == ("kms:GenerateDataKey", shop.key)


def test_a_bucket_key_has_the_bucket_in_its_encryption_context(shop: Shop, call: Any) -> None:
    shop.default(shop.key, bucket_key=True)
    (check,) = of_kms(checks_of(call("s3", "PutObject", **THERE)))
    assert check.context["kms:EncryptionContext:aws:s3:arn"] == "arn:aws:s3:::bookshop"


def test_the_callers_encryption_context_is_added(shop: Shop, call: Any) -> None:
    given = base64.b64encode(json.dumps({"order": "1"}).encode()).decode()
    put = call(
        "s3",
        "PutObject",
        **THERE,
        **SSE_KMS,
        SSEKMSKeyId=shop.key,
        SSEKMSEncryptionContext=given,
    )
    (check,) = of_kms(checks_of(put))
    assert check.context["kms:EncryptionContext:order"] == "1"
    assert check.context["kms:EncryptionContextKeys"] == ["order", "aws:s3:arn"]


@pytest.fixture
def encrypted(shop: Shop) -> Shop:
    shop.s3.put_object(**THERE, **SSE_KMS, SSEKMSKeyId=shop.key)
    return shop


READS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "GetObject": ("GetObject", THERE, ["kms:Decrypt"]),
    "HeadObject reads metadata alone": ("HeadObject", THERE, []),
    "HeadObject of the checksum": (
        "HeadObject",
        {**THERE, "ChecksumMode": "ENABLED"},
        ["kms:Decrypt"],
    ),
    "tags are not encrypted": ("GetObjectTagging", THERE, []),
    "a copy decrypts its source": (
        "CopyObject",
        {"Bucket": "bookshop", "Key": "b", "CopySource": "bookshop/a"},
        ["kms:Decrypt"],
    ),
    "a copy may encrypt anew": (
        "CopyObject",
        {"Bucket": "bookshop", "Key": "b", "CopySource": "bookshop/a", **SSE_KMS},
        ["kms:Decrypt", "kms:GenerateDataKey"],
    ),
}


@pytest.mark.parametrize(("operation", "given", "asked"), READS.values(), ids=READS)
def test_reads(
    encrypted: Shop, call: Any, operation: str, given: dict[str, Any], asked: list[str]
) -> None:
    checks = of_kms(checks_of(call("s3", operation, **given)))
    assert [check.action for check in checks] == asked


def test_parts_of_an_upload_need_decrypt(shop: Shop, call: Any) -> None:
    start = call("s3", "CreateMultipartUpload", **THERE, **SSE_KMS, SSEKMSKeyId=shop.key)
    assert [check.action for check in of_kms(checks_of(start))] == ["kms:GenerateDataKey"]
    upload = shop.s3.create_multipart_upload(**THERE, **SSE_KMS, SSEKMSKeyId=shop.key)
    part = {**THERE, "UploadId": upload["UploadId"]}
    for operation, given in {
        "UploadPart": {},
        "ListParts": {},
        "CompleteMultipartUpload": {"ChecksumSHA256": "x"},
    }.items():
        checks = of_kms(checks_of(call("s3", operation, **part, **given)))
        assert [(check.action, check.resource) for check in checks] == [("kms:Decrypt", shop.key)]
    assert of_kms(checks_of(call("s3", "CompleteMultipartUpload", **part))) == []


def decide(check: Check, account: str) -> str:
    principal = f"arn:aws:iam::{account}:user/ann"
    request = Request(
        principal, check.action, check.resource, check.resource_account, dict(check.context)
    )
    return evaluate(request, Policies(identity=[], resource=check.resource_policy)).effect


def test_everybody_of_the_account_may_use_the_aws_managed_key_through_s3(
    shop: Shop, call: Any
) -> None:
    (check,) = of_kms(checks_of(call("s3", "PutObject", **THERE, **SSE_KMS)))
    assert check.resource == "arn:aws:kms:us-east-1:123456789012:alias/aws/s3"
    assert decide(check, "123456789012") == "Allow"


def test_nobody_else_may_use_the_aws_managed_key(shop: Shop, call: Any) -> None:
    put = call("s3", "PutObject", _account="210987654321", **THERE, **SSE_KMS)
    (check,) = of_kms(checks_of(put))
    assert decide(check, "210987654321") == "ImplicitDeny"


def test_the_aws_managed_key_is_a_key_once_it_is_used(shop: Shop, call: Any) -> None:
    key = shop.kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    (check,) = of_kms(checks_of(call("s3", "PutObject", **THERE, **SSE_KMS)))
    assert check.resource == key
    assert decide(check, "123456789012") == "Allow"


def test_a_customer_managed_key_needs_an_identity_policy(shop: Shop, call: Any) -> None:
    put = call("s3", "PutObject", **THERE, **SSE_KMS, SSEKMSKeyId=shop.key)
    (check,) = of_kms(checks_of(put))
    assert decide(check, "123456789012") == "ImplicitDeny"
