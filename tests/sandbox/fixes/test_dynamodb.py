"""DynamoDB behind the gate: resource policies, sentences, statements, streams.

Pages: *PutResourcePolicy*, *DeleteResourcePolicy*, *BatchExecuteStatement* (Amazon DynamoDB API
Reference); *Using resource-based policies for DynamoDB*; *Reserved words in DynamoDB*.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from rolelab.sandbox.account import Sandbox
    from tests.sandbox.fixes.conftest import Refused

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/Games"
OTHER = "222233334444"
NEW: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
}
ALLOW = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
    "Action": "dynamodb:GetItem",
    "Resource": ARN,
}
KEY = {"id": {"S": "a"}}


def policy(**elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{**ALLOW, **elements}]})


@pytest.fixture
def games(sandbox: Sandbox) -> Any:
    """A table with an item and a stream."""
    client = boto3.client("dynamodb")
    client.create_table(TableName="Games", **NEW)
    client.put_item(TableName="Games", Item=KEY)
    return client


REFUSED = {
    "no JSON": "{nothing",
    "a principal that does not exist": policy(
        Principal={"AWS": "arn:aws:iam::123456789012:role/nobody"}
    ),
    "public access": policy(Principal="*"),
    "larger than 20 KB": policy(Sid="x" * 20480),
    "a lock-out that nobody confirmed": policy(
        Effect="Deny", Principal="*", Action="dynamodb:PutResourcePolicy"
    ),
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_a_table_refuses_what_is_no_policy_of_it(games: Any, refused: Refused, text: str) -> None:
    code, _ = refused(games.put_resource_policy, ResourceArn=ARN, Policy=text)
    assert code == "ValidationException"
    assert refused(games.get_resource_policy, ResourceArn=ARN)[0] == "PolicyNotFoundException"


def test_a_lock_out_can_be_confirmed(games: Any) -> None:
    text = policy(Effect="Deny", Principal="*", Action="dynamodb:PutResourcePolicy")
    games.put_resource_policy(ResourceArn=ARN, Policy=text, ConfirmRemoveSelfResourceAccess=True)


def test_the_same_policy_keeps_its_revision(games: Any, refused: Refused) -> None:
    first = games.put_resource_policy(ResourceArn=ARN, Policy=policy())["RevisionId"]
    assert games.put_resource_policy(ResourceArn=ARN, Policy=policy())["RevisionId"] == first
    for expected in ("NO_POLICY", "1"):
        given = {"ResourceArn": ARN, "Policy": policy(), "ExpectedRevisionId": expected}
        assert refused(games.put_resource_policy, **given)[0] == "PolicyNotFoundException"


def test_the_policy_decides_about_another_account(
    sandbox: Sandbox, games: Any, refused: Refused
) -> None:
    foreign = sandbox.admin(OTHER).client("dynamodb")
    given = {"TableName": ARN, "Key": KEY}
    assert refused(foreign.get_item, **given)[0] == "AccessDeniedException"
    games.put_resource_policy(ResourceArn=ARN, Policy=policy())
    assert foreign.get_item(**given)["Item"] == KEY
    assert refused(foreign.delete_item, **given)[0] == "AccessDeniedException"


def test_a_policy_comes_and_goes_with_its_table(sandbox: Sandbox, refused: Refused) -> None:
    client = boto3.client("dynamodb")
    client.create_table(TableName="Games", **NEW, ResourcePolicy=policy())
    assert json.loads(client.get_resource_policy(ResourceArn=ARN)["Policy"])["Statement"]
    client.delete_table(TableName="Games")
    client.create_table(TableName="Games", **NEW)
    assert refused(client.get_resource_policy, ResourceArn=ARN)[0] == "PolicyNotFoundException"
    # Deleting what is not there is no error.
    assert "RevisionId" not in client.delete_resource_policy(ResourceArn=ARN)


def test_a_stream_has_a_policy_of_its_own(sandbox: Sandbox, games: Any, refused: Refused) -> None:
    stream = games.describe_table(TableName="Games")["Table"]["LatestStreamArn"]
    foreign = sandbox.admin(OTHER).client("dynamodbstreams")
    assert refused(foreign.describe_stream, StreamArn=stream)[0] == "AccessDeniedException"
    text = policy(Action="dynamodb:*", Resource=stream)
    games.put_resource_policy(ResourceArn=stream, Policy=text)
    assert foreign.describe_stream(StreamArn=stream)["StreamDescription"]["TableName"] == "Games"


def test_records_of_a_stream(games: Any, refused: Refused) -> None:
    streams = boto3.client("dynamodbstreams")
    stream = games.describe_table(TableName="Games")["Table"]["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    given = {"StreamArn": stream, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = streams.get_shard_iterator(**given, ShardId=shard["ShardId"])["ShardIterator"]
    (record,) = streams.get_records(ShardIterator=iterator)["Records"]
    assert record["dynamodb"]["Keys"] == KEY
    assert refused(streams.get_shard_iterator, **given, ShardId="shardId-" + "0" * 28)[0] == (
        "ResourceNotFoundException"
    )
    assert refused(streams.get_records, ShardIterator=f"{stream}|1|x")[0] == "ValidationException"
    assert refused(streams.describe_stream, StreamArn=f"{stream}x")[0] == (
        "ResourceNotFoundException"
    )


QUERY = {"TableName": "Games", "ExpressionAttributeValues": {":a": {"S": "a"}}}
SAID: dict[str, tuple[str, dict[str, Any], tuple[str, str]]] = {
    "a reserved word in a key condition": (
        "query",
        {**QUERY, "KeyConditionExpression": "name = :a"},
        (
            "ValidationException",
            "Invalid KeyConditionExpression: Attribute name is a reserved keyword; "
            "reserved keyword: name",
        ),
    ),
    "a reserved word in a filter": (
        "scan",
        {**QUERY, "FilterExpression": "status = :a"},
        (
            "ValidationException",
            "Invalid FilterExpression: Attribute name is a reserved keyword; "
            "reserved keyword: status",
        ),
    ),
    "an index that is not there": (
        "query",
        {**QUERY, "IndexName": "TopScores", "KeyConditionExpression": "id = :a"},
        (
            "ValidationException",
            "The table does not have the specified index: TopScores",
        ),
    ),
    "a table that is not there, by its operations": (
        "delete_table",
        {"TableName": "Books"},
        ("ResourceNotFoundException", "Requested resource not found: Table: Books not found"),
    ),
    "a table that is not there, by its items": (
        "get_item",
        {"TableName": "Books", "Key": KEY},
        ("ResourceNotFoundException", "Requested resource not found"),
    ),
    "a condition that fails": (
        "put_item",
        {
            "TableName": "Games",
            "Item": KEY,
            "ConditionExpression": "attribute_not_exists(id)",
        },
        ("ConditionalCheckFailedException", "The conditional request failed"),
    ),
}


@pytest.mark.parametrize(("operation", "given", "said"), SAID.values(), ids=SAID)
def test_what_dynamodb_says(
    games: Any, refused: Refused, operation: str, given: dict[str, Any], said: tuple[str, str]
) -> None:
    assert refused(getattr(games, operation), **given) == said


@pytest.mark.parametrize(
    ("item", "left"),
    [({"id": {"S": "new"}}, {}), ({**KEY, "n": {"N": "1"}}, {"n": {"N": "1"}})],
    ids=["an item that is not there is made of its key", "one that is there stays as it is"],
)
def test_an_update_need_not_say_what_changes(
    games: Any, item: dict[str, Any], left: dict[str, Any]
) -> None:
    key = {"id": item["id"]}
    if left:
        games.put_item(TableName="Games", Item=item)
    answer = games.update_item(TableName="Games", Key=key, ReturnValues="ALL_NEW")
    assert answer["Attributes"] == {**key, **left}
    assert games.get_item(TableName="Games", Key=key)["Item"] == {**key, **left}


def test_an_update_that_says_nothing_still_has_its_condition(games: Any, refused: Refused) -> None:
    given = {"TableName": "Games", "Key": KEY, "ConditionExpression": "attribute_not_exists(id)"}
    assert refused(games.update_item, **given)[0] == "ConditionalCheckFailedException"


def test_an_alias_makes_a_reserved_word_a_name(games: Any) -> None:
    names = {"#n": "name"}
    given = {**QUERY, "FilterExpression": "#n = :a", "ExpressionAttributeNames": names}
    assert games.scan(**given)["Items"] == []


def test_a_table_is_not_put_under_a_key_that_does_not_exist(games: Any, refused: Refused) -> None:
    sse = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/none"}
    given = {"TableName": "Books", **NEW, "SSESpecification": sse}
    assert refused(games.create_table, **given)[0] == "ValidationException"


def test_statements_of_a_batch_are_answered_one_by_one(
    games: Any, user: Callable[..., boto3.Session]
) -> None:
    allow = {"Effect": "Allow", "Action": "dynamodb:PartiQLSelect", "Resource": ARN}
    reader = user(policy=json.dumps({"Version": "2012-10-17", "Statement": allow}))
    read, deleted = (
        reader.client("dynamodb")
        .batch_execute_statement(
            Statements=[
                {"Statement": "SELECT * FROM \"Games\" WHERE id = 'a'"},
                {"Statement": "DELETE FROM \"Games\" WHERE id = 'a'"},
            ]
        )
        .get("Responses")
    )
    assert read["Item"] == KEY
    assert deleted["Error"]["Code"] == "AccessDenied"
    assert "dynamodb:PartiQLDelete" in deleted["Error"]["Message"]
    assert games.get_item(TableName="Games", Key=KEY)["Item"] == KEY


# The leading keys of a caller, end to end: *Using IAM policy conditions for fine-grained access
# control*, example 1.
@pytest.fixture
def alice(games: Any, user: Callable[..., boto3.Session]) -> Any:
    mine = {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan"],
        "Resource": ARN,
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}},
    }
    return user("alice", json.dumps({"Version": "2012-10-17", "Statement": mine})).client(
        "dynamodb"
    )


@pytest.mark.parametrize(
    ("ids", "allowed"),
    [(["alice"], True), (["bob"], False), (["alice", "bob"], False)],
    ids=["her own item", "somebody else's", "one of each"],
)
def test_leading_keys(alice: Any, refused: Refused, ids: list[str], allowed: bool) -> None:
    items = {"Games": {"Keys": [{"id": {"S": each}} for each in ids]}}
    if allowed:
        alice.batch_get_item(RequestItems=items)
    else:
        code, _ = refused(alice.batch_get_item, RequestItems=items)
        assert code == "AccessDeniedException"


def test_for_all_values_holds_where_there_are_none(alice: Any) -> None:
    """A scan has no leading keys, so the condition lets it read every item."""
    assert alice.scan(TableName="Games")["Items"] == [KEY]
