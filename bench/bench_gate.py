"""What the gate costs: a warm boto3 call through the gate against the same call on raw moto.

Both run in one process, in short blocks that alternate, so that whatever else the machine does
hits both alike. Printed are medians, their ratio, and where the gate's own time goes.

    python bench/bench_gate.py [blocks]
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from rolelab.sandbox import safety

safety.secure("us-east-1")
safety.block_outside()

import boto3  # noqa: E402
from moto import mock_aws  # noqa: E402

from rolelab.sandbox import authorization, gate, sessions  # noqa: E402

TARGET = 1.25
CALLS_PER_BLOCK = 20
ACCOUNT = "123456789012"

Parts = dict[str, list[float]]


def administrator() -> boto3.Session:
    """A role session with full access, and the things the calls below touch."""
    from moto.iam.models import iam_backends

    allow_all = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    backend = iam_backends[ACCOUNT]["aws"]
    backend.create_role("bench", "{}", "/", None, "", [], "3600")
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow_all]})
    backend.put_role_policy("bench", "all", document)
    issued = sessions.issue(
        "assumed-role", issuer_arn=f"arn:aws:iam::{ACCOUNT}:role/bench", name="bench"
    )
    return boto3.Session(
        issued.access_key_id,
        issued.secret_access_key,
        issued.session_token,
        region_name="us-east-1",
    )


def calls_of(session: boto3.Session) -> dict[str, Callable[[], Any]]:
    iam, sts, s3 = session.client("iam"), session.client("sts"), session.client("s3")
    s3.create_bucket(Bucket="bench-bucket")
    s3.put_object(Bucket="bench-bucket", Key="key", Body=b"x" * 1024)
    return {
        "iam.get_role": lambda: iam.get_role(RoleName="bench"),
        "iam.list_roles": iam.list_roles,
        "sts.get_caller_identity": sts.get_caller_identity,
        "s3.get_object": lambda: s3.get_object(Bucket="bench-bucket", Key="key"),
        "s3.put_object": lambda: s3.put_object(Bucket="bench-bucket", Key="key", Body=b"x" * 1024),
        "s3.list_objects_v2": lambda: s3.list_objects_v2(Bucket="bench-bucket"),
    }


def block(call: Callable[[], Any]) -> list[float]:
    times = []
    for _ in range(CALLS_PER_BLOCK):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return times


def measured(parts: Parts) -> Callable[[], None]:
    """Time the gate's steps. The clock costs about a microsecond a step."""
    from rolelab.sandbox.gate import _Passage

    undo = []
    steps = {
        (gate, "_raw_body"): "body",
        (_Passage, "__init__"): "headers",
        (gate, "authenticate"): "authenticate",
        (gate, "identify"): "decode",
        (_Passage, "_call"): "principal's request",
        (authorization, "checks_of"): "checks",
        (authorization, "evaluate"): "evaluate",
        (_Passage, "_authorize"): "authorize",
        (_Passage, "go"): "all before the handler",
    }
    for (owner, name), label in steps.items():
        undo.append(_timed(owner, name, parts[label]))

    def stop() -> None:
        for step in undo:
            step()

    return stop


def _timed(owner: Any, name: str, times: list[float]) -> Callable[[], None]:
    original = getattr(owner, name)

    def run(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            times.append(time.perf_counter() - start)

    setattr(owner, name, run)
    return lambda: setattr(owner, name, original)


def main(blocks: int = 40) -> int:
    mock = mock_aws()
    mock.start()
    calls = calls_of(administrator())
    raw: defaultdict[str, list[float]] = defaultdict(list)
    gated: defaultdict[str, list[float]] = defaultdict(list)
    split: dict[str, Parts] = {name: defaultdict(list) for name in calls}
    for number in range(blocks + 2):
        for name, call in calls.items():
            gate.remove()
            without = block(call)
            gate.install()
            call()
            through = block(call)
            if number >= 2:
                raw[name] += without
                gated[name] += through
    for name, call in calls.items():
        stop = measured(split[name])
        for _ in range(5):
            block(call)
        stop()
    gate.remove()
    mock.stop()
    ratios = {name: statistics.median(gated[name]) / statistics.median(raw[name]) for name in calls}
    print(f"{'call':<26}{'raw us':>9}{'gate us':>9}{'ratio':>7}   the gate's own steps, us")
    for name in calls:
        steps = "  ".join(
            f"{label} {statistics.median(times) * 1e6:.0f}"
            for label, times in split[name].items()
            if times
        )
        print(
            f"{name:<26}{statistics.median(raw[name]) * 1e6:>9.0f}"
            f"{statistics.median(gated[name]) * 1e6:>9.0f}{ratios[name]:>7.2f}   {steps}"
        )
    overall = statistics.median(ratios.values())
    print(f"median ratio {overall:.2f} (target: at most {TARGET})")
    return 0 if overall <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
