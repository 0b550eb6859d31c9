"""Access control lists: disabled on new buckets, and blocked where they would be public.

AWS pages: *Controlling ownership of objects and disabling ACLs for your bucket* and its
*Troubleshooting*, *Access control list (ACL) overview*, *Blocking public access to your Amazon S3
storage*, *Troubleshoot access denied (403 Forbidden) errors in Amazon S3*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.s3_buckets import (
    BUCKET_OWNER_ENFORCED,
    OBJECT_WRITER,
    arn_of,
    blocked,
    on_bucket,
    ownership_of,
)
from rolelab.sandbox.fixes.s3_public_access import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    BlockPublicAccess,
    grantee_is_public,
)
from rolelab.sandbox.operations.s3_state import stored_object
from rolelab.sandbox.resource_policies import bucket

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.fixes import Response, Serve

LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
FULL_CONTROL = "FULL_CONTROL"
BUCKET_OWNER_FULL_CONTROL = "bucket-owner-full-control"


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant of an ACL: to a predefined group by its URI, or to an account by its id."""

    permission: str
    uri: str | None = None
    account_id: str | None = None

    @property
    def is_public(self) -> bool:
        return grantee_is_public(self.uri)


def _to(uri: str, *permissions: str) -> tuple[Grant, ...]:
    return tuple(Grant(permission, uri=uri) for permission in permissions)


#: What each canned ACL grants to others than the owner (*Canned ACL*).
CANNED: Mapping[str, tuple[Grant, ...]] = {
    "private": (),
    "public-read": _to(ALL_USERS, "READ"),
    "public-read-write": _to(ALL_USERS, "READ", "WRITE"),
    "authenticated-read": _to(AUTHENTICATED_USERS, "READ"),
    "aws-exec-read": (),
    "bucket-owner-read": (),
    BUCKET_OWNER_FULL_CONTROL: (),
    "log-delivery-write": _to(LOG_DELIVERY, "WRITE", "READ_ACP"),
}

_HEADERS: Mapping[str, str] = {
    "GrantRead": "READ",
    "GrantWrite": "WRITE",
    "GrantReadACP": "READ_ACP",
    "GrantWriteACP": "WRITE_ACP",
    "GrantFullControl": FULL_CONTROL,
}


@dataclass(frozen=True, slots=True)
class RequestedAcl:
    """The ACL that a request wants to set.

    Attributes:
        canned: the name of a canned ACL, or None.
        grants: what is granted; for a canned ACL without the owner's own grant.
    """

    canned: str | None
    grants: tuple[Grant, ...]

    @property
    def is_public(self) -> bool:
        return any(grant.is_public for grant in self.grants)

    def is_of_owner_alone(self, owner: str) -> bool:
        """Whether it says no more than that the bucket owner has full control."""
        if self.canned is not None:
            return self.canned == BUCKET_OWNER_FULL_CONTROL
        return all(grant == Grant(FULL_CONTROL, account_id=owner) for grant in self.grants)


def requested_acl(parameters: Mapping[str, Any]) -> RequestedAcl | None:
    """The ACL in a request's parameters: canned, as grant headers, or in full; None without one.

    Raises:
        ServiceError: InvalidArgument, for a canned ACL that does not exist.
    """
    canned = parameters.get("ACL")
    if canned is not None:
        if canned not in CANNED:
            raise ServiceError(
                "InvalidArgument",
                "The canned ACL you provided is not valid",
                400,
                ArgumentName="x-amz-acl",
                ArgumentValue=canned,
            )
        return RequestedAcl(canned, CANNED[canned])
    grants = (*_grants_in_headers(parameters), *_grants_in_body(parameters))
    given = "AccessControlPolicy" in parameters or bool(grants)
    return RequestedAcl(None, grants) if given else None


def _grants_in_headers(parameters: Mapping[str, Any]) -> Iterator[Grant]:
    for name, permission in _HEADERS.items():
        for grantee in filter(None, parameters.get(name, "").split(",")):
            kind, _, value = grantee.strip().partition("=")
            value = value.strip('"')
            if kind.lower() == "uri":
                yield Grant(permission, uri=value)
            else:
                yield Grant(permission, account_id=value)


