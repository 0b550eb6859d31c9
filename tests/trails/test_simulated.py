"""A clock and a chance in place of the machine's."""

from __future__ import annotations

import datetime
import os
import secrets
import time
import uuid

import pytest

from rolelab.sandbox import sessions
from rolelab.trails.simulated import simulated

NOON = datetime.datetime(2026, 9, 1, 12, tzinfo=datetime.UTC).timestamp()


def drawn() -> tuple[bytes, str, str]:
    return os.urandom(8), str(uuid.uuid4()), secrets.token_hex(4)


def test_the_time_is_the_clocks() -> None:
    with simulated(NOON, 1) as clock:
        clock.advance(90)
        assert time.time() == NOON + 90
        now = datetime.datetime.now(datetime.UTC)
        assert now.isoformat() == "2026-09-01T12:01:30+00:00"


def test_without_a_zone_it_is_utc_wherever_the_machine_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        with simulated(NOON, 1):
            assert datetime.datetime.now().hour == 12
            assert datetime.datetime.utcnow().hour == 12
    finally:
        monkeypatch.undo()
        time.tzset()


def test_it_never_goes_back() -> None:
    with simulated(NOON, 1) as clock:
        clock.reach(NOON - 60)
        assert clock.now == NOON


def test_dates_are_dates_in_either_direction() -> None:
    before = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    with simulated(NOON, 1):
        assert isinstance(before, datetime.datetime)
        assert before < datetime.datetime.now(datetime.UTC)
        assert issubclass(type(before), datetime.datetime)


def test_the_same_seed_draws_the_same() -> None:
    with simulated(NOON, 7):
        first = drawn()
    with simulated(NOON, 7):
        assert drawn() == first
    with simulated(NOON, 8):
        assert drawn() != first


def test_everything_is_the_machines_again_afterwards() -> None:
    kept = (time.time, time.time_ns, os.urandom, uuid.uuid4, datetime.datetime)

    def stopped() -> None:
        with simulated(NOON, 1):
            assert sessions.datetime is not kept[-1]  # type: ignore[attr-defined]
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stopped()
    assert (time.time, time.time_ns, os.urandom, uuid.uuid4, datetime.datetime) == kept
    assert sessions.datetime is datetime.datetime  # type: ignore[attr-defined]
    assert drawn() != drawn()
