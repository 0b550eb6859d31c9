"""What every kind of filter pattern can do, and the error of a text that is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

INVALID = "Invalid filter pattern"
"""AWS's message where it gives no reason."""


class PatternError(ValueError):
    """A text that is not a filter pattern. Its message is the one that AWS answers."""


class Pattern(Protocol):
    """A filter pattern that was read."""

    def matches(self, message: str) -> bool:
        """Whether a log event with this message matches."""

    def extract(self, message: str) -> Mapping[str, str]:
        """Give the fields of a space-delimited message by `$name`; of any other message none."""

    def value_of(self, selector: str, message: str) -> str | None:
        """Give what a metric's `$field` or `$.property` takes from a message; None if nothing."""
