"""Access control lists: disabled on new buckets, and blocked where they would be public.

AWS pages: *Controlling ownership of objects and disabling ACLs for your bucket* and its
*Troubleshooting*, *Access control list (ACL) overview*, *Blocking public access to your Amazon S3
storage*, *Troubleshoot access denied (403 Forbidden) errors in Amazon S3*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.s3_buckets import on_bucket
from rolelab.sandbox.fixes.s3_grants import (
    Grant,
    RequestedAcl,
    as_moto_has_it,
    grants_in_effect,
    grants_of,
    owner_id,
    requested_acl,
)
from rolelab.sandbox.fixes.s3_settings import (
    BUCKET_OWNER_ENFORCED,
    BUCKET_OWNER_PREFERRED,
    OBJECT_WRITER,
    arn_of,
    blocked,
    ownership_of,
)
from rolelab.sandbox.operations.s3_state import stored_object
from rolelab.sandbox.resource_policies.s3 import bucket

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.fixes import Response, Serve


def _check_allowed(call: Call, found: Any, asked: RequestedAcl | None) -> None:
    """Refuse an ACL on a bucket without ACLs, and a public one where those are blocked."""
    if asked is None:
        return
    if ownership_of(found) == BUCKET_OWNER_ENFORCED:
        if not asked.is_of_owner_alone(owner_id()):
            raise ServiceError(
                "AccessControlListNotSupported", "The bucket does not allow ACLs", 400
            )
    elif asked.is_public and blocked(found).block_public_acls:
        raise _public_acl_blocked(call, found)


def _public_acl_blocked(call: Call, found: Any) -> ServiceError:
    key = call.parameters.get("Key")
    resource = arn_of(found) if key is None else f"{arn_of(found)}/{key}"
    if call.account != found.account_id or call.principal == "*":
        return ServiceError("AccessDenied", "Access Denied", 403)
    return ServiceError(
        "AccessDenied",
        f"User: {call.principal} is not authorized to perform: s3:{call.operation} on resource: "
        f'"{resource}" because public ACLs are prevented by the BlockPublicAcls setting in S3 '
        "Block Public Access.",
        403,
    )


@fix("s3", "CreateBucket")
def create_bucket(call: Call, response: Any, serve: Serve) -> Response:
    """A new bucket takes an ACL only if ACLs are enabled with it, and never a public one.

    AWS page: *CreateBucket*, "Access control lists (ACLs)".
    """
    asked = requested_acl(call.parameters)
    if asked is not None and asked.grants and bucket(call.parameters["Bucket"]) is None:
        name = call.parameters["Bucket"]
        if call.parameters.get("ObjectOwnership", BUCKET_OWNER_ENFORCED) == BUCKET_OWNER_ENFORCED:
            raise _acl_with_owner_enforced(name)
        if asked.is_public:
            raise ServiceError(
                "InvalidBucketAclWithBlockPublicAccessError",
                "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
                400,
                BucketName=name,
            )
    return serve()


def _acl_with_owner_enforced(name: str) -> ServiceError:
    return ServiceError(
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        400,
        BucketName=name,
    )


@on_bucket("PutBucketAcl")
@on_bucket("CreateMultipartUpload")
def set_acl(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """An ACL is refused where ACLs are disabled, or public ones blocked."""
    _check_allowed(call, found, requested_acl(call.parameters))
    return serve()


@on_bucket("PutObject")
@on_bucket("PostObject")
@on_bucket("CopyObject")
def write_object(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """An object without an ACL of its own is private; moto gives it the ACL of its bucket."""
    from moto.s3.models import get_canned_acl

    asked = requested_acl(call.parameters)
    _check_allowed(call, found, asked)
    answer = serve()
    stored = stored_object(found.name, call.parameters["Key"])
    if answer[0] < 400 and asked is None and stored is not None:
        stored.set_acl(get_canned_acl("private"))
    return answer


@on_bucket("PutObjectAcl")
def put_object_acl(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """An ACL in the body counts as well as one in the headers, which is all that moto reads."""
    asked = requested_acl(call.parameters)
    _check_allowed(call, found, asked)
    answer = serve()
    stored = stored_object(found.name, call.parameters["Key"])
    if answer[0] == 200 and asked is not None and asked.canned is None and stored is not None:
        stored.set_acl(as_moto_has_it(asked.grants))
    return answer


def _acl_members(grants: list[Grant]) -> Answer:
    return Answer(
        Owner={"ID": owner_id()},
        Grants=[{"Grantee": _grantee(grant), "Permission": grant.permission} for grant in grants],
    )


def _grantee(grant: Grant) -> dict[str, str]:
    if grant.uri is not None:
        return {"Type": "Group", "URI": grant.uri}
    return {"Type": "CanonicalUser", "ID": grant.account_id or ""}


@on_bucket("GetBucketAcl")
def get_bucket_acl(call: Call, found: Any, response: Any, serve: Serve) -> Answer:
    """The permissions in effect, not the ACL as it was written."""
    return _acl_members(grants_in_effect(found, found.acl))


@on_bucket("GetObjectAcl")
def get_object_acl(call: Call, found: Any, response: Any, serve: Serve) -> Answer | Response:
    """The permissions in effect, not the ACL as it was written."""
    answer = serve()
    if answer[0] != 200:
        return answer
    stored = stored_object(found.name, call.parameters["Key"], call.parameters.get("VersionId"))
    return _acl_members(grants_in_effect(found, getattr(stored, "acl", None)))


_OWNERSHIPS = (BUCKET_OWNER_ENFORCED, BUCKET_OWNER_PREFERRED, OBJECT_WRITER)


@on_bucket("PutBucketOwnershipControls")
def put_ownership(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """ACLs cannot be disabled while the bucket's own ACL still grants something to others."""
    rules = call.parameters.get("OwnershipControls", {}).get("Rules", [])
    if len(rules) != 1 or rules[0].get("ObjectOwnership") not in _OWNERSHIPS:
        raise ServiceError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published "
            "schema",
            400,
        )
    others = [grant for grant in grants_of(found.acl) if grant.account_id != owner_id()]
    if rules[0]["ObjectOwnership"] == BUCKET_OWNER_ENFORCED and others:
        raise _acl_with_owner_enforced(found.name)
    return serve()
