"""What `rolelab.start()` costs over moto alone, imports included.

Fresh processes, the two programs alternating in one run, so that a busy machine slows both. Run:

    python bench/bench_start.py [pairs]

Reports medians, their ratio (target: at most 1.1), the median of the ratios pair by pair, and the
difference of the peak memory (target: at most +15 MB).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time

MOTO = """
import json
import boto3, moto
moto.mock_aws().start()
boto3.client("iam", region_name="us-east-1").create_role(
    RoleName="app", AssumeRolePolicyDocument=TRUST)
"""

ROLELAB = """
import json
import rolelab
rolelab.start()
import boto3
boto3.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)
"""

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

PEAK = """
import resource, sys
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak if sys.platform == "darwin" else peak * 1024)
"""


def measure(program: str) -> tuple[float, float]:
    """Seconds until a fresh process has ended, and its peak memory in MB."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", f"TRUST = {TRUST!r}\n{program}\n{PEAK}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - began, int(done.stdout) / 2**20


def main(pairs: int = 15) -> None:
    """Measure and print."""
    for program in (MOTO, ROLELAB):
        measure(program)  # writes the bytecode and warms the file cache
    runs = [(measure(MOTO), measure(ROLELAB)) for _ in range(pairs)]
    moto_seconds, rolelab_seconds = zip(*((a[0], b[0]) for a, b in runs), strict=True)
    moto_peak, rolelab_peak = zip(*((a[1], b[1]) for a, b in runs), strict=True)
    ratio = statistics.median(rolelab_seconds) / statistics.median(moto_seconds)
    by_pair = statistics.median(
        ours / theirs for theirs, ours in zip(moto_seconds, rolelab_seconds, strict=True)
    )
    more = statistics.median(rolelab_peak) - statistics.median(moto_peak)
    print(f"{pairs} pairs of fresh processes, alternating; medians")
    print(f"  moto alone     {statistics.median(moto_seconds):.3f} s  ", end="")
    print(f"{statistics.median(moto_peak):.1f} MB")
    print(f"  rolelab.start  {statistics.median(rolelab_seconds):.3f} s  ", end="")
    print(f"{statistics.median(rolelab_peak):.1f} MB")
    print(f"  time ratio     {ratio:.3f}  (pair by pair {by_pair:.3f}; target at most 1.1)")
    print(f"  peak memory    {more:+.1f} MB  (target at most +15 MB)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
