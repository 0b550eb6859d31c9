"""DynamoDB: tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.cloudformation.resources.work import Made, ResourceType, Work, tag_list

_NEW = (
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
    "TableClass",
    "Tags",
)
_CHANGES = ("BillingMode", "DeletionProtectionEnabled", "ProvisionedThroughput", "TableClass")


def _ddb(work: Work, operation: str, /, **members: Any) -> dict[str, Any]:
    return work.call("dynamodb", operation, **members)


def _create(work: Work) -> Made:
    name = work.name("TableName", 255)
    table = _ddb(
        work,
        "CreateTable",
        TableName=name,
        SSESpecification=_encryption(work),
        StreamSpecification=_stream(work),
        **work.given(*_NEW),
    )["TableDescription"]
    work.announce(name)
    _set_extras(work, name)
    attributes = {"Arn": table["TableArn"], "StreamArn": table.get("LatestStreamArn", "")}
    return Made(name, attributes)


def _encryption(work: Work) -> dict[str, Any] | None:
    given = work.get("SSESpecification")
    if given is None:
        return None
    return {"Enabled" if name == "SSEEnabled" else name: given[name] for name in given}


def _stream(work: Work) -> dict[str, Any] | None:
    given = work.get("StreamSpecification")
    if given is None:
        return None
    return {"StreamEnabled": True, "StreamViewType": given["StreamViewType"]}


def _set_extras(work: Work, name: str) -> None:
    if work.changed("PointInTimeRecoverySpecification"):
        recovery = work.get("PointInTimeRecoverySpecification") or {
            "PointInTimeRecoveryEnabled": False
        }
        _ddb(
            work,
            "UpdateContinuousBackups",
            TableName=name,
            PointInTimeRecoverySpecification=recovery,
        )
    if work.changed("TimeToLiveSpecification"):
        living = work.get("TimeToLiveSpecification") or {
            **work.previous["TimeToLiveSpecification"],
            "Enabled": False,
        }
        _ddb(work, "UpdateTimeToLive", TableName=name, TimeToLiveSpecification=living)


def _update(work: Work) -> Made:
    changes = {name: work.get(name) for name in _CHANGES if work.changed(name)}
    if work.changed("SSESpecification"):
        changes["SSESpecification"] = _encryption(work) or {"Enabled": False}
    if changes:
        _ddb(work, "UpdateTable", TableName=work.id, **changes)
    _set_extras(work, work.id)
    added, removed = work.tag_changes()
    arn = work.attributes["Arn"]
    if removed:
        _ddb(work, "UntagResource", ResourceArn=arn, TagKeys=removed)
    if added:
        _ddb(work, "TagResource", ResourceArn=arn, Tags=tag_list(added))
    return Made(work.id, work.attributes)


def _delete(work: Work) -> None:
    _ddb(work, "DeleteTable", TableName=work.id)


_EXTRAS = ("PointInTimeRecoverySpecification", "SSESpecification", "TimeToLiveSpecification")

TYPES: Mapping[str, ResourceType] = {
    "AWS::DynamoDB::Table": ResourceType(
        _create,
        _delete,
        frozenset({*_NEW, *_EXTRAS, "StreamSpecification", "TableName"}),
        "TableName",
        _update,
        updates=frozenset({*_CHANGES, *_EXTRAS, "Tags"}),
        # Page: *AWS::DynamoDB::Table*, "Update requires" of each.
        replaces=frozenset({"KeySchema", "LocalSecondaryIndexes"}),
    ),
}
