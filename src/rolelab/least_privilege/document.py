"""From permissions to a policy document that a person can read.

Pages: *IAM JSON policy elements: Statement*, *IAM JSON policy elements: Sid*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rolelab.least_privilege.permission import Conditions, Permission

Statement = dict[str, Any]
VERSION = "2012-10-17"


def policy_of(permissions: Iterable[Permission]) -> dict[str, Any]:
    """Write permissions as one policy document.

    Actions of a service that share their conditions and all their resources share a statement.
    No statement allows a pair of action and resource that no permission names.

    Args:
        permissions: at least one.

    Returns:
        The document as a dict.

    Raises:
        ValueError: there are no permissions; AWS knows no policy without a statement.
    """
    statements = statements_of(permissions)
    if not statements:
        raise ValueError("A policy needs at least one statement, and there is no permission.")
    return {"Version": VERSION, "Statement": statements}


def statements_of(permissions: Iterable[Permission]) -> list[Statement]:
    """Write permissions as statements, in the order of their services."""
    resources: dict[tuple[str, str, Any], set[str]] = {}
    written: dict[Any, Conditions] = {}
    for each in permissions:
        key = _key(each.conditions)
        written[key] = each.conditions
        resources.setdefault((each.service, each.action, key), set()).add(each.resource)
    together: dict[tuple[str, Any, tuple[str, ...]], list[str]] = {}
    for (service, action, key), found in sorted(resources.items()):
        together.setdefault((service, key, tuple(sorted(found))), []).append(action)
    sids: set[str] = set()
    return [
        _statement(_sid(actions, named, written[key], sids), actions, named, written[key])
        for (_, key, named), actions in together.items()
    ]


def _key(conditions: Conditions) -> Any:
    return tuple(
        (operator, key, values)
        for operator, keys in sorted(conditions.items())
        for key, values in sorted(keys.items())
    )


def _statement(
    sid: str, actions: Sequence[str], resources: Sequence[str], conditions: Conditions
) -> Statement:
    found: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": _short(actions),
        "Resource": _short(resources),
    }
    if conditions:
        found["Condition"] = {
            operator: {key: _short(values) for key, values in keys.items()}
            for operator, keys in conditions.items()
        }
    return found


def _short(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _sid(
    actions: Sequence[str], resources: Sequence[str], conditions: Conditions, taken: set[str]
) -> str:
    """A name from what the statement is about, unique in its document: `S3BookshopOrders`."""
    service, _, only = actions[0].partition(":")
    first = resources[0]
    subject = only if len(actions) == 1 else ""
    name = f"{_words(service)}{_words(subject)}{_words(_subject(first))}"
    name += "Through" + _words(_via(conditions)) if _via(conditions) else ""
    sid, number = name, 2
    while sid in taken:
        sid, number = f"{name}{number}", number + 1
    taken.add(sid)
    return sid


def _subject(resource: str) -> str:
    if resource == "*":
        return ""
    parts = resource.split(":", 5)
    name = parts[5] if len(parts) == 6 else resource
    service = parts[2] if len(parts) == 6 else ""
    if service == "kms":
        return "key"
    if service == "s3":
        bucket, slash, _ = name.partition("/")
        return f"{bucket} objects" if slash else bucket
    return re.sub(r"[*?]+|:log-stream.*", "", re.split(r"[/:]", name, maxsplit=1)[-1])


def _via(conditions: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    for keys in conditions.values():
        for value in keys.get("kms:ViaService", ()):
            return value.partition(".")[0]
    return ""


def _words(text: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[0-9A-Za-z]+", text))
