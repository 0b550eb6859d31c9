"""What calls to DynamoDB ask.

Pages: *Using IAM policy conditions for fine-grained access control*; *Using IAM with DynamoDB
transactions*; *IAM security policies with PartiQL for DynamoDB*; *DynamoDB encryption at rest usage
notes*.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from rolelab.iam import Policies, Request, evaluate
from rolelab.sandbox.operations import checks_of, resources_of
from rolelab.sandbox.operations.check import Unanswerable

GAMES = "arn:aws:dynamodb:us-east-1:123456789012:table/GameScores"
SCORES = f"{GAMES}/index/TopScores"
ANN = "arn:aws:iam::123456789012:user/ann"
KEY = {"UserId": {"S": "u1"}, "GameTitle": {"S": "g"}}
OTHER = {"UserId": {"S": "u2"}, "GameTitle": {"S": "g"}}
AT = {"TableName": "GameScores"}


@pytest.fixture
def games(aws: Callable[[str], Any]) -> Any:
    """The table of AWS's examples: scores by user and game, with an index by game."""
    client = aws("dynamodb")
    client.create_table(
        **AT,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("UserId", "GameTitle")
        ],
        KeySchema=[
            {"AttributeName": "UserId", "KeyType": "HASH"},
            {"AttributeName": "GameTitle", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "TopScores",
                "KeySchema": [{"AttributeName": "GameTitle", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return client


def leading(*values: str) -> dict[str, Any]:
    return {"dynamodb:LeadingKeys": list(values)}


# operation, parameters, resource, keys that have to be there (None: have to be absent)
KEYS: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "a read names the partition key's value": ("GetItem", {**AT, "Key": KEY}, GAMES, leading("u1")),
    "a table may be named by ARN": (
        "GetItem",
        {"TableName": GAMES, "Key": KEY},
        GAMES,
        leading("u1"),
    ),
    "a read without a projection selects all attributes": (
        "GetItem",
        {**AT, "Key": KEY},
        GAMES,
        {
            "dynamodb:Attributes": ["UserId", "GameTitle"],
            "dynamodb:Select": "ALL_ATTRIBUTES",
            "dynamodb:ReturnConsumedCapacity": None,
        },
    ),
    "a projection names attributes through their aliases": (
        "GetItem",
        {
            **AT,
            "Key": KEY,
            "ProjectionExpression": "#w, Stats.Best, Rounds[0]",
            "ExpressionAttributeNames": {"#w": "Wins"},
        },
        GAMES,
        {
            "dynamodb:Attributes": ["UserId", "GameTitle", "Wins", "Stats", "Rounds"],
            "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
        },
    ),
    "a new item names all its attributes": (
        "PutItem",
        {**AT, "Item": {**KEY, "Wins": {"N": "1"}}},
        GAMES,
        {
            **leading("u1"),
            "dynamodb:Attributes": ["UserId", "GameTitle", "Wins"],
            "dynamodb:ReturnValues": "NONE",
            "dynamodb:Select": None,
        },
    ),
    "an update names what it sets, removes and compares": (
        "UpdateItem",
        {
            **AT,
            "Key": KEY,
            "UpdateExpression": "SET Wins = if_not_exists(Wins, :n) + :n REMOVE #l",
            "ConditionExpression": "attribute_exists(Losses) AND NOT Draws IN (:n)",
            "ExpressionAttributeNames": {"#l": "LastGame"},
            "ReturnValues": "ALL_NEW",
        },
        GAMES,
        {
            **leading("u1"),
            "dynamodb:Attributes": ["UserId", "GameTitle", "Losses", "Draws", "Wins", "LastGame"],
            "dynamodb:ReturnValues": "ALL_NEW",
        },
    ),
    "a query has the value that its key condition demands": (
        "Query",
        {
            **AT,
            "KeyConditionExpression": "#u = :u AND begins_with(GameTitle, :g)",
            "ExpressionAttributeNames": {"#u": "UserId"},
            "ExpressionAttributeValues": {":u": {"S": "u1"}, ":g": {"S": "g"}},
        },
        GAMES,
        {**leading("u1"), "dynamodb:Select": "ALL_ATTRIBUTES"},
    ),
    "a query with legacy key conditions": (
        "Query",
        {
            **AT,
            "KeyConditions": {
                "UserId": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "u1"}]}
            },
        },
        GAMES,
        leading("u1"),
    ),
    "a query of an index asks about the index and its own partition key": (
        "Query",
        {
            **AT,
            "IndexName": "TopScores",
            "KeyConditionExpression": "GameTitle = :g",
            "ExpressionAttributeValues": {":g": {"S": "chess"}},
        },
        SCORES,
        {**leading("chess"), "dynamodb:Select": "ALL_PROJECTED_ATTRIBUTES"},
    ),
    "a count selects nothing": (
        "Query",
        {**AT, "Select": "COUNT"},
        GAMES,
        {"dynamodb:Select": "COUNT"},
    ),
    "a scan has no leading keys": ("Scan", AT, GAMES, {"dynamodb:LeadingKeys": None}),
    "a batch of reads has the keys of all its items": (
        "BatchGetItem",
        {"RequestItems": {"GameScores": {"Keys": [KEY, OTHER]}}},
        GAMES,
        leading("u1", "u2"),
    ),
    "a batch of writes has the keys of what it puts and deletes": (
        "BatchWriteItem",
        {
            "RequestItems": {
                "GameScores": [
                    {"PutRequest": {"Item": {**KEY, "Wins": {"N": "1"}}}},
                    {"DeleteRequest": {"Key": OTHER}},
                ]
            }
        },
        GAMES,
        {**leading("u1", "u2"), "dynamodb:Attributes": ["UserId", "GameTitle", "Wins"]},
    ),
    "a PartiQL select has the key of its WHERE clause": (
        "ExecuteStatement",
        {
            "Statement": "SELECT Wins FROM \"GameScores\" WHERE UserId = ? AND GameTitle = 'g'",
            "Parameters": [{"S": "u1"}],
        },
        GAMES,
        {
            **leading("u1"),
            "dynamodb:FullTableScan": "false",
            "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
            "dynamodb:Attributes": ["Wins", "UserId", "GameTitle"],
        },
    ),
    "IN fixes the key as well": (
        "ExecuteStatement",
        {"Statement": "SELECT * FROM GameScores WHERE UserId IN ['u1', 'u2']"},
        GAMES,
        {**leading("u1", "u2"), "dynamodb:FullTableScan": "false"},
    ),
    "a PartiQL select without the key is a full table scan": (
        "ExecuteStatement",
        {"Statement": "SELECT * FROM GameScores WHERE Wins > 3"},
        GAMES,
        {"dynamodb:LeadingKeys": None, "dynamodb:FullTableScan": "true"},
    ),
    "OR with another attribute is a full table scan": (
        "ExecuteStatement",
        {"Statement": "SELECT * FROM GameScores WHERE UserId = 'u1' OR Wins > 3"},
        GAMES,
        {"dynamodb:LeadingKeys": None, "dynamodb:FullTableScan": "true"},
    ),
    "a PartiQL select of an index asks about the index": (
        "ExecuteStatement",
        {"Statement": 'SELECT * FROM "GameScores"."TopScores" WHERE GameTitle = \'g\''},
        SCORES,
        leading("g"),
    ),
    "a PartiQL insert has the key of its item": (
        "ExecuteStatement",
        {"Statement": "INSERT INTO GameScores VALUE {'UserId': 'u1', 'GameTitle': 'g'}"},
        GAMES,
        {**leading("u1"), "dynamodb:Attributes": ["UserId", "GameTitle"]},
    ),
    "a PartiQL update says what it returns": (
        "ExecuteStatement",
        {
            "Statement": "UPDATE GameScores SET Wins = 4 WHERE UserId = 'u1' AND GameTitle = 'g' "
            "RETURNING ALL OLD *"
        },
        GAMES,
        {**leading("u1"), "dynamodb:ReturnValues": "ALL_OLD"},
    ),
}


