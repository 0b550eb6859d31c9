"""The words of a query, read one at a time: what a slash means depends on where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from rolelab.sandbox.insights.errors import QueryError

_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_TOKEN = re.compile(
    r"""
    (?P<period>\d+(?:[a-zA-Z]+)(?<![eE])\b)
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<quoted>`[^`]+`)
  | (?P<name>[@A-Za-z_][\w@]*(?:\.(?:[\w@]+|`[^`]+`))*)
  | (?P<symbol>!=|<=|>=|=~|[|,()\[\]=<>+\-*/%^])
    """,
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/((?:[^/\\]|\\.)+)/", re.DOTALL)
_ESCAPED = re.compile(r"\\([\"'\\])")

MAXIMUM_DEPTH = 30
"""How deep expressions may lie in each other, so that reading and running them always ends."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the query.

    Attributes:
        kind: "period", "number", "string", "name", "symbol", or "end".
        text: what it says; a string without its quotation marks.
        start: where it begins.
        end: where it ends.
    """

    kind: str
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords, in any case."""
        return self.kind == "name" and self.text.lower() in words

    def is_symbol(self, *symbols: str) -> bool:
        """Whether it is one of these symbols."""
        return self.kind == "symbol" and self.text in symbols


class Lexer:
    """A query and how far it has been read.

    Attributes:
        text: the query.
        position: where the token that was read last ends.
        columns: what the last `stats` command gives, by name: `count(*)`, `bin(5m)`.
    """

    __slots__ = ("_next", "columns", "depth", "position", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.columns: frozenset[str] = frozenset()
        self.position = 0
        self.depth = 0
        self._next: Token | None = None

    def peek(self) -> Token:
        """Give the next token without reading it."""
        if self._next is None:
            self._next = self._read()
        return self._next

    def take(self) -> Token:
        """Read the next token."""
        token = self.peek()
        self.position = token.end
        self._next = None
        return token

    def take_word(self, *words: str) -> bool:
        """Read the next token if it is one of these keywords."""
        found = self.peek().is_word(*words)
        if found:
            self.take()
        return found

    def take_symbol(self, *symbols: str) -> str | None:
        """Read the next token if it is one of these symbols."""
        return self.take().text if self.peek().is_symbol(*symbols) else None

    def expect_symbol(self, symbol: str) -> Token:
        """Read the symbol that has to come next."""
        token = self.take()
        if not token.is_symbol(symbol):
            self.unexpected(token)
        return token

    def expect_word(self, word: str) -> None:
        """Read the keyword that has to come next."""
        if not self.take_word(word):
            self.unexpected(self.take())

    def regex(self) -> Token | None:
        """Read a regular expression between slashes, if one comes next."""
        start = self._after_blank()
        found = _REGEX.match(self.text, start)
        if found is None:
            return None
        self.position = found.end()
        self._next = None
        return Token("regex", found[1], found.start(), found.end())

    def take_adjacent(self, character: str) -> bool:
        """Read a character if it stands right behind what was read last."""
        found = self.text.startswith(character, self.position)
        if found:
            self.position += len(character)
            self._next = None
        return found

    def go_to(self, position: int) -> None:
        """Go on reading from another place."""
        self.position = position
        self._next = None

    def deeper(self) -> None:
        """Count one level of nesting; `shallower` takes it back."""
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            self.unexpected(self.peek())

    def shallower(self) -> None:
        """Leave a level of nesting."""
        self.depth -= 1

    def unexpected(self, token: Token) -> NoReturn:
        """Refuse a token.

        Raises:
            QueryError: always.
        """
        before = self.text[: token.start]
        line = before.count("\n") + 1
        column = token.start - (before.rfind("\n") + 1)
        written = self.text[token.start : token.end] or "<EOF>"
        raise QueryError(
            f"unexpected symbol found {written} at line {line} and position {column}",
            token.start,
            token.end,
        )

    def _after_blank(self) -> int:
        found = _BLANK.match(self.text, self.position)
        assert found is not None
        return found.end()

    def _read(self) -> Token:
        start = self._after_blank()
        if start >= len(self.text):
            return Token("end", "", start, start)
        found = _TOKEN.match(self.text, start)
        if found is None:
            self.unexpected(Token("symbol", self.text[start], start, start + 1))
        kind = str(found.lastgroup)
        written = found[0]
        if kind == "string":
            return Token(kind, _ESCAPED.sub(r"\1", written[1:-1]), start, found.end())
        if kind in ("quoted", "name"):
            return Token("name", written.replace("`", ""), start, found.end())
        return Token(kind, written, start, found.end())
