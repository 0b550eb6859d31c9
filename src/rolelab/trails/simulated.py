"""A clock and a chance of our own, so that a month passes in minutes and always the same way.

Inside `simulated`, the time of day is what the clock says, and everything that is random in the
sandbox, in moto and in the SDK comes from one seed: request ids, access keys, ids of tasks and
keys. Policies see the simulated time as `aws:CurrentTime`, and signatures are made and checked by
it. Nothing of this is for a notebook: the whole process is changed while it lasts.
"""

from __future__ import annotations

import datetime as datetime_module
import os
import random
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_PACKAGES = frozenset({"boto3", "botocore", "moto", "rolelab", "s3transfer"})
"""Whose modules may hold a clock or a source of chance under a name of their own."""

_STANDARD = (datetime_module, os, random, time, uuid)
_REAL = datetime_module.datetime


class Clock:
    """The simulated time, in seconds since 1970. It never goes back."""

    def __init__(self, start: float) -> None:
        self.now = start

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def reach(self, moment: float) -> None:
        """Let time pass up to a moment; one that is over changes nothing."""
        self.now = max(self.now, moment)


@contextmanager
def simulated(start: float, seed: int) -> Iterator[Clock]:
    """Put a clock and a seed in place of the machine's own, for the whole process.

    Args:
        start: the first moment, in seconds since 1970.
        seed: the same seed gives the same ids.

    Yields:
        The clock. Whoever simulates moves it on.
    """
    from moto.moto_api._internal import mock_random

    clock = Clock(start)
    stand_ins = _stand_ins(clock, seed)
    before = mock_random.getstate()
    mock_random.seed(seed)
    _exchange(stand_ins)
    try:
        yield clock
    finally:
        # Also in modules that were imported meanwhile.
        _exchange({id(stand_in): real for real, stand_in in _pairs(stand_ins)})
        mock_random.setstate(before)


def _stand_ins(clock: Clock, seed: int) -> Mapping[int, Any]:
    """What replaces what: id of the real thing -> its stand-in."""
    # Apart from each other, so that an SDK that asks for one id more changes no access key.
    identifiers, secrets_ = random.Random(f"{seed} uuid"), random.Random(f"{seed} urandom")

    def uuid4() -> uuid.UUID:
        return uuid.UUID(int=identifiers.getrandbits(128), version=4)

    return {
        id(_REAL): _datetime_by(clock),
        id(time.time): lambda: clock.now,
        id(time.time_ns): lambda: int(clock.now * 1e9),
        # What is measured takes no simulated time, whatever it takes this machine.
        id(time.monotonic): lambda: clock.now,
        id(os.urandom): secrets_.randbytes,
        id(uuid.uuid4): uuid4,
    }


def _pairs(stand_ins: Mapping[int, Any]) -> Iterator[tuple[Any, Any]]:
    for real in (_REAL, *_FUNCTIONS):
        yield real, stand_ins[id(real)]


_FUNCTIONS = (time.time, time.time_ns, time.monotonic, os.urandom, uuid.uuid4)


def _datetime_by(clock: Clock) -> type[_REAL]:
    """A class that is `datetime` in all but what it takes for now."""

    class Likeness(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, _REAL)

        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, _REAL)

    class SimulatedDatetime(_REAL, metaclass=Likeness):
        @classmethod
        def now(cls, tz: datetime_module.tzinfo | None = None) -> Any:
            # Without a zone it is UTC: the machine's own must not show in the records.
            at = _REAL.fromtimestamp(clock.now, tz or datetime_module.UTC)
            return at if tz is not None else at.replace(tzinfo=None)

        @classmethod
        def utcnow(cls) -> Any:
            return cls.now()

    return SimulatedDatetime


def _exchange(replacements: Mapping[int, Any]) -> None:
    """Bind every name of every module that is bound to a replaced thing to its replacement."""
    for module in (*_STANDARD, *_modules()):
        for name, value in list(vars(module).items()):
            replacement = replacements.get(id(value))
            if replacement is not None and module is not sys.modules[__name__]:
                setattr(module, name, replacement)


def _modules() -> list[Any]:
    return [
        module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in _PACKAGES and module is not None
    ]
