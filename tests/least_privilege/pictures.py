"""Comparisons and proofs for pictures."""

from __future__ import annotations

from rolelab.figures import least_privilege
from rolelab.figures.described_figure import DescribedFigure
from rolelab.least_privilege import from_trail
from tests.least_privilege.records import OTHER, ROLE, on_object, record, registered, through_s3

TRAIL = [
    on_object("GetObject", "incoming/1.json"),
    through_s3("Decrypt", "incoming/1.json"),
    record("dynamodb", "PutItem", requestParameters={"tableName": "orders"}),
    registered("orders", 1, OTHER, OTHER),
]


def allow(*actions: str) -> dict[str, object]:
    """A policy that allows actions on everything."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def of_an_administrator() -> DescribedFigure:
    """Everything is granted, and little of it needed."""
    analysis = from_trail(TRAIL, ROLE)
    return least_privilege(analysis.compare(allow("*")), analysis.prove())


def of_a_small_policy() -> DescribedFigure:
    """Some services are granted, one is missing, one is not needed."""
    analysis = from_trail(TRAIL, ROLE)
    return least_privilege(analysis.compare(allow("s3:*", "sqs:*", "iam:PassRole", "ecs:*")))


def of_a_role_that_did_nothing() -> DescribedFigure:
    """Nothing is needed."""
    many = ("s3", "sqs", "sns", "kms", "ecs", "ecr", "logs", "dynamodb", "lambda", "ssm", "rds")
    return least_privilege(from_trail([], ROLE).compare(allow(*(f"{name}:*" for name in many))))
