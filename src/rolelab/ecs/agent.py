"""The agent of the sandbox: every task that runs, and the server that containers ask.

There is one for each sandbox, made for its first task. It ends with the sandbox, and every
container with it.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rolelab.ecs import container_environment, ecs_exec, metadata
from rolelab.ecs.ecs_exec import ExecSession
from rolelab.ecs.launch import Launch
from rolelab.ecs.service import Services
from rolelab.ecs.task_endpoint import Served, TaskEndpoint
from rolelab.ecs.task_roles import TaskCredentials
from rolelab.sandbox import account

if TYPE_CHECKING:
    import boto3

    from rolelab.ecs.task import Task

_END_SECONDS = 10.0

_agent: Agent | None = None
_lock = threading.Lock()


class Agent:
    """Launches tasks, and knows those that run.

    Attributes:
        services: the schedulers of the services.
        sessions: what ECS Exec has run, by the id of the session.
    """

    def __init__(self, aws: Mapping[str, str]) -> None:
        self._aws = aws
        self._endpoint = TaskEndpoint()
        self._directory = Path(tempfile.mkdtemp(prefix="rolelab-tasks-"))
        self._launches: dict[str, tuple[Launch, threading.Thread]] = {}
        self.services = Services()
        self.sessions: dict[str, ExecSession] = {}

    def launch(
        self, task: Task, execution: boto3.Session | None, task_role: boto3.Session | None
    ) -> None:
        """Start to launch a task, and return at once.

        Args:
            task: the task, PROVISIONING.
            execution: the session of the execution role; None without one.
            task_role: the session of the task role; None without one.
        """
        credentials = None
        if task_role is not None:
            credentials = TaskCredentials(str(task.task_role), task.task_arn, task_role)
        self._endpoint.serve(
            task.id,
            Served(
                credentials,
                lambda: metadata.of_task(task),
                lambda runtime_id: metadata.of_container(task, runtime_id),
            ),
        )
        launch = Launch(
            task,
            execution=execution,
            credentials=credentials,
            endpoint=self._endpoint,
            directory=self._directory / task.id,
            plumbing=container_environment.plumbing(task.region, self._aws),
        )
        # The containers hang on this thread's process, not on the thread: it may end before them.
        thread = threading.Thread(target=launch.run, name=f"task-{task.id}", daemon=True)
        self._launches[task.task_arn] = (launch, thread)
        thread.start()

    def task(self, task_arn: str) -> Task | None:
        """The task of an ARN that was run here; None if there is none."""
        launched = self._launches.get(task_arn)
        return None if launched is None else launched[0].task

    def execute(self, task: Task, container: str | None, command: str) -> ExecSession:
        """Run a command in a running container of a task, as ECS Exec does.

        Raises:
            ServiceError: as `rolelab.ecs.ecs_exec.execute`.
        """
        launch, _ = self._launches[task.task_arn]
        session = ecs_exec.execute(
            task,
            container,
            command,
            launch.task_role,
            lambda _, name, words: launch.execute(name, words),
        )
        self.sessions[session.id] = session
        return session

    def close(self) -> None:
        """End every container, wait for their threads, and remove their files."""
        self.services.close()
        launches = list(self._launches.values())
        for launch, _ in launches:
            launch.end()
        for _, thread in launches:
            thread.join(_END_SECONDS)
        self._endpoint.close()
        shutil.rmtree(self._directory, ignore_errors=True)


def current() -> Agent:
    """The agent of the sandbox that runs.

    Raises:
        RuntimeError: no sandbox is running.
    """
    global _agent
    aws = account.current().secure_endpoint()
    with _lock:
        if _agent is None:
            _agent = Agent(aws)
        return _agent


def close() -> None:
    """End the agent, if there is one."""
    global _agent
    with _lock:
        agent, _agent = _agent, None
    if agent is not None:
        agent.close()
