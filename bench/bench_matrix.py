"""Access matrices: every action on every resource for every principal, on one core.

Each matrix is measured in turns with `evaluate`, one call at a time, on a sample of the same
cells; the ratio is what deciding together is worth. Documents are parsed before the clock starts.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Iterable
from itertools import product

from rolelab.iam import (
    MatrixResource,
    Policies,
    Request,
    access_matrix,
    evaluate,
    evaluate_many,
    parse,
)

ACCOUNT = "123456789012"
CONTEXT = {"aws:RequestedRegion": "us-east-1", "aws:SourceIp": "10.0.0.1"}
USUAL = (
    "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "kms:Decrypt",
    "kms:GenerateDataKey", "dynamodb:GetItem", "dynamodb:DeleteTable", "sqs:SendMessage",
    "sts:AssumeRole",
)  # fmt: skip
SAMPLE = 20_000
TURNS = 5


def managed_policies() -> dict[str, dict[str, object]]:
    """The AWS managed policies, as plain data."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    entries = json.loads(aws_managed_policies_data)
    return {name: entry["Document"] for name, entry in entries.items()}


def names_of_actions(documents: Iterable[dict[str, object]], count: int) -> list[str]:
    """Actions that the policies name in full, spread over their services."""
    found = set()
    for document in documents:
        statements = document["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            written = statement.get("Action", [])
            found |= {written} if isinstance(written, str) else set(written)
    plain = sorted(name for name in found if "*" not in name and name not in USUAL)
    return random.Random(5).sample(plain, count)


def text(effect: str, action: object, resource: object, **elements: object) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **elements}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


HOME = text("Allow", "s3:*", "arn:aws:s3:::home/${aws:username}/*")
IN_REGION = text(
    "Allow",
    ["s3:Get*", "s3:List*", "kms:Decrypt", "sqs:*", "dynamodb:*"],
    "*",
    Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
)
NO_DELETING = text("Deny", ["s3:Delete*", "dynamodb:DeleteTable"], "*")
FULL = text("Allow", "*", "*")
GUARD = text(
    "Deny", "*", "*", Condition={"StringNotEquals": {"aws:RequestedRegion": ["us-east-1"]}}
)


def plain_team(count: int) -> dict[str, Policies]:
    """Roles' sessions with one written policy each and no condition anywhere."""
    names = ("Get*", "List*", "Put*", "Delete*", "Describe*")
    return {
        f"arn:aws:sts::{ACCOUNT}:assumed-role/r{number}/task": Policies(
            identity=[text("Allow", [f"s3:{names[number % 5]}", "dynamodb:GetItem"], "*")]
        )
        for number in range(count)
    }


def team(count: int, managed: list[dict[str, object]]) -> dict[str, Policies]:
    """Users with two managed and three written policies, a boundary, and SCPs on two levels."""
    picker = random.Random(9)
    return {
        f"arn:aws:iam::{ACCOUNT}:user/u{number}": Policies(
            identity=[
                *(parse(json.dumps(document)) for document in picker.sample(managed, 2)),
                HOME,
                IN_REGION,
                NO_DELETING,
            ],
            boundary=[FULL] if number % 2 else None,
            service_control=[[FULL], [FULL, GUARD]],
        )
        for number in range(count)
    }


