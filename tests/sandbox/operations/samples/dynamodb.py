"""DynamoDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, REGION, TAGS, Clients, Sample

TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{NAME}"
KEY: Mapping[str, Any] = {"id": {"S": "a"}}
SELECT = f'SELECT title FROM "{NAME}" WHERE id = ?'
STATEMENTS = (
    SELECT,
    f'SELECT * FROM "{NAME}"."{NAME}"',
    f"INSERT INTO \"{NAME}\" VALUE {{'id': 'a'}}",
    f"UPDATE \"{NAME}\" SET title = 'x' WHERE id = 'a' RETURNING ALL OLD *",
    f"DELETE FROM \"{NAME}\" WHERE id = 'a'",
)
BATCH = [{"Statement": each, "Parameters": [{"S": "a"}]} for each in STATEMENTS]
SSE = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/sample"}
CONDITION = {
    "ConditionExpression": "#t = :t",
    "ExpressionAttributeNames": {"#t": "title"},
    "ExpressionAttributeValues": {":t": {"S": "x"}},
}
AT_TABLE = {"TableName": NAME}


def prepare(aws: Clients) -> Mapping[str, Any]:
    """One tagged table with an index and a stream, under a customer managed key."""
    key = aws("kms").create_key()["KeyMetadata"]["KeyId"]
    aws("kms").create_alias(AliasName="alias/sample", TargetKeyId=key)
    made = aws("dynamodb").create_table(
        TableName=NAME,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "title", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": NAME,
                "KeySchema": [{"AttributeName": "title", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification=SSE,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        Tags=TAGS,
    )["TableDescription"]
    return {"StreamArn": made["LatestStreamArn"]}


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "ResourceArn": TABLE_ARN,
        "TableArn": TABLE_ARN,
        "SourceTableArn": TABLE_ARN,
        "BackupArn": f"{TABLE_ARN}/backup/sample",
        "ExportArn": f"{TABLE_ARN}/export/sample",
        "ImportArn": f"{TABLE_ARN}/import/sample",
        "SSESpecification": SSE,
        "SSESpecificationOverride": SSE,
    },
    given={
        "BatchGetItem": {"RequestItems": {NAME: {"Keys": [KEY]}}},
        "BatchWriteItem": {"RequestItems": {NAME: [{"PutRequest": {"Item": KEY}}]}},
        "TransactGetItems": {"TransactItems": [{"Get": {**AT_TABLE, "Key": KEY}}]},
        "TransactWriteItems": {
            "TransactItems": [
                {"ConditionCheck": {**AT_TABLE, "Key": KEY, **CONDITION}},
                {"Put": {**AT_TABLE, "Item": KEY}},
                {"Update": {**AT_TABLE, "Key": KEY, "UpdateExpression": "REMOVE title"}},
                {"Delete": {**AT_TABLE, "Key": KEY}},
            ]
        },
        "ExecuteStatement": {"Statement": SELECT, "Parameters": [{"S": "a"}]},
        "BatchExecuteStatement": {"Statements": BATCH},
        "ExecuteTransaction": {"TransactStatements": BATCH},
        "GetItem": {"Key": KEY},
        "PutItem": {"Item": KEY},
        "UpdateItem": {"Key": KEY},
        "DeleteItem": {"Key": KEY},
    },
    variants={
        "ExecuteStatement": tuple({"Statement": each} for each in STATEMENTS),
        "Query": (
            {
                "KeyConditionExpression": "id = :id",
                "ExpressionAttributeValues": {":id": {"S": "a"}},
            },
        ),
    },
    deviations={
        (
            "RestoreTableToPointInTime",
            "dynamodb:RestoreTableToPointInTime",
            "resource *",
        ): "the source is named by either of two parameters",
        (
            "TransactWriteItems",
            "dynamodb:ConditionCheckItem",
            "dynamodb:EnclosingOperation",
        ): "Using IAM with DynamoDB Transactions, example 2, has the key for this action too",
    },
    complete=False,
)
