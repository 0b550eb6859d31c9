"""What is wrong with a text, and where."""

from __future__ import annotations

from dataclasses import dataclass

from rolelab.policy_playground.fields import LABELS

_AROUND = 2
"""So many lines before and after the line at fault are shown with it."""


class FaultError(ValueError):
    """A text that cannot be read.

    Attributes:
        reason: one sentence in the words of the field.
        offset: where in the text, in characters from its start; None when it has no one place.
    """

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


@dataclass(frozen=True, slots=True)
class ExcerptLine:
    """A line of the text at fault: its number from 1, and whether it is the one."""

    number: int
    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of one field.

    Attributes:
        field: the name of the field.
        reason: one sentence.
        line: counted from 1, or None when the fault has no one place.
        column: counted from 1, or None.
        excerpt: the line with those around it; empty for a field of one line.
    """

    field: str
    reason: str
    line: int | None = None
    column: int | None = None
    excerpt: tuple[ExcerptLine, ...] = ()

    @property
    def place_and_reason(self) -> str:
        """Field, line and reason: it stays the same while somebody types on along a line."""
        place = f", line {self.line}" if self.line and self.excerpt else ""
        return f"{LABELS[self.field]}{place}: {_closed(self.reason)}"

    @property
    def sentence(self) -> str:
        """Field, place and reason: "Identity-based policy, line 4, column 17: ..."."""
        place = f", line {self.line}, column {self.column}" if self.line and self.excerpt else ""
        return f"{LABELS[self.field]}{place}: {_closed(self.reason)}"


def _closed(reason: str) -> str:
    return reason if reason.endswith((".", "?")) else f"{reason}."


def located(field: str, text: str, error: FaultError) -> Fault:
    """The fault that an error is in a text."""
    if error.offset is None:
        return Fault(field, error.reason)
    before = text[: error.offset]
    line = before.count("\n") + 1
    column = error.offset - (before.rfind("\n") + 1) + 1
    return Fault(field, error.reason, line, column, _excerpt(text, line))


def _excerpt(text: str, line: int) -> tuple[ExcerptLine, ...]:
    # Not splitlines: it breaks at more characters than an editor does.
    lines = text.split("\n")
    first, last = max(1, line - _AROUND), min(len(lines), line + _AROUND)
    return tuple(
        ExcerptLine(number, lines[number - 1], number == line) for number in range(first, last + 1)
    )
