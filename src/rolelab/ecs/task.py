"""A task and its containers: what `describe_tasks` shows of them.

Pages: *Amazon ECS task lifecycle* (the order of statuses), *Task* and *Container* (Amazon ECS API
Reference).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rolelab.ecs.health import UNKNOWN
from rolelab.ecs.port_mappings import PortBinding

PROVISIONING, PENDING, RUNNING = "PROVISIONING", "PENDING", "RUNNING"
DEPROVISIONING, STOPPED = "DEPROVISIONING", "STOPPED"

#: Statuses that a task only passes through.
TRANSIENT = frozenset({PROVISIONING, PENDING, DEPROVISIONING})

#: The moment that is noted when a task reaches a status.
_MOMENT_OF: Mapping[str, str] = {
    RUNNING: "startedAt",
    DEPROVISIONING: "stoppingAt",
    STOPPED: "stoppedAt",
}


@dataclass(slots=True, eq=False)
class Container:
    """One container of a task.

    Attributes:
        arn: its ARN.
        definition: its container definition as it was registered, overrides applied.
        status: PENDING, RUNNING or STOPPED.
        runtime_id: what the container runtime calls it; None before it is started.
        image_digest: the digest of the image's manifest, once it is pulled.
        exit_code: None while it runs, and for a container that never started.
        reason: why it stopped, in the runtime's words.
        health: UNKNOWN, HEALTHY or UNHEALTHY, by its health check.
        ports: which port on this machine stands for each of its ports, once it is started.
    """

    arn: str
    definition: Mapping[str, Any]
    status: str = PENDING
    runtime_id: str | None = None
    image_digest: str | None = None
    exit_code: int | None = None
    reason: str | None = None
    health: str = UNKNOWN
    ports: tuple[PortBinding, ...] = ()

    @property
    def name(self) -> str:
        """The name in the task definition."""
        return str(self.definition["name"])

    @property
    def essential(self) -> bool:
        """Whether the task ends with this container."""
        return bool(self.definition.get("essential", True))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a launch.

    Attributes:
        step: what it is for, such as ``"pull the image"``.
        role: the ARN of the identity that makes the call.
        lane: ``"caller"``, ``"execution role"`` or ``"task role"``.
        call: the operation, such as ``"ecr:BatchGetImage"``.
        resource: what it is about.
        verdict: ``"allowed"``, ``"denied"`` or ``"failed"`` (allowed, and it did not work).
        at: when it began.
        ms: how long it took, in milliseconds.
    """

    step: str
    role: str
    lane: str
    call: str
    resource: str
    verdict: str
    at: datetime
    ms: float


