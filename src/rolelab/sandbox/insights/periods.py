"""Periods such as `5m`, and the bins that they cut time into.

AWS pages: *stats* for the units; *Boolean, comparison, numeric, datetime, and other functions* for
the caps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rolelab.sandbox.insights.values import Timestamp

_NAMES: Mapping[str, tuple[str, ...]] = {
    "millisecond": ("ms", "msec"),
    "second": ("s", "sec"),
    "minute": ("m", "min"),
    "hour": ("h", "hr"),
    "day": ("d",),
    "week": ("w",),
    "month": ("mo", "mon"),
    "quarter": ("q", "qtr"),
    "year": ("y", "yr"),
}
_UNIT_OF = {name: unit for unit, names in _NAMES.items() for name in (unit, *names)}
# With more than one character, a name may have an s at its end.
_UNIT_OF |= {f"{name}s": unit for name, unit in _UNIT_OF.items() if len(name) > 1}
_MILLISECONDS = {
    "millisecond": 1,
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
}
# More than this is taken as this.
_CAPS = {"millisecond": 1000, "second": 60, "minute": 60, "hour": 24}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_WRITTEN = re.compile(r"(\d{1,6})([a-zA-Z]+)", re.ASCII)
_MONDAY = 4 * 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = 0, 253_402_300_799_999


@dataclass(frozen=True, slots=True)
class Period:
    """A number of units of time."""

    count: int
    unit: str

    @classmethod
    def read(cls, text: str) -> Period | None:
        """Read a period; None for what is none."""
        found = _WRITTEN.fullmatch(text)
        unit = _UNIT_OF.get(found[2].lower()) if found else None
        if found is None or unit is None or int(found[1]) == 0:
            return None
        count = int(found[1])
        return cls(min(count, _CAPS.get(unit, count)), unit)

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"

    def floor(self, at: int) -> Timestamp:
        """Give the begin of the bin in which a time lies."""
        at = min(max(int(at), _FIRST), _LAST)
        if self.unit in _MONTHS:
            return self._floor_months(at)
        size = self.count * _MILLISECONDS[self.unit]
        # Weeks begin on a Monday; 1970 began on a Thursday.
        offset = _MONDAY if self.unit == "week" else 0
        return Timestamp((at - offset) // size * size + offset)

    def ceiling(self, at: int) -> Timestamp:
        """Give the end of the bin in which a time lies; the time itself where a bin begins."""
        floor = self.floor(at)
        if floor == at:
            return floor
        if self.unit in _MONTHS:
            begin = _EPOCH + timedelta(milliseconds=int(floor))
            months = begin.year * 12 + begin.month - 1 + self.count * _MONTHS[self.unit]
            return _month(months)
        return Timestamp(floor + self.count * _MILLISECONDS[self.unit])

    def _floor_months(self, at: int) -> Timestamp:
        moment = _EPOCH + timedelta(milliseconds=at)
        months = moment.year * 12 + moment.month - 1
        size = self.count * _MONTHS[self.unit]
        return _month(months // size * size)


def _month(months: int) -> Timestamp:
    year = min(max(months // 12, 1), 9999)
    begin = datetime(year, months % 12 + 1, 1, tzinfo=UTC)
    return Timestamp((begin - _EPOCH) // timedelta(milliseconds=1))
