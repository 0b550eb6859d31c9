"""From a definition to the gateway: releases, and the lifecycle of a publication."""

from __future__ import annotations

from typing import Final

NONE: Final = "none"
APPLY: Final = "apply"
ACCEPT: Final = "accept"
REFUSE: Final = "refuse"
DONE: Final = "done"
STOP: Final = "stop"
CLOSE: Final = "close"
PUBLISHING: Final = "publishing"
ERROR: Final = "error"

STATUSES = (NONE, APPLY, ACCEPT, REFUSE, DONE, STOP, CLOSE, PUBLISHING, ERROR)

#: What each operation makes of each status it is allowed in.
_TRANSITIONS: dict[str, dict[str, str]] = {
    "accept": {APPLY: ACCEPT},
    "refuse": {APPLY: REFUSE},
    "execute": {ACCEPT: DONE, DONE: DONE},
    "stop": {ACCEPT: STOP, APPLY: CLOSE},
    "close": {APPLY: CLOSE},
}
OPEN = frozenset({APPLY, ACCEPT})
"""A service with a publication in one of these takes no further one."""


def after(operation: str, status: str) -> str | None:
    """The status that an operation leads to; None where it is not allowed."""
    return _TRANSITIONS[operation].get(status)
