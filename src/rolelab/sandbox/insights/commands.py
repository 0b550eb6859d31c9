"""The commands of a query."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rolelab.sandbox.insights.expressions import Aggregate, Expression


@dataclass(frozen=True, slots=True)
class Column:
    """An expression and the name under which its value is kept."""

    name: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Fields:
    """`fields`: further columns. `display`: these columns and no others."""

    columns: tuple[Column, ...]
    alone: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """`filter`: only the rows for which a condition holds."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class Parse:
    """`parse`: fields out of a text, by a glob or a regular expression.

    Attributes:
        source: the text.
        pattern: the expression; its groups are the fields.
        names: the names of the groups, in their order.
    """

    source: Expression
    pattern: re.Pattern[str]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stats:
    """`stats`: one row for each group of rows."""

    columns: tuple[Column, ...]
    aggregates: tuple[Aggregate, ...]
    by: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Sort:
    """`sort`: by each expression, from the last to the first where it is descending."""

    keys: tuple[tuple[Expression, bool], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """`limit`: so many rows; `tail`: so many of the last."""

    count: int
    last: bool = False


@dataclass(frozen=True, slots=True)
class Dedup:
    """`dedup`: one row for each value of the fields."""

    fields: tuple[Expression, ...]


Command = Fields | Filter | Parse | Stats | Sort | Limit | Dedup


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read."""

    commands: tuple[Command, ...]
