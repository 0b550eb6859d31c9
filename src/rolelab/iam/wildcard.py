"""How `*` and `?` match, for actions, strings and ARNs.

Patterns reach this module in *canonical* form: `canonical()` has turned every wildcard into a
private character, so that a `*` that came from a variable's value, or from `${*}`, is only a `*`.

Every matcher answers in time linear in the text for each wildcard: a chunk between two `*` is found
at its first place and never tried again (an atomic group), which is enough for `*`, because
whatever follows can absorb the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from rolelab.iam.arn import ARN_COMPONENTS

Matcher = Callable[[str], object]
"""Takes the text of a request, answers something true when the pattern matches."""

STAR = "\ue000"
ONE = "\ue001"
_CANONICAL = str.maketrans({"*": STAR, "?": ONE})
_WILDCARDS = re.compile(f"[{STAR}{ONE}]")


def canonical(pattern: str) -> str:
    """A pattern as written in a policy, with its wildcards made unmistakable."""
    return pattern.translate(_CANONICAL)


def readable(pattern: str) -> str:
    """The pattern as a person wrote it."""
    return pattern.replace(STAR, "*").replace(ONE, "?")


def has_wildcard(pattern: str) -> bool:
    """True when a canonical pattern can match more than one text."""
    return _WILDCARDS.search(pattern) is not None


@lru_cache(maxsize=8192)
def string_matcher(pattern: str) -> Matcher:
    """Match a whole text, with case, `*` and `?` standing for any characters.

    AWS page: *IAM JSON policy elements: Condition operators*, StringLike.
    """
    return _simple(pattern) or _regex(_glob(pattern, "."))


@lru_cache(maxsize=8192)
def resource_matcher(pattern: str) -> Matcher:
    """Match a resource ARN as the Resource element does.

    A wildcard stays inside its segment, except that a `*` at the end of a segment reaches past
    the colon. The last of the six parts is one segment, whatever colons it holds.

    AWS page: *IAM JSON policy elements: Resource*, "Using wildcards in resource ARNs".
    """
    return _simple(pattern) or _regex(_segments(pattern))


@lru_cache(maxsize=8192)
def arn_matcher(pattern: str) -> Matcher:
    """Match an ARN as the ArnLike and ArnEquals operators do: six parts, each by itself.

    AWS page: *IAM JSON policy elements: Condition operators*, "ARN condition operators".
    """
    if pattern == STAR:
        return _anything
    parts = pattern.split(":", ARN_COMPONENTS - 1)
    if len(parts) != ARN_COMPONENTS:
        return _nothing
    patterns = [_glob(part, "[^:]") for part in parts[:-1]] + [_glob(parts[-1], ".")]
    return _regex(":".join(patterns))


def _anything(text: str) -> object:
    return True


def _nothing(text: str) -> object:
    return None


def _simple(pattern: str) -> Matcher | None:
    """The three commonest shapes need no regular expression."""
    if pattern == STAR:
        return _anything
    if not has_wildcard(pattern):
        return pattern.__eq__
    body = pattern[:-1]
    if pattern.endswith(STAR) and not has_wildcard(body):
        return lambda text: text.startswith(body)
    return None


def _regex(source: str) -> Matcher:
    return re.compile(source, re.DOTALL).fullmatch


def _literal(chunk: str, one: str) -> str:
    return one.join(re.escape(piece) for piece in chunk.split(ONE))


def _glob(pattern: str, one: str) -> str:
    """A regular expression for one segment; `one` is the class of a single character."""
    first, *rest = pattern.split(STAR)
    source = _literal(first, one)
    if not rest:
        return source
    *middle, last = rest
    source += "".join(f"(?>{one}*?{_literal(chunk, one)})" for chunk in middle if chunk)
    return source + f"{one}*{_literal(last, one)}"


def _segments(pattern: str) -> str:
    *heads, tail = pattern.split(":", ARN_COMPONENTS - 1)
    sources = []
    for head in heads:
        crosses = head.endswith(STAR)
        body = head.rstrip(STAR) if crosses else head
        sources.append(_glob(body, "[^:]") + (".*" if crosses else ""))
    return ":".join([*sources, _glob(tail, ".")])
