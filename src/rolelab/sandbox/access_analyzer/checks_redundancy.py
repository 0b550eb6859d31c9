"""Checks for what could be left out.

Page: *IAM policy validation check reference*, suggestions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rolelab.sandbox.access_analyzer.patterns import covers_action, covers_resource
from rolelab.sandbox.access_analyzer.policy import Found, Policy, Statement, found


def actions(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Actions that another one of the statement covers."""
    for element in ("Action", "NotAction"):
        spare = _spare(statement, element, covers_action)
        if spare:
            paths = [path for path, _ in spare]
            yield found("REDUNDANT_ACTION", *paths, count=len(spare), action=spare[0][1])


def resources(policy: Policy, statement: Statement) -> Iterator[Found]:
    """Resources that another one of the statement covers."""
    for element in ("Resource", "NotResource"):
        spare = _spare(statement, element, covers_resource)
        if spare:
            yield found("REDUNDANT_RESOURCE", *(path for path, _ in spare), count=len(spare))


def _spare(
    statement: Statement, element: str, covers: Callable[[str, str], bool]
) -> list[tuple[tuple[str | int, ...], str]]:
    texts = statement.texts(element)
    return [
        (path, text)
        for place, (path, text) in enumerate(texts)
        if any(
            covers(other, text) and (not covers(text, other) or another < place)
            for another, (_, other) in enumerate(texts)
            if another != place
        )
    ]


def statements(policy: Policy) -> Iterator[Found]:
    """Statements that say the same, whatever their ids."""
    seen: list[tuple[dict[str, object], Statement]] = []
    for statement in policy.statements:
        content = {name: value for name, value in statement.source.items() if name != "Sid"}
        same = next((earlier for said, earlier in seen if said == content), None)
        if same is not None:
            yield found("REDUNDANT_STATEMENT", same.path, statement.path)
        seen.append((content, statement))


DOCUMENT_CHECKS = (statements,)
STATEMENT_CHECKS = (actions, resources)
