"""The bookshop's account as the month finds it: roles, users, keys, buckets, task definitions.

Everything is made by ordinary calls before the first day, so none of it is in the records.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3

    from rolelab.account import Account

ACCOUNT, REGION = "123456789012", "us-east-1"
CLUSTER = "bookshop"
EXECUTION_ROLE = "csecstaskexecutionrole"
BUCKETS = (
    *("bookshop-orders", "bookshop-labels", "bookshop-reports", "bookshop-config"),
    "bookshop-cloudtrail",
)
SERVICES = ("orders", "dispatch", "reporter", "gateway")
"""Each has a repository, a log group, a task definition of its name, and `<name>-task-role`."""

MODELS = ("amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0")
QUEUE = "dispatch"
CUSTOMERS_KEY, PAYMENTS_KEY = "alias/customers", "alias/payments"
PAYMENTS_SECRET = "payments/provider-key"

Statement = dict[str, Any]


def arn(service: str, resource: str) -> str:
    """An ARN of the account, `arn("dynamodb", "table/orders")`."""
    region = "" if service == "iam" else REGION
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def allow(actions: str | Sequence[str], resources: str | Sequence[str], **more: Any) -> Statement:
    """A statement that allows; `more` is its condition."""
    return {
        "Effect": "Allow",
        "Action": actions,
        "Resource": resources,
        **({"Condition": more} if more else {}),
    }


_TO_TASKS = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
_TASK_ROLES = arn("iam", "role/*-task-role")
_EXECUTION = arn("iam", f"role/{EXECUTION_ROLE}")

_DEVELOPER = [
    allow(
        [
            *("ecs:List*", "ecs:Describe*", "ecs:RegisterTaskDefinition", "ecs:RunTask"),
            *("ecs:StopTask", "ecr:DescribeRepositories", "ecr:DescribeImages"),
            *("logs:DescribeLogGroups", "logs:DescribeLogStreams"),
            *("iam:ListRoles", "iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy"),
            "iam:ListAttachedRolePolicies",
        ],
        "*",
    ),
    allow(["s3:ListBucket"], "arn:aws:s3:::bookshop-*"),
    allow(["s3:GetObject"], ["arn:aws:s3:::bookshop-orders/*", "arn:aws:s3:::bookshop-labels/*"]),
    allow(["dynamodb:GetItem", "dynamodb:Query", "dynamodb:DescribeTable"], arn("dynamodb", "*")),
    # Wider than it looks: every role whose name ends like that, whatever it may do.
    allow("iam:PassRole", [_TASK_ROLES, _EXECUTION], StringEquals=_TO_TASKS),
]

POLICIES: Mapping[str, Sequence[Statement]] = {
    EXECUTION_ROLE: [
        allow("ecr:GetAuthorizationToken", "*"),
        allow(
            [
                *("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"),
                "ecr:BatchGetImage",
            ],
            arn("ecr", "repository/*"),
        ),
        allow(
            "secretsmanager:GetSecretValue",
            [arn("secretsmanager", f"secret:{name}/*") for name in SERVICES],
        ),
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], arn("logs", "log-group:/ecs/*")),
        allow("ssm:GetParameters", arn("ssm", "parameter/*")),
    ],
    "dispatch-task-role": [
        allow(["dynamodb:Scan", "dynamodb:UpdateItem"], arn("dynamodb", "table/orders")),
        allow("s3:PutObject", "arn:aws:s3:::bookshop-labels/*"),
        allow("sqs:SendMessage", arn("sqs", QUEUE)),
    ],
    "reporter-task-role": [
        allow("dynamodb:Scan", arn("dynamodb", "table/orders")),
        allow(["s3:ListBucket"], "arn:aws:s3:::bookshop-orders"),
        allow(["s3:GetObject"], "arn:aws:s3:::bookshop-orders/archive/*"),
        allow(["s3:PutObject"], "arn:aws:s3:::bookshop-reports/*"),
        allow(["kms:Decrypt"], arn("kms", "key/*")),
    ],
    "gateway-task-role": [
        allow(
            "bedrock:InvokeModel",
            [f"arn:aws:bedrock:{REGION}::foundation-model/{model}" for model in MODELS],
        ),
    ],
    "migrations-task-role": [
        allow(["s3:*", "dynamodb:*"], "*"),
        allow(["secretsmanager:GetSecretValue", "secretsmanager:ListSecrets"], "*"),
        allow(["kms:Decrypt", "kms:DescribeKey"], "*"),
    ],
    "shop-schedule": [
        allow("ecs:RunTask", arn("ecs", "task-definition/*")),
        allow("iam:PassRole", [_TASK_ROLES, _EXECUTION], StringEquals=_TO_TASKS),
    ],
    "developer": _DEVELOPER,
    "ci-deploy": [
        allow(
            [
                *("ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:PutImage"),
                *("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"),
                *("ecs:RegisterTaskDefinition", "ecs:DescribeTaskDefinition"),
            ],
            "*",
        ),
        allow(
            "iam:PassRole",
            [_EXECUTION, *(arn("iam", f"role/{name}-task-role") for name in SERVICES)],
            StringEquals=_TO_TASKS,
        ),
    ],
    "inventory-scanner": [
        allow(["ec2:DescribeInstances", "ec2:DescribeVpcs", "ec2:DescribeSecurityGroups"], "*"),
        allow(["s3:ListAllMyBuckets", "iam:ListUsers", "iam:ListRoles"], "*"),
        allow(["ecs:ListClusters", "dynamodb:ListTables"], "*"),
    ],
}
"""The inline policies of the roles."""

MANAGED: Mapping[str, Sequence[str]] = {
    "orders-task-role": ("AmazonS3FullAccess", "AmazonDynamoDBFullAccess"),
    "bookshop-admin": ("AdministratorAccess",),
    "auditor": ("SecurityAudit",),
}
"""The AWS managed policies of the roles."""

ASSUMED_BY: Mapping[str, Sequence[str]] = {
    "developer": ("ana", "ben", "chi", "nora"),
    "bookshop-admin": ("nora",),
    "ci-deploy": ("pipeline",),
    "auditor": ("ines",),
    "inventory-scanner": ("inventory",),
}
"""The roles of people and tools, and the users that their trust policies name."""

WORKING_SESSION = 4 * 3600
"""How long people's sessions last, in seconds."""

