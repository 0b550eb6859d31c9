"""Every object is encrypted, and a KMS key that is out of use stops reads and writes.

AWS pages: *Setting default server-side encryption behavior for Amazon S3 buckets*, *Using
server-side encryption with AWS KMS keys (SSE-KMS)*, *Blocking or unblocking SSE-C for a general
purpose bucket*, *PutBucketEncryption*, *Key states of AWS KMS keys*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer
from rolelab.sandbox.fixes.s3_buckets import on_bucket
from rolelab.sandbox.fixes.s3_settings import arn_of
from rolelab.sandbox.operations import s3_encryption as named
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.operations.s3_state import copy_source, stored_object
from rolelab.sandbox.resource_policies import backends
from rolelab.sandbox.resource_policies.kms import kms_key
from rolelab.sandbox.resource_policies.s3 import bucket

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.fixes import Response, Serve

AES256 = "AES256"
ALGORITHMS = frozenset({AES256, *named.KMS_ALGORITHMS})
SSE_C = "SSE-C"

_HEADER = "x-amz-server-side-encryption"
_DEFAULT_RULE: Mapping[str, Any] = {
    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": AES256},
    "BucketKeyEnabled": False,
}
_MALFORMED = (
    "The XML you provided was not well-formed or did not validate against our published schema"
)
_OVER_TLS = (
    "Requests specifying Server Side Encryption with AWS KMS managed keys must be made over a "
    "secure connection."
)


@dataclass(frozen=True, slots=True)
class Applied:
    """The encryption of one object, as S3 reports it.

    Attributes:
        algorithm: None for an object under a customer-provided key, of which moto knows nothing.
        key: the ARN of the KMS key, if there is one.
        bucket_key: an S3 Bucket Key is used.
    """

    algorithm: str | None
    key: str | None = None
    bucket_key: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """The response headers that tell of it."""
        headers = {} if self.algorithm is None else {_HEADER: self.algorithm}
        if self.key is not None:
            headers[f"{_HEADER}-aws-kms-key-id"] = self.key
        if self.bucket_key:
            headers[f"{_HEADER}-bucket-key-enabled"] = "true"
        return headers

    def mark(self, stored: Any) -> None:
        """Write it on an object that moto stores."""
        stored.encryption = self.algorithm
        stored.kms_key_id = self.key
        stored.bucket_key_enabled = self.bucket_key or None


@on_bucket("GetBucketEncryption")
def get_bucket_encryption(call: Call, found: Any, response: Any, serve: Serve) -> Answer:
    """A bucket that was told nothing encrypts with keys that S3 manages (SSE-S3)."""
    stored = found.encryption["Rule"] if found.encryption else _DEFAULT_RULE
    rule = {**stored, "BlockedEncryptionTypes": {"EncryptionType": [_blocked_type(found)]}}
    return Answer(ServerSideEncryptionConfiguration={"Rules": [rule]})


def _blocked_type(found: Any) -> str:
    """Since April 2026 a new bucket takes no customer-provided keys unless told otherwise."""
    return str(getattr(found, "blocked_encryption_type", SSE_C))


@on_bucket("PutBucketEncryption")
def put_bucket_encryption(call: Call, found: Any, response: Any, serve: Serve) -> None:
    """One rule, with an algorithm S3 knows. The key is not looked at: S3 does not either."""
    rules = call.parameters.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    if len(rules) != 1:
        raise ServiceError("MalformedXML", _MALFORMED, 400)
    default = rules[0].get("ApplyServerSideEncryptionByDefault")
    if default is not None:
        _check_default(default)
        found.encryption = {
            "Rule": {
                "ApplyServerSideEncryptionByDefault": dict(default),
                "BucketKeyEnabled": bool(rules[0].get("BucketKeyEnabled", False)),
            }
        }
    blocked = rules[0].get("BlockedEncryptionTypes", {}).get("EncryptionType", [])
    if blocked:
        found.blocked_encryption_type = blocked[0]


def _check_default(default: Mapping[str, Any]) -> None:
    algorithm = default.get("SSEAlgorithm")
    if algorithm not in ALGORITHMS:
        raise ServiceError("MalformedXML", _MALFORMED, 400)
    if algorithm == AES256 and default.get("KMSMasterKeyID"):
        raise ServiceError(
            "InvalidArgument",
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms "
            "or aws:kms:dsse",
            400,
            ArgumentName="ApplyServerSideEncryptionByDefault",
        )


@on_bucket("PutObject")
@on_bucket("PostObject")
@on_bucket("CopyObject")
def write_object(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """A new object is encrypted as the request says, else as the bucket does by default."""
    _check_customer_key(call, found)
    applied = _applied(call, found)
    status, headers, body = serve()
    if status < 400:
        applied.mark(found.keys[call.parameters["Key"]])
        headers = _with_encryption(headers, applied)
    return status, headers, body


@on_bucket("CreateMultipartUpload")
def begin_upload(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """The parts of an upload are encrypted like the object they will be."""
    _check_customer_key(call, found)
    applied = _applied(call, found)
    before = set(found.multiparts)
    status, headers, body = serve()
    for upload in found.multiparts.keys() - before:
        stored = found.multiparts[upload]
        stored.applied_encryption = applied
        stored.sse_encryption, stored.kms_key_id = applied.algorithm, applied.key
        headers = _with_encryption(headers, applied)
    return status, headers, body


@on_bucket("UploadPart")
@on_bucket("UploadPartCopy")
def add_part(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """Each part is encrypted when it arrives."""
    upload = found.multiparts.get(call.parameters.get("UploadId"))
    applied = getattr(upload, "applied_encryption", None)
    if applied is not None and applied.key is not None:
        _check_transport(call)
        check_key(applied.key)
    return serve()


@on_bucket("CompleteMultipartUpload")
def complete_upload(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """The object keeps the encryption that the upload began with."""
    upload = found.multiparts.get(call.parameters.get("UploadId"))
    status, headers, body = serve()
    applied = getattr(upload, "applied_encryption", None)
    if status == 200 and applied is not None:
        applied.mark(found.keys[call.parameters["Key"]])
        headers = _with_encryption(headers, applied)
    return status, headers, body


@on_bucket("GetObject")
@on_bucket("SelectObjectContent")
def read_object(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """What was encrypted under a key can be read only while the key is in use."""
    key, version = call.parameters["Key"], call.parameters.get("VersionId")
    _check_key_of(call, stored_object(found.name, key, version))
    return serve()


@on_bucket("HeadObject")
def read_metadata(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """Metadata needs no key; the checksum does (*HeadObject*, "Permissions")."""
    if call.parameters.get("ChecksumMode") == "ENABLED":
        key, version = call.parameters["Key"], call.parameters.get("VersionId")
        _check_key_of(call, stored_object(found.name, key, version))
    return serve()


@on_bucket("CopyObject")
@on_bucket("UploadPartCopy")
def read_source(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """A copy reads its source."""
    name, key, version = copy_source(call)
    if bucket(name) is not None:
        _check_key_of(call, stored_object(name, key, version))
    return serve()


def _applied(call: Call, found: Any) -> Applied:
    """How the object of this call will be encrypted."""
    given = call.parameters
    if given.get("SSECustomerAlgorithm"):
        return Applied(None)
    asked = given.get("ServerSideEncryption")
    if asked is not None and asked not in ALGORITHMS:
        raise _invalid("The encryption method specified is not supported", _HEADER, asked)
    if given.get("SSEKMSKeyId") and asked not in named.KMS_ALGORITHMS:
        raise _invalid(
            "Server Side Encryption with AWS KMS managed key requires HTTP header "
            "x-amz-server-side-encryption : aws:kms",
            _HEADER,
            str(asked),
        )
    encryption = named.of_new_object(call)
    if encryption is None:
        return Applied(AES256)
    key = _key_in_use(encryption.key, call, found)
    return Applied(asked or _default_algorithm(found), key, encryption.bucket_key)


def _default_algorithm(found: Any) -> str:
    return str(found.encryption["Rule"]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"])


def _key_in_use(name: str, call: Call, found: Any) -> str:
    """The ARN of the key that a request or a bucket names, if the key can be used."""
    if name.endswith(named.MANAGED_KEY):
        # AWS makes the managed key of a service when it is used for the first time.
        keys = backends("kms")[found.account_id][found.region_name]
        keys.any_id_to_key_id(named.MANAGED_KEY)
    arn = key_arn(name, (found.account_id, call.account), found.region_name, call)
    region = arn.split(":")[3]
    if region != found.region_name:
        # S3 asks the KMS of the bucket's Region. Page: *Using server-side encryption with AWS KMS
        # keys (SSE-KMS)*: the key is in the Region of the bucket.
        raise ServiceError("KMS.NotFoundException", f"Invalid arn {region}", 400)
    _check_transport(call)
    check_key(arn)
    return arn


def _check_key_of(call: Call, stored: Any | None) -> None:
    key = getattr(stored, "kms_key_id", None)
    if key is not None and getattr(stored, "encryption", None) in named.KMS_ALGORITHMS:
        _check_transport(call)
        check_key(key)


def _check_transport(call: Call) -> None:
    """Refuse plain HTTP for an object under a KMS key.

    AWS page: *Using server-side encryption with AWS KMS keys (SSE-KMS)*: requests for such an
    object fail if they are not made over TLS.
    """
    if call.context.get("aws:SecureTransport") == "false":
        raise ServiceError("InvalidArgument", _OVER_TLS, 400)


def check_key(arn: str) -> None:
    """Refuse to work with a KMS key that is not enabled.

    Raises:
        ServiceError: KMS.NotFoundException, KMS.DisabledException or
            KMS.KMSInvalidStateException: S3 passes on what KMS answers.

    AWS page: *Key states of AWS KMS keys*.
    """
    key = kms_key(arn)
    if key is None:
        raise ServiceError("KMS.NotFoundException", f"Key '{arn}' does not exist", 400)
    if key.key_state == "Disabled":
        raise ServiceError("KMS.DisabledException", f"{arn} is disabled.", 400)
    if key.key_state != "Enabled":
        state = {"PendingDeletion": "pending deletion", "PendingImport": "pending import"}
        text = f"{arn} is {state.get(key.key_state, key.key_state)}."
        raise ServiceError("KMS.KMSInvalidStateException", text, 400)


def _check_customer_key(call: Call, found: Any) -> None:
    """Refuse a customer-provided key where the bucket blocks them, as new buckets do.

    AWS page: *Troubleshoot access denied (403 Forbidden) errors in Amazon S3*, "Access denied due
    to Blocked Encryption Type".
    """
    if not call.parameters.get("SSECustomerAlgorithm") or _blocked_type(found) != SSE_C:
        return
    message = (
        f"User: {call.principal} is not authorized to perform: s3:PutObject on resource: "
        f'"{arn_of(found)}/{call.parameters["Key"]}" because this bucket has blocked upload '
        "requests that specify Server Side Encryption with Customer provided keys (SSE-C). "
        "Please specify a different server-side encryption type"
    )
    foreign = call.account != found.account_id or call.principal == "*"
    raise ServiceError("AccessDenied", "Access Denied" if foreign else message, 403)


def _invalid(message: str, name: str, value: str) -> ServiceError:
    return ServiceError("InvalidArgument", message, 400, ArgumentName=name, ArgumentValue=value)


def _with_encryption(headers: dict[str, Any], applied: Applied) -> dict[str, Any]:
    kept = {name: value for name, value in headers.items() if not name.startswith(_HEADER)}
    return {**kept, **applied.headers}
