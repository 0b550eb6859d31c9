"""Every way a launch fails, as `describe_tasks` tells it.

Amazon ECS Developer Guide: *Amazon ECS stopped tasks error messages*, *API failure reasons*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from tests.ecs.bookshop import (
    CLUSTER,
    EXECUTION,
    EXECUTION_POLICY,
    REGION,
    TASK,
    Bookshop,
    role_arn,
)
from tests.sandbox.people import ACCOUNT, document, error_of

ECR = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
PULL_AGAIN = PULL.replace("1 time(s)", "7 time(s)")
AUTH = (
    "ResourceInitializationError: unable to pull secrets or registry auth: "
    "execution resource retrieval failed: "
)
LOGGER = "ResourceInitializationError: failed to validate logger args: "


@dataclass(frozen=True, slots=True)
class Failure:
    """One launch that fails.

    Attributes:
        definition: breaks something, and gives the task definition to run.
        begins: how the stopped reason begins.
        holds: what is further on in it.
    """

    definition: Callable[[Bookshop], str]
    begins: str
    holds: str = ""


def _without(*actions: str) -> Callable[[Bookshop], None]:
    """Leave the execution role the managed policy's actions but these."""
    everything = {
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }

    def change(shop: Bookshop) -> None:
        shop.iam.detach_role_policy(RoleName=EXECUTION, PolicyArn=EXECUTION_POLICY)
        shop.allow(EXECUTION, sorted(everything - set(actions)))

    return change


def _lacking(*actions: str) -> Callable[[Bookshop], str]:
    def definition(shop: Bookshop) -> str:
        _without(*actions)(shop)
        return shop.register()

    return definition


def _with(**changes: Any) -> Callable[[Bookshop], str]:
    return lambda shop: shop.register(shop.container(**changes))


def _secret(value_from: str, *, readable: bool = True) -> Callable[[Bookshop], str]:
    def definition(shop: Bookshop) -> str:
        if readable:
            shop.allow(EXECUTION, ["secretsmanager:GetSecretValue", "ssm:GetParameters"])
        value = value_from.format(secret=shop.secret)
        return shop.register(shop.container(secrets=[{"name": "DB", "valueFrom": value}]))

    return definition


def _log(**options: str) -> Callable[[Bookshop], str]:
    def definition(shop: Bookshop) -> str:
        container = shop.container()
        container["logConfiguration"]["options"].update(options)
        return shop.register(container)

    return definition


def _file(shop: Bookshop) -> str:
    boto3.client("s3").create_bucket(Bucket="bookshop-settings")
    value = "arn:aws:s3:::bookshop-settings/orders.env"
    return shop.register(shop.container(environmentFiles=[{"value": value, "type": "s3"}]))


def _key(shop: Bookshop) -> str:
    """A secret under a customer managed key, which the execution role may not use."""
    key = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    secret = boto3.client("secretsmanager").create_secret(
        Name="orders/api", SecretString="x", KmsKeyId=key
    )["ARN"]
    shop.allow(EXECUTION, "secretsmanager:GetSecretValue")
    return shop.register(shop.container(secrets=[{"name": "API", "valueFrom": secret}]))


