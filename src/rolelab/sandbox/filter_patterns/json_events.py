"""Patterns that read JSON log events: `{ $.eventType = "UpdateTrail" }`.

AWS page: *Using filter patterns to match terms in JSON log events*.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rolelab.sandbox.filter_patterns.conditions import read_expression
from rolelab.sandbox.filter_patterns.operands import (
    MAXIMUM_REGEXES,
    Condition,
    Regex,
    read_condition,
)
from rolelab.sandbox.filter_patterns.pattern import INVALID, PatternError
from rolelab.sandbox.filter_patterns.scanner import Scanner

MAXIMUM_WILDCARDS = 3
"""Wildcard selectors in one pattern; in one selector there is at most one."""

_NAME = re.compile(r"[\w-]+")
_INDEX = re.compile(r"\d{1,9}", re.ASCII)
_BRACKETED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_NULL, _TRUE, _FALSE = "NULL", "TRUE", "FALSE"
_IS: Mapping[str, object] = {_NULL: None, _TRUE: True, _FALSE: False}
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Selector:
    """Where a value lies in an event: names, indexes, and at most one wildcard (None)."""

    steps: tuple[str | int | None, ...]

    def find(self, event: Any) -> Iterator[Any]:
        """Give every node that is meant; none where the event has no such place."""
        return _find(event, self.steps)


def _find(node: Any, steps: tuple[str | int | None, ...]) -> Iterator[Any]:
    for position, step in enumerate(steps):
        if step is None:
            inner = node.values() if isinstance(node, dict) else node
            for each in inner if isinstance(node, dict | list) else ():
                yield from _find(each, steps[position + 1 :])
            return
        node = _step(node, step)
        if node is _ABSENT:
            return
    yield node


def _step(node: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return node[step] if isinstance(node, list) and step < len(node) else _ABSENT
    return node.get(step, _ABSENT) if isinstance(node, dict) else _ABSENT


@dataclass(frozen=True, slots=True)
class _Compares:
    """A value node, a text or a number, meets a condition. Other nodes meet none."""

    selector: Selector
    condition: Condition

    def __call__(self, event: Any) -> bool:
        texts = map(_text, self.selector.find(event))
        return any(text is not None and self.condition.holds(text) for text in texts)


@dataclass(frozen=True, slots=True)
class _Is:
    """A node is null, true or false."""

    selector: Selector
    value: object

    def __call__(self, event: Any) -> bool:
        return any(node is self.value for node in self.selector.find(event))


@dataclass(frozen=True, slots=True)
class _NotExists:
    """There is no such node."""

    selector: Selector

    def __call__(self, event: Any) -> bool:
        return next(self.selector.find(event), _ABSENT) is _ABSENT


@dataclass(frozen=True, slots=True)
class JsonPattern:
    """A pattern in braces."""

    expression: Callable[[Any], bool]

    def matches(self, message: str) -> bool:
        """Whether a message is JSON that meets the conditions."""
        event = _read(message)
        return event is not _ABSENT and self.expression(event)

    def extract(self, message: str) -> Mapping[str, str]:
        """JSON messages have no `$name` fields."""
        return {}

    def value_of(self, selector: str, message: str) -> str | None:
        """Give the text or the number at a place such as `$.latency`."""
        scanner = Scanner(selector)
        try:
            where = _selector(scanner)
        except PatternError:
            return None
        event = _read(message) if scanner.ended else _ABSENT
        return None if event is _ABSENT else next(map(_text, where.find(event)), None)


def parse_json(text: str) -> JsonPattern:
    """Read a pattern in braces.

    Raises:
        PatternError: it is none.
    """
    if not text.endswith("}") or len(text) < 2:
        raise PatternError("If a filter pattern starts with '{' it must end with '}'")
    scanner = Scanner(text[1:-1])
    reader = _Reader()
    expression = read_expression(scanner, reader.read)
    if not scanner.ended or reader.regexes > MAXIMUM_REGEXES:
        raise PatternError(INVALID)
    if reader.wildcards > MAXIMUM_WILDCARDS:
        raise PatternError(INVALID)
    return JsonPattern(expression)


class _Reader:
    """Reads single conditions, and counts what is limited."""

    def __init__(self) -> None:
        self.regexes = 0
        self.wildcards = 0

    def read(self, scanner: Scanner) -> Callable[[Any], bool]:
        selector = _selector(scanner)
        self.wildcards += selector.steps.count(None)
        if scanner.match(_NOT_EXISTS):
            return _NotExists(selector)
        found = scanner.match(_IS_VALUE)
        if found:
            return _Is(selector, _IS[found[1]])
        condition = read_condition(scanner)
        self.regexes += isinstance(condition.text, Regex)
        return _Compares(selector, condition)


_NOT_EXISTS = re.compile(r"NOT\s+EXISTS\b")
_IS_VALUE = re.compile(r"IS\s+(NULL|TRUE|FALSE)\b")


def _selector(scanner: Scanner) -> Selector:
    """Read `$.a.b[0]`, `$.a[*]`, `$.*` or `$.['a.b']`."""
    scanner.expect("$")
    steps: list[str | int | None] = []
    while True:
        rest = scanner.text[scanner.position : scanner.position + 2]
        if rest.startswith("["):
            steps.append(_bracket(scanner))
        elif rest == ".[":
            scanner.expect(".")
            steps.append(_bracket(scanner))
        elif rest.startswith("."):
            scanner.expect(".")
            steps.append(_name(scanner))
        else:
            break
    if not steps or steps.count(None) > 1:
        raise PatternError(INVALID)
    return Selector(tuple(steps))


def _name(scanner: Scanner) -> str | None:
    if scanner.take("*"):
        return None
    found = _NAME.match(scanner.text, scanner.position)
    if found is None:
        raise PatternError(INVALID)
    scanner.position = found.end()
    return found[0]


def _bracket(scanner: Scanner) -> str | int | None:
    scanner.expect("[")
    step: str | int | None
    if scanner.take("*"):
        step = None
    elif index := scanner.match(_INDEX):
        step = int(index[0])
    elif name := scanner.match(_BRACKETED):
        step = name[1] if name[1] is not None else name[2]
    else:
        raise PatternError(INVALID)
    scanner.expect("]")
    return step


def _read(message: str) -> Any:
    """Read a message as JSON; `_ABSENT` where it is none, or no object or array."""
    try:
        event = json.loads(message)
    except (ValueError, RecursionError):
        return _ABSENT
    return event if isinstance(event, dict | list) else _ABSENT


def _text(node: Any) -> str | None:
    """Give the text of a value node; other nodes have none."""
    if isinstance(node, str):
        return node
    if isinstance(node, int | float) and not isinstance(node, bool):
        return json.dumps(node)
    return None
