"""Task definitions as a launch needs them, with what RunTask overrides.

Pages: *RunTask*, *TaskOverride*, *ContainerOverride* (Amazon ECS API Reference).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rolelab.sandbox.denial import ServiceError

FARGATE, EC2 = "FARGATE", "EC2"


def definition_of(backend: Any, named: str) -> dict[str, Any]:
    """Give a task definition as `describe_task_definition` does.

    Args:
        backend: moto's backend of Amazon ECS.
        named: `family`, `family:revision` or an ARN.

    Raises:
        ServiceError: there is none, or it was deregistered.
    """
    from moto.ecs.exceptions import TaskDefinitionNotFoundException

    try:
        found = backend.describe_task_definition(named)
    except (TaskDefinitionNotFoundException, ValueError) as error:
        raise ServiceError("ClientException", "TaskDefinition not found.", 400) from error
    if found.status != "ACTIVE":
        # UpdateService says it as a ClientException, RunTask so.
        raise ServiceError("InvalidParameterException", "TaskDefinition is inactive", 400)
    return {
        "taskDefinitionArn": found.arn,
        "family": found.family,
        "revision": found.revision,
        "containerDefinitions": found.container_definitions,
        "executionRoleArn": getattr(found, "execution_role_arn", None),
        "taskRoleArn": getattr(found, "task_role_arn", None),
        "networkMode": found.network_mode,
        "compatibilities": found.compatibilities,
        "cpu": found.cpu,
        "memory": found.memory,
    }


def role_of(definition: Mapping[str, Any], overrides: Mapping[str, Any], member: str) -> str | None:
    """Give the ARN of a role of the task, which may be given by its name; None without one.

    Args:
        definition: the task definition.
        overrides: those of RunTask.
        member: `executionRoleArn` or `taskRoleArn`.
    """
    named = str(overrides.get(member) or definition.get(member) or "")
    if not named or named.startswith("arn:"):
        return named or None
    partition, account = definition["taskDefinitionArn"].split(":")[1:5:3]
    return f"arn:{partition}:iam::{account}:role/{named}"


def containers_of(
    definition: Mapping[str, Any], overrides: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Give the container definitions with what RunTask overrides.

    Raises:
        ServiceError: an override names a container that the definition does not have.
    """
    changed = {str(each.get("name")): each for each in overrides.get("containerOverrides") or ()}
    names = [str(each["name"]) for each in definition["containerDefinitions"]]
    for name in changed:
        if name not in names:
            raise ServiceError(
                "InvalidParameterException",
                f"Override for container named {name} is not a container in the TaskDefinition.",
                400,
            )
    return [
        _overridden(each, changed.get(str(each["name"]), {}))
        for each in definition["containerDefinitions"]
    ]


def _overridden(definition: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(definition)
    for member in ("command", "cpu", "memory", "memoryReservation"):
        if change.get(member) is not None:
            whole[member] = change[member]
    whole["environment"] = _by_name(definition.get("environment"), change.get("environment"))
    files = change.get("environmentFiles")
    if files:
        whole["environmentFiles"] = [*files, *(definition.get("environmentFiles") or ())]
    return whole


def _by_name(
    first: Sequence[Mapping[str, Any]] | None, later: Sequence[Mapping[str, Any]] | None
) -> list[Mapping[str, Any]]:
    """Later variables take the place of earlier ones of the same name."""
    return list({str(each["name"]): each for each in [*(first or ()), *(later or ())]}.values())
