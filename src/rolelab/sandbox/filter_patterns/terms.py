"""Patterns that look for terms in unstructured log events.

AWS page: *Using filter patterns to match terms in unstructured log events*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rolelab.sandbox.filter_patterns.operands import Regex, compile_regex
from rolelab.sandbox.filter_patterns.pattern import PatternError
from rolelab.sandbox.filter_patterns.scanner import Scanner

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A word or an exact phrase, to be found anywhere. One of white space alone is everywhere."""

    text: str

    def equals(self, actual: str) -> bool:
        """Whether a message contains the phrase, in the same case."""
        return not self.text.strip() or self.text in actual


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms that a message must contain, must not contain, or of which it needs one."""

    all_of: tuple[Phrase | Regex, ...]
    none_of: tuple[Phrase | Regex, ...]
    any_of: tuple[Phrase | Regex, ...]

    def matches(self, message: str) -> bool:
        """Whether a message has the terms it must have.

        Beside other terms, those with a question mark are ignored.
        """
        if not self.all_of and not self.none_of:
            return not self.any_of or any(each.equals(message) for each in self.any_of)
        return all(each.equals(message) for each in self.all_of) and not any(
            each.equals(message) for each in self.none_of
        )

    def extract(self, message: str) -> Mapping[str, str]:
        """Unstructured messages have no fields."""
        return {}

    def value_of(self, selector: str, message: str) -> str | None:
        """Unstructured messages have no values."""
        return None


def parse_terms(text: str) -> Terms:
    """Read a pattern of terms.

    Raises:
        PatternError: a term has characters that need quotation marks.
    """
    scanner = Scanner(text)
    found: dict[str, list[Phrase | Regex]] = {"": [], "-": [], "?": []}
    while not scanner.ended:
        sign = next((each for each in "-?" if scanner.take(each)), "")
        found[sign].append(_term(scanner, sign))
    return Terms(tuple(found[""]), tuple(found["-"]), tuple(found["?"]))


def _term(scanner: Scanner, sign: str) -> Phrase | Regex:
    start = scanner.position
    if not scanner.text[start : start + 1].strip():
        # `- term` is no way to write `-term`.
        raise PatternError(f"Invalid character(s) in term '{sign}'")
    expression = scanner.regex()
    if expression is not None:
        _ends(scanner, start)
        return Regex(compile_regex(expression))
    quoted = scanner.quoted()
    if quoted is not None:
        _ends(scanner, start)
        if not quoted:
            raise PatternError("Invalid character(s) in term '\"\"'")
        return Phrase(quoted)
    word = scanner.match(_WORD)
    assert word is not None
    if not re.fullmatch(r"\w+", word[0]):
        raise PatternError(f"Invalid character(s) in term '{word[0]}'")
    return Phrase(word[0])


def _ends(scanner: Scanner, start: int) -> None:
    """Refuse what stands right behind a closing quotation mark."""
    rest = _WORD.match(scanner.text, scanner.position)
    if rest is not None:
        raise PatternError(f"Invalid character(s) in term '{scanner.text[start : rest.end()]}'")
