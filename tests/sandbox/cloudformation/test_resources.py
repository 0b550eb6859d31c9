"""Each resource type: made by the calls that AWS makes, changed, and deleted without a trace.

Pages: the page of each type in the *Template reference*.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from rolelab.sandbox.cloudformation import registry
from rolelab.sandbox.cloudformation.resources import modelled
from tests.sandbox.cloudformation.stack import (
    TRUST,
    create,
    described,
    physical,
    policy,
    reasons,
    resource,
    status,
    template,
    trusting,
    update,
)

ROOT = "arn:aws:iam::123456789012:root"
KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    ],
}


def statement(action: str, arn: Any, service: str) -> dict[str, Any]:
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": arn,
    }
    return {"Version": "2012-10-17", "Statement": [allowed]}


def get(name: str, attribute: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]}


def ref(name: str) -> dict[str, Any]:
    return {"Ref": name}


ROLE = resource("IAM::Role", RoleName="app", AssumeRolePolicyDocument=TRUST)
USER = resource("IAM::User", UserName="ann")
GROUP = resource("IAM::Group", GroupName="shop")
QUEUE = resource("SQS::Queue", QueueName="orders")
TOPIC = resource("SNS::Topic", TopicName="orders")
BUCKET = resource("S3::Bucket", BucketName="bookshop-orders")
SECRET = resource("SecretsManager::Secret", Name="db", SecretString="x")
LOGS = resource("Logs::LogGroup", LogGroupName="/shop")
CLUSTER = resource("ECS::Cluster", ClusterName="bookshop")
VPC = resource("EC2::VPC", CidrBlock="10.0.0.0/16")
SUBNET = resource("EC2::Subnet", VpcId=ref("Vpc"), CidrBlock="10.0.1.0/24")
TASK = resource(
    "ECS::TaskDefinition",
    Family="orders",
    NetworkMode="awsvpc",
    Cpu="256",
    Memory="512",
    RequiresCompatibilities=["FARGATE"],
    ContainerDefinitions=[{"Name": "orders", "Image": "orders"}],
)
FUNCTION = resource(
    "Lambda::Function",
    FunctionName="f",
    Handler="index.handler",
    Runtime="python3.12",
    Role=get("Role", "Arn"),
    Code={"ZipFile": "def handler(event, context):\n    return 1\n"},
)
LAMBDA_ROLE = resource(
    "IAM::Role", RoleName="app", AssumeRolePolicyDocument=trusting("lambda.amazonaws.com")
)
DOCUMENT = policy("s3:GetObject")

# What is made beside a resource of the type, which is called X.
MADE: dict[str, dict[str, Any]] = {
    "AWS::IAM::Role": {"X": ROLE},
    "AWS::IAM::User": {"X": USER},
    "AWS::IAM::Group": {"X": GROUP},
    "AWS::IAM::ManagedPolicy": {
        "Role": ROLE,
        "X": resource("IAM::ManagedPolicy", PolicyDocument=DOCUMENT, Roles=[ref("Role")]),
    },
    "AWS::IAM::Policy": {
        "Role": ROLE,
        "User": USER,
        "X": resource(
            "IAM::Policy",
            PolicyName="p",
            PolicyDocument=DOCUMENT,
            Roles=[ref("Role")],
            Users=[ref("User")],
        ),
    },
    "AWS::IAM::RolePolicy": {
        "Role": ROLE,
        "X": resource(
            "IAM::RolePolicy", PolicyName="p", RoleName=ref("Role"), PolicyDocument=DOCUMENT
        ),
    },
    "AWS::IAM::UserPolicy": {
        "User": USER,
        "X": resource(
            "IAM::UserPolicy", PolicyName="p", UserName=ref("User"), PolicyDocument=DOCUMENT
        ),
    },
    "AWS::IAM::GroupPolicy": {
        "Group": GROUP,
        "X": resource(
            "IAM::GroupPolicy", PolicyName="p", GroupName=ref("Group"), PolicyDocument=DOCUMENT
        ),
    },
    "AWS::IAM::InstanceProfile": {
        "Role": ROLE,
        "X": resource("IAM::InstanceProfile", Roles=[ref("Role")]),
    },
    "AWS::IAM::AccessKey": {
        "User": USER,
        "X": resource("IAM::AccessKey", UserName=ref("User"), Status="Inactive"),
    },
    "AWS::IAM::UserToGroupAddition": {
        "User": USER,
        "Group": GROUP,
        "X": resource("IAM::UserToGroupAddition", GroupName=ref("Group"), Users=[ref("User")]),
    },
    "AWS::ECS::Cluster": {"X": CLUSTER},
    "AWS::ECS::TaskDefinition": {"X": TASK},
    "AWS::ECS::Service": {
        "Cluster": CLUSTER,
        "Task": TASK,
        "Vpc": VPC,
        "Subnet": SUBNET,
        "Group": resource("EC2::SecurityGroup", GroupDescription="web", VpcId=ref("Vpc")),
        "X": resource(
            "ECS::Service",
            Cluster=ref("Cluster"),
            TaskDefinition=ref("Task"),
            DesiredCount=0,
            LaunchType="FARGATE",
            NetworkConfiguration={
                "AwsvpcConfiguration": {
                    "Subnets": [ref("Subnet")],
                    "SecurityGroups": [get("Group", "GroupId")],
                }
            },
        ),
    },
    "AWS::ECR::Repository": {"X": resource("ECR::Repository", RepositoryName="orders")},
    "AWS::Logs::LogGroup": {"X": LOGS},
    "AWS::Logs::LogStream": {
        "Logs": LOGS,
        "X": resource("Logs::LogStream", LogGroupName=ref("Logs")),
    },
    "AWS::SecretsManager::Secret": {"X": SECRET},
    "AWS::SecretsManager::ResourcePolicy": {
        "Role": ROLE,
        "Secret": SECRET,
        "X": resource(
            "SecretsManager::ResourcePolicy",
            SecretId=ref("Secret"),
            ResourcePolicy={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": get("Role", "Arn")},
                        "Action": "secretsmanager:GetSecretValue",
                        "Resource": "*",
                    }
                ],
            },
        ),
    },
    "AWS::SSM::Parameter": {"X": resource("SSM::Parameter", Type="String", Value="1")},
    "AWS::KMS::Key": {"X": resource("KMS::Key", KeyPolicy=KEY_POLICY)},
    "AWS::KMS::Alias": {
        "Key": resource("KMS::Key", KeyPolicy=KEY_POLICY),
        "X": resource("KMS::Alias", AliasName="alias/shop", TargetKeyId=ref("Key")),
    },
    "AWS::S3::Bucket": {"X": BUCKET},
    "AWS::S3::BucketPolicy": {
        "Bucket": BUCKET,
        "X": resource(
            "S3::BucketPolicy",
            Bucket=ref("Bucket"),
            PolicyDocument=statement(
                "s3:PutObject",
                {"Fn::Sub": "${Bucket.Arn}/*"},
                "logging.s3.amazonaws.com",
            ),
        ),
    },
    "AWS::DynamoDB::Table": {
        "X": resource(
            "DynamoDB::Table",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    },
    "AWS::SQS::Queue": {"X": QUEUE},
    "AWS::SQS::QueuePolicy": {
        "Queue": QUEUE,
        "X": resource(
            "SQS::QueuePolicy",
            Queues=[ref("Queue")],
            PolicyDocument=statement("sqs:SendMessage", get("Queue", "Arn"), "sns.amazonaws.com"),
        ),
    },
    "AWS::SNS::Topic": {"X": TOPIC},
    "AWS::SNS::Subscription": {
        "Topic": TOPIC,
        "Queue": QUEUE,
        "X": resource(
            "SNS::Subscription",
            TopicArn=ref("Topic"),
            Protocol="sqs",
            Endpoint=get("Queue", "Arn"),
        ),
    },
    "AWS::SNS::TopicPolicy": {
        "Topic": TOPIC,
        "X": resource(
            "SNS::TopicPolicy",
            Topics=[ref("Topic")],
            PolicyDocument=statement("sns:Publish", ref("Topic"), "s3.amazonaws.com"),
        ),
    },
    "AWS::Lambda::Function": {"Role": LAMBDA_ROLE, "X": FUNCTION},
    "AWS::Lambda::Permission": {
        "Role": LAMBDA_ROLE,
        "Function": FUNCTION,
        "X": resource(
            "Lambda::Permission",
            FunctionName=ref("Function"),
            Action="lambda:InvokeFunction",
            Principal="sns.amazonaws.com",
        ),
    },
    "AWS::EC2::VPC": {"X": VPC},
    "AWS::EC2::Subnet": {"Vpc": VPC, "X": SUBNET},
    "AWS::EC2::SecurityGroup": {
        "Vpc": VPC,
        "X": resource("EC2::SecurityGroup", GroupDescription="web", VpcId=ref("Vpc")),
    },
}


@pytest.mark.parametrize("kind", MADE)
def test_a_type_is_made_and_deleted(cf: Any, kind: str) -> None:
    resources = MADE[kind]
    assert resources["X"]["Type"] == kind
    stack_id = create(cf, template(**resources))
    assert status(cf) == "CREATE_COMPLETE", reasons(cf)
    assert physical(cf, "X")
    cf.delete_stack(StackName="shop")
    assert status(cf, stack_id) == "DELETE_COMPLETE", reasons(cf, stack_id)


def test_every_modelled_type_is_made() -> None:
    assert {each for each in MADE if modelled(each) is not None} == set(MADE)
    modules = {"IAM", "ECS", "ECR", "Logs", "SecretsManager", "SSM", "KMS", "S3", "DynamoDB"}
    modules |= {"SQS", "SNS", "Lambda", "EC2"}
    assert {each for each in types() if each.split("::")[1] in modules} == set(MADE)


def types() -> Iterator[str]:
    """Every type of AWS that the sandbox models."""
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

    for name in PROVIDER_SCHEMA_MANAGER.get_resource_types("us-east-1"):
        if modelled(name) is not None:
            yield name


# What the sandbox cannot change in place although AWS can.
NO_UPDATE = {
    ("AWS::DynamoDB::Table", "AttributeDefinitions"),
    ("AWS::DynamoDB::Table", "GlobalSecondaryIndexes"),
    ("AWS::DynamoDB::Table", "StreamSpecification"),
    ("AWS::EC2::VPC", "InstanceTenancy"),
    ("AWS::KMS::Key", "KeySpec"),
    ("AWS::KMS::Key", "KeyUsage"),
    ("AWS::KMS::Key", "MultiRegion"),
    ("AWS::KMS::Key", "Origin"),
    ("AWS::Logs::LogGroup", "LogGroupClass"),
    ("AWS::SNS::Topic", "Subscription"),
    ("AWS::SecretsManager::Secret", "ReplicaRegions"),
}


def test_the_table_agrees_with_the_registry() -> None:
    """Each property exists, and changes as the registry says or by a call that is written down."""
    stuck = set()
    for name in types():
        kind, known = modelled(name), registry.kind(name)
        assert kind is not None
        assert kind.models <= set(known.properties), name
        assert kind.name is None or kind.name in kind.models, name
        replaced = {path[0] for path in known.create_only} | kind.replaces
        assert not kind.updates or kind.updates <= kind.models - replaced, name
        changing = kind.models if kind.updates is None else kind.updates
        stuck |= {
            (name, each)
            for each in kind.models - replaced - (changing if kind.update else frozenset())
        }
    assert stuck == NO_UPDATE


# What a few of them are like.


def test_a_task_definition_has_everything_that_the_template_says(cf: Any) -> None:
    execution = resource("IAM::Role", RoleName="execution", AssumeRolePolicyDocument=TRUST)
    container = {
        "Name": "orders",
        "Image": "orders",
        "Essential": "true",
        "PortMappings": [{"ContainerPort": "80"}],
        "Environment": [{"Name": "TABLE", "Value": "orders"}],
        "Secrets": [{"Name": "DB", "ValueFrom": ref("Secret")}],
        "LogConfiguration": {
            "LogDriver": "awslogs",
            "Options": {"awslogs-group": ref("Logs"), "awslogs-region": ref("AWS::Region")},
        },
    }
    properties = {
        **TASK["Properties"],
        "TaskRoleArn": get("Role", "Arn"),
        "ExecutionRoleArn": get("Execution", "Arn"),
        "ContainerDefinitions": [container],
    }
    task = {"Type": TASK["Type"], "Properties": properties}
    create(cf, template(Role=ROLE, Execution=execution, Secret=SECRET, Logs=LOGS, Task=task))
    found = boto3.client("ecs").describe_task_definition(taskDefinition="orders")
    made = found["taskDefinition"]
    assert made["taskRoleArn"] == "arn:aws:iam::123456789012:role/app"
    assert made["executionRoleArn"] == "arn:aws:iam::123456789012:role/execution"
    assert (made["networkMode"], made["cpu"], made["memory"]) == ("awsvpc", "256", "512")
    assert made["requiresCompatibilities"] == ["FARGATE"]
    (inside,) = made["containerDefinitions"]
    assert inside["essential"] is True
    assert inside["portMappings"][0]["containerPort"] == 80
    assert inside["environment"] == [{"name": "TABLE", "value": "orders"}]
    assert inside["secrets"] == [{"name": "DB", "valueFrom": physical(cf, "Secret")}]
    assert inside["logConfiguration"]["options"]["awslogs-group"] == "/shop"


def test_a_new_revision_replaces_the_old(cf: Any) -> None:
    create(cf, template(Task=TASK))
    bigger = {**TASK, "Properties": {**TASK["Properties"], "Cpu": "512", "Memory": "1024"}}
    update(cf, template(Task=bigger))
    ecs = boto3.client("ecs")
    assert physical(cf, "Task").endswith("task-definition/orders:2")
    assert [
        each.rpartition("/")[2] for each in ecs.list_task_definitions()["taskDefinitionArns"]
    ] == ["orders:2"]


def test_a_generated_secret(cf: Any) -> None:
    secret = resource(
        "SecretsManager::Secret",
        GenerateSecretString={
            "SecretStringTemplate": '{"username": "admin"}',
            "GenerateStringKey": "password",
            "PasswordLength": 20,
            "ExcludePunctuation": True,
        },
    )
    create(cf, template(Db=secret))
    found = boto3.client("secretsmanager").get_secret_value(SecretId=physical(cf, "Db"))
    content = json.loads(found["SecretString"])
    assert (content["username"], len(content["password"])) == ("admin", 20)
    assert content["password"].isalnum()
    assert found["Name"].startswith("Db-")


def test_a_bucket_with_its_settings(cf: Any) -> None:
    bucket = resource(
        "S3::Bucket",
        BucketName="bookshop-orders",
        BucketEncryption={
            "ServerSideEncryptionConfiguration": [
                {
                    "ServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": get("Key", "Arn"),
                    },
                    "BucketKeyEnabled": True,
                }
            ]
        },
        PublicAccessBlockConfiguration={"BlockPublicAcls": True, "RestrictPublicBuckets": True},
        VersioningConfiguration={"Status": "Enabled"},
        Tags=[{"Key": "team", "Value": "shop"}],
    )
    key = resource("KMS::Key", KeyPolicy=KEY_POLICY)
    create(cf, template(Bucket=bucket, Key=key))
    s3, own = boto3.client("s3"), {"Bucket": "bookshop-orders"}
    (rule,) = s3.get_bucket_encryption(**own)["ServerSideEncryptionConfiguration"]["Rules"]
    default = rule["ApplyServerSideEncryptionByDefault"]
    assert default["SSEAlgorithm"] == "aws:kms"
    assert default["KMSMasterKeyID"].endswith(physical(cf, "Key"))
    assert s3.get_public_access_block(**own)["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
    assert s3.get_bucket_versioning(**own)["Status"] == "Enabled"
    assert s3.get_bucket_tagging(**own)["TagSet"] == [{"Key": "team", "Value": "shop"}]
    update(cf, template(Bucket=BUCKET, Key=key))
    assert s3.get_bucket_versioning(**own)["Status"] == "Suspended"
    assert status(cf) == "UPDATE_COMPLETE"


def test_a_key_rotates_and_waits_for_its_deletion(cf: Any) -> None:
    key = resource("KMS::Key", KeyPolicy=KEY_POLICY, EnableKeyRotation=True, PendingWindowInDays=7)
    create(cf, template(Key=key))
    kms = boto3.client("kms")
    key_id = physical(cf, "Key")
    assert kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"]
    cf.delete_stack(StackName="shop")
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_own_egress_rules_take_the_place_of_the_open_one(cf: Any) -> None:
    """*AWS::EC2::SecurityGroup*, SecurityGroupEgress."""
    web = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}
    group = resource(
        "EC2::SecurityGroup",
        GroupDescription="web",
        VpcId=ref("Vpc"),
        SecurityGroupIngress=[web],
        SecurityGroupEgress=[web],
    )
    create(cf, template(Vpc=VPC, Group=group))
    (found,) = boto3.client("ec2").describe_security_groups(GroupIds=[physical(cf, "Group")])[
        "SecurityGroups"
    ]
    for way in ("IpPermissions", "IpPermissionsEgress"):
        (rule,) = found[way]
        assert (rule["FromPort"], rule["IpRanges"][0]["CidrIp"]) == (443, "10.0.0.0/8")


def test_a_policy_of_a_topic_that_goes_leaves_the_owners(cf: Any) -> None:
    resources = MADE["AWS::SNS::TopicPolicy"]
    create(cf, template(**resources))
    update(cf, template(Topic=TOPIC))
    found = boto3.client("sns").get_topic_attributes(TopicArn=physical(cf, "Topic"))
    assert json.loads(found["Attributes"]["Policy"])["Id"] == "__default_policy_ID"


def test_an_access_key_gives_its_secret_once(cf: Any) -> None:
    """*AWS::IAM::AccessKey*, Return values: SecretAccessKey."""
    output = {"Outputs": {"Secret": {"Value": get("Key", "SecretAccessKey")}}}
    key = resource("IAM::AccessKey", UserName=ref("User"))
    create(cf, template(User=USER, Key=key, sections=output))
    (found,) = described(cf)["Outputs"]
    session = boto3.Session(physical(cf, "Key"), found["OutputValue"])
    assert session.client("sts").get_caller_identity()["Arn"].endswith(":user/ann")


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], Callable[[Any], Any], Any]] = {
    "a managed policy gets a new default version": (
        {"X": resource("IAM::ManagedPolicy", PolicyDocument=policy("s3:GetObject"))},
        {"X": resource("IAM::ManagedPolicy", PolicyDocument=policy("s3:PutObject"))},
        lambda made: boto3.client("iam").get_policy(PolicyArn=made)["Policy"]["DefaultVersionId"],
        "v2",
    ),
    "a queue": (
        {"X": resource("SQS::Queue", VisibilityTimeout=60)},
        {"X": resource("SQS::Queue")},
        lambda made: boto3.client("sqs").get_queue_attributes(
            QueueUrl=made, AttributeNames=["VisibilityTimeout"]
        )["Attributes"]["VisibilityTimeout"],
        "30",
    ),
    "a secret": (
        {"X": resource("SecretsManager::Secret", SecretString="a")},
        {"X": resource("SecretsManager::Secret", SecretString="b")},
        lambda made: boto3.client("secretsmanager").get_secret_value(SecretId=made)["SecretString"],
        "b",
    ),
    "a parameter": (
        {"X": resource("SSM::Parameter", Type="String", Value="a")},
        {"X": resource("SSM::Parameter", Type="String", Value="b")},
        lambda made: boto3.client("ssm").get_parameter(Name=made)["Parameter"]["Value"],
        "b",
    ),
    "a key policy": (
        {"X": resource("KMS::Key", KeyPolicy=KEY_POLICY, Description="a")},
        {"X": resource("KMS::Key", KeyPolicy=KEY_POLICY, Description="b", Enabled=False)},
        lambda made: [
            boto3.client("kms").describe_key(KeyId=made)["KeyMetadata"][each]
            for each in ("Description", "Enabled")
        ],
        ["b", False],
    ),
    "a topic": (
        {"X": resource("SNS::Topic", DisplayName="a")},
        {"X": resource("SNS::Topic", DisplayName="b")},
        lambda made: boto3.client("sns").get_topic_attributes(TopicArn=made)["Attributes"][
            "DisplayName"
        ],
        "b",
    ),
    "a repository": (
        {"X": resource("ECR::Repository")},
        {"X": resource("ECR::Repository", ImageTagMutability="IMMUTABLE")},
        lambda made: boto3.client("ecr").describe_repositories(repositoryNames=[made])[
            "repositories"
        ][0]["imageTagMutability"],
        "IMMUTABLE",
    ),
    "an inline policy moves": (
        {"A": ROLE, "B": USER, "X": MADE["AWS::IAM::Policy"]["X"]}
        | {"X": resource("IAM::Policy", PolicyName="p", PolicyDocument=DOCUMENT, Roles=[ref("A")])},
        {
            "A": ROLE,
            "B": USER,
            "X": resource("IAM::Policy", PolicyName="p", PolicyDocument=DOCUMENT, Users=[ref("B")]),
        },
        lambda made: (
            boto3.client("iam").list_role_policies(RoleName="app")["PolicyNames"],
            boto3.client("iam").list_user_policies(UserName="ann")["PolicyNames"],
        ),
        ([], ["p"]),
    ),
}


@pytest.mark.parametrize(("before", "after", "read", "found"), CHANGES.values(), ids=CHANGES)
def test_changes_in_place(
    cf: Any,
    before: dict[str, Any],
    after: dict[str, Any],
    read: Callable[[Any], Any],
    found: Any,
) -> None:
    create(cf, template(**before))
    made = physical(cf, "X")
    update(cf, template(**after))
    assert status(cf) == "UPDATE_COMPLETE", reasons(cf)
    assert physical(cf, "X") == made
    assert read(made) == found
