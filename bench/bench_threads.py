"""Sixteen threads in sixteen accounts at once: no error, and no decision leaks between accounts.

Every account has a role of the same name that may read its own bucket, key and parameters, and
nothing of its neighbour's. Each thread works as its account's role and keeps asking for what it
may have and for what it may not; every answer is checked, and so is every line of the trail.

    python bench/bench_threads.py [seconds]
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import rolelab

THREADS = 16
REGION = "us-east-1"
NAME = "reader"

Action = Callable[[], Any]


@dataclass(slots=True)
class Findings:
    """What the threads saw."""

    calls: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, calls: Counter[str], wrong: list[str]) -> None:
        with self.lock:
            self.calls += calls
            self.wrong += wrong


def account_of(number: int) -> str:
    return f"{number + 1:02}" * 6


def bucket_of(number: int) -> str:
    return f"bench-of-{account_of(number)}"


def prepare(sandbox: Any, number: int) -> Any:
    """Make what one account has, and sign in as its role."""
    admin = sandbox.admin(account_of(number))
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": account_of(number)},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    own = f"arn:aws:ssm:{REGION}:{account_of(number)}:parameter/{account_of(number)}"
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{bucket_of(number)}/*",
            },
            {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": own},
        ],
    }
    iam = admin.client("iam")
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.put_role_policy(RoleName=NAME, PolicyName="read", PolicyDocument=json.dumps(policy))
    admin.client("ssm").put_parameter(
        Name=account_of(number), Value=account_of(number), Type="String"
    )
    s3 = admin.client("s3")
    s3.create_bucket(Bucket=bucket_of(number))
    s3.put_object(Bucket=bucket_of(number), Key="key", Body=account_of(number).encode())
    session = admin.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="bench")
    import boto3

    keys = session["Credentials"]
    return boto3.Session(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=REGION
    )


def expectations(number: int, session: Any) -> dict[str, tuple[Action, str]]:
    """What a thread asks, and the answer it must get: a value, or the code of an error."""
    s3, ssm, iam = session.client("s3"), session.client("ssm"), session.client("iam")
    sts = session.client("sts")
    own, neighbour = account_of(number), account_of((number + 1) % THREADS)
    theirs = bucket_of((number + 1) % THREADS)
    return {
        "who": (lambda: sts.get_caller_identity()["Account"], own),
        "own object": (
            lambda: s3.get_object(Bucket=bucket_of(number), Key="key")["Body"].read().decode(),
            own,
        ),
        "own parameter": (lambda: ssm.get_parameter(Name=own)["Parameter"]["Value"], own),
        "neighbour's object": (lambda: s3.get_object(Bucket=theirs, Key="key"), "AccessDenied"),
        "neighbour's parameter": (
            lambda: ssm.get_parameter(Name=neighbour),
            "AccessDeniedException",
        ),
        "roles": (iam.list_roles, "AccessDenied"),
    }


def work(number: int, session: Any, until: float, findings: Findings) -> None:
    """Ask round after round, and note every answer that is not the expected one."""
    from botocore.exceptions import ClientError

    calls: Counter[str] = Counter()
    wrong: list[str] = []
    asked = expectations(number, session)
    while time.monotonic() < until:
        for name, (ask, expected) in asked.items():
            try:
                got = str(ask())
            except ClientError as error:
                got = error.response["Error"]["Code"]
            except Exception as error:
                got = repr(error)
            calls[name] += 1
            if got != expected:
                wrong.append(f"{account_of(number)}: {name}: {got[:200]}")
    findings.add(calls, wrong)


def misplaced(sandbox: Any) -> list[str]:
    """Lines of the trail that are not in the account of the role that called."""
    return [
        f"trail: {record['eventName']} by {identity['arn']} in {record['recipientAccountId']}"
        for record in sandbox.trail
        if (identity := record["userIdentity"]).get("arn", "").endswith(f"{NAME}/bench")
        and {identity["accountId"], record["recipientAccountId"]} != {identity["arn"].split(":")[4]}
    ]


def main(seconds: int = 60) -> int:
    """Run and print; 1 if anything was wrong."""
    sandbox = rolelab.start()
    sessions = [prepare(sandbox, number) for number in range(THREADS)]
    findings = Findings()
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=work, args=(number, session, until, findings))
        for number, session in enumerate(sessions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wrong = findings.wrong + misplaced(sandbox)
    total = sum(findings.calls.values())
    print(f"{THREADS} threads in {THREADS} accounts, {seconds} s, {total} calls")
    for name, count in findings.calls.items():
        print(f"{name:<24}{count:>8}")
    print(f"wrong answers: {len(wrong)} (target: 0)")
    for line in wrong[:20]:
        print(f"  {line}")
    rolelab.stop()
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
