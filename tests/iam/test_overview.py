"""A decision in one line for each policy type: what pictures show."""

from __future__ import annotations

import pytest

from rolelab.iam import Decision, Policies, Request, evaluate
from rolelab.iam.overview import overview

SESSION = "arn:aws:sts::123456789012:assumed-role/orders-task-role/task"


def statement(effect: str, action: str) -> dict[str, object]:
    body = {"Sid": "Orders", "Effect": effect, "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [body]}


def decide(**policies: object) -> Decision:
    request = Request(SESSION, "s3:PutObject", "arn:aws:s3:::bookshop-orders/1")
    return evaluate(request, Policies(**policies))  # type: ignore[arg-type]


READ, ALL, NONE = statement("Allow", "s3:Get*"), statement("Allow", "*"), statement("Deny", "*")
MISSES = "statement Orders: the action s3:PutObject is not in its Action"

CASES = [
    pytest.param(
        {"identity": [ALL]},
        "Allowed: the identity-based policy grants s3:PutObject",
        ("identity-based policy", "Allow in statement Orders"),
        id="what-matched",
    ),
    pytest.param(
        {"identity": [ALL, NONE]},
        "Denied: an identity-based policy forbids s3:PutObject",
        ("identity-based policy", "Deny in statement Orders; Allow in statement Orders"),
        id="denials-first",
    ),
    pytest.param(
        {"identity": [ALL], "boundary": [READ]},
        "Denied: no permissions boundary allows s3:PutObject",
        ("permissions boundary", MISSES),
        id="what-came-nearest",
    ),
    pytest.param(
        {},
        "Denied: no identity-based policy allows s3:PutObject",
        ("identity-based policy", "there is none"),
        id="nothing-there",
    ),
]


@pytest.mark.parametrize(("policies", "title", "decisive"), CASES)
def test_title_and_decisive_row(
    policies: dict[str, object], title: str, decisive: tuple[str, str]
) -> None:
    summary = overview(decide(**policies))
    assert summary.title == title
    assert [(row.name, row.why) for row in summary.rows if row.decisive] == [decisive]
    assert summary.description.startswith(f"{title}. In the order of evaluation: ")


def test_there_is_a_row_for_every_policy_type_in_order() -> None:
    decision = decide(identity=[ALL])
    rows = overview(decision).rows
    assert [row.effect for row in rows] == [layer.effect for layer in decision.layers]
