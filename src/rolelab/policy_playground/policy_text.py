"""From the text of a policy field to documents, or to the line at fault.

AWS page: *Grammar of the IAM JSON policy language*.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from rolelab.iam import Document, PolicyError, parse
from rolelab.policy_playground.fault import FaultError
from rolelab.policy_playground.fields import PolicyField
from rolelab.policy_playground.json_places import Path, PlacedJson, read_json

_QUOTED = re.compile(r"'([^']*)'")
_REMEMBERED = 64

Documents = tuple[Document, ...]
Levels = tuple[Documents, ...]


@lru_cache(maxsize=_REMEMBERED)
def read_documents(text: str, field: PolicyField, names: tuple[str, ...] = ()) -> Levels | None:
    """Read a policy field. The same text is read once and remembered.

    Args:
        text: one JSON document, or a list of them.
        field: which field it is.
        names: what explanations call the documents, where their number fits.

    Returns the documents by level, one level for a type that has none; None for an empty text.
    Raises FaultError for text that is not JSON, or a document that AWS would refuse.
    """
    if not text.strip():
        return None
    placed = read_json(text)
    levels = [list(level) for level in _paths(placed, field)]
    called = iter(_names(levels, field, names))
    return tuple(
        tuple(_document(text, placed, path, field.kind, next(called)) for path in level)
        for level in levels
    )


def _paths(placed: PlacedJson, field: PolicyField) -> Iterator[Sequence[Path]]:
    """Where the documents stand, by level."""
    value = placed.value
    if not isinstance(value, list):
        yield [()]
        return
    if field.single:
        raise FaultError("a resource has one policy; write one JSON object", _start(placed, ()))
    if not field.levels:
        yield [(position,) for position in range(len(value))]
        return
    for position, entry in enumerate(value):
        if isinstance(entry, list):
            yield [(position, inner) for inner in range(len(entry))]
        else:
            yield [(position,)]


def _names(
    levels: Sequence[Sequence[Path]], field: PolicyField, names: Sequence[str]
) -> Sequence[str]:
    count = sum(len(level) for level in levels)
    if count == len(names):
        return names
    if field.levels and len(levels) > 1:
        return [
            f"level {number}" if len(level) == 1 else f"level {number}, policy {position}"
            for number, level in enumerate(levels, start=1)
            for position in range(1, len(level) + 1)
        ]
    return [f"policy {number}" for number in range(1, count + 1)] if count > 1 else [""] * count


def _document(text: str, placed: PlacedJson, path: Path, kind: str, name: str) -> Document:
    value = placed.value
    for step in path:
        value = value[step]
    if not isinstance(value, Mapping):
        raise FaultError("a policy is a JSON object", _start(placed, path))
    try:
        return parse(value, kind=kind, name=name)
    except PolicyError as error:
        offset = _offset(text, placed, (*path, *_place(value, error)), error)
        raise FaultError(str(error).rstrip("."), offset) from None


def _start(placed: PlacedJson, path: Path) -> int:
    return placed.spans[path][0]


def _place(document: Mapping[str, Any], error: PolicyError) -> Path:
    """The path of the element that an error names, from the document down."""
    element = () if error.element is None else (error.element,)
    if error.statement is None:
        return element
    statements = document["Statement"]
    if isinstance(statements, Mapping):
        return ("Statement", *element)
    labels = [
        (isinstance(item, Mapping) and item.get("Sid")) or str(position)
        for position, item in enumerate(statements, start=1)
    ]
    # Of two statements with the same Sid, the second is one too many.
    position = len(labels) - 1 - labels[::-1].index(error.statement)
    return ("Statement", position, *element)


def _offset(text: str, placed: PlacedJson, path: Path, error: PolicyError) -> int:
    """Where the path stands; an element that is missing is pointed at where it should be."""
    while path not in placed.spans:
        path = path[:-1]
    start, end = placed.spans[path]
    for quoted in _QUOTED.findall(error.reason):
        # What the reason quotes stands inside the element, in a list or a block of conditions.
        found = text.find(json.dumps(quoted, ensure_ascii=False), start, end)
        if found >= 0:
            return found
    return start
