"""Reading a filter pattern from left to right."""

from __future__ import annotations

import re

from rolelab.sandbox.filter_patterns.pattern import INVALID, PatternError

_SPACE = re.compile(r"\s*")
# In quotes, a backslash takes the character after it as it is.
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_REGEX = re.compile(r"%((?:[^%\\]|\\.)*)%", re.DOTALL)

MAXIMUM_DEPTH = 60
"""How deep parentheses may lie in each other, so that reading them always ends."""


class Scanner:
    """A text and how far it has been read."""

    __slots__ = ("depth", "position", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    @property
    def ended(self) -> bool:
        """Whether only white space is left."""
        self.skip_space()
        return self.position >= len(self.text)

    def skip_space(self) -> None:
        """Go on to what is no white space."""
        found = _SPACE.match(self.text, self.position)
        assert found is not None
        self.position = found.end()

    def at(self, literal: str) -> bool:
        """Whether a literal comes next, after white space."""
        self.skip_space()
        return self.text.startswith(literal, self.position)

    def take(self, literal: str) -> bool:
        """Read a literal if it comes next."""
        found = self.at(literal)
        if found:
            self.position += len(literal)
        return found

    def expect(self, literal: str) -> None:
        """Read a literal that has to come next."""
        if not self.take(literal):
            raise PatternError(INVALID)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read what an expression matches here, after white space."""
        self.skip_space()
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
        return found

    def quoted(self) -> str | None:
        """Read a text in double quotation marks, if one comes next."""
        found = self.match(_QUOTED)
        return None if found is None else _ESCAPED.sub(r"\1", found[1])

    def regex(self) -> str | None:
        """Read an expression between percent signs, if one comes next."""
        found = self.match(_REGEX)
        return None if found is None else found[1]

    def open(self) -> bool:
        """Read an opening parenthesis, if one comes next."""
        if not self.take("("):
            return False
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            raise PatternError(INVALID)
        return True

    def close(self) -> None:
        """Read the closing parenthesis that has to come next."""
        self.expect(")")
        self.depth -= 1
