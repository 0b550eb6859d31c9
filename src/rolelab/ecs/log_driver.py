"""The `awslogs` log driver: the execution role writes what a container prints to CloudWatch Logs.

Page: *Send Amazon ECS logs to CloudWatch* (options, the name of the stream, the permissions).
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rolelab.ecs import agent_call, stopped_reasons
from rolelab.ecs.agent_call import Identity
from rolelab.ecs.task import Task

if TYPE_CHECKING:
    import boto3

_STEP = "open the log"
_FLUSH_SECONDS = 0.2
# Page: PutLogEvents: at most 10,000 events and 1,048,576 bytes, each event with 26 bytes more.
_BATCH_EVENTS = 1_000
_BATCH_BYTES = 1_000_000
_EVENT_OVERHEAD = 26
_KEPT_BYTES = 16 * 2**20


class LogDriver:
    """The open log stream of one container. Lines may be written from any thread."""

    def __init__(self, client: Any, group: str, stream: str) -> None:
        self._client, self._group, self._stream = client, group, stream
        self._lines: list[tuple[int, str]] = []
        self._room = _KEPT_BYTES
        self._waiting = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._send_all, daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Take a line. An empty one is not an event in CloudWatch Logs.

        A container may print without end. What it prints beyond 16 MiB is left out, and the last
        line says so.
        """
        with self._waiting:
            if not line or self._room < 0:
                return
            self._room -= len(line) + _EVENT_OVERHEAD
            if self._room < 0:
                line = "The sandbox keeps 16 MiB of what a container prints: the rest is left out."
            self._lines.append((int(time.time() * 1000), line))
            self._waiting.notify()

    def close(self) -> None:
        """Send what is left, and wait until it is sent."""
        with self._waiting:
            self._closing = True
            self._waiting.notify()
        self._thread.join()

    def _send_all(self) -> None:
        while True:
            with self._waiting:
                self._waiting.wait_for(lambda: self._lines or self._closing)
                if not self._closing:
                    # A moment for the lines that follow the first.
                    self._waiting.wait_for(lambda: self._closing, _FLUSH_SECONDS)
                lines, self._lines = self._lines, []
                if not lines and self._closing:
                    return
            for batch in _batches(lines):
                # As on AWS: a container whose log cannot be written goes on without it. The
                # trail has the refusal.
                with contextlib.suppress(ClientError):
                    self._send(batch)

    def _send(self, batch: list[tuple[int, str]]) -> None:
        self._client.put_log_events(
            logGroupName=self._group,
            logStreamName=self._stream,
            logEvents=[{"timestamp": at, "message": line} for at, line in batch],
        )


def open_log(
    task: Task, definition: Mapping[str, Any], session: boto3.Session, identity: Identity
) -> LogDriver | None:
    """Make the log stream of a container.

    Args:
        task: the task.
        definition: the container definition.
        session: the execution role's.
        identity: the execution role.

    Returns:
        The open log; None for a container without one, or with another driver.

    Raises:
        LaunchFailed: the group or the stream cannot be made.
    """
    configuration = definition.get("logConfiguration") or {}
    if configuration.get("logDriver") != "awslogs":
        return None
    options = configuration.get("options") or {}
    group = str(options.get("awslogs-group", ""))
    region = str(options.get("awslogs-region") or task.region)
    stream = "/".join(
        (str(options.get("awslogs-stream-prefix", "ecs")), str(definition["name"]), task.id)
    )
    log = _Log(task, identity, session.client("logs", region_name=region), region, group, stream)
    create_group = str(options.get("awslogs-create-group", "")).lower() == "true"
    try:
        _make_stream(log)
    except ClientError as error:
        missing = error.response["Error"]["Code"] == "ResourceNotFoundException"
        if not (missing and create_group):
            raise stopped_reasons.no_log_stream(error) from error
        # Only now, as the log driver of Docker and Fargate does it (moby, `awslogs`): a group that
        # is there needs no permission to make it.
        _make_group(log)
        _make_stream_again(log)
    return LogDriver(log.client, group, stream)


@dataclass(frozen=True, slots=True)
class _Log:
    """The log of one container, before it is open."""

    task: Task
    identity: Identity
    client: Any
    region: str
    group: str
    stream: str

    def make(self, method: str, below: str = "", **given: str) -> None:
        """Make one call about the group, or about what is below it."""
        arn = f"arn:aws:logs:{self.region}:{self.task.account}:log-group:{self.group}{below}"
        given["logGroupName"] = self.group
        agent_call.make(self.task, self.identity, _STEP, self.client, method, arn, **given)


def _make_stream(log: _Log) -> None:
    below = f":log-stream:{log.stream}"
    log.make("create_log_stream", below, logStreamName=log.stream)


def _make_stream_again(log: _Log) -> None:
    try:
        _make_stream(log)
    except ClientError as error:
        raise stopped_reasons.no_log_stream(error) from error


def _make_group(log: _Log) -> None:
    try:
        log.make("create_log_group")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise stopped_reasons.no_log_group(error) from error


def _batches(lines: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    batches: list[list[tuple[int, str]]] = [[]]
    size = 0
    for at, line in lines:
        size += len(line.encode()) + _EVENT_OVERHEAD
        if batches[-1] and (size > _BATCH_BYTES or len(batches[-1]) == _BATCH_EVENTS):
            batches.append([])
            size = len(line.encode()) + _EVENT_OVERHEAD
        batches[-1].append((at, line))
    return batches
