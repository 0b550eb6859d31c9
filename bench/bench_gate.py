"""What the gate costs: a warm boto3 call through the gate against the same call on raw moto.

One call to each service of the course (`tour.py`). Both sides run in one process, in short blocks
that alternate. Each side has an account of its own, prepared its own way. What counts is processor
time, which other programs on the machine disturb least. Printed are medians, their ratio, and where
the gate's own time goes.

    python bench/bench_gate.py [blocks]
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from rolelab.sandbox import safety

safety.secure("us-east-1")
safety.block_outside()

import boto3  # noqa: E402
from moto import mock_aws  # noqa: E402
from tour import tour  # noqa: E402

from rolelab.sandbox import authorization, gate, sessions  # noqa: E402

TARGET = 1.25
CALLS_PER_BLOCK = 10
ACCOUNT = "210987654321"

Calls = dict[str, Callable[[], Any]]
Parts = dict[str, list[float]]


def administrator() -> boto3.Session:
    """A role session with full access to the account behind the gate."""
    from moto.iam.models import iam_backends

    allow_all = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    backend = iam_backends[ACCOUNT]["aws"]
    backend.create_role("admin", "{}", "/", None, "", [], "3600")
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow_all]})
    backend.put_role_policy("admin", "all", document)
    issued = sessions.issue(
        "assumed-role", issuer_arn=f"arn:aws:iam::{ACCOUNT}:role/admin", name="bench"
    )
    return boto3.Session(
        issued.access_key_id,
        issued.secret_access_key,
        issued.session_token,
        region_name="us-east-1",
    )


def calls_of(session: boto3.Session, bucket: str) -> Calls:
    """Prepare every stop of the tour and give its call."""
    calls: Calls = {}
    for service, stop in tour(bucket).items():
        client = session.client(service)  # type: ignore[call-overload]
        if stop.prepare is not None:
            stop.prepare(client)
        stop.call(client)
        calls[service] = partial(stop.call, client)
    return calls


def block(call: Callable[[], Any]) -> list[float]:
    times = []
    for _ in range(CALLS_PER_BLOCK):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
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
        start = time.process_time()
        try:
            return original(*args, **kwargs)
        finally:
            times.append(time.process_time() - start)

    setattr(owner, name, run)
    return lambda: setattr(owner, name, original)


def main(blocks: int = 30) -> int:
    mock = mock_aws()
    mock.start()
    theirs = calls_of(boto3.Session("AKIABENCH", "secret", region_name="us-east-1"), "bench-moto")
    gate.install(account=ACCOUNT)
    ours = calls_of(administrator(), "bench-gate")
    raw: defaultdict[str, list[float]] = defaultdict(list)
    gated: defaultdict[str, list[float]] = defaultdict(list)
    split: dict[str, Parts] = {name: defaultdict(list) for name in theirs}
    for _ in range(blocks):
        for name in theirs:
            gate.remove()
            raw[name] += block(theirs[name])
            gate.install(account=ACCOUNT)
            ours[name]()
            gated[name] += block(ours[name])
    for name, call in ours.items():
        stop = measured(split[name])
        for _ in range(5):
            block(call)
        stop()
    gate.remove()
    mock.stop()
    ratios = {
        name: statistics.median(gated[name]) / statistics.median(raw[name]) for name in theirs
    }
    print(f"{'call to':<26}{'raw us':>9}{'gate us':>9}{'ratio':>7}   the gate's own steps, us")
    for name in sorted(theirs, key=lambda each: ratios[each]):
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
    print(f"median ratio {overall:.2f} over {len(theirs)} services (target: at most {TARGET})")
    return 0 if overall <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
