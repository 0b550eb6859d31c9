"""Patterns with wildcards against each other: is one inside the other, do they meet?

Both answers are sound. `covers` says yes only if every text of the one is a text of the other;
`meet` says no only if no text is a text of both.

Pages: *IAM JSON policy elements: Action*, *IAM JSON policy elements: Resource*, "Using wildcards
in resource ARNs".
"""

from __future__ import annotations

from functools import lru_cache

from rolelab.iam.arn import ARN_COMPONENTS


@lru_cache(maxsize=16384)
def covers(general: str, special: str) -> bool:
    """Whether every text that `special` matches is matched by `general`, too."""
    rows = [[False] * (len(special) + 1) for _ in range(len(general) + 1)]
    rows[0][0] = True
    for i, one in enumerate(general, start=1):
        rows[i][0] = rows[i - 1][0] and one == "*"
        for j, other in enumerate(special, start=1):
            if one == "*":
                rows[i][j] = rows[i - 1][j] or rows[i][j - 1]
            else:
                same = one == other or (one == "?" and other != "*")
                rows[i][j] = rows[i - 1][j - 1] and same
    return rows[-1][-1]


@lru_cache(maxsize=16384)
def meet(one: str, other: str) -> bool:
    """Whether some text is matched by both patterns."""
    rows = [[False] * (len(other) + 1) for _ in range(len(one) + 1)]
    rows[0][0] = True
    for i in range(len(one) + 1):
        for j in range(len(other) + 1):
            if i and one[i - 1] == "*":
                rows[i][j] = rows[i][j] or rows[i - 1][j] or bool(j and rows[i][j - 1])
            if j and other[j - 1] == "*":
                rows[i][j] = rows[i][j] or rows[i][j - 1] or bool(i and rows[i - 1][j])
            if i and j and _one(one[i - 1], other[j - 1]):
                rows[i][j] = rows[i][j] or rows[i - 1][j - 1]
    return rows[-1][-1]


def _one(left: str, right: str) -> bool:
    if "*" in (left, right):
        return False
    return left == right or "?" in (left, right)


def covers_action(general: str, special: str) -> bool:
    """Actions compare without case; `*` and `*:*` are all of them."""
    general, special = general.lower(), special.lower()
    return general in ("*", "*:*") or covers(general, special)


def meet_action(one: str, other: str) -> bool:
    """Whether some action is named by both patterns."""
    return meet(_all(one.lower()), _all(other.lower()))


def _all(action: str) -> str:
    return "*" if action == "*:*" else action


def covers_resource(general: str, special: str) -> bool:
    """ARNs compare part by part: a wildcard inside a part does not reach past its colon."""
    if general in ("*", special):
        return True
    if "${" in general or "${" in special:
        # What a variable stands for is not known: only the same text is the same.
        return False
    one, other = (text.split(":", ARN_COMPONENTS - 1) for text in (general, special))
    if len(one) == len(other) == ARN_COMPONENTS:
        return all(covers(left, right) for left, right in zip(one, other, strict=True))
    # A pattern like arn:aws:s3* ends within a part: then its last star reaches to the end.
    return len(one) < len(other) and general.endswith("*") and _covers_start(one, other)


def _covers_start(one: list[str], other: list[str]) -> bool:
    *heads, last = one
    same = all(covers(left, right) for left, right in zip(heads, other, strict=False))
    return same and covers(last, ":".join(other[len(heads) :]))


def meet_resource(one: str, other: str) -> bool:
    """Whether some resource may be named by both. A variable may stand for anything."""
    return meet(_open(one), _open(other))


def _open(pattern: str) -> str:
    while "${" in pattern:
        before, _, rest = pattern.partition("${")
        pattern = f"{before}*{rest.partition('}')[2]}"
    return pattern
