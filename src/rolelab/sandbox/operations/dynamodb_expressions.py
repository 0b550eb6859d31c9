"""What DynamoDB's expressions name: attributes, and the value of the partition key.

Pure: text in, names and values out. Pages: *Using expressions in DynamoDB*, *Reserved words in
DynamoDB*, *Expression attribute names (aliases) in DynamoDB*.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

_TOKEN = re.compile(r"[#:]?[A-Za-z_][A-Za-z0-9_]*|\d+|<>|<=|>=|[^\s\w]")
# Words of the expression language. All are reserved: an attribute of such a name needs an alias.
_WORDS = frozenset({"add", "and", "between", "delete", "in", "not", "or", "remove", "set"})

Names = Mapping[str, str]
Values = Mapping[str, Any]


def attributes_in(expression: str, names: Names) -> Iterator[str]:
    """Give the top-level attributes that an expression names, in its order.

    Args:
        expression: a projection, condition, filter, key condition or update expression.
        names: `ExpressionAttributeNames`.
    """
    tokens = _TOKEN.findall(expression)
    for at, token in enumerate(tokens):
        if not (token[0] == "#" or token[0] == "_" or token[0].isalpha()):
            continue
        is_function = tokens[at + 1 : at + 2] == ["("] and token[0] != "#"
        is_nested = at > 0 and tokens[at - 1] == "."
        if is_function or is_nested or token.lower() in _WORDS:
            continue
        yield names.get(token, token)


def equal_value(expression: str, attribute: str, names: Names, values: Values) -> str | None:
    """Give the value that a key condition expression demands of an attribute by `=`.

    Args:
        expression: a key condition expression.
        attribute: the attribute, the partition key.
        names: `ExpressionAttributeNames`.
        values: `ExpressionAttributeValues`.

    Returns:
        The value as text; None where the expression does not say.
    """
    tokens = _TOKEN.findall(expression)
    for at, token in enumerate(tokens):
        if token != "=" or at == 0 or at + 1 == len(tokens):
            continue
        for name, value in ((tokens[at - 1], tokens[at + 1]), (tokens[at + 1], tokens[at - 1])):
            if names.get(name, name) == attribute and value in values:
                return text_of(values[value])
    return None


def text_of(value: Any) -> str | None:
    """Write a key's value as IAM compares it: the text of a string, number or binary.

    Args:
        value: an attribute value as the API carries it, `{"S": "a"}`.

    Returns:
        The text; None for what cannot be a key.
    """
    if not isinstance(value, Mapping):
        return None
    for kind in ("S", "N", "B"):
        if kind in value:
            given = value[kind]
            return base64.b64encode(given).decode() if isinstance(given, bytes) else str(given)
    return None