def _grants_in_body(parameters: Mapping[str, Any]) -> Iterator[Grant]:
    for grant in parameters.get("AccessControlPolicy", {}).get("Grants", []):
        grantee = grant.get("Grantee", {})
        yield Grant(grant.get("Permission", ""), grantee.get("URI"), grantee.get("ID"))


def _owner_id() -> str:
    """The canonical user id that moto gives to every account."""
    from moto.s3.models import OWNER

    return str(OWNER)


def _check_allowed(call: Call, found: Any, asked: RequestedAcl | None) -> None:
    """Refuse an ACL on a bucket without ACLs, and a public one where those are blocked."""
    if asked is None:
        return
    if ownership_of(found) == BUCKET_OWNER_ENFORCED:
        if not asked.is_of_owner_alone(_owner_id()):
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
@on_bucket("CopyObject")
def write_object(call: Call, found: Any, response: Any, serve: Serve) -> Response:
    """An object without an ACL of its own is private; moto gives it the ACL of its bucket."""
    from moto.s3.models import get_canned_acl

    asked = requested_acl(call.parameters)
    _check_allowed(call, found, asked)
    answer = serve()
    stored = stored_object(found.name, call.parameters["Key"])
    if answer[0] == 200 and asked is None and stored is not None:
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
        stored.set_acl(_as_moto_has_it(asked.grants))
    return answer


def _as_moto_has_it(grants: tuple[Grant, ...]) -> Any:
    from moto.s3.models import FakeAcl, FakeGrant, FakeGrantee

    return FakeAcl(
        [
            FakeGrant(
                [FakeGrantee(grantee_id=grant.account_id or "", uri=grant.uri or "")],
                [grant.permission],
            )
            for grant in grants
        ]
    )


def grants_of(stored: Any) -> list[Grant]:
    """The grants of an ACL that moto stores."""
    return [
        Grant(permission, uri=grantee.uri or None, account_id=grantee.id or None)
        for grant in (stored.grants if stored is not None else [])
        for grantee in grant.grantees
        for permission in grant.permissions
    ]


def _in_effect(found: Any, stored: Any) -> list[Grant]:
    """The grants that S3 enforces: the owner's alone without ACLs, no public ones if ignored.

    AWS page: *Blocking public access to your Amazon S3 storage*: GetBucketAcl and GetObjectAcl
    always return the effective permissions.
    """
    if ownership_of(found) == BUCKET_OWNER_ENFORCED:
        return [Grant(FULL_CONTROL, account_id=_owner_id())]
    block = blocked(found)
    return [grant for grant in grants_of(stored) if not _is_ignored(grant, block)]


def _is_ignored(grant: Grant, block: BlockPublicAccess) -> bool:
    return grant.is_public and block.ignore_public_acls


def _acl_members(grants: list[Grant]) -> Answer:
    return Answer(
        Owner={"ID": _owner_id()},
        Grants=[{"Grantee": _grantee(grant), "Permission": grant.permission} for grant in grants],
    )


def _grantee(grant: Grant) -> dict[str, str]:
    if grant.uri is not None:
        return {"Type": "Group", "URI": grant.uri}
    return {"Type": "CanonicalUser", "ID": grant.account_id or ""}


@on_bucket("GetBucketAcl")
def get_bucket_acl(call: Call, found: Any, response: Any, serve: Serve) -> Answer:
    """The permissions in effect, not the ACL as it was written."""
    return _acl_members(_in_effect(found, found.acl))


@on_bucket("GetObjectAcl")
def get_object_acl(call: Call, found: Any, response: Any, serve: Serve) -> Answer | Response:
    """The permissions in effect, not the ACL as it was written."""
    answer = serve()
    if answer[0] != 200:
        return answer
    stored = stored_object(found.name, call.parameters["Key"], call.parameters.get("VersionId"))
    return _acl_members(_in_effect(found, getattr(stored, "acl", None)))


_OWNERSHIPS = (BUCKET_OWNER_ENFORCED, "BucketOwnerPreferred", OBJECT_WRITER)


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
    others = [grant for grant in grants_of(found.acl) if grant.account_id != _owner_id()]
    if rules[0]["ObjectOwnership"] == BUCKET_OWNER_ENFORCED and others:
        raise _acl_with_owner_enforced(found.name)
    return serve()
