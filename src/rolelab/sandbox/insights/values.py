"""The values of fields: how they compare, sort, and look in results.

AWS pages: *sort*; *Boolean, comparison, numeric, datetime, and other functions*.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

Number = int | float


class Timestamp(int):
    """Milliseconds since 1970, shown as a date."""

    __slots__ = ()


Value = Any
"""None (absent), text, a number, a timestamp, a map or a list. A condition gives 1 or 0."""

_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?\s*", re.ASCII)
_CHUNK = re.compile(r"\d+|\D+", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_799_999
_DECIMALS = 4
_BITS = 1000


def number(value: Value) -> Number | None:
    """Read a value as a number; None for what is none."""
    if isinstance(value, int):
        return value if value.bit_length() < _BITS else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if not isinstance(value, str) or len(value) > 400 or not _NUMBER.fullmatch(value):
        return None
    return number(float(value) if {".", "e", "E"} & set(value) else int(value))


def text(value: Value) -> str | None:
    """Give a value as text; None for what is absent, and for maps and lists."""
    return None if value is None or isinstance(value, dict | list) else shown(value)


def shown(value: Value) -> str:
    """Give a value as it stands in results."""
    if isinstance(value, str):
        return value
    if isinstance(value, Timestamp):
        return _date(value)
    if isinstance(value, float):
        return _decimal(value)
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(value)


def _decimal(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if abs(value) < 10**-_DECIMALS or abs(value) >= 1e15:
        return repr(value)
    return f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")


def _date(value: Timestamp) -> str:
    if not 0 <= value <= _LATEST:
        return str(int(value))
    at = _EPOCH + timedelta(milliseconds=int(value))
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"


def truth(value: Value) -> bool:
    """Whether a condition holds: 1 does, and so does any text but the empty one."""
    found = number(value)
    return bool(value) if found is None else found != 0


def equal(left: Value, right: Value) -> bool:
    """Whether two values are the same: as numbers where both are, otherwise as text."""
    first, second = number(left), number(right)
    if first is not None and second is not None:
        return first == second
    one, other = text(left), text(right)
    return one is not None and one == other


def order(left: Value, right: Value) -> int | None:
    """Compare two values: -1, 0 or 1; None where one is absent, a map or a list."""
    first, second = number(left), number(right)
    if first is not None and second is not None:
        return (first > second) - (first < second)
    one, other = text(left), text(right)
    if one is None or other is None:
        return None
    return (one > other) - (one < other)


def sort_key(value: Value) -> tuple[Any, ...]:
    """Give what a value is sorted by: all that is no number first, in natural order."""
    found = number(value)
    if found is not None:
        return (1, found, ())
    chunks = tuple(
        (1, len(chunk), chunk) if chunk[0] in "0123456789" else (0, 0, chunk)
        for chunk in _CHUNK.findall(text(value) or "")
    )
    return (0, 0, tuple(_chunk_key(chunk) for chunk in chunks))


def _chunk_key(chunk: tuple[int, int, str]) -> tuple[str, int, str]:
    """Digits stand where the digits stand in Unicode, and are then ordered as numbers."""
    digits, length, written = chunk
    return ("0", length, written) if digits else (written, 0, "")
