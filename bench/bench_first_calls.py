"""The first call to each service, and the memory after a tour through all of them.

Fresh processes, moto alone and rolelab in turns. In each, the tour (`tour.py`) stops at every
service; what is timed is the first client, its preparation and its call, imports included. A
service whose modules another one has already imported is cheap on both sides.

    python bench/bench_first_calls.py [pairs]

Targets: the whole tour at most 1.1 times moto's, and at most 25 MB more memory.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TIME_RATIO, MEMORY_MB = 1.1, 25

MOTO = """
import boto3, moto
moto.mock_aws().start()
"""

ROLELAB = """
import rolelab
rolelab.start()
import boto3
"""

VISIT = """
import json, resource, sys, time
from tour import tour

def first(service, stop):
    began = time.perf_counter()
    client = boto3.client(service, region_name="us-east-1")
    if stop.prepare is not None:
        stop.prepare(client)
    stop.call(client)
    return time.perf_counter() - began

seconds = {service: first(service, stop) for service, stop in tour().items()}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([seconds, peak * (1 if sys.platform == "darwin" else 1024) / 2**20]))
"""


@dataclass(frozen=True, slots=True)
class Tour:
    """What one process took for each first call, in seconds, and its peak memory."""

    seconds: Mapping[str, float]
    peak_mb: float


def take(start: str) -> Tour:
    """Run the tour in a fresh process."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    here = Path(__file__).resolve().parent
    done = subprocess.run(
        [sys.executable, "-c", f"{start}\n{VISIT}"],
        cwd=here,
        env={**environment, "PYTHONPATH": str(here)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Tour(*json.loads(done.stdout))


def main(pairs: int = 5) -> int:
    """Measure and print; 1 where a target is missed."""
    for start in (MOTO, ROLELAB):
        take(start)  # writes the bytecode and warms the file cache
    runs = [(take(MOTO), take(ROLELAB)) for _ in range(pairs)]
    theirs, ours = zip(*runs, strict=True)
    print(f"{pairs} pairs of fresh processes, alternating; load {os.getloadavg()[0]:.1f}")
    print(f"{'first call to':<26}{'moto ms':>9}{'rolelab ms':>12}{'ratio':>7}")
    for service in theirs[0].seconds:
        raw, gated = (
            statistics.median(tour.seconds[service] for tour in tours) for tours in (theirs, ours)
        )
        print(f"{service:<26}{raw * 1e3:>9.0f}{gated * 1e3:>12.0f}{gated / raw:>7.2f}")
    raw, gated = (
        statistics.median(sum(tour.seconds.values()) for tour in tours) for tours in (theirs, ours)
    )
    memory = statistics.median(b.peak_mb - a.peak_mb for a, b in runs)
    print(f"{'all':<26}{raw * 1e3:>9.0f}{gated * 1e3:>12.0f}{gated / raw:>7.2f}")
    print(f"peak MB {statistics.median(tour.peak_mb for tour in theirs):.0f}, ours {memory:+.1f}")
    print(f"targets: at most {TIME_RATIO}, at most {MEMORY_MB:+} MB")
    return 0 if gated / raw <= TIME_RATIO and memory <= MEMORY_MB else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
