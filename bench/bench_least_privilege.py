"""From a trail to a policy, and the proof: about 60,000 records.

First a role that made a third of the calls; then one that made all of them, the worst case. Their
records are made here, each with an object of its own, so that few of them are alike. Last a role of
the bookshop's month in data/trails. The goals: a policy in at most 1 s, a replay of 60,000 requests
in at most 3 s.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rolelab import least_privilege, trails

ACCOUNT = "123456789012"
RECORDS = 60_000
TRAILS = Path(__file__).resolve().parents[1] / "data" / "trails"
TURNS = 5
ROLES = ("orders-task-role", "dispatch-task-role", "reporter-task-role")
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def record(number: int, role: str, name: str, source: str, **more: Any) -> dict[str, Any]:
    """One CloudTrail record of a role's session."""
    session = f"task-{number % 97}"
    day, second = number % 30 + 1, number % 60
    issuer = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLE:{session}",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
            "accountId": ACCOUNT,
            "sessionContext": {
                "attributes": {"creationDate": f"2026-09-{day:02}T00:00:00Z"},
                "sessionIssuer": {"type": "Role", "arn": issuer, "accountId": ACCOUNT},
            },
            **({"invokedBy": more.pop("via")} if "via" in more else {}),
        },
        "eventTime": f"2026-09-{day:02}T10:{number % 53:02}:{second:02}Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": f"198.51.100.{number % 200}",
        "userAgent": "Boto3",
        "eventID": f"{number:032}",
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
        **more,
    }


def made_by(number: int, role: str) -> dict[str, Any]:
    """One of the calls that a service of the bookshop makes, with an order of its own."""
    key = f"incoming/2026/09/{number}.json"
    bucket = {"bucketName": "bookshop-orders", "key": key}
    kinds: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: record(number, role, "GetObject", "s3", requestParameters=bucket),
        lambda: record(number, role, "PutObject", "s3", requestParameters=bucket),
        lambda: record(
            number,
            role,
            "Decrypt",
            "kms",
            via="s3.amazonaws.com",
            requestParameters={
                "keyId": KEY,
                "encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::bookshop-orders/{key}"},
            },
            resources=[{"ARN": KEY, "accountId": ACCOUNT, "type": "AWS::KMS::Key"}],
        ),
        lambda: record(
            number,
            role,
            "PutItem",
            "dynamodb",
            requestParameters={"tableName": "orders", "key": {"id": str(number)}},
        ),
        lambda: record(
            number,
            role,
            "CreateLogStream",
            "logs",
            requestParameters={"logGroupName": "/ecs/orders", "logStreamName": f"app/{number}"},
        ),
        lambda: record(
            number,
            role,
            "SendMessage",
            "sqs",
            requestParameters={
                "queueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/dispatch"
            },
        ),
    )
    return kinds[number % len(kinds)]()


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def report(title: str, records: list[dict[str, Any]]) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/{ROLES[0]}"
    analysis = least_privilege.from_trail(records, role)
    requests = sum(len(use.need.checks) for use in analysis.uses)
    rows = (
        ("policy", lambda: least_privilege.from_trail(records, role).policy),
        (f"replay of {requests:,} requests", lambda: analysis.prove(mutations=False)),
        ("proof with mutations", analysis.prove),
        ("every role", lambda: least_privilege.by_role(records)),
    )
    proof = analysis.prove()
    print(f"  {title}: {analysis.counts.used:,} of {len(records):,} records are the role's")
    print(
        f"    {len(analysis.permissions)} permissions, {len(proof.questions):,} questions, "
        f"the proof holds: {proof.holds}"
    )
    for name, work in rows:
        first = timed(work)
        turns = [timed(work) for _ in range(TURNS)]
        clock, processor = (statistics.median(column) for column in zip(*turns, strict=True))
        print(
            f"    {name:36} first {first[0]:.2f} s (processor {first[1]:.2f} s), "
            f"then {clock:.2f} s (processor {processor:.2f} s)"
        )


def main() -> None:
    print("least privilege, one core")
    report("one role of three", [made_by(n, ROLES[n // 6 % 3]) for n in range(RECORDS)])
    report("one role alone", [made_by(n, ROLES[0]) for n in range(RECORDS)])
    if TRAILS.is_dir():
        report("a month of the bookshop", trails.records(TRAILS))


if __name__ == "__main__":
    main()
