"""The KMS permissions that a call to S3 needs for objects under SSE-KMS.

S3 calls KMS in the caller's name (a forward access session), so the caller needs permission on
the key too. Pages: *Using server-side encryption with AWS KMS keys (SSE-KMS)*, *Forward access
sessions*, *AWS KMS condition keys*; for multipart uploads *CreateMultipartUpload*, *UploadPart*.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check
from rolelab.sandbox.operations.key_use import key_use
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.operations.row import Derived
from rolelab.sandbox.operations.s3_state import copy_source, stored_object
from rolelab.sandbox.resource_policies.s3 import bucket

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

KMS_ALGORITHMS = frozenset({"aws:kms", "aws:kms:dsse"})
MANAGED_KEY = "alias/aws/s3"


@dataclass(frozen=True, slots=True)
class Encryption:
    """How an object is encrypted under KMS.

    Attributes:
        key: the key as it was named: an id, an ARN, an alias.
        bucket_key: an S3 Bucket Key is used, so the encryption context names the bucket.
    """

    key: str
    bucket_key: bool = False


def _encryption(algorithm: Any, key: Any, bucket_key: Any) -> Encryption | None:
    if algorithm not in KMS_ALGORITHMS:
        return None
    # A bucket key is stored as a boolean, or as the header's text.
    return Encryption(str(key or MANAGED_KEY), str(bucket_key).lower() == "true")


def of_bucket(name: str) -> Encryption | None:
    """Give the default encryption of a bucket, if that is SSE-KMS."""
    found = bucket(name)
    if found is None or not found.encryption:
        return None
    rule = found.encryption.get("Rule", {})
    default = rule.get("ApplyServerSideEncryptionByDefault") or {}
    return _encryption(
        default.get("SSEAlgorithm"), default.get("KMSMasterKeyID"), rule.get("BucketKeyEnabled")
    )


def of_new_object(call: Call) -> Encryption | None:
    """Give the encryption of the object the call writes: the request's, or the bucket's.

    A request for SSE-KMS that names no key takes the AWS managed key. Page: *PutObject*.
    """
    given = call.parameters
    if given.get("SSECustomerAlgorithm"):
        return None
    default = of_bucket(str(given.get("Bucket")))
    if not given.get("ServerSideEncryption"):
        return default
    bucket_key = given.get("BucketKeyEnabled")
    if bucket_key is None and default is not None:
        bucket_key = default.bucket_key
    return _encryption(given["ServerSideEncryption"], given.get("SSEKMSKeyId"), bucket_key)


def of_object(name: str, key: str, version: str | None) -> Encryption | None:
    """Give the encryption of a stored object, if that is SSE-KMS."""
    found = stored_object(name, key, version)
    if found is None or not hasattr(found, "encryption"):
        return None
    return _encryption(found.encryption, found.kms_key_id, found.bucket_key_enabled)


def of_upload(call: Call) -> Encryption | None:
    """Give the encryption of the multipart upload the call adds to."""
    name = str(call.parameters.get("Bucket"))
    found = bucket(name)
    upload = found.multiparts.get(call.parameters.get("UploadId")) if found is not None else None
    if upload is None:
        return None
    if upload.sse_encryption:
        return _encryption(upload.sse_encryption, upload.kms_key_id, False)
    return of_bucket(name)


def through_s3(
    call: Call, action: str, encryption: Encryption | None, name: str, key: str
) -> Iterable[Check]:
    """Give the check that S3's call to KMS raises in the caller's name.

    Args:
        call: the call to S3.
        action: `kms:Decrypt`, `kms:GenerateDataKey`.
        encryption: the object's encryption; None: no KMS, no check.
        name: the bucket.
        key: the object's key.
    """
    holder = bucket(name)
    if encryption is None or holder is None:
        return
    arn = key_arn(encryption.key, (holder.account_id, call.account), holder.region_name, call)
    context = _encryption_context(call, encryption, name, key)
    yield key_use(call, action, arn, "s3", holder.region_name, context)


def _encryption_context(
    call: Call, encryption: Encryption, name: str, key: str
) -> Mapping[str, str]:
    """Give the encryption context S3 sends: the object's ARN, or the bucket's with a Bucket Key.

    Page: *Using server-side encryption with AWS KMS keys (SSE-KMS)*, "Encryption context".
    """
    bucket_arn = f"arn:{call.partition}:s3:::{name}"
    pairs = _given_context(call.parameters.get("SSEKMSEncryptionContext"))
    pairs["aws:s3:arn"] = bucket_arn if encryption.bucket_key else f"{bucket_arn}/{key}"
    return pairs


def _given_context(header: Any) -> dict[str, str]:
    if not header:
        return {}
    try:
        given = json.loads(base64.b64decode(header))
    except (ValueError, binascii.Error):
        # S3 refuses the header after it has authorized the call.
        return {}
    return {str(key): str(value) for key, value in given.items()} if _is_object(given) else {}


def _is_object(given: Any) -> bool:
    return isinstance(given, Mapping)


def _writes(call: Call) -> Iterable[Check]:
    name, key = str(call.parameters.get("Bucket")), str(call.parameters.get("Key"))
    return through_s3(call, "kms:GenerateDataKey", of_new_object(call), name, key)


def _reads(call: Call) -> Iterable[Check]:
    name, key = str(call.parameters.get("Bucket")), str(call.parameters.get("Key"))
    encryption = of_object(name, key, call.parameters.get("VersionId"))
    return through_s3(call, "kms:Decrypt", encryption, name, key)


def _reads_checksum(call: Call) -> Iterable[Check]:
    """HeadObject reads metadata; only the checksum needs the key. Page: *HeadObject*."""
    return _reads(call) if call.parameters.get("ChecksumMode") == "ENABLED" else ()


def _reads_source(call: Call) -> Iterable[Check]:
    name, key, version = copy_source(call)
    return through_s3(call, "kms:Decrypt", of_object(name, key, version), name, key)


def _adds_part(call: Call) -> Iterable[Check]:
    name, key = str(call.parameters.get("Bucket")), str(call.parameters.get("Key"))
    return through_s3(call, "kms:Decrypt", of_upload(call), name, key)


def _completes(call: Call) -> Iterable[Check]:
    """Page: *CompleteMultipartUpload*: with a checksum in the request S3 decrypts the parts."""
    given = any(name.startswith("Checksum") for name in call.parameters)
    return _adds_part(call) if given else ()


def _rows(
    action: str, checks: Callable[[Call], Iterable[Check]], *names: str
) -> tuple[Derived, ...]:
    return tuple(Derived(name, checks, actions=(action,)) for name in names)


ROWS: tuple[Derived, ...] = (
    *_rows("kms:Decrypt", _reads, "GetObject", "SelectObjectContent"),
    *_rows("kms:Decrypt", _reads_checksum, "HeadObject"),
    *_rows("kms:Decrypt", _reads_source, "CopyObject", "UploadPartCopy"),
    *_rows(
        "kms:GenerateDataKey",
        _writes,
        "PutObject",
        "PostObject",
        "CopyObject",
        "CreateMultipartUpload",
    ),
    *_rows("kms:Decrypt", _adds_part, "ListParts", "UploadPart", "UploadPartCopy"),
    *_rows("kms:Decrypt", _completes, "CompleteMultipartUpload"),
)
