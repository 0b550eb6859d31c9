"""Every fix of Amazon ECS is still needed: raw moto, without the gate, still answers wrongly.

A row that fails is good news: moto has become right, and the fix that the row names can go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

pytestmark = pytest.mark.usefixtures("raw_moto")

CONTAINER = {"name": "app", "image": "app", "memory": 64}
Wrong = Callable[[Any], bool]


@pytest.fixture
def ecs(raw_moto: None) -> Any:
    """A client that checks nothing itself, a cluster `shop` and two revisions of `web`."""
    client = boto3.client("ecs", config=Config(parameter_validation=False))
    client.create_cluster(clusterName="shop", tags=[{"key": "team", "value": "shop"}])
    for _ in range(2):
        client.register_task_definition(family="web", containerDefinitions=[CONTAINER])
    return client


def code_of(operation: Callable[..., Any], **given: Any) -> str:
    """The code of moto's refusal, or the name of its exception; empty if there is none."""
    try:
        operation(**given)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    except Exception as error:
        return type(error).__name__
    return ""


def registers(**changed: Any) -> Wrong:
    """Does moto take a task definition that ECS refuses?"""
    given = {"family": "new", "containerDefinitions": [CONTAINER], **changed}
    return lambda ecs: code_of(ecs.register_task_definition, **given) == ""


def of_container(**changed: Any) -> dict[str, Any]:
    return {"containerDefinitions": [{**CONTAINER, **changed}]}


def on_fargate(**changed: Any) -> Wrong:
    fits = {"networkMode": "awsvpc", "cpu": "256", "memory": "512"}
    return registers(requiresCompatibilities=["FARGATE"], **{**fits, **changed})


def registered(ecs: Any, **given: Any) -> dict[str, Any]:
    answer = ecs.register_task_definition(family="new", containerDefinitions=[CONTAINER], **given)
    made: dict[str, Any] = answer
    return made


def latest_is_inactive(ecs: Any) -> bool:
    ecs.deregister_task_definition(taskDefinition="web:2")
    shown = ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
    return shown["status"] == "INACTIVE"


def serves(**changed: Any) -> Wrong:
    """Does moto make a service that ECS refuses to make?"""
    given = {"cluster": "shop", "serviceName": "s", "taskDefinition": "web", **changed}
    return lambda ecs: code_of(ecs.create_service, **given) == ""


def serves_inactive(ecs: Any) -> bool:
    ecs.deregister_task_definition(taskDefinition="web:1")
    return serves(taskDefinition="web:1")(ecs)


def updates_to_inactive(ecs: Any) -> bool:
    serves()(ecs)
    ecs.deregister_task_definition(taskDefinition="web:1")
    given = {"cluster": "shop", "service": "s", "taskDefinition": "web:1"}
    return code_of(ecs.update_service, **given) == ""


def updates_deleted(ecs: Any) -> bool:
    serves()(ecs)
    ecs.delete_service(cluster="shop", service="s", force=True)
    return code_of(ecs.update_service, cluster="shop", service="s", desiredCount=2) == ""


def serves_awsvpc(ecs: Any) -> bool:
    registered(ecs, networkMode="awsvpc")
    return serves(taskDefinition="new")(ecs)


def serves_twice(ecs: Any) -> bool:
    return serves()(ecs) and serves()(ecs)


def serves_in_deleted_cluster(ecs: Any) -> bool:
    ecs.delete_cluster(cluster="shop")
    return serves()(ecs)


def deletes_with_service(ecs: Any) -> bool:
    return serves()(ecs) and code_of(ecs.delete_cluster, cluster="shop") == ""


def forgets_tags(ecs: Any) -> bool:
    ecs.create_cluster(clusterName="shop")
    (shown,) = ecs.describe_clusters(clusters=["shop"], include=["TAGS"])["clusters"]
    return not shown.get("tags")


def in_no_cluster(operation: str, **given: Any) -> Wrong:
    return lambda ecs: (
        code_of(getattr(ecs, operation), cluster="other", **given) != "ClusterNotFoundException"
    )


SECRETS = [{"name": "DB", "valueFrom": "db"}]
LOGS = {"logDriver": "awslogs"}
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web"
PORTS = [{"containerPort": 80, "hostPort": 81}]

