"""Limits: periods of the calendar, and never one call too many."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from rolelab.gateways.api_connect.limits import (
    CalendarLimiter,
    limit_headers,
    period_of,
    read_limits,
)
from rolelab.gateways.core.limits import Limit

HOUR = Limit(2, 3600, "default")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_period_begins_with_the_hour_and_not_with_the_first_call() -> None:
    clock = Clock()
    limiter = CalendarLimiter(clock)
    clock.now = 3599.0
    assert limiter.take("a", [HOUR])[0].reset_seconds == 1
    assert [limiter.take("a", [HOUR])[0].exceeded for _ in range(2)] == [False, True]
    clock.now = 3600.0
    assert not limiter.take("a", [HOUR])[0].exceeded


def test_a_week_begins_on_thursday_at_midnight_utc() -> None:
    clock = Clock()
    limiter = CalendarLimiter(clock)
    week = Limit(1, 604_800, "week")
    clock.now = 1_764_806_399.0  # Wednesday, 3 December 2025, 23:59:59 UTC
    assert not limiter.take("a", [week])[0].exceeded
    assert limiter.take("a", [week])[0].exceeded
    clock.now += 1
    assert not limiter.take("a", [week])[0].exceeded


def test_a_call_that_one_limit_refuses_uses_up_no_other() -> None:
    limiter = CalendarLimiter(Clock())
    both = [Limit(5, 3600, "many"), Limit(1, 60, "few")]
    limiter.take("a", both)
    refused = limiter.take("a", both)
    assert [one.exceeded for one in refused] == [False, True]
    assert refused[0].used == 1


def test_a_soft_limit_lets_the_call_in() -> None:
    limiter = CalendarLimiter(Clock())
    soft = [Limit(1, 60, "soft", hard=False)]
    limiter.take("a", soft)
    beyond = limiter.take("a", soft)[0]
    assert (beyond.exceeded, beyond.used, beyond.remaining) == (True, 2, 0)


def test_keys_are_counted_apart() -> None:
    limiter = CalendarLimiter(Clock())
    once = [Limit(1, 60, "once")]
    assert not limiter.take("a", once)[0].exceeded
    assert not limiter.take("b", once)[0].exceeded


def test_a_clock_that_goes_back_opens_no_new_period() -> None:
    clock = Clock()
    limiter = CalendarLimiter(clock)
    once = [Limit(1, 60, "once")]
    clock.now = 120.0
    limiter.take("a", once)
    clock.now = 119.0
    assert limiter.take("a", once)[0].exceeded


def test_exactly_the_limit_gets_in_from_fifty_threads() -> None:
    limiter = CalendarLimiter(Clock())
    with ThreadPoolExecutor(50) as pool:
        taken = [*pool.map(lambda _: limiter.take("a", [Limit(100, 3600)])[0], range(1000))]
    assert sum(not one.exceeded for one in taken) == 100


def test_many_keys_do_not_fill_the_memory() -> None:
    clock = Clock()
    limiter = CalendarLimiter(clock)
    for second in range(10_050):
        clock.now = float(second)
        limiter.take(str(second), [Limit(1, 1)])
    assert len(limiter._used) <= 10_001


@pytest.mark.parametrize(
    ("value", "period"),
    [("7/1second", (1, "second")), ("7/5minute", (5, "minute")), ("7/2day", (2, "day")),
     ("7/1week", (1, "week"))],
)  # fmt: skip
def test_a_value_is_read_and_told(value: str, period: tuple[int, str]) -> None:
    (limit,) = read_limits({"default": {"value": value}})
    assert limit.count == 7
    assert period_of(limit) == period


def test_the_header_fields_have_the_form_of_the_products() -> None:
    taken = CalendarLimiter(Clock()).take("a", [Limit(100, 3600, "default")])
    assert dict(limit_headers(taken)) == {
        "x-ratelimit-limit": "name=default,100;",
        "x-ratelimit-remaining": "name=default,99;",
    }
    assert limit_headers(()) == ()
