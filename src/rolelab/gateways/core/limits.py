"""Limits on how often somebody may call: exact, also when many call at once."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of requests in a period.

    Attributes:
        count: how many requests, 0 or more.
        seconds: the length of the period.
        name: how the product calls it: `minute`, `default`, `burst-limit`.
        hard: refuse what is beyond it. A soft limit is only noted.
    """

    count: int
    seconds: float
    name: str = ""
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """What a limit says to one request.

    Attributes:
        limit: the limit.
        used: requests in this period, this one included if it was let in.
        reset_seconds: until the period ends, rounded up.
        exceeded: this request is beyond the limit.
    """

    limit: Limit
    used: int
    reset_seconds: int
    exceeded: bool = False

    @property
    def remaining(self) -> int:
        """How many requests are left in this period."""
        return max(0, self.limit.count - self.used)


class Limiter:
    """Counts in fixed periods. Periods begin at the first request after the last one ended."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Count nothing yet.

        Args:
            clock: seconds, from any beginning; never goes back.
        """
        self._clock = clock
        self._lock = threading.Lock()
        self._periods: dict[tuple[str, Limit], tuple[float, int]] = {}

    def take(self, key: str, limits: Sequence[Limit]) -> tuple[Taken, ...]:
        """Count one request against every limit, or against none.

        A request that a hard limit refuses uses up nothing, so nobody is kept out for asking.

        Args:
            key: whose requests are counted together: an application, a plan and a credential.
            limits: all must let the request in.

        Returns:
            One for each limit, in order. The request is let in if no hard limit is `exceeded`.
        """
        with self._lock:
            now = self._clock()
            counts = [self._count(key, each, now) for each in limits]
            full = [used >= each.count for each, (_, used) in zip(limits, counts, strict=True)]
            refused = any(each.hard and over for each, over in zip(limits, full, strict=True))
            step = 0 if refused else 1
            for each, (began, used) in zip(limits, counts, strict=True):
                self._periods[key, each] = (began, used + step)
            if len(self._periods) > _MANY:
                self._forget(now)
            return tuple(
                Taken(each, used + step, max(1, math.ceil(began + each.seconds - now)), over)
                for each, (began, used), over in zip(limits, counts, full, strict=True)
            )

    def _count(self, key: str, limit: Limit, now: float) -> tuple[float, int]:
        began, used = self._periods.get((key, limit), (now, 0))
        return (now, 0) if now >= began + limit.seconds else (began, used)

    def _forget(self, now: float) -> None:
        """Drop periods that have ended, so that many keys do not fill the memory."""
        self._periods = {
            (key, limit): (began, used)
            for (key, limit), (began, used) in self._periods.items()
            if now < began + limit.seconds
        }


_MANY = 10_000
