"""ECS Exec. Page: *Monitor Amazon ECS containers with ECS Exec*."""

from __future__ import annotations

import pytest

from rolelab.ecs.ecs_exec import CHANNELS
from tests.ecs.bookshop import CLUSTER, TASK, Bookshop
from tests.sandbox.people import error_of

WAIT = "import time\nprint('up', flush=True)\ntime.sleep(600)\n"


@pytest.fixture
def task(shop: Bookshop) -> str:
    """A running task that exec is enabled for."""
    definition = shop.register(shop.container(image=shop.push(WAIT, "wait")))
    arn = shop.run(definition, enableExecuteCommand=True)
    assert shop.look(arn)["lastStatus"] == "RUNNING"
    return arn


def _request(task: str, command: str) -> dict[str, object]:
    return {"cluster": CLUSTER, "task": task, "command": command, "interactive": True}


def test_the_command_runs_as_the_task_role_in_the_container(shop: Bookshop, task: str) -> None:
    shop.allow(TASK, list(CHANNELS))
    command = "python -c \"import os; print(os.getcwd().split('/')[-1], len(os.environ) > 5)\""
    answer = shop.ecs.execute_command(**_request(task, command))
    assert answer["taskArn"] == task
    assert answer["containerName"] == "web"
    assert shop.sandbox.exec_output(answer) == "app True"


@pytest.mark.parametrize("missing", CHANNELS)
def test_the_task_role_needs_all_four_channel_actions(
    shop: Bookshop, task: str, missing: str
) -> None:
    shop.allow(TASK, [each for each in CHANNELS if each != missing])
    code, _, message = error_of(shop.ecs.execute_command, **_request(task, "ls"))
    assert code == "TargetNotConnectedException"
    assert missing in message


def test_it_must_be_enabled_when_the_task_is_run(shop: Bookshop) -> None:
    shop.allow(TASK, list(CHANNELS))
    task = shop.run(shop.register(shop.container(image=shop.push(WAIT, "wait"))))
    shop.look(task)
    code, _, message = error_of(shop.ecs.execute_command, **_request(task, "ls"))
    assert code == "InvalidParameterException"
    assert "execute command was not enabled" in message


def test_a_stopped_task_runs_nothing(shop: Bookshop, task: str) -> None:
    shop.allow(TASK, list(CHANNELS))
    shop.ecs.stop_task(cluster=CLUSTER, task=task)
    shop.ended(task)
    assert error_of(shop.ecs.execute_command, **_request(task, "ls"))[0] == (
        "InvalidParameterException"
    )
