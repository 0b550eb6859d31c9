"""Expressions: what they read, and what they give for a row.

AWS pages: *filter*; *Boolean, comparison, numeric, datetime, and other functions*.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolelab.sandbox.insights.errors import NotModelledError, QueryError
from rolelab.sandbox.insights.functions import AGGREGATES, FUNCTIONS, NOT_MODELLED, percentile
from rolelab.sandbox.insights.lexer import Lexer, Token
from rolelab.sandbox.insights.periods import Period
from rolelab.sandbox.insights.regexes import compile_regex, contains
from rolelab.sandbox.insights.values import Value, equal, number, order, text, truth

Row = Mapping[str, Value]
Expression = Callable[[Row], Value]

NOW = "\0now"
"""Where a row holds the time of the query, in seconds."""

_COMPARISONS: Mapping[str, Callable[[int], bool]] = {
    "<": lambda found: found < 0,
    "<=": lambda found: found <= 0,
    ">": lambda found: found > 0,
    ">=": lambda found: found >= 0,
}
_OPERATORS = ("and", "or", "in", "like", "by", "as")
_ADD = ("+", "-")
_MULTIPLY = ("*", "/", "%")


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A function of a group of rows.

    Attributes:
        key: where a row of groups holds its result.
        name: `sum`, `pct`, ...
        argument: what it reads of each row; None counts rows.
        percent: of `pct`.
    """

    key: str
    name: str
    argument: Expression | None
    percent: float = 0

    def over(self, rows: list[Row]) -> Value:
        """Give the result for a group of rows."""
        if self.argument is None:
            return len(rows)
        if self.name in ("earliest", "latest"):
            rows = sorted(
                rows,
                key=lambda row: number(row.get("@timestamp")) or 0,
                reverse=self.name == "latest",
            )
        values = [self.argument(row) for row in rows]
        if self.name == "pct":
            return percentile(values, self.percent)
        try:
            return AGGREGATES[self.name](values)
        except ArithmeticError:
            # Numbers that are too large to calculate with.
            return None


