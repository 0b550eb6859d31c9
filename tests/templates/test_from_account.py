"""An account as a template.

Page: *Generate templates from existing resources with IaC generator*.
"""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from cfnlint.api import ManualArgs, lint

from rolelab import templates
from rolelab.sandbox.cloudformation.template_text import decode
from tests.templates.accounts import (
    FIRST,
    SECOND,
    TASKS_TRUST,
    allow,
    deploy,
    deploy_file,
    document,
    make_key,
    make_role,
    moved,
)

COURSE = ("lab-3/orders-service.yaml", "lab-5/orders-key.yaml", "lab-6/dev-account.yaml")


def resources() -> dict[str, Any]:
    """The resources of an export, as a reader of templates takes them."""
    found: dict[str, Any] = decode(templates.from_account().text)["Resources"]
    return found


def left_out() -> dict[str, str]:
    return dict(templates.from_account().left_out)


def secret(value: str = "northanger-1817", **more: Any) -> str:
    made = boto3.client("secretsmanager").create_secret(
        Name="orders/db", SecretString=value, **more
    )
    return str(made["ARN"])


@pytest.mark.parametrize("name", COURSE)
def test_cfn_lint_has_nothing_to_say(sandbox: Any, name: str) -> None:
    deploy_file(name)
    exported = templates.from_account()
    found = lint(exported.text, config=ManualArgs(regions=["us-east-1"], include_checks=["I"]))
    assert found == []


def test_the_same_account_gives_the_same_text(sandbox: Any) -> None:
    deploy_file(COURSE[0])
    assert templates.from_account().text == templates.from_account().text


def test_no_account_number_and_no_region_is_left(sandbox: Any) -> None:
    deploy_file(COURSE[1])
    text = templates.from_account().text
    assert FIRST not in text
    assert "us-east-1" not in text


# Literals and references.


def test_an_arn_of_a_resource_becomes_a_reference(sandbox: Any) -> None:
    arn = secret()
    boto3.client("s3").create_bucket(Bucket="bookshop-orders")
    inside = "arn:aws:s3:::bookshop-orders/incoming/*"
    make_role("worker", allow("secretsmanager:GetSecretValue", arn), allow("s3:GetObject", inside))
    statements = resources()["WorkerRole"]["Properties"]["Policies"][0]["PolicyDocument"][
        "Statement"
    ]
    assert [each["Resource"] for each in statements] == [
        {"Ref": "OrdersDbSecret"},
        {"Fn::Sub": "${BookshopOrdersBucket.Arn}/incoming/*"},
    ]


def test_a_bucket_with_a_longer_name_is_another_bucket(sandbox: Any) -> None:
    boto3.client("s3").create_bucket(Bucket="bookshop-orders")
    make_role("worker", allow("s3:GetObject", "arn:aws:s3:::bookshop-orders-archive/*"))
    policy = resources()["WorkerRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    assert policy["Statement"][0]["Resource"] == {
        "Fn::Sub": "arn:${AWS::Partition}:s3:::bookshop-orders-archive/*"
    }


