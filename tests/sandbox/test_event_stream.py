"""Messages of an event stream. Page: *Event stream encoding*."""

from __future__ import annotations

import json

from botocore.eventstream import EventStreamBuffer

from rolelab.sandbox.event_stream import encode


def test_botocore_reads_what_is_written() -> None:
    events = [("first", {"a": 1}), ("second", {"text": "größer", "many": ["x"] * 300})]
    buffer = EventStreamBuffer()
    buffer.add_data(encode(events))
    read = list(buffer)
    assert [each.headers[":event-type"] for each in read] == ["first", "second"]
    assert [json.loads(each.payload) for each in read] == [members for _, members in events]
    assert {each.headers[":message-type"] for each in read} == {"event"}
