"""The policy that decides about a bucket: the stored one, with what settings and ACLs make of it.

Two things change what a bucket policy means. RestrictPublicBuckets takes other accounts out of a
public policy, and ACLs, where they are enabled, grant a few permissions by themselves. Both are
written as statements here, so that the engine decides about them and an explanation can show them.

AWS pages: *Blocking public access to your Amazon S3 storage*, *Access control list (ACL) overview*
("Mapping of ACL permissions and access policy permissions").
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rolelab.iam import parse
from rolelab.sandbox.fixes.s3_grants import FULL_CONTROL, Grant, grants_in_effect
from rolelab.sandbox.fixes.s3_public_access import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    BlockPublicAccess,
    effective_policy,
)
from rolelab.sandbox.fixes.s3_settings import (
    BUCKET_OWNER_ENFORCED,
    arn_of,
    blocked,
    give_defaults,
    ownership_of,
)

if TYPE_CHECKING:
    from rolelab.iam import Document

_ON_BUCKET: Mapping[str, tuple[str, ...]] = {
    "READ": ("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
_INTO_BUCKET: Mapping[str, tuple[str, ...]] = {"WRITE": ("s3:PutObject",)}
_ON_OBJECT: Mapping[str, tuple[str, ...]] = {
    "READ": ("s3:GetObject", "s3:GetObjectVersion"),
    "READ_ACP": ("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    "WRITE_ACP": ("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
}
#: The two groups as conditions on a statement for everyone: a signed request has a principal.
_GROUPS: Mapping[str, dict[str, Any]] = {
    ALL_USERS: {},
    AUTHENTICATED_USERS: {"Condition": {"Null": {"aws:PrincipalArn": "false"}}},
}


def policy_in_effect(found: Any, key: str | None = None) -> Document | None:
    """The resource-based policy for a bucket, or for one of its objects.

    Args:
        found: the bucket, as moto stores it.
        key: the object's key. None: the bucket itself.

    Returns:
        The policy, parsed; None if nothing grants or denies anything.

    Raises:
        PolicyError: the stored policy is one that S3 would have refused.
    """
    give_defaults(found)
    stored = found.policy
    text = stored.decode() if isinstance(stored, bytes) else stored
    grants = [] if ownership_of(found) == BUCKET_OWNER_ENFORCED else list(_granted(found, key))
    if not text and not grants:
        return None
    return _document(
        text or "", json.dumps(grants), blocked(found), arn_of(found), found.account_id
    )


@lru_cache(maxsize=1024)
def _document(
    text: str, grants: str, block: BlockPublicAccess, bucket_arn: str, owner: str
) -> Document:
    name = bucket_arn.rpartition(":")[2]
    policy: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
    if text:
        stored = parse(text, kind="resource", name=f"bucket policy {name}")
        policy = effective_policy(stored.source, block, bucket_arn, owner)
        if grants == "[]" and policy == stored.source:
            return stored
    policy["Statement"] = [*_listed(policy["Statement"]), *json.loads(grants)]
    title = f"bucket policy {name}" if grants == "[]" else f"bucket policy and ACLs of {name}"
    return parse(policy, kind="resource", name=title)


def _granted(found: Any, key: str | None) -> Iterator[dict[str, Any]]:
    arn = arn_of(found)
    for grant in grants_in_effect(found, found.acl):
        yield from _statements(grant, _ON_BUCKET, arn, "BucketAcl")
        yield from _statements(grant, _INTO_BUCKET, f"{arn}/*", "BucketAcl")
    stored = found.keys.get(key) if key is not None else None
    for grant in grants_in_effect(found, getattr(stored, "acl", None)):
        yield from _statements(grant, _ON_OBJECT, f"{arn}/{_literal(key or '')}", "ObjectAcl")


def _statements(
    grant: Grant, meanings: Mapping[str, tuple[str, ...]], resource: str, origin: str
) -> Iterator[dict[str, Any]]:
    """What a grant to one of the groups allows; accounts are served by their policies here."""
    if grant.uri is None or grant.uri not in _GROUPS:
        return
    group = grant.uri.rpartition("/")[2]
    for permission, actions in meanings.items():
        if grant.permission in (permission, FULL_CONTROL):
            yield {
                "Sid": f"{origin} {group} {grant.permission} {permission}",
                "Effect": "Allow",
                "Principal": "*",
                "Action": list(actions),
                "Resource": resource,
                **_GROUPS[grant.uri],
            }


def _literal(key: str) -> str:
    """A key as a policy spells it, so that none of its characters is a wildcard or a variable."""
    return "".join({"*": "${*}", "?": "${?}", "$": "${$}"}.get(each, each) for each in key)


def _listed(statements: Any) -> list[Any]:
    return [statements] if isinstance(statements, Mapping) else list(statements)
