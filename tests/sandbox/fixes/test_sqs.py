"""SQS behind the gate: policies at the door, attributes, and queues under a key.

Pages: *SetQueueAttributes*, *SendMessage* (Amazon SQS API Reference); *Amazon SQS Key management*.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from rolelab.sandbox.account import Sandbox
    from tests.sandbox.fixes.conftest import Refused

ARN = "arn:aws:sqs:us-east-1:123456789012:orders"
OTHER = "222233334444"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
    "Action": "sqs:SendMessage",
    "Resource": ARN,
}


def policy(**elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{**ALLOW, **elements}]})


@pytest.fixture
def queue(sandbox: Sandbox) -> tuple[Any, str]:
    """A client and the URL of a queue."""
    client = boto3.client("sqs")
    return client, client.create_queue(QueueName="orders")["QueueUrl"]


REFUSED = {
    "no JSON": "{nothing",
    "an effect that there is not": policy(Effect="Maybe"),
    "no principal": json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {key: ALLOW[key] for key in ("Effect", "Action", "Resource")},
        }
    ),
    "a role that does not exist": policy(
        Principal={"AWS": "arn:aws:iam::123456789012:role/nobody"}
    ),
    "an action of another service": policy(Action="s3:GetObject"),
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_a_queue_refuses_what_is_no_policy_of_it(
    queue: tuple[Any, str], refused: Refused, text: str
) -> None:
    client, url = queue
    said = ("InvalidAttributeValue", "Invalid value for the parameter Policy.")
    attributes = {"Policy": text}
    assert refused(client.set_queue_attributes, QueueUrl=url, Attributes=attributes) == said
    assert refused(client.create_queue, QueueName="new", Attributes=attributes) == said


def test_setting_another_attribute_leaves_the_policy(queue: tuple[Any, str]) -> None:
    client, url = queue
    client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy()})
    client.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "10"})
    kept = client.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    assert json.loads(kept["Policy"])["Statement"] == [ALLOW]
    client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Attributes" not in client.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])


def test_attributes_that_there_are_not(queue: tuple[Any, str], refused: Refused) -> None:
    client, url = queue
    attributes = {"Encrypted": "true"}
    said = ("InvalidAttributeName", "Unknown Attribute Encrypted.")
    assert refused(client.set_queue_attributes, QueueUrl=url, Attributes=attributes) == said


def test_a_message_has_a_body(queue: tuple[Any, str], refused: Refused) -> None:
    client, url = queue
    code, _ = refused(client.send_message, QueueUrl=url, MessageBody="")
    assert code == "MissingParameter"


def test_another_account_sends_as_far_as_the_policy_goes(
    sandbox: Sandbox, queue: tuple[Any, str], refused: Refused
) -> None:
    client, url = queue
    foreign = sandbox.admin(OTHER).client("sqs")
    assert refused(foreign.send_message, QueueUrl=url, MessageBody="x")[0] == "AccessDenied"
    client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(Action="sqs:*")})
    foreign.send_message(QueueUrl=url, MessageBody="from far")
    (message,) = client.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "from far"
    # Cross-account permissions don't apply to this action.
    assert refused(foreign.delete_queue, QueueUrl=url)[0] == "AccessDenied"


def test_a_queue_whose_key_is_out_of_use(queue: tuple[Any, str], refused: Refused) -> None:
    client, url = queue
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    client.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": key})
    client.send_message(QueueUrl=url, MessageBody="x")
    kms.disable_key(KeyId=key)
    assert refused(client.send_message, QueueUrl=url, MessageBody="x") == (
        "KmsDisabled",
        f"{key} is disabled.",
    )
    assert refused(client.receive_message, QueueUrl=url)[0] == "KmsDisabled"
    kms.schedule_key_deletion(KeyId=key)
    assert refused(client.receive_message, QueueUrl=url)[0] == "KmsInvalidState"
    client.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "alias/none"})
    assert refused(client.send_message, QueueUrl=url, MessageBody="x")[0] == "KmsNotFound"


def test_a_queue_that_is_not_there(sandbox: Sandbox, refused: Refused) -> None:
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/none"
    code, message = refused(boto3.client("sqs").send_message, QueueUrl=url, MessageBody="x")
    assert code == "AWS.SimpleQueueService.NonExistentQueue"
    assert message == "The specified queue does not exist."
