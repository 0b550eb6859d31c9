"""The call log: one JSON line a request, on standard output, which the task's log driver reads."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping
from typing import IO

from rolelab.gateways.core.message import Json

MOST_TEXT = 512
"""Longer texts are cut, so that a line stays below the 16 KiB at which container runtimes cut."""

_MOST_LINE = 15_000


class CallLog:
    """Writes lines. A line is written whole, also from many threads."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        """Write to a stream.

        Args:
            stream: None is standard output.
        """
        self._stream = stream if stream is not None else sys.stdout
        self._lock = threading.Lock()

    def write(self, record: Mapping[str, Json]) -> None:
        """Write one record and flush it, so that it is out before the reply is."""
        line = json.dumps(_cut(record), ensure_ascii=True, separators=(",", ":"), default=str)
        if len(line) > _MOST_LINE:
            kept = {name: record[name] for name in _ALWAYS if name in record}
            line = json.dumps({**_cut(kept), "cut": True}, separators=(",", ":"))
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()


_ALWAYS = ("type", "time", "request_id", "status", "stage", "reason", "request_time", "simulation")


def _cut(value: Json) -> Json:
    if isinstance(value, str):
        return value if len(value) <= MOST_TEXT else value[:MOST_TEXT] + "..."
    if isinstance(value, Mapping):
        return {str(name): _cut(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cut(each) for each in value]
    return value
