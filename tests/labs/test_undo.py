"""What a check does to the account is undone, to the last version and time stamp."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import boto3
import pytest

from rolelab.labs.undo import unchanged

BUCKET = "bookshop-orders"
KEY = "incoming/1001.json"


def snapshot() -> Any:
    s3, iam = boto3.client("s3"), boto3.client("iam")
    versions = s3.list_object_versions(Bucket=BUCKET)
    return (
        [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]],
        versions.get("Versions"),
        versions.get("DeleteMarkers"),
        s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read(),
        s3.get_object_tagging(Bucket=BUCKET, Key=KEY)["TagSet"],
        s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"],
        [user["UserName"] for user in iam.list_users()["Users"]],
        iam.list_access_keys(UserName="ida")["AccessKeyMetadata"],
        iam.list_role_policies(RoleName="orders-task-role")["PolicyNames"],
        iam.list_attached_role_policies(RoleName="orders-task-role")["AttachedPolicies"],
    )


def _write_over(s3: Any, iam: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"other", Tagging="a=b")


def _delete_object(s3: Any, iam: Any) -> None:
    s3.delete_object(Bucket=BUCKET, Key=KEY)


def _empty_and_delete_bucket(s3: Any, iam: Any) -> None:
    s3.delete_object(Bucket=BUCKET, Key=KEY)
    s3.delete_bucket(Bucket=BUCKET)


def _version_and_delete(s3: Any, iam: Any) -> None:
    enabled = {"Status": "Enabled"}
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=enabled)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"second")
    s3.delete_object(Bucket=BUCKET, Key=KEY)


def _open_bucket(s3: Any, iam: Any) -> None:
    s3.delete_public_access_block(Bucket=BUCKET)


def _tag(s3: Any, iam: Any) -> None:
    tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
    s3.put_object_tagging(Bucket=BUCKET, Key=KEY, Tagging=tags)


def _create(s3: Any, iam: Any) -> None:
    s3.create_bucket(Bucket="bookshop-other")
    iam.create_user(UserName="noor")
    iam.create_access_key(UserName="ida")


def _change_role(s3: Any, iam: Any) -> None:
    iam.delete_role_policy(RoleName="orders-task-role", PolicyName="read")
    iam.attach_role_policy(
        RoleName="orders-task-role", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess"
    )


CHANGES = {
    "an object written over": _write_over,
    "an object deleted": _delete_object,
    "a bucket deleted": _empty_and_delete_bucket,
    "versions and a delete marker": _version_and_delete,
    "a public access block removed": _open_bucket,
    "tags on an object": _tag,
    "a bucket, a user and a key created": _create,
    "a role's policies": _change_role,
}


@pytest.mark.usefixtures("bookshop")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_undone(change: Any) -> None:
    before = snapshot()
    s3, iam = boto3.client("s3"), boto3.client("iam")
    with unchanged("s3", "iam"):
        change(s3, iam)
    assert snapshot() == before


@pytest.mark.usefixtures("bookshop")
def test_a_change_is_undone_when_the_block_ends_in_an_error() -> None:
    before = snapshot()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert snapshot() == before


def interrupted() -> None:
    with unchanged("s3"):
        boto3.client("s3").delete_object(Bucket=BUCKET, Key=KEY)
        raise KeyboardInterrupt


@pytest.mark.usefixtures("bookshop")
def test_changes_after_the_block_stay() -> None:
    s3 = boto3.client("s3")
    with unchanged("s3"):
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"inside")
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"after")
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"after"
    s3.delete_object(Bucket=BUCKET, Key=KEY)
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


@pytest.mark.usefixtures("bookshop")
def test_another_service_is_left_alone() -> None:
    with unchanged("iam"):
        boto3.client("s3").create_bucket(Bucket="bookshop-other")
    assert boto3.client("s3").head_bucket(Bucket="bookshop-other")


@pytest.mark.usefixtures("bookshop")
def test_a_managed_policy_first_used_inside_can_be_used_afterwards() -> None:
    iam = boto3.client("iam")
    policy = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    with unchanged("iam"):
        iam.attach_user_policy(UserName="ida", PolicyArn=policy)
    iam.attach_user_policy(UserName="ida", PolicyArn=policy)
    assert iam.list_entities_for_policy(PolicyArn=policy)["PolicyUsers"][0]["UserName"] == "ida"


@pytest.mark.usefixtures("bookshop")
def test_a_table_that_was_deleted_can_be_deleted_again() -> None:
    """moto keeps its tables in an OrderedDict, which has a list beside the dict."""
    dynamodb = boto3.client("dynamodb")
    for name in ("orders", "people"):
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    with unchanged("dynamodb"):
        dynamodb.delete_table(TableName="orders")
    assert dynamodb.list_tables()["TableNames"] == ["orders", "people"]
    dynamodb.delete_table(TableName="orders")
    assert dynamodb.list_tables()["TableNames"] == ["people"]


@pytest.mark.usefixtures("bookshop")
def test_a_function_that_was_created_is_gone() -> None:
    """moto keeps the functions that it does not run in Docker in another place."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("app.py", "def handler(event, context):\n    return None\n")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    statement = {**trust, "Action": "sts:AssumeRole"}
    role = boto3.client("iam").create_role(
        RoleName="function",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )["Role"]["Arn"]
    functions = boto3.client("lambda")
    with unchanged("lambda"):
        functions.create_function(
            FunctionName="orders",
            Role=role,
            Runtime="python3.12",
            Handler="app.handler",
            Code={"ZipFile": archive.getvalue()},
        )
    assert functions.list_functions()["Functions"] == []
