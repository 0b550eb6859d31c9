"""Reading a query: commands, separated by pipes.

AWS pages: *CloudWatch Logs Insights language query syntax*, and *display*, *fields*, *filter*,
*stats*, *sort*, *parse*, *limit* and *dedup* below it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rolelab.sandbox.insights.commands import (
    Column,
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
from rolelab.sandbox.insights.errors import NotModelledError, QueryError
from rolelab.sandbox.insights.expressions import Aggregate, Expression, Reader
from rolelab.sandbox.insights.lexer import Lexer, Token
from rolelab.sandbox.insights.regexes import compile_glob, compile_regex

MAXIMUM_STATS = 2
"""`stats` commands in one query."""
MAXIMUM_LIMIT = 100_000

NOT_MODELLED = frozenset(
    {"anomaly", "diff", "expand", "filterindex", "join", "lookup", "pattern", "search", "source"}
    | {"unmask", "unnest"}
)
"""Commands that AWS has besides."""


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        QueryError: it is none; with the place.
        NotModelledError: it has a command or a function that is not modelled.
    """
    lexer = Lexer(text)
    commands: list[Command] = []
    starts: list[Token] = []
    while True:
        start = lexer.take()
        name = start.text.lower() if start.kind == "name" else ""
        if name in NOT_MODELLED:
            raise NotModelledError(f"the command {start.text}")
        if name not in _COMMANDS:
            lexer.unexpected(start)
        commands.append(_COMMANDS[name](lexer))
        starts.append(start)
        if lexer.peek().kind == "end":
            break
        lexer.expect_symbol("|")
    _check_order(commands, starts)
    return Query(tuple(commands))


def _check_order(commands: list[Command], starts: list[Token]) -> None:
    """Refuse commands where they make no sense. Pages: *stats*, notes; *dedup*."""
    stats = [position for position, each in enumerate(commands) if isinstance(each, Stats)]
    if len(stats) > MAXIMUM_STATS:
        _refuse(f"a query can have {MAXIMUM_STATS} stats commands", starts[stats[MAXIMUM_STATS]])
    last_stats = stats[-1] if stats else 0
    deduplicated = False
    for position, (command, start) in enumerate(zip(commands, starts, strict=True)):
        if isinstance(command, Sort | Limit) and position < last_stats:
            _refuse(f"{start.text} has to come after the last stats command", start)
        if deduplicated and not isinstance(command, Limit):
            _refuse("only limit can come after dedup", start)
        deduplicated = deduplicated or isinstance(command, Dedup)


def _refuse(message: str, token: Token) -> None:
    raise QueryError(message, token.start, token.end)


def _columns(lexer: Lexer, aggregates: list[Aggregate] | None = None) -> tuple[Column, ...]:
    reader = Reader(lexer, aggregates)
    columns = [_column(lexer, reader)]
    while lexer.take_symbol(","):
        columns.append(_column(lexer, reader))
    return tuple(columns)


def _column(lexer: Lexer, reader: Reader) -> Column:
    expression, name = reader.read()
    if lexer.take_word("as"):
        name = _name(lexer)
    return Column(name, expression)


def _name(lexer: Lexer) -> str:
    token = lexer.take()
    if token.kind != "name":
        lexer.unexpected(token)
    return token.text


def _fields(lexer: Lexer) -> Fields:
    return Fields(_columns(lexer), alone=False)


def _display(lexer: Lexer) -> Fields:
    return Fields(_columns(lexer), alone=True)


def _filter(lexer: Lexer) -> Filter:
    return Filter(Reader(lexer).read()[0])


def _stats(lexer: Lexer) -> Stats:
    aggregates: list[Aggregate] = []
    columns = _columns(lexer, aggregates)
    by = _columns(lexer) if lexer.take_word("by") else ()
    lexer.columns = frozenset(column.name for column in (*by, *columns))
    return Stats(columns, tuple(aggregates), by)


def _sort(lexer: Lexer) -> Sort:
    keys: list[tuple[Expression, bool]] = []
    while True:
        expression, _ = Reader(lexer).read()
        descending = lexer.take_word("desc")
        if not descending:
            lexer.take_word("asc")
        keys.append((expression, descending))
        if not lexer.take_symbol(","):
            return Sort(tuple(keys))


def _order(lexer: Lexer) -> Sort:
    lexer.take_word("by")
    return _sort(lexer)


def _count(lexer: Lexer) -> int:
    token = lexer.take()
    if token.kind != "number" or not token.text.isdigit() or len(token.text) > 9:
        lexer.unexpected(token)
    count = int(token.text)
    if not 1 <= count <= MAXIMUM_LIMIT:
        _refuse(f"limit has to lie between 1 and {MAXIMUM_LIMIT}", token)
    return count


def _limit(lexer: Lexer) -> Limit:
    lexer.take_word("any")
    return Limit(_count(lexer))


def _tail(lexer: Lexer) -> Limit:
    return Limit(_count(lexer), last=True)


def _dedup(lexer: Lexer) -> Dedup:
    return Dedup(tuple(column.expression for column in _columns(lexer)))


def _parse(lexer: Lexer) -> Parse:
    source: Expression = lambda row: row.get("@message")  # noqa: E731 - the default field
    token = lexer.regex()
    if token is None and lexer.peek().kind != "string":
        source = Reader(lexer).read_field()
        token = lexer.regex()
    if token is not None:
        return _parse_regex(lexer, source, token)
    token = lexer.take()
    if token.kind != "string":
        lexer.unexpected(token)
    lexer.expect_word("as")
    names = [_name(lexer)]
    while lexer.take_symbol(","):
        names.append(_name(lexer))
    if len(names) != token.text.count("*"):
        _refuse("the number of aliases has to be that of the asterisks", token)
    return Parse(source, compile_glob(token.text), tuple(names))


def _parse_regex(lexer: Lexer, source: Expression, token: Token) -> Parse:
    compiled = compile_regex(token.text)
    if compiled is None:
        _refuse("invalid regular expression", token)
    assert compiled is not None
    named = {position: name for name, position in compiled.groupindex.items()}
    names = tuple(named.get(position, "") for position in range(1, compiled.groups + 1))
    if lexer.take_word("as"):
        # Groups without names are named here, in their order.
        given = [_name(lexer)]
        while lexer.take_symbol(","):
            given.append(_name(lexer))
        if len(given) != len(names):
            _refuse("the number of aliases has to be that of the groups", token)
        names = tuple(given)
    if not any(names):
        _refuse("a regular expression needs named groups", token)
    return Parse(source, compiled, names)


_COMMANDS: Mapping[str, Callable[[Lexer], Command]] = {
    "fields": _fields,
    "display": _display,
    "filter": _filter,
    "stats": _stats,
    "sort": _sort,
    "order": _order,
    "parse": _parse,
    "limit": _limit,
    "head": _limit,
    "tail": _tail,
    "dedup": _dedup,
}
