"""CloudWatch Logs: log groups and log streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.cloudformation.resources.work import Made, ResourceType, Work, tags_of


def _logs(work: Work, operation: str, /, **members: Any) -> dict[str, Any]:
    return work.call("logs", operation, **members)


def _arn(work: Work, name: str) -> str:
    return f"arn:{work.partition}:logs:{work.region}:{work.account}:log-group:{name}"


def _create_group(work: Work) -> Made:
    name = work.name("LogGroupName", 512)
    tags = tags_of(work.get("Tags")) or None
    settings = work.given("KmsKeyId", "LogGroupClass")
    _logs(work, "CreateLogGroup", logGroupName=name, tags=tags, **settings)
    work.announce(name)
    if work.get("RetentionInDays"):
        days = work.get("RetentionInDays")
        _logs(work, "PutRetentionPolicy", logGroupName=name, retentionInDays=days)
    return Made(name, {"Arn": f"{_arn(work, name)}:*"})


def _update_group(work: Work) -> Made:
    own = {"logGroupName": work.id}
    if work.changed("RetentionInDays"):
        days = work.get("RetentionInDays")
        if days:
            _logs(work, "PutRetentionPolicy", **own, retentionInDays=days)
        else:
            _logs(work, "DeleteRetentionPolicy", **own)
    if work.changed("KmsKeyId"):
        key = work.get("KmsKeyId")
        if key:
            _logs(work, "AssociateKmsKey", **own, kmsKeyId=key)
        else:
            _logs(work, "DisassociateKmsKey", **own)
    added, removed = work.tag_changes()
    if removed:
        _logs(work, "UntagResource", resourceArn=_arn(work, work.id), tagKeys=removed)
    if added:
        _logs(work, "TagResource", resourceArn=_arn(work, work.id), tags=added)
    return Made(work.id, work.attributes)


def _delete_group(work: Work) -> None:
    _logs(work, "DeleteLogGroup", logGroupName=work.id)


def _create_stream(work: Work) -> Made:
    name = work.name("LogStreamName", 512)
    _logs(work, "CreateLogStream", logGroupName=work.get("LogGroupName"), logStreamName=name)
    return Made(name)


def _delete_stream(work: Work) -> None:
    group = work.get("LogGroupName")
    _logs(work, "DeleteLogStream", logGroupName=group, logStreamName=work.id)


TYPES: Mapping[str, ResourceType] = {
    "AWS::Logs::LogGroup": ResourceType(
        _create_group,
        _delete_group,
        frozenset({"KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays", "Tags"}),
        "LogGroupName",
        _update_group,
        updates=frozenset({"KmsKeyId", "RetentionInDays", "Tags"}),
    ),
    "AWS::Logs::LogStream": ResourceType(
        _create_stream,
        _delete_stream,
        frozenset({"LogGroupName", "LogStreamName"}),
        "LogStreamName",
    ),
}
