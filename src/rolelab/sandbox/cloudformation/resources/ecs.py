"""ECS: clusters, task definitions, services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.cloudformation.resources.work import (
    Made,
    Properties,
    ResourceType,
    Work,
    tag_list,
)


def _ecs(work: Work, operation: str, /, **members: Any) -> dict[str, Any]:
    return work.call("ecs", operation, **members)


def _tag(work: Work, arn: str) -> None:
    added, removed = work.tag_changes()
    if removed:
        _ecs(work, "UntagResource", resourceArn=arn, tagKeys=removed)
    if added:
        _ecs(work, "TagResource", resourceArn=arn, tags=tag_list(added))


def _settings(work: Work) -> dict[str, Any]:
    return {
        "settings": work.get("ClusterSettings"),
        **work.given("Configuration", "ServiceConnectDefaults"),
    }


def _create_cluster(work: Work) -> Made:
    cluster = _ecs(
        work,
        "CreateCluster",
        clusterName=work.name("ClusterName", 255),
        **_settings(work),
        **work.given("CapacityProviders", "DefaultCapacityProviderStrategy", "Tags"),
    )["cluster"]
    return Made(cluster["clusterName"], {"Arn": cluster["clusterArn"]})


def _update_cluster(work: Work) -> Made:
    if work.changed("ClusterSettings", "Configuration", "ServiceConnectDefaults"):
        _ecs(work, "UpdateCluster", cluster=work.id, **_settings(work))
    if work.changed("CapacityProviders", "DefaultCapacityProviderStrategy"):
        _ecs(
            work,
            "PutClusterCapacityProviders",
            cluster=work.id,
            capacityProviders=work.get("CapacityProviders") or [],
            defaultCapacityProviderStrategy=work.get("DefaultCapacityProviderStrategy") or [],
        )
    _tag(work, str(work.attributes["Arn"]))
    return Made(work.id, work.attributes)


def _delete_cluster(work: Work) -> None:
    _ecs(work, "DeleteCluster", cluster=work.id)


def _create_task_definition(work: Work) -> Made:
    """Page: *AWS::ECS::TaskDefinition*; each property is the member of the API's name.

    Without containers it is ECS that refuses (awsdocs/aws-cloudformation-user-guide pull 454).
    """
    settings: Properties = {
        "ContainerDefinitions": [],
        **work.properties,
        "Family": work.name("Family", 255),
    }
    made = _ecs(work, "RegisterTaskDefinition", **settings)["taskDefinition"]["taskDefinitionArn"]
    return Made(made, {"TaskDefinitionArn": made})


def _update_task_definition(work: Work) -> Made:
    _tag(work, work.id)
    return Made(work.id, work.attributes)


def _delete_task_definition(work: Work) -> None:
    _ecs(work, "DeregisterTaskDefinition", taskDefinition=work.id)


_SERVICE = (
    "CapacityProviderStrategy",
    "DeploymentConfiguration",
    "DesiredCount",
    "EnableECSManagedTags",
    "EnableExecuteCommand",
    "HealthCheckGracePeriodSeconds",
    "LoadBalancers",
    "NetworkConfiguration",
    "PlatformVersion",
    "PropagateTags",
    "TaskDefinition",
)
_NEW_SERVICE = ("Cluster", "LaunchType", "Role", "SchedulingStrategy", "Tags")


def _create_service(work: Work) -> Made:
    count = {} if work.get("SchedulingStrategy") == "DAEMON" else {"DesiredCount": 1}
    settings = {**count, **work.given(*_SERVICE, *_NEW_SERVICE)}
    name = work.name("ServiceName", 255)
    service = _ecs(work, "CreateService", ServiceName=name, **settings)["service"]
    made = service["serviceArn"]
    return Made(made, {"ServiceArn": made, "Name": service["serviceName"]})


def _update_service(work: Work) -> Made:
    changed = {
        name: work.get(name, 1 if name == "DesiredCount" else None)
        for name in _SERVICE
        if work.changed(name)
    }
    if changed:
        _ecs(work, "UpdateService", cluster=work.get("Cluster"), service=work.id, **changed)
    _tag(work, work.id)
    return Made(work.id, work.attributes)


def _delete_service(work: Work) -> None:
    _ecs(work, "DeleteService", cluster=work.get("Cluster"), service=work.id, force=True)


TYPES: Mapping[str, ResourceType] = {
    "AWS::ECS::Cluster": ResourceType(
        _create_cluster,
        _delete_cluster,
        frozenset(
            {
                "CapacityProviders",
                "ClusterName",
                "ClusterSettings",
                "Configuration",
                "DefaultCapacityProviderStrategy",
                "ServiceConnectDefaults",
                "Tags",
            }
        ),
        "ClusterName",
        _update_cluster,
    ),
    "AWS::ECS::TaskDefinition": ResourceType(
        _create_task_definition,
        _delete_task_definition,
        frozenset(
            {
                "ContainerDefinitions",
                "Cpu",
                "EnableFaultInjection",
                "EphemeralStorage",
                "ExecutionRoleArn",
                "Family",
                "IpcMode",
                "Memory",
                "NetworkMode",
                "PidMode",
                "PlacementConstraints",
                "RequiresCompatibilities",
                "RuntimePlatform",
                "Tags",
                "TaskRoleArn",
                "Volumes",
            }
        ),
        # A family holds many revisions, so a replacement may have the name of the old one.
        None,
        _update_task_definition,
    ),
    "AWS::ECS::Service": ResourceType(
        _create_service,
        _delete_service,
        frozenset({*_SERVICE, *_NEW_SERVICE, "ServiceName"}),
        "ServiceName",
        _update_service,
        replaces=frozenset({"LaunchType"}),
    ),
}
