"""The account's activity log, in the shape of CloudTrail records."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from rolelab.sandbox.call import Call
from rolelab.sandbox.principals import Principal


@dataclass(slots=True)
class Entry:
    """What the gate keeps of one call; the record is made when somebody reads it."""

    request_id: str
    at: float
    call: Call
    principal: Principal
    secure: bool
    status: int = 0
    body: str | bytes = b""
    error_code: str | None = None
    error_message: str | None = None


class Trail:
    """Every call made to the account, oldest first, as CloudTrail 1.11 records."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)

    def __len__(self) -> int:
        return len(self._entries)
