"""The functions of expressions.

AWS page: *Boolean, comparison, numeric, datetime, and other functions*. A function gives nothing
(None) where its arguments are not of the kind it takes.
"""

from __future__ import annotations

import ipaddress
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rolelab.sandbox.insights.periods import Period
from rolelab.sandbox.insights.values import Timestamp, Value, number, sort_key, text, truth

Arguments = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function and how many arguments it takes; None for any number."""

    call: Callable[..., Value]
    least: int
    most: int | None


def _numeric(calculate: Callable[[Any], Any]) -> Callable[[Value], Value]:
    def call(value: Value) -> Value:
        found = number(value)
        if found is None:
            return None
        try:
            return calculate(found)
        except (ValueError, OverflowError):
            # The logarithm of 0, the root of -1.
            return None

    return call


def _textual(change: Callable[[str], Value]) -> Callable[[Value], Value]:
    def call(value: Value) -> Value:
        found = text(value)
        return None if found is None else change(found)

    return call


def _extreme(choose: Callable[..., Any]) -> Callable[..., Value]:
    def call(*values: Value) -> Value:
        found = [each for each in map(number, values) if each is not None]
        return choose(found) if found else None

    return call


def _round(value: Value, digits: Value = 0) -> Value:
    found, places = number(value), number(digits)
    if found is None or places is None or abs(places) > 15:
        return None
    rounded = math.floor(found * 10 ** int(places) + 0.5) / 10 ** int(places)
    return int(rounded) if rounded == int(rounded) else rounded


def _coalesce(*values: Value) -> Value:
    return next((value for value in values if value is not None), None)


def _concat(*values: Value) -> Value:
    return "".join(text(value) or "" for value in values)


def _strip(side: str) -> Callable[..., Value]:
    def call(value: Value, characters: Value = None) -> Value:
        found = text(value)
        return None if found is None else getattr(found, side)(text(characters))

    return call


def _substr(value: Value, start: Value, length: Value = None) -> Value:
    found, begin, count = text(value), number(start), number(length)
    if found is None or begin is None or begin < 0 or (count is not None and count < 0):
        return None
    return found[int(begin) :] if count is None else found[int(begin) : int(begin) + int(count)]


def _replace(value: Value, old: Value, new: Value) -> Value:
    found, before, after = text(value), text(old), text(new)
    if found is None or before is None or after is None:
        return None
    return found.replace(before, after) if before else found


def _strcontains(value: Value, part: Value, any_case: Value = 0) -> Value:
    found, wanted = text(value), text(part)
    if found is None or wanted is None:
        return 0
    if truth(any_case):
        found, wanted = found.lower(), wanted.lower()
    return int(wanted in found)


def _json_parse(value: Value) -> Value:
    found = text(value)
    try:
        parsed = json.loads(found or "")
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict | list) else None


def _json_stringify(value: Value) -> Value:
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict | list) else None


def _as_list(value: Value) -> list[Any] | None:
    parsed = value if isinstance(value, list) else _json_parse(value)
    return parsed if isinstance(parsed, list) else None


def _json_array_size(value: Value) -> Value:
    parsed = _as_list(value)
    return None if parsed is None else len(parsed)


def _json_array_contains(value: Value, wanted: Value) -> Value:
    return int(any(text(each) == text(wanted) for each in _as_list(value) or ()))


def _case(*values: Value) -> Value:
    for position in range(0, len(values) - 1, 2):
        if truth(values[position]):
            return values[position + 1]
    return values[-1] if len(values) % 2 else None


def _if(condition: Value, yes: Value, no: Value) -> Value:
    return yes if truth(condition) else no


def _floor_date(value: Value, period: Value) -> Value:
    at = number(value)
    return None if at is None or not isinstance(period, Period) else period.floor(int(at))


def _ceiling_date(value: Value, period: Value) -> Value:
    at = number(value)
    return None if at is None or not isinstance(period, Period) else period.ceiling(int(at))


def _address(value: Value) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address((text(value) or "").strip())
    except ValueError:
        return None


def _is_ip(*versions: int) -> Callable[[Value], Value]:
    def call(value: Value) -> Value:
        found = _address(value)
        return int(found is not None and found.version in versions)

    return call


def _in_subnet(*versions: int) -> Callable[[Value, Value], Value]:
    def call(value: Value, subnet: Value) -> Value:
        found = _address(value)
        try:
            network = ipaddress.ip_network(text(subnet) or "", strict=False)
        except ValueError:
            return 0
        same = found is not None and found.version == network.version
        return int(same and network.version in versions and found in network)

    return call


def _size(value: Value) -> Value:
    found = text(value)
    return None if found is None else len(found.encode())


_ANY = None

FUNCTIONS: Mapping[str, Function] = {
    # Numbers.
    "abs": Function(_numeric(abs), 1, 1),
    "ceil": Function(_numeric(math.ceil), 1, 1),
    "floor": Function(_numeric(math.floor), 1, 1),
    "greatest": Function(_extreme(max), 1, _ANY),
    "least": Function(_extreme(min), 1, _ANY),
    "log": Function(_numeric(math.log), 1, 1),
    "round": Function(_round, 1, 2),
    "sqrt": Function(_numeric(math.sqrt), 1, 1),
    "tonumber": Function(number, 1, 1),
    "toint": Function(_numeric(int), 1, 1),
    "tolong": Function(_numeric(int), 1, 1),
    "todouble": Function(_numeric(float), 1, 1),
    # Any values.
    "ispresent": Function(lambda value: int(value is not None), 1, 1),
    "isnumeric": Function(lambda value: int(number(value) is not None), 1, 1),
    "coalesce": Function(_coalesce, 1, _ANY),
    "case": Function(_case, 2, 21),
    "if": Function(_if, 3, 3),
    # Texts.
    "isempty": Function(lambda value: int(not text(value)), 1, 1),
    "isblank": Function(lambda value: int(not (text(value) or "").strip()), 1, 1),
    "concat": Function(_concat, 1, _ANY),
    "ltrim": Function(_strip("lstrip"), 1, 2),
    "rtrim": Function(_strip("rstrip"), 1, 2),
    "trim": Function(_strip("strip"), 1, 2),
    "strlen": Function(_textual(len), 1, 1),
    "messagesize": Function(_size, 1, 1),
    "toupper": Function(_textual(str.upper), 1, 1),
    "tolower": Function(_textual(str.lower), 1, 1),
    "substr": Function(_substr, 2, 3),
    "replace": Function(_replace, 3, 3),
    "strcontains": Function(_strcontains, 2, 3),
    # JSON.
    "jsonparse": Function(_json_parse, 1, 1),
    "jsonstringify": Function(_json_stringify, 1, 1),
    "jsonarraysize": Function(_json_array_size, 1, 1),
    "jsonarraycontains": Function(_json_array_contains, 2, 2),
    # Times.
    "datefloor": Function(_floor_date, 2, 2),
    "dateceil": Function(_ceiling_date, 2, 2),
    "frommillis": Function(_numeric(lambda value: Timestamp(int(value))), 1, 1),
    "tomillis": Function(_numeric(int), 1, 1),
    # Addresses.
    "isvalidip": Function(_is_ip(4, 6), 1, 1),
    "isvalidipv4": Function(_is_ip(4), 1, 1),
    "isvalidipv6": Function(_is_ip(6), 1, 1),
    "isipinsubnet": Function(_in_subnet(4, 6), 2, 2),
    "isipv4insubnet": Function(_in_subnet(4), 2, 2),
    "isipv6insubnet": Function(_in_subnet(6), 2, 2),
}

NOT_MODELLED = frozenset(
    {"formatdate", "haversine", "ipv4tonumber", "isprivateip", "ispublicip", "isreservedip"}
    | {"parsedate", "queryendtime", "querystarttime", "querytimerange", "strftime"}
)
"""Functions that AWS has besides."""


# Aggregates: what a group of rows gives.


def _numbers(values: Arguments) -> list[Any]:
    return [each for each in map(number, values) if each is not None]


def _present(values: Arguments) -> list[Value]:
    return [value for value in values if text(value) is not None]


def _sum(values: Arguments) -> Value:
    found = _numbers(values)
    return sum(found) if found else None


def _average(values: Arguments) -> Value:
    found = _numbers(values)
    return sum(found) / len(found) if found else None


def _deviation(values: Arguments) -> Value:
    found = _numbers(values)
    if not found:
        return None
    mean = sum(found) / len(found)
    return math.sqrt(sum((each - mean) ** 2 for each in found) / len(found))


def _least(values: Arguments) -> Value:
    return min(_present(values), key=sort_key, default=None)


def _greatest(values: Arguments) -> Value:
    return max(_present(values), key=sort_key, default=None)


def _first(values: Arguments) -> Value:
    return next((value for value in values if value is not None), None)


def percentile(values: Arguments, percent: float) -> Value:
    """Give the value below which that part of the values lies."""
    found = sorted(_numbers(values))
    if not found:
        return None
    rank = math.ceil(min(max(percent, 0), 100) / 100 * len(found))
    return found[max(rank, 1) - 1]


AGGREGATES: Mapping[str, Callable[[Arguments], Value]] = {
    "avg": _average,
    "count": lambda values: len([value for value in values if value is not None]),
    "count_distinct": lambda values: len({text(value) for value in _present(values)}),
    "max": _greatest,
    "min": _least,
    "stddev": _deviation,
    "sum": _sum,
    "sortsfirst": _least,
    "sortslast": _greatest,
    # These take the rows in order of time: oldest first, newest first.
    "earliest": _first,
    "latest": _first,
}
