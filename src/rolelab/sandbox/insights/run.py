"""Running a query over log records.

AWS pages: *fields*, *display*, *stats*, *sort*, *limit*, *dedup*; *GetQueryResults* and
*QueryStatistics* (API Reference).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolelab.sandbox.insights.commands import (
    Command,
    Dedup,
    Fields,
    Filter,
    Limit,
    Parse,
    Query,
    Sort,
    Stats,
)
from rolelab.sandbox.insights.expressions import NOW
from rolelab.sandbox.insights.records import Record
from rolelab.sandbox.insights.values import Value, shown, sort_key, text, truth

DEFAULT_LIMIT = 10_000
"""Rows that a query gives where it says nothing else."""

_DEFAULT_COLUMNS = ("@timestamp", "@message")
_POINTER = "@ptr"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a query gives.

    Attributes:
        rows: for each row, its fields in order with their values as text.
        matched: records that the filters let through.
        scanned: records that were read.
        scanned_bytes: their size.
    """

    rows: tuple[tuple[tuple[str, str], ...], ...]
    matched: int
    scanned: int
    scanned_bytes: int


@dataclass(slots=True)
class _State:
    """The rows as the commands before left them."""

    rows: list[dict[str, Value]]
    columns: list[str] = field(default_factory=list)
    alone: bool = False
    parsed: list[str] = field(default_factory=list)
    grouped: bool = False
    sorted: bool = False
    limit: int | None = None
    matched: int | None = None

    def shown_columns(self) -> list[str]:
        if self.alone:
            return self.columns
        if not self.columns:
            return [*_DEFAULT_COLUMNS, *self.parsed]
        return list(dict.fromkeys([*self.columns, *self.parsed]))


def run(
    query: Query, records: Iterable[Record], *, limit: int | None = None, now: float = 0
) -> Outcome:
    """Run a query.

    Args:
        query: what `parse` gave.
        records: the log events in its window of time, in any order.
        limit: rows to give where the query has no `limit`.
        now: the time in seconds.
    """
    # Newest first, unless the query sorts otherwise.
    found = sorted(records, key=lambda record: record.timestamp, reverse=True)
    state = _State([{**record.fields(), NOW: int(now)} for record in found])
    for command in query.commands:
        _RUN[type(command)](state, command)
    if state.matched is None:
        state.matched = len(state.rows)
    rows = state.rows if state.limit is not None else state.rows[: limit or DEFAULT_LIMIT]
    names = state.shown_columns()
    if not state.grouped and _POINTER not in names:
        names = [*names, _POINTER]
    return Outcome(
        rows=tuple(_shown(row, names) for row in rows),
        matched=state.matched,
        scanned=len(found),
        scanned_bytes=sum(len(record.message.encode()) for record in found),
    )


def _shown(row: Mapping[str, Value], names: list[str]) -> tuple[tuple[str, str], ...]:
    """Give the columns of a row that have a value."""
    return tuple((name, shown(row[name])) for name in names if row.get(name) is not None)


def _fields(state: _State, command: Fields) -> None:
    for row in state.rows:
        # What a column is made of is read before any of them is changed.
        row.update({column.name: column.expression(row) for column in command.columns})
    names = [column.name for column in command.columns]
    if command.alone:
        state.columns, state.alone = list(dict.fromkeys(names)), True
    elif not state.alone:
        state.columns = list(dict.fromkeys([*state.columns, *names]))


def _filter(state: _State, command: Filter) -> None:
    state.rows = [row for row in state.rows if truth(command.condition(row))]


def _parse(state: _State, command: Parse) -> None:
    for row in state.rows:
        actual = text(command.source(row))
        found = None if actual is None else command.pattern.search(actual)
        for position, name in enumerate(command.names, start=1):
            if name:
                row[name] = None if found is None else found[position]
    state.parsed = list(dict.fromkeys([*state.parsed, *filter(None, command.names)]))


def _stats(state: _State, command: Stats) -> None:
    if state.matched is None:
        state.matched = len(state.rows)
    groups: dict[tuple[str | None, ...], list[dict[str, Value]]] = {}
    keys: dict[tuple[str | None, ...], list[Value]] = {}
    for row in state.rows:
        values = [column.expression(row) for column in command.by]
        key = tuple(text(value) for value in values)
        groups.setdefault(key, []).append(row)
        keys.setdefault(key, values)
    state.rows = [
        {
            **dict(zip((column.name for column in command.by), keys[key], strict=True)),
            **_results(command, rows),
        }
        for key, rows in groups.items()
    ]
    state.columns = [column.name for column in (*command.by, *command.columns)]
    state.parsed, state.alone, state.grouped = [], False, True


def _results(command: Stats, rows: list[dict[str, Value]]) -> dict[str, Value]:
    known: dict[str, Value] = {each.key: each.over(list(rows)) for each in command.aggregates}
    known[NOW] = rows[0].get(NOW)
    return {
        NOW: known[NOW],
        **{column.name: column.expression(known) for column in command.columns},
    }


def _sort(state: _State, command: Sort) -> None:
    for expression, descending in reversed(command.keys):
        state.rows.sort(key=lambda row: sort_key(expression(row)), reverse=descending)


def _limit(state: _State, command: Limit) -> None:
    if state.matched is None:
        state.matched = len(state.rows)
    state.rows = state.rows[-command.count :] if command.last else state.rows[: command.count]
    state.limit = command.count


def _dedup(state: _State, command: Dedup) -> None:
    if state.matched is None:
        state.matched = len(state.rows)
    seen: set[tuple[str, ...]] = set()
    kept = []
    for row in state.rows:
        key = tuple(text(each(row)) for each in command.fields)
        values = tuple(value for value in key if value is not None)
        # A row that lacks one of the fields is no duplicate.
        if len(values) < len(key) or values not in seen:
            kept.append(row)
        if len(values) == len(key):
            seen.add(values)
    state.rows = kept


_RUN: Mapping[type[Command], Callable[[_State, Any], None]] = {
    Fields: _fields,
    Filter: _filter,
    Parse: _parse,
    Stats: _stats,
    Sort: _sort,
    Limit: _limit,
    Dedup: _dedup,
}
