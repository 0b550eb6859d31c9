"""Write the dataset: `python -m rolelab.trails data/trails`.

python -m rolelab.trails FOLDER             thirty days; takes some minutes
python -m rolelab.trails FOLDER --days 1    the first day only
python -m rolelab.trails FOLDER --grow 10 --source data/trails    ten months from one
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rolelab.trails import deliveries
from rolelab.trails.growth import grow
from rolelab.trails.month import days
from rolelab.trails.world import DAYS


def write(folder: Path, count: int) -> int:
    """Write the log files of some days, and the gateway's log.

    Returns:
        How many events were written.
    """
    lines: list[dict[str, Any]] = []
    events = 0
    for day in days(count):
        deliveries.write(
            folder / deliveries.file_name(day.number), deliveries.log_text(day.records)
        )
        lines += day.lines
        events += len(day.records)
        print(f"day {day.number:2}  {len(day.records):6} events", flush=True)
    deliveries.write(folder / deliveries.GATEWAY_LOG, deliveries.lines_text(lines))
    return events


def main() -> None:
    """Read the command line, and write."""
    parser = argparse.ArgumentParser(prog="python -m rolelab.trails", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write")
    parser.add_argument("--days", type=int, default=DAYS, help="only the first days")
    parser.add_argument("--grow", type=int, metavar="TIMES", help="copy months instead")
    parser.add_argument("--source", type=Path, default=Path("data/trails"))
    given = parser.parse_args()
    if given.grow:
        print(f"{grow(given.source, given.folder, given.grow)} files in {given.folder}")
        return
    print(f"{write(given.folder, given.days)} events in {given.folder}")


if __name__ == "__main__":
    main()
