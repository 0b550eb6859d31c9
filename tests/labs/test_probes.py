"""Every row of the probe table: the administrator may, jon may not, and nothing is left behind."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from rolelab.labs import as_account, as_user
from rolelab.labs.probes import PROBES, NoProbe, probe_of

ROLE = "arn:aws:iam::123456789012:role/shop/orders-task-role"
RESOURCES = {
    "s3:ListAllMyBuckets": "*",
    "sts:AssumeRole": "arn:aws:iam::123456789012:role/assumable",
    "sts:GetCallerIdentity": "*",
    "iam:AttachUserPolicy": "arn:aws:iam::123456789012:user/ida",
    "iam:PutUserPolicy": "arn:aws:iam::123456789012:user/ida",
    "iam:CreateAccessKey": "arn:aws:iam::123456789012:user/ida",
    "iam:CreateUser": "arn:aws:iam::123456789012:user/noor",
    "iam:ListRoles": "*",
    "iam:ListUsers": "*",
    "ecr:GetAuthorizationToken": "*",
}
OF_SERVICE = {
    "ecr": "arn:aws:ecr:us-east-1:123456789012:repository/orders",
    "secretsmanager": "arn:aws:secretsmanager:us-east-1:123456789012:secret:orders/db-AbCdEf",
    "ssm": "arn:aws:ssm:us-east-1:123456789012:parameter/orders/title",
    "logs": "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/orders:log-stream:app",
    "bedrock": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0",
    "dynamodb": "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
    "kms": "",  # the fixture makes one
}
FREE_FOR_ALL = {"sts:GetCallerIdentity"}


def resource_of(action: str) -> str:
    if action.startswith("iam:"):
        return RESOURCES.get(action, ROLE)
    if "Object" in action:
        return "arn:aws:s3:::bookshop-orders/incoming/1001.json"
    fallback = OF_SERVICE.get(action.partition(":")[0], "arn:aws:s3:::bookshop-orders")
    return RESOURCES.get(action, fallback)


@pytest.fixture(autouse=True)
def a_key(bookshop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    monkeypatch.setitem(OF_SERVICE, "kms", key)


@pytest.fixture(autouse=True)
def assumable_role(bookshop: Any) -> None:
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
        ' "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}]}'
    )
    boto3.client("iam").create_role(RoleName="assumable", AssumeRolePolicyDocument=trust)


def test_the_administrator_may_do_all_of_it_and_jon_none() -> None:
    """A denial of another action than the row's would be an error, and not a proof."""
    administrator, jon = as_account("123456789012"), as_user("jon")
    for action in PROBES:
        administrator.allowed(action, resource_of(action))
        if action not in FREE_FOR_ALL:
            jon.denied(action, resource_of(action))


def test_what_the_probes_change_is_undone() -> None:
    s3 = boto3.client("s3")
    before = s3.list_object_versions(Bucket="bookshop-orders")["Versions"]
    administrator = as_account("123456789012")
    for action in PROBES:
        administrator.attempt(action, resource_of(action))
    assert s3.list_object_versions(Bucket="bookshop-orders")["Versions"] == before
    users = boto3.client("iam").list_users()["Users"]
    assert [user["UserName"] for user in users] == ["ida", "jon"]


def test_an_action_without_a_row_is_a_mistake_in_the_check() -> None:
    with pytest.raises(NoProbe, match=r"Add a row to rolelab\.labs\.probes"):
        as_user("ida").allowed("s3:PutReplicationConfiguration", "arn:aws:s3:::bookshop-orders")


def test_actions_compare_without_case() -> None:
    assert probe_of("S3:getobject") is PROBES["s3:GetObject"]
