"""How far resources are generalized."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """When names under one prefix become ``prefix/*``.

    A policy that names every object of last month is narrow and denies the first object of the
    next one. A policy on the whole bucket allows everything else in it, too. The rule stands
    between them, and it is a decision, not a fact: choose it, and look at what it does.

    Attributes:
        siblings: as many names under one prefix are listed one by one. With one more they become
            ``*`` at that level of the path: ``incoming/1.json`` ... ``incoming/4.json`` become
            ``incoming/*``; ``customers/1/bill.pdf`` ... become ``customers/*/bill.pdf``. 0 turns
            every name below a resource into ``*``.

    Raises ValueError for a negative number.

    AWS page: *IAM JSON policy elements: Resource*, "Using wildcards in resource ARNs".
    """

    siblings: int = 3

    def __post_init__(self) -> None:
        if self.siblings < 0:
            raise ValueError(
                f"siblings is how many names are listed before they become *: {self.siblings} "
                "is less than none. Take 0 or more."
            )
