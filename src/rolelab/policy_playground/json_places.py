"""JSON text read with the place of every value, so that a fault in a policy can be pointed at."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from rolelab.policy_playground.fault import FaultError

Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[^\s,\]}]+")
_REASONS = {
    "Expecting ',' delimiter": "a comma, or the end of the list or object, is missing here",
    "Expecting ':' delimiter": "a colon is missing between the name and its value",
    "Expecting value": "a value is missing here",
    "Expecting property name enclosed in double quotes": (
        "a name in double quotes is expected here; no comma stands after the last element"
    ),
    "Illegal trailing comma before end of object": "no comma stands after the last element",
    "Illegal trailing comma before end of array": "no comma stands after the last element",
    "Extra data": "the document has ended here, and something follows it",
    "Unterminated string starting at": "this text has no closing quote",
    "Invalid control character at": "this text is not closed on its line",
    "Invalid \\escape": "JSON knows no such character after a backslash; write \\\\ for one",
}
"""What Python's JSON reader says, in the words of somebody who edits a policy."""


@dataclass(frozen=True, slots=True)
class PlacedJson:
    """A JSON value, and where each of its parts stands in the text.

    Attributes:
        value: as plain data.
        spans: start and end of every part by its path, in characters. The part of an object
            starts at its name.
    """

    value: Any
    spans: dict[Path, tuple[int, int]] = field(default_factory=dict)


def read_json(text: str) -> PlacedJson:
    """Read JSON text.

    Raises FaultError for text that is not JSON, has a name twice in one object, or is nested so
    deeply that it cannot be read.
    """
    try:
        value = json.loads(text)
        spans: dict[Path, tuple[int, int]] = {}
        _Walk(text, spans).value(_space(text, 0), ())
    except json.JSONDecodeError as error:
        raise _fault(text, error) from None
    except RecursionError:
        raise FaultError("the document is nested too deeply") from None
    except FaultError:
        raise
    except ValueError as error:
        # Such as a number of more digits than Python reads.
        raise FaultError(f"the document is not JSON: {error}") from None
    return PlacedJson(value, spans)


def _fault(text: str, error: json.JSONDecodeError) -> FaultError:
    reason = next(
        (words for start, words in _REASONS.items() if error.msg.startswith(start)), error.msg
    )
    if not text[error.pos :].strip():
        return FaultError("the text ends before everything is closed", len(text.rstrip()))
    if error.msg.startswith("Expecting ',' delimiter"):
        # The reader stops at what follows; what is missing belongs to where the last part ends.
        return FaultError(reason, len(text[: error.pos].rstrip()))
    return FaultError(reason, error.pos)


def _space(text: str, offset: int) -> int:
    found = _SPACE.match(text, offset)
    return found.end() if found else offset


class _Walk:
    """Walks over text that is known to be JSON, and notes where everything stands."""

    def __init__(self, text: str, spans: dict[Path, tuple[int, int]]) -> None:
        self._text = text
        self._spans = spans
        self._readers: dict[str, Callable[[int, Path], int]] = {
            "{": self._object,
            "[": self._list,
            '"': self._string,
        }

    def value(self, offset: int, path: Path, start: int | None = None) -> int:
        """Note the value at an offset, and return where it ends."""
        reader = self._readers.get(self._text[offset], self._scalar)
        end = reader(offset, path)
        self._spans[path] = (offset if start is None else start, end)
        return end

    def _object(self, offset: int, path: Path) -> int:
        offset = _space(self._text, offset + 1)
        seen: set[str] = set()
        while self._text[offset] != "}":
            start = offset
            name, offset = scanstring(self._text, offset + 1)
            if name in seen:
                raise FaultError(f"{name!r} stands twice in the same object", start)
            seen.add(name)
            offset = _space(self._text, _space(self._text, offset) + 1)
            offset = self._next(self.value(offset, (*path, name), start))
        return offset + 1

    def _list(self, offset: int, path: Path) -> int:
        offset = _space(self._text, offset + 1)
        position = 0
        while self._text[offset] != "]":
            offset = self._next(self.value(offset, (*path, position)))
            position += 1
        return offset + 1

    def _next(self, offset: int) -> int:
        """Over the comma to the next part, or to the closing bracket."""
        offset = _space(self._text, offset)
        return _space(self._text, offset + 1) if self._text[offset] == "," else offset

    def _string(self, offset: int, path: Path) -> int:
        end: int = scanstring(self._text, offset + 1)[1]
        return end

    def _scalar(self, offset: int, path: Path) -> int:
        found = _SCALAR.match(self._text, offset)
        word = found.group() if found else ""
        if word.lstrip("-") in ("NaN", "Infinity"):
            raise FaultError(f"{word} is not a JSON value", offset)
        return offset + len(word)
