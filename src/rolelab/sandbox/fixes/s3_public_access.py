"""What Amazon S3 calls public, and what Block Public Access does about it.

Pure: policies and settings in, answers out. AWS pages: *Blocking public access to your Amazon S3
storage* (its section *The meaning of "public"* is implemented here to the letter) and
*Troubleshoot access denied (403 Forbidden) errors in Amazon S3*.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"


@dataclass(frozen=True, slots=True)
class BlockPublicAccess:
    """The four settings of a bucket or of an account; all on for a new bucket.

    AWS page: *Blocking public access to your Amazon S3 storage*, "Block public access settings".
    """

    block_public_acls: bool = True
    ignore_public_acls: bool = True
    block_public_policy: bool = True
    restrict_public_buckets: bool = True

    def __or__(self, other: BlockPublicAccess) -> BlockPublicAccess:
        """The most restrictive combination, which S3 applies when bucket and account differ."""
        return BlockPublicAccess(
            *(getattr(self, each.name) or getattr(other, each.name) for each in fields(self))
        )


NOTHING_BLOCKED = BlockPublicAccess(False, False, False, False)


def grantee_is_public(uri: str | None) -> bool:
    """Whether an ACL's grantee makes the ACL public: one of the two predefined groups."""
    return uri in (ALL_USERS, AUTHENTICATED_USERS)


def policy_is_public(policy: Mapping[str, Any]) -> bool:
    """Whether a bucket policy is public: one statement that allows the public is enough.

    Args:
        policy: a document that `rolelab.iam.parse` accepts.

    AWS page: *Blocking public access to your Amazon S3 storage*, "Bucket policies". S3 assumes
    that a policy is public until every grant is limited to fixed values.
    """
    return any(_is_public(each) for each in _listed(policy["Statement"]))


def _is_public(statement: Mapping[str, Any]) -> bool:
    if statement["Effect"] != "Allow" or _principals_are_fixed(statement.get("Principal")):
        return False
    return not any(
        _limits(operator, key.lower(), _texts(values))
        for operator, block in statement.get("Condition", {}).items()
        for key, values in block.items()
    )


def _principals_are_fixed(principal: Any) -> bool:
    """Accounts, users, roles and service principals are fixed; a web identity provider is not."""
    if not isinstance(principal, Mapping) or "Federated" in principal:
        return False
    return all(_is_fixed(name) for names in principal.values() for name in _texts(names))


# Operators that let in the listed values alone. The negated operators, those that end in IfExists
# and `ForAllValues:` let a request in that lacks the key, so they limit nobody.
_POSITIVE = {
    "stringequals",
    "stringequalsignorecase",
    "stringlike",
    "arnequals",
    "arnlike",
}
_LIMITING_KEYS = {
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:userid",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
}
_ANY_ACCESS_POINT = re.compile(r"arn:[a-z-]+:s3:[a-z0-9-]+:\d{12}:accesspoint/[^$]*")
_ROLE_ID_PATTERN = re.compile(r"[^:]+:.*")


def _limits(operator: str, key: str, values: list[str]) -> bool:
    name = operator.lower().removeprefix("foranyvalue:")
    if key == "aws:sourceip":
        return name == "ipaddress" and bool(values) and all(map(_is_narrow_range, values))
    if name not in _POSITIVE or key not in _LIMITING_KEYS or not values:
        return False
    return all(_is_fixed_value_of(key, value) for value in values)


def _is_fixed_value_of(key: str, value: str) -> bool:
    if key == "s3:dataaccesspointarn" and _ANY_ACCESS_POINT.fullmatch(value):
        return True  # A wildcard may stand for the access point's name if the account is fixed.
    if key == "aws:userid" and _ROLE_ID_PATTERN.fullmatch(value):
        return False
    return _is_fixed(value)


def _is_fixed(value: str) -> bool:
    return not any(mark in value for mark in ("*", "?", "${"))


_BROADEST_PREFIX = {4: 8, 6: 32}


def _is_narrow_range(value: str) -> bool:
    """Whether a CIDR range is narrow enough: /8 or longer for IPv4, /32 or longer for IPv6."""
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _BROADEST_PREFIX[network.version]


def restriction(bucket_arn: str, owner: str) -> dict[str, Any]:
    """The statement that RestrictPublicBuckets adds to a public bucket policy in effect.

    Only AWS service principals and the owner's account keep their access; anonymous requests and
    other accounts are denied, and AWS reports it as an explicit deny in a resource-based policy.

    AWS pages: *Blocking public access to your Amazon S3 storage*, "Block public access settings";
    *Troubleshoot access denied (403 Forbidden) errors in Amazon S3*, "Access denied due to Block
    Public Access settings".
    """
    return {
        "Sid": "RestrictPublicBuckets",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {
            "StringNotEquals": {"aws:PrincipalAccount": owner},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }


def effective_policy(
    policy: Mapping[str, Any], block: BlockPublicAccess, bucket_arn: str, owner: str
) -> dict[str, Any]:
    """The bucket policy that decides requests: the stored one, restricted if it is public.

    Args:
        policy: the stored document.
        block: the bucket's settings combined with its account's.
        bucket_arn: the bucket's ARN.
        owner: the account that owns the bucket.
    """
    if not (block.restrict_public_buckets and policy_is_public(policy)):
        return dict(policy)
    statements = [*_listed(policy["Statement"]), restriction(bucket_arn, owner)]
    return {**policy, "Statement": statements}


def _listed(statements: Any) -> Iterable[Mapping[str, Any]]:
    return [statements] if isinstance(statements, Mapping) else statements


def _texts(values: Any) -> list[str]:
    return [str(value) for value in (values if isinstance(values, list) else [values])]
