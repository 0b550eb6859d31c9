"""Log records, and the fields that are discovered in them.

AWS page: *Supported logs and discovered fields*.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rolelab.sandbox.insights.values import Timestamp, Value

MAXIMUM_FIELDS = 200
"""Fields that are discovered in one JSON event."""


@dataclass(frozen=True, slots=True)
class Record:
    """A log event.

    Attributes:
        timestamp: when it happened, in milliseconds.
        ingestion_time: when it arrived.
        message: its text.
        stream: the name of its log stream.
        log: its log group, as `account:name`.
        pointer: what identifies it, `@ptr`.
    """

    timestamp: int
    ingestion_time: int
    message: str
    stream: str
    log: str
    pointer: str

    def fields(self) -> dict[str, Value]:
        """Give the fields of the event: those that every event has, and those of its JSON."""
        return {
            **dict(_discovered(self.message)),
            "@timestamp": Timestamp(self.timestamp),
            "@ingestionTime": Timestamp(self.ingestion_time),
            "@message": self.message,
            "@logStream": self.stream,
            "@log": self.log,
            "@ptr": self.pointer,
        }


def _discovered(message: str) -> Iterator[tuple[str, Value]]:
    start = message.lstrip()[:1]
    if start != "{":
        return
    try:
        event = json.loads(message)
        found = list(_flattened("", event))
    except (ValueError, RecursionError):
        return
    for name, value in found[:MAXIMUM_FIELDS]:
        yield (f"@{name}" if name.startswith("@") else name), value


def _flattened(prefix: str, node: Any) -> Iterator[tuple[str, Value]]:
    """Give the leaves of JSON under dotted names: `userIdentity.type`, `items.0.id`."""
    if isinstance(node, dict | list):
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for name, value in pairs:
            yield from _flattened(f"{prefix}.{name}" if prefix else str(name), value)
    elif isinstance(node, bool):
        yield prefix, int(node)
    elif node is not None:
        yield prefix, node
