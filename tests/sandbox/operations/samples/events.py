"""EventBridge."""

from __future__ import annotations

import json

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, REGION, TAGS, Clients, Sample

HEAD = f"arn:aws:events:{REGION}:{ACCOUNT}"
RULE = f"{HEAD}:rule/{NAME}/{NAME}"
PATTERN = {
    "source": ["aws.health"],
    "detail-type": ["AWS Health Event"],
    "detail": {
        "service": ["ECS"],
        "eventTypeCode": ["x"],
        "userIdentity": {"principalId": ["y"]},
    },
}


def prepare(aws: Clients) -> None:
    """A tagged rule on a tagged bus."""
    events = aws("events")
    events.create_event_bus(Name=NAME, Tags=TAGS)
    events.put_rule(Name=NAME, EventBusName=NAME, EventPattern=json.dumps(PATTERN), Tags=TAGS)


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "ConnectionArn": f"{HEAD}:connection/{NAME}",
        "Destination": {"Arn": f"{HEAD}:event-bus/{NAME}"},
        "EventBusArn": f"{HEAD}:event-bus/{NAME}",
        "EventPattern": json.dumps(PATTERN),
        "ResourceARN": RULE,
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{NAME}",
    },
    # Calls to a global endpoint are signed by a library that is not installed.
    left_out=frozenset({"EndpointId"}),
    given={
        "CreateArchive": {"EventSourceArn": f"{HEAD}:event-bus/{NAME}"},
        "StartReplay": {"EventSourceArn": f"{HEAD}:archive/{NAME}"},
    },
    complete=False,
)
