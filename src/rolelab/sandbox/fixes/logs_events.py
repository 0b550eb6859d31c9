"""Log events: what PutLogEvents takes, and what GetLogEvents gives.

AWS pages: *PutLogEvents*, *RejectedLogEventsInfo* and *GetLogEvents* of the CloudWatch Logs API
Reference.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, Serve, fix
from rolelab.sandbox.fixes.logs_errors import invalid_parameter
from rolelab.sandbox.fixes.logs_filters import read_pattern
from rolelab.sandbox.fixes.logs_lookup import check_parameters, find_group, group_of, stream_in
from rolelab.sandbox.fixes.logs_metrics import publish

MAXIMUM_BATCH = 1_048_576
"""Bytes of a batch: the messages in UTF-8, and 26 more for each event (*PutLogEvents*)."""
OVERHEAD = 26

_HOUR = 3_600_000
_DAY = 24 * _HOUR
_OLDEST = 14 * _DAY
_NEWEST = 2 * _HOUR


@fix("logs", "PutLogEvents")
def put_log_events(call: Call, response: Any, serve: Serve) -> Answer:
    """Keep the events that are neither too old nor too new, and say which are not kept."""
    check_parameters(call)
    given = call.parameters
    group = find_group(call, given["logGroupName"])
    stream = stream_in(group, given["logStreamName"])
    events = given["logEvents"]
    _check_batch(events)
    now = int(time.time() * 1000)
    start, end, rejected = _accepted(events, now, group.retention_in_days)
    kept = events[start:end]
    _check_span(kept)
    if kept:
        _store(group, stream, kept, now)
        publish(group, ((each["timestamp"], each["message"]) for each in kept))
    stream.upload_sequence_token += 1
    answer = Answer(nextSequenceToken=f"{stream.upload_sequence_token:056d}")
    if rejected:
        answer["rejectedLogEventsInfo"] = rejected
    return answer


def _check_batch(events: Sequence[Any]) -> None:
    size = sum(len(each["message"].encode()) + OVERHEAD for each in events)
    if size > MAXIMUM_BATCH:
        raise invalid_parameter(f"Upload too large: {size} bytes exceeds limit of {MAXIMUM_BATCH}")
    times = [each["timestamp"] for each in events]
    if times != sorted(times):
        raise invalid_parameter(
            "Log events in a single PutLogEvents request must be in chronological order."
        )


def _check_span(events: Sequence[Any]) -> None:
    if events and events[-1]["timestamp"] - events[0]["timestamp"] > _DAY:
        raise invalid_parameter(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 "
            "hours."
        )


def _accepted(
    events: Sequence[Any], now: int, retention: int | None
) -> tuple[int, int, dict[str, int]]:
    """Give where the accepted events begin and end, and the indexes of RejectedLogEventsInfo.

    The events are in order of time, so what is too old or expired comes first.
    """
    rejected: dict[str, int] = {}
    too_old = sum(each["timestamp"] < now - _OLDEST for each in events)
    expired = sum(
        each["timestamp"] < now - retention * _DAY for each in events if retention is not None
    )
    end = sum(each["timestamp"] <= now + _NEWEST for each in events)
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired > too_old:
        rejected["expiredLogEventEndIndex"] = expired
    if end < len(events):
        rejected["tooNewLogEventStartIndex"] = end
    return max(too_old, expired), end, rejected


def _store(group: Any, stream: Any, events: Sequence[Any], now: int) -> None:
    from moto.logs.models import LogEvent

    stored = [LogEvent(now, dict(each)) for each in events]
    # moto keeps times in UTC that do not say so.
    stream.last_ingestion_time = datetime.fromtimestamp(now / 1000, UTC).replace(tzinfo=None)
    stream.stored_bytes += sum(len(each["message"].encode()) + OVERHEAD for each in events)
    stream.events += stored
    for subscription in group.subscription_filters.values():
        pattern = read_pattern(subscription.filter_pattern)
        matched = [each for each in stored if pattern.matches(each.message)]
        # What lies behind a destination, a stream of another account, is not modelled.
        if matched and ":destination:" not in subscription.destination_arn:
            stream._send_log_events(
                service=subscription.destination_arn.split(":")[2],
                destination_arn=subscription.destination_arn,
                filter_name=subscription.name,
                log_events=[
                    {"id": each.event_id, "timestamp": each.timestamp, "message": each.message}
                    for each in matched
                ],
            )


@fix("logs", "GetLogEvents")
def get_log_events(call: Call, response: Any, serve: Serve) -> Answer:
    """Give the events of a stream, from `startTime` until right before `endTime`."""
    check_parameters(call)
    given = call.parameters
    stream = stream_in(group_of(call), given["logStreamName"])
    if given.get("endTime") == 0:
        return Answer(events=[], nextBackwardToken=_EMPTY, nextForwardToken=_EMPTY)
    end = given.get("endTime")
    from moto.logs.exceptions import InvalidParameterException

    try:
        events, backward, forward = stream.get_log_events(
            given.get("startTime"),
            None if end is None else end - 1,
            given.get("limit"),
            given.get("nextToken"),
            given.get("startFromHead", False),
        )
    except InvalidParameterException as error:
        raise invalid_parameter("The specified nextToken is invalid.") from error
    return Answer(events=events, nextBackwardToken=backward, nextForwardToken=forward)


_EMPTY = f"f/{0:056d}"
