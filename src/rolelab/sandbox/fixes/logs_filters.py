"""FilterLogEvents, TestMetricFilter, and the patterns of metric and subscription filters.

AWS pages: *FilterLogEvents*, *TestMetricFilter*, *PutMetricFilter* and *PutSubscriptionFilter* of
the CloudWatch Logs API Reference; `rolelab.sandbox.filter_patterns` for the patterns.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.filter_patterns import Pattern, PatternError, parse
from rolelab.sandbox.fixes import Answer, Response, Serve, fix
from rolelab.sandbox.fixes.logs_errors import invalid_parameter
from rolelab.sandbox.fixes.logs_lookup import check_parameters, events_of, group_of
from rolelab.sandbox.resource_policies.logs import destination

MAXIMUM_EVENTS = 10_000
MAXIMUM_SUBSCRIPTIONS = 2
"""Subscription filters of one log group (*PutSubscriptionFilter*)."""


def read_pattern(text: Any) -> Pattern:
    """Read a filter pattern; None stands for the empty one.

    Raises:
        ServiceError: InvalidParameterException, in AWS's words.
    """
    try:
        return parse(str(text or ""))
    except PatternError as error:
        raise invalid_parameter(str(error)) from error


@fix("logs", "FilterLogEvents")
def filter_log_events(call: Call, response: Any, serve: Serve) -> Answer:
    """Give the events of a log group that match, oldest first, over all its streams."""
    check_parameters(call)
    given = call.parameters
    group = group_of(call)
    if given.get("logStreamNames") and given.get("logStreamNamePrefix"):
        raise invalid_parameter(
            "logStreamNames and logStreamNamePrefix cannot be specified together."
        )
    pattern = read_pattern(given.get("filterPattern"))
    found = [
        (stream, event)
        for stream, event in events_of(group)
        if _in_streams(given, stream.log_stream_name)
        and given.get("startTime", 0) <= event.timestamp
        and event.timestamp <= given.get("endTime", event.timestamp)
        and pattern.matches(event.message)
    ]
    oldest_first = given.get("startFromHead", True)
    start = 0
    if given.get("nextToken"):
        start, oldest_first = _position(str(given["nextToken"]))
    if not oldest_first:
        found.reverse()
    end = start + int(given.get("limit") or MAXIMUM_EVENTS)
    answer = Answer(
        events=[
            {**event.to_filter_dict(), "logStreamName": stream.log_stream_name}
            for stream, event in found[start:end]
        ],
        searchedLogStreams=[],
    )
    if end < len(found):
        answer["nextToken"] = _token(end, oldest_first)
    return answer


def _in_streams(given: Any, name: str) -> bool:
    names = given.get("logStreamNames")
    return (not names or name in names) and name.startswith(given.get("logStreamNamePrefix") or "")


def _token(position: int, oldest_first: bool) -> str:
    text = json.dumps([position, oldest_first])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _position(token: str) -> tuple[int, bool]:
    try:
        position, oldest_first = json.loads(base64.urlsafe_b64decode(token))
        return max(0, int(position)), bool(oldest_first)
    except (ValueError, TypeError, binascii.Error) as error:
        raise invalid_parameter("The specified nextToken is invalid.") from error


@fix("logs", "TestMetricFilter")
def test_metric_filter(call: Call, response: Any, serve: Serve) -> Answer:
    """Say which messages a pattern matches, and what it takes from them."""
    check_parameters(call)
    pattern = read_pattern(call.parameters.get("filterPattern"))
    return Answer(
        matches=[
            {
                "eventNumber": number,
                "eventMessage": message,
                "extractedValues": dict(pattern.extract(message)),
            }
            for number, message in enumerate(call.parameters["logEventMessages"], start=1)
            if pattern.matches(message)
        ]
    )


@fix("logs", "PutSubscriptionFilter")
def put_subscription_filter(call: Call, response: Any, serve: Serve) -> Answer | Response:
    """Refuse what is no filter pattern, and know destinations, also those of other accounts."""
    check_parameters(call)
    given = call.parameters
    group = group_of(call)
    read_pattern(given.get("filterPattern"))
    arn = str(given["destinationArn"])
    if ":destination:" not in arn:
        return serve()
    if destination(arn) is None:
        raise invalid_parameter(
            "Could not deliver test message to specified destination. Check if the destination is "
            "valid."
        )
    filters = group.subscription_filters
    if given["filterName"] not in filters and len(filters) >= MAXIMUM_SUBSCRIPTIONS:
        raise ServiceError("LimitExceededException", "Resource limit exceeded.", 400)
    filters.pop(given["filterName"], None)
    group.put_subscription_filter(
        given["filterName"], given["filterPattern"], arn, given.get("roleArn")
    )
    return Answer()


@fix("logs", "StartLiveTail")
def start_live_tail(call: Call, response: Any, serve: Serve) -> Response:
    """Refuse what is no filter pattern."""
    read_pattern(call.parameters.get("logEventFilterPattern"))
    return serve()