USERS = tuple(sorted({user for users in ASSUMED_BY.values() for user in users}))


@dataclass(frozen=True, slots=True)
class Bookshop:
    """What was made, where its names are not known beforehand.

    Attributes:
        keys: user -> access key id and secret access key.
        secrets: name -> ARN.
        network: the `networkConfiguration` of its tasks.
        images: service -> image with tag.
        ciphertexts: what the customers' data is encrypted to.
    """

    keys: Mapping[str, tuple[str, str]]
    secrets: Mapping[str, str]
    network: Mapping[str, Any]
    images: Mapping[str, str]
    ciphertexts: Sequence[bytes]


def build(sandbox: Account) -> Bookshop:
    """Make the account.

    Args:
        sandbox: a fresh one.
    """
    admin = sandbox.admin()
    keys = _people(admin.client("iam"))
    _roles(admin.client("iam"))
    ciphertexts = _kms(admin.client("kms"))
    secrets = _secrets(admin.client("secretsmanager"))
    _stores(admin)
    images = _images(sandbox, admin)
    shop = Bookshop(keys, secrets, _network(admin.client("ec2")), images, ciphertexts)
    ecs: Any = admin.client("ecs")
    ecs.create_cluster(clusterName=CLUSTER)
    for service in SERVICES:
        ecs.register_task_definition(**definition(shop, service))
    ecs.register_task_definition(
        **{
            **definition(shop, "orders"),
            "family": "migrations",
            "taskRoleArn": arn("iam", "role/migrations-task-role"),
        }
    )
    return shop


def definition(shop: Bookshop, service: str) -> dict[str, Any]:
    """The task definition of a service, for RegisterTaskDefinition."""
    return {
        "family": service,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": arn("iam", f"role/{EXECUTION_ROLE}"),
        "taskRoleArn": arn("iam", f"role/{service}-task-role"),
        "containerDefinitions": [
            {
                "name": "app",
                "image": shop.images[service],
                "secrets": [
                    {"name": "DB_PASSWORD", "valueFrom": f"{shop.secrets[service]}:password::"}
                ],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": f"/ecs/{service}",
                        "awslogs-region": REGION,
                        "awslogs-stream-prefix": service,
                    },
                },
            }
        ],
    }


