"""ECS: clusters and the newest revision of each family of task definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.templates.account_reading import Account
from rolelab.templates.found import Findings, Found, Identifier, LeftOut, counted, given
from rolelab.templates.services.tags import tags

_ANSWERED_ONLY = frozenset(
    {
        "compatibilities",
        "deregisteredAt",
        "registeredAt",
        "registeredBy",
        "requiresAttributes",
        "revision",
        "status",
        "taskDefinitionArn",
    }
)
"""Members of a described task definition that nobody gives."""

_FREE_KEYS = frozenset({"dockerLabels", "driverOpts", "labels", "options"})
"""Members whose keys are the author's own words and not AWS's."""


def read(account: Account) -> Findings:
    """Give clusters and task definitions.

    Pages: *AWS::ECS::Cluster*, *AWS::ECS::TaskDefinition*.
    """
    ecs = account.client("ecs")
    for arn in account.pages("ecs", "list_clusters", "clusterArns"):
        described = ecs.describe_clusters(
            clusters=[arn], include=["CONFIGURATIONS", "SETTINGS", "TAGS"]
        )
        yield from _cluster(account, described["clusters"][0])
    families = account.pages("ecs", "list_task_definition_families", "families", status="ACTIVE")
    for family in families:
        yield from _family(account, family)


def _cluster(account: Account, cluster: dict[str, Any]) -> Findings:
    name, arn = cluster["clusterName"], cluster["clusterArn"]
    settings = [
        {"Name": each["name"], "Value": each["value"]}
        for each in cluster.get("settings") or ()
        if each != {"name": "containerInsights", "value": "disabled"}
    ]
    yield Found(
        "AWS::ECS::Cluster",
        name,
        arn,
        name,
        given(
            ClusterName=name,
            ClusterSettings=settings,
            Configuration=_as_properties(cluster.get("configuration") or {}),
            CapacityProviders=cluster.get("capacityProviders"),
            DefaultCapacityProviderStrategy=_as_properties(
                cluster.get("defaultCapacityProviderStrategy") or []
            ),
            Tags=tags(cluster.get("tags")),
        ),
        (Identifier(arn, "Arn"),),
        lasting_name=True,
    )
    for service in account.pages("ecs", "list_services", "serviceArns", cluster=arn):
        yield LeftOut(
            f"service {service.rsplit('/', 1)[-1]} of cluster {name}",
            "its subnets and security groups are this account's own; add AWS::ECS::Service",
        )


def _family(account: Account, family: str) -> Findings:
    answer = account.client("ecs").describe_task_definition(taskDefinition=family, include=["TAGS"])
    definition = answer["taskDefinition"]
    arn = definition["taskDefinitionArn"]
    yield Found(
        "AWS::ECS::TaskDefinition",
        family,
        arn,
        arn,
        given(**_task_definition(definition), Tags=tags(answer.get("tags"))),
        (Identifier(arn),),
    )
    revisions = account.pages(
        "ecs", "list_task_definitions", "taskDefinitionArns", familyPrefix=family, status="ACTIVE"
    )
    if len(revisions) > 1:
        yield LeftOut(
            f"task definition {family}: {counted(len(revisions) - 1, 'older revision')}",
            "a stack makes the newest one",
        )


def _task_definition(definition: Mapping[str, Any]) -> dict[str, Any]:
    asked = {name: value for name, value in definition.items() if name not in _ANSWERED_ONLY}
    containers = [_container(each) for each in asked.pop("containerDefinitions")]
    properties: dict[str, Any] = _as_properties(asked)
    first = ("Family", "RequiresCompatibilities", "NetworkMode", "Cpu", "Memory")
    last = ("ExecutionRoleArn", "TaskRoleArn")
    return {
        **{name: properties.pop(name) for name in (*first, *last) if name in properties},
        **properties,
        "ContainerDefinitions": containers,
    }


def _container(container: Mapping[str, Any]) -> dict[str, Any]:
    """A container without what it would be anyway. Page: *ContainerDefinition*."""
    defaults = {"cpu": 0, "essential": True}
    kept = {
        name: value
        for name, value in container.items()
        if name not in defaults or value != defaults[name]
    }
    properties: dict[str, Any] = _as_properties(kept)
    first = ("Name", "Image", "Command", "Environment", "Secrets")
    return {**{name: properties.pop(name) for name in first if name in properties}, **properties}


def _as_properties(value: Any) -> Any:
    """Members of ECS's API as properties: the same names with a capital, and nothing empty."""
    if isinstance(value, list):
        return [_as_properties(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    return given(
        **{
            name[:1].upper() + name[1:]: each if name in _FREE_KEYS else _as_properties(each)
            for name, each in value.items()
        }
    )