@pytest.mark.parametrize(("operation", "given", "resource", "keys"), KEYS.values(), ids=KEYS)
def test_condition_keys(
    games: Any,
    call: Any,
    operation: str,
    given: dict[str, Any],
    resource: str,
    keys: dict[str, Any],
) -> None:
    (check,) = checks_of(call("dynamodb", operation, **given))
    assert check.resource == resource
    assert {name: check.context.get(name) for name in keys} == keys


TRANSACTION = [
    {"ConditionCheck": {**AT, "Key": KEY, "ConditionExpression": "attribute_exists(Wins)"}},
    {"Put": {**AT, "Item": KEY}},
    {"Update": {**AT, "Key": KEY, "UpdateExpression": "REMOVE Wins"}},
    {"Delete": {**AT, "Key": KEY}},
]


def test_a_transaction_asks_for_the_action_of_every_entry(games: Any, call: Any) -> None:
    checks = checks_of(call("dynamodb", "TransactWriteItems", TransactItems=TRANSACTION))
    assert [check.action for check in checks] == [
        "dynamodb:ConditionCheckItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
    ]
    assert {check.context["dynamodb:EnclosingOperation"] for check in checks} == {
        "TransactWriteItems"
    }


def test_transactions_alone_can_be_allowed(games: Any, call: Any) -> None:
    """*Using IAM with DynamoDB Transactions*, example 2."""
    statement = {
        "Effect": "Allow",
        "Action": "dynamodb:GetItem",
        "Resource": GAMES,
        "Condition": {
            "ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": ["TransactGetItems"]}
        },
    }
    policy = {"Version": "2012-10-17", "Statement": statement}
    entry = {"Get": {**AT, "Key": KEY}}
    inside = checks_of(call("dynamodb", "TransactGetItems", TransactItems=[entry]))
    alone = checks_of(call("dynamodb", "GetItem", **AT, Key=KEY))
    assert [
        evaluate(
            Request(ANN, each.action, each.resource, None, each.context),
            Policies(identity=[policy]),
        ).allowed
        for each in (*inside, *alone)
    ] == [True, False]


