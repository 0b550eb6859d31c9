"""Log files as CloudTrail delivers them: their names, and their bytes.

Pages: *CloudTrail log file examples* ("CloudTrail log file name format"), *Finding your CloudTrail
log files*.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import string
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rolelab.trails.bookshop import ACCOUNT, REGION
from rolelab.trails.world import DAY, moment

GATEWAY_LOG = "gateway.jsonl.gz"

_ALPHABET = string.ascii_letters + string.digits
_LAST_MINUTE = DAY - 60


def file_name(day: int) -> str:
    """The key of the log file of a day: CloudTrail delivers many, the dataset has one a day.

    >>> file_name(1)[:52]
    'AWSLogs/123456789012/CloudTrail/us-east-1/2026/09/01'
    """
    at = datetime.fromtimestamp(moment(day, 0) + _LAST_MINUTE, UTC)
    unique = "".join(random.Random(f"file of day {day}").choices(_ALPHABET, k=16))
    folder = f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{at:%Y/%m/%d}"
    return f"{folder}/{ACCOUNT}_CloudTrail_{REGION}_{at:%Y%m%dT%H%MZ}_{unique}.json.gz"


def log_text(records: Sequence[Mapping[str, Any]]) -> bytes:
    """The content of a log file, before it is compressed."""
    return json.dumps({"Records": records}, separators=(",", ":")).encode()


def lines_text(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """The content of a log of JSON lines."""
    return b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)


def compressed(content: bytes, level: int = 9) -> bytes:
    """Compress with gzip, always to the same bytes: no time and no name in the header."""
    into = io.BytesIO()
    with gzip.GzipFile("", "wb", level, into, mtime=0) as file:
        file.write(content)
    return into.getvalue()


def write(path: Path, content: bytes, level: int = 9) -> None:
    """Write a compressed file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(compressed(content, level))
