"""Statistics of the calls, in the words of APIPark's monitor."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from rolelab.gateways.core.message import Json

_KEPT = 1000


@dataclass(slots=True)
class Counted:
    """The calls of one API, one service or one application."""

    total: int = 0
    success: int = 0
    status_4xx: int = 0
    status_5xx: int = 0
    milliseconds: float = 0.0

    def count(self, status: int, milliseconds: float) -> None:
        """Count one call."""
        self.total += 1
        self.success += status < 400
        self.status_4xx += 400 <= status < 500
        self.status_5xx += status >= 500
        self.milliseconds += milliseconds

    def summary(self) -> dict[str, Json]:
        """As `monitor/overview/summary` shows it."""
        return {
            "total": self.total,
            "success": self.success,
            "fail": self.total - self.success,
            "status_4xx": self.status_4xx,
            "status_5xx": self.status_5xx,
        }

    def item(self, identifier: str) -> dict[str, Json]:
        """As `monitor/overview/top10` shows it. Rates are of 1, times in milliseconds."""
        return {
            "id": identifier,
            "request_total": self.total,
            "request_success": self.success,
            "request_rate": round(self.success / self.total, 4) if self.total else 0.0,
            "avg_resp": round(self.milliseconds / self.total, 3) if self.total else 0.0,
        }


class Statistics:
    """Counts every client call, and keeps the last thousand log records."""

    def __init__(self) -> None:
        self.requests, self.proxied = Counted(), Counted()
        self._by: dict[str, dict[str, Counted]] = {"api": {}, "provider": {}, "application": {}}
        self._records: deque[dict[str, Json]] = deque(maxlen=_KEPT)

    def count(self, record: dict[str, Json], proxied_ms: float | None) -> None:
        """Count a call by its log record.

        Args:
            record: with `status`, `request_time`, and perhaps `api`, `provider`, `application`.
            proxied_ms: how long the backend took; None if it was not asked.
        """
        status, milliseconds = int(record["status"]), float(record["request_time"])
        self._records.append(record)
        self.requests.count(status, milliseconds)
        if proxied_ms is not None:
            self.proxied.count(status, proxied_ms)
        for kind, counted in self._by.items():
            identifier = record.get(kind)
            if identifier:
                counted.setdefault(str(identifier), Counted()).count(status, milliseconds)

    def top10(self, kind: str) -> list[dict[str, Json]]:
        """The ten that were called most: of `api`, `provider` (services) or `application`."""
        items = [counted.item(identifier) for identifier, counted in self._by[kind].items()]
        return sorted(items, key=lambda each: -int(each["request_total"]))[:10]

    def records(self, service: str) -> list[dict[str, Json]]:
        """The log records of a service, the latest first."""
        return [each for each in reversed(self._records) if each.get("provider") == service]
