"""What `rolelab.start()` costs over moto alone, imports included.

Fresh processes, the two programs alternating in one run, so that a busy machine slows both. Run:

    python bench/bench_start.py [pairs]

Reports the time from the start of a process to its end (target: at most 1.1 times moto's), the
processor time, which other programs on the machine disturb less, and the peak memory (target: at
most 15 MB more).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import astuple, dataclass

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)

MOTO = """
import boto3, moto
moto.mock_aws().start()
boto3.client("iam", region_name="us-east-1").create_role(
    RoleName="app", AssumeRolePolicyDocument=TRUST)
"""

ROLELAB = """
import rolelab
rolelab.start()
import boto3
boto3.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)
"""

USED = """
import json, resource, sys
used = resource.getrusage(resource.RUSAGE_SELF)
peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps([used.ru_utime + used.ru_stime, peak / 2**20]))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process used."""

    seconds: float
    processor_seconds: float
    peak_mb: float


def measure(program: str) -> Cost:
    """Run a program in a fresh process."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", f"TRUST = {TRUST!r}\n{program}\n{USED}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return Cost(time.perf_counter() - began, *json.loads(done.stdout))


def main(pairs: int = 15) -> None:
    """Measure and print."""
    for program in (MOTO, ROLELAB):
        measure(program)  # writes the bytecode and warms the file cache
    runs = [(measure(MOTO), measure(ROLELAB)) for _ in range(pairs)]
    moto, ours = (list(zip(*map(astuple, costs), strict=True)) for costs in zip(*runs, strict=True))
    load = f"; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"{pairs} pairs of fresh processes, alternating{load}")
    print(f"{'':18}{'moto':>10}{'rolelab':>10}{'ratio':>8}{'of fastest':>12}{'by pair':>9}")
    for row, name in enumerate(("seconds", "processor seconds")):
        ratio = statistics.median(ours[row]) / statistics.median(moto[row])
        fastest = min(ours[row]) / min(moto[row])
        by_pair = statistics.median(b / a for a, b in zip(moto[row], ours[row], strict=True))
        print(
            f"{name:18}{statistics.median(moto[row]):10.3f}{statistics.median(ours[row]):10.3f}"
            f"{ratio:8.3f}{fastest:12.3f}{by_pair:9.3f}"
        )
    theirs_mb, ours_mb = statistics.median(moto[2]), statistics.median(ours[2])
    print(f"{'peak MB':18}{theirs_mb:10.1f}{ours_mb:10.1f}{ours_mb - theirs_mb:+8.1f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
