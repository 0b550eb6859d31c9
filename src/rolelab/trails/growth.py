"""More of the same, for measuring: the month again and again, each time thirty days earlier.

Nothing is run through the sandbox for it. Each copy has its own times, request ids and event ids;
people, sessions and verdicts are those of September. So it is good for the time that a query takes,
and for nothing that one wants to learn about a company.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from rolelab.trails import deliveries
from rolelab.trails.files import content_of, log_files
from rolelab.trails.world import DAYS

_DATE = re.compile(rb"2026-(?:08|09|10)-\d\d(?=T)")
_IDS = re.compile(rb'("(?:eventID|requestID)":")([0-9a-f]{8})')
_STAMP = re.compile(r"(?<=/)\d{4}/\d\d/\d\d(?=/)|(?<=_)\d{8}(?=T)")


def grow(source: Path, into: Path, times: int) -> int:
    """Write a month's log files again, several times.

    Args:
        source: a folder with the month's log files, as `data/trails`.
        into: another folder.
        times: how many months to write; the first is the month itself.

    Returns:
        How many files were written.

    Raises:
        ValueError: times is less than 1, or both folders are the same.
    """
    if times < 1:
        raise ValueError(f"times is {times}: at least one month has to be written.")
    if source.resolve() == into.resolve():
        raise ValueError(f"{into} is the folder that is read. Give another one to write to.")
    files = log_files(source)
    for path in files:
        content, name = content_of(path), path.relative_to(source).as_posix()
        for copy in range(times):
            earlier = timedelta(days=DAYS * copy)
            target = into / _STAMP.sub(partial(_stamp, earlier), name)
            deliveries.write(target, _shifted(content, copy, earlier), 1)
    return len(files) * times


def _shifted(content: bytes, copy: int, earlier: timedelta) -> bytes:
    if not copy:
        return content
    dates: dict[bytes, bytes] = {}

    def date(found: re.Match[bytes]) -> bytes:
        known = found[0]
        if known not in dates:
            at = datetime.strptime(known.decode(), "%Y-%m-%d").replace(tzinfo=UTC) - earlier
            dates[known] = f"{at:%Y-%m-%d}".encode()
        return dates[known]

    def identifier(found: re.Match[bytes]) -> bytes:
        return b"%b%08x" % (found[1], int(found[2], 16) ^ copy)

    return _IDS.sub(identifier, _DATE.sub(date, content))


def _stamp(earlier: timedelta, found: re.Match[str]) -> str:
    text = found[0]
    form = "%Y/%m/%d" if "/" in text else "%Y%m%d"
    return f"{datetime.strptime(text, form).replace(tzinfo=UTC) - earlier:{form}}"
