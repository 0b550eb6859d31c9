"""RunTask: from a request to tasks that are being launched.

Pages: *RunTask* (Amazon ECS API Reference), *API failure reasons* (Amazon ECS Developer Guide).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from botocore.exceptions import ClientError

from rolelab.ecs import agent_call, network_interface, stopped_reasons, task_roles
from rolelab.ecs.agent_call import Identity
from rolelab.ecs.definitions import EC2, FARGATE, containers_of, definition_of, role_of
from rolelab.ecs.task import Container, Task
from rolelab.sandbox.denial import ServiceError

if TYPE_CHECKING:
    import boto3

_MANAGED_PROVIDERS = frozenset({"FARGATE", "FARGATE_SPOT"})
NO_INSTANCES = "No Container Instances were found in your cluster."
_LATEST_PLATFORM = "1.4.0"


class Launcher(Protocol):
    """Who launches the tasks: the agent."""

    def launch(
        self, task: Task, execution: boto3.Session | None, task_role: boto3.Session | None
    ) -> None:
        """Start to launch a task, and return at once."""


def run(
    backend: Any, request: Mapping[str, Any], caller: str, launcher: Launcher
) -> tuple[list[Task], list[Any]]:
    """Run tasks.

    Args:
        backend: moto's backend of Amazon ECS, of the account and Region of the tasks.
        request: the parameters of RunTask.
        caller: the ARN of who calls.
        launcher: launches the tasks.

    Returns:
        The tasks, which are launched from now on, and the failures.

    Raises:
        ServiceError: the request is refused; nothing was started.
    """
    _require_processes()
    cluster = _cluster(backend, request)
    definition = definition_of(backend, str(request["taskDefinition"]))
    request = {**request, **_capacity(cluster, request)}
    if request["launchType"] == FARGATE:
        _require_fargate(definition)
    overrides = request.get("overrides") or {}
    containers = containers_of(definition, overrides)
    tasks: list[tuple[Task, boto3.Session | None, boto3.Session | None]] = []
    failures: list[Any] = []
    for _ in range(int(request.get("count") or 1)):
        instance, failure = _place(backend, cluster, definition, request)
        if failure is not None:
            failures.append(failure)
            continue
        task = _task(backend, cluster, definition, request, containers, instance)
        tasks.append((task, *_assume_both(task, caller)))
    for task, execution, task_role in tasks:
        if definition["networkMode"] == "awsvpc":
            task.attachments.append(
                network_interface.attach(
                    task.account, task.region, request.get("networkConfiguration")
                )
            )
        backend.tasks.setdefault(cluster.name, {})[task.task_arn] = task
        launcher.launch(task, execution, task_role)
    return [task for task, _, _ in tasks], failures


def _require_processes() -> None:
    """A container is a process group with a pipe to the kernel, which Windows does not have."""
    if sys.platform == "win32":
        raise ServiceError(
            "NotImplemented",
            "The sandbox runs tasks of Amazon ECS on Linux, macOS and WSL, not on Windows itself.",
            501,
        )


def _cluster(backend: Any, request: Mapping[str, Any]) -> Any:
    name = str(request.get("cluster") or "default").rpartition("/")[2]
    found = backend.clusters.get(name)
    if found is None or found.status != "ACTIVE":
        raise ServiceError("ClusterNotFoundException", "Cluster not found.", 400)
    return found


def _capacity(cluster: Any, request: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the tasks run on Fargate or on instances. Page: *RunTask*, "launchType"."""
    strategy = request.get("capacityProviderStrategy")
    if strategy and request.get("launchType"):
        raise ServiceError(
            "InvalidParameterException",
            "Specify either launch type or capacity provider strategy, but not both.",
            400,
        )
    if not request.get("launchType"):
        strategy = strategy or cluster.default_capacity_provider_strategy
    if strategy:
        provider = str(strategy[0]["capacityProvider"])
        on_fargate = provider in _MANAGED_PROVIDERS
        return {
            "launchType": FARGATE if on_fargate else EC2,
            "capacityProviderName": provider,
            "platformVersion": _LATEST_PLATFORM if on_fargate else None,
        }
    launch_type = str(request.get("launchType") or EC2)
    platform = request.get("platformVersion")
    if launch_type == FARGATE and platform in (None, "LATEST"):
        platform = _LATEST_PLATFORM
    return {"launchType": launch_type, "platformVersion": platform}


