"""What policies grant, against what a role used and needs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolelab.iam import PolicyError
from rolelab.least_privilege import from_trail, granted_actions, level_of
from rolelab.least_privilege.access_levels import neighbours
from rolelab.sandbox import managed_policies
from tests.least_privilege.records import OTHER, ROLE, on_object, registered


def statement(effect: str, **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Resource": "*", **elements}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


STS = {
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:AssumeRoot",
}
GRANTED: dict[str, tuple[dict[str, Any], set[str]]] = {
    "an action by name, in AWS's spelling": (
        document(statement("Allow", Action="S3:getobject")),
        {"s3:GetObject"},
    ),
    "a pattern": (document(statement("Allow", Action="sts:AssumeRo*")), STS),
    "one letter": (document(statement("Allow", Action="sts:AssumeRoo?")), {"sts:AssumeRoot"}),
    "several statements": (
        document(
            statement("Allow", Action="sts:AssumeRoot"),
            statement("Allow", Action=["s3:GetObject"]),
        ),
        {"sts:AssumeRoot", "s3:GetObject"},
    ),
    "what is denied on everything is not granted": (
        document(
            statement("Allow", Action="sts:AssumeRo*"), statement("Deny", Action="sts:AssumeRole")
        ),
        STS - {"sts:AssumeRole"},
    ),
    "a deny under a condition leaves it granted": (
        document(
            statement("Allow", Action="sts:AssumeRoot"),
            statement(
                "Deny", Action="sts:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}
            ),
        ),
        {"sts:AssumeRoot"},
    ),
    "a deny on some resources leaves it granted": (
        document(
            statement("Allow", Action="s3:GetObject"),
            {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::shop/*"},
        ),
        {"s3:GetObject"},
    ),
    "an action newer than the reference counts by its name": (
        document(statement("Allow", Action="s3:GetTomorrow")),
        {"s3:GetTomorrow"},
    ),
}


@pytest.mark.parametrize(("policy", "wanted"), GRANTED.values(), ids=GRANTED)
def test_what_a_policy_grants(policy: dict[str, Any], wanted: set[str]) -> None:
    assert granted_actions(policy) == wanted
    assert granted_actions([json.dumps(policy)]) == wanted


def test_everything_is_more_than_all_but_one_service() -> None:
    everything = granted_actions(document(statement("Allow", Action="*")))
    but_iam = granted_actions(document(statement("Allow", NotAction="iam:*")))
    assert everything - but_iam == granted_actions(document(statement("Allow", Action="iam:*")))
    assert len(everything) > 20_000


def test_of_an_aws_managed_policy() -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    assert granted_actions(managed_policies.document(arn)) == {
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetAuthorizationToken",
        "ecr:GetDownloadUrlForLayer",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }


def test_a_document_that_aws_would_refuse_is_an_error() -> None:
    with pytest.raises(PolicyError):
        granted_actions({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]})


LEVELS = {
    "s3:GetObject": "Read",
    "S3:getobject": "Read",
    "s3:ListBucket": "List",
    "s3:PutObject": "Write",
    "iam:PassRole": "Permissions management",
    "ecs:TagResource": "Tagging",
    "s3:GetTomorrow": "Unknown",
    "nosuch:Thing": "Unknown",
}


@pytest.mark.parametrize(("action", "level"), LEVELS.items(), ids=LEVELS)
def test_access_levels_are_those_of_the_reference(action: str, level: str) -> None:
    assert level_of(action) == level


def test_neighbours_have_the_same_level_and_another_name() -> None:
    found = neighbours("sqs:SendMessage")
    assert "sqs:DeleteMessage" in found
    assert "sqs:SendMessage" not in found
    assert {level_of(each) for each in found} == {"Write"}


TRAIL = [on_object("GetObject", "a"), registered("orders", 1, OTHER, OTHER)]
OLD = document(statement("Allow", Action=["s3:GetObject", "s3:PutObject", "iam:PassRole"]))


def test_granted_used_needed_unused_missing() -> None:
    found = from_trail(TRAIL, ROLE).compare(OLD)
    assert found.granted == {"s3:GetObject", "s3:PutObject", "iam:PassRole"}
    assert found.used == {"s3:GetObject", "ecs:RegisterTaskDefinition"}
    assert found.needed == {*found.used, "iam:PassRole"}
    assert found.unused == {"s3:PutObject"}
    assert found.missing == {"ecs:RegisterTaskDefinition"}


def test_the_table_by_service() -> None:
    table = from_trail(TRAIL, ROLE).compare(OLD).table()
    assert table.to_numpy().tolist() == [
        ["s3", 2, 1, 1, 1, 0],
        ["iam", 1, 0, 1, 0, 0],
        ["ecs", 0, 1, 1, 0, 1],
    ]


def test_the_table_by_level() -> None:
    table = from_trail(TRAIL, ROLE).compare(OLD).levels().set_index("level")
    assert table.loc["Write"].tolist() == [1, 1, 1, 1]
    assert table.loc["Permissions management"].tolist() == [1, 0, 1, 0]


def test_unused_actions_have_their_level() -> None:
    table = from_trail(TRAIL, ROLE).unused([OLD])
    assert table.to_numpy().tolist() == [["s3:PutObject", "s3", "Write"]]


def test_of_a_role_that_did_nothing_everything_is_unused() -> None:
    found = from_trail([], ROLE).compare(OLD)
    assert found.unused == found.granted
    assert from_trail([], ROLE).table().empty
