"""Which resource of one account is which of the other.

Requests are translated, policies are not: a policy that names the wrong account must show.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rolelab.templates.found import Found, Reading


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Pairs of resources of two accounts.

    Attributes:
        pairs: of the first account and of the second.
        only_first, only_second: resources without a counterpart.
    """

    first: Reading
    second: Reading
    pairs: tuple[tuple[Found, Found], ...]
    only_first: tuple[Found, ...]
    only_second: tuple[Found, ...]

    def to_second(self, text: str) -> str:
        """A text of the first account, as the second would say it."""
        return _translated(text, _dictionary(self.pairs, self.first, self.second))

    def to_first(self, text: str) -> str:
        """A text of the second account, as the first would say it."""
        backwards = [(second, first) for first, second in self.pairs]
        return _translated(text, _dictionary(backwards, self.second, self.first))


def correspondence(
    first: Reading, second: Reading, same: Mapping[str, str] | None = None
) -> Correspondence:
    """Pair the resources of two accounts.

    Args:
        first, second: what they hold.
        same: pairs of keys that are known, from a stack. All others are paired if type and name
            are equal.
    """
    same = same or {}
    by_key = {found.key: found for found in second.found}
    by_name = {(found.type, found.name): found for found in second.found}
    pairs, alone = [], []
    for found in first.found:
        other = by_key.get(same.get(found.key, "")) or by_name.get((found.type, found.name))
        if other is None:
            alone.append(found)
        else:
            pairs.append((found, other))
    taken = {other.key for _, other in pairs}
    rest = tuple(found for found in second.found if found.key not in taken)
    return Correspondence(first, second, tuple(pairs), tuple(alone), rest)


def in_stack(
    second: Reading, logical_ids: Mapping[str, str], stack: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Which resource of the first account a stack made in the second: pairs of keys.

    Args:
        logical_ids: of the first account's resources, by key.
        stack: the StackResources of DescribeStackResources.
    """
    made = {(found.type, found.physical_id): found.key for found in second.found}
    physical = {
        each["LogicalResourceId"]: (each["ResourceType"], each.get("PhysicalResourceId", ""))
        for each in stack
    }
    return {
        key: made[physical[name]] for key, name in logical_ids.items() if physical.get(name) in made
    }


def _dictionary(pairs: Iterable[tuple[Found, Found]], of: Reading, to: Reading) -> dict[str, str]:
    words = {
        one.text: other.text
        for left, right in pairs
        for one, other in zip(left.identifiers, right.identifiers, strict=False)
    }
    words |= {left.key: right.key for left, right in pairs}
    return {**words, of.account_id: to.account_id, of.region: to.region}


def _translated(text: str, words: Mapping[str, str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    either = "|".join(map(re.escape, longest_first))
    # A name ends where its own characters end: bookshop-orders is not in bookshop-orders-archive.
    return re.sub(rf"(?<![\w.-])(?:{either})(?![\w-])", lambda hit: words[hit[0]], text)
