"""The checks of the labs and exercises: real calls that prove what is possible and what is not."""

from __future__ import annotations

from rolelab.labs.callers import as_account, as_anonymous, as_role, as_service, as_user
from rolelab.labs.exercise import your_turn
from rolelab.labs.grader import CheckFailed, Passed

__all__ = [
    "CheckFailed",
    "Passed",
    "as_account",
    "as_anonymous",
    "as_role",
    "as_service",
    "as_user",
    "your_turn",
]
