"""The sizes that IAM allows, and a policy cut to fit them.

Page: *IAM and AWS STS quotas*: white space does not count; a role's inline policies have 10,240
characters together; a managed policy has 6,144; ten managed policies can be attached to a role
unless the account asked for more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rolelab.least_privilege.document import VERSION, Statement

INLINE = 10_240
MANAGED = 6_144
ATTACHED = 10


class TooLargeError(ValueError):
    """A policy that fits into no way of giving it to a role."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One document of those that make up a role's policy.

    Attributes:
        kind: "inline" for put_role_policy, "managed" for create_policy and attach_role_policy.
        name: a name for it.
        document: the policy.
        size: its characters as IAM counts them.
        quota: how many it may have.
    """

    kind: str
    name: str
    document: Mapping[str, Any]
    size: int
    quota: int


def size_of(document: Mapping[str, Any] | str) -> int:
    """Count the characters of a policy as IAM does: without white space outside of texts.

    Args:
        document: the policy as dict or JSON text.
    """
    data = json.loads(document) if isinstance(document, str) else document
    return len(json.dumps(data, separators=(",", ":"), ensure_ascii=False))


def attachments(
    policy: Mapping[str, Any], name: str, *, attached: int = ATTACHED
) -> tuple[Attachment, ...]:
    """Cut a policy into documents that IAM accepts for one role.

    A policy that fits into a role's inline policies stays whole. A larger one becomes managed
    policies, statement by statement; a statement that is too large alone is cut by its resources.

    Args:
        policy: one document with a list of statements.
        name: what to call them; numbered if there are several.
        attached: how many managed policies the role may have.

    Returns:
        One Attachment or several, which together allow what the policy allows.

    Raises:
        TooLargeError: no way to cut it fits, with the sizes and what to do.
    """
    size = size_of(policy)
    if size <= INLINE:
        return (Attachment("inline", name, policy, size, INLINE),)
    listed = policy["Statement"]
    statements = [listed] if isinstance(listed, Mapping) else listed
    documents = list(_filled([part for each in statements for part in _fitting(each)]))
    if len(documents) > attached:
        raise TooLargeError(
            f"The policy has {size:,} characters, more than the {INLINE:,} of a role's inline "
            f"policies. It needs {len(documents)} managed policies of at most {MANAGED:,} "
            f"characters, and a role can have {attached}. Generalize more (a Rule with fewer "
            "siblings), give the work to two roles, or ask for a higher quota."
        )
    return tuple(
        Attachment("managed", f"{name}-{number}", document, size_of(document), MANAGED)
        for number, document in enumerate(documents, start=1)
    )


def _document(statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"Version": VERSION, "Statement": list(statements)}


def _fitting(statement: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A statement, cut in halves by its resources until each fits into a managed policy."""
    if size_of(_document([statement])) <= MANAGED:
        yield statement
        return
    for element in ("Resource", "Action"):
        listed = statement.get(element)
        if isinstance(listed, list) and len(listed) > 1:
            middle = len(listed) // 2
            for number, half in enumerate((listed[:middle], listed[middle:]), start=1):
                yield from _fitting({**statement, **_numbered(statement, number), element: half})
            return
    raise TooLargeError(
        f"The statement {statement.get('Sid', '')} has one action, one resource and "
        f"{size_of(_document([statement])):,} characters: its conditions do not fit into the "
        f"{MANAGED:,} of a managed policy. Generalize more (a Rule with fewer siblings)."
    )


def _numbered(statement: Mapping[str, Any], number: int) -> Statement:
    return {"Sid": f"{statement['Sid']}Part{number}"} if "Sid" in statement else {}


def _filled(statements: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Documents filled with statements in their order."""
    held: list[Mapping[str, Any]] = []
    for each in statements:
        if held and size_of(_document([*held, each])) > MANAGED:
            yield _document(held)
            held = []
        held.append(each)
    if held:
        yield _document(held)
