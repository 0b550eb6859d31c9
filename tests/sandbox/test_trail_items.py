"""What records of calls about DynamoDB items show.

Page: *Understanding DynamoDB log file entries*.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from rolelab.sandbox.operations.dynamodb_partiql import redacted
from tests.sandbox.people import error_of

if TYPE_CHECKING:
    from rolelab.sandbox.account import Sandbox

KEY = {"id": {"S": "a"}}
SECRET = {"S": "hunter2"}
ITEM = {**KEY, "note": SECRET}
SHOWN_KEY = {"id": "a"}
VALUES = {":v": SECRET}
AT = {"TableName": "Games"}


@pytest.fixture
def games(sandbox: Sandbox) -> Any:
    """A table with an item."""
    client = boto3.client("dynamodb")
    client.create_table(
        **AT,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(**AT, Item=ITEM)
    return client


SHOWN: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "an item that is put: its key, and its attributes' names": (
        "put_item",
        {**AT, "Item": ITEM, "ReturnValues": "ALL_OLD"},
        {
            "tableName": "Games",
            "key": SHOWN_KEY,
            "item": ["id", "note"],
            "returnValues": "ALL_OLD",
        },
    ),
    "an update: the expression without its values": (
        "update_item",
        {
            **AT,
            "Key": KEY,
            "UpdateExpression": "SET #n = :v",
            "ExpressionAttributeNames": {"#n": "note"},
            "ExpressionAttributeValues": VALUES,
        },
        {
            "tableName": "Games",
            "key": SHOWN_KEY,
            "updateExpression": "SET #n = :v",
            "expressionAttributeNames": {"#n": "note"},
        },
    ),
    "what stands at an attribute: the attribute's name": (
        "update_item",
        {**AT, "Key": KEY, "AttributeUpdates": {"note": {"Value": SECRET}}},
        {"tableName": "Games", "key": SHOWN_KEY, "attributeUpdates": ["note"]},
    ),
    "a query": (
        "query",
        {
            **AT,
            "KeyConditionExpression": "id = :v",
            "ExpressionAttributeValues": VALUES,
        },
        {"tableName": "Games", "keyConditionExpression": "id = :v"},
    ),
    "a scan": (
        "scan",
        {
            **AT,
            "ScanFilter": {"note": {"ComparisonOperator": "EQ", "AttributeValueList": [SECRET]}},
            "ExclusiveStartKey": KEY,
        },
        {"tableName": "Games", "scanFilter": ["note"], "exclusiveStartKey": SHOWN_KEY},
    ),
    "keys of several items": (
        "batch_get_item",
        {"RequestItems": {"Games": {"Keys": [KEY]}}},
        {"requestItems": {"Games": {"keys": [SHOWN_KEY]}}},
    ),
    "several items that are written": (
        "batch_write_item",
        {
            "RequestItems": {
                "Games": [
                    {"PutRequest": {"Item": {"id": {"S": "b"}, "note": SECRET}}},
                    {"DeleteRequest": {"Key": KEY}},
                ]
            }
        },
        {
            "requestItems": {
                "Games": [
                    {"putRequest": {"key": {"id": "b"}, "item": ["id", "note"]}},
                    {"deleteRequest": {"key": SHOWN_KEY}},
                ]
            }
        },
    ),
    "a transaction: each part with its operation": (
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {**AT, "Item": {"id": {"S": "b"}, "note": SECRET}}},
                {
                    "ConditionCheck": {
                        **AT,
                        "Key": KEY,
                        "ConditionExpression": "note = :v",
                        "ExpressionAttributeValues": VALUES,
                    }
                },
            ],
            "ClientRequestToken": "token",
        },
        {
            "requestItems": [
                {
                    "operation": "Put",
                    "tableName": "Games",
                    "key": {"id": "b"},
                    "items": ["id", "note"],
                },
                {
                    "operation": "ConditionCheck",
                    "tableName": "Games",
                    "key": SHOWN_KEY,
                    "conditionExpression": "note = :v",
                },
            ],
            "clientRequestToken": "token",
        },
    ),
    "a statement: only values of the key": (
        "execute_statement",
        {"Statement": "SELECT * FROM \"Games\" WHERE id = 'a' AND note = 'hunter2'"},
        {"statement": "SELECT * FROM \"Games\" WHERE id = 'a' AND note = ***(Redacted)"},
    ),
    "a statement's parameters": (
        "execute_statement",
        {"Statement": 'SELECT * FROM "Games" WHERE note = ?', "Parameters": [SECRET]},
        {"statement": 'SELECT * FROM "Games" WHERE note = ?'},
    ),
    "several statements": (
        "batch_execute_statement",
        {"Statements": [{"Statement": "DELETE FROM Games WHERE id = 'a'"}]},
        {"requestItems": [{"statement": "DELETE FROM Games WHERE id = 'a'"}]},
    ),
}


@pytest.mark.parametrize(("operation", "given", "shown"), SHOWN.values(), ids=SHOWN)
def test_a_record_shows_no_values_but_those_of_keys(
    games: Any, sandbox: Sandbox, operation: str, given: dict[str, Any], shown: dict[str, Any]
) -> None:
    getattr(games, operation)(**given)
    record = sandbox.trail[-1]
    assert record["requestParameters"] == shown
    assert record["responseElements"] is None
    assert "hunter2" not in json.dumps(record)


def test_without_the_table_nobody_knows_its_key(sandbox: Sandbox) -> None:
    error_of(boto3.client("dynamodb").put_item, **AT, Item=ITEM)
    shown = sandbox.trail[-1]["requestParameters"]
    assert shown == {"tableName": "Games", "item": ["id", "note"]}


HIDDEN = "***(Redacted)"
STATEMENTS = {
    "an insert hides the key, too": (
        "INSERT INTO Music VALUE {'Artist' : 'x', 'Year' : 1, 'On' : true}",
        f"INSERT INTO Music VALUE {{'Artist' : {HIDDEN}, 'Year' : {HIDDEN}, 'On' : {HIDDEN}}}",
    ),
    "a value is hidden as a whole": (
        "INSERT INTO Music VALUE {'a': {'b': [1, <<'x'>>]}, 'c': ['x']}",
        f"INSERT INTO Music VALUE {{'a': {HIDDEN}, 'c': {HIDDEN}}}",
    ),
    "an update": (
        "UPDATE Music SET Album = 'x' SET Tags[0] = 'it''s' REMOVE b WHERE Artist = 'y'",
        f"UPDATE Music SET Album = {HIDDEN} SET Tags[0] = {HIDDEN} REMOVE b WHERE Artist = 'y'",
    ),
    "a key that is set is no key to find": (
        "UPDATE Music SET Artist = 'x' WHERE Artist = 'y'",
        f"UPDATE Music SET Artist = {HIDDEN} WHERE Artist = 'y'",
    ),
    "lists and ranges": (
        "SELECT * FROM Music WHERE Artist IN ['x', 'y'] AND Year IN [1, 2]",
        f"SELECT * FROM Music WHERE Artist IN ['x', 'y'] AND Year IN {HIDDEN}",
    ),
    "from one value to another": (
        "SELECT * FROM Music WHERE Artist BETWEEN 'x' AND 'y' AND Year BETWEEN 1 AND 2",
        f"SELECT * FROM Music WHERE Artist BETWEEN 'x' AND 'y' AND Year BETWEEN {HIDDEN} "
        f"AND {HIDDEN}",
    ),
    "the value first": (
        "SELECT * FROM Music WHERE Artist = 'x' AND 'y' = Year",
        f"SELECT * FROM Music WHERE Artist = 'x' AND {HIDDEN} = Year",
    ),
    "functions": (
        "SELECT * FROM Music WHERE begins_with(Artist, 'x') AND contains(Year, 'y')",
        f"SELECT * FROM Music WHERE begins_with(Artist, 'x') AND contains(Year, {HIDDEN})",
    ),
    "what has no end": (
        "SELECT * FROM Music WHERE Year = 'x",
        f"SELECT * FROM Music WHERE Year = {HIDDEN}",
    ),
}


@pytest.mark.parametrize(("given", "shown"), STATEMENTS.values(), ids=STATEMENTS)
def test_statements_lose_their_values(given: str, shown: str) -> None:
    assert redacted(given, {"Artist"}) == shown
