"""Patterns that read space-delimited log events: `[ip, user, ..., status=4*, bytes>1000]`.

AWS page: *Using filter patterns to match terms in space-delimited log events*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rolelab.sandbox.filter_patterns.conditions import read_expression
from rolelab.sandbox.filter_patterns.operands import MAXIMUM_REGEXES, Regex, read_condition
from rolelab.sandbox.filter_patterns.pattern import INVALID, PatternError
from rolelab.sandbox.filter_patterns.scanner import Scanner

# What stands in brackets or in quotation marks is one field.
_FIELD = re.compile(r'\[([^\]]*)\](?!\S)|"([^"]*)"(?!\S)|(\S+)')
_NAME = re.compile(r"\w+")
_ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Column:
    """One field of the event: its name, and what it has to be. Either may be missing."""

    name: str | None
    test: Callable[[str], bool] | None


@dataclass(frozen=True, slots=True)
class Columns:
    """A pattern in square brackets.

    Attributes:
        before: the columns before the ellipsis; all of them where there is none.
        after: the columns after it; None where there is none.
    """

    before: tuple[Column, ...]
    after: tuple[Column, ...] | None

    def matches(self, message: str) -> bool:
        """Whether a message has the fields, and each is what it has to be."""
        fields = self._fields(message)
        return fields is not None and all(
            column.test is None or column.test(text) for column, text in fields
        )

    def extract(self, message: str) -> Mapping[str, str]:
        """Give the fields by `$name`, and those without a name by their position: `$1`."""
        return {
            f"${column.name or position}": text
            for position, (column, text) in enumerate(self._fields(message) or (), start=1)
        }

    def value_of(self, selector: str, message: str) -> str | None:
        """Give the field that a metric names as `$bytes`."""
        return self.extract(message).get(selector)

    def _fields(self, message: str) -> list[tuple[Column, str]] | None:
        """Give each field with its column; None where the message has too few.

        Without an ellipsis the last column takes all that is left: `[w1=ERROR, w2]` is for every
        message that begins with this word and has another.
        """
        found = list(_FIELD.finditer(message))
        count = len(self.before) + len(self.after or ())
        if len(found) < count or (not count and not found):
            return None
        texts = [_text(each) for each in found]
        if self.after is None:
            if len(found) > count:
                texts[count - 1 :] = [message[found[count - 1].start() :].rstrip()]
            return list(zip(self.before, texts, strict=True))
        skipped = (Column(None, None),) * (len(found) - count)
        return list(zip((*self.before, *skipped, *self.after), texts, strict=True))


def _text(field: re.Match[str]) -> str:
    return next(group for group in field.groups() if group is not None)


def parse_columns(text: str) -> Columns:
    """Read a pattern in square brackets. An empty one takes any fields.

    Raises:
        PatternError: it is none.
    """
    if not text.endswith("]") or len(text) < 2:
        raise PatternError("If a filter pattern starts with '[' it must end with ']'")
    scanner = Scanner(text[1:-1])
    if scanner.ended:
        return Columns((), ())
    columns: list[Column] = []
    before: tuple[Column, ...] | None = None
    reader = _Reader()
    while True:
        if scanner.take(_ELLIPSIS):
            if before is not None:
                raise PatternError(INVALID)
            before, columns = tuple(columns), []
        else:
            columns.append(reader.column(scanner))
        if scanner.ended:
            break
        scanner.expect(",")
    if reader.regexes > MAXIMUM_REGEXES:
        raise PatternError(INVALID)
    return Columns(tuple(columns), None) if before is None else Columns(before, tuple(columns))


class _Reader:
    """Reads columns, and counts regular expressions."""

    def __init__(self) -> None:
        self.regexes = 0

    def column(self, scanner: Scanner) -> Column:
        if scanner.ended or scanner.at(","):
            return Column(None, None)
        start = scanner.position
        name = None if scanner.at("(") else scanner.match(_NAME)
        if name is not None and (scanner.ended or scanner.at(",")):
            return Column(name[0], None)
        scanner.position = start
        named = re.compile(r"[(\s]*(\w+)").match(scanner.text, start)
        if named is None:
            raise PatternError(INVALID)

        def read(inner: Scanner) -> Callable[[str], bool]:
            # A condition in a column is about that column.
            found = inner.match(_NAME)
            if found is None or found[0] != named[1]:
                raise PatternError(INVALID)
            condition = read_condition(inner)
            self.regexes += isinstance(condition.text, Regex)
            return condition.holds

        return Column(named[1], read_expression(scanner, read))
