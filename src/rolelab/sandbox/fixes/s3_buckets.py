"""What a bucket may be called, and whose account works on it.

AWS pages: *CreateBucket*, *General purpose bucket naming rules*, *Controlling ownership of objects
and disabling ACLs for your bucket*, *Verifying bucket ownership with bucket owner condition*.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Fix, fix
from rolelab.sandbox.fixes.s3_settings import blocked, give_defaults
from rolelab.sandbox.operations.s3_state import copy_source
from rolelab.sandbox.resource_policies.s3 import bucket

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.fixes import Response, Serve

__all__ = ["blocked", "bucket_of", "check_name", "on_bucket"]

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def bucket_of(call: Call) -> Any | None:
    """The bucket that a call names, with its defaults; None if there is none of that name."""
    found = bucket(str(call.parameters.get("Bucket", "")))
    if found is not None:
        give_defaults(found)
    return found


def check_name(name: str) -> None:
    """Refuse a name that no general purpose bucket can have.

    Raises:
        ServiceError: InvalidBucketName.

    AWS page: *General purpose bucket naming rules*.
    """
    valid = _NAME.fullmatch(name) and ".." not in name and not _ADDRESS.fullmatch(name)
    if not valid or name.startswith(_RESERVED_STARTS) or name.endswith(_RESERVED_ENDS):
        raise ServiceError(
            "InvalidBucketName", "The specified bucket is not valid.", 400, BucketName=name
        )


# CreateBucket checks ACLs too, in s3_acls.
@fix("s3", "CreateBucket")
def create_bucket(call: Call, response: Any, serve: Serve) -> Response:
    """A new bucket has a valid name that no other account has, and the secure defaults.

    AWS page: *Namespaces for general purpose buckets*.
    """
    check_name(call.parameters["Bucket"])
    _check_free(call)
    answer = serve()
    bucket_of(call)
    return answer


def _check_free(call: Call) -> None:
    """moto knows the caller of a call that a service forwards for none but the first account."""
    name = call.parameters["Bucket"]
    found = bucket(name)
    if found is not None and found.account_id != call.account:
        raise ServiceError(
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all "
            "users of the system. Please select a different name and try again.",
            409,
            BucketName=name,
        )


def in_owners_account(call: Call, response: Any, serve: Serve) -> Response:
    """Work on the bucket in the account that owns it, whoever calls.

    moto looks for tags, versions and uploads in the caller's account, so that an object written
    by another account is out of its owner's sight. Under BucketOwnerEnforced the owner of the
    bucket owns every object in it (*Controlling ownership of objects and disabling ACLs*).

    Raises:
        ServiceError: AccessDenied, if the caller expected another owner (*Verifying bucket
            ownership with bucket owner condition*).
    """
    found = bucket_of(call)
    _check_owner(found, call.parameters.get("ExpectedBucketOwner"))
    if "ExpectedSourceBucketOwner" in call.parameters:
        source = bucket(copy_source(call)[0])
        _check_owner(source, call.parameters["ExpectedSourceBucketOwner"])
    if found is not None:
        response.current_account = found.account_id
    return serve()


def _check_owner(found: Any | None, expected: str | None) -> None:
    if found is not None and expected is not None and expected != found.account_id:
        raise ServiceError("AccessDenied", "Access Denied", 403)


_WITHOUT_BUCKET = {"CreateBucket", "ListBuckets", "ListDirectoryBuckets", "WriteGetObjectResponse"}


def _register(function: Fix) -> None:
    from rolelab.sandbox.decoding import model_of

    for operation in model_of("s3").operation_names:
        if operation not in _WITHOUT_BUCKET:
            fix("s3", operation)(function)


_register(in_owners_account)

Change = Callable[["Call", Any, Any, "Serve"], Any]


def on_bucket(operation: str) -> Callable[[Change], Change]:
    """Register a fix that is given the bucket; a call that names no bucket is left to moto.

    Args:
        operation: the botocore name of the S3 operation.

    Returns:
        A decorator for a function of the call, the bucket, moto's response object and `serve`.
    """

    def register(change: Change) -> Change:
        @fix("s3", operation)
        def fixed(call: Call, response: Any, serve: Serve) -> Any:
            found = bucket_of(call)
            return serve() if found is None else change(call, found, response, serve)

        return change

    return register
