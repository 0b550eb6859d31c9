"""ECS Exec: a command in a running container, if the task role may open the channels for it.

Pages: *Monitor Amazon ECS containers with ECS Exec* (permissions of the task role),
*ExecuteCommand* (Amazon ECS API Reference), *Troubleshooting Amazon ECS Exec issues*.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from rolelab.ecs.task import RUNNING, STOPPED, Container, Task
from rolelab.sandbox.authorization import decide
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.operations.check import Check
from rolelab.sandbox.principals import key_of, resolve

if TYPE_CHECKING:
    import boto3

CHANNELS = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
"""What the task role needs. Page: *Monitor Amazon ECS containers with ECS Exec*."""

_NOT_ENABLED = (
    "The execute command failed because execute command was not enabled when the task was run or "
    "the execute command agent isn\u2019t running. Wait and try again or run a new task with "
    "execute command enabled and try again."
)
_NOT_CONNECTED = (
    "The execute command failed due to an internal error. Try again later. (The task role is "
    "not allowed {action}, which the agent in the container needs.)"
)

"""AWS says the first two sentences and no more, whichever permission is missing."""

Run = Callable[[Task, str, list[str]], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class ExecSession:
    """A command that was run.

    Attributes:
        id: the id of the session.
        container: the container.
        exit_code: the command's.
        output: what it printed.
    """

    id: str
    container: Container
    exit_code: int
    output: str


def execute(
    task: Task, named: str | None, command: str, role: boto3.Session | None, run: Run
) -> ExecSession:
    """Run a command in a container of a task.

    Args:
        task: the task.
        named: the container; None where the task has only one.
        command: the command, as in a shell without expansions.
        role: the session of the task role.
        run: runs it: task, container and words to exit code and output.

    Raises:
        ServiceError: exec was not enabled, nothing runs, or the task role may not open a channel.
    """
    container = _container(task, named)
    if not task.request.get("enableExecuteCommand"):
        raise ServiceError("InvalidParameterException", _NOT_ENABLED, 400)
    if task.last_status == STOPPED or container.status != RUNNING:
        raise ServiceError(
            "InvalidParameterException",
            "The execute command failed because the task or container is not running.",
            400,
        )
    _require_channels(task, role)
    exit_code, output = run(task, container.name, shlex.split(command))
    return ExecSession(f"ecs-execute-command-{uuid4().hex[:17]}", container, exit_code, output)


def _container(task: Task, named: str | None) -> Container:
    if named is None and len(task.containers) == 1:
        return task.containers[0]
    for each in task:
        if each.name == named:
            return each
    what = "a container" if named is None else f"container {named}"
    raise ServiceError("InvalidParameterException", f"The task has no such container: {what}.", 400)


def _require_channels(task: Task, role: boto3.Session | None) -> None:
    """Ask the engine whether the agent in the container could connect as the task role."""
    if role is None:
        raise ServiceError(
            "TargetNotConnectedException", _NOT_CONNECTED.format(action=CHANNELS[0]), 400
        )
    credentials = role.get_credentials()
    key = None if credentials is None else key_of(credentials.access_key)
    if key is None:
        raise ServiceError(
            "TargetNotConnectedException", _NOT_CONNECTED.format(action=CHANNELS[0]), 400
        )
    principal = resolve(key)
    for action in CHANNELS:
        call = Call(
            service="ssmmessages",
            operation=action.partition(":")[2],
            parameters={},
            account=principal.account,
            region=task.region,
            partition=principal.partition,
            principal=principal.arn,
            context={"aws:RequestedRegion": task.region, **principal.context},
            headers={},
        )
        if not decide(call, principal, Check(action, "*")).allowed:
            raise ServiceError(
                "TargetNotConnectedException", _NOT_CONNECTED.format(action=action), 400
            )
