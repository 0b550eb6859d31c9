"""What an access control list grants, asked for in a request or stored with a bucket or object.

AWS pages: *Access control list (ACL) overview*, *Blocking public access to your Amazon S3 storage*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes.s3_public_access import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    grantee_is_public,
)
from rolelab.sandbox.fixes.s3_settings import BUCKET_OWNER_ENFORCED, blocked, ownership_of

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


def owner_id() -> str:
    """The canonical user id that moto gives to every account."""
    from moto.s3.models import OWNER

    return str(OWNER)


def as_moto_has_it(grants: tuple[Grant, ...]) -> Any:
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


def grants_in_effect(found: Any, stored: Any) -> list[Grant]:
    """The grants that S3 enforces: the owner's alone without ACLs, no public ones if ignored.

    AWS page: *Blocking public access to your Amazon S3 storage*: GetBucketAcl and GetObjectAcl
    always return the effective permissions.
    """
    if ownership_of(found) == BUCKET_OWNER_ENFORCED:
        return [Grant(FULL_CONTROL, account_id=owner_id())]
    ignored = blocked(found).ignore_public_acls
    return [grant for grant in grants_of(stored) if not (ignored and grant.is_public)]
