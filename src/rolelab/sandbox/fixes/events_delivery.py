"""What EventBridge does with an event that matches a rule.

It calls queues, topics, functions and log groups in its own name, with the rule as
`aws:SourceArn`: their resource policies let it in or do not. AWS pages: *Using resource-based
policies for Amazon EventBridge*; *Amazon EventBridge targets*.
"""

from __future__ import annotations

import copy
import json
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from rolelab.iam import Policies, Request, evaluate
from rolelab.sandbox.resource_policies import partition_of
from rolelab.sandbox.resource_policies.events import bus_policy, event_bus

Event = Mapping[str, Any]
SERVICE = "events.amazonaws.com"


def dispatch(bus: Any, event: Event, *, forwarded: bool = False) -> None:
    """Send an event to the targets of every rule of a bus that matches it.

    Args:
        bus: moto's event bus.
        event: the event.
        forwarded: whether another bus sent it; then it goes to no third bus.
    """
    for rule in list(bus.rules.values()):
        if rule.state != "DISABLED" and rule.event_pattern.matches_event(event):
            deliver(rule, event, forwarded=forwarded)


def deliver(rule: Any, event: Event, *, forwarded: bool = False) -> None:
    """Send an event to the targets of a rule.

    What a target refuses, and targets that are not modelled, nobody is told: the caller of
    PutEvents learns only that EventBridge took the event. The trail has the refused calls.

    Args:
        rule: moto's rule.
        event: the event.
        forwarded: whether another bus sent it.
    """
    from botocore.exceptions import ClientError

    for target in list(rule.targets):
        arn = str(target["Arn"])
        send = _TARGETS.get(arn.split(":", 6)[2]) if arn.count(":") >= 5 else None
        if send is None or (forwarded and ":event-bus/" in arn):
            continue
        try:
            send(rule, target, event)
        except ClientError:
            # The queue of the target's DeadLetterConfig would get it. The trail tells why.
            continue


def _session(rule: Any, arn: str) -> Any:
    from rolelab.sandbox.service_calls import as_service

    return as_service(
        SERVICE, source_arn=rule.arn, source_account=rule.account_id, region=arn.split(":")[3]
    )


def _text(target: Mapping[str, Any], event: Event) -> str:
    """Give what a target gets: the event, or what the target says."""
    if target.get("Input"):
        return str(target["Input"])
    transformer = target.get("InputTransformer")
    if transformer:
        from moto.events.utils import EventTemplateParser

        known: Any = {**event, "ingestion-time": event["time"]}
        return json.dumps(
            EventTemplateParser.parse(
                transformer["InputTemplate"], transformer.get("InputPathsMap") or {}, known
            )
        )
    return json.dumps(event)


def _to_queue(rule: Any, target: Mapping[str, Any], event: Event) -> None:
    arn = str(target["Arn"])
    _, _, _, region, account, name = arn.split(":", 5)
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    _session(rule, arn).client("sqs").send_message(
        QueueUrl=f"https://sqs.{region}.amazonaws.com/{account}/{name}",
        MessageBody=_text(target, event),
        **({"MessageGroupId": group} if group else {}),
    )


def _to_topic(rule: Any, target: Mapping[str, Any], event: Event) -> None:
    arn = str(target["Arn"])
    _session(rule, arn).client("sns").publish(TopicArn=arn, Message=_text(target, event))


def _to_function(rule: Any, target: Mapping[str, Any], event: Event) -> None:
    arn = str(target["Arn"])
    _session(rule, arn).client("lambda").invoke(
        FunctionName=arn, InvocationType="Event", Payload=_text(target, event).encode()
    )


def _to_log_group(rule: Any, target: Mapping[str, Any], event: Event) -> None:
    arn = str(target["Arn"])
    group = arn.split(":", 6)[6].removesuffix(":*")
    logs = _session(rule, arn).client("logs")
    where = {"logGroupName": group, "logStreamName": str(uuid.uuid4())}
    logs.create_log_stream(**where)
    logs.put_log_events(
        **where,
        logEvents=[{"timestamp": int(time.time() * 1000), "message": _text(target, event)}],
    )


def _to_bus(rule: Any, target: Mapping[str, Any], event: Event) -> None:
    """Another bus; or an archive, which is a target that moto adds to a rule of its own."""
    arn = str(target["Arn"])
    if ":event-bus/" not in arn:
        _to_archive(rule, target, event)
        return
    bus = event_bus(arn)
    if bus is not None and (bus.account_id == rule.account_id or _lets_in(arn, rule, target)):
        dispatch(bus, event, forwarded=True)


def _lets_in(arn: str, rule: Any, target: Mapping[str, Any]) -> bool:
    """Whether the policy of a bus of another account takes events from a rule.

    Page: *Sending and receiving events between AWS accounts in Amazon EventBridge*.
    """
    known = bus_policy(arn)
    sender = target.get("RoleArn") or f"arn:{partition_of(arn)}:iam::{rule.account_id}:root"
    request = Request(str(sender), "events:PutEvents", arn, known.account)
    own = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": arn}
    policies = Policies(
        identity=[{"Version": "2012-10-17", "Statement": own}], resource=known.policy
    )
    return evaluate(request, policies).allowed


def _to_archive(rule: Any, target: Mapping[str, Any], event: Event) -> None:
    moment = datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    alone = copy.copy(rule)
    alone.targets = [dict(target)]
    alone.send_to_targets({**event, "time": moment.timestamp(), "ingestion-time": time.time()})


_TARGETS: Mapping[str, Callable[[Any, Mapping[str, Any], Event], None]] = {
    "events": _to_bus,
    "lambda": _to_function,
    "logs": _to_log_group,
    "sns": _to_topic,
    "sqs": _to_queue,
}
