"""Limits: exact, whoever asks and however many at once."""

from __future__ import annotations

import threading

import pytest

from rolelab.gateways.core.limits import Limit, Limiter


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


MINUTE = Limit(3, 60, "minute")


def test_a_period_lets_in_as_many_as_the_limit_says_and_no_more() -> None:
    limiter = Limiter(Clock())
    taken = [limiter.take("shop", [MINUTE])[0] for _ in range(5)]
    assert [each.exceeded for each in taken] == [False, False, False, True, True]
    assert [each.used for each in taken] == [1, 2, 3, 3, 3]
    assert [each.remaining for each in taken] == [2, 1, 0, 0, 0]


def test_a_new_period_begins_when_the_old_one_has_ended() -> None:
    clock = Clock()
    limiter = Limiter(clock)
    for _ in range(3):
        limiter.take("shop", [MINUTE])
    clock.now += 59.5
    assert limiter.take("shop", [MINUTE])[0].exceeded
    assert limiter.take("shop", [MINUTE])[0].reset_seconds == 1
    clock.now += 0.5
    assert not limiter.take("shop", [MINUTE])[0].exceeded


def test_each_key_has_a_count_of_its_own() -> None:
    limiter = Limiter(Clock())
    for _ in range(3):
        limiter.take("shop", [MINUTE])
    assert not limiter.take("other", [MINUTE])[0].exceeded


def test_a_request_that_one_limit_refuses_uses_up_none_of_the_others() -> None:
    hour, second = Limit(10, 3600, "hour"), Limit(1, 1, "second")
    clock = Clock()
    limiter = Limiter(clock)
    for _ in range(5):
        limiter.take("shop", [second, hour])
    clock.now += 1
    assert limiter.take("shop", [second, hour])[1].used == 2


@pytest.mark.parametrize(
    ("limit", "let_in"),
    [
        pytest.param(Limit(0, 60), 0, id="a limit of nothing lets nobody in"),
        pytest.param(Limit(0, 60, hard=False), 5, id="a soft limit lets everybody in"),
    ],
)
def test_hard_and_soft(limit: Limit, let_in: int) -> None:
    limiter = Limiter(Clock())
    taken = [limiter.take("shop", [limit])[0] for _ in range(5)]
    assert sum(not (each.exceeded and limit.hard) for each in taken) == let_in
    assert all(each.exceeded for each in taken)


def test_fifty_threads_never_get_one_request_too_many() -> None:
    limiter, limit = Limiter(Clock()), Limit(100, 60)
    let_in: list[bool] = []

    def ask() -> None:
        for _ in range(20):
            let_in.append(not limiter.take("shop", [limit])[0].exceeded)

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(let_in), sum(let_in)) == (1000, 100)


def test_many_keys_do_not_stay_when_their_periods_have_ended() -> None:
    clock = Clock()
    limiter = Limiter(clock)
    for number in range(10_000):
        limiter.take(str(number), [MINUTE])
    clock.now += 61
    for number in range(10):
        limiter.take(f"new-{number}", [MINUTE])
    assert len(limiter._periods) <= 10