@dataclass(slots=True, eq=False)
class Task:
    """One task, from RunTask to STOPPED.

    moto keeps it in its own table of tasks, so that tags, listings and resets find it; the names
    `task_arn`, `tags`, `last_status` and `cluster_arn` are what moto looks for.

    Attributes:
        task_arn: its ARN.
        definition: the task definition as `describe_task_definition` gives it.
        request: what RunTask was asked: launchType, overrides, networkConfiguration, group ...
        execution_role: the ARN of the role that prepares the task; None without one.
        task_role: the ARN of the role that the containers work as; None without one.
        steps: the steps of its launch so far.
    """

    task_arn: str
    cluster_arn: str
    definition: Mapping[str, Any]
    request: Mapping[str, Any]
    containers: Sequence[Container]
    execution_role: str | None = None
    task_role: str | None = None
    container_instance_arn: str | None = None
    tags: list[dict[str, str]] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    last_status: str = PROVISIONING
    desired_status: str = RUNNING
    stop_code: str | None = None
    stopped_reason: str | None = None
    moments: dict[str, datetime] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    version: int = 1
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.moments.setdefault("createdAt", now())

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return self.task_arn.rpartition("/")[2]

    @property
    def account(self) -> str:
        """The account that the task belongs to."""
        return self.task_arn.split(":")[4]

    @property
    def region(self) -> str:
        """The Region that the task runs in."""
        return self.task_arn.split(":")[3]

    @property
    def cluster_name(self) -> str:
        """The name of its cluster."""
        return self.cluster_arn.rpartition("/")[2]

    @property
    def group(self) -> str:
        """The task group: the service, or the family of the definition."""
        return str(self.request.get("group") or f"family:{self.definition['family']}")

    @property
    def started_by(self) -> str:
        """Who RunTask says started it."""
        return str(self.request.get("startedBy") or "")

    def __iter__(self) -> Iterator[Container]:
        return iter(self.containers)

    def note(self, moment: str) -> None:
        """Remember when something happened, such as ``"pullStartedAt"``."""
        self.moments[moment] = now()

    def move(self, status: str) -> None:
        """Reach a status. Whoever waits for the task is told."""
        with self.changed:
            self.last_status = status
            moment = _MOMENT_OF.get(status)
            if moment is not None:
                self.moments.setdefault(moment, now())
            self.version += 1
            self.changed.notify_all()

    def ask_to_stop(self, code: str, reason: str) -> bool:
        """Say that the task is to stop, and why; the first who says it counts.

        Args:
            code: the stop code, such as ``"UserInitiated"``.
            reason: the stopped reason.

        Returns:
            Whether this was the first.
        """
        with self.changed:
            if self.stop_code is not None:
                return False
            self.stop_code, self.stopped_reason = code, reason
            self.desired_status = STOPPED
            self.note("stoppingAt")
            self.version += 1
            self.changed.notify_all()
            return True

    def wait_until(self, is_there: Callable[[Task], bool], seconds: float | None) -> bool:
        """Wait until something is true of the task; without seconds, as long as it takes.

        Returns:
            Whether it came true in that time.
        """
        with self.changed:
            return self.changed.wait_for(lambda: is_there(self), seconds)

    def described(self, *, with_tags: bool = False) -> dict[str, Any]:
        """Give the task as `describe_tasks` does. Values of secrets are not part of it."""
        request = self.request
        members = {
            "taskArn": self.task_arn,
            "clusterArn": self.cluster_arn,
            "taskDefinitionArn": self.definition["taskDefinitionArn"],
            "containerInstanceArn": self.container_instance_arn,
            "attachments": self.attachments,
            "availabilityZone": f"{self.region}a",
            "connectivity": "CONNECTED",
            "containers": [self._container(each) for each in self],
            "cpu": _override(request, "cpu") or self.definition.get("cpu"),
            "memory": _override(request, "memory") or self.definition.get("memory"),
            "desiredStatus": self.desired_status,
            "lastStatus": self.last_status,
            "enableExecuteCommand": bool(request.get("enableExecuteCommand")),
            "group": self.group,
            "launchType": request.get("launchType"),
            "capacityProviderName": request.get("capacityProviderName"),
            "overrides": request.get("overrides") or {"containerOverrides": []},
            "platformVersion": request.get("platformVersion"),
            "platformFamily": "Linux" if request.get("launchType") == "FARGATE" else None,
            "startedBy": request.get("startedBy"),
            "stopCode": self.stop_code,
            "stoppedReason": self.stopped_reason,
            "tags": self.tags if with_tags else [],
            "version": self.version,
            **self.moments,
        }
        return {name: value for name, value in members.items() if value is not None}

    def _container(self, container: Container) -> dict[str, Any]:
        members = {
            "containerArn": container.arn,
            "taskArn": self.task_arn,
            "name": container.name,
            "image": container.definition["image"],
            "imageDigest": container.image_digest,
            "runtimeId": container.runtime_id,
            "lastStatus": container.status,
            "exitCode": container.exit_code,
            "reason": container.reason,
            "networkInterfaces": [
                {"attachmentId": each["id"], "privateIpv4Address": detail["value"]}
                for each in self.attachments
                for detail in each["details"]
                if detail["name"] == "privateIPv4Address"
            ],
            "networkBindings": self._bindings(container),
            "healthStatus": container.health,
            "cpu": str(container.definition.get("cpu", 0)),
            "memory": _text(container.definition.get("memory")),
            "memoryReservation": _text(container.definition.get("memoryReservation")),
        }
        return {name: value for name, value in members.items() if value is not None}

    def _bindings(self, container: Container) -> list[dict[str, Any]] | None:
        """The host ports, where the task shares its host's address; None in `awsvpc` mode."""
        if self.definition.get("networkMode") == "awsvpc":
            return None
        return [each.described() for each in container.ports]


def now() -> datetime:
    """The time, as records of a task hold it."""
    return datetime.now(UTC)


def _override(request: Mapping[str, Any], member: str) -> Any:
    return (request.get("overrides") or {}).get(member)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
