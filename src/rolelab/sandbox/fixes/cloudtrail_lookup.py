"""The event history: the management events of the last 90 days, by Region. moto lacks it.

On AWS an event appears some minutes after its call; here it is there at once.

Pages: *LookupEvents* (CloudTrail API Reference), *Working with CloudTrail event history*. (The
sentences of the refusals are not on these pages.)
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from rolelab.sandbox import account
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.trail import Record, record_of

DAYS = 90
MOST = 50

# What IAM and S3 call a resource in a request -> its type in the event history.
_NAMED: Mapping[tuple[str, str], str] = {
    ("iam.amazonaws.com", "userName"): "AWS::IAM::User",
    ("iam.amazonaws.com", "roleName"): "AWS::IAM::Role",
    ("iam.amazonaws.com", "groupName"): "AWS::IAM::Group",
    ("iam.amazonaws.com", "policyArn"): "AWS::IAM::Policy",
    ("iam.amazonaws.com", "policyName"): "AWS::IAM::Policy",
    ("iam.amazonaws.com", "instanceProfileName"): "AWS::IAM::InstanceProfile",
    ("sts.amazonaws.com", "roleArn"): "AWS::IAM::Role",
    ("s3.amazonaws.com", "bucketName"): "AWS::S3::Bucket",
    ("cloudtrail.amazonaws.com", "name"): "AWS::CloudTrail::Trail",
    ("cloudtrail.amazonaws.com", "s3BucketName"): "AWS::S3::Bucket",
}


@fix("cloudtrail", "LookupEvents")
def lookup_events(call: Call, response: Any, serve: Any) -> Answer:
    """Give the newest events first, and a token for the next page."""
    asked = call.parameters
    wanted = _attribute(asked.get("LookupAttributes") or ())
    most = asked.get("MaxResults", MOST)
    if not 1 <= most <= MOST:
        raise ServiceError(
            "InvalidMaxResultsException",
            f"A max results value of {most} is invalid. Specify max results between 1 and {MOST}.",
        )
    start, end = _seconds(asked.get("StartTime")), _seconds(asked.get("EndTime"))
    if start is not None and end is not None and start > end:
        raise ServiceError("InvalidTimeRangeException", "The start time is after the end time.")
    if asked.get("EventCategory") == "insight":
        return Answer({"Events": []})
    top = _position(asked)
    events: list[dict[str, Any]] = []
    for position, record in _newest_first(call, top):
        event = _event(record)
        if not (_within(event["EventTime"], start, end) and wanted(event)):
            continue
        if len(events) == most:
            return Answer({"Events": events, "NextToken": _token(asked, position + 1)})
        events.append(event)
    return Answer({"Events": events})


def _newest_first(call: Call, top: int | None) -> Iterator[tuple[int, Record]]:
    """Management events of the caller's account and Region, with their place in the log."""
    entries = account.current().trail.entries()
    oldest = time.time() - DAYS * 86_400
    for position in range(min(len(entries), len(entries) if top is None else top) - 1, -1, -1):
        entry = entries[position]
        if entry.at < oldest:
            return
        # A call under way is no event yet.
        if not entry.status or entry.recipient != call.account:
            continue
        record = record_of(entry)
        if record["managementEvent"] and record["awsRegion"] == call.region:
            yield position, record


def _event(record: Record) -> dict[str, Any]:
    identity = record["userIdentity"]
    moment = datetime.strptime(record["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    event = {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": "true" if record["readOnly"] else "false",
        "AccessKeyId": identity.get("accessKeyId"),
        "EventTime": moment.timestamp(),
        "EventSource": record["eventSource"],
        "Username": _user(identity),
        "Resources": list(_resources(record)),
        "CloudTrailEvent": json.dumps(record),
    }
    return {name: value for name, value in event.items() if value is not None}


def _user(identity: Mapping[str, Any]) -> str | None:
    """A user's name, or the name of the session."""
    if identity["type"] == "AssumedRole":
        return str(identity["arn"]).rsplit("/", 1)[-1]
    if identity["type"] == "Root":
        return "root"
    name = identity.get("userName")
    return None if name is None else str(name)


def _resources(record: Record) -> Iterator[dict[str, str]]:
    given = record.get("requestParameters") or {}
    seen = set()
    for name, value in given.items():
        kind = _NAMED.get((record["eventSource"], name))
        if kind is not None and isinstance(value, str) and (kind, value) not in seen:
            seen.add((kind, value))
            yield {"ResourceType": kind, "ResourceName": value}
    for resource in record.get("resources", ()):
        kind, value = resource.get("type", ""), resource.get("ARN", "")
        short = value.rsplit(":", 1)[-1]
        if (kind, short) not in seen and (kind, value) not in seen:
            seen.add((kind, value))
            yield {"ResourceType": kind, "ResourceName": value}


# Filters.

_Filter = Callable[[Mapping[str, Any]], bool]


def _attribute(given: Any) -> _Filter:
    if not given:
        return lambda event: True
    if len(given) > 1:
        raise ServiceError(
            "InvalidLookupAttributesException", "Only one lookup attribute can be specified."
        )
    key, value = str(given[0]["AttributeKey"]), str(given[0]["AttributeValue"])
    read = _READERS.get(key)
    if read is None or not 1 <= len(value) <= 2000:
        raise ServiceError(
            "InvalidLookupAttributesException", f"The lookup attribute {key} is not valid."
        )
    return lambda event: value in read(event)


def _member(name: str) -> Callable[[Mapping[str, Any]], list[Any]]:
    return lambda event: [event.get(name)]


def _of_resources(name: str) -> Callable[[Mapping[str, Any]], list[Any]]:
    return lambda event: [resource[name] for resource in event["Resources"]]


_READERS: Mapping[str, Callable[[Mapping[str, Any]], list[Any]]] = {
    **{
        name: _member(name)
        for name in ("EventId", "EventName", "ReadOnly", "Username", "EventSource", "AccessKeyId")
    },
    "ResourceType": _of_resources("ResourceType"),
    "ResourceName": _of_resources("ResourceName"),
}


def _within(moment: float, start: float | None, end: float | None) -> bool:
    return (start is None or moment >= start) and (end is None or moment <= end)


def _seconds(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, datetime):
        aware = given if given.tzinfo else given.replace(tzinfo=UTC)
        # Events are known to the second.
        return float(int(aware.timestamp()))
    return float(int(given))


# Pages: a token says where to go on, and is good for the same question alone.


def _question(asked: Mapping[str, Any]) -> str:
    same = {name: asked[name] for name in sorted(asked) if name not in ("NextToken", "MaxResults")}
    return json.dumps(same, default=str)


def _token(asked: Mapping[str, Any], position: int) -> str:
    text = json.dumps({"position": position, "question": _question(asked)})
    return base64.urlsafe_b64encode(text.encode()).decode()


def _position(asked: Mapping[str, Any]) -> int | None:
    token = asked.get("NextToken")
    if token is None:
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(str(token).encode()))
        position, question = int(said["position"]), said["question"]
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceError("InvalidNextTokenException", "The next token is not valid.") from error
    if question != _question(asked):
        raise ServiceError(
            "InvalidNextTokenException",
            "The next token was given for a request with other parameters.",
        )
    return position