def test_the_account_in_a_condition_becomes_a_pseudo_parameter(sandbox: Any) -> None:
    make_role("worker")
    trust = resources()["WorkerRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_another_account_stays_a_literal(sandbox: Any) -> None:
    partner = {**TASKS_TRUST, "Condition": {"StringEquals": {"aws:SourceAccount": "999988887777"}}}
    make_role("worker", trust=partner)
    assert "999988887777" in templates.from_account().text


def test_a_policy_variable_stays_a_policy_variable(sandbox: Any) -> None:
    """Page: *Fn::Sub*: `${!Literal}` is written as `${Literal}`."""
    own = "arn:aws:s3:::bookshop-orders/${aws:username}/*"
    make_role("worker", allow("s3:GetObject", own))
    exported, second = moved(sandbox)
    assert "${!aws:username}" in exported.text
    policy = second.client("iam").get_role_policy(RoleName="worker", PolicyName="own")
    assert policy["PolicyDocument"]["Statement"][0]["Resource"] == own


def test_a_task_definition_names_roles_image_secret_and_log(sandbox: Any) -> None:
    deploy_file(COURSE[0])
    task = resources()["OrdersTaskDefinition"]["Properties"]
    container = task["ContainerDefinitions"][0]
    assert task["ExecutionRoleArn"] == {"Fn::GetAtt": ["Csecstaskexecutionrole", "Arn"]}
    assert container["Image"] == {"Fn::Sub": "${OrdersRepository.RepositoryUri}:1.0"}
    assert container["Secrets"][0]["ValueFrom"] == {"Fn::Sub": "${OrdersDbSecret}:password::"}
    assert container["LogConfiguration"]["Options"]["awslogs-group"] == {"Ref": "EcsOrdersLogGroup"}


def test_the_authors_own_words_keep_their_capitals(sandbox: Any) -> None:
    boto3.client("ecs").register_task_definition(
        family="orders",
        containerDefinitions=[
            {"name": "app", "image": "a:1", "memory": 64, "dockerLabels": {"teamName": "orders"}}
        ],
    )
    container = resources()["OrdersTaskDefinition"]["Properties"]["ContainerDefinitions"][0]
    assert container["DockerLabels"] == {"teamName": "orders"}


# Parameters.


def test_the_value_of_a_secret_is_never_read(sandbox: Any) -> None:
    secret()
    exported = templates.from_account()
    assert "northanger" not in exported.text
    assert exported.parameters == {"OrdersDbSecretValue": None}
    assert decode(exported.text)["Parameters"]["OrdersDbSecretValue"]["NoEcho"] is True
    called = set(sandbox.trail.to_frame()["event"])
    assert "GetSecretValue" not in called
    assert "BatchGetSecretValue" not in called


def test_the_name_of_a_bucket_is_for_the_deployer_to_choose(sandbox: Any) -> None:
    """Page: *Namespaces for general purpose buckets*."""
    boto3.client("s3").create_bucket(Bucket="bookshop-orders")
    exported = templates.from_account()
    assert exported.parameters == {"BookshopOrdersBucketName": "bookshop-orders"}
    assert "bucket name is not available" in _deployed_as_it_is(exported, sandbox.admin(SECOND))


def _deployed_as_it_is(exported: Any, second: Any) -> str:
    cloudformation = second.client("cloudformation")
    cloudformation.create_stack(StackName="orders", TemplateBody=exported.text)
    events = cloudformation.describe_stack_events(StackName="orders")["StackEvents"]
    return str(events)


def test_what_holds_data_is_retained(sandbox: Any) -> None:
    deploy_file(COURSE[0])
    kept = {each["Type"] for each in resources().values() if each.get("DeletionPolicy") == "Retain"}
    assert kept == {
        "AWS::DynamoDB::Table",
        "AWS::ECR::Repository",
        "AWS::KMS::Key",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    }


# Circles.


def test_a_role_and_a_key_that_name_each_other(sandbox: Any) -> None:
    """The role's policy becomes a resource of its own, made after both."""
    arn = make_role("worker")
    use = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "kms:Decrypt", "Resource": "*"}
    key = make_key(use)
    boto3.client("iam").put_role_policy(
        RoleName="worker", PolicyName="own", PolicyDocument=document(allow("kms:Decrypt", key))
    )
    exported, second = moved(sandbox)
    found = decode(exported.text)["Resources"]
    assert "Policies" not in found["WorkerRole"]["Properties"]
    assert found["WorkerOwnPolicy"]["Properties"]["RoleName"] == {"Ref": "WorkerRole"}
    assert templates.compare(exported, second, "orders").equivalent


def test_a_managed_policy_in_a_circle_says_itself_whom_it_is_attached_to(sandbox: Any) -> None:
    arn = make_role("worker")
    use = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "kms:Decrypt", "Resource": "*"}
    key = make_key(use)
    iam = boto3.client("iam")
    policy = iam.create_policy(
        PolicyName="decrypt", PolicyDocument=document(allow("kms:Decrypt", key))
    )["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=policy)
    exported, second = moved(sandbox)
    found = decode(exported.text)["Resources"]
    assert found["DecryptPolicy"]["Properties"]["Roles"] == [{"Ref": "WorkerRole"}]
    assert templates.compare(exported, second, "orders").equivalent


def test_a_key_and_the_log_group_that_its_condition_names(sandbox: Any) -> None:
    """The condition only compares, so it can name the log group before there is one."""
    log = f"arn:aws:logs:us-east-1:{FIRST}:log-group:/ecs/orders:*"
    key = make_key(
        {
            "Effect": "Allow",
            "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": log.removesuffix(":*")}
            },
        },
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "kms:Encrypt",
            "Resource": "*",
            "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": log}},
        },
    )
    boto3.client("logs").create_log_group(logGroupName="/ecs/orders", kmsKeyId=key)
    exported, second = moved(sandbox)
    assert templates.compare(exported, second, "orders").equivalent


def test_two_roles_that_trust_each_other_are_named(sandbox: Any) -> None:
    """Neither can be made first, by nobody. Page: *AWS JSON policy elements: Principal*."""
    iam = boto3.client("iam")
    one = make_role("one")
    two = make_role("two", trust={**TASKS_TRUST, "Principal": {"AWS": one}})
    trust = {"Effect": "Allow", "Principal": {"AWS": two}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(RoleName="one", PolicyDocument=document(trust))
    make_role("three")
    exported = templates.from_account()
    assert list(exported.logical_ids.values()) == ["ThreeRole"]
    assert "need each other" in dict(exported.left_out)["AWS::IAM::Role one"]


# What has no place in a template is named.


def grant() -> None:
    arn = make_role("worker")
    key = make_key()
    boto3.client("kms").create_grant(KeyId=key, GranteePrincipal=arn, Operations=["Decrypt"])


def image() -> None:
    ecr = boto3.client("ecr")
    ecr.create_repository(repositoryName="orders")
    kind = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "layers": []}
    ecr.put_image(
        repositoryName="orders", imageManifest=json.dumps(manifest), imageManifestMediaType=kind
    )


