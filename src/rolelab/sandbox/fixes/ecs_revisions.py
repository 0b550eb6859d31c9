"""Registering and describing task definitions, and finding the one that is to run.

AWS pages: *RegisterTaskDefinition*, *DescribeTaskDefinition* (Amazon ECS API Reference).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Serve, fix
from rolelab.sandbox.fixes.ecs_task_definitions import FARGATE, Definition, faults
from rolelab.sandbox.operations.ecs_roles import role_arn
from rolelab.sandbox.operations.ecs_state import (
    cpu_units,
    find,
    mebibytes,
    task_definition_arn,
)


@fix("ecs", "RegisterTaskDefinition")
def register_task_definition(call: Call, response: Any, serve: Serve) -> Answer:
    """Refuse what ECS refuses; keep sizes as numbers, roles as ARNs, and who registered it.

    moto refuses a container on Amazon EC2 that has a memory reservation alone.
    """
    given = call.parameters
    for code, sentence in faults(given, call.account):
        raise ServiceError(code, sentence)
    made = response.ecs_backend.register_task_definition(
        given["family"],
        given["containerDefinitions"],
        **{name: given.get(member) for name, member in _KEPT.items()},
        **{name: _number(given.get(name), read) for name, read in _SIZES.items()},
        **{name: _role(call, member) for name, member in _ROLES.items()},
    )
    _set_compatibilities(made, given)
    made.registered_at, made.registered_by = time.time(), call.principal
    return Answer(taskDefinition=made, tags=made.tags)


# Argument of moto's backend -> member of the request.
_KEPT: Mapping[str, str] = {
    "ephemeral_storage": "ephemeralStorage",
    "inference_accelerators": "inferenceAccelerators",
    "ipc_mode": "ipcMode",
    "network_mode": "networkMode",
    "pid_mode": "pidMode",
    "placement_constraints": "placementConstraints",
    "proxy_configuration": "proxyConfiguration",
    "runtime_platform": "runtimePlatform",
    "tags": "tags",
    "volumes": "volumes",
}
_ROLES: Mapping[str, str] = {
    "execution_role_arn": "executionRoleArn",
    "task_role_arn": "taskRoleArn",
}
_SIZES: Mapping[str, Callable[[object], int | None]] = {"cpu": cpu_units, "memory": mebibytes}


def _number(written: object, read: Callable[[object], int | None]) -> str | None:
    return None if written is None else str(read(written))


def _role(call: Call, member: str) -> str | None:
    named = call.parameters.get(member)
    return role_arn(call, named) if named else None


def _set_compatibilities(made: Any, given: Definition) -> None:
    """A definition that fits Fargate fits Amazon EC2 as well."""
    required = list(given.get("requiresCompatibilities") or ())
    made.requires_compatibilities = required or None
    made.compatibilities = ["EC2", FARGATE] if FARGATE in required else required or ["EC2"]


@fix("ecs", "DescribeTaskDefinition")
def describe_task_definition(call: Call, response: Any, serve: Serve) -> Answer:
    """moto gives the last revision of a family, also when it is not ACTIVE any more.

    AWS page: *DescribeTaskDefinition*, "taskDefinition".
    """
    found = find(task_definition_arn(call, call.parameters["taskDefinition"]))
    if found is None:
        raise ServiceError("ClientException", "Unable to describe task definition.")
    if "TAGS" in (call.parameters.get("include") or ()):
        return Answer(taskDefinition=found, tags=found.tags)
    return Answer(taskDefinition=found)


def to_run(call: Call) -> Any | None:
    """Give the task definition that a call wants to run; None if it names none.

    Raises:
        ServiceError: ClientException: there is none, or it is not ACTIVE.
    """
    named = call.parameters.get("taskDefinition")
    if not named:
        return None
    found = find(task_definition_arn(call, named))
    if found is None:
        raise ServiceError("ClientException", "TaskDefinition not found.")
    if found.status != "ACTIVE":
        raise ServiceError("ClientException", "TaskDefinition is inactive")
    return found
