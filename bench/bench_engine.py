"""Decisions a second of the engine, on one core.

Two mixes: the 200 largest AWS managed policies, and small policies of the size people write.
Documents are parsed before the clock starts and reused, as the sandbox does. "Cold" is the first
decision a fresh document makes for an action; "warm" is every later one.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable

from rolelab.iam import Policies, Request, evaluate, parse

SESSION = "arn:aws:sts::123456789012:assumed-role/orders/task"
DECISIONS = 100_000


def managed_policies(count: int) -> list[str]:
    """The largest AWS managed policies, as compact JSON text."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    documents = [
        json.dumps(entry["Document"], separators=(",", ":"))
        for entry in json.loads(aws_managed_policies_data).values()
    ]
    return sorted(documents, key=len, reverse=True)[:count]


def requests_for(text: str, picker: random.Random) -> list[Request]:
    """Requests near a policy: some of its actions, some of another service's."""
    statements = json.loads(text)["Statement"]
    listed = [statements] if isinstance(statements, dict) else statements
    actions = []
    for statement in listed:
        written = statement.get("Action", [])
        actions += [written] if isinstance(written, str) else written
    chosen = picker.sample(actions, min(4, len(actions)))
    named = [action.replace("*", "Thing") for action in chosen if ":" in action]
    context = {"aws:RequestedRegion": "us-east-1", "aws:SourceIp": "10.0.0.1"}
    resource = "arn:aws:s3:::bookshop-orders/2026/1.json"
    return [
        Request(SESSION, action, resource, context=context)
        for action in [*named, "s3:GetObject", "iam:PassRole"]
    ]


SMALL = [
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": "arn:aws:s3:::bookshop-orders/*",
                "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
            },
            {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"},
        ],
    }
]


def per_second(work: Callable[[], object], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        work()
    return times / (time.perf_counter() - started)


def mixed_rate(cases: list[tuple[Request, Policies]]) -> float:
    order = random.Random(7).choices(cases, k=DECISIONS)
    started = time.perf_counter()
    for request, policies in order:
        evaluate(request, policies)
    return DECISIONS / (time.perf_counter() - started)


def percentiles(cases: list[tuple[Request, Policies]]) -> tuple[float, float]:
    """p50 and p99 of single decisions, in microseconds."""
    taken = []
    for request, policies in random.Random(11).choices(cases, k=20_000):
        started = time.perf_counter_ns()
        evaluate(request, policies)
        taken.append((time.perf_counter_ns() - started) / 1000)
    cuts = statistics.quantiles(taken, n=100)
    return cuts[49], cuts[98]


def cold_percentiles(texts: list[str]) -> tuple[float, float]:
    """p50 and p99 of the first decision of freshly read documents, in microseconds."""
    taken = []
    for text in texts:
        policies = Policies(identity=[json.loads(text)])
        for request in requests_for(text, random.Random(3)):
            started = time.perf_counter_ns()
            evaluate(request, policies)
            taken.append((time.perf_counter_ns() - started) / 1000)
    cuts = statistics.quantiles(taken, n=100)
    return cuts[49], cuts[98]


def growth() -> list[tuple[int, float, float]]:
    """(size, cold, warm) in microseconds for policies of growing size: no worse than linear."""
    rows = []
    for size in (10, 100, 1000):
        statements = [
            {
                "Effect": "Allow",
                "Action": [f"svc{number}:Get*", f"svc{number}:Put*"],
                "Resource": f"arn:aws:svc{number}:us-east-1:123456789012:thing/*",
            }
            for number in range(size)
        ]
        document = {"Version": "2012-10-17", "Statement": statements}
        request = Request(SESSION, f"svc{size - 1}:GetThing", "arn:aws:x:us-east-1:1:thing/1")
        cold = []
        for _ in range(5):
            policies = Policies(identity=[document])
            started = time.perf_counter_ns()
            evaluate(request, policies)
            cold.append((time.perf_counter_ns() - started) / 1000)
        warm = 1e6 / per_second(lambda p=policies, r=request: evaluate(r, p), 20_000)
        rows.append((size, statistics.median(cold), warm))
    return rows


def main() -> None:
    texts = managed_policies(200)
    picker = random.Random(1)
    large = [
        (request, policies)
        for text in texts
        for policies in [Policies(identity=[parse(text)])]
        for request in requests_for(text, picker)
    ]
    allowed = Request(
        SESSION,
        "s3:GetObject",
        "arn:aws:s3:::bookshop-orders/1",
        context={"aws:RequestedRegion": "us-east-1"},
    )
    denied = Request(SESSION, "s3:DeleteObject", "arn:aws:s3:::bookshop-orders/1")
    policies = Policies(identity=SMALL)
    small = [(allowed, policies), (denied, policies)]
    mixed_rate(large)
    print("engine: decisions a second on one core, documents parsed once and reused")
    for name, cases in (("200 largest managed policies", large), ("small policies", small)):
        rates = [mixed_rate(cases) for _ in range(3)]
        p50, p99 = percentiles(cases)
        print(
            f"  {name:30} {statistics.median(rates):>10,.0f}/s   "
            f"warm p50 {p50:.1f} us, p99 {p99:.1f} us"
        )
    p50, p99 = cold_percentiles(texts)
    print(f"  first decision of a document     cold p50 {p50:.1f} us, p99 {p99:.1f} us")
    started = time.perf_counter()
    for text in texts:
        Policies(identity=[json.loads(text)])
    each = (time.perf_counter() - started) / len(texts) * 1000
    print(f"  reading one of the large documents: {each:.2f} ms")
    print("  growth with statements (two action patterns each):")
    for size, cold, warm in growth():
        print(f"    {size:>5} statements   cold {cold:>8.1f} us   warm {warm:>6.1f} us")


if __name__ == "__main__":
    main()