def _people(iam: Any) -> dict[str, tuple[str, str]]:
    keys = {}
    for user in USERS:
        iam.create_user(UserName=user)
        made = iam.create_access_key(UserName=user)["AccessKey"]
        keys[user] = (made["AccessKeyId"], made["SecretAccessKey"])
        roles = [arn("iam", f"role/{role}") for role, users in ASSUMED_BY.items() if user in users]
        _put(iam.put_user_policy, {"UserName": user}, [allow("sts:AssumeRole", roles)])
    return keys


def _put(put: Any, named: dict[str, str], statements: Sequence[Statement]) -> None:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    put(**named, PolicyName="access", PolicyDocument=json.dumps(document))


def _roles(iam: Any) -> None:
    for role in sorted({*POLICIES, *MANAGED}):
        longest = WORKING_SESSION if role in ASSUMED_BY else 3600
        trust = json.dumps(_trust(role))
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust, MaxSessionDuration=longest)
        if role in POLICIES:
            _put(iam.put_role_policy, {"RoleName": role}, POLICIES[role])
        for name in MANAGED.get(role, ()):
            iam.attach_role_policy(RoleName=role, PolicyArn=f"arn:aws:iam::aws:policy/{name}")


def _trust(role: str) -> dict[str, Any]:
    users = ASSUMED_BY.get(role)
    if users is not None:
        principal: dict[str, Any] = {"AWS": [arn("iam", f"user/{user}") for user in users]}
        condition: dict[str, Any] = {}
    else:
        by = "events.amazonaws.com" if role == "shop-schedule" else "ecs-tasks.amazonaws.com"
        principal = {"Service": by}
        condition = {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [{**statement, **condition}]}


def _kms(kms: Any) -> list[bytes]:
    for alias in (CUSTOMERS_KEY, PAYMENTS_KEY):
        key = kms.create_key(Description=alias.removeprefix("alias/"))["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=alias, TargetKeyId=key)
    return [
        kms.encrypt(KeyId=CUSTOMERS_KEY, Plaintext=f"customer {number}".encode())["CiphertextBlob"]
        for number in range(25)
    ]


def _secrets(secretsmanager: Any) -> dict[str, str]:
    made = {}
    for service in SERVICES:
        made[service] = secretsmanager.create_secret(
            Name=f"{service}/db", SecretString=json.dumps({"password": f"not-{service}-secret"})
        )["ARN"]
    made[PAYMENTS_SECRET] = secretsmanager.create_secret(
        Name=PAYMENTS_SECRET, SecretString="not-a-key", KmsKeyId=PAYMENTS_KEY
    )["ARN"]
    return made


def _stores(admin: boto3.Session) -> None:
    s3: Any = admin.client("s3")
    for bucket in BUCKETS:
        s3.create_bucket(Bucket=bucket)
    for number in range(120):
        body = json.dumps({"book": f"book {number % 17}", "copies": 1 + number % 3})
        s3.put_object(Bucket="bookshop-orders", Key=f"archive/{number:05}.json", Body=body)
    s3.put_object(Bucket="bookshop-config", Key="ci/chi.env", Body="not in any record")
    s3.put_object(Bucket="bookshop-config", Key="ci/build.yaml", Body="steps: []")
    dynamodb: Any = admin.client("dynamodb")
    dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    sqs: Any = admin.client("sqs")
    sqs.create_queue(QueueName=QUEUE)
    logs: Any = admin.client("logs")
    for service in SERVICES:
        logs.create_log_group(logGroupName=f"/ecs/{service}")


def _images(sandbox: Account, admin: boto3.Session) -> dict[str, str]:
    ecr: Any = admin.client("ecr")
    images = {}
    for service in SERVICES:
        ecr.create_repository(repositoryName=service)
        program = f"print('{service}')\n"
        images[service] = sandbox.push_image(f"{service}:1", program, session=admin)
    return images


def _network(ec2: Any) -> dict[str, Any]:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/20")["Subnet"]["SubnetId"]
    return {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "DISABLED"}}
