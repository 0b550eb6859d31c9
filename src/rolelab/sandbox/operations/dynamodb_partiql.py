"""What a PartiQL statement does, on which table, to which keys.

Pure: it reads the outline of a statement and nothing of an account. Pages: *PartiQL select
statements for DynamoDB* and its neighbours for update, insert and delete; *IAM security policies
with PartiQL for DynamoDB*.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rolelab.sandbox.operations.dynamodb_expressions import text_of

_TOKEN = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|<<|>>|<>|<=|>=|[A-Za-z_][\w-]*|-?\d+(?:\.\d+)?|\S"""
)
_KINDS = {"SELECT": "Select", "INSERT": "Insert", "UPDATE": "Update", "DELETE": "Delete"}
_LEADS_TO_TABLE = {"SELECT": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE", "DELETE": "FROM"}
_AFTER_NAME = frozenset(
    {"WHERE", "ORDER", "SET", "REMOVE", "VALUE", "RETURNING", "AND", "OR", "NOT", "BY"}
)
_RETURNED = {
    ("ALL", "OLD"): "ALL_OLD",
    ("ALL", "NEW"): "ALL_NEW",
    ("MODIFIED", "OLD"): "UPDATED_OLD",
    ("MODIFIED", "NEW"): "UPDATED_NEW",
}


REDACTED = "***(Redacted)"
_WORD_VALUES = frozenset({"TRUE", "FALSE", "NULL"})
_GROUPS = {"{": 1, "[": 1, "<<": 1, "}": -1, "]": -1, ">>": -1}


class Malformed(Exception):  # noqa: N818 - it is an answer, not a fault
    """The text is no PartiQL statement that DynamoDB runs."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The outline of a statement.

    Attributes:
        kind: `Select`, `Insert`, `Update` or `Delete`.
        table: the name of the table, or its ARN.
        index: the index that a select reads; None: the table itself.
        projection: the attributes that a select asks for; None: all of them (`*`).
        assigned: the attributes that an insert, a `SET` or a `REMOVE` writes.
        fixed: attribute -> values that the `WHERE` clause, or an insert, demands of it.
        compared: the attributes that the `WHERE` clause names.
        returning: what `RETURNING` asks for, as `ReturnValues` names it.
    """

    kind: str
    table: str
    index: str | None
    projection: tuple[str, ...] | None
    assigned: tuple[str, ...]
    fixed: dict[str, tuple[str, ...]]
    compared: tuple[str, ...]
    returning: str


def read(text: str, parameters: Sequence[Any] = ()) -> Statement:
    """Read a statement.

    Args:
        text: the statement.
        parameters: attribute values for its question marks, in order.

    Raises:
        Malformed: it is none.
    """
    tokens = _TOKEN.findall(text)
    if tokens[:2] and tokens[0].upper() == "EXISTS":
        # A condition of a transaction: EXISTS(SELECT ... WHERE ...).
        tokens = tokens[2:-1]
    word = tokens[0].upper() if tokens else ""
    if word not in _KINDS:
        raise Malformed(text)
    words = [token.upper() for token in tokens]
    lead = _LEADS_TO_TABLE[word]
    if lead not in words or words.index(lead) + 1 >= len(tokens):
        raise Malformed(text)
    at = words.index(lead) + 1
    table, index, at = _named(tokens, at)
    bound = _bound(tokens, parameters)
    fixed, compared = _where(tokens, words, bound)
    if word == "INSERT":
        fixed = _inserted(tokens, at, bound)
    return Statement(
        kind=_KINDS[word],
        table=table,
        index=index,
        projection=_projection(tokens[1 : words.index(lead)]) if word == "SELECT" else None,
        assigned=tuple(fixed) if word == "INSERT" else tuple(_assigned(tokens, words, at)),
        fixed={name: values for name, values in fixed.items() if values},
        compared=compared,
        returning=_returning(words),
    )


def _named(tokens: list[str], at: int) -> tuple[str, str | None, int]:
    table, at = _plain(tokens[at]), at + 1
    if tokens[at : at + 1] == ["."] and at + 1 < len(tokens):
        return table, _plain(tokens[at + 1]), at + 2
    return table, None, at


def _bound(tokens: list[str], parameters: Sequence[Any]) -> list[str | None]:
    """The text that stands at each token; None where there is no plain value."""
    left = iter(parameters)
    return [text_of(next(left, None)) if token == "?" else _literal(token) for token in tokens]


def _literal(token: str) -> str | None:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    return token if re.fullmatch(r"-?\d+(?:\.\d+)?", token) else None


def _where(
    tokens: list[str], words: list[str], bound: list[str | None]
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """What the `WHERE` clause demands by `=` or `IN`, and every attribute it names.

    An `OR` lets in what a single comparison does not, so such a clause fixes nothing unless the
    same attribute is on both sides.
    """
    if "WHERE" not in words:
        return {}, ()
    fixed: dict[str, tuple[str, ...]] = {}
    compared: list[str] = []
    for at in range(words.index("WHERE") + 1, len(tokens)):
        if words[at] in ("ORDER", "RETURNING"):
            break
        if _is_name(tokens, words, at):
            compared.append(_plain(tokens[at]))
            values = _demanded(tokens, words, bound, at + 1)
            if values:
                fixed[compared[-1]] = (*fixed.get(compared[-1], ()), *values)
    if "OR" in words and len(set(compared)) > 1:
        fixed = {}
    return fixed, tuple(dict.fromkeys(compared))


def _is_name(tokens: list[str], words: list[str], at: int) -> bool:
    token = tokens[at]
    is_word = token[0] == '"' or token[0] == "_" or token[0].isalpha()
    plain = words[at] not in {*_AFTER_NAME, "IN", "BETWEEN", "IS", "MISSING", *_WORD_VALUES}
    follows_path = tokens[at - 1] == "."
    return is_word and plain and not follows_path and tokens[at + 1 : at + 2] != ["("]


def _demanded(
    tokens: list[str], words: list[str], bound: list[str | None], at: int
) -> tuple[str, ...]:
    if words[at : at + 1] == ["="] and at + 1 < len(tokens):
        value = bound[at + 1]
        return () if value is None else (value,)
    if words[at : at + 1] == ["IN"]:
        end = next((end for end in range(at, len(tokens)) if tokens[end] in "])"), len(tokens))
        return tuple(value for value in bound[at + 2 : end] if value is not None)
    return ()


def _inserted(tokens: list[str], at: int, bound: list[str | None]) -> dict[str, tuple[str, ...]]:
    """The attributes of `VALUE {'name': value, ...}`, of the outermost braces."""
    found: dict[str, tuple[str, ...]] = {}
    depth = 0
    for here in range(at, len(tokens)):
        depth += (tokens[here] in "{[" or tokens[here] == "<<") - (
            tokens[here] in "}]" or tokens[here] == ">>"
        )
        if depth == 1 and tokens[here + 1 : here + 2] == [":"]:
            value = bound[here + 2] if here + 2 < len(bound) else None
            found[_plain(tokens[here])] = () if value is None else (value,)
    return found


def _assigned(tokens: list[str], words: list[str], at: int) -> Iterator[str]:
    for here in range(at, len(tokens) - 1):
        if words[here] == "WHERE":
            return
        if words[here] in ("SET", "REMOVE"):
            yield _plain(tokens[here + 1])


def _projection(tokens: list[str]) -> tuple[str, ...] | None:
    if "*" in tokens:
        return None
    names = (at for at, token in enumerate(tokens) if at == 0 or tokens[at - 1] == ",")
    return tuple(_plain(tokens[at]) for at in names)


def _returning(words: list[str]) -> str:
    if "RETURNING" not in words:
        return "NONE"
    which, when = (*words[words.index("RETURNING") + 1 :], "", "")[:2]
    return _RETURNED.get((which, when), "NONE")


def redacted(text: str, keys: Collection[str]) -> str:
    """Give a statement as CloudTrail shows it: without values of attributes that are no keys.

    Values that a `WHERE` clause compares with a key stay; an insert hides those of the key, too.
    Page: *Understanding DynamoDB log file entries*.

    Args:
        text: the statement, well formed or not.
        keys: the attributes of the primary key.
    """
    found = list(_TOKEN.finditer(text))
    pieces, at = [], 0
    for first, last in _values([match.group() for match in found], keys):
        pieces += [text[at : found[first].start()], REDACTED]
        at = found[last].end()
    return "".join((*pieces, text[at:]))


def _values(tokens: list[str], keys: Collection[str]) -> Iterator[tuple[int, int]]:
    """The first and the last token of each value to hide."""
    words = [token.upper() for token in tokens]
    inserts = words[:1] == ["INSERT"]
    where = words.index("WHERE") if "WHERE" in words else len(words)
    compared: str | None = None
    in_range = False
    at = 0
    while at < len(tokens):
        if _is_name(tokens, words, at):
            compared = _plain(tokens[at])
        elif words[at] == "BETWEEN":
            in_range = True
        elif words[at] == "AND" and in_range:
            in_range = False
        elif words[at] in ("AND", "OR", "NOT"):
            compared = None
        end = _end_of_value(tokens, words, at, inserts)
        if end is not None:
            if not (at > where and compared in keys):
                yield at, end
            at = end
        at += 1


def _end_of_value(tokens: list[str], words: list[str], at: int, inserts: bool) -> int | None:
    """The last token of the value that begins here; None if none does."""
    token, before = tokens[at], words[at - 1] if at else ""
    if token == "'":
        return len(tokens) - 1  # a string without an end
    if token in ("{", "[", "<<"):
        follows_name = re.fullmatch(r"[\w\"-]+|\]", before) and before != "IN"
        if (token == "[" and follows_name) or (inserts and before in ("VALUE", "VALUES")):
            return None  # an element of a list; the item that is inserted
        depth = 0
        for end in range(at, len(tokens)):
            depth += _GROUPS.get(tokens[end], 0)
            if depth == 0:
                return end
        return len(tokens) - 1
    if words[at] in _WORD_VALUES:
        return None if before in ("IS", "NOT") else at
    is_name = tokens[at + 1 : at + 2] == [":"]
    is_index = before == "[" and tokens[at + 1 : at + 2] == ["]"]
    return None if is_name or is_index or _literal(token) is None else at


def _plain(token: str) -> str:
    return token[1:-1] if token[:1] in ("'", '"') else token
