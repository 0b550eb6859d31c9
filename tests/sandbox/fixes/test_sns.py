"""SNS behind the gate: policies at the door, and what is delivered.

Pages: *Example cases for Amazon SNS access control*; *Subscribing an Amazon SQS queue to an Amazon
SNS topic*; *Subscribe* (Amazon SNS API Reference).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import rolelab

if TYPE_CHECKING:
    from rolelab.sandbox.account import Sandbox
    from tests.sandbox.fixes.conftest import Refused

TOPIC = "arn:aws:sns:us-east-1:123456789012:events"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:orders"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"AWS": "222233334444"},
    "Action": "sns:Publish",
    "Resource": TOPIC,
}
LETS_SNS_IN = {
    "Effect": "Allow",
    "Principal": {"Service": "sns.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": QUEUE,
    "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
}


def policy(statement: dict[str, Any], **elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **elements}]})


@dataclass(frozen=True)
class Events:
    """A topic to which a queue is subscribed."""

    sns: Any
    sqs: Any
    url: str

    def let_in(self, statement: dict[str, Any]) -> None:
        attributes = {"Policy": policy(statement)}
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes=attributes)

    def arrived(self) -> list[str]:
        found = self.sqs.receive_message(QueueUrl=self.url).get("Messages", [])
        return [json.loads(each["Body"])["Message"] for each in found]


@pytest.fixture
def events(sandbox: Sandbox) -> Events:
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sns.create_topic(Name="events")
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)
    return Events(sns, sqs, url)


REFUSED = {
    "no JSON": ("{nothing", "Policy Error: null"),
    "empty": ("", "Policy Error: null"),
    "every action": (
        policy(ALLOW, Action="sns:*"),
        "Policy statement action out of service scope!",
    ),
    "an action of another service": (
        policy(ALLOW, Action=["sns:Publish", "sqs:SendMessage"]),
        "Policy statement action out of service scope!",
    ),
    "a role that does not exist": (
        policy(ALLOW, Principal={"AWS": "arn:aws:iam::123456789012:role/nobody"}),
        "Policy Error: PrincipalNotFound",
    ),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_topic_refuses_what_is_no_policy_of_it(
    events: Events, refused: Refused, text: str, reason: str
) -> None:
    said = ("InvalidParameter", f"Invalid parameter: {reason}")
    given = {"TopicArn": TOPIC, "AttributeName": "Policy", "AttributeValue": text}
    assert refused(events.sns.set_topic_attributes, **given) == said
    assert refused(events.sns.create_topic, Name="new", Attributes={"Policy": text}) == said


def test_a_topic_takes_its_own_default_policy_back(events: Events) -> None:
    kept = events.sns.get_topic_attributes(TopicArn=TOPIC)["Attributes"]["Policy"]
    given = {"TopicArn": TOPIC, "AttributeName": "Policy", "AttributeValue": kept}
    events.sns.set_topic_attributes(**given)


def test_parameters_that_sns_refuses(events: Events, refused: Refused) -> None:
    sns = events.sns
    given = {"TopicArn": TOPIC, "AttributeName": "Colour", "AttributeValue": "x"}
    assert refused(sns.set_topic_attributes, **given)[1] == "Invalid parameter: AttributeName"
    assert refused(sns.publish, TopicArn=TOPIC, Message="")[1] == (
        "Invalid parameter: Empty message"
    )
    assert refused(sns.publish, TopicArn=f"{TOPIC}x", Message="m") == (
        "NotFound",
        "Topic does not exist",
    )
    code, said = refused(sns.subscribe, TopicArn=TOPIC, Protocol="fax", Endpoint="1")
    assert (code, said.endswith("protocol string: fax")) == ("InvalidParameter", True)


def test_another_account_publishes_once_the_policy_lets_it(
    sandbox: Sandbox, events: Events, refused: Refused
) -> None:
    foreign = sandbox.admin("222233334444").client("sns")
    assert refused(foreign.publish, TopicArn=TOPIC, Message="m")[0] == "AuthorizationError"
    given = {"TopicArn": TOPIC, "AttributeName": "Policy", "AttributeValue": policy(ALLOW)}
    events.sns.set_topic_attributes(**given)
    foreign.publish(TopicArn=TOPIC, Message="m")


def test_a_queue_without_a_policy_gets_nothing(sandbox: Sandbox, events: Events) -> None:
    events.sns.publish(TopicArn=TOPIC, Message="lost")
    assert events.arrived() == []
    decision = rolelab.why()
    assert (decision.request.action, decision.request.resource) == ("sqs:SendMessage", QUEUE)
    refused = next(each for each in sandbox.trail if each["eventName"] == "SendMessage")
    assert refused["userIdentity"]["invokedBy"] == "sns.amazonaws.com"
    assert refused["errorCode"] == "AccessDenied"


def test_a_queue_that_lets_sns_in_gets_the_message(events: Events) -> None:
    events.let_in(LETS_SNS_IN)
    events.sns.publish(TopicArn=TOPIC, Message="hello", Subject="s")
    assert events.arrived() == ["hello"]


def test_the_trail_does_not_show_what_messages_say(sandbox: Sandbox, events: Events) -> None:
    events.let_in(LETS_SNS_IN)
    events.sns.publish(TopicArn=TOPIC, Message="hello", Subject="s")
    shown = {each["eventName"]: each["requestParameters"] for each in sandbox.trail}
    hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert shown["Publish"] == {"topicArn": TOPIC, "message": hidden, "subject": hidden}
    assert shown["SendMessage"]["messageBody"] == hidden


def test_a_queue_that_lets_another_topic_in_gets_nothing(events: Events) -> None:
    condition = {"ArnEquals": {"aws:SourceArn": f"{TOPIC}-of-somebody-else"}}
    events.let_in({**LETS_SNS_IN, "Condition": condition})
    events.sns.publish(TopicArn=TOPIC, Message="lost")
    assert events.arrived() == []


def test_a_batch_is_delivered_message_by_message(events: Events) -> None:
    events.let_in(LETS_SNS_IN)
    entries = [{"Id": name, "Message": name} for name in ("a", "b")]
    events.sns.publish_batch(TopicArn=TOPIC, PublishBatchRequestEntries=entries)
    assert sorted([*events.arrived(), *events.arrived()]) == ["a", "b"]


def test_raw_delivery_and_filters_hold(events: Events) -> None:
    events.let_in(LETS_SNS_IN)
    (found,) = events.sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
    for name, value in (("RawMessageDelivery", "true"), ("FilterPolicy", '{"kind": ["order"]}')):
        events.sns.set_subscription_attributes(
            SubscriptionArn=found["SubscriptionArn"], AttributeName=name, AttributeValue=value
        )
    for kind in ("order", "invoice"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        events.sns.publish(TopicArn=TOPIC, Message=kind, MessageAttributes=attributes)
    received = events.sqs.receive_message(
        QueueUrl=events.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )["Messages"]
    assert [each["Body"] for each in received] == ["order"]
    assert received[0]["MessageAttributes"]["kind"]["StringValue"] == "order"


def test_an_encrypted_queue_needs_the_key_to_let_sns_in(events: Events) -> None:
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    events.let_in(LETS_SNS_IN)
    events.sqs.set_queue_attributes(QueueUrl=events.url, Attributes={"KmsMasterKeyId": key})
    events.sns.publish(TopicArn=TOPIC, Message="lost")
    document = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    document["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
            "Resource": "*",
        }
    )
    kms.put_key_policy(KeyId=key, Policy=json.dumps(document))
    events.sns.publish(TopicArn=TOPIC, Message="hello")
    assert events.arrived() == ["hello"]


def test_a_queue_of_another_account(sandbox: Sandbox, events: Events) -> None:
    other = sandbox.admin("222233334444").client("sqs")
    arn = QUEUE.replace("123456789012", "222233334444")
    attributes = {"Policy": policy(LETS_SNS_IN, Resource=arn)}
    url = other.create_queue(QueueName="orders", Attributes=attributes)["QueueUrl"]
    events.sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=arn)
    events.sns.publish(TopicArn=TOPIC, Message="over there")
    (message,) = other.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["Message"] == "over there"


def test_a_fifo_topic_delivers_in_its_groups(events: Events) -> None:
    topic, queue = f"{TOPIC}.fifo", f"{QUEUE}.fifo"
    allow = policy(LETS_SNS_IN, Resource=queue, Condition={})
    attributes = {"FifoQueue": "true", "Policy": allow}
    url = events.sqs.create_queue(QueueName="orders.fifo", Attributes=attributes)["QueueUrl"]
    ordered = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    events.sns.create_topic(Name="events.fifo", Attributes=ordered)
    events.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    events.sns.publish(TopicArn=topic, Message="hello", MessageGroupId="a")
    (message,) = events.sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["Message"] == "hello"


def test_a_queue_that_is_gone_does_not_fail_the_publisher(events: Events) -> None:
    events.sqs.delete_queue(QueueUrl=events.url)
    assert events.sns.publish(TopicArn=TOPIC, Message="lost")["MessageId"]


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [("email", "ann@example.com"), ("https", "https://example.com/hook")],
    ids=["an address", "a web server"],
)
def test_a_subscription_that_its_owner_has_to_confirm(
    events: Events, protocol: str, endpoint: str
) -> None:
    given = {"TopicArn": TOPIC, "Protocol": protocol, "Endpoint": endpoint}
    assert events.sns.subscribe(**given)["SubscriptionArn"] == "pending confirmation"
    asked = events.sns.subscribe(**given, ReturnSubscriptionArn=True)["SubscriptionArn"]
    assert asked.startswith(TOPIC)
    # Nothing is sent, and nobody outside is called.
    assert events.sns.publish(TopicArn=TOPIC, Message="m")["MessageId"]