def item() -> None:
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName="orders",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    dynamodb.put_item(TableName="orders", Item={"id": {"S": "1"}})


def objects() -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bookshop-orders")
    s3.put_object(Bucket="bookshop-orders", Key="a")


def lifecycle() -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bookshop-orders")
    rule = {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 7}}
    s3.put_bucket_lifecycle_configuration(
        Bucket="bookshop-orders", LifecycleConfiguration={"Rules": [rule]}
    )


def access_key() -> None:
    iam = boto3.client("iam")
    iam.create_user(UserName="mara")
    iam.create_access_key(UserName="mara")
    iam.create_login_profile(UserName="mara", Password="Northanger-1817")


def secure_string() -> None:
    boto3.client("ssm").put_parameter(Name="/orders/key", Type="SecureString", Value="secret")


def revisions() -> None:
    for _ in range(3):
        boto3.client("ecs").register_task_definition(
            family="orders", containerDefinitions=[{"name": "app", "image": "a:1", "memory": 64}]
        )


def dying_key() -> None:
    boto3.client("kms").schedule_key_deletion(KeyId=make_key(alias="old"))


def elsewhere() -> None:
    boto3.client("s3").create_bucket(
        Bucket="bookshop-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )


def queue() -> None:
    boto3.client("sqs").create_queue(QueueName="returns")


def versions() -> None:
    iam = boto3.client("iam")
    arn = iam.create_policy(PolicyName="read", PolicyDocument=document(allow("s3:Get*")))
    iam.create_policy_version(
        PolicyArn=arn["Policy"]["Arn"],
        PolicyDocument=document(allow("s3:GetObject")),
        SetAsDefault=True,
    )


def metric_filter() -> None:
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/ecs/orders")
    logs.put_metric_filter(
        logGroupName="/ecs/orders",
        filterName="errors",
        filterPattern="ERROR",
        metricTransformations=[
            {"metricName": "errors", "metricNamespace": "shop", "metricValue": "1"}
        ],
    )


def service_linked() -> None:
    boto3.client("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")


NAMED = {
    "a metric filter": (metric_filter, "log group /ecs/orders: 1 metric filter"),
    "a service-linked role": (service_linked, "role AWSServiceRoleForECS"),
    "a grant of a key": (grant, "key orders: 1 grant"),
    "images": (image, "repository orders: 1 image"),
    "items of a table": (item, "table orders: 1 item"),
    "objects of a bucket": (objects, "bucket bookshop-orders: 1 object"),
    "settings of a bucket that are not exported": (
        lifecycle,
        "bucket bookshop-orders: lifecycle rules",
    ),
    "an access key": (access_key, "user mara: 1 access key"),
    "a password": (access_key, "user mara: the console password"),
    "a SecureString": (secure_string, "parameter /orders/key"),
    "older revisions": (revisions, "task definition orders: 2 older revisions"),
    "a key that waits for its deletion": (dying_key, "key old"),
    "a bucket in another region": (elsewhere, "bucket bookshop-eu"),
    "a type that the export does not write": (queue, "SQS queue"),
    "older versions of a policy": (versions, "policy read: 1 older version"),
    "the role of the one who exports": (lambda: None, "role Administrator"),
}


@pytest.mark.parametrize(("build", "what"), NAMED.values(), ids=NAMED.keys())
def test_nothing_is_dropped_in_silence(sandbox: Any, build: Any, what: str) -> None:
    make_role("somebody")
    build()
    found = left_out()
    assert [each for each in found if each.startswith(what)]
    assert all(found.values())


# Bad input.


def test_an_empty_account_is_no_template(sandbox: Any) -> None:
    with pytest.raises(ValueError, match="holds nothing that can be exported"):
        templates.from_account()


def test_who_may_not_read_everything_exports_nothing(sandbox: Any) -> None:
    iam = boto3.client("iam")
    iam.create_user(UserName="mara")
    iam.put_user_policy(
        UserName="mara",
        PolicyName="own",
        PolicyDocument=document(allow(["kms:List*", "kms:Describe*", "kms:Get*"])),
    )
    key = iam.create_access_key(UserName="mara")["AccessKey"]
    mara = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    with pytest.raises(ClientError, match="secretsmanager:ListSecrets"):
        templates.from_account(mara)


def test_a_name_of_digits_becomes_a_logical_id(sandbox: Any) -> None:
    make_role("1984")
    exported = templates.from_account()
    assert list(exported.logical_ids.values()) == ["Role1984"]
    assert deploy(exported, sandbox.admin(SECOND)) == "CREATE_COMPLETE"


def test_two_names_of_the_same_words_stay_apart(sandbox: Any) -> None:
    make_role("orders-task")
    make_role("orders_task")
    exported = templates.from_account()
    assert sorted(exported.logical_ids.values()) == ["OrdersTaskRole", "OrdersTaskRole2"]