FAILURES = {
    "the execution role may not sign in to the registry": Failure(
        _lacking("ecr:GetAuthorizationToken"),
        f"{AUTH}unable to retrieve ecr registry auth: service call has been retried 1 time(s): "
        "operation error ECR: GetAuthorizationToken, https response error StatusCode: 400, ",
        "is not authorized to perform: ecr:GetAuthorizationToken on resource: *",
    ),
    "the execution role may not read the manifest": Failure(
        _lacking("ecr:BatchGetImage"),
        f"{PULL}failed to resolve ref {ECR}/orders:1.0: unexpected status from HEAD request to ",
        f"https://{ECR}/v2/orders/manifests/1.0: 403 Forbidden",
    ),
    "the execution role may not read the layers": Failure(
        _lacking("ecr:GetDownloadUrlForLayer"),
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: ",
        "403 Forbidden",
    ),
    "there is no such tag": Failure(
        _with(image=f"{ECR}/orders:2.0"),
        f"{PULL_AGAIN}failed to resolve ref {ECR}/orders:2.0: ",
        f"{ECR}/orders:2.0: not found",
    ),
    "there is no such repository": Failure(
        _with(image=f"{ECR}/order:1.0"),
        f"{PULL_AGAIN}failed to resolve ref {ECR}/order:1.0: ",
        f"{ECR}/order:1.0: not found",
    ),
    "the image is on the internet": Failure(
        _with(image="nginx:latest"),
        f"{PULL_AGAIN}failed to resolve ref docker.io/library/nginx:latest: failed to do request: "
        'Head "https://registry-1.docker.io/v2/library/nginx/manifests/latest": dial tcp: ',
        "i/o timeout",
    ),
    "the execution role may not read the secret": Failure(
        _secret("{secret}", readable=False),
        f"{AUTH}unable to retrieve secret from asm: service call has been retried 1 time(s): "
        "failed to fetch secret arn:aws:secretsmanager:",
        "is not authorized to perform: secretsmanager:GetSecretValue on resource: ",
    ),
    "there is no such secret": Failure(
        _secret(f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:orders/none-AbCdEf"),
        f"{AUTH}unable to retrieve secret from asm: ",
        ", ResourceNotFoundException: Secrets Manager can't find the specified secret.",
    ),
    "the secret has no such JSON key": Failure(
        _secret("{secret}:user::"),
        f"{AUTH}unable to retrieve secret from asm: ",
        "retrieved secret from Secrets Manager did not contain json key user",
    ),
    "the secret has no such version": Failure(
        _secret("{secret}::AWSPENDING:"), f"{AUTH}unable to retrieve secret from asm: "
    ),
    "the execution role may not use the secret's key": Failure(
        _key,
        f"{AUTH}unable to retrieve secret from asm: ",
        "api error AccessDeniedException: Access to KMS is not allowed",
    ),
    "the execution role may not read the parameter": Failure(
        _secret(f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/orders/port", readable=False),
        f"{AUTH}unable to retrieve secrets from ssm: ",
        "is not authorized to perform: ssm:GetParameters on resource: ",
    ),
    "there is no such parameter": Failure(
        _secret("/orders/none"),
        f"{AUTH}unable to retrieve secrets from ssm: service call has been retried 1 time(s): ",
        "invalid ssm parameters: /orders/none",
    ),
    "the execution role may not read the environment file": Failure(
        _file,
        "ResourceInitializationError: failed to download env files: file download command: ",
        "api error AccessDenied: ",
    ),
    "there is no such log group": Failure(
        _log(**{"awslogs-group": "/ecs/none"}),
        f"{LOGGER}create stream has been retried 1 times: failed to create Cloudwatch log stream: ",
        ", ResourceNotFoundException: The specified log group does not exist. : exit status 1",
    ),
    "the execution role may not make the log stream": Failure(
        _lacking("logs:CreateLogStream"),
        LOGGER,
        "is not authorized to perform: logs:CreateLogStream on resource: ",
    ),
    "awslogs-create-group needs a permission of its own": Failure(
        _log(**{"awslogs-group": "/ecs/new", "awslogs-create-group": "true"}),
        LOGGER,
        "is not authorized to perform: logs:CreateLogGroup on resource: ",
    ),
    "the image has no such program": Failure(
        _with(command=["gunicorn", "app"]),
        "CannotStartContainerError: ",
        'exec: "gunicorn": executable file not found in $PATH',
    ),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_the_stopped_reason_says_why(shop: Bookshop, failure: Failure) -> None:
    task = shop.ended(shop.run(failure.definition(shop)))
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith(failure.begins)
    assert failure.holds in task["stoppedReason"]
    assert "startedAt" not in task
    assert all("exitCode" not in each for each in task["containers"])


@pytest.mark.parametrize("role", [EXECUTION, TASK])
def test_run_task_itself_fails_where_a_role_trusts_another_service(
    shop: Bookshop, role: str
) -> None:
    definition = shop.register()
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    shop.iam.update_assume_role_policy(RoleName=role, PolicyDocument=document(statement))
    code, status, message = error_of(
        shop.ecs.run_task,
        cluster=CLUSTER,
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration=shop.network,
    )
    assert (code, status) == ("ClientException", 400)
    assert message.startswith(f"ECS was unable to assume the role '{role_arn(role)}'")
    assert shop.ecs.list_tasks(cluster=CLUSTER)["taskArns"] == []


def test_run_task_itself_fails_where_there_is_no_such_role(shop: Bookshop) -> None:
    definition = shop.register(executionRoleArn=role_arn("none"))
    code, _, message = error_of(
        shop.ecs.run_task,
        cluster=CLUSTER,
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration=shop.network,
    )
    assert code == "ClientException"
    assert message.startswith(f"ECS was unable to assume the role '{role_arn('none')}'")


REFUSED = {
    "a cluster that there is not": ({"cluster": "none"}, "ClusterNotFoundException"),
    "a definition that there is not": ({"taskDefinition": "none"}, "ClientException"),
    "no network configuration for awsvpc": (
        {"networkConfiguration": None},
        "InvalidParameterException",
    ),
    "a subnet that there is not": (
        {
            "networkConfiguration": {
                "awsvpcConfiguration": {"subnets": ["subnet-0123456789abcdef0"]}
            }
        },
        "InvalidParameterException",
    ),
    "no container instances on EC2": ({"launchType": "EC2"}, "InvalidParameterException"),
    "an override of another container": (
        {"overrides": {"containerOverrides": [{"name": "none", "command": ["x"]}]}},
        "InvalidParameterException",
    ),
}


@pytest.mark.parametrize(("change", "code"), REFUSED.values(), ids=REFUSED)
def test_run_task_refuses(shop: Bookshop, change: dict[str, Any], code: str) -> None:
    request = {
        "cluster": CLUSTER,
        "taskDefinition": shop.register(),
        "launchType": "FARGATE",
        "networkConfiguration": shop.network,
        **change,
    }
    given = {name: value for name, value in request.items() if value is not None}
    assert error_of(shop.ecs.run_task, **given)[0] == code
    assert shop.ecs.list_tasks(cluster=CLUSTER)["taskArns"] == []


def test_both_roles_must_be_passed(shop: Bookshop) -> None:
    """*Amazon ECS task execution IAM role*, *Amazon ECS task IAM role*: iam:PassRole on both."""
    definition = shop.register()
    shop.iam.create_user(UserName="anna")
    key = shop.iam.create_access_key(UserName="anna")["AccessKey"]
    anna = boto3.client(
        "ecs",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token="",
    )
    request = {
        "cluster": CLUSTER,
        "taskDefinition": definition,
        "launchType": "FARGATE",
        "networkConfiguration": shop.network,
    }
    run = {"Effect": "Allow", "Action": "ecs:RunTask", "Resource": "*"}
    passes = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    }
    for roles, denied in (([], TASK), ([EXECUTION], TASK), ([TASK], EXECUTION)):
        granted = [{**passes, "Resource": role_arn(each)} for each in roles]
        shop.iam.put_user_policy(
            UserName="anna", PolicyName="run", PolicyDocument=document(run, *granted)
        )
        code, _, message = error_of(anna.run_task, **request)
        assert code == "AccessDeniedException"
        assert f"iam:PassRole on resource: {role_arn(denied)}" in message
    both = [{**passes, "Resource": role_arn(each)} for each in (EXECUTION, TASK)]
    shop.iam.put_user_policy(UserName="anna", PolicyName="run", PolicyDocument=document(run, *both))
    task = anna.run_task(**request)["tasks"][0]["taskArn"]
    assert shop.ended(task)["stopCode"] == "EssentialContainerExited"


def test_a_failed_launch_is_repaired_and_runs(shop: Bookshop) -> None:
    definition = _lacking("logs:CreateLogStream")(shop)
    assert shop.ended(shop.run(definition))["stopCode"] == "TaskFailedToStart"
    shop.iam.attach_role_policy(RoleName=EXECUTION, PolicyArn=EXECUTION_POLICY)
    task = shop.run(definition)
    assert shop.ended(task)["stopCode"] == "EssentialContainerExited"
    assert shop.printed(task) == ["hello world"]


def test_a_log_group_that_is_there_needs_no_permission_to_make_it(shop: Bookshop) -> None:
    """The log driver makes the group where the stream finds none (moby, `awslogs`, `create`)."""
    task = shop.run(_log(**{"awslogs-create-group": "true"})(shop))
    assert shop.ended(task)["stopCode"] == "EssentialContainerExited"
    assert shop.printed(task) == ["hello world"]
    calls = shop.sandbox.launch(task).to_frame()["call"].to_list()
    assert "logs:CreateLogGroup" not in calls


def test_a_log_group_is_made_where_there_is_none(shop: Bookshop) -> None:
    shop.allow(EXECUTION, "logs:CreateLogGroup")
    task = shop.run(_log(**{"awslogs-group": "/ecs/new", "awslogs-create-group": "true"})(shop))
    assert shop.ended(task)["stopCode"] == "EssentialContainerExited"
    view = shop.sandbox.launch(task)
    logs = view.to_frame().query("call.str.startswith('logs:')")
    assert logs[["call", "verdict"]].to_numpy().tolist() == [
        ["logs:CreateLogStream", "failed"],
        ["logs:CreateLogGroup", "allowed"],
        ["logs:CreateLogStream", "allowed"],
    ]
    assert repr(view).startswith("The execution role prepared the task")
