"""Custom policy checks: does a policy give access that it should not?

The answers are sound one way: PASS means that the access is certainly not given. Where wildcards,
conditions or exclusions leave a doubt, the answer is FAIL; AWS reasons about more of these cases.
Access is what Allow statements give and Deny statements without conditions do not take back.

Pages: *CheckNoNewAccess*, *CheckAccessNotGranted*, *CheckNoPublicAccess* (IAM Access Analyzer API
Reference); *IAM Access Analyzer custom policy checks*. The sentences are those of AWS's examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rolelab.iam import parse
from rolelab.sandbox.access_analyzer.patterns import (
    covers_action,
    covers_resource,
    meet_action,
    meet_resource,
)
from rolelab.sandbox.access_analyzer.policy import Statement

NO_NEW_ACCESS = "The modified permissions do not grant new access compared to your existing policy."
NEW_ACCESS = "The modified permissions grant new access compared to your existing policy."
NOT_GRANTED = (
    "The policy document does not grant access to perform one or more of the listed actions."
)
GRANTED = "The policy document grants access to perform one or more of the listed actions."
NOT_GRANTED_ON = (
    "The policy document does not grant access to perform one or more of the listed actions or "
    "resources."
)
GRANTED_ON = (
    "The policy document grants access to perform one or more of the listed actions or resources."
)
NOT_PUBLIC = "The resource policy does not grant public access for the given resource type."
PUBLIC = "The resource policy grants public access for the given resource type."

Pair = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Span:
    """Action or Resource of a statement, or what their negations leave.

    Attributes:
        patterns: as written; of a negation, what is left out.
        negated: NotAction, NotResource.
        covers: whether one pattern is inside another.
        meet: whether two patterns have something in common.
    """

    patterns: tuple[str, ...]
    negated: bool
    covers: Pair
    meet: Pair

    def parts(self) -> list[Span]:
        """One span for each pattern; a negation is one whole."""
        if self.negated:
            return [self]
        return [Span((each,), False, self.covers, self.meet) for each in self.patterns]

    def inside(self, other: Span) -> bool:
        """Whether all of this is certainly in the other."""
        if not other.negated:
            if self.negated:
                return "*" in other.patterns
            return all(
                any(self.covers(wide, each) for wide in other.patterns) for each in self.patterns
            )
        if self.negated:
            return all(
                any(self.covers(wide, each) for wide in self.patterns) for each in other.patterns
            )
        return not any(self.meet(each, out) for each in self.patterns for out in other.patterns)

    def meets(self, other: Span) -> bool:
        """Whether both may have something in common."""
        if self.negated and other.negated:
            return True
        if self.negated or other.negated:
            whole, rest = (self, other) if other.negated else (other, self)
            return not all(
                any(self.covers(out, each) for out in rest.patterns) for each in whole.patterns
            )
        return any(self.meet(one, two) for one in self.patterns for two in other.patterns)


@dataclass(frozen=True, slots=True)
class Access:
    """What one statement speaks of. `principals` is None where the policy type has none."""

    actions: Span
    resources: Span
    principals: frozenset[str] | None
    not_principals: bool
    conditions: Mapping[tuple[str, str], frozenset[str]]

    def parts(self) -> Iterator[Access]:
        """One action pattern with one resource pattern each."""
        for actions in self.actions.parts():
            for resources in self.resources.parts():
                yield Access(
                    actions, resources, self.principals, self.not_principals, self.conditions
                )

    def inside(self, other: Access) -> bool:
        """Whether all of this access is certainly in the other."""
        return (
            self.actions.inside(other.actions)
            and self.resources.inside(other.resources)
            and _same_or_fewer(self, other)
            and _at_least_as_strict(self.conditions, other.conditions)
        )

    def meets(self, other: Access) -> bool:
        """Whether both may have a request in common."""
        return self.actions.meets(other.actions) and self.resources.meets(other.resources)


def _same_or_fewer(one: Access, other: Access) -> bool:
    if other.principals is None or one.principals is None:
        return other.principals == one.principals
    if one.not_principals or other.not_principals:
        same = one.not_principals == other.not_principals
        return same and one.principals == other.principals
    return all(_names(other.principals, each) for each in one.principals)


def _names(principals: frozenset[str], principal: str) -> bool:
    """Whether a list of principals holds one: by name, by its account, or by everybody."""
    if principal in principals or "*" in principals:
        return True
    parts = principal.split(":")
    account = parts[4] if len(parts) > 4 else ""
    return bool(account) and bool(
        {account, f"arn:{parts[1]}:iam::{account}:root"} & set(principals)
    )


_WIDER = ("stringequals", "stringlike", "arnequals", "arnlike", "ipaddress")


def _at_least_as_strict(
    one: Mapping[tuple[str, str], frozenset[str]], other: Mapping[tuple[str, str], frozenset[str]]
) -> bool:
    """Whether every request that meets the first conditions meets the second."""
    for (operator, key), wanted in other.items():
        given = one.get((operator, key))
        if given is None:
            return False
        if given == wanted:
            continue
        plain = operator in _WIDER
        negated = "not" in operator and ":" not in operator
        if not ((plain and given <= wanted) or (negated and given >= wanted)):
            return False
    return True


def statements_of(text: str, kind: str) -> list[Statement]:
    """Read a policy for comparison.

    Raises:
        PolicyError: the document is not valid.
    """
    document = parse(text, kind=kind)
    written = document.source["Statement"]
    listed: Sequence[Any] = [written] if isinstance(written, Mapping) else written
    return [Statement(("Statement", place), each) for place, each in enumerate(listed)]


def access_of(statement: Statement) -> Access:
    """Say what a statement speaks of."""
    element = "NotPrincipal" if "NotPrincipal" in statement.source else "Principal"
    named = element in statement.source
    principals = frozenset(
        name if kind in ("", "AWS") else f"{kind}:{name}"
        for kind, name, _ in statement.principals(element)
    )
    return Access(
        _span(statement, "Action", covers_action, meet_action),
        _span(statement, "Resource", covers_resource, meet_resource),
        principals if named else None,
        element == "NotPrincipal",
        {
            (operator.lower(), key.lower()): frozenset(map(str, values))
            for operator, key, values, _ in statement.conditions()
        },
    )


def _span(statement: Statement, element: str, covers: Pair, meet: Pair) -> Span:
    negated = f"Not{element}" in statement.source
    texts = statement.texts(f"Not{element}" if negated else element)
    # A statement of a trust policy has no resource: it is about its role.
    patterns = tuple(text for _, text in texts) or ("*",)
    return Span(patterns, negated, covers, meet)


def _split(statements: Sequence[Statement]) -> tuple[list[Access], list[Access]]:
    allowed = [access_of(each) for each in statements if each.allows]
    denied = [access_of(each) for each in statements if not each.allows]
    return allowed, denied


def new_access(new: Sequence[Statement], existing: Sequence[Statement]) -> list[int]:
    """Give the positions of statements that allow what the existing policy may not."""
    allowed, denied = _split(existing)
    _, denied_now = _split(new)
    found = []
    for position, statement in enumerate(new):
        if statement.allows and any(
            not _is_old(part, allowed, denied, denied_now) for part in access_of(statement).parts()
        ):
            found.append(position)
    return found


def _is_old(
    part: Access, allowed: list[Access], denied: list[Access], denied_now: list[Access]
) -> bool:
    if any(_takes_all(deny, part) for deny in denied_now):
        return True
    kept = all(
        not deny.meets(part) or any(deny.inside(now) for now in denied_now) for deny in denied
    )
    return kept and any(part.inside(allow) for allow in allowed)


def _takes_all(deny: Access, part: Access) -> bool:
    """Whether a Deny certainly takes back all of an access."""
    return not deny.conditions and not deny.not_principals and part.inside(deny)


def granted(
    statements: Sequence[Statement], actions: Sequence[str], resources: Sequence[str]
) -> list[int]:
    """Give the positions of statements that may allow one of the actions on the resources."""
    _, denied = _split(statements)
    asked = Access(
        Span(tuple(actions) or ("*",), False, covers_action, meet_action),
        Span(tuple(resources) or ("*",), False, covers_resource, meet_resource),
        None,
        False,
        {},
    )
    found = []
    for position, statement in enumerate(statements):
        if not statement.allows:
            continue
        access = access_of(statement)
        if any(
            part.meets(each) and not any(_takes_meeting(deny, part, each) for deny in denied)
            for part in access.parts()
            for each in asked.parts()
        ):
            found.append(position)
    return found


def _takes_meeting(deny: Access, part: Access, asked: Access) -> bool:
    """Whether a Deny certainly takes back all that an access has in common with what is asked."""
    if deny.conditions or deny.not_principals or not _same_or_fewer(part, deny):
        return False
    actions = part.actions.inside(deny.actions) or asked.actions.inside(deny.actions)
    resources = part.resources.inside(deny.resources) or asked.resources.inside(deny.resources)
    return actions and resources


def public(statements: Sequence[Statement]) -> list[int]:
    """Give the positions of statements that open a resource to everybody.

    Page: *Blocking public access to your Amazon S3 storage*, "The meaning of public".
    """
    from rolelab.sandbox.fixes.s3_public_access import policy_is_public

    return [
        position
        for position, statement in enumerate(statements)
        if policy_is_public({"Version": "2012-10-17", "Statement": [statement.source]})
    ]
