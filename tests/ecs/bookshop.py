"""The bookshop's cluster, ready to run the orders service: what tests break one thing of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import boto3

from rolelab.account import Account
from tests.sandbox.people import ACCOUNT, document

REGION = "us-east-1"
EXECUTION, TASK = "csecstaskexecutionrole", "orders-task-role"
EXECUTION_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
GROUP = "/ecs/orders"
CLUSTER = "bookshop"
TRUST = document(
    {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:*"},
        },
    }
)
HELLO = "import os\nprint('hello', os.environ.get('GREETING', 'world'))\n"


def role_arn(name: str) -> str:
    """The ARN of a role of the account."""
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


class Bookshop:
    """Everything a task of the orders service needs, and short ways to run one.

    Attributes:
        sandbox: the account.
        image: the address of the image `orders:1.0`, which prints a greeting.
        secret: the ARN of the secret `orders/db`: {"password": "emma", "port": 5432}.
    """

    def __init__(self, sandbox: Account) -> None:
        self.sandbox = sandbox
        self.ecs, self.iam = boto3.client("ecs"), boto3.client("iam")
        for name in (EXECUTION, TASK):
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
        self.iam.attach_role_policy(RoleName=EXECUTION, PolicyArn=EXECUTION_POLICY)
        boto3.client("ecr").create_repository(repositoryName="orders")
        boto3.client("logs").create_log_group(logGroupName=GROUP)
        self.ecs.create_cluster(clusterName=CLUSTER)
        self.image = self.push(HELLO)
        text = json.dumps({"password": "emma", "port": 5432})
        secrets = boto3.client("secretsmanager")
        self.secret = secrets.create_secret(Name="orders/db", SecretString=text)["ARN"]
        ec2 = boto3.client("ec2")
        self.network = {
            "awsvpcConfiguration": {
                "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
                "securityGroups": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
            }
        }

    def push(self, source: str, tag: str = "1.0") -> str:
        """Push the text of a Python file as `orders:tag`, and give the image's address."""
        return self.sandbox.push_image(f"orders:{tag}", source)

    def allow(self, role: str, action: str | Sequence[str], resource: str = "*") -> None:
        """Give a role a permission."""
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        self.iam.put_role_policy(
            RoleName=role, PolicyName="more", PolicyDocument=document(statement)
        )

    def container(self, **changes: Any) -> dict[str, Any]:
        """The container definition of the orders service, some members changed."""
        whole = {
            "name": "web",
            "image": self.image,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": GROUP,
                    "awslogs-region": REGION,
                    "awslogs-stream-prefix": "orders",
                },
            },
            **changes,
        }
        return {name: value for name, value in whole.items() if value is not None}

    def register(self, *containers: Mapping[str, Any], **changes: Any) -> str:
        """Register a task definition with these containers, and give its ARN."""
        whole = {
            "family": "orders",
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": role_arn(EXECUTION),
            "taskRoleArn": role_arn(TASK),
            "containerDefinitions": list(containers) or [self.container()],
            **changes,
        }
        given = {name: value for name, value in whole.items() if value is not None}
        answer = self.ecs.register_task_definition(**given)
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def run(self, definition: str | None = None, **changes: Any) -> str:
        """Run one task on Fargate, and give its ARN."""
        whole = {
            "cluster": CLUSTER,
            "taskDefinition": definition or self.register(),
            "launchType": "FARGATE",
            "networkConfiguration": self.network,
            **changes,
        }
        given = {name: value for name, value in whole.items() if value is not None}
        return str(self.ecs.run_task(**given)["tasks"][0]["taskArn"])

    def look(self, task: str) -> dict[str, Any]:
        """Describe a task."""
        found: dict[str, Any] = self.ecs.describe_tasks(cluster=CLUSTER, tasks=[task])["tasks"][0]
        return found

    def ended(self, task: str) -> dict[str, Any]:
        """Describe a task once it has stopped."""
        self.ecs.get_waiter("tasks_stopped").wait(
            cluster=CLUSTER, tasks=[task], WaiterConfig={"Delay": 0.05, "MaxAttempts": 600}
        )
        return self.look(task)

    def printed(self, task: str, container: str = "web") -> list[str]:
        """What a container of a task has printed, from its log."""
        events = boto3.client("logs").get_log_events(
            logGroupName=GROUP,
            logStreamName=f"orders/{container}/{task.rpartition('/')[2]}",
            startFromHead=True,
        )["events"]
        return [str(each["message"]) for each in events]

    def output_of(self, source: str, **changes: Any) -> list[str]:
        """Run a program as the orders service to its end, and give what it printed."""
        task = self.run(self.register(self.container(image=self.push(source, "try")), **changes))
        self.ended(task)
        return self.printed(task)