def plain_resources(count: int) -> list[str]:
    buckets = [f"arn:aws:s3:::home/u{number}/report.csv" for number in range(count // 2)]
    tables = [
        f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t{number}" for number in range(count // 2)
    ]
    return buckets + tables


def keys(count: int) -> list[MatrixResource]:
    """KMS keys, each with the policy that delegates to the account and names one user."""
    found = []
    for number in range(count):
        root, user = (f"arn:aws:iam::{ACCOUNT}:{name}" for name in ("root", f"user/u{number}"))
        statements = [
            {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"},
            {
                "Effect": "Allow",
                "Principal": {"AWS": user},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                "Resource": "*",
            },
        ]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{number:08}-12ab-34cd-56ef-1234567890ab"
        found.append(MatrixResource(arn, document))
    return found


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def medians(turns: list[tuple[float, float]]) -> list[float]:
    return [statistics.median(column) for column in zip(*turns, strict=True)]


def report(
    name: str,
    principals: dict[str, Policies],
    actions: list[str],
    resources: list[str] | list[MatrixResource],
) -> None:
    """Measure one matrix in turns with single calls on a sample of its cells."""
    listed = [MatrixResource(item) if isinstance(item, str) else item for item in resources]
    cells = list(product(principals, actions, listed))
    # In the order of the matrix, as a loop would ask.
    chosen = sorted(random.Random(1).sample(range(len(cells)), min(SAMPLE, len(cells))))
    sample = [cells[place] for place in chosen]
    bearing = {
        (principal, resource.arn): resource.bearing(policies)
        for principal, policies in principals.items()
        for resource in listed
    }

    def one_by_one() -> None:
        for principal, action, resource in sample:
            request = Request(principal, action, resource.arn, context=CONTEXT)
            evaluate(request, bearing[principal, resource.arn])

    def together() -> object:
        return access_matrix(principals, actions, resources, context=CONTEXT)

    first = timed(together)
    one_by_one()  # what documents remember about actions is there for both
    singles, matrices = [], []
    for _ in range(TURNS):
        singles.append(timed(one_by_one))
        matrices.append(timed(together))
    share = len(cells) / len(sample)
    single, single_processor = (share * median for median in medians(singles))
    clock, processor = medians(matrices)
    matrix = access_matrix(principals, actions, resources, context=CONTEXT)
    rows = timed(matrix.to_rows)[0]
    print(
        f"  {name:44} {len(cells):>7,} cells ({matrix.allowed:,} allowed)\n"
        f"    first {first[0]:.3f} s, then {clock:.3f} s (processor {processor:.3f} s);   "
        f"one call at a time {single:.3f} s "
        f"(processor {single_processor:.3f} s);\n"
        f"    ratio {single / clock:.1f} (processor {single_processor / processor:.1f});   "
        f"every cell as a row: {rows:.3f} s"
    )


def report_many(policies: Policies, actions: list[str], resources: list[str]) -> None:
    principal = f"arn:aws:iam::{ACCOUNT}:user/u1"
    requests = [
        Request(principal, action, resource, context=CONTEXT)
        for action, resource in product(actions, resources)
    ] * 5
    turns = [
        (
            timed(lambda: [evaluate(request, policies) for request in requests])[0],
            timed(lambda: evaluate_many(requests, policies))[0],
        )
        for _ in range(TURNS)
    ]
    single, many = (statistics.median(column) for column in zip(*turns, strict=True))
    print(
        f"  {'evaluate_many, requests of one user':44} {len(requests):>7,} requests\n"
        f"    {many:.3f} s;   one call at a time {single:.3f} s;   ratio {single / many:.1f}"
    )


def main() -> None:
    managed = managed_policies()
    documents = sorted(managed.values(), key=lambda document: len(json.dumps(document)))
    common = documents[len(documents) // 2 :]
    actions = [*names_of_actions(managed.values(), 200 - len(USUAL)), *USUAL]
    principals = team(50, common)
    print("access matrices on one core, documents parsed before")
    report("50 principals x 200 actions x 20 resources", principals, actions, plain_resources(20))
    report("the same with one small policy each", plain_team(50), actions, plain_resources(20))
    few = dict(list(principals.items())[:20])
    of_keys = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:PutKeyPolicy"]
    report("20 principals x 4 actions x 20 keys", few, of_keys, keys(20))
    report("50 principals x 200 actions x 20 keys", principals, actions, keys(20))
    report_many(principals[f"arn:aws:iam::{ACCOUNT}:user/u1"], actions, plain_resources(20))


if __name__ == "__main__":
    main()
