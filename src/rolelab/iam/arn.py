"""Amazon Resource Names, split the way IAM reads them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

ARN_COMPONENTS = 6


class Arn(NamedTuple):
    """The parts of `arn:partition:service:region:account:resource`.

    AWS page: *Identify AWS resources with Amazon Resource Names (ARNs)*.
    """

    partition: str
    service: str
    region: str
    account: str
    resource: str


@lru_cache(maxsize=4096)
def parse_arn(text: str) -> Arn | None:
    """Split an ARN; None when the text does not have an ARN's six parts."""
    parts = text.split(":", ARN_COMPONENTS - 1)
    if len(parts) != ARN_COMPONENTS or parts[0] != "arn":
        return None
    return Arn(*parts[1:])


def is_account_id(text: str) -> bool:
    """True for the twelve digits of an AWS account id."""
    return len(text) == 12 and text.isascii() and text.isdigit()
