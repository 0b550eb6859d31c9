"""What an event pattern may be.

Matching is moto's; but it takes patterns that EventBridge refuses. AWS pages: *Amazon EventBridge
event patterns*; *Comparison operators for use in event patterns in Amazon EventBridge*.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping
from typing import Any

from rolelab.sandbox.fixes.events_errors import invalid_pattern

_ORDER = ("<", "<=", "=", ">", ">=")
_BOUNDED = 3


def read_pattern(text: str) -> dict[str, Any]:
    """Read an event pattern.

    Raises:
        ServiceError: InvalidEventPatternException.
    """
    try:
        pattern = json.loads(text)
        if not isinstance(pattern, dict):
            raise invalid_pattern("Filter is not an object")
        _check_object(pattern)
    except (ValueError, RecursionError) as error:
        raise invalid_pattern("Filter is not a valid JSON") from error
    return pattern


def _check_object(pattern: Mapping[str, Any]) -> None:
    if not pattern:
        raise invalid_pattern("Empty objects are not allowed")
    for name, value in pattern.items():
        if name == "$or" and isinstance(value, list):
            _check_alternatives(value)
        elif isinstance(value, Mapping):
            _check_object(value)
        elif isinstance(value, list):
            _check_values(value)
        else:
            raise invalid_pattern(f'"{name}" must be an object or an array')


def _check_alternatives(values: list[Any]) -> None:
    if len(values) < 2 or not all(isinstance(value, Mapping) for value in values):
        raise invalid_pattern("$or must be an array of at least two objects")
    for value in values:
        _check_object(value)


def _check_values(values: list[Any]) -> None:
    if not values:
        raise invalid_pattern("Empty arrays are not allowed")
    for value in values:
        if isinstance(value, Mapping):
            _check_filter(value)
        elif isinstance(value, list):
            raise invalid_pattern("Match value must be String, number, true, false, or null")


def _check_filter(found: Mapping[str, Any]) -> None:
    if len(found) != 1:
        raise invalid_pattern("Only one key allowed in match expression")
    ((name, value),) = found.items()
    if name not in _FILTERS:
        raise invalid_pattern(f"Unrecognized match type {name}")
    if not _FILTERS[name](value):
        raise invalid_pattern(f"Value of {name} is not valid")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_affix(value: Any) -> bool:
    """A text, or a text in any case."""
    if isinstance(value, Mapping):
        return list(value) == ["equals-ignore-case"] and _is_text(value["equals-ignore-case"])
    return _is_text(value)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _is_excluded(value: Any) -> bool:
    """What `anything-but` takes: a value, values, or a filter on texts."""
    if isinstance(value, Mapping):
        texts = ("prefix", "suffix", "equals-ignore-case", "wildcard")
        return len(value) == 1 and all(
            name in texts and (_is_affix(inner) or _all(_is_text)(inner))
            for name, inner in value.items()
        )
    return _is_plain(value) or _all(_is_plain)(value)


def _all(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and bool(value) and all(map(test, value))


def _is_range(value: Any) -> bool:
    """`["=", 5]`, or a lower and an upper bound: `[">", 0, "<=", 5]`."""
    if not isinstance(value, list) or len(value) not in (2, 4):
        return False
    signs, numbers = value[::2], value[1::2]
    return all(sign in _ORDER for sign in signs if isinstance(sign, str)) and all(
        [
            *(isinstance(sign, str) for sign in signs),
            *(_is_plain(each) and not isinstance(each, str) for each in numbers),
        ]
    )


def _is_cidr(value: Any) -> bool:
    try:
        ipaddress.ip_network(value if _is_text(value) else "", strict=False)
    except ValueError:
        return False
    return True


_FILTERS: Mapping[str, Callable[[Any], bool]] = {
    "anything-but": _is_excluded,
    "cidr": _is_cidr,
    "equals-ignore-case": _is_text,
    "exists": lambda value: isinstance(value, bool),
    "numeric": _is_range,
    "prefix": _is_affix,
    "suffix": _is_affix,
    "wildcard": _is_text,
}
