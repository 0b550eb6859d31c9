"""Amazon ECS: clusters and services. Task definitions have files of their own.

AWS pages: *CreateCluster*, *DeleteCluster*, *CreateService*, *UpdateService* (Amazon ECS API
Reference), and the errors listed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Response, Serve, ecs_revisions, fix
from rolelab.sandbox.fixes.ecs_revisions import to_run
from rolelab.sandbox.fixes.ecs_task_definitions import FARGATE
from rolelab.sandbox.operations.ecs_state import (
    DEFAULT_CLUSTER,
    arn,
    cluster_arn,
    find,
    in_cluster,
)

__all__ = ["ecs_revisions"]

ACTIVE = "ACTIVE"
# Operations that need a cluster which is there, and those that need one which is not deleted.
# Where a deleted cluster stands, *DeleteCluster* says: it is INACTIVE, and may still be described.
_IN_A_CLUSTER = (
    "DeregisterContainerInstance",
    "DescribeContainerInstances",
    "ExecuteCommand",
    "GetTaskProtection",
    "ListAttributes",
    "ListContainerInstances",
    "UpdateClusterSettings",
    "UpdateContainerInstancesState",
    "UpdateTaskProtection",
)
_IN_AN_ACTIVE_CLUSTER = (
    "CreateService",
    "CreateTaskSet",
    "DeleteService",
    "PutClusterCapacityProviders",
    "RegisterContainerInstance",
    "StartTask",
    "UpdateCluster",
    "UpdateService",
)


def cluster(call: Call) -> Any:
    """Find the cluster of a call.

    Raises:
        ServiceError: ClusterNotFoundException.
    """
    found = find(cluster_arn(call))
    if found is None:
        raise ServiceError("ClusterNotFoundException", "Cluster not found.")
    return found


def _there(call: Call, response: Any, serve: Serve) -> Response:
    """moto lists nothing for a cluster that is not there, and trips over one without instances."""
    found = cluster(call)
    response.ecs_backend.container_instances.setdefault(found.name, {})
    response.ecs_backend.tasks.setdefault(found.name, {})
    return serve()


def _active(call: Call, response: Any, serve: Serve) -> Response:
    """moto goes on working with a cluster that was deleted."""
    if cluster(call).status != ACTIVE:
        raise ServiceError("ClusterNotFoundException", "The referenced cluster was inactive.")
    return _there(call, response, serve)


for _operation in _IN_A_CLUSTER:
    fix("ecs", _operation)(_there)
for _operation in _IN_AN_ACTIVE_CLUSTER:
    fix("ecs", _operation)(_active)


@fix("ecs", "CreateCluster")
def create_cluster(call: Call, response: Any, serve: Serve) -> Response | Answer:
    """moto puts a new cluster in the place of one with the same name."""
    name = str(call.parameters.get("clusterName") or DEFAULT_CLUSTER)
    found = find(arn(call, f"cluster/{name}"))
    if found is not None and found.status == ACTIVE:
        return Answer(cluster=found)
    return serve()


@fix("ecs", "DeleteCluster")
def delete_cluster(call: Call, response: Any, serve: Serve) -> Response:
    """moto deletes a cluster whatever is in it. Page: *DeleteCluster*, "Errors"."""
    found = cluster(call)
    stored = response.ecs_backend
    for code, what, things in (
        ("ContainerInstances", "Container Instances are active or draining", _instances),
        ("Services", "Services are active", _services),
        ("Tasks", "Tasks are active", _tasks),
    ):
        if things(stored, found.name):
            raise ServiceError(
                f"ClusterContains{code}Exception", f"The Cluster cannot be deleted while {what}."
            )
    return serve()


def _instances(stored: Any, name: str) -> bool:
    known: Mapping[str, Any] = stored.container_instances.get(name, {})
    return any(each.status in (ACTIVE, "DRAINING") for each in known.values())


def _services(stored: Any, name: str) -> bool:
    known = list(stored.services.values())
    return any(each.cluster_name == name and each.status == ACTIVE for each in known)


def _tasks(stored: Any, name: str) -> bool:
    known: Mapping[str, Any] = stored.tasks.get(name, {})
    return any(each.last_status != "STOPPED" for each in known.values())


# Services.


@fix("ecs", "CreateService")
def create_service(call: Call, response: Any, serve: Serve) -> Response:
    """moto makes services of task definitions that cannot run where they are asked to."""
    found = find(in_cluster(call, "service", call.parameters["serviceName"]))
    if found is not None and found.status == ACTIVE:
        raise ServiceError("InvalidParameterException", "Creation of service was not idempotent.")
    definition = to_run(call)
    if definition is not None:
        check_launch(call.parameters, definition)
    return serve()


@fix("ecs", "UpdateService")
def update_service(call: Call, response: Any, serve: Serve) -> Response:
    """moto updates a service that was deleted, and takes a task definition that is INACTIVE."""
    found = find(in_cluster(call, "service", call.parameters["service"]))
    if found is not None and found.status != ACTIVE:
        raise ServiceError("ServiceNotActiveException", "Service was not ACTIVE.")
    to_run(call)
    return serve()


def check_launch(parameters: Mapping[str, Any], definition: Any) -> None:
    """Refuse to run a task definition where it does not fit.

    Args:
        parameters: of CreateService: launch type and network configuration.
        definition: moto's task definition.

    Raises:
        ServiceError: InvalidParameterException.
    """
    launch_type = parameters.get("launchType")
    if launch_type == FARGATE and FARGATE not in (definition.requires_compatibilities or ()):
        raise ServiceError(
            "InvalidParameterException",
            f"Task definition does not support launch_type {FARGATE}.",
        )
    if definition.network_mode == "awsvpc" and not parameters.get("networkConfiguration"):
        raise ServiceError(
            "InvalidParameterException",
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        )
