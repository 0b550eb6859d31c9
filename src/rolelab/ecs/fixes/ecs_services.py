"""Operations of Amazon ECS on services: moto keeps the service, a scheduler keeps its tasks.

Pages: *CreateService*, *UpdateService*, *DeleteService*, *DescribeServices* (Amazon ECS API
Reference).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from rolelab.ecs import agent
from rolelab.ecs.service import Deployment, Service
from rolelab.ecs.task import now
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Response, Serve, fix

_REST_SECONDS = 10.0
"""How long DescribeServices waits for a deployment: the waiter asks every fifteen seconds."""

_OF_TASKS = (
    "launchType",
    "capacityProviderStrategy",
    "networkConfiguration",
    "platformVersion",
    "enableExecuteCommand",
)
"""What a service hands on to its tasks."""


@fix("ecs", "CreateService")
def create(call: Call, response: Any, serve: Serve) -> Response:
    """moto's services start no tasks."""
    _complete_network(response)
    served = serve()
    if served[0] == 200:
        found = _kept(call, response, str(call.parameters["serviceName"]))
        launcher = agent.current()
        service = Service(response.ecs_backend, found.cluster_name, found.name, launcher)
        launcher.services.known[found.arn] = service
        service.deploy(_deployment(found, call.parameters))
        service.scale(int(found.desired_count))
    return served


@fix("ecs", "UpdateService")
def update(call: Call, response: Any, serve: Serve) -> Response:
    """moto writes down the desired count as the running one."""
    _complete_network(response)
    served = serve()
    if served[0] == 200:
        found = _kept(call, response, str(call.parameters["service"]))
        service = agent.current().services.known.get(found.arn)
        if service is not None:
            _update(found, service, call.parameters)
            _refresh(found, service)
    return served


@fix("ecs", "DeleteService")
def delete(call: Call, response: Any, serve: Serve) -> Response:
    """Tasks of a service end with it."""
    served = serve()
    if served[0] == 200:
        found = _kept(call, response, str(call.parameters["service"]))
        service = agent.current().services.known.pop(found.arn, None)
        if service is not None:
            service.retire()
    return served


@fix("ecs", "DescribeServices")
def describe(call: Call, response: Any, serve: Serve) -> Response:
    """moto's counts are what was wished for."""
    known = agent.current().services.known
    for named in call.parameters.get("services") or ():
        found = _kept(call, response, str(named))
        service = None if found is None else known.get(found.arn)
        if service is not None:
            service.wait_until_settled(_REST_SECONDS)
            _refresh(found, service)
    return serve()


def _complete_network(response: Any) -> None:
    """Let moto find a list of security groups, also where the caller leaves it to the VPC.

    Page: *AwsVpcConfiguration*: without groups, the default one of the VPC is used.
    """
    read = response._get_param

    def completed(name: str, default: Any = None) -> Any:
        value = read(name, default)
        if name == "networkConfiguration" and value:
            network = value.get("awsvpcConfiguration") or {}
            return {**value, "awsvpcConfiguration": {"securityGroups": [], **network}}
        return value

    response._get_param = completed


def _kept(call: Call, response: Any, named: str) -> Any:
    """Find moto's record of a service; None where there is none."""
    cluster = str(call.parameters.get("cluster") or "default").rpartition("/")[2]
    return response.ecs_backend.services.get(f"{cluster}:{named.rpartition('/')[2]}")


def _deployment(found: Any, parameters: Mapping[str, Any]) -> Deployment:
    handed_on = {name: parameters[name] for name in _OF_TASKS if parameters.get(name) is not None}
    found.deployed_with = {**getattr(found, "deployed_with", {}), **handed_on}
    request = {
        **found.deployed_with,
        "cluster": found.cluster_name,
        "taskDefinition": found.task_definition,
    }
    if "launchType" not in request and "capacityProviderStrategy" not in request:
        request["launchType"] = found.launch_type
    return Deployment(f"ecs-svc/{uuid4().int % 10**19}", request)


def _update(found: Any, service: Service, parameters: Mapping[str, Any]) -> None:
    if parameters.get("desiredCount") is not None:
        service.scale(int(parameters["desiredCount"]))
    changes = ("taskDefinition", "forceNewDeployment", *_OF_TASKS)
    if any(parameters.get(name) for name in changes):
        service.deploy(_deployment(found, parameters))


def _refresh(found: Any, service: Service) -> None:
    """Write what there is into moto's record, which is then shown."""
    found.running_count = service.running()
    found.pending_count = len(service.tasks()) - found.running_count
    found.events = service.events[:100]
    found.deployments = [
        _described(found, service, deployment, primary=number == 0)
        for number, deployment in enumerate(service.deployments())
    ]


def _described(
    found: Any, service: Service, deployment: Deployment, *, primary: bool
) -> dict[str, Any]:
    tasks, running = service.tasks(deployment.id), service.running(deployment.id)
    complete = not primary or running >= found.desired_count
    return {
        "id": deployment.id,
        "status": "PRIMARY" if primary else "ACTIVE",
        "taskDefinition": deployment.request["taskDefinition"],
        "desiredCount": found.desired_count if primary else 0,
        "runningCount": running,
        "pendingCount": len(tasks) - running,
        "failedTasks": deployment.failed,
        "createdAt": deployment.created,
        "updatedAt": now(),
        "launchType": found.launch_type,
        "platformVersion": found.platform_version,
        "networkConfiguration": found.network_configuration or None,
        "rolloutState": "COMPLETED" if complete else "IN_PROGRESS",
        "rolloutStateReason": (
            f"ECS deployment {deployment.id} {'completed' if complete else 'in progress'}."
        ),
    }