def test_statements_of_a_batch_are_decided_one_by_one(games: Any, call: Any) -> None:
    statements = [
        {"Statement": "SELECT * FROM GameScores WHERE UserId='u1' AND GameTitle='g'"},
        {"Statement": "DELETE FROM GameScores WHERE UserId='u1' AND GameTitle='g'"},
    ]
    checks = checks_of(call("dynamodb", "BatchExecuteStatement", Statements=statements))
    assert [(check.action, check.item) for check in checks] == [
        ("dynamodb:PartiQLSelect", statements[0]),
        ("dynamodb:PartiQLDelete", statements[1]),
    ]


@pytest.mark.parametrize(
    "text", ["", "DROP TABLE GameScores", "SELECT *", "UPDATE"], ids=["empty", "SQL", "cut", "bare"]
)
def test_what_is_no_statement_is_refused_before_anything_is_asked(call: Any, text: str) -> None:
    with pytest.raises(Unanswerable) as caught:
        checks_of(call("dynamodb", "ExecuteStatement", Statement=text))
    assert caught.value.code == "ValidationException"


def test_a_table_under_a_key_decrypts_its_table_key(aws: Callable[[str], Any], call: Any) -> None:
    key = aws("kms").create_key()["KeyMetadata"]
    aws("dynamodb").create_table(
        TableName="Books",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key["KeyId"]},
    )
    _, decrypt = checks_of(call("dynamodb", "GetItem", TableName="Books", Key={"id": {"S": "a"}}))
    assert (decrypt.action, decrypt.resource) == ("kms:Decrypt", key["Arn"])
    assert decrypt.context["kms:ViaService"] == "dynamodb.us-east-1.amazonaws.com"
    assert decrypt.context["kms:EncryptionContext:aws:dynamodb:tableName"] == "Books"
    assert decrypt.context["kms:EncryptionContext:aws:dynamodb:subscriberId"] == "123456789012"


def test_choosing_a_key_for_a_table_needs_what_dynamodb_does_with_it(
    aws: Callable[[str], Any], call: Any
) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    sse = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    checks = checks_of(call("dynamodb", "CreateTable", TableName="Books", SSESpecification=sse))
    asked = {check.action: check for check in checks}
    assert {
        "dynamodb:CreateTable",
        "kms:DescribeKey",
        "kms:CreateGrant",
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "kms:ReEncryptFrom",
    } <= set(asked)
    assert asked["kms:CreateGrant"].context["kms:GrantIsForAWSResource"] == "true"


def test_the_policy_of_the_table_counts_for_its_indexes(games: Any, call: Any) -> None:
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": ANN},
        "Action": "dynamodb:Query",
        "Resource": [GAMES, SCORES],
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": allow})
    games.put_resource_policy(ResourceArn=GAMES, Policy=text)
    (query,) = checks_of(call("dynamodb", "Query", **AT, IndexName="TopScores"))
    request = Request(ANN, query.action, query.resource, query.resource_account, query.context)
    assert evaluate(request, Policies(identity=[], resource=query.resource_policy)).allowed


def test_reading_a_stream_asks_about_the_stream(games: Any, call: Any) -> None:
    stream = games.describe_table(**AT)["Table"]["LatestStreamArn"]
    read = call("dynamodbstreams", "GetRecords", ShardIterator=f"{stream}|1|x")
    (check,) = checks_of(read)
    assert (check.action, check.resource) == ("dynamodb:GetRecords", stream)
    assert resources_of(read)[0]["ARN"] == stream


def test_the_trail_names_every_table_of_a_call(games: Any, call: Any) -> None:
    named = resources_of(call("dynamodb", "BatchGetItem", RequestItems={"a": {}, "b": {}}))
    assert [each["ARN"].rpartition("/")[2] for each in named] == ["a", "b"]
    (table,) = resources_of(call("dynamodb", "TransactWriteItems", TransactItems=TRANSACTION))
    assert table["ARN"] == GAMES