WRONG: dict[str, Wrong] = {
    "RegisterTaskDefinition: family": registers(family="a b"),
    "RegisterTaskDefinition: a role that is none": registers(taskRoleArn="role/a b"),
    "RegisterTaskDefinition: a role of another account": registers(
        taskRoleArn="arn:aws:iam::111122223333:role/app"
    ),
    "RegisterTaskDefinition: no container": registers(containerDefinitions=[]),
    "RegisterTaskDefinition: an empty image": registers(**of_container(image="")),
    "RegisterTaskDefinition: no essential container": registers(**of_container(essential=False)),
    "RegisterTaskDefinition: compatibility": registers(requiresCompatibilities=["LAMBDA"]),
    "RegisterTaskDefinition: network mode": registers(networkMode="overlay"),
    "RegisterTaskDefinition: CPU": registers(cpu="much"),
    "RegisterTaskDefinition: memory": registers(memory="1 TB"),
    "RegisterTaskDefinition: ports in awsvpc": registers(
        networkMode="awsvpc", **of_container(portMappings=PORTS)
    ),
    "RegisterTaskDefinition: secrets without a role": registers(**of_container(secrets=SECRETS)),
    "RegisterTaskDefinition: Fargate in bridge mode": on_fargate(networkMode="bridge"),
    "RegisterTaskDefinition: Fargate without a size": on_fargate(cpu=None),
    "RegisterTaskDefinition: no such pair on Fargate": on_fargate(memory="4096"),
    "RegisterTaskDefinition: awslogs on Fargate without a role": on_fargate(
        **of_container(logConfiguration=LOGS)
    ),
    "RegisterTaskDefinition: an ECR image on Fargate without a role": on_fargate(
        **of_container(image=IMAGE)
    ),
    "RegisterTaskDefinition: a reservation alone on Amazon EC2": lambda ecs: (
        code_of(
            ecs.register_task_definition,
            family="new",
            requiresCompatibilities=["EC2"],
            containerDefinitions=[{"name": "app", "image": "app", "memoryReservation": 64}],
        )
        != ""
    ),
    "RegisterTaskDefinition: sizes stay text": lambda ecs: (
        registered(ecs, cpu="1 vCPU", memory="2 GB")["taskDefinition"]["cpu"] == "1 vCPU"
    ),
    "RegisterTaskDefinition: a role stays a name": lambda ecs: (
        registered(ecs, taskRoleArn="app")["taskDefinition"]["taskRoleArn"] == "app"
    ),
    "RegisterTaskDefinition: who registered it": lambda ecs: (
        "registeredBy" not in registered(ecs)["taskDefinition"]
    ),
    "RegisterTaskDefinition: tags": lambda ecs: (
        "tags" not in registered(ecs, tags=[{"key": "a", "value": "b"}])
    ),
    "DescribeTaskDefinition: the latest is INACTIVE": latest_is_inactive,
    "DescribeTaskDefinition: a revision that is no number": lambda ecs: (
        code_of(ecs.describe_task_definition, taskDefinition="web:x") == "ValueError"
    ),
    "ListContainerInstances: no cluster": in_no_cluster("list_container_instances"),
    "ListAttributes: no cluster": in_no_cluster("list_attributes", targetType="container-instance"),
    "ExecuteCommand: no cluster": in_no_cluster("execute_command", task="1", command="sh"),
    "DescribeContainerInstances: an empty cluster": lambda ecs: (
        code_of(ecs.describe_container_instances, cluster="shop", containerInstances=["1"])
        == "KeyError"
    ),
    "CreateCluster: over one that exists": forgets_tags,
    "DeleteCluster: with a service": deletes_with_service,
    "CreateService: in a deleted cluster": serves_in_deleted_cluster,
    "CreateService: a definition that is INACTIVE": serves_inactive,
    "CreateService: a definition that is not for Fargate": serves(launchType="FARGATE"),
    "CreateService: awsvpc without subnets": serves_awsvpc,
    "CreateService: twice": serves_twice,
    "UpdateService: a service that was deleted": updates_deleted,
    "UpdateService: to a definition that is INACTIVE": updates_to_inactive,
}


@pytest.mark.parametrize("is_wrong", WRONG.values(), ids=list(WRONG))
def test_moto_is_still_wrong(ecs: Any, is_wrong: Wrong) -> None:
    assert is_wrong(ecs)
