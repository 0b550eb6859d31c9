"""SNS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, REGION, TAGS, Clients, Sample

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:{NAME}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deliveries"
FEEDBACK = {"SQSSuccessFeedbackRoleArn": ROLE}


def prepare(aws: Clients) -> Mapping[str, Any]:
    """One tagged topic under a customer managed key."""
    key = aws("kms").create_key()["KeyMetadata"]["KeyId"]
    aws("sns").create_topic(Name=NAME, Attributes={"KmsMasterKeyId": key}, Tags=TAGS)
    return {}


SAMPLE = Sample(
    prepare=prepare,
    texts={"TopicArn": TOPIC, "ResourceArn": TOPIC},
    given={
        "SetTopicAttributes": {
            "AttributeName": "SQSSuccessFeedbackRoleArn",
            "AttributeValue": ROLE,
        }
    },
    variants={
        "CreateTopic": ({"Attributes": FEEDBACK},),
        "CreatePlatformApplication": ({"Attributes": {"SuccessFeedbackRoleArn": ROLE}},),
        "SetPlatformApplicationAttributes": ({"Attributes": {"SuccessFeedbackRoleArn": ROLE}},),
        "Publish": ({"PhoneNumber": "+15005550100"},),
    },
    left_out=frozenset({"PhoneNumber", "TargetArn"}),
    deviations={
        ("Publish", "sns:Publish", "resource *"): "a text message to a phone has no topic",
    },
)
