"""Where the parts of a JSON document stand in its text.

Page: *Location*, *PathElement*, *Span* (IAM Access Analyzer API Reference).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

Path = tuple[str | int, ...]
"""The way to a value: member names and positions in lists."""

_SPACE = re.compile(r"\s*")
_PLAIN = re.compile(r"[^\s,\]}]+")


def locate(text: str) -> dict[Path, tuple[int, int]]:
    """Give the start (inclusive) and end (exclusive) of every value in a JSON text.

    Args:
        text: JSON that `json.loads` takes.
    """
    found: dict[Path, tuple[int, int]] = {}
    _value(text, _skip(text, 0), (), found)
    return found


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None
    return match.end()


def _value(text: str, at: int, path: Path, found: dict[Path, tuple[int, int]]) -> int:
    if text[at] == "{":
        end = _members(text, at, path, found)
    elif text[at] == "[":
        end = _items(text, at, path, found)
    elif text[at] == '"':
        _, end = scanstring(text, at + 1)
    else:
        match = _PLAIN.match(text, at)
        assert match is not None
        end = match.end()
    found[path] = (at, end)
    return end


def _members(text: str, at: int, path: Path, found: dict[Path, tuple[int, int]]) -> int:
    at = _skip(text, at + 1)
    while text[at] != "}":
        name, at = scanstring(text, at + 1)
        at = _skip(text, _skip(text, at) + 1)
        at = _skip(text, _value(text, at, (*path, name), found))
        if text[at] == ",":
            at = _skip(text, at + 1)
    return at + 1


def _items(text: str, at: int, path: Path, found: dict[Path, tuple[int, int]]) -> int:
    at = _skip(text, at + 1)
    position = 0
    while text[at] != "]":
        at = _skip(text, _value(text, at, (*path, position), found))
        position += 1
        if text[at] == ",":
            at = _skip(text, at + 1)
    return at + 1


def location(text: str, path: Path, places: dict[Path, tuple[int, int]]) -> dict[str, Any]:
    """Describe a place as the API does. What has no place of its own has its parent's."""
    while path not in places and path:
        path = path[:-1]
    start, end = places.get(path, (0, len(text)))
    return {
        "path": list(_elements(path)),
        "span": {"start": _position(text, start), "end": _position(text, end)},
    }


def _elements(path: Path) -> Iterator[dict[str, Any]]:
    for step in path:
        yield {"index": step} if isinstance(step, int) else {"value": step}


def _position(text: str, offset: int) -> dict[str, int]:
    before = text[:offset]
    column = offset - (before.rfind("\n") + 1)
    return {"line": before.count("\n") + 1, "column": column, "offset": offset}
