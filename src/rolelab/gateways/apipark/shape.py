"""Checking JSON against the part of JSON Schema that the bodies of management calls use.

The schemas stand in the OpenAPI document as they are. A general validator is not used here because
loading one takes longer than everything else that a gateway loads. Other than in JSON Schema, `1.0`
is no integer.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rolelab.gateways.core.message import Json

Schema = Mapping[str, Any]

_KINDS: dict[str, tuple[str, Callable[[Json], bool]]] = {
    "object": ("an object", lambda value: isinstance(value, dict)),
    "array": ("a list", lambda value: isinstance(value, list)),
    "string": ("a text", lambda value: isinstance(value, str)),
    "integer": (
        "a whole number",
        lambda value: isinstance(value, int) and not isinstance(value, bool),
    ),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
}

#: Keyword, whether a value keeps it, and how the fault is said. The value is never quoted.
_KEYWORDS: tuple[tuple[str, Callable[[Any, Any], bool], Callable[[Any], str]], ...] = (
    ("enum", lambda value, known: value in known, lambda known: f"must be one of {_words(known)}"),
    (
        "pattern",
        lambda value, pattern: re.search(pattern, value) is not None,
        lambda pattern: f"does not fit pattern {pattern}",
    ),
    ("minLength", lambda value, least: len(value) >= least, lambda least: "must not be empty"),
    (
        "maxLength",
        lambda value, most: len(value) <= most,
        lambda most: f"has at most {most} characters",
    ),
    ("minimum", lambda value, least: value >= least, lambda least: f"must be {least} or more"),
    ("maximum", lambda value, most: value <= most, lambda most: f"must be {most} or less"),
    ("maxItems", lambda value, most: len(value) <= most, lambda most: f"has at most {most} items"),
)


def faults(value: Json, schema: Schema, where: str = "") -> Iterator[str]:
    """Give what is wrong with a value, each with the place: `config.rules.0: type is required`.

    Args:
        value: what was read.
        schema: what it should be; every keyword in it is one that this file knows.
        where: the place of the value.
    """
    says, fits = _KINDS[schema["type"]]
    if not fits(value):
        yield _at(where, f"must be {says}")
        return
    for keyword, keeps, said in _KEYWORDS:
        if keyword in schema and not keeps(value, schema[keyword]):
            yield _at(where, said(schema[keyword]))
    if isinstance(value, dict):
        yield from _members(value, schema, where)
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from faults(each, schema["items"], _below(where, str(number)))


def _members(value: dict[str, Json], schema: Schema, where: str) -> Iterator[str]:
    """A typo comes first: it explains a missing member better than the missing member does."""
    known = schema.get("properties", {})
    if schema.get("additionalProperties") is False:
        for name in value:
            if name not in known:
                near = difflib.get_close_matches(name[:100], known, 1)
                hint = f", did you mean {near[0]!r}?" if near else ""
                yield _at(where, f"unknown member {name[:100]!r}{hint}")
    for name in schema.get("required", ()):
        if name not in value:
            yield _at(where, f"{name} is required")
    for name, each in known.items():
        if name in value:
            yield from faults(value[name], each, _below(where, name))


def _words(known: list[str]) -> str:
    return ", ".join(known)


def _at(where: str, problem: str) -> str:
    return f"{where}: {problem}" if where else problem


def _below(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