@dataclass(slots=True)
class Reader:
    """Reads expressions.

    Attributes:
        lexer: the query.
        aggregates: those found so far; None where there may be none.
    """

    lexer: Lexer
    aggregates: list[Aggregate] | None = field(default=None)

    def read(self) -> tuple[Expression, str]:
        """Read an expression.

        Returns:
            The expression, and how it is written, which names its column.

        Raises:
            QueryError: there is none.
            NotModelledError: it has a function that is not modelled.
        """
        start = self.lexer.peek().start
        expression = self._disjunction()
        written = self.lexer.text[start : self.lexer.position].strip()
        return expression, written.strip("`")

    def read_field(self) -> Expression:
        """Read a field, and nothing that would take a slash for a division.

        Raises:
            QueryError: there is none.
        """
        return self._primary()

    def _disjunction(self) -> Expression:
        self.lexer.deeper()
        parts = [self._conjunction()]
        while self.lexer.take_word("or"):
            parts.append(self._conjunction())
        self.lexer.shallower()
        if len(parts) == 1:
            return parts[0]
        return lambda row: int(any(truth(part(row)) for part in parts))

    def _conjunction(self) -> Expression:
        parts = [self._negation()]
        while self.lexer.take_word("and"):
            parts.append(self._negation())
        if len(parts) == 1:
            return parts[0]
        return lambda row: int(all(truth(part(row)) for part in parts))

    def _negation(self) -> Expression:
        negated = False
        while self.lexer.take_word("not"):
            negated = not negated
        inner = self._comparison()
        return (lambda row: int(not truth(inner(row)))) if negated else inner

    def _comparison(self) -> Expression:
        left = self._sum()
        sign = self.lexer.take_symbol("=", "!=", "<", "<=", ">", ">=", "=~")
        if sign == "=~":
            return self._like(left)
        if sign is not None:
            return _compare(sign, left, self._sum())
        if self.lexer.take_word("like"):
            return self._like(left)
        if self.lexer.take_word("in"):
            return self._in(left)
        if self.lexer.take_word("not"):
            if self.lexer.take_word("like"):
                found = self._like(left)
            else:
                self.lexer.expect_word("in")
                found = self._in(left)
            return lambda row: int(not found(row))
        return left

    def _like(self, left: Expression) -> Expression:
        token = self.lexer.regex()
        if token is not None:
            compiled = compile_regex(token.text)
            if compiled is None:
                raise QueryError("invalid regular expression", token.start, token.end)
            test: Callable[[str], Any] = compiled.search
        else:
            token = self.lexer.take()
            if token.kind != "string":
                self.lexer.unexpected(token)
            test = contains(token.text)

        def like(row: Row) -> Value:
            actual = text(left(row))
            return int(actual is not None and bool(test(actual)))

        return like

    def _in(self, left: Expression) -> Expression:
        self.lexer.expect_symbol("[")
        choices = [self._sum()]
        while self.lexer.take_symbol(","):
            choices.append(self._sum())
        self.lexer.expect_symbol("]")

        def within(row: Row) -> Value:
            actual = left(row)
            return int(any(equal(actual, choice(row)) for choice in choices))

        return within

    def _sum(self) -> Expression:
        return self._chain(_ADD, self._product)

    def _product(self) -> Expression:
        return self._chain(_MULTIPLY, self._power)

    def _chain(self, signs: tuple[str, ...], part: Callable[[], Expression]) -> Expression:
        first = part()
        rest: list[tuple[str, Expression]] = []
        while (sign := self.lexer.take_symbol(*signs)) is not None:
            rest.append((sign, part()))
        if not rest:
            return first

        def chained(row: Row) -> Value:
            value = first(row)
            for sign, operand in rest:
                value = _calculate(sign, value, operand(row))
            return value

        return chained

    def _power(self) -> Expression:
        base = self._signed()
        if not self.lexer.take_symbol("^"):
            return base
        self.lexer.deeper()
        exponent = self._power()
        self.lexer.shallower()
        return lambda row: _calculate("^", base(row), exponent(row))

    def _signed(self) -> Expression:
        negative = False
        while (sign := self.lexer.take_symbol("-", "+")) is not None:
            negative ^= sign == "-"
        inner = self._primary()
        return (lambda row: _calculate("-", 0, inner(row))) if negative else inner

    def _primary(self) -> Expression:
        token = self.lexer.take()
        if token.is_symbol("("):
            inner = self._disjunction()
            self.lexer.expect_symbol(")")
            return inner
        if token.kind != "name":
            return self._literal(token)
        if token.is_word(*_OPERATORS):
            self.lexer.unexpected(token)
        if self.lexer.peek().is_symbol("("):
            return self._function(token)
        if token.is_word("true", "false"):
            return _constant(int(token.is_word("true")))
        return self._indexed(_field(token.text))

    def _literal(self, token: Token) -> Expression:
        if token.kind == "string":
            return _constant(token.text)
        readers: Mapping[str, Callable[[str], Value]] = {"number": number, "period": Period.read}
        value = readers[token.kind](token.text) if token.kind in readers else None
        if value is None:
            self.lexer.unexpected(token)
        return _constant(value)

    def _indexed(self, inner: Expression) -> Expression:
        """Read `list[1]`, and what lies below it."""
        steps: list[Any] = []
        while self.lexer.peek().is_symbol("["):
            self.lexer.take()
            token = self.lexer.take()
            if token.kind != "number" or not token.text.isdigit() or len(token.text) > 9:
                self.lexer.unexpected(token)
            steps.append(int(token.text))
            self.lexer.expect_symbol("]")
            steps.extend(self._below())
        if not steps:
            return inner
        return lambda row: _walk(inner(row), steps)

    def _below(self) -> list[str]:
        """Read `.name.name` right behind a bracket."""
        if not self.lexer.take_adjacent("."):
            return []
        token = self.lexer.take()
        if token.kind != "name":
            self.lexer.unexpected(token)
        return token.text.split(".")

    def _function(self, token: Token) -> Expression:
        """Read a call; behind `stats`, it may be the name of a column that was calculated there."""
        name = token.text.lower()
        aggregates = name in AGGREGATES or name == "pct"
        column = None
        if aggregates and self.aggregates is None:
            column = self._column(token)
            if column is None:
                self.lexer.unexpected(token)
        called = column or (self._aggregate if aggregates else self._call)(token, name)
        written = self.lexer.text[token.start : self.lexer.position]
        return _column(written) if written in self.lexer.columns else called

    def _column(self, token: Token) -> Expression | None:
        """Read the name of a column that looks like a call, if there is such a column."""
        for name in sorted(self.lexer.columns, key=len, reverse=True):
            if self.lexer.text.startswith(name, token.start):
                self.lexer.go_to(token.start + len(name))
                return _column(name)
        return None

    def _call(self, token: Token, name: str) -> Expression:
        self.lexer.expect_symbol("(")
        if name == "now":
            self.lexer.expect_symbol(")")
            return lambda row: row.get(NOW)
        arguments = self._arguments()
        if name == "bin":
            return self._bin(token, arguments)
        if name in NOT_MODELLED:
            raise NotModelledError(f"the function {token.text}")
        known = FUNCTIONS.get(name)
        if known is None:
            raise QueryError(f"Invalid function: {token.text}", token.start, token.end)
        count = len(arguments)
        if count < known.least or (known.most is not None and count > known.most):
            raise QueryError(
                f"Invalid number of arguments for function {token.text}", token.start, token.end
            )
        function = known.call

        def called(row: Row) -> Value:
            try:
                return function(*(argument(row) for argument in arguments))
            except ArithmeticError:
                # A number that is too large to calculate with.
                return None

        return called

    def _bin(self, token: Token, arguments: list[Expression]) -> Expression:
        period = arguments[0]({}) if len(arguments) == 1 else None
        if not isinstance(period, Period):
            raise QueryError(f"Invalid argument for {token.text}", token.start, token.end)

        def binned(row: Row) -> Value:
            at = number(row.get("@timestamp"))
            return None if at is None else period.floor(int(at))

        return binned

    def _arguments(self) -> list[Expression]:
        arguments: list[Expression] = []
        if self.lexer.take_symbol(")"):
            return arguments
        arguments.append(self._disjunction())
        while self.lexer.take_symbol(","):
            arguments.append(self._disjunction())
        self.lexer.expect_symbol(")")
        return arguments

    def _aggregate(self, token: Token, name: str) -> Expression:
        outer, self.aggregates = self.aggregates, None
        assert outer is not None
        self.lexer.expect_symbol("(")
        if name == "count" and self.lexer.take_symbol("*"):
            self.lexer.expect_symbol(")")
            arguments: list[Expression] = []
        else:
            arguments = self._arguments()
        self.aggregates = outer
        percent = 0.0
        if name == "pct" and len(arguments) == 2:
            percent = float(number(arguments.pop()({})) or 0)
        if len(arguments) > 1 or (not arguments and name != "count"):
            raise QueryError(
                f"Invalid number of arguments for function {token.text}", token.start, token.end
            )
        key = f"\0{len(outer)}"
        outer.append(Aggregate(key, name, arguments[0] if arguments else None, percent))
        return lambda row: row.get(key)


