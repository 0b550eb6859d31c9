"""Every fix of EventBridge is still needed: raw moto, without the gate, still answers wrongly.

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
ACCOUNT = "123456789012"
PATTERN = json.dumps({"source": ["a"]})
ENTRY = {"Source": "a", "DetailType": "b", "Detail": "{}"}
STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "events:PutEvents",
    "Resource": "*",
}


@pytest.fixture
def raw(raw_moto: None) -> SimpleNamespace:
    """A client of raw moto, with a rule."""
    events = boto3.client("events")
    events.put_rule(Name="r", EventPattern=PATTERN)
    return SimpleNamespace(events=events)


def answer(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """Code and message of moto's refusal; empty if there is none."""
    try:
        operation(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return "", ""


def crashes(operation: Callable[..., Any], **parameters: Any) -> bool:
    """Does moto stop with an error of its own?"""
    try:
        operation(**parameters)
    except ClientError:
        return False
    except Exception:
        return True
    return False


def target(raw: SimpleNamespace, arn: str, **more: Any) -> tuple[str, str]:
    return answer(raw.events.put_targets, Rule="r", Targets=[{"Id": "1", "Arn": arn, **more}])


def cluster(**more: Any) -> Wrong:
    arn = f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/c"
    return lambda raw: target(raw, arn, **more) == ("", "")


def topic_stops_the_call(raw: SimpleNamespace) -> bool:
    target(raw, f"arn:aws:sns:us-east-1:{ACCOUNT}:t")
    return crashes(raw.events.put_events, Entries=[ENTRY])


def disabled_rule_delivers(raw: SimpleNamespace) -> bool:
    target(raw, f"arn:aws:sns:us-east-1:{ACCOUNT}:t")
    raw.events.disable_rule(Name="r")
    return crashes(raw.events.put_events, Entries=[ENTRY])


def queue_without_a_policy_gets_it(raw: SimpleNamespace) -> bool:
    url = boto3.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    target(raw, f"arn:aws:sqs:us-east-1:{ACCOUNT}:q")
    raw.events.put_events(Entries=[ENTRY])
    return "Messages" in boto3.client("sqs").receive_message(QueueUrl=url)


def policies_pile_up(raw: SimpleNamespace) -> bool:
    for sid, account in (("a", "111122223333"), ("b", "444455556666")):
        principal = {"AWS": f"arn:aws:iam::{account}:root"}
        statement = {**STATEMENT, "Sid": sid, "Principal": principal}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        raw.events.put_permission(Policy=json.dumps(document))
    return len(json.loads(raw.events.describe_event_bus()["Policy"])["Statement"]) == 2


def everyone_is_a_root(raw: SimpleNamespace) -> bool:
    condition = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"}
    raw.events.put_permission(
        Action="events:PutEvents", Principal="*", StatementId="a", Condition=condition
    )
    (statement,) = json.loads(raw.events.describe_event_bus()["Policy"])["Statement"]
    return bool(statement["Principal"] == {"AWS": "arn:aws:iam::*:root"})


def untested_pattern(raw: SimpleNamespace) -> bool:
    try:
        found = raw.events.test_event_pattern(EventPattern=PATTERN, Event="{}")
    except Exception:
        return True
    return "Result" not in found


WRONG: dict[str, Wrong] = {
    # events_rules
    "rules: any characters": lambda raw: (
        answer(raw.events.put_rule, Name="a b", EventPattern=PATTERN) == ("", "")
    ),
    "rules: an unknown filter": lambda raw: (
        answer(raw.events.put_rule, Name="x", EventPattern='{"a": [{"like": "b"}]}') == ("", "")
    ),
    "rules: a role that does not exist": lambda raw: (
        answer(
            raw.events.put_rule,
            Name="x",
            EventPattern=PATTERN,
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/none",
        )
        == ("", "")
    ),
    "rules: other words": lambda raw: (
        answer(raw.events.describe_rule, Name="x")[1] == "Rule x does not exist."
    ),
    "rules: a target without a role": cluster(),
    "rules: a target with a role that does not exist": cluster(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/none",
        EcsParameters={"TaskDefinitionArn": "arn:aws:ecs:x"},
    ),
    "rules: six targets": lambda raw: (
        answer(
            raw.events.put_targets,
            Rule="r",
            Targets=[{"Id": str(number), "Arn": "arn:aws:sqs:x"} for number in range(6)],
        )
        == ("", "")
    ),
    "rules: TestEventPattern is missing": untested_pattern,
    # events_buses
    "buses: a statement without a Sid": lambda raw: crashes(
        raw.events.put_permission,
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]}),
    ),
    "buses: policies pile up": policies_pile_up,
    "buses: everyone is a root user": everyone_is_a_root,
    # events_entries, events_delivery
    "entries: sources of AWS": lambda raw: (
        raw.events.put_events(Entries=[{**ENTRY, "Source": "aws.ecs"}])["FailedEntryCount"] == 0
    ),
    "delivery: a topic stops the call": topic_stops_the_call,
    "delivery: a disabled rule delivers": disabled_rule_delivers,
    "delivery: a queue without a policy": queue_without_a_policy_gets_it,
}


@pytest.mark.parametrize("is_wrong", WRONG.values(), ids=WRONG)
def test_moto_is_still_wrong(raw: SimpleNamespace, is_wrong: Wrong) -> None:
    assert is_wrong(raw)
