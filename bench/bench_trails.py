"""The month's log files: reading them, growing them, and making them anew.

    python bench/bench_trails.py               reading; copies of ten months with DuckDB
    python bench/bench_trails.py --grow 100    a hundred months, six million events (a gigabyte)
    python bench/bench_trails.py --regenerate  the whole month, compared with what is committed

Reading is measured in processor time, which other programs disturb least. The copies are made by
`rolelab.trails.growth`, which shifts days and runs nothing through the sandbox.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rolelab.trails
from rolelab.trails import deliveries
from rolelab.trails.files import content_of, log_files
from rolelab.trails.growth import grow

TRAILS = Path(__file__).resolve().parents[1] / "data" / "trails"
READ_SECONDS = 2.0
MEMORY_MIB = 1024

# In a process of its own, because its peak memory is the question.
_COUNT = """
import resource, sys, time
import duckdb
began = time.perf_counter()
db = duckdb.connect(config={"threads": 2, "memory_limit": "700MB"})
db.execute("SET preserve_insertion_order = false")
db.execute("SET enable_progress_bar = false")
rows = db.execute(
    '''
    SELECT event.userIdentity.sessionContext.sessionIssuer.userName AS role,
           event.eventName AS event, event.errorCode IS NOT NULL AS failed, count(*) AS events
    FROM (
        SELECT unnest(Records) AS event
        FROM read_json(
            ?, format = 'newline_delimited', maximum_object_size = 16777216,
            columns = {Records: 'STRUCT(eventName VARCHAR, errorCode VARCHAR, userIdentity STRUCT(
                sessionContext STRUCT(sessionIssuer STRUCT(userName VARCHAR))))[]'}
        )
    )
    GROUP BY ALL ORDER BY events DESC
    ''',
    [sys.argv[1] + "/AWSLogs/**/*.json.gz"],
).fetchall()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(sum(row[-1] for row in rows), round(time.perf_counter() - began, 2), peak)
"""


def reading() -> bool:
    """Time the DataFrame, and say whether it is quick enough."""
    rolelab.trails.load(log_files(TRAILS)[0])
    times = []
    for _ in range(3):
        began = time.process_time()
        frame = rolelab.trails.load(TRAILS)
        times.append(time.process_time() - began)
    best = min(times)
    print(f"load {len(frame)} events: {best:.2f} s of processor time (target {READ_SECONDS} s)")
    return best <= READ_SECONDS


def growing(times: int) -> bool:
    """Count with DuckDB over copies, and say whether it stays within the memory."""
    with tempfile.TemporaryDirectory() as folder:
        for copies in (1, times):
            into = Path(folder) / str(copies)
            grow(TRAILS, into, copies)
            answer = subprocess.run(
                [sys.executable, "-c", _COUNT, str(into)],
                capture_output=True,
                text=True,
                check=True,
            )
            events, seconds, peak = answer.stdout.split()
            print(f"DuckDB over {events} events: {seconds} s, at most {peak} MiB")
    return int(peak) <= MEMORY_MIB


def regenerating() -> bool:
    """Make the month anew, and compare each file with what is committed."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "rolelab.trails", folder], check=True)
        took = time.perf_counter() - began
        names = [path.relative_to(TRAILS) for path in (*log_files(TRAILS), _gateway())]
        differing = [
            str(name) for name in names if content_of(TRAILS / name) != content_of(folder / name)
        ]
        alike = sum((TRAILS / name).read_bytes() == (folder / name).read_bytes() for name in names)
    print(f"{len(names)} files anew in {took:.0f} s; {len(differing)} differ: {differing[:3]}")
    print(f"{alike} are the same when compressed, too")
    return not differing


def _gateway() -> Path:
    return TRAILS / deliveries.GATEWAY_LOG


def main() -> int:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grow", type=int, default=10)
    parser.add_argument("--regenerate", action="store_true")
    given = parser.parse_args()
    # Growing first: a child's peak begins at what its parent holds when it starts the child.
    good = [regenerating()] if given.regenerate else [growing(given.grow), reading()]
    print(f"peak of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