def _column(name: str) -> Expression:
    return lambda row: row.get(name)


def _constant(value: Value) -> Expression:
    return lambda row: value


def _compare(sign: str, left: Expression, right: Expression) -> Expression:
    if sign == "=":
        return lambda row: int(equal(left(row), right(row)))
    if sign == "!=":
        return lambda row: int(not equal(left(row), right(row)))
    holds = _COMPARISONS[sign]

    def compared(row: Row) -> Value:
        found = order(left(row), right(row))
        return int(found is not None and holds(found))

    return compared


_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": math.fmod,
    "^": lambda base, exponent: float(base) ** float(exponent),
}


def _calculate(sign: str, left: Value, right: Value) -> Value:
    """Calculate with numbers; nothing comes of anything else, nor of a division by 0."""
    first, second = number(left), number(right)
    if first is None or second is None:
        return None
    try:
        found = _OPERATIONS[sign](first, second)
    except (ArithmeticError, ValueError):
        return None
    return found if isinstance(found, int | float) and number(found) is not None else None


def _field(name: str) -> Expression:
    """Give an expression that reads a field, or what lies in a map under a dotted name."""
    parts = name.split(".")

    def read(row: Row) -> Value:
        if name in row:
            return row[name]
        for position in range(len(parts) - 1, 0, -1):
            outer = row.get(".".join(parts[:position]))
            if isinstance(outer, dict | list):
                return _walk(outer, parts[position:])
        return None

    return read


def _walk(node: Value, steps: list[Any]) -> Value:
    for step in steps:
        if isinstance(node, dict):
            node = node.get(str(step))
        elif isinstance(node, list) and str(step).isdigit() and int(step) < len(node):
            node = node[int(step)]
        else:
            return None
    return int(node) if isinstance(node, bool) else node
