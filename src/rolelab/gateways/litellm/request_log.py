"""The request log of the LLM gateway, and the AWS calls that each request caused.

`data/apps/llm-gateway/request_log.py` writes the lines. A line names the request by LiteLLM's call
id, which the client finds in the header `x-litellm-call-id`, and the call of Amazon Bedrock by the
request id that Bedrock answered, which CloudTrail records as `requestID`.

Page: *CloudTrail record contents for management, data, and network activity events* (`requestID`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

LOG = "llm-gateway"
"""The value of `log` by which a line of the request log is told from LiteLLM's other lines."""

COLUMNS = (
    "time",
    "request_id",
    "client",
    "key_hash",
    "asked",
    "model",
    "status",
    "error",
    "prompt_tokens",
    "completion_tokens",
    "cost",
    "seconds",
    "aws_request_id",
)


def to_frame(messages: Iterable[str]) -> pd.DataFrame:
    """Read the request log out of the messages of a log group.

    Args:
        messages: the lines of the container; all others than the request log's are passed over.

    Returns:
        A DataFrame with a row for each call of a model and each refusal, in the order they were
        written. `COLUMNS` are its columns: `time` (UTC), `cost` in US dollars, `seconds`. A request
        that fell back to another model has several rows with one `request_id`.
    """
    import pandas as pd

    records = [record for message in messages if (record := _record(message)) is not None]
    frame = pd.DataFrame(records, columns=list(COLUMNS))
    frame["time"] = pd.to_datetime(frame["time"], utc=True)
    return frame


def _record(message: str) -> dict[str, Any] | None:
    try:
        record = json.loads(message)
    except ValueError:
        return None
    return record if isinstance(record, dict) and record.get("log") == LOG else None


def with_trail(requests: pd.DataFrame, trail: pd.DataFrame) -> pd.DataFrame:
    """Put beside each row of the request log what the account's trail says of the same call.

    Args:
        requests: what `to_frame` gives.
        trail: the trail's table, `sandbox.trail.to_frame()`.

    Returns:
        The rows of `requests` and three columns more: `role` (who called Amazon Bedrock, as
        `role/session`), `event` and `aws_error`. They are missing where the gateway refused the
        request itself, so that no call was made.
    """
    import pandas as pd

    calls = pd.DataFrame(
        {
            "aws_request_id": [record["requestID"] for record in trail["record"]],
            "role": trail["user"].to_numpy(),
            "event": trail["event"].to_numpy(),
            "aws_error": trail["error"].to_numpy(),
        }
    ).dropna(subset="aws_request_id")
    return requests.merge(calls, on="aws_request_id", how="left", validate="many_to_one")
