"""Which service principals a trust policy can name."""

from __future__ import annotations

import pytest

from rolelab.sandbox.fixes.iam_service_principals import is_refused


@pytest.mark.parametrize(
    "principal",
    [
        "ecs-tasks.amazonaws.com",
        "ec2.amazonaws.com.cn",
        "logs.eu-central-1.amazonaws.com",
        "vpc-flow-logs.amazonaws.com",
        "a-service-of-tomorrow.amazonaws.com",
    ],
)
def test_services_are_taken_known_or_not(principal: str) -> None:
    assert not is_refused(principal)


@pytest.mark.parametrize(
    "principal",
    [
        pytest.param("ecs-task.amazonaws.com", id="a letter is missing"),
        pytest.param("ecs_tasks.amazonaws.com", id="a letter is another"),
        pytest.param("lambdaa.amazonaws.com", id="a letter is too many"),
        pytest.param("ecs-tasks", id="the domain is missing"),
        pytest.param("ecs-tasks.amazonaws.org", id="the domain is not AWS's"),
    ],
)
def test_typing_errors_are_refused(principal: str) -> None:
    assert is_refused(principal)
