"""Which condition keys a permission needs, so that it is not wider than its use.

Pages: *Grant a user permissions to pass a role to an AWS service*; *AWS KMS condition keys*;
*Create a service-linked role*; *Actions, resources, and condition keys* for Amazon ECS, Amazon S3
and IAM (Service Authorization Reference); *IAM JSON policy elements: Condition operators*.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from rolelab.least_privilege.patterns import escaped, path_patterns, place_of, resource_patterns
from rolelab.least_privilege.permission import Conditions
from rolelab.least_privilege.rule import Rule
from rolelab.sandbox.operations import Check

# Action -> condition keys without whose limits the action is wide.
_BINDING: Mapping[str, tuple[str, ...]] = {
    "iam:PassRole": ("iam:PassedToService",),
    "iam:CreateServiceLinkedRole": ("iam:AWSServiceName",),
    "iam:AttachRolePolicy": ("iam:PolicyARN",),
    "iam:DetachRolePolicy": ("iam:PolicyARN",),
    "iam:AttachUserPolicy": ("iam:PolicyARN",),
    "iam:DetachUserPolicy": ("iam:PolicyARN",),
    "iam:AttachGroupPolicy": ("iam:PolicyARN",),
    "iam:DetachGroupPolicy": ("iam:PolicyARN",),
    "iam:CreateRole": ("iam:PermissionsBoundary",),
    "iam:CreateUser": ("iam:PermissionsBoundary",),
    "iam:PutRolePermissionsBoundary": ("iam:PermissionsBoundary",),
    "iam:PutUserPermissionsBoundary": ("iam:PermissionsBoundary",),
    "ecs:RunTask": ("ecs:cluster",),
    "ecs:StartTask": ("ecs:cluster",),
    "s3:ListBucket": ("s3:prefix",),
    "s3:ListBucketVersions": ("s3:prefix",),
}
_OF_KEYS = "kms:EncryptionContext:"
_VIA = "kms:ViaService"


class Bound(NamedTuple):
    """A condition key with the value that one request had.

    Attributes:
        key: the condition key.
        value: what the request had.
    """

    key: str
    value: str


def bound_by(check: Check) -> tuple[Bound, ...]:
    """Give the condition keys of a check that its permission should hold to.

    A key that the request lacked binds nothing: a listing without a prefix needs the whole bucket.
    """
    if check.action.startswith("kms:"):
        names: Iterable[str] = (
            name for name in check.context if name == _VIA or name.startswith(_OF_KEYS)
        )
    else:
        names = _BINDING.get(check.action, ())
    found = ((name, check.context.get(name)) for name in sorted(names))
    return tuple(Bound(name, value) for name, value in found if isinstance(value, str))


def conditions_of(values: Mapping[str, Collection[str]], rule: Rule) -> Conditions:
    """Write a Condition element that holds for all these values.

    ARNs and paths are generalized as resources are. Of other keys more than `rule.siblings`
    values become `*`: the key has to be there, whatever it says.

    Args:
        values: condition key -> every value that was seen.
        rule: how far to generalize.

    Returns:
        Operator -> key -> values.
    """
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for key, seen in sorted(values.items()):
        patterns = _patterns(key, seen, rule)
        exact = tuple(sorted(seen)) if len(seen) == len(patterns) else None
        if exact is not None and patterns == tuple(sorted(map(escaped, seen))):
            found.setdefault("StringEquals", {})[key] = tuple(
                value.replace("${", "${$}{") for value in exact
            )
        else:
            found.setdefault("StringLike", {})[key] = patterns
    return found


def _patterns(key: str, seen: Collection[str], rule: Rule) -> tuple[str, ...]:
    if key == "s3:prefix":
        return path_patterns(seen, rule)
    if all(value.startswith("arn:") for value in seen):
        by_name: dict[str, set[str]] = {}
        for value in seen:
            name, path = place_of(value)
            by_name.setdefault(name, set()).add(path)
        return tuple(
            sorted(
                pattern
                for name, paths in by_name.items()
                for pattern in resource_patterns(name, paths, rule)
            )
        )
    if key.startswith(_OF_KEYS) and len(seen) > rule.siblings:
        return ("*",)
    return tuple(sorted(map(escaped, seen)))
