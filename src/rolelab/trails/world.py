"""What every actor of the month knows: the shop, the clock, the chance of the day, the wire."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rolelab.trails.bookshop import Bookshop
from rolelab.trails.launches import OnPaper
from rolelab.trails.simulated import Clock
from rolelab.trails.wire import Caller, Wire

FIRST_DAY = datetime(2026, 9, 1, tzinfo=UTC)
DAYS = 30
DAY = 86_400

Activity = Iterator[float]
"""Does one thing after another; what it yields is how many seconds pass until the next."""


@dataclass(slots=True)
class World:
    """The bookshop while its month passes.

    Attributes:
        shop: the account.
        clock: the simulated time.
        wire: makes the calls.
        tasks: who launches tasks.
        chance: decides what people and programs do; anew for each day.
        machines: user -> the user's own keys, address and user agent.
        lines: the gateway's log so far.
        waiting: keys of orders that have come in and are not taken in yet.
        gateway: what the API gateway signs with at the moment; None before its task runs.
        orders: how many orders came in so far.
        programs: service -> what its latest task called with.
    """

    shop: Bookshop
    clock: Clock
    wire: Wire
    tasks: OnPaper
    chance: random.Random
    machines: dict[str, Caller]
    lines: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    gateway: Caller | None = None
    orders: int = 0
    programs: dict[str, Caller] = field(default_factory=dict)


def moment(day: int, hour: int, minute: int = 0, second: int = 0) -> float:
    """A moment of the month, in seconds since 1970.

    Args:
        day: the day of September, from 1.
        hour, minute, second: the time in UTC.
    """
    first = FIRST_DAY.timestamp()
    return first + (day - 1) * DAY + hour * 3600 + minute * 60 + second


def is_working_day(day: int) -> bool:
    """Whether a day of the month is one from Monday to Friday."""
    return datetime.fromtimestamp(moment(day, 12), UTC).isoweekday() < 6
