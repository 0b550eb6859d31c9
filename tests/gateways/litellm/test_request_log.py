"""The request log as a table, and beside it the calls that the trail has of the same requests."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from rolelab.gateways.litellm import request_log


def line(**changes: Any) -> str:
    """One line as the gateway's callback writes it."""
    whole = {
        "log": "llm-gateway",
        "time": "2026-11-30T22:18:37.210700+00:00",
        "request_id": "r-1",
        "client": "shop",
        "key_hash": "5f90",
        "asked": "nova-lite",
        "model": "bedrock/amazon.nova-lite-v1:0",
        "status": 200,
        "error": None,
        "prompt_tokens": 9,
        "completion_tokens": 2,
        "cost": 1.02e-06,
        "seconds": 0.02,
        "aws_request_id": "aws-1",
    }
    return json.dumps({**whole, **changes})


def trail(*calls: tuple[str, str | None]) -> pd.DataFrame:
    """A trail with calls of Converse, by request id and error."""
    return pd.DataFrame(
        {
            "user": ["gateway-role/task" for _ in calls],
            "event": ["Converse" for _ in calls],
            "error": [error for _, error in calls],
            "record": [{"requestID": request} for request, _ in calls],
        }
    )


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("Traceback (most recent call last):", id="text"),
        pytest.param('{"message": "Started server process [1]"}', id="LiteLLM's own JSON"),
        pytest.param('["llm-gateway"]', id="JSON that is no object"),
        pytest.param('{"log": "llm-gateway", "time"', id="a line that was cut"),
        pytest.param("", id="nothing"),
    ],
)
def test_other_lines_are_passed_over(other: str) -> None:
    frame = request_log.to_frame([other, line(), other])
    assert list(frame["request_id"]) == ["r-1"]
    assert tuple(frame.columns) == request_log.COLUMNS


def test_a_log_without_requests_is_a_table_without_rows() -> None:
    frame = request_log.to_frame([])
    assert frame.empty
    assert tuple(frame.columns) == request_log.COLUMNS
    assert request_log.with_trail(frame, trail(("aws-1", None))).empty


def test_times_can_be_compared_with_the_trails() -> None:
    [time] = request_log.to_frame([line()])["time"]
    assert time == pd.Timestamp("2026-11-30T22:18:37.210700", tz="UTC")


def test_each_call_of_a_request_finds_its_record() -> None:
    denied = line(status=403, aws_request_id="aws-0", asked="nova-pro")
    refused = line(status=403, aws_request_id=None, request_id="r-2")
    both = request_log.with_trail(
        request_log.to_frame([denied, line(), refused]),
        trail(("aws-1", None), ("aws-0", "AccessDenied"), ("aws-9", None)),
    )
    assert list(both["request_id"]) == ["r-1", "r-1", "r-2"]
    assert list(both["aws_error"].fillna("")) == ["AccessDenied", "", ""]
    assert list(both["role"].fillna("")) == ["gateway-role/task", "gateway-role/task", ""]
