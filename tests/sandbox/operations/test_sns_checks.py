"""What calls to SNS ask.

Pages: *Amazon SNS API permissions: Actions and resources reference*; *Key management* and *Example
cases for Amazon SNS access control* in the Amazon SNS Developer Guide.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rolelab.iam import Policies, Request, evaluate
from rolelab.sandbox.operations import checks_of, resources_of

EVENTS = "arn:aws:sns:us-east-1:123456789012:events"
ENDPOINT = "arn:aws:sns:us-east-1:123456789012:endpoint/GCM/app/1"
ROLE = "arn:aws:iam::123456789012:role/deliveries"
ANN = "arn:aws:iam::123456789012:user/ann"

ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "publishing to a topic": ("Publish", {"TopicArn": EVENTS}, [("sns:Publish", EVENTS)]),
    "a topic as target": ("Publish", {"TargetArn": EVENTS}, [("sns:Publish", EVENTS)]),
    "publishing to a device": ("Publish", {"TargetArn": ENDPOINT}, [("sns:Publish", ENDPOINT)]),
    "a text message has no topic": (
        "Publish",
        {"PhoneNumber": "+15005550100"},
        [("sns:Publish", "*")],
    ),
    "a batch asks once": ("PublishBatch", {"TopicArn": EVENTS}, [("sns:Publish", EVENTS)]),
    "tags on creation need TagResource": (
        "CreateTopic",
        {"Name": "events", "Tags": [{"Key": "team", "Value": "shop"}]},
        [("sns:CreateTopic", EVENTS), ("sns:TagResource", EVENTS)],
    ),
    "logging deliveries passes a role": (
        "SetTopicAttributes",
        {
            "TopicArn": EVENTS,
            "AttributeName": "SQSSuccessFeedbackRoleArn",
            "AttributeValue": ROLE,
        },
        [("sns:SetTopicAttributes", EVENTS), ("iam:PassRole", ROLE)],
    ),
    "a subscription's own calls name no resource": (
        "Unsubscribe",
        {"SubscriptionArn": f"{EVENTS}:1"},
        [("sns:Unsubscribe", "*")],
    ),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    checks = checks_of(call("sns", operation, **given))
    assert [(each.action, each.resource) for each in checks] == asked


def test_a_subscription_says_where_to(call: Any) -> None:
    given = {"TopicArn": EVENTS, "Protocol": "email", "Endpoint": "ann@example.com"}
    (check,) = checks_of(call("sns", "Subscribe", **given))
    assert check.context["sns:Protocol"] == "email"
    assert check.context["sns:Endpoint"] == "ann@example.com"


def test_an_encrypted_topic_needs_the_publishers_key(aws: Callable[[str], Any], call: Any) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    aws("sns").create_topic(Name="events", Attributes={"KmsMasterKeyId": key})
    _, *keys = checks_of(call("sns", "Publish", TopicArn=EVENTS))
    assert [(each.action, each.resource) for each in keys] == [
        ("kms:GenerateDataKey", key),
        ("kms:Decrypt", key),
    ]
    assert keys[0].context["kms:EncryptionContext:aws:sns:topicArn"] == EVENTS


@pytest.mark.parametrize(
    ("context", "allowed"),
    [({}, False), ({"aws:SourceOwner": "123456789012"}, True)],
    ids=["a person of the account needs a policy", "a service that works for the account does not"],
)
def test_the_policy_of_a_new_topic(
    aws: Callable[[str], Any], call: Any, context: dict[str, Any], allowed: bool
) -> None:
    aws("sns").create_topic(Name="events")
    (check,) = checks_of(call("sns", "Publish", TopicArn=EVENTS))
    request = Request(ANN, check.action, check.resource, check.resource_account, context)
    decision = evaluate(request, Policies(identity=[], resource=check.resource_policy))
    assert decision.allowed is allowed


def test_the_trail_names_the_topic(call: Any) -> None:
    (named,) = resources_of(call("sns", "Publish", TopicArn=EVENTS))
    assert named["ARN"] == EVENTS
    assert resources_of(call("sns", "ListTopics")) == []
