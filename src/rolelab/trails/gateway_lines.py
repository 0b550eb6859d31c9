"""The API gateway's call log of the month: what joins it with the trail is the AWS request id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rolelab.trails.deliveries import GATEWAY_LOG
from rolelab.trails.files import TrailError, content_of

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    *("time", "request_id", "application", "src_ip", "path", "status", "stage", "reason"),
    *("ai_model", "ai_model_input_token", "ai_model_output_token", "request_time", "backend_time"),
    *("aws_request_id", "aws_operation", "aws_status", "aws_error"),
)


def gateway_log(path: str | Path) -> pd.DataFrame:
    """Read the log into a DataFrame, one row for each request of a client.

    Args:
        path: the folder with `gateway.jsonl.gz`, such as `data/trails`, or the file itself.

    Returns:
        A DataFrame with `COLUMNS`: `time` is UTC, `request_time` and `backend_time` are
        milliseconds. `aws_request_id` is what CloudTrail records as `requestID`; it and the other
        `aws_` columns are missing where the gateway turned the client away, so that AWS was not
        called. `stage` and `reason` say why a request was refused.

    Raises:
        TrailError: the file is not there, is cut off, or has a line that is no call.
    """
    import pandas as pd

    file = Path(path)
    file = file / GATEWAY_LOG if file.is_dir() else file
    if not file.is_file():
        raise TrailError(f"{file} does not exist. Give the folder that holds {GATEWAY_LOG}.")
    rows = [
        _row(file, number, line) for number, line in enumerate(content_of(file).splitlines(), 1)
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["time"] = pd.to_datetime(frame["time"], utc=True, format="ISO8601")
    counted = ["status", "aws_status", "ai_model_input_token", "ai_model_output_token"]
    return frame.astype(dict.fromkeys(counted, "Int64"))


def _row(file: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise TrailError(f"{file.name}, line {number}: this is no JSON ({error}).") from error
    if not isinstance(record, dict) or record.get("type") != "call" or "time" not in record:
        raise TrailError(f"{file.name}, line {number}: this is no line of the gateway's call log.")
    called = (record.get("aws_calls") or [{}])[0]
    return {
        **{name: record.get(name) for name in COLUMNS},
        "aws_request_id": called.get("request_id"),
        "aws_operation": called.get("operation"),
        "aws_status": called.get("status"),
        "aws_error": called.get("error") or None,
    }
