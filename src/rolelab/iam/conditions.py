"""Condition operators: one row each, and how several values combine.

AWS pages: *IAM JSON policy elements: Condition operators*, *Conditions with multiple context keys
or values*, *Set operators for multivalued context keys*.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from rolelab.iam.policy_error import PolicyError
from rolelab.iam.variables import Context, Template, read_template
from rolelab.iam.wildcard import Matcher, arn_matcher, canonical, readable, string_matcher

Compile = Callable[[str], Matcher]
"""Turns one value of the policy into a matcher; raises ValueError when it cannot be read."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator.

    Attributes:
        compile: how a policy's value becomes a matcher.
        negated: True for the Not... operators: true when no value of the policy matches.
        variables: whether policy variables are filled in. AWS fills them for strings and ARNs.
        expects: what a value must look like, for the error message.
    """

    compile: Compile
    negated: bool = False
    variables: bool = False
    expects: str = "text"


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a Condition block: an operator, a key, the values.

    Attributes:
        operator: as written, with its set operator and IfExists.
        key: as written.
        values: as written, as text.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    row: Operator
    quantifier: str
    if_exists: bool
    wanted: tuple[Matcher | Template, ...]
    lookup: str

    def met(self, context: Context) -> bool:
        """Whether the request's values for the key satisfy this line."""
        present = context.get(self.lookup, ())
        if self.row is _NULL:
            return self._null(present)
        if not present:
            return self._absent()
        matchers = self._matchers(context)
        return _COMBINE[self.quantifier](present, matchers, self.row.negated)

    def _null(self, present: tuple[str, ...]) -> bool:
        """An empty text is a null value, as for the set operators."""
        absent = "false" if any(present) else "true"
        return any(matcher(absent) for matcher in self.wanted if not isinstance(matcher, Template))

    def _absent(self) -> bool:
        if self.if_exists or self.quantifier == FOR_ALL:
            return True
        return self.row.negated and self.quantifier == SINGLE

    def _matchers(self, context: Context) -> list[Matcher]:
        matchers = []
        for wanted in self.wanted:
            if isinstance(wanted, Template):
                pattern = wanted.resolve(context)
                if pattern is not None:
                    matchers.append(self.row.compile(pattern))
            else:
                matchers.append(wanted)
        return matchers


SINGLE, FOR_ALL, FOR_ANY = "", "ForAllValues", "ForAnyValue"


def _single(present: tuple[str, ...], matchers: list[Matcher], negated: bool) -> bool:
    found = any(matcher(value) for value in present for matcher in matchers)
    return found is not negated


def _for_all(present: tuple[str, ...], matchers: list[Matcher], negated: bool) -> bool:
    """An empty text counts as no value, as AWS says of a null data set."""
    return all(
        any(matcher(value) for matcher in matchers) is not negated for value in present if value
    )


def _for_any(present: tuple[str, ...], matchers: list[Matcher], negated: bool) -> bool:
    return any(
        any(matcher(value) for matcher in matchers) is not negated for value in present if value
    )


_COMBINE = {SINGLE: _single, FOR_ALL: _for_all, FOR_ANY: _for_any}


def _equals(wanted: str) -> Matcher:
    return readable(wanted).__eq__


def _equals_without_case(wanted: str) -> Matcher:
    folded = readable(wanted).casefold()
    return lambda text: text.casefold() == folded


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not number.is_finite():
        raise ValueError(text)
    return number


_EPOCH = re.compile(r"-?\d{1,13}(\.\d+)?")
_PARTIAL_DATE = {4: "-01-01", 7: "-01"}


def _instant(text: str) -> Decimal:
    """Seconds since 1970 of an ISO 8601 date or of an epoch time."""
    text = text.strip()
    if _EPOCH.fullmatch(text) and len(text) != 4:
        return Decimal(text)
    moment = datetime.fromisoformat(text + _PARTIAL_DATE.get(len(text), ""))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Decimal(str(moment.timestamp()))


def _ordered(
    read: Callable[[str], Decimal], compare: Callable[[Decimal, Decimal], bool]
) -> Compile:
    """A comparison of the request's value (left) with the policy's (right)."""

    def compile_(wanted: str) -> Matcher:
        right = read(readable(wanted))

        def matcher(text: str) -> bool:
            try:
                return compare(read(text), right)
            except (ValueError, OverflowError):
                return False

        return matcher

    return compile_


def _boolean(wanted: str) -> Matcher:
    expected = readable(wanted).lower()
    if expected not in ("true", "false"):
        raise ValueError(wanted)
    return lambda text: text.lower() == expected


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(text) from error


def _binary(wanted: str) -> Matcher:
    expected = _bytes(readable(wanted))

    def matcher(text: str) -> bool:
        try:
            return _bytes(text) == expected
        except ValueError:
            return False

    return matcher


def _network(wanted: str) -> Matcher:
    network: IPv4Network | IPv6Network = ip_network(readable(wanted), strict=False)

    def matcher(text: str) -> bool:
        try:
            return ip_address(text) in network
        except ValueError:
            return False

    return matcher