def _require_fargate(definition: Mapping[str, Any]) -> None:
    complete = definition["networkMode"] == "awsvpc" and definition["cpu"] and definition["memory"]
    if FARGATE not in definition["compatibilities"] or not complete:
        raise ServiceError(
            "InvalidParameterException",
            "Task definition does not support launch_type FARGATE.",
            400,
        )


def _place(
    backend: Any, cluster: Any, definition: Mapping[str, Any], request: Mapping[str, Any]
) -> tuple[str | None, dict[str, str] | None]:
    """Find a container instance with room. Tasks on Fargate need none.

    Returns:
        The instance's ARN, or why there is none.
    """
    if request["launchType"] == FARGATE:
        return None, None
    instances = [
        each
        for each in backend.container_instances.get(cluster.name, {}).values()
        if each.status == "ACTIVE"
    ]
    if not instances:
        raise ServiceError("InvalidParameterException", NO_INSTANCES, 400)
    needed = _memory_needed(definition)
    for each in instances:
        left = next(
            (one["integerValue"] for one in each.remaining_resources if one["name"] == "MEMORY"), 0
        )
        if left >= needed:
            return str(each.container_instance_arn), None
    return None, {"arn": str(instances[0].container_instance_arn), "reason": "RESOURCE:MEMORY"}


def _memory_needed(definition: Mapping[str, Any]) -> int:
    given = definition.get("memory") or sum(
        int(each.get("memoryReservation") or each.get("memory") or 0)
        for each in definition["containerDefinitions"]
    )
    return int(given)


def _task(
    backend: Any,
    cluster: Any,
    definition: Mapping[str, Any],
    request: Mapping[str, Any],
    containers: list[dict[str, Any]],
    instance: str | None,
) -> Task:
    account, region = backend.account_id, backend.region_name
    head = f"{cluster.arn.partition(':ecs:')[0]}:ecs:{region}:{account}"
    task_id = uuid4().hex
    overrides = request.get("overrides") or {}
    return Task(
        task_arn=f"{head}:task/{cluster.name}/{task_id}",
        cluster_arn=cluster.arn,
        definition=definition,
        request=request,
        containers=[
            Container(f"{head}:container/{cluster.name}/{task_id}/{uuid4()}", each)
            for each in containers
        ],
        execution_role=role_of(definition, overrides, "executionRoleArn"),
        task_role=role_of(definition, overrides, "taskRoleArn"),
        container_instance_arn=instance,
        tags=list(request.get("tags") or []),
    )


def _assume_both(task: Task, caller: str) -> tuple[boto3.Session | None, boto3.Session | None]:
    """Note what the gate has allowed the caller, then let ECS step into both roles."""
    asking = Identity(agent_call.CALLER, caller)
    passed = dict.fromkeys(each for each in (task.execution_role, task.task_role) if each)
    for step, call, resource in (
        ("ask for the task", "ecs:RunTask", str(task.definition["taskDefinitionArn"])),
        *(("pass the role", "iam:PassRole", role) for role in passed),
    ):
        agent_call.noted(task, asking, step, call, resource, lambda: None)
    return (
        _assume(task, task.execution_role, agent_call.EXECUTION),
        _assume(task, task.task_role, agent_call.TASK),
    )


def _assume(task: Task, role: str | None, lane: str) -> boto3.Session | None:
    if role is None:
        return None
    try:
        session: boto3.Session = agent_call.noted(
            task,
            Identity(lane, role),
            "step into the role",
            "sts:AssumeRole",
            role,
            lambda: task_roles.assume(role, task_arn=task.task_arn),
        )
    except ClientError as error:
        # Page: *API failure reasons*: RunTask itself fails.
        raise ServiceError(
            "ClientException", stopped_reasons.role_not_assumed(role), 400
        ) from error
    return session
