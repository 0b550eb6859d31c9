"""What the services that keep resource policies ask of one before they keep it.

AWS page: *AWS JSON policy elements: Principal*: a principal that is named by ARN has to exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.fixes.iam_service_principals import is_refused
from rolelab.sandbox.fixes.iam_trust import exists

if TYPE_CHECKING:
    from rolelab.iam import Document
    from rolelab.sandbox.call import Call


def missing_principal(call: Call, document: Document) -> str | None:
    """Give the first user, role or service in a policy that does not exist; None if all do."""
    for statement in statements(document):
        for kind, names in _principals(statement):
            for name in names:
                if kind == "AWS" and not exists(call, name):
                    return name
                if kind == "Service" and name != "*" and is_refused(name):
                    return name
    return None


def actions(document: Document) -> Iterator[str]:
    """Give the actions that a policy names, in lower case, in Action and in NotAction."""
    for statement in statements(document):
        for element in ("Action", "NotAction"):
            yield from (action.lower() for action in _texts(statement.get(element, ())))


def statements(document: Document) -> Iterator[Mapping[str, Any]]:
    """Give the statements of a policy; a single one may stand without a list."""
    written = document.source["Statement"]
    yield from [written] if isinstance(written, Mapping) else written


def _principals(statement: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for element in ("Principal", "NotPrincipal"):
        written = statement.get(element)
        if isinstance(written, Mapping):
            yield from ((kind, _texts(names)) for kind, names in written.items())


def _texts(values: Any) -> list[str]:
    return [values] if isinstance(values, str) else list(values)
