"""DynamoDB Streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sandbox.operations.samples.dynamodb import prepare as prepare_table
from tests.sandbox.operations.samples.sample import Clients, Sample


def prepare(aws: Clients) -> Mapping[str, Any]:
    """The stream of a table, and what an iterator over it looks like."""
    stream = prepare_table(aws)["StreamArn"]
    return {"StreamArn": stream, "ShardIterator": f"{stream}|1|sample"}


SAMPLE = Sample(prepare=prepare)
