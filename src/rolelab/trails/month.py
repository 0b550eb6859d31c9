"""The month: everybody's activities, one call after another, day by day."""

from __future__ import annotations

import heapq
import random
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from rolelab.trails import people, services, unusual
from rolelab.trails.bookshop import ACCOUNT, REGION, build
from rolelab.trails.launches import launched_on_paper
from rolelab.trails.simulated import Clock, simulated
from rolelab.trails.wire import Caller, Wire
from rolelab.trails.world import DAY, DAYS, Activity, World, moment

if TYPE_CHECKING:
    from rolelab.sandbox.trail import Record, Trail

SEED = 20260901


@dataclass(frozen=True, slots=True)
class Day:
    """What one day leaves.

    Attributes:
        number: the day of September, from 1.
        records: the account's CloudTrail records, in order of time.
        lines: the gateway's log.
    """

    number: int
    records: list[Record]
    lines: list[dict[str, Any]]


def days(count: int = DAYS, seed: int = SEED) -> Iterator[Day]:
    """Run the bookshop through the sandbox, and give its days one by one.

    A sandbox that is running ends. The first days are the same, however many are asked for. What
    goes on after the last midnight is not in the last day.

    Args:
        count: how many days, from the first of September; at most 30.
        seed: another one makes other ids and other habits.

    Raises:
        ValueError: the month has no such day.
    """
    if not 1 <= count <= DAYS:
        raise ValueError(f"September 2026 has days 1 to {DAYS}: {count} days cannot be made.")
    import rolelab
    from rolelab.sandbox import gate  # noqa: F401 - imported before the clock is exchanged

    with simulated(moment(1, 0) - DAY, seed) as clock, launched_on_paper() as tasks:
        sandbox = rolelab.start(ACCOUNT, REGION)
        try:
            shop = build(sandbox)
            wire = Wire(clock, random.Random(f"{seed} wire"), REGION)
            machines = {
                user: Caller(_keys(shop.keys[user]), machine.office, machine.agent)
                for user, machine in people.MACHINES.items()
            }
            world = World(shop, clock, wire, tasks, random.Random(seed), machines)
            yield from _passing(world, sandbox.trail, count, seed)
        finally:
            rolelab.stop()


def _keys(pair: tuple[str, str]) -> Any:
    from botocore.credentials import ReadOnlyCredentials

    return ReadOnlyCredentials(*pair, None)


def _passing(world: World, trail: Trail, number: int, seed: int) -> Iterator[Day]:
    agenda = _Agenda(world.clock)
    seen = len(trail)
    over: list[Record] = []
    for day in range(1, number + 1):
        world.clock.reach(moment(day, 0))
        world.chance = random.Random(f"{seed} day {day}")
        for source in (services, people, unusual):
            for at, begin in source.of_day(day):
                agenda.add(at, begin, world)
        agenda.until(moment(day + 1, 0))
        fresh = trail[seen:]
        seen += len(fresh)
        # Whoever was in the middle of something at midnight: what came after is the next day's.
        midnight = f"{datetime.fromtimestamp(moment(day + 1, 0), UTC):%Y-%m-%dT%H:%M:%SZ}"
        records = sorted([*over, *fresh], key=_time_of)
        first = bisect_left(records, midnight, key=_time_of)
        records, over = records[:first], records[first:]
        lines, world.lines = world.lines, []
        yield Day(day, records, lines)


def _time_of(record: Record) -> str:
    return str(record["eventTime"])


class _Agenda:
    """Who is to go on when. Of two at the same moment the one that was there first goes first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[tuple[float, int, Activity]] = []
        self._numbers = count()

    def add(self, at: float, begin: Callable[[World], Activity], world: World) -> None:
        """Let an activity begin at a moment."""
        self._push(at, begin(world))

    def until(self, end: float) -> None:
        """Let everybody go on until a moment. What is not done yet goes on afterwards."""
        while self._entries and self._entries[0][0] < end:
            at, _, activity = heapq.heappop(self._entries)
            self._clock.reach(at)
            pause = next(activity, None)
            if pause is not None:
                self._push(self._clock.now + pause, activity)

    def _push(self, at: float, activity: Activity) -> None:
        heapq.heappush(self._entries, (at, next(self._numbers), activity))
