"""Messages of an event stream, as services send them and boto3 reads them.

Page: *Event stream encoding* (Amazon Transcribe Developer Guide), which other services share.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

CONTENT_TYPE = "application/vnd.amazon.eventstream"

_TEXT = 7
_PRELUDE = 12
_CHECKSUM = 4


def encode(events: Iterable[tuple[str, Mapping[str, Any]]]) -> bytes:
    """Write events one after the other.

    Args:
        events: the type of each event, and its members as JSON data.
    """
    return b"".join(_message(kind, json.dumps(members).encode()) for kind, members in events)


def _message(kind: str, payload: bytes) -> bytes:
    headers = b"".join(
        _header(name, value)
        for name, value in (
            (":event-type", kind),
            (":content-type", "application/json"),
            (":message-type", "event"),
        )
    )
    length = _PRELUDE + len(headers) + len(payload) + _CHECKSUM
    prelude = struct.pack("!II", length, len(headers))
    begun = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers + payload
    return begun + struct.pack("!I", zlib.crc32(begun))


def _header(name: str, value: str) -> bytes:
    written, text = name.encode(), value.encode()
    return bytes([len(written)]) + written + bytes([_TEXT]) + struct.pack("!H", len(text)) + text
