"""The API gateway's log as a DataFrame."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rolelab.trails import TrailError, gateway_log
from rolelab.trails.gateway_lines import COLUMNS


def line(**changes: Any) -> dict[str, Any]:
    return {
        "type": "call",
        "time": "2026-09-01T06:00:00.123+00:00",
        "request_id": "r1",
        "application": "shop-web",
        "status": 200,
        "request_time": 200.5,
        "backend_time": 198.0,
        "aws_calls": [
            {
                "service": "bedrock-runtime",
                "operation": "Converse",
                "request_id": "a1",
                "status": 200,
                "error": "",
            }
        ],
        **changes,
    }


def log(folder: Path, *lines: Any) -> Path:
    path = folder / "gateway.jsonl.gz"
    text = "".join(each if isinstance(each, str) else json.dumps(each) + "\n" for each in lines)
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_a_call_has_the_id_that_cloudtrail_has(tmp_path: Path) -> None:
    log(tmp_path, line())
    frame = gateway_log(tmp_path)
    assert tuple(frame.columns) == COLUMNS
    row = frame.iloc[0]
    assert (row["aws_request_id"], row["aws_status"]) == ("a1", 200)
    assert row["time"] == pd.Timestamp("2026-09-01 06:00:00.123", tz="UTC")
    assert pd.isna(row["aws_error"])


def test_a_client_that_was_turned_away_has_none(tmp_path: Path) -> None:
    log(tmp_path, line(status=429, stage="limit", reason="limit-exceeded", aws_calls=[]))
    row = gateway_log(tmp_path / "gateway.jsonl.gz").iloc[0]
    assert pd.isna(row["aws_request_id"])
    assert row["reason"] == "limit-exceeded"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("half a li", "line 2: this is no JSON", id="no JSON"),
        pytest.param('{"log": "other"}', "line 2: this is no line of the gateway", id="another"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, reason: str) -> None:
    log(tmp_path, line(), text)
    with pytest.raises(TrailError, match=reason):
        gateway_log(tmp_path)


def test_a_missing_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrailError, match="does not exist"):
        gateway_log(tmp_path)
