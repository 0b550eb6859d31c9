"""Log files on disk, and what can be wrong with them."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]

_STAMP = re.compile(r"_(\d{8}T\d{4}Z)_")
_REQUIRED = ("eventVersion", "eventTime", "eventSource", "eventName", "userIdentity")


class TrailError(ValueError):
    """Log files cannot be read as they are. The message names each file, record and reason."""


def log_files(path: Path) -> list[Path]:
    """The log files at a path, in the order of their names.

    Args:
        path: a folder, searched to the bottom for `*.json.gz` and `*.json`; or one file.

    Raises:
        TrailError: there is nothing there, or no log file in it.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise TrailError(f"{path} does not exist. Give the folder that holds AWSLogs/.")
    found = sorted(each for each in path.rglob("*.json*") if each.suffixes[-2:] in _LOGS)
    if not found:
        raise TrailError(f"{path} holds no CloudTrail log file (*.json.gz).")
    return found


_LOGS = ([".json", ".gz"], [".json"])


def content_of(path: Path) -> bytes:
    """The text of a log file.

    Raises:
        TrailError: it is cut off, or not gzip.
    """
    raw = path.read_bytes()
    if path.suffix != ".gz":
        return raw
    try:
        return gzip.decompress(raw)
    except EOFError as error:
        raise TrailError(
            f"{path.name}: the gzip is truncated: it ends before its end marker. Fetch the file "
            "again from the trail's bucket."
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise TrailError(f"{path.name}: this is no gzip, or a broken one ({error}).") from error


def records_in(path: Path) -> list[Any]:
    """The entries of a log file, as they are.

    Raises:
        TrailError: the file cannot be read, or is no log file of CloudTrail.
    """
    content = content_of(path)
    try:
        parsed = json.loads(content)
    except ValueError as error:
        raise TrailError(f"{path.name}: this is no JSON ({error}).") from error
    if isinstance(parsed, dict) and isinstance(parsed.get("Records"), list):
        entries: list[Any] = parsed["Records"]
        return entries
    if isinstance(parsed, dict) and "digestEndTime" in parsed:
        raise TrailError(f"{path.name}: this is a digest file, which holds no events.")
    raise TrailError(f'{path.name}: this is no log file: it has no list "Records".')


def fault_of(record: Any) -> str | None:
    """What is wrong with a record; None where nothing is.

    Page: *CloudTrail record contents for management, data, and network activity events*.
    """
    if not isinstance(record, dict):
        return f"a record is {type(record).__name__}, not an object"
    missing = [name for name in _REQUIRED if name not in record]
    if missing:
        return f"the record has no {', '.join(missing)}"
    if not isinstance(record["userIdentity"], dict):
        return "userIdentity is no object"
    version = str(record["eventVersion"])
    if version.partition(".")[0] != "1":
        return f"eventVersion {version} is not known here: versions 1.x are"
    if not _is_time(record["eventTime"]):
        return f"eventTime {record['eventTime']!r} is no time like 2026-09-01T06:00:00Z"
    return None


def _is_time(value: Any) -> bool:
    if not isinstance(value, str) or len(value) != len("2026-09-01T06:00:00Z") or value[-1] != "Z":
        return False
    try:
        # Far quicker than strptime, which would take a quarter of the time of reading a month.
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def delivered_at(path: Path) -> datetime | None:
    """When CloudTrail wrote a file, by its name; None if the name does not say."""
    found = _STAMP.search(path.name)
    if found is None:
        return None
    return datetime.strptime(found[1], "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
