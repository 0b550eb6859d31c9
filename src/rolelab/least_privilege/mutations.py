"""Requests that nobody made, next to those that were: what a narrow policy has to deny."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from rolelab.iam import Policies, Request, evaluate
from rolelab.least_privilege.access_levels import actions_by_level, level_of, neighbours
from rolelab.least_privilege.conditions import bound_by
from rolelab.least_privilege.patterns import place_of
from rolelab.sandbox.operations import Check

if TYPE_CHECKING:
    from rolelab.least_privilege.analysis import Analysis
    from rolelab.least_privilege.permission import Permission
    from rolelab.least_privilege.reading import Record

ELSEWHERE = "elsewhere"
OTHER_RESOURCE = "another resource"
OTHER_PREFIX = "another prefix"
OTHER_ACTION = "another action at the same level"
MANAGES = "an action that manages permissions"
OTHER_VALUE = "another value of a condition key"
OF_OTHERS = "what another principal used"
REFUSED = "what was denied before"
LEFT_OUT = "what you left out"

_TAILS = (":log-stream:", "-??????", "/*", ":*", "/")
_OTHER_SERVICE = {"iam:PassedToService": "ec2.amazonaws.com"}


@dataclass(frozen=True, slots=True)
class Mutation:
    """A request that has to be denied.

    Attributes:
        kind: how it differs from what was recorded.
        check: what it asks.
        why: what it was made from, in words.
        like: the record whose other condition keys it shares.
    """

    kind: str
    check: Check
    why: str
    like: Record


def mutations_of(analysis: Analysis) -> Iterator[Mutation]:
    """Give the mutations of everything that a principal used.

    A request that its permissions cover is no mutation: whoever may write `incoming/*` may write
    a new name there.
    """
    covers = _Covers(analysis.permissions)
    seen: set[tuple[str, str, str, object]] = set()
    for each in _all(analysis):
        key = (each.kind, each.check.action, each.check.resource, _bounds(each.check))
        if key in seen or (each.kind != OTHER_VALUE and covers(each.check)):
            continue
        seen.add(key)
        yield each


def _bounds(check: Check) -> object:
    return bound_by(check)


def _all(analysis: Analysis) -> Iterator[Mutation]:
    asked: dict[tuple[str, str, object], tuple[Check, Record]] = {}
    for record, need in analysis.uses:
        for check in need.checks:
            keys = tuple(each.key for each in bound_by(check))
            asked.setdefault((check.action, place_of(check.resource).name, keys), (check, record))
    for check, record in asked.values():
        for kind, other, why in _next_to(check, analysis.needed):
            yield Mutation(kind, other, why, record)
        yield from (
            Mutation(OTHER_VALUE, other, why, record)
            for other, why in _other_values(check, analysis.permissions)
        )
    if asked:
        _, record = next(iter(asked.values()))
        for principal, check in analysis.used_by_others():
            yield Mutation(OF_OTHERS, check, f"used by {principal}", record)
        for kind, calls in ((REFUSED, analysis.refused), (LEFT_OUT, analysis.left_out)):
            for check in analysis.asked_in(calls):
                yield Mutation(kind, check, "in the trail", record)


def _next_to(check: Check, needed: frozenset[str]) -> Iterator[tuple[str, Check, str]]:
    made_from = f"{check.action} on {check.resource}"
    elsewhere = _elsewhere(check.resource)
    if elsewhere is not None:
        yield OTHER_RESOURCE, replace(check, resource=elsewhere), f"made from {made_from}"
    name, path = place_of(check.resource)
    if path:
        resource = f"{name}{ELSEWHERE}/{path.rpartition('/')[2]}"
        yield OTHER_PREFIX, replace(check, resource=resource), f"made from {made_from}"
    for action in neighbours(check.action):
        if _is_open(action):
            continue
        why = f"{level_of(action)}, as {check.action} is"
        yield OTHER_ACTION, _about(action, check), why
    prefix = check.action.partition(":")[0]
    for name, level in sorted(actions_by_level(prefix).items()):
        action = f"{prefix}:{name}"
        if level == "Permissions management" and action not in needed:
            yield MANAGES, _about(action, check), f"on what {check.action} was used on"


@cache
def _is_open(action: str) -> bool:
    """Whether AWS lets everybody do it, whatever the policies say: sts:GetCallerIdentity."""
    nobody = "arn:aws:sts::123456789012:assumed-role/nobody/nothing"
    return evaluate(Request(nobody, action), Policies()).allowed


def _about(action: str, check: Check) -> Check:
    return replace(check, action=action)


def _elsewhere(resource: str) -> str | None:
    """Another resource of the same kind: its name is longer."""
    if not resource.startswith("arn:"):
        return None
    name, path = place_of(resource)
    tail = next((each for each in _TAILS if name.endswith(each)), "")
    head = name.removesuffix(tail)
    if not head or head.endswith((":", "/", "*")):
        return None
    made_up = {"-??????": "-aBcDeF", "/*": "/1", ":*": ":1"}.get(tail, tail)
    return f"{head}-{ELSEWHERE}{made_up}{path}"


def _other_values(check: Check, permissions: Iterable[Permission]) -> Iterator[tuple[Check, str]]:
    """The same request with one of its condition keys changed, where its permission limits it."""
    limits = [
        each
        for each in permissions
        if each.action == check.action and _glob(each.resource).fullmatch(check.resource)
    ]
    if not limits or any(not each.conditions for each in limits):
        return
    for key, value in bound_by(check):
        other = _OTHER_SERVICE.get(key, f"{ELSEWHERE}/{value}")
        if key == "kms:ViaService":
            context = {name: v for name, v in check.context.items() if not _is_via(name)}
            yield replace(check, context=context), f"without {key}: asked of the key directly"
        elif not any(_accepts(each, key, other) for each in limits):
            context = {**check.context, key: other}
            yield replace(check, context=context), f"{key} is {other}, not {value}"


def _is_via(key: str) -> bool:
    return key == "kms:ViaService" or key.startswith("aws:CalledVia") or key == "aws:ViaAWSService"


def _accepts(permission: Permission, key: str, value: str) -> bool:
    limits: Mapping[str, tuple[str, ...]] = {
        operator: keys[key] for operator, keys in permission.conditions.items() if key in keys
    }
    return not limits or any(
        _glob(pattern).fullmatch(value) for patterns in limits.values() for pattern in patterns
    )


class _Covers:
    """Whether some permission names an action and covers a resource, whatever its conditions.

    It reads the permissions and not the policy written from them, so that a policy that allows
    more than its permissions say is found out.
    """

    def __init__(self, permissions: Iterable[Permission]) -> None:
        self._patterns: dict[str, list[re.Pattern[str]]] = {}
        for each in permissions:
            self._patterns.setdefault(each.action.lower(), []).append(_glob(each.resource))

    def __call__(self, check: Check) -> bool:
        patterns = self._patterns.get(check.action.lower(), ())
        return any(pattern.fullmatch(check.resource) for pattern in patterns)


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    """A policy's pattern as a regular expression; `${*}`, `${?}` and `${$}` are characters."""
    parts = re.split(r"(\$\{[*?$]\}|[*?])", pattern)
    return re.compile("".join(map(_glob_part, parts)), re.DOTALL)


def _glob_part(part: str) -> str:
    literal = part[2] if re.fullmatch(r"\$\{[*?$]\}", part) else part
    return {"*": ".*", "?": "."}.get(part) or re.escape(literal)
