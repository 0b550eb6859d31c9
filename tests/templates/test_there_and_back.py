"""What is exported, deployed and exported again is the same text: no setting is lost on the way."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from cfnlint.api import ManualArgs, lint

from rolelab import templates
from tests.templates.accounts import (
    FIRST,
    allow,
    deploy_file,
    document,
    make_key,
    make_role,
    moved,
)


def identities() -> None:
    """A group with members, a user under a boundary, an instance profile, paths and tags."""
    iam = boto3.client("iam")
    limit = iam.create_policy(
        PolicyName="limit",
        Path="/team/",
        Description="what nobody exceeds",
        PolicyDocument=document(allow(["s3:*", "sts:*"])),
    )["Policy"]["Arn"]
    iam.create_group(GroupName="readers")
    iam.attach_group_policy(
        GroupName="readers", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    )
    iam.put_group_policy(
        GroupName="readers", PolicyName="own", PolicyDocument=document(allow("s3:GetObject"))
    )
    iam.create_user(UserName="mara", Path="/team/", PermissionsBoundary=limit)
    iam.add_user_to_group(GroupName="readers", UserName="mara")
    role = iam.create_role(
        RoleName="builder",
        Path="/team/",
        Description="builds",
        MaxSessionDuration=7200,
        PermissionsBoundary=limit,
        Tags=[{"Key": "team", "Value": "orders"}],
        AssumeRolePolicyDocument=document(
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{FIRST}:root"},
                "Action": "sts:AssumeRole",
            }
        ),
    )["Role"]
    iam.create_instance_profile(InstanceProfileName="builder")
    iam.add_role_to_instance_profile(InstanceProfileName="builder", RoleName=role["RoleName"])


def data() -> None:
    """A bucket, a table, a secret, a log group and a repository with settings and policies."""
    reader = make_role("reader")
    key = make_key()
    boto3.client("kms").enable_key_rotation(KeyId=key)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bookshop-orders")
    s3.put_bucket_versioning(
        Bucket="bookshop-orders", VersioningConfiguration={"Status": "Enabled"}
    )
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(
        Bucket="bookshop-orders", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    inside = "arn:aws:s3:::bookshop-orders/*"
    share = {
        "Effect": "Allow",
        "Principal": {"AWS": reader},
        "Action": "s3:GetObject",
        "Resource": inside,
    }
    s3.put_bucket_policy(Bucket="bookshop-orders", Policy=document(share))
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(
        Name="orders/db", SecretString="a", KmsKeyId=key, Tags=[{"Key": "team", "Value": "orders"}]
    )
    secrets.put_resource_policy(
        SecretId="orders/db",
        ResourcePolicy=document(
            {**share, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
        ),
    )
    boto3.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "day", "AttributeType": "S"},
        ],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 2},
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-day",
                "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            }
        ],
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/ecs/orders", tags={"team": "orders"})
    logs.put_retention_policy(logGroupName="/ecs/orders", retentionInDays=30)
    ecr = boto3.client("ecr")
    ecr.create_repository(
        repositoryName="orders",
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
        encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key},
    )
    pull = {
        "Effect": "Allow",
        "Principal": {"AWS": reader},
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    }
    ecr.set_repository_policy(repositoryName="orders", policyText=document(pull))
    boto3.client("ssm").put_parameter(
        Name="/orders/limit", Type="String", Value="40", Description="orders at a time"
    )


def tasks() -> None:
    """A cluster with a setting, and a definition with a volume and two containers."""
    role = make_role("worker")
    ecs = boto3.client("ecs")
    ecs.create_cluster(
        clusterName="bookshop", settings=[{"name": "containerInsights", "value": "enabled"}]
    )
    ecs.register_task_definition(
        family="orders",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        taskRoleArn=role,
        executionRoleArn=role,
        volumes=[{"name": "scratch"}],
        containerDefinitions=[
            {
                "name": "app",
                "image": "public.ecr.aws/docker/library/python:3.12",
                "command": ["python", "-c", "print('a: b')"],
                "environment": [{"name": "REGION", "value": "us-east-1"}],
                "portMappings": [{"containerPort": 8443, "protocol": "tcp"}],
                "healthCheck": {"command": ["CMD", "true"], "interval": 30},
                "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/tmp"}],
                "dockerLabels": {"team.name": "orders"},
            },
            {
                "name": "log",
                "image": "public.ecr.aws/docker/library/busybox:1",
                "essential": False,
                "dependsOn": [{"containerName": "app", "condition": "START"}],
            },
        ],
        tags=[{"key": "team", "value": "orders"}],
    )


ACCOUNTS: dict[str, Any] = {
    "the orders service of lab 3": lambda: deploy_file("lab-3/orders-service.yaml"),
    "the key of lab 5": lambda: deploy_file("lab-5/orders-key.yaml"),
    "the developers of lab 6": lambda: deploy_file("lab-6/dev-account.yaml"),
    "identities": identities,
    "data": data,
    "tasks": tasks,
}


@pytest.mark.parametrize("build", ACCOUNTS.values(), ids=ACCOUNTS.keys())
def test_no_setting_is_lost(sandbox: Any, build: Any) -> None:
    build()
    exported, second = moved(sandbox)
    again = templates.from_account(second)
    # The deployer chose other names for buckets, and logical ids are made of names.
    assert again.text.replace("-second", "").replace("SecondBucket", "Bucket") == exported.text


@pytest.mark.parametrize("build", [identities, data, tasks], ids=lambda build: build.__name__)
def test_it_is_lint_clean_and_decides_alike(sandbox: Any, build: Any) -> None:
    build()
    exported, second = moved(sandbox)
    assert lint(exported.text, config=ManualArgs(regions=["us-east-1"])) == []
    compared = templates.compare(exported, second, "orders")
    assert compared.equivalent, (compared, compared.differences_frame())
