"""What conditions compare with: texts with wildcards, numbers and regular expressions."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rolelab.sandbox.filter_patterns.pattern import INVALID, PatternError
from rolelab.sandbox.filter_patterns.scanner import Scanner

Number = int | float

MAXIMUM_REGEXES = 2
"""Regular expressions in one JSON or space-delimited pattern."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_BARE = re.compile(r"[\w.*+-]+")
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
OPERATORS = ("!=", ">=", "<=", "=", ">", "<")

# Page: *Supported regular expressions (regex) syntax*. White space is in its examples.
_REGEX_TEXT = re.compile(
    r"(?:[A-Za-z0-9:_#=@/;,\- ^$?\[\]{}|*+.]|\\[dDsSwW]|\\x[0-9A-Fa-f]{2}|\\[^A-Za-z0-9])*",
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be equal to. An asterisk at its beginning or its end stands for any text."""

    text: str

    def equals(self, actual: str) -> bool:
        """Whether a text is meant."""
        wanted = self.text
        if wanted == "*":
            return True
        before, after = wanted.startswith("*"), wanted.endswith("*")
        core = wanted[before : len(wanted) - after]
        if before and after:
            return core in actual
        if before:
            return actual.endswith(core)
        return actual.startswith(core) if after else actual == core


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression, to be found anywhere."""

    compiled: re.Pattern[str]

    def equals(self, actual: str) -> bool:
        """Whether a text has a place that matches."""
        return self.compiled.search(actual) is not None


@dataclass(frozen=True, slots=True)
class Condition:
    """An operator and what stands on its right."""

    operator: str
    text: Text | Regex
    number: Number | None

    def holds(self, actual: str) -> bool:
        """Whether a text, which may be that of a number, meets the condition."""
        if self.operator in _ORDER:
            value = number(actual)
            if value is None or self.number is None:
                return False
            return _ORDER[self.operator](value, self.number)
        return self._equals(actual) == (self.operator == "=")

    def _equals(self, actual: str) -> bool:
        if self.number is not None:
            value = number(actual)
            if value is not None:
                return value == self.number
        return self.text.equals(actual)


def number(text: str) -> Number | None:
    """Read an integer, a decimal or a number in scientific notation; None for any other text."""
    if len(text) > 400 or not _NUMBER.fullmatch(text):
        return None
    return float(text) if {".", "e", "E"} & set(text) else int(text)


def compile_regex(text: str) -> re.Pattern[str]:
    """Compile a regular expression of the kind that filter patterns know.

    Raises:
        PatternError: it has characters or operators that they do not know.
    """
    if not _REGEX_TEXT.fullmatch(text):
        raise PatternError(f"Invalid character(s) in term '%{text}%'")
    try:
        return re.compile(_CLASS.sub(_plain_class, text), re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(INVALID) from error


# A class in brackets. Inside it, Python may one day read `[`, `|` and `--` otherwise.
_CLASS = re.compile(r"\\.|\[(\^?\]?(?:\\.|[^\]\\])*)\]")


def _plain_class(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0]
    inner = re.sub(r"\\.|[\[|]|-(?=-)", _escaped, found[1])
    return f"[{inner}]"


def _escaped(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("\\") else f"\\{found[0]}"


def read_condition(scanner: Scanner) -> Condition:
    """Read an operator and its right side.

    Raises:
        PatternError: there is none.
    """
    sign = next((each for each in OPERATORS if scanner.take(each)), None)
    if sign is None:
        raise PatternError(INVALID)
    expression = scanner.regex()
    if expression is not None:
        if sign in _ORDER:
            raise PatternError(INVALID)
        return Condition(sign, Regex(compile_regex(expression)), None)
    quoted = scanner.quoted()
    if quoted is not None:
        if sign in _ORDER:
            raise PatternError(INVALID)
        return Condition(sign, Text(quoted), None)
    found = scanner.match(_BARE)
    value = None if found is None else number(found[0])
    if found is None or (sign in _ORDER and value is None):
        raise PatternError(INVALID)
    return Condition(sign, Text(found[0]), value)
