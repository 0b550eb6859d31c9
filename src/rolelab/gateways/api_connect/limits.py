"""Rate limits whose periods follow the calendar, as those of API Connect do.

Page: *Configuring a rate, burst, or count limit on the DataPower API Gateway*: an interval begins
at each new second, minute or hour, a day at midnight UTC, a week on Thursday at 00:00 UTC. All of
these are whole numbers of periods after 1 January 1970, which was a Thursday.
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rolelab.gateways.core.limits import Limit, Taken

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_VALUE = re.compile(r"([0-9]+)/([0-9]+)([a-z]+)")
_MANY = 10_000


def read_limits(
    named: Mapping[str, Mapping[str, Any]], *, burst: bool = False
) -> tuple[Limit, ...]:
    """Read `rate-limits` or `burst-limits` of a plan.

    Args:
        named: `{"default": {"value": "100/1hour", "hard-limit": True}}`, already checked.
        burst: burst limits are always hard.

    Returns:
        The limits in the document's order; an unlimited one is none.
    """
    return tuple(
        limit
        for name, one in named.items()
        if (limit := _read(name, str(one["value"]), bool(one.get("hard-limit", True)) or burst))
    )


def _read(name: str, value: str, hard: bool) -> Limit | None:
    match = _VALUE.fullmatch(value)
    if match is None:
        return None
    return Limit(int(match[1]), int(match[2]) * _SECONDS[match[3]], name, hard)


def period_of(limit: Limit) -> tuple[int, str]:
    """How long a limit's period is, as a number and a unit: `(1, "hour")`."""
    for unit, seconds in reversed(_SECONDS.items()):
        if limit.seconds % seconds == 0:
            return int(limit.seconds // seconds), unit
    raise ValueError(f"{limit.seconds} seconds are no whole number of seconds")


class CalendarLimiter:
    """Counts requests in periods of the calendar, exactly, from any number of threads."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Count nothing yet.

        Args:
            clock: seconds since 1 January 1970, UTC.
        """
        self._clock = clock
        self._lock = threading.Lock()
        self._used: dict[tuple[str, Limit], tuple[int, int]] = {}

    def take(self, key: str, limits: Sequence[Limit]) -> tuple[Taken, ...]:
        """Count one request against every limit; against none if a hard one refuses it.

        Args:
            key: whose requests are counted together.
            limits: all must let the request in.

        Returns:
            One for each limit, in order.
        """
        with self._lock:
            now = self._clock()
            periods = [int(now // each.seconds) for each in limits]
            counts = [
                self._count(key, each, period) for each, period in zip(limits, periods, strict=True)
            ]
            over = [used >= each.count for each, used in zip(limits, counts, strict=True)]
            refused = any(each.hard and full for each, full in zip(limits, over, strict=True))
            step = 0 if refused else 1
            for each, period, used in zip(limits, periods, counts, strict=True):
                self._used[key, each] = (period, used + step)
            if len(self._used) > _MANY:
                self._forget(now)
            return tuple(
                Taken(each, used + step, _left(each, now), full)
                for each, used, full in zip(limits, counts, over, strict=True)
            )

    def _count(self, key: str, limit: Limit, period: int) -> int:
        of, used = self._used.get((key, limit), (period, 0))
        # A clock that goes back opens no new period.
        return used if of >= period else 0

    def _forget(self, now: float) -> None:
        self._used = {
            (key, limit): (period, used)
            for (key, limit), (period, used) in self._used.items()
            if period >= int(now // limit.seconds)
        }


def _left(limit: Limit, now: float) -> int:
    return max(1, math.ceil((int(now // limit.seconds) + 1) * limit.seconds - now))


def limit_headers(taken: Sequence[Taken]) -> tuple[tuple[str, str], ...]:
    """The header fields that tell a client what is left: `name=default,100;`."""
    if not taken:
        return ()
    limits = " ".join(f"name={one.limit.name},{one.limit.count};" for one in taken)
    left = " ".join(f"name={one.limit.name},{one.remaining};" for one in taken)
    return (("x-ratelimit-limit", limits), ("x-ratelimit-remaining", left))
