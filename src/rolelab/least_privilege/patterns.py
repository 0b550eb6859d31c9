"""Resource patterns: exact names, with `*` where the rule generalizes.

Pages: *IAM JSON policy elements: Resource*, "Using wildcards in resource ARNs"; *IAM policy
elements: Variables and tags*, "Where you can use policy variables"; *Resource types* of each
service in the Service Authorization Reference.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from rolelab.least_privilege.rule import Rule

# What a service makes up: no two calls see the same one. Resource part of the ARN -> pattern.
_MADE_UP: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "ecs": (
        (re.compile(r"(task-definition/[^:]+)(:.*)?$"), r"\1:*"),
        (re.compile(r"((?:task|container-instance)/[^/]+)/.+$"), r"\1/*"),
        (
            re.compile(r"((?:task-set|service-(?:deployment|revision))/[^/]+/[^/]+)/.+$"),
            r"\1/*",
        ),
    ),
    # The awslogs driver ends a stream's name with the task's id: prefix/container/task-id.
    "logs": ((re.compile(r"(log-group:[^:]+:log-stream:.+/)[0-9a-f]{32}$"), r"\1*"),),
    "cloudformation": ((re.compile(r"((?:stack|changeSet)/[^/]+)/.+$"), r"\1/*"),),
}
# Which part of an ARN is a name that stays, and which a path below it.
_PATHS: Mapping[str, re.Pattern[str]] = {
    "s3": re.compile(r"(arn:[^:]*:s3:::[^/*]+/)(.+)"),
    "logs": re.compile(r"(arn:[^:]*:logs:[^:]*:[^:]*:log-group:[^:]+:log-stream:)(.+)"),
    "ssm": re.compile(r"(arn:[^:]*:ssm:[^:]*:[^:]*:parameter/[^/]+/)(.+)"),
}
_ASKED_LITERALLY = frozenset({"s3"})
"""Services whose paths are the caller's text: a `*` in them is a `*`."""


class Place(NamedTuple):
    """A resource in two parts.

    Attributes:
        name: the ARN up to what has a name of its own, never generalized.
        path: what lies below it, or "".
    """

    name: str
    path: str


def place_of(arn: str) -> Place:
    """Take an ARN apart, with what the service made up as `*`.

    >>> place_of("arn:aws:s3:::bookshop-orders/incoming/1.json")
    Place(name='arn:aws:s3:::bookshop-orders/', path='incoming/1.json')
    """
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return Place(arn, "")
    service = parts[2]
    for pattern, wanted in _MADE_UP.get(service, ()):
        if pattern.match(parts[5]):
            return Place(":".join((*parts[:5], pattern.sub(wanted, parts[5]))), "")
    path = _PATHS.get(service)
    found = path.fullmatch(arn) if path is not None else None
    return Place(found[1], found[2]) if found else Place(arn, "")


def escaped(text: str) -> str:
    """Write a text so that a policy means it literally: `*` is `${*}`, `?` `${?}`, `${` `${$}{`."""
    if not ("*" in text or "?" in text or "${" in text):
        return text
    return re.sub(r"\$(?=\{)|[*?]", lambda found: f"${{{found[0]}}}", text)


def resource_patterns(name: str, paths: Collection[str], rule: Rule) -> tuple[str, ...]:
    """Give the Resource patterns of one action below one name.

    Args:
        name: as `Place.name`.
        paths: every path that was asked for; "" for the name itself.
        rule: how far to generalize.

    Returns:
        ARNs with `*` and escaped literals, sorted; none covers another.
    """
    if set(paths) == {""}:
        return (name,)
    literal = name.split(":", 3)[2] in _ASKED_LITERALLY
    return tuple(f"{name}{each}" for each in path_patterns(paths, rule, literal=literal))


def path_patterns(paths: Iterable[str], rule: Rule, *, literal: bool = True) -> tuple[str, ...]:
    """Generalize paths: more than `rule.siblings` names at one level become `*`.

    Args:
        paths: texts with "/" between their levels.
        rule: how far to generalize.
        literal: whether `*` and `?` in a path are only characters.

    Returns:
        Patterns, sorted; none covers another.
    """
    if rule.siblings == 0:
        return ("*",)
    split = [
        tuple((escaped(path) if literal else path).split("/")) for path in dict.fromkeys(paths)
    ]
    found = {"/".join(each) for each in _generalized(split, rule)}
    return tuple(sorted(each for each in found if not _covered(each, found)))


def _generalized(paths: list[tuple[str, ...]], rule: Rule) -> Iterable[tuple[str, ...]]:
    """The patterns of one level and everything below it."""
    below: dict[str, list[tuple[str, ...]]] = {}
    for head, *tail in paths:
        below.setdefault(head, []).append(tuple(tail))
    if set(below) == {""}:
        yield ("",)
        return
    if len(below) > rule.siblings:
        below = {"*": list(dict.fromkeys(tail for tails in below.values() for tail in tails))}
    for head, tails in below.items():
        if () in tails:
            yield (head,)
        deeper = [tail for tail in tails if tail]
        if deeper:
            yield from ((head, *each) for each in _generalized(deeper, rule))


def _covered(pattern: str, others: Iterable[str]) -> bool:
    """Whether another pattern that ends in `*` matches everything that this one matches."""
    return any(
        other != pattern and other.endswith("*") and _simple(other[:-1]) and _begins(pattern, other)
        for other in others
    )


def _simple(text: str) -> bool:
    return "*" not in text.replace("${*}", "")


def _begins(pattern: str, other: str) -> bool:
    return pattern.startswith(other[:-1])
