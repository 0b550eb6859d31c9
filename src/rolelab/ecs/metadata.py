"""What the task metadata endpoint says about a task and its containers.

Page: *Amazon ECS task metadata available for tasks on Fargate*, version 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.ecs.task import Container, Task


def of_task(task: Task) -> dict[str, Any]:
    """Give the answer of `${ECS_CONTAINER_METADATA_URI_V4}/task`."""
    definition = task.definition
    members = {
        "Cluster": task.cluster_arn,
        "TaskARN": task.task_arn,
        "Family": definition["family"],
        "Revision": str(definition["revision"]),
        "DesiredStatus": task.desired_status,
        "KnownStatus": task.last_status,
        "Limits": _limits({"CPU": definition.get("cpu"), "Memory": definition.get("memory")}),
        "PullStartedAt": _moment(task, "pullStartedAt"),
        "PullStoppedAt": _moment(task, "pullStoppedAt"),
        "AvailabilityZone": f"{task.region}a",
        "LaunchType": task.request.get("launchType"),
        "Containers": [_container(task, each) for each in task if each.runtime_id],
    }
    return {name: value for name, value in members.items() if value is not None}


def of_container(task: Task, runtime_id: str) -> dict[str, Any] | None:
    """Give the answer of `${ECS_CONTAINER_METADATA_URI_V4}`; None for another id."""
    found = (each for each in task if each.runtime_id == runtime_id)
    container = next(found, None)
    return None if container is None else _container(task, container)


def _container(task: Task, container: Container) -> dict[str, Any]:
    definition = container.definition
    options = (definition.get("logConfiguration") or {}).get("options")
    members = {
        "DockerId": container.runtime_id,
        "Name": container.name,
        "DockerName": container.name,
        "Image": definition["image"],
        "ImageID": container.image_digest,
        "Labels": {
            "com.amazonaws.ecs.cluster": task.cluster_arn,
            "com.amazonaws.ecs.container-name": container.name,
            "com.amazonaws.ecs.task-arn": task.task_arn,
            "com.amazonaws.ecs.task-definition-family": task.definition["family"],
            "com.amazonaws.ecs.task-definition-version": str(task.definition["revision"]),
        },
        "DesiredStatus": task.desired_status,
        "KnownStatus": container.status,
        "ExitCode": container.exit_code,
        "Limits": _limits({"CPU": definition.get("cpu"), "Memory": definition.get("memory")}),
        "Type": "NORMAL",
        "ContainerARN": container.arn,
        "LogDriver": (definition.get("logConfiguration") or {}).get("logDriver"),
        "LogOptions": options,
    }
    return {name: value for name, value in members.items() if value is not None}


def _limits(given: Mapping[str, Any]) -> dict[str, float | int]:
    """CPU is a number of processors for tasks and units for containers, memory is in MiB."""
    numbers = {name: int(value) for name, value in given.items() if value}
    return dict(numbers)


def _moment(task: Task, name: str) -> str | None:
    found = task.moments.get(name)
    return None if found is None else f"{found:%Y-%m-%dT%H:%M:%S.%fZ}"
