"""Calls to IAM."""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.cloudformation.resources.work import Refused, Work

KINDS = ("Role", "User", "Group")
"""The entities that hold policies, as IAM's operations name them."""


def iam(work: Work, operation: str, /, **members: Any) -> dict[str, Any]:
    """Make a call."""
    return work.call("iam", operation, **members)


def unless_gone(work: Work, operation: str, /, **members: Any) -> None:
    """Make a call about something that may not be there."""
    try:
        iam(work, operation, **members)
    except Refused as refused:
        if refused.code != "NoSuchEntity":
            raise
