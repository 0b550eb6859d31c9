"""Where a running task is reached from outside: its port on loopback."""

from __future__ import annotations

import socket
import time

from rolelab.ecs import agent
from rolelab.ecs.task import STOPPED, TRANSIENT, Task

SECONDS = 30.0
"""How long a container has to start listening, unless the caller says otherwise."""

_PAUSE = 0.02


def of_task(task_arn: str, container_port: int | None = None, seconds: float = SECONDS) -> str:
    """Wait until a container of a task listens, and tell where.

    Args:
        task_arn: the ARN of the task.
        container_port: one of its container ports; None is the first there is.
        seconds: how long to wait at most.

    Returns:
        `127.0.0.1:54321`.

    Raises:
        LookupError: no such task runs, or it has no such port.
        TimeoutError: nobody listens within that time.
    """
    task = agent.current().task(task_arn)
    if task is None:
        raise LookupError(f"No task {task_arn} was run in this account.")
    until = time.monotonic() + seconds
    task.wait_until(lambda each: each.last_status not in TRANSIENT, seconds)
    port = _port(task, container_port)
    while task.last_status != STOPPED and time.monotonic() < until:
        if _listens(port):
            return f"127.0.0.1:{port}"
        time.sleep(_PAUSE)
    if task.last_status == STOPPED:
        raise LookupError(f"The task {task.id} has stopped: {_why(task)}")
    raise TimeoutError(
        f"The task {task.id} is {task.last_status}, but nobody listens on its port "
        f"after {seconds:g} seconds. What it printed is in its log."
    )


def _port(task: Task, container_port: int | None) -> int:
    ports = [port for each in task for port in each.ports]
    for each in ports:
        if container_port in (None, each.container_port):
            return each.host_port
    if task.last_status == STOPPED:
        raise LookupError(f"The task {task.id} has stopped: {_why(task)}")
    known = ", ".join(str(each.container_port) for each in ports) or "none"
    raise LookupError(
        f"The task {task.id} has no such port in its portMappings; it has: {known}. "
        'A container definition says portMappings=[{"containerPort": 8080}].'
    )


def _why(task: Task) -> str:
    codes = [
        f"{each.name} ended with exit code {each.exit_code}"
        for each in task
        if each.exit_code is not None
    ]
    return "; ".join([str(task.stopped_reason), *codes])


def _listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
