"""Launches of tasks whose every call is made, and in which no container starts.

RunTask, the trust of both roles and each call under the execution role are those of `rolelab.ecs`;
only the agent that would start a process is another. What the program in the container would call
is a function in `services`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from unittest import mock

from rolelab.ecs import agent_call, container_secrets, image_pull
from rolelab.ecs.agent_call import Identity
from rolelab.ecs.task import PENDING, RUNNING, STOPPED
from rolelab.trails.wire import Caller, Sessions, Wire, keys_of

if TYPE_CHECKING:
    import boto3

    from rolelab.ecs.task import Task

NAT = "198.51.100.20"
"""The address of the NAT gateway through which all tasks leave."""

AGENT = "aws-sdk-go/1.55.5 (go1.22.6; linux; amd64)"
PROGRAM = (
    "Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#5.10.240-238.959.amzn2.x86_64 "
    "md/arch#x86_64 lang/python#3.12.11 md/pyimpl#CPython cfg/retry-mode#standard Botocore/1.40.21"
)


@dataclass(frozen=True, slots=True)
class LetIn:
    """A task that RunTask has let in: ECS has stepped into both roles.

    Attributes:
        task: the task, PROVISIONING.
        execution: the session of its execution role.
        task_role: the session of its task role.
    """

    task: Task
    execution: boto3.Session | None
    task_role: boto3.Session | None


@dataclass(slots=True)
class OnPaper:
    """Takes the place of `rolelab.ecs.agent.Agent`."""

    _let_in: list[LetIn] = field(default_factory=list)

    def launch(
        self, task: Task, execution: boto3.Session | None, task_role: boto3.Session | None
    ) -> None:
        """Remember a task."""
        self._let_in.append(LetIn(task, execution, task_role))

    def last(self) -> LetIn:
        """Give the task of the RunTask just made.

        Raises:
            IndexError: it let none in.
        """
        return self._let_in.pop()


@contextmanager
def launched_on_paper() -> Iterator[OnPaper]:
    """Let RunTask hand its tasks to somebody who starts no process."""
    tasks = OnPaper()
    with mock.patch("rolelab.ecs.agent.current", return_value=tasks):
        yield tasks


@dataclass(frozen=True, slots=True)
class Running:
    """A task whose container would run now.

    Attributes:
        task: the task.
        program: what the program in the container calls with.
        execution: what the agent calls with; its credentials never reach the container.
    """

    task: Task
    program: Caller
    execution: Caller

    def stop(self) -> None:
        """The container has ended."""
        self.task.move(STOPPED)


def start(wire: Wire, let_in: LetIn) -> Iterator[Running]:
    """Walk the launch of a task, a step at a time.

    Yields:
        The same task after each step; the program may call after the last one.
    """
    task = let_in.task
    # Every task of the shop has both roles.
    assert let_in.execution is not None
    assert let_in.task_role is not None
    running = Running(
        task,
        Caller(keys_of(let_in.task_role), NAT, PROGRAM),
        Caller(keys_of(let_in.execution), NAT, AGENT),
    )
    task.move(PENDING)
    # The code of `rolelab.ecs` asks a session for clients, and for nothing else.
    session = cast("boto3.Session", Sessions(wire, running.execution))
    identity = Identity(agent_call.EXECUTION, str(task.execution_role))
    image_pull.sign_in(task, session, identity)
    yield running
    for container in task:
        container_secrets.values_of(task, container.definition, session, identity)
        yield running
        _open_log(wire, task, container.definition, running.execution)
    yield running
    for container in task:
        with tempfile.TemporaryDirectory() as folder:
            image = str(container.definition["image"])
            image_pull.pull(task, image, session, identity, Path(folder))
    task.move(RUNNING)
    yield running


def _open_log(wire: Wire, task: Task, definition: Any, execution: Caller) -> None:
    """What `rolelab.ecs.log_driver` does first; it would keep a thread for each open log."""
    options = definition["logConfiguration"]["options"]
    wire.call(
        execution,
        "logs",
        "create_log_stream",
        logGroupName=options["awslogs-group"],
        logStreamName=f"{options['awslogs-stream-prefix']}/{definition['name']}/{task.id}",
    )
