"""SQS: queues and their policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.cloudformation.resources.work import (
    Made,
    ResourceType,
    Work,
    generated,
    tags_of,
    values,
)

_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)
# Page: *AWS::SQS::Queue*: what each attribute is when the template no longer sets it.
_DEFAULTS = {
    "DelaySeconds": "0",
    "KmsDataKeyReusePeriodSeconds": "300",
    "MaximumMessageSize": "262144",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
}


def _sqs(work: Work, operation: str, /, **members: Any) -> dict[str, Any]:
    return work.call("sqs", operation, **members)


def _create(work: Work) -> Made:
    name = work.name("QueueName", 75)
    if "FifoQueue" in work.properties and not work.get("QueueName"):
        name += ".fifo"
    attributes = values(work.properties, _ATTRIBUTES)
    tags = tags_of(work.get("Tags")) or None
    url = _sqs(work, "CreateQueue", QueueName=name, Attributes=attributes or None, tags=tags)
    work.announce(url["QueueUrl"])
    return _made(work, url["QueueUrl"])


def _made(work: Work, url: str) -> Made:
    found = _sqs(work, "GetQueueAttributes", QueueUrl=url, AttributeNames=["QueueArn"])
    name = url.rpartition("/")[2]
    attributes = {"Arn": found["Attributes"]["QueueArn"], "QueueName": name, "QueueUrl": url}
    return Made(url, attributes)


def _update(work: Work) -> Made:
    new = values(work.properties, _ATTRIBUTES)
    changes = {name: value for name, value in new.items() if work.changed(name)}
    for name in work.previous:
        if name in _ATTRIBUTES and name not in new:
            changes[name] = _DEFAULTS.get(name, "")
    if changes:
        _sqs(work, "SetQueueAttributes", QueueUrl=work.id, Attributes=changes)
    added, removed = work.tag_changes()
    if removed:
        _sqs(work, "UntagQueue", QueueUrl=work.id, TagKeys=removed)
    if added:
        _sqs(work, "TagQueue", QueueUrl=work.id, Tags=added)
    return Made(work.id, work.attributes)


def _delete(work: Work) -> None:
    _sqs(work, "DeleteQueue", QueueUrl=work.id)


def _put_policy(work: Work) -> Made:
    made = work.physical_id or generated(work.stack_name, work.logical_id, 64)
    document = {"Policy": work.get("PolicyDocument")}
    for queue in work.get("Queues"):
        _sqs(work, "SetQueueAttributes", QueueUrl=queue, Attributes=document)
    for queue in work.previous.get("Queues") or ():
        if queue not in work.get("Queues"):
            _sqs(work, "SetQueueAttributes", QueueUrl=queue, Attributes={"Policy": ""})
    return Made(made, {"Id": made})


def _delete_policy(work: Work) -> None:
    for queue in work.get("Queues"):
        _sqs(work, "SetQueueAttributes", QueueUrl=queue, Attributes={"Policy": ""})


TYPES: Mapping[str, ResourceType] = {
    "AWS::SQS::Queue": ResourceType(
        _create,
        _delete,
        frozenset({*_ATTRIBUTES, "QueueName", "Tags"}),
        "QueueName",
        _update,
    ),
    "AWS::SQS::QueuePolicy": ResourceType(
        _put_policy,
        _delete_policy,
        frozenset({"PolicyDocument", "Queues"}),
        None,
        _put_policy,
    ),
}
