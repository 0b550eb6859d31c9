"""Policy variables: `${aws:username}`, defaults, and the three literals `${*}` `${?}` `${$}`.

AWS page: *IAM policy elements: Variables and tags*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rolelab.iam.policy_error import PolicyError
from rolelab.iam.wildcard import canonical

Context = Mapping[str, tuple[str, ...]]
"""Condition keys in lower case, each with the values that the request carries."""

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_WITH_DEFAULT = re.compile(r"\s*(?P<key>[^',]*[^',\s])\s*(?:,\s*'(?P<default>[^']*)'\s*)?")
_LITERALS = frozenset("*?$")


@dataclass(frozen=True, slots=True)
class Variable:
    """One `${key, 'default'}`: the key in lower case and as written."""

    key: str
    written: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Template:
    """Text of a policy with variables in it; the plain parts are canonical patterns."""

    parts: tuple[str | Variable, ...]

    def resolve(self, context: Context) -> str | None:
        """The canonical pattern for this request, or None when a variable has no value.

        A key with several values cannot be a variable; it counts as absent.
        """
        pieces = []
        for part in self.parts:
            text = part if isinstance(part, str) else _value(part, context)
            if text is None:
                return None
            pieces.append(text)
        return "".join(pieces)

    def missing(self, context: Context) -> list[str]:
        """The keys of the variables that this request does not fill."""
        return [
            part.written
            for part in self.parts
            if isinstance(part, Variable) and _value(part, context) is None
        ]


def _value(variable: Variable, context: Context) -> str | None:
    values = context.get(variable.key, ())
    return values[0] if len(values) == 1 else variable.default


def read_template(text: str) -> str | Template:
    """Read a value of a policy of version 2012-10-17.

    Returns a canonical pattern when the text holds no variable, otherwise a Template.
    Raises PolicyError for a `${...}` that is not a variable.
    """
    parts: list[str | Variable] = []
    position = 0
    for match in _VARIABLE.finditer(text):
        _append(parts, canonical(text[position : match.start()]))
        _append(parts, _read_variable(match[1]))
        position = match.end()
    _append(parts, canonical(text[position:]))
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str))
    return Template(tuple(parts))


def _append(parts: list[str | Variable], part: str | Variable) -> None:
    if part != "":
        parts.append(part)


def _read_variable(body: str) -> str | Variable:
    if body in _LITERALS:
        return body
    match = _WITH_DEFAULT.fullmatch(body)
    if match is None:
        raise PolicyError(
            f"${{{body}}} is not a policy variable; write ${{key}} or ${{key, 'default'}}"
        )
    return Variable(match["key"].lower(), match["key"], match["default"])
