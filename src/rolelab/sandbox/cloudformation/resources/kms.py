"""KMS: keys and aliases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.cloudformation.intrinsics import text
from rolelab.sandbox.cloudformation.resources.work import Made, ResourceType, Work, tags_of

_NEW = ("BypassPolicyLockoutSafetyCheck", "Description", "KeySpec", "KeyUsage", "MultiRegion")


def _kms(work: Work, operation: str, /, **members: Any) -> dict[str, Any]:
    return work.call("kms", operation, **members)


def _is(value: Any) -> bool:
    return text(value).lower() == "true"


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]


def _create_key(work: Work) -> Made:
    key = _kms(
        work,
        "CreateKey",
        Policy=work.get("KeyPolicy"),
        Tags=_tags(tags_of(work.get("Tags"))) or None,
        **work.given(*_NEW, "Origin"),
    )["KeyMetadata"]
    work.announce(key["KeyId"])
    if _is(work.get("EnableKeyRotation", False)):
        _rotate(work, key["KeyId"])
    if not _is(work.get("Enabled", True)):
        _kms(work, "DisableKey", KeyId=key["KeyId"])
    return Made(key["KeyId"], {"Arn": key["Arn"], "KeyId": key["KeyId"]})


def _rotate(work: Work, key: str) -> None:
    days = work.get("RotationPeriodInDays")
    _kms(work, "EnableKeyRotation", KeyId=key, RotationPeriodInDays=days)


def _update_key(work: Work) -> Made:
    if work.changed("Enabled") and _is(work.get("Enabled", True)):
        _kms(work, "EnableKey", KeyId=work.id)
    if work.changed("KeyPolicy"):
        bypass = work.get("BypassPolicyLockoutSafetyCheck")
        _kms(
            work,
            "PutKeyPolicy",
            KeyId=work.id,
            PolicyName="default",
            Policy=work.get("KeyPolicy"),
            BypassPolicyLockoutSafetyCheck=bypass,
        )
    if work.changed("Description"):
        _kms(work, "UpdateKeyDescription", KeyId=work.id, Description=work.get("Description", ""))
    if work.changed("EnableKeyRotation", "RotationPeriodInDays"):
        if _is(work.get("EnableKeyRotation", False)):
            _rotate(work, work.id)
        else:
            _kms(work, "DisableKeyRotation", KeyId=work.id)
    added, removed = work.tag_changes()
    if removed:
        _kms(work, "UntagResource", KeyId=work.id, TagKeys=removed)
    if added:
        _kms(work, "TagResource", KeyId=work.id, Tags=_tags(added))
    if work.changed("Enabled") and not _is(work.get("Enabled", True)):
        _kms(work, "DisableKey", KeyId=work.id)
    return Made(work.id, work.attributes)


def _delete_key(work: Work) -> None:
    """Page: *AWS::KMS::Key*, PendingWindowInDays: the key waits, 30 days by default."""
    days = work.get("PendingWindowInDays", 30)
    _kms(work, "ScheduleKeyDeletion", KeyId=work.id, PendingWindowInDays=days)


def _create_alias(work: Work) -> Made:
    name = work.get("AliasName")
    _kms(work, "CreateAlias", AliasName=name, TargetKeyId=work.get("TargetKeyId"))
    return Made(text(name))


def _update_alias(work: Work) -> Made:
    _kms(work, "UpdateAlias", AliasName=work.id, TargetKeyId=work.get("TargetKeyId"))
    return Made(work.id)


def _delete_alias(work: Work) -> None:
    _kms(work, "DeleteAlias", AliasName=work.id)


TYPES: Mapping[str, ResourceType] = {
    "AWS::KMS::Key": ResourceType(
        _create_key,
        _delete_key,
        frozenset(
            {
                *_NEW,
                "EnableKeyRotation",
                "Enabled",
                "KeyPolicy",
                "Origin",
                "PendingWindowInDays",
                "RotationPeriodInDays",
                "Tags",
            }
        ),
        None,
        _update_key,
        updates=frozenset(
            {
                "BypassPolicyLockoutSafetyCheck",
                "Description",
                "EnableKeyRotation",
                "Enabled",
                "KeyPolicy",
                "PendingWindowInDays",
                "RotationPeriodInDays",
                "Tags",
            }
        ),
        # Page: *AWS::KMS::Key*: "the update request fails" for these.
    ),
    "AWS::KMS::Alias": ResourceType(
        _create_alias,
        _delete_alias,
        frozenset({"AliasName", "TargetKeyId"}),
        "AliasName",
        _update_alias,
    ),
}
