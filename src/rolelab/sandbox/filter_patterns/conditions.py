"""Conditions joined by `&&` and `||`, with parentheses: () before && before ||."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from rolelab.sandbox.filter_patterns.scanner import Scanner

T = TypeVar("T")
Test = Callable[[T], bool]


@dataclass(frozen=True, slots=True)
class _All(Generic[T]):
    parts: tuple[Test[T], ...]

    def __call__(self, event: T) -> bool:
        return all(part(event) for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Any(Generic[T]):
    parts: tuple[Test[T], ...]

    def __call__(self, event: T) -> bool:
        return any(part(event) for part in self.parts)


def read_expression(scanner: Scanner, read_one: Callable[[Scanner], Test[T]]) -> Test[T]:
    """Read an expression whose single conditions `read_one` reads.

    Raises:
        PatternError: there is none.
    """
    parts = [_conjunction(scanner, read_one)]
    while scanner.take("||"):
        parts.append(_conjunction(scanner, read_one))
    return parts[0] if len(parts) == 1 else _Any(tuple(parts))


def _conjunction(scanner: Scanner, read_one: Callable[[Scanner], Test[T]]) -> Test[T]:
    parts = [_primary(scanner, read_one)]
    while scanner.take("&&"):
        parts.append(_primary(scanner, read_one))
    return parts[0] if len(parts) == 1 else _All(tuple(parts))


def _primary(scanner: Scanner, read_one: Callable[[Scanner], Test[T]]) -> Test[T]:
    if not scanner.open():
        return read_one(scanner)
    inner = read_expression(scanner, read_one)
    scanner.close()
    return inner
