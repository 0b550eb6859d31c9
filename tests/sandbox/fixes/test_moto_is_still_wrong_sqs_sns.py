"""Every fix of SQS and SNS is still needed: raw moto, without the gate, still answers wrongly.

A row that fails is good news: moto has become right, and the fix that the row names can go.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.usefixtures("raw_moto")

Wrong = Callable[[SimpleNamespace], bool]
QUEUE = "arn:aws:sqs:us-east-1:123456789012:orders"
NOBODY = {"AWS": "arn:aws:iam::123456789012:role/nobody"}


@pytest.fixture
def raw(raw_moto: None) -> SimpleNamespace:
    """Clients of raw moto, with a queue and a topic."""
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    topic = sns.create_topic(Name="events")["TopicArn"]
    return SimpleNamespace(sqs=sqs, sns=sns, url=url, topic=topic)


def answer(operation: Callable[..., Any], **parameters: Any) -> str:
    """Code and message of moto's refusal; empty if there is none."""
    try:
        operation(**parameters)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    except ValueError as error:
        return f"moto stopped: {error}"
    return ""


def policy(action: str, resource: str, principal: Any = "*") -> str:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": resource,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def set_on_queue(raw: SimpleNamespace, **attributes: str) -> str:
    return answer(raw.sqs.set_queue_attributes, QueueUrl=raw.url, Attributes=attributes)


def set_on_topic(raw: SimpleNamespace, name: str, value: str) -> str:
    given = {"TopicArn": raw.topic, "AttributeName": name, "AttributeValue": value}
    return answer(raw.sns.set_topic_attributes, **given)


def policy_forgotten(raw: SimpleNamespace) -> bool:
    set_on_queue(raw, Policy=policy("sqs:SendMessage", QUEUE))
    set_on_queue(raw, VisibilityTimeout="10")
    found = raw.sqs.get_queue_attributes(QueueUrl=raw.url, AttributeNames=["Policy"])
    return "Attributes" not in found


def disabled_key(raw: SimpleNamespace) -> bool:
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    set_on_queue(raw, KmsMasterKeyId=key)
    kms.disable_key(KeyId=key)
    return answer(raw.sqs.send_message, QueueUrl=raw.url, MessageBody="x") == ""


def subscribed(raw: SimpleNamespace, protocol: str, endpoint: str) -> str:
    given = {"TopicArn": raw.topic, "Protocol": protocol, "Endpoint": endpoint}
    return str(raw.sns.subscribe(**given)["SubscriptionArn"])


def delivered_without_a_policy(raw: SimpleNamespace) -> bool:
    subscribed(raw, "sqs", QUEUE)
    raw.sns.publish(TopicArn=raw.topic, Message="m")
    return "Messages" in raw.sqs.receive_message(QueueUrl=raw.url)


def gone_queue_fails_the_publisher(raw: SimpleNamespace) -> bool:
    subscribed(raw, "sqs", f"{QUEUE}-gone")
    return answer(raw.sns.publish, TopicArn=raw.topic, Message="m") != ""


ROWS: dict[str, Wrong] = {
    "set_queue_attributes: stops at no JSON": lambda raw: (
        not set_on_queue(raw, Policy="{nothing").startswith("InvalidAttributeValue")
    ),
    "set_queue_attributes: any policy": lambda raw: (
        set_on_queue(raw, Policy=policy("s3:GetObject", QUEUE, NOBODY)) == ""
    ),
    "set_queue_attributes: any attribute": lambda raw: set_on_queue(raw, Colour="x") == "",
    "set_queue_attributes: the policy is forgotten": policy_forgotten,
    "send_message: no body": lambda raw: (
        answer(raw.sqs.send_message, QueueUrl=raw.url, MessageBody="") == ""
    ),
    "send_message: under a disabled key": disabled_key,
    "set_topic_attributes: stops at no JSON": lambda raw: (
        not set_on_topic(raw, "Policy", "{nothing").startswith("InvalidParameter")
    ),
    "set_topic_attributes: any policy": lambda raw: (
        set_on_topic(raw, "Policy", policy("sqs:*", raw.topic, NOBODY)) == ""
    ),
    "set_topic_attributes: any attribute": lambda raw: set_on_topic(raw, "Colour", "x") == "",
    "publish: an empty message": lambda raw: (
        answer(raw.sns.publish, TopicArn=raw.topic, Message="") == ""
    ),
    "publish: a missing topic is an endpoint": lambda raw: (
        "Endpoint" in answer(raw.sns.publish, TopicArn=f"{raw.topic}x", Message="m")
    ),
    "publish: delivers whatever the queue's policy says": delivered_without_a_policy,
    "publish: a queue that is gone fails the publisher": gone_queue_fails_the_publisher,
    "subscribe: any protocol": lambda raw: subscribed(raw, "fax", "1") != "",
    "subscribe: an address is confirmed": lambda raw: (
        subscribed(raw, "email", "ann@example.com") != "pending confirmation"
    ),
}


@pytest.mark.parametrize("wrong", [pytest.param(wrong, id=name) for name, wrong in ROWS.items()])
def test_raw_moto_still_answers_otherwise_than_aws(raw: SimpleNamespace, wrong: Wrong) -> None:
    assert wrong(raw), "moto answers this as AWS does now: the fix can go"
