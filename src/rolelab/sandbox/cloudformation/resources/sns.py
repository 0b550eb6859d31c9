"""SNS: topics, subscriptions, topic policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.cloudformation.resources.work import (
    Made,
    ResourceType,
    Work,
    generated,
    tag_list,
    values,
)

_TOPIC = (
    "ContentBasedDeduplication",
    "DisplayName",
    "FifoTopic",
    "KmsMasterKeyId",
    "SignatureVersion",
)
_SUBSCRIPTION = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "SubscriptionRoleArn",
)


def _sns(work: Work, operation: str, /, **members: Any) -> dict[str, Any]:
    return work.call("sns", operation, **members)


def _create_topic(work: Work) -> Made:
    name = work.name("TopicName", 250)
    if "FifoTopic" in work.properties and not work.get("TopicName"):
        name += ".fifo"
    attributes = values(work.properties, _TOPIC) or None
    topic = _sns(work, "CreateTopic", Name=name, Attributes=attributes, **work.given("Tags"))
    arn = topic["TopicArn"]
    work.announce(arn)
    for each in work.get("Subscription") or ():
        _sns(work, "Subscribe", TopicArn=arn, **each)
    return Made(arn, {"TopicArn": arn, "TopicName": name})


def _update_topic(work: Work) -> Made:
    new = values(work.properties, _TOPIC)
    for name in _TOPIC:
        if work.changed(name):
            _sns(
                work,
                "SetTopicAttributes",
                TopicArn=work.id,
                AttributeName=name,
                AttributeValue=new.get(name, ""),
            )
    added, removed = work.tag_changes()
    if removed:
        _sns(work, "UntagResource", ResourceArn=work.id, TagKeys=removed)
    if added:
        _sns(work, "TagResource", ResourceArn=work.id, Tags=tag_list(added))
    return Made(work.id, work.attributes)


def _delete_topic(work: Work) -> None:
    _sns(work, "DeleteTopic", TopicArn=work.id)


def _subscribe(work: Work) -> Made:
    arn = _sns(
        work,
        "Subscribe",
        Attributes=values(work.properties, _SUBSCRIPTION) or None,
        ReturnSubscriptionArn=True,
        **work.given("Endpoint", "Protocol", "TopicArn"),
    )["SubscriptionArn"]
    return Made(arn, {"Arn": arn})


def _update_subscription(work: Work) -> Made:
    new = values(work.properties, _SUBSCRIPTION)
    for name in _SUBSCRIPTION:
        if work.changed(name):
            _sns(
                work,
                "SetSubscriptionAttributes",
                SubscriptionArn=work.id,
                AttributeName=name,
                AttributeValue=new.get(name, ""),
            )
    return Made(work.id, work.attributes)


def _unsubscribe(work: Work) -> None:
    _sns(work, "Unsubscribe", SubscriptionArn=work.id)


def _put_policy(work: Work) -> Made:
    made = work.physical_id or generated(work.stack_name, work.logical_id, 64)
    for topic in work.get("Topics"):
        _set_policy(work, topic, json.dumps(work.get("PolicyDocument")))
    for topic in work.previous.get("Topics") or ():
        if topic not in work.get("Topics"):
            _set_policy(work, topic, _default_policy(work, topic))
    return Made(made, {"Id": made})


def _set_policy(work: Work, topic: str, document: str) -> None:
    _sns(
        work,
        "SetTopicAttributes",
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=document,
    )


def _default_policy(work: Work, topic: str) -> str:
    """A topic always has a policy; without one of its own it lets its owner do everything.

    Page: *Example cases for Amazon SNS access control*; the document is what a new topic shows.
    """
    actions = (
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    )
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions],
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": work.account}},
    }
    return json.dumps(
        {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    )


def _delete_policy(work: Work) -> None:
    for topic in work.get("Topics"):
        _set_policy(work, topic, _default_policy(work, topic))


TYPES: Mapping[str, ResourceType] = {
    "AWS::SNS::Topic": ResourceType(
        _create_topic,
        _delete_topic,
        frozenset({*_TOPIC, "Subscription", "Tags", "TopicName"}),
        "TopicName",
        _update_topic,
        updates=frozenset({*_TOPIC, "Tags"} - {"FifoTopic"}),
    ),
    "AWS::SNS::Subscription": ResourceType(
        _subscribe,
        _unsubscribe,
        frozenset({*_SUBSCRIPTION, "Endpoint", "Protocol", "TopicArn"}),
        None,
        _update_subscription,
    ),
    "AWS::SNS::TopicPolicy": ResourceType(
        _put_policy,
        _delete_policy,
        frozenset({"PolicyDocument", "Topics"}),
        None,
        _put_policy,
    ),
}
