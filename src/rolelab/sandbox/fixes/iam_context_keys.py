"""The condition keys that policies ask for: GetContextKeysForCustomPolicy and its relatives.

A key is asked for by a Condition block, or by a policy variable such as `${aws:username}`.

AWS pages: *GetContextKeysForCustomPolicy* of the IAM API Reference, *IAM policy elements:
Variables and tags*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rolelab.iam import Document
from rolelab.sandbox.fixes.iam_documents import statements

# `${key}` or `${key, 'default'}`; `${*}`, `${?}` and `${$}` are literals.
_VARIABLE = re.compile(r"\$\{\s*([^{}*?$,'\s][^{},']*?)\s*(?:,\s*'[^']*'\s*)?\}")


def keys_of(documents: Iterable[Document]) -> list[str]:
    """The keys that documents ask for, as written, each once, in the order they appear."""
    found: dict[str, str] = {}
    for document in documents:
        for statement in statements(document):
            for key in keys_of_statement(statement):
                found.setdefault(key.lower(), key)
    return list(found.values())


def keys_of_statement(statement: Mapping[str, Any]) -> Iterator[str]:
    """The keys that one statement asks for."""
    for element in ("Resource", "NotResource"):
        yield from _variables(statement.get(element))
    for keys in (statement.get("Condition") or {}).values():
        for key, values in keys.items():
            yield key
            yield from _variables(values)


def _variables(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _VARIABLE.findall(value)
    elif isinstance(value, list):
        for item in value:
            yield from _variables(item)