def _texts(compile_: Compile, negated: bool = False) -> Operator:
    return Operator(compile_, negated, variables=True)


def _numbers(compare: Callable[[Decimal, Decimal], bool], negated: bool = False) -> Operator:
    return Operator(_ordered(_number, compare), negated, expects="a number")


def _dates(compare: Callable[[Decimal, Decimal], bool], negated: bool = False) -> Operator:
    return Operator(
        _ordered(_instant, compare),
        negated,
        expects="an ISO 8601 date such as 2026-04-01T00:00:00Z, or seconds since 1970",
    )


def _addresses(negated: bool = False) -> Operator:
    return Operator(_network, negated, expects="an address or a CIDR block such as 10.0.0.0/8")


_NULL = Operator(_boolean, expects="true or false")

OPERATORS: dict[str, Operator] = {
    "StringEquals": _texts(_equals),
    "StringNotEquals": _texts(_equals, negated=True),
    "StringEqualsIgnoreCase": _texts(_equals_without_case),
    "StringNotEqualsIgnoreCase": _texts(_equals_without_case, negated=True),
    "StringLike": _texts(string_matcher),
    "StringNotLike": _texts(string_matcher, negated=True),
    "ArnEquals": _texts(arn_matcher),
    "ArnNotEquals": _texts(arn_matcher, negated=True),
    "ArnLike": _texts(arn_matcher),
    "ArnNotLike": _texts(arn_matcher, negated=True),
    "NumericEquals": _numbers(Decimal.__eq__),
    "NumericNotEquals": _numbers(Decimal.__eq__, negated=True),
    "NumericLessThan": _numbers(Decimal.__lt__),
    "NumericLessThanEquals": _numbers(Decimal.__le__),
    "NumericGreaterThan": _numbers(Decimal.__gt__),
    "NumericGreaterThanEquals": _numbers(Decimal.__ge__),
    "DateEquals": _dates(Decimal.__eq__),
    "DateNotEquals": _dates(Decimal.__eq__, negated=True),
    "DateLessThan": _dates(Decimal.__lt__),
    "DateLessThanEquals": _dates(Decimal.__le__),
    "DateGreaterThan": _dates(Decimal.__gt__),
    "DateGreaterThanEquals": _dates(Decimal.__ge__),
    "Bool": Operator(_boolean, expects="true or false"),
    "BinaryEquals": Operator(_binary, expects="Base64 text"),
    "IpAddress": _addresses(),
    "NotIpAddress": _addresses(negated=True),
    "Null": _NULL,
}

_OPERATOR = re.compile(
    rf"(?:(?P<quantifier>{FOR_ALL}|{FOR_ANY}):)?(?P<name>[A-Za-z]+?)(?P<if_exists>IfExists)?"
)


def read_conditions(block: dict[str, Any], *, variables: bool) -> tuple[Condition, ...]:
    """Read a Condition block. `variables`: whether the policy's version knows variables.

    Raises PolicyError for an unknown operator, a key without a prefix, or a value that the
    operator cannot compare.
    """
    conditions = []
    for operator, keys in block.items():
        if not isinstance(keys, dict):
            raise PolicyError(f"{operator} must hold keys and their values", element="Condition")
        for key, values in keys.items():
            conditions.append(_read_condition(operator, key, values, variables))
    return tuple(conditions)


def _read_condition(operator: str, key: str, values: Any, variables: bool) -> Condition:
    match = _OPERATOR.fullmatch(operator)
    row = OPERATORS.get(match["name"]) if match else None
    if match is None or row is None:
        raise PolicyError(_unknown(operator), element="Condition")
    if row is _NULL and match["if_exists"]:
        raise PolicyError(
            "Null cannot end in IfExists: it asks itself whether the key is there",
            element="Condition",
        )
    if ":" not in key:
        raise PolicyError(
            f"condition key {key!r} needs a prefix, such as aws: or s3:", element="Condition"
        )
    texts = tuple(_text(value, operator, key) for value in _listed(values))
    return Condition(
        operator=operator,
        key=key,
        values=texts,
        row=row,
        quantifier=match["quantifier"] or SINGLE,
        if_exists=bool(match["if_exists"]),
        wanted=tuple(_wanted(text, row, operator, variables) for text in texts),
        lookup=key.lower(),
    )


def _unknown(operator: str) -> str:
    name = operator.rpartition(":")[2]
    near = difflib.get_close_matches(name, OPERATORS, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{operator!r} is not a condition operator{hint}"


def _listed(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list | tuple) else [values]


def _text(value: Any, operator: str, key: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise PolicyError(
        f"a value of {operator} on {key} must be text, a number or true/false", element="Condition"
    )


def _wanted(text: str, row: Operator, operator: str, variables: bool) -> Matcher | Template:
    template = read_template(text) if variables and row.variables else canonical(text)
    if isinstance(template, Template):
        return template
    try:
        return row.compile(template)
    except (ValueError, OverflowError) as error:
        raise PolicyError(
            f"{operator} expects {row.expects}, not {text!r}", element="Condition"
        ) from error
