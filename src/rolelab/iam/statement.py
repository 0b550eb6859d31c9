"""One statement of a policy: its elements, ready to compare with a request.

AWS pages: *IAM JSON policy elements reference* and the page of each element.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from rolelab.iam.conditions import Condition
from rolelab.iam.policy_error import PolicyError
from rolelab.iam.principals import Caller, Grant, PrincipalElement
from rolelab.iam.variables import Context, Template
from rolelab.iam.wildcard import (
    STAR,
    Matcher,
    canonical,
    has_wildcard,
    resource_matcher,
    string_matcher,
)

ALLOW, DENY = "Allow", "Deny"


class Asked(Protocol):
    """What a statement needs to know of a request."""

    action: str
    resource: str
    caller: Caller
    has_boundary: bool

    @property
    def context(self) -> Context: ...

    @property
    def user_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ActionElement:
    """Action or NotAction. Actions compare without case; the patterns are in lower case."""

    written: tuple[str, ...]
    negated: bool
    patterns: tuple[str, ...]

    def names(self, action: str) -> bool:
        """Whether a pattern matches an action given in lower case, before any negation."""
        return any(string_matcher(pattern)(action) for pattern in self.patterns)

    def matches(self, action: str) -> bool:
        return self.names(action) is not self.negated


@dataclass(frozen=True, slots=True)
class ResourceElement:
    """Resource or NotResource; `everything` is true for a plain `"Resource": "*"`."""

    written: tuple[str, ...]
    negated: bool
    wanted: tuple[Matcher | Template, ...]
    everything: bool

    def matches(self, asked: Asked) -> bool:
        if self.everything:
            return True
        return any(_matches_resource(wanted, asked) for wanted in self.wanted) is not self.negated


def _matches_resource(wanted: Matcher | Template, asked: Asked) -> bool:
    if isinstance(wanted, Template):
        pattern = wanted.resolve(asked.context)
        return pattern is not None and bool(resource_matcher(pattern)(asked.resource))
    return bool(wanted(asked.resource))


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, with every element read. Elements that it lacks are None or empty."""

    source: Mapping[str, Any]
    label: str
    allows: bool
    action: ActionElement
    resource: ResourceElement | None
    principal: PrincipalElement | None
    conditions: tuple[Condition, ...]

    def matches_request(self, asked: Asked) -> bool:
        """Resource and conditions; the action has been looked up already."""
        if self.resource is not None and not self.resource.matches(asked):
            return False
        return self.meets_conditions(asked)

    def meets_conditions(self, asked: Asked) -> bool:
        if not self.conditions:
            return True
        context = asked.context
        return all(condition.met(context) for condition in self.conditions)

    def grant(self, asked: Asked) -> Grant:
        """How directly the Principal element names the caller.

        A Deny with NotPrincipal applies to every principal that has a permissions boundary,
        listed or not (*AWS JSON policy elements: NotPrincipal*).
        """
        if self.principal is None:
            return Grant.DIRECT
        if not self.principal.negated:
            return self.principal.grant(asked.caller, asked.user_id)
        if asked.has_boundary or not self.principal.excludes(asked.caller):
            return Grant.DIRECT
        return Grant.NONE


_VENDOR = re.compile(r"[A-Za-z0-9-]+")


def read_actions(values: tuple[str, ...], *, negated: bool) -> ActionElement:
    """Read Action or NotAction. Raises PolicyError for what is not `service:Action` or `*`."""
    element = "NotAction" if negated else "Action"
    return ActionElement(values, negated, tuple(_action(value, element) for value in values))


@lru_cache(maxsize=65536)
def _action(value: str, element: str) -> str:
    vendor, colon, name = value.partition(":")
    if value not in ("*", "*:*"):
        if not colon:
            raise PolicyError(
                f"{value!r} needs its service first, as in s3:GetObject", element=element
            )
        if not _VENDOR.fullmatch(vendor):
            raise PolicyError(
                f"{value!r}: the service before the colon is plain text, without wildcards",
                element=element,
            )
        if not name or ":" in name or any(character.isspace() for character in name):
            raise PolicyError(f"{value!r} names no action after the colon", element=element)
    return canonical(value.lower())


def vendor_of(pattern: str) -> str | None:
    """The service prefix of an action pattern in canonical form, None for `*` and `*:*`."""
    vendor = pattern.partition(":")[0]
    return None if vendor == STAR else vendor


def is_exact(pattern: str) -> bool:
    return not has_wildcard(pattern)
