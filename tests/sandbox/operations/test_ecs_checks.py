"""What calls to Amazon ECS ask.

Pages: *Identity-based policy examples for Amazon Elastic Container Service*, *Task IAM role*,
*Grant permission to tag resources on creation*, *Using Amazon ECS Exec for debugging*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.operations import checks_of
from tests.sandbox.operations.conftest import ACCOUNT, MakeCall

ECS = f"arn:aws:ecs:us-east-1:{ACCOUNT}"
ROLES = f"arn:aws:iam::{ACCOUNT}:role"
TASK = "0123456789abcdef0123456789abcdef"
TAGS = [{"key": "team", "value": "shop"}]
CONTAINERS = [{"name": "app", "image": "app", "memory": 64}]

Asked = list[tuple[str, str]]


@pytest.fixture
def ecs(aws: Callable[[str], Any]) -> Any:
    """A cluster `shop`, and a family `web`: revisions 1 to 3, the last one deregistered."""
    client = aws("ecs")
    client.create_cluster(clusterName="shop", tags=TAGS)
    for number in (1, 2, 3):
        client.register_task_definition(
            family="web",
            taskRoleArn=f"{ROLES}/task-{number}",
            executionRoleArn="execution",
            cpu="256",
            memory="512",
            containerDefinitions=CONTAINERS,
            tags=TAGS,
        )
    client.deregister_task_definition(taskDefinition="web:3")
    client.create_service(cluster="shop", serviceName="front", taskDefinition="web:1", tags=TAGS)
    return client


PASSED: Asked = [("iam:PassRole", f"{ROLES}/task-2"), ("iam:PassRole", f"{ROLES}/execution")]

CASES: dict[str, tuple[str, dict[str, Any], Asked]] = {
    "a family stands for its latest ACTIVE revision, and passes that revision's roles": (
        "RunTask",
        {"cluster": "shop", "taskDefinition": "web"},
        [("ecs:RunTask", f"{ECS}:task-definition/web:2"), *PASSED],
    ),
    "the revision in the call counts": (
        "RunTask",
        {"taskDefinition": f"{ECS}:task-definition/web:1"},
        [
            ("ecs:RunTask", f"{ECS}:task-definition/web:1"),
            ("iam:PassRole", f"{ROLES}/task-1"),
            ("iam:PassRole", f"{ROLES}/execution"),
        ],
    ),
    "an override is passed in place of the definition's role": (
        "RunTask",
        {"taskDefinition": "web:1", "overrides": {"taskRoleArn": f"{ROLES}/other"}},
        [
            ("ecs:RunTask", f"{ECS}:task-definition/web:1"),
            ("iam:PassRole", f"{ROLES}/other"),
            ("iam:PassRole", f"{ROLES}/execution"),
        ],
    ),
    "an execution role is overridden as well": (
        "StartTask",
        {
            "taskDefinition": "web:2",
            "containerInstances": ["1"],
            "overrides": {"executionRoleArn": "other"},
        },
        [
            ("ecs:StartTask", f"{ECS}:task-definition/web:2"),
            ("iam:PassRole", f"{ROLES}/task-2"),
            ("iam:PassRole", f"{ROLES}/other"),
        ],
    ),
    "a family that does not exist has no revision": (
        "RunTask",
        {"taskDefinition": "other"},
        [("ecs:RunTask", f"{ECS}:task-definition/other")],
    ),
    "tags on creation are a permission of their own": (
        "RunTask",
        {"cluster": "shop", "taskDefinition": "web", "tags": TAGS},
        [
            ("ecs:RunTask", f"{ECS}:task-definition/web:2"),
            ("ecs:TagResource", f"{ECS}:task/shop/*"),
            *PASSED,
        ],
    ),
    "registering passes both roles": (
        "RegisterTaskDefinition",
        {
            "family": "api",
            "taskRoleArn": f"{ROLES}/task",
            "executionRoleArn": f"{ROLES}/execution",
            "containerDefinitions": CONTAINERS,
        },
        [
            ("ecs:RegisterTaskDefinition", f"{ECS}:task-definition/api:*"),
            ("iam:PassRole", f"{ROLES}/task"),
            ("iam:PassRole", f"{ROLES}/execution"),
        ],
    ),
    "registering without roles passes none": (
        "RegisterTaskDefinition",
        {"family": "api", "containerDefinitions": CONTAINERS},
        [("ecs:RegisterTaskDefinition", f"{ECS}:task-definition/api:*")],
    ),
    "a service passes the roles of its tasks": (
        "CreateService",
        {"cluster": "shop", "serviceName": "back", "taskDefinition": "web"},
        [("ecs:CreateService", f"{ECS}:service/shop/back"), *PASSED],
    ),
    "an update to another revision passes its roles": (
        "UpdateService",
        {"cluster": "shop", "service": "front", "taskDefinition": "web:2"},
        [("ecs:UpdateService", f"{ECS}:service/shop/front"), *PASSED],
    ),
    "an update of the count passes none": (
        "UpdateService",
        {"cluster": "shop", "service": "front", "desiredCount": 2},
        [("ecs:UpdateService", f"{ECS}:service/shop/front")],
    ),
    "a task by id lies in the cluster of the call": (
        "StopTask",
        {"cluster": f"{ECS}:cluster/shop", "task": TASK},
        [("ecs:StopTask", f"{ECS}:task/shop/{TASK}")],
    ),
    "without a cluster it is the default one": (
        "StopTask",
        {"task": TASK},
        [("ecs:StopTask", f"{ECS}:task/default/{TASK}")],
    ),
    "a batch asks about each": (
        "DescribeTasks",
        {"cluster": "shop", "tasks": [TASK, f"{ECS}:task/shop/other"]},
        [
            ("ecs:DescribeTasks", f"{ECS}:task/shop/{TASK}"),
            ("ecs:DescribeTasks", f"{ECS}:task/shop/other"),
        ],
    ),
    "exec asks about the cluster and about the task": (
        "ExecuteCommand",
        {"cluster": "shop", "task": TASK, "container": "app", "command": "sh"},
        [
            ("ecs:ExecuteCommand", f"{ECS}:cluster/shop"),
            ("ecs:ExecuteCommand", f"{ECS}:task/shop/{TASK}"),
        ],
    ),
    "tasks are listed by container instance, in their cluster": (
        "ListTasks",
        {"cluster": "shop"},
        [("ecs:ListTasks", f"{ECS}:container-instance/shop/*")],
    ),
    "task definitions are described on all resources": (
        "DescribeTaskDefinition",
        {"taskDefinition": "web"},
        [("ecs:DescribeTaskDefinition", "*")],
    ),
    "a managed volume passes its role to Amazon ECS": (
        "RunTask",
        {
            "taskDefinition": "other",
            "volumeConfigurations": [
                {"name": "v", "managedEBSVolume": {"roleArn": f"{ROLES}/infrastructure"}}
            ],
        },
        [
            ("ecs:RunTask", f"{ECS}:task-definition/other"),
            ("iam:PassRole", f"{ROLES}/infrastructure"),
        ],
    ),
}


@pytest.mark.parametrize(("operation", "given", "expected"), CASES.values(), ids=list(CASES))
def test_what_a_call_asks(
    ecs: Any, call: MakeCall, operation: str, given: dict[str, Any], expected: Asked
) -> None:
    asked = checks_of(call("ecs", operation, **given))
    assert [(check.action, check.resource) for check in asked] == expected


KEYS: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "RunTask: cluster, exec, and the tags of the task definition": (
        "RunTask",
        {"cluster": "shop", "taskDefinition": "web"},
        "ecs:RunTask",
        {
            "aws:ResourceTag/team": "shop",
            "ecs:ResourceTag/team": "shop",
            "ecs:cluster": f"{ECS}:cluster/shop",
            "ecs:enable-ebs-volumes": "false",
            "ecs:enable-execute-command": "false",
        },
    ),
    "RunTask: capacity providers": (
        "RunTask",
        {
            "taskDefinition": "other",
            "enableExecuteCommand": True,
            "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}],
        },
        "ecs:RunTask",
        {
            "ecs:capacity-provider": [f"{ECS}:capacity-provider/FARGATE_SPOT"],
            "ecs:cluster": f"{ECS}:cluster/default",
            "ecs:enable-ebs-volumes": "false",
            "ecs:enable-execute-command": "true",
        },
    ),
    "tags on creation say with which operation": (
        "RunTask",
        {"taskDefinition": "web", "tags": TAGS},
        "ecs:TagResource",
        {
            "aws:RequestTag/team": "shop",
            "aws:TagKeys": ["team"],
            "ecs:CreateAction": "RunTask",
        },
    ),
    "tags put on what exists say with none": (
        "TagResource",
        {"resourceArn": f"{ECS}:cluster/shop", "tags": [{"key": "a", "value": "b"}]},
        "ecs:TagResource",
        {
            "aws:RequestTag/a": "b",
            "aws:ResourceTag/team": "shop",
            "aws:TagKeys": ["a"],
            "ecs:ResourceTag/team": "shop",
        },
    ),
    "PassRole says to whom": (
        "RunTask",
        {"taskDefinition": "web"},
        "iam:PassRole",
        {"iam:PassedToService": "ecs-tasks.amazonaws.com"},
    ),
    "a definition's size is a number": (
        "RegisterTaskDefinition",
        {
            "family": "api",
            "cpu": ".25 vCPU",
            "memory": "1 GB",
            "requiresCompatibilities": ["FARGATE"],
            "containerDefinitions": [{"name": "app", "image": "app", "privileged": True}],
        },
        "ecs:RegisterTaskDefinition",
        {
            "ecs:compute-compatibility": ["FARGATE"],
            "ecs:privileged": "true",
            "ecs:task-cpu": "256",
            "ecs:task-memory": "1024",
        },
    ),
    "a service has the size of its definition": (
        "CreateService",
        {
            "cluster": "shop",
            "serviceName": "back",
            "taskDefinition": "web",
            "networkConfiguration": {
                "awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}
            },
        },
        "ecs:CreateService",
        {
            "ecs:auto-assign-public-ip": "true",
            "ecs:cluster": f"{ECS}:cluster/shop",
            "ecs:enable-ebs-volumes": "false",
            "ecs:enable-execute-command": "false",
            "ecs:subnet": ["subnet-1"],
            "ecs:task-cpu": "256",
            "ecs:task-definition": f"{ECS}:task-definition/web:2",
            "ecs:task-memory": "512",
        },
    ),
    "exec: container and task": (
        "ExecuteCommand",
        {"cluster": "shop", "task": TASK, "container": "app", "command": "sh"},
        "ecs:ExecuteCommand",
        {
            "aws:ResourceTag/team": "shop",
            "ecs:ResourceTag/team": "shop",
            "ecs:cluster": f"{ECS}:cluster/shop",
            "ecs:container-name": "app",
            "ecs:task": f"{ECS}:task/shop/{TASK}",
        },
    ),
    "account settings by name": (
        "PutAccountSetting",
        {"name": "taskLongArnFormat", "value": "enabled"},
        "ecs:PutAccountSetting",
        {"ecs:account-setting": "taskLongArnFormat"},
    ),
}


@pytest.mark.parametrize(("operation", "given", "action", "context"), KEYS.values(), ids=list(KEYS))
def test_the_condition_keys_of_a_check(
    ecs: Any,
    call: MakeCall,
    operation: str,
    given: dict[str, Any],
    action: str,
    context: dict[str, Any],
) -> None:
    asked = checks_of(call("ecs", operation, **given))
    first = next(check for check in asked if check.action == action)
    assert first.context == context


@pytest.mark.parametrize(
    ("named", "service"),
    [("overrides", "ecs-tasks.amazonaws.com"), ("volumeConfigurations", "ecs.amazonaws.com")],
)
def test_who_receives_a_role(call: MakeCall, named: str, service: str) -> None:
    role = f"{ROLES}/x"
    given = {
        "overrides": {"executionRoleArn": role},
        "volumeConfigurations": [{"name": "v", "managedEBSVolume": {"roleArn": role}}],
    }
    asked = checks_of(call("ecs", "RunTask", taskDefinition="other", **{named: given[named]}))
    assert asked[-1].context == {"iam:PassedToService": service}
