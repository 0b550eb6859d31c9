"""Clusters, services, tasks and task definitions as requests name them, and as they are.

Pages: *Actions, resources, and condition keys for Amazon Elastic Container Service* (the ARN
formats); *Amazon Resource Names (ARNs) and IDs* of the Amazon ECS Developer Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Value
from rolelab.sandbox.operations.row import resource_tag_context, tag_pairs
from rolelab.sandbox.resource_policies import backend

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

DEFAULT_CLUSTER = "default"


def arn(call: Call, resource: str) -> str:
    """Give the ARN of a resource in the caller's account: `arn(call, "cluster/default")`."""
    return f"arn:{call.partition}:ecs:{call.region}:{call.account}:{resource}"


def cluster_arn(call: Call) -> str:
    """Give the ARN of the cluster in a call; the default cluster where it names none."""
    return cluster_named(str(call.parameters.get("cluster") or DEFAULT_CLUSTER), call)


def cluster_named(named: str, call: Call) -> str:
    """Give the ARN of a cluster, named by name or ARN."""
    return named if named.startswith("arn:") else arn(call, f"cluster/{named}")


def cluster_name(call: Call) -> str:
    """Give the name of the cluster in a call."""
    return cluster_arn(call).rpartition("/")[2]


def in_cluster(call: Call, kind: str, named: object) -> str:
    """Give the ARN of a task, service or container instance of the cluster in a call.

    Args:
        call: the call.
        kind: `task`, `service`, `container-instance`.
        named: an id, a name or an ARN.
    """
    text = str(named)
    return text if text.startswith("arn:") else arn(call, f"{kind}/{cluster_name(call)}/{text}")


def of_service(call: Call, kind: str, named: object) -> str:
    """Give the ARN of a task set, which lies in the service that the call names."""
    text = str(named)
    if text.startswith("arn:"):
        return text
    service = str(call.parameters.get("service")).rpartition("/")[2]
    return arn(call, f"{kind}/{cluster_name(call)}/{service}/{text}")


def task_definition_arn(call: Call, named: object) -> str:
    """Give the ARN of a task definition, with its revision.

    A family stands for its latest ACTIVE revision, and it is that revision which the caller needs
    to be allowed. Page: *RunTask*, "taskDefinition".

    Args:
        call: the call.
        named: `family`, `family:revision` or an ARN.

    Returns:
        The ARN; without a revision for a family that has none which is ACTIVE.
    """
    text = str(named)
    if not text.startswith("arn:"):
        text = arn(call, f"task-definition/{text}")
    head, _, name = text.rpartition("/")
    if ":" in name:
        return text
    stored = _stored(text)
    revisions = {} if stored is None else stored.task_definitions.get(name, {})
    active = [number for number, each in revisions.items() if each.status == "ACTIVE"]
    return f"{head}/{name}:{max(active)}" if active else text


def find(resource: str) -> Any | None:
    """Find whatever an ARN of Amazon ECS names; None if it does not exist."""
    stored = _stored(resource)
    if stored is None:
        return None
    kind, _, name = resource.split(":", 5)[5].partition("/")
    look_up = _FINDERS.get(kind)
    return None if look_up is None else look_up(stored, name, resource)


def _stored(resource: str) -> Any | None:
    parts = resource.split(":", 5)
    return backend("ecs", parts[4], parts[3]) if len(parts) == 6 else None


def _service(stored: Any, name: str, resource: str) -> Any | None:
    return next((each for each in list(stored.services.values()) if each.arn == resource), None)


def _task(stored: Any, name: str, resource: str) -> Any | None:
    clusters = list(stored.tasks.values())
    return next((tasks[resource] for tasks in clusters if resource in tasks), None)


def _task_definition(stored: Any, name: str, resource: str) -> Any | None:
    family, _, revision = name.partition(":")
    found = stored.task_definitions.get(family, {})
    return found.get(int(revision)) if revision.isdigit() else None


def _task_set(stored: Any, name: str, resource: str) -> Any | None:
    sets = (each for service in list(stored.services.values()) for each in service.task_sets)
    return next((each for each in sets if each.task_set_arn == resource), None)


def _container_instance(stored: Any, name: str, resource: str) -> Any | None:
    cluster, _, instance = name.partition("/")
    return stored.container_instances.get(cluster, {}).get(instance)


_FINDERS: Mapping[str, Callable[[Any, str, str], Any | None]] = {
    "capacity-provider": lambda stored, name, _: stored.capacity_providers.get(name),
    "cluster": lambda stored, name, _: stored.clusters.get(name),
    "container-instance": _container_instance,
    "service": _service,
    "task": _task,
    "task-definition": _task_definition,
    "task-set": _task_set,
}


def tags_of(call: Call, resource: str) -> Mapping[str, Value]:
    """Give the tags of what an ARN names, as `aws:ResourceTag/*` and `ecs:ResourceTag/*`."""
    found = find(resource) if resource.startswith("arn:") else None
    return resource_tag_context(tag_pairs(getattr(found, "tags", None)), "ecs:ResourceTag")


def definition_in(call: Call) -> Any | None:
    """Find the task definition that the parameter `taskDefinition` names."""
    named = call.parameters.get("taskDefinition")
    return find(task_definition_arn(call, named)) if named else None


# Sizes as task definitions write them: `256`, `.25 vCPU`, `512`, `0.5 GB`.
# Page: *Amazon ECS task definition parameters*, "Task size".
_SIZE = re.compile(r"(\d+|\d*\.\d+)\s*(\w*)", re.ASCII)


def cpu_units(written: object) -> int | None:
    """Read the CPU of a task, 1024 for each vCPU; None for what is none."""
    return _size(written, {"": 1, "vcpu": 1024})


def mebibytes(written: object) -> int | None:
    """Read the memory of a task in MiB; None for what is none."""
    return _size(written, {"": 1, "gb": 1024})


def _size(written: object, units: Mapping[str, int]) -> int | None:
    found = _SIZE.fullmatch(str(written).strip())
    if found is None or found[2].lower() not in units:
        return None
    amount = float(found[1]) * units[found[2].lower()]
    return int(amount) if amount == int(amount) else None


def members(value: Any, names: frozenset[str]) -> Iterator[Any]:
    """Give every value of the named members, at any depth of the parameters of a call."""
    if isinstance(value, Mapping):
        for name, inside in value.items():
            if name in names:
                yield inside
            yield from members(inside, names)
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from members(inside, names)
