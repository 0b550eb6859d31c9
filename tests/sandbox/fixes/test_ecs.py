"""Amazon ECS: task definitions, clusters and services.

AWS pages: *RegisterTaskDefinition*, *CreateCluster*, *DeleteCluster*, *CreateService* (Amazon ECS
API Reference); *Invalid CPU or memory value specified* (Amazon ECS Developer Guide).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from rolelab.sandbox.fixes.ecs_task_definitions import faults
from tests.sandbox.people import document

if TYPE_CHECKING:
    from rolelab.sandbox.account import Sandbox

ACCOUNT = "123456789012"
ROLES = f"arn:aws:iam::{ACCOUNT}:role"
ROLE = f"{ROLES}/tasks/csecstaskexecutionrole"
CONTAINER = {"name": "app", "image": "app", "memory": 64}
ECR = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/web:1"
Refused = Callable[..., tuple[str, str]]


def definition(**changed: Any) -> dict[str, Any]:
    return {"family": "web", "containerDefinitions": [CONTAINER], **changed}


def fargate(**changed: Any) -> dict[str, Any]:
    on_fargate = {
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
    }
    return definition(**{**on_fargate, **changed})


def container(**changed: Any) -> dict[str, Any]:
    return {"containerDefinitions": [{**CONTAINER, **changed}]}


LOGS = {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/web"}}
SECRET = [{"name": "DB", "valueFrom": "db"}]
NO_MEMORY = (
    "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be "
    "specified."
)
NO_PAIR = "No Fargate configuration exists for given values."
PORTS = "When networkMode={}, the host ports and container ports in port mappings must match."
FARGATE_ROLE = "Fargate requires task definition to have execution role ARN to support {}."
BAD_ROLE = "Role is not valid"

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a family is letters, numbers, underscores and hyphens": (
        definition(family="web app"),
        "Family contains invalid characters.",
    ),
    "a family has 255 characters at most": (
        definition(family="w" * 256),
        "Family contains invalid characters.",
    ),
    "a role is an ARN or a name": (definition(taskRoleArn="role/app app"), BAD_ROLE),
    "a role is no user": (
        definition(executionRoleArn=f"arn:aws:iam::{ACCOUNT}:user/app"),
        BAD_ROLE,
    ),
    "a role belongs to the account": (
        definition(taskRoleArn="arn:aws:iam::111122223333:role/app"),
        BAD_ROLE,
    ),
    "an empty role is none": (definition(taskRoleArn=""), BAD_ROLE),
    "a container has an image": (
        definition(**container(image="")),
        "Container.image should not be null or empty.",
    ),
    "a container has a name": (
        definition(**container(name="")),
        "Container.name should not be null or empty.",
    ),
    "one container is essential": (
        definition(**container(essential=False)),
        "All tasks must have at least one essential container.",
    ),
    "there is a container": (
        definition(containerDefinitions=[]),
        "Container list cannot be empty.",
    ),
    "memory is somewhere": (definition(**container(memory=None)), NO_MEMORY),
    "CPU is a number": (definition(cpu="much"), "Invalid 'cpu' setting for task."),
    "CPU is at least 128": (definition(cpu="64"), "Invalid 'cpu' setting for task."),
    "memory is a number": (definition(memory="1 TB"), "Invalid 'memory' setting for task."),
    "a compatibility is one of four": (
        definition(requiresCompatibilities=["LAMBDA"]),
        "requiresCompatibilities should be one of [EC2,FARGATE,EXTERNAL,MANAGED_INSTANCES]",
    ),
    "a network mode is one of four": (
        definition(networkMode="overlay"),
        "networkMode should be one of [bridge,host,awsvpc,none]",
    ),
    "awsvpc maps ports to themselves": (
        definition(
            networkMode="awsvpc", **container(portMappings=[{"containerPort": 80, "hostPort": 81}])
        ),
        PORTS.format("awsvpc"),
    ),
    "secrets need an execution role": (
        definition(**container(secrets=SECRET)),
        "When you are specifying container secrets, you must also specify a value for "
        "'executionRoleArn'.",
    ),
    "Fargate needs awsvpc": (
        fargate(networkMode="bridge"),
        "Fargate only supports network mode \u2018awsvpc\u2019.",
    ),
    "Fargate needs a network mode": (
        fargate(networkMode=None),
        "Fargate only supports network mode \u2018awsvpc\u2019.",
    ),
    "Fargate needs the task's CPU": (
        fargate(cpu=None),
        "Fargate requires that 'cpu' be defined at the task level.",
    ),
    "Fargate needs the task's memory": (
        fargate(memory=None),
        "Fargate requires that 'memory' be defined at the task level.",
    ),
    "Fargate with awslogs needs an execution role": (
        fargate(**container(logConfiguration=LOGS)),
        FARGATE_ROLE.format("log driver awslogs"),
    ),
    "Fargate with an ECR image needs an execution role": (
        fargate(**container(image=ECR)),
        FARGATE_ROLE.format("ECR images"),
    ),
    "Fargate with secrets needs an execution role": (
        fargate(**container(secrets=SECRET)),
        "When you are specifying container secrets, you must also specify a value for "
        "'executionRoleArn'.",
    ),
}


@pytest.mark.parametrize(("given", "why"), REFUSED.values(), ids=list(REFUSED))
def test_a_task_definition_is_refused(given: dict[str, Any], why: str) -> None:
    assert next(faults(given, ACCOUNT)) == ("ClientException", why)


TAKEN: dict[str, dict[str, Any]] = {
    "the least": definition(),
    "a reservation in place of memory": definition(**container(memory=None, memoryReservation=64)),
    "memory of the task in place of its containers'": definition(
        memory="512", **container(memory=None)
    ),
    "a role by name, another with a path": definition(taskRoleArn="app", executionRoleArn=ROLE),
    "secrets with a role": definition(executionRoleArn=ROLE, **container(secrets=SECRET)),
    "secrets and logs on Fargate with a role": fargate(
        executionRoleArn=ROLE, **container(secrets=SECRET, logConfiguration=LOGS, image=ECR)
    ),
    "a public image on Fargate without a role": fargate(),
    "vCPU and GB": fargate(cpu=".5 vCPU", memory="4 GB"),
    "no memory of containers on Fargate": fargate(**container(memory=None)),
    "dynamic ports in bridge mode": definition(
        networkMode="bridge", **container(portMappings=[{"containerPort": 80, "hostPort": 0}])
    ),
    "the same port in awsvpc": fargate(
        **container(portMappings=[{"containerPort": 80, "hostPort": 80}])
    ),
    "logs on Amazon EC2 without a role": definition(**container(logConfiguration=LOGS)),
    "one essential container of two": definition(
        containerDefinitions=[CONTAINER, {**CONTAINER, "name": "side", "essential": False}]
    ),
}


@pytest.mark.parametrize("given", TAKEN.values(), ids=list(TAKEN))
def test_a_task_definition_is_taken(given: dict[str, Any]) -> None:
    assert list(faults(given, ACCOUNT)) == []


@pytest.mark.parametrize(
    ("cpu", "memory", "valid"),
    [
        ("256", "512", True),
        ("256", "1024", True),
        ("256", "2048", True),
        ("256", "1536", False),
        ("256", "4096", False),
        ("512", "512", False),
        ("512", "4096", True),
        ("1024", "1024", False),
        ("1024", "8192", True),
        ("1 vcpu", "8GB", True),
        ("2048", "16384", True),
        ("2048", "17408", False),
        ("4096", "30720", True),
        ("8192", "16384", True),
        ("8192", "18432", False),
        ("8192", "61440", True),
        ("16384", "122880", True),
        ("16384", "36864", False),
        ("300", "512", False),
    ],
)
def test_sizes_on_fargate(cpu: str, memory: str, valid: bool) -> None:
    found = [sentence for _, sentence in faults(fargate(cpu=cpu, memory=memory), ACCOUNT)]
    assert found == ([] if valid else [NO_PAIR])


@pytest.fixture
def ecs(sandbox: Sandbox) -> Any:
    """A client, and a cluster `shop`."""
    client = boto3.client("ecs")
    client.create_cluster(clusterName="shop")
    return client


def test_a_refused_definition_is_not_registered(ecs: Any, refused: Refused) -> None:
    code, why = refused(ecs.register_task_definition, **fargate(memory="100"))
    assert (code, why) == ("ClientException", NO_PAIR)
    assert ecs.list_task_definitions()["taskDefinitionArns"] == []


def test_a_registered_definition_has_numbers_arns_and_who_registered_it(ecs: Any) -> None:
    boto3.client("iam").create_role(
        RoleName="app",
        Path="/tasks/",
        AssumeRolePolicyDocument=(
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": '
            '"sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}'
        ),
    )
    tags = [{"key": "team", "value": "shop"}]
    given = fargate(cpu=".25 vCPU", memory="1 GB", taskRoleArn="app", tags=tags)
    answer = ecs.register_task_definition(**given)
    made = answer["taskDefinition"]
    assert (made["cpu"], made["memory"]) == ("256", "1024")
    assert made["taskRoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/tasks/app"
    assert made["compatibilities"] == ["EC2", "FARGATE"]
    assert made["requiresCompatibilities"] == ["FARGATE"]
    assert made["registeredBy"].startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/")
    assert made["registeredAt"]
    assert answer["tags"] == tags
    shown = ecs.describe_task_definition(taskDefinition="web", include=["TAGS"])
    assert shown["taskDefinition"] == made
    assert shown["tags"] == tags


def test_a_family_stands_for_its_latest_active_revision(ecs: Any, refused: Refused) -> None:
    for _ in range(2):
        ecs.register_task_definition(**definition())
    ecs.deregister_task_definition(taskDefinition="web:2")
    shown = ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
    assert shown["revision"] == 1
    old = ecs.describe_task_definition(taskDefinition="web:2")["taskDefinition"]
    assert old["status"] == "INACTIVE"
    for named in ("other", "web:9", "web:x"):
        assert refused(ecs.describe_task_definition, taskDefinition=named) == (
            "ClientException",
            "Unable to describe task definition.",
        )


NO_CLUSTER = ("ClusterNotFoundException", "Cluster not found.")
GONE = ("ClusterNotFoundException", "The referenced cluster was inactive.")


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("list_container_instances", {}),
        ("list_attributes", {"targetType": "container-instance"}),
        ("list_services", {}),
        ("create_service", {"serviceName": "web", "taskDefinition": "web"}),
        ("execute_command", {"task": "1", "command": "sh", "interactive": True}),
        ("describe_container_instances", {"containerInstances": ["1"]}),
    ],
)
def test_a_cluster_that_is_not_there(
    ecs: Any, refused: Refused, operation: str, given: dict[str, Any]
) -> None:
    assert refused(getattr(ecs, operation), cluster="other", **given) == NO_CLUSTER


def test_a_deleted_cluster_is_inactive_and_takes_no_service(ecs: Any, refused: Refused) -> None:
    ecs.register_task_definition(**definition())
    ecs.delete_cluster(cluster="shop")
    given = {"cluster": "shop", "serviceName": "web", "taskDefinition": "web"}
    assert refused(ecs.create_service, **given) == GONE
    (shown,) = ecs.describe_clusters(clusters=["shop"])["clusters"]
    assert shown["status"] == "INACTIVE"
    assert ecs.create_cluster(clusterName="shop")["cluster"]["status"] == "ACTIVE"
    ecs.create_service(**given)


def test_a_cluster_with_a_service_is_not_deleted(ecs: Any, refused: Refused) -> None:
    ecs.register_task_definition(**definition())
    ecs.create_service(cluster="shop", serviceName="web", taskDefinition="web", desiredCount=0)
    assert refused(ecs.delete_cluster, cluster="shop") == (
        "ClusterContainsServicesException",
        "The Cluster cannot be deleted while Services are active.",
    )
    ecs.delete_service(cluster="shop", service="web")
    ecs.delete_cluster(cluster="shop")


def test_creating_a_cluster_twice_is_creating_it_once(ecs: Any) -> None:
    tags = [{"key": "team", "value": "shop"}]
    ecs.create_cluster(clusterName="tagged", tags=tags)
    ecs.create_cluster(clusterName="tagged")
    (shown,) = ecs.describe_clusters(clusters=["tagged"], include=["TAGS"])["clusters"]
    assert shown["tags"] == tags


def test_an_empty_cluster_has_no_instances_to_describe(ecs: Any) -> None:
    answer = ecs.describe_container_instances(cluster="shop", containerInstances=["1"])
    assert answer["containerInstances"] == []


NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
SERVICES: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "of a definition that is not there": (
        {"taskDefinition": "other"},
        ("ClientException", "TaskDefinition not found."),
    ),
    "of a definition that was deregistered": (
        {"taskDefinition": "web:1"},
        ("ClientException", "TaskDefinition is inactive"),
    ),
    "on Fargate, of a definition for Amazon EC2": (
        {"taskDefinition": "web", "launchType": "FARGATE"},
        ("InvalidParameterException", "Task definition does not support launch_type FARGATE."),
    ),
    "in awsvpc mode without subnets": (
        {"taskDefinition": "serverless"},
        (
            "InvalidParameterException",
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ),
    ),
    "a second time": (
        {"taskDefinition": "web", "serviceName": "known"},
        ("InvalidParameterException", "Creation of service was not idempotent."),
    ),
}


@pytest.mark.parametrize(("given", "error"), SERVICES.values(), ids=list(SERVICES))
def test_a_service_is_refused(
    ecs: Any, refused: Refused, given: dict[str, Any], error: tuple[str, str]
) -> None:
    for _ in range(2):
        ecs.register_task_definition(**definition())
    ecs.register_task_definition(**{**fargate(), "family": "serverless"})
    ecs.deregister_task_definition(taskDefinition="web:1")
    ecs.create_service(cluster="shop", serviceName="known", taskDefinition="web")
    named = {"cluster": "shop", "serviceName": "new", **given}
    assert refused(ecs.create_service, **named) == error


def test_a_deleted_service_is_not_updated(ecs: Any, refused: Refused) -> None:
    ecs.register_task_definition(**definition())
    ecs.create_service(cluster="shop", serviceName="web", taskDefinition="web", desiredCount=0)
    ecs.update_service(cluster="shop", service="web", desiredCount=1)
    ecs.delete_service(cluster="shop", service="web", force=True)
    assert refused(ecs.update_service, cluster="shop", service="web", desiredCount=2) == (
        "ServiceNotActiveException",
        "Service was not ACTIVE.",
    )


# Passing roles. Page: *Grant a user permissions to pass a role to an AWS service*.


def may(*statements: tuple[str, str, dict[str, Any]]) -> str:
    return document(
        *(
            {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}
            for action, resource, condition in statements
        )
    )


TO_TASKS = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
TO_LAMBDA = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
PASSING: dict[str, tuple[tuple[tuple[str, str, dict[str, Any]], ...], str | None]] = {
    "both roles may be passed": ((("iam:PassRole", "arn:aws:iam::*:role/*", TO_TASKS),), None),
    "the second role is forgotten": ((("iam:PassRole", f"{ROLES}/task", TO_TASKS),), "execution"),
    "no role may be passed": ((), "task"),
    "to another service": ((("iam:PassRole", "*", TO_LAMBDA),), "task"),
}


@pytest.mark.parametrize(("allowed", "denied"), PASSING.values(), ids=list(PASSING))
def test_whoever_registers_passes_both_roles(
    sandbox: Sandbox,
    role: Callable[..., boto3.Session],
    allowed: tuple[tuple[str, str, dict[str, Any]], ...],
    denied: str | None,
) -> None:
    session = role("deployer", may(("ecs:*", "*", {}), *allowed))
    given = definition(taskRoleArn=f"{ROLES}/task", executionRoleArn=f"{ROLES}/execution")
    client = session.client("ecs")
    if denied is None:
        client.register_task_definition(**given)
        return
    with pytest.raises(client.exceptions.AccessDeniedException) as caught:
        client.register_task_definition(**given)
    assert caught.value.response["Error"]["Message"] == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/deployer/task is not authorized to perform: "
        f"iam:PassRole on resource: {ROLES}/{denied} because no identity-based policy allows the "
        "iam:PassRole action"
    )


def test_whoever_serves_somebody_elses_definition_passes_its_roles(
    ecs: Any, role: Callable[..., boto3.Session]
) -> None:
    ecs.register_task_definition(**definition(taskRoleArn=f"{ROLES}/powerful"))
    client = role("deployer", may(("ecs:*", "*", {}))).client("ecs")
    given = {"cluster": "shop", "serviceName": "web", "taskDefinition": "web"}
    with pytest.raises(client.exceptions.AccessDeniedException, match="iam:PassRole"):
        client.create_service(**given)
    ecs.create_service(**given)
    client.update_service(cluster="shop", service="web", desiredCount=2)
    with pytest.raises(client.exceptions.AccessDeniedException, match="iam:PassRole"):
        client.update_service(cluster="shop", service="web", taskDefinition="web:1")
