"""Every fix of DynamoDB is still needed: raw moto, without the gate, still answers wrongly.

A row that fails is good news: moto has become right, and the fix that the row names can go.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.usefixtures("raw_moto")

Wrong = Callable[[SimpleNamespace], bool]
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/Games"
NEW: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
}
AT = {"TableName": "Games"}
VALUES = {"ExpressionAttributeValues": {":a": {"S": "a"}}}
PUBLIC = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "dynamodb:*",
            "Resource": ARN,
        },
    }
)


@pytest.fixture
def raw(raw_moto: None) -> SimpleNamespace:
    """A client of raw moto, with a table."""
    db = boto3.client("dynamodb")
    made = db.create_table(**AT, **NEW)["TableDescription"]
    return SimpleNamespace(db=db, stream=made["LatestStreamArn"])


def answer(operation: Callable[..., Any], **parameters: Any) -> str:
    """Code and message of moto's refusal; empty if there is none."""
    try:
        operation(**parameters)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return ""


def policy_outlives_its_table(raw: SimpleNamespace) -> bool:
    raw.db.put_resource_policy(ResourceArn=ARN, Policy=PUBLIC)
    raw.db.delete_table(**AT)
    raw.db.create_table(**AT, **NEW)
    return answer(raw.db.get_resource_policy, ResourceArn=ARN) == ""


def policy_left_out(raw: SimpleNamespace) -> bool:
    raw.db.create_table(TableName="Books", **NEW, ResourcePolicy=PUBLIC)
    return answer(raw.db.get_resource_policy, ResourceArn=f"{ARN[:-5]}Books") != ""


def update_of_nothing(raw: SimpleNamespace) -> bool:
    try:
        raw.db.update_item(**AT, Key={"id": {"S": "a"}})
    except AttributeError:
        return True
    return False


def quoted_table(raw: SimpleNamespace) -> bool:
    statement = {"Statement": "SELECT * FROM \"Games\" WHERE id = 'a'"}
    (found,) = raw.db.batch_execute_statement(Statements=[statement])["Responses"]
    return "Error" in found


ROWS: dict[str, Wrong] = {
    "put_resource_policy: any text": lambda raw: (
        answer(raw.db.put_resource_policy, ResourceArn=ARN, Policy="{nothing") == ""
    ),
    "put_resource_policy: public access": lambda raw: (
        answer(raw.db.put_resource_policy, ResourceArn=ARN, Policy=PUBLIC) == ""
    ),
    "put_resource_policy: no policies of streams": lambda raw: (
        answer(raw.db.put_resource_policy, ResourceArn=raw.stream, Policy=PUBLIC) != ""
    ),
    "delete_resource_policy: what is not there is an error": lambda raw: (
        answer(raw.db.delete_resource_policy, ResourceArn=ARN) != ""
    ),
    "create_table: the policy is left out": policy_left_out,
    "delete_table: the policy stays": policy_outlives_its_table,
    "create_table: under a key that does not exist": lambda raw: (
        answer(
            raw.db.create_table,
            TableName="Books",
            **NEW,
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/x"},
        )
        == ""
    ),
    "query: a missing index is no ValidationException": lambda raw: (
        not answer(
            raw.db.query, **AT, IndexName="None", KeyConditionExpression="id = :a", **VALUES
        ).startswith("ValidationException")
    ),
    "query: a reserved word is a key": lambda raw: (
        "reserved" not in answer(raw.db.query, **AT, KeyConditionExpression="name = :a", **VALUES)
    ),
    "scan: a filter is called a condition": lambda raw: (
        "FilterExpression"
        not in answer(raw.db.scan, **AT, FilterExpression="status = :a", **VALUES)
    ),
    "update_item: stops without an update expression": update_of_nothing,
    "delete_table: the table is not named": lambda raw: (
        "Books" not in answer(raw.db.delete_table, TableName="Books")
    ),
    "batch_execute_statement: a table in quotation marks": quoted_table,
    "describe_stream: an account's own address": lambda raw: (
        answer(boto3.client("dynamodbstreams").describe_stream, StreamArn=raw.stream) != ""
    ),
}


@pytest.mark.parametrize("wrong", [pytest.param(wrong, id=name) for name, wrong in ROWS.items()])
def test_raw_moto_still_answers_otherwise_than_aws(raw: SimpleNamespace, wrong: Wrong) -> None:
    assert wrong(raw), "moto answers this as AWS does now: the fix can go"
