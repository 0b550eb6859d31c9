"""DynamoDB Streams behind an account's own address.

boto3 sends calls that name a stream's ARN to `<account>.streams-ddb.<Region>.amazonaws.com`, which
moto does not know. AWS page: *AWS account-based endpoints*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.resource_policies import account_of
from rolelab.sandbox.resource_policies.dynamodb import table

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.fixes import Serve

_MOST_RECORDS = 1000
"""Records that one call gives at most (*GetRecords*)."""


@fix("dynamodbstreams", "DescribeStream")
def describe_stream(call: Call, response: Any, serve: Serve) -> Answer:
    """Describe a stream, whichever address was called."""
    arn = _stream(call)
    return Answer(StreamDescription=_backend(call, arn).describe_stream(arn))


@fix("dynamodbstreams", "GetShardIterator")
def get_shard_iterator(call: Call, response: Any, serve: Serve) -> Answer:
    """Give an iterator, whichever address was called."""
    arn = _stream(call)
    given = call.parameters
    shards = _backend(call, arn).describe_stream(arn)["Shards"]
    if given["ShardId"] not in {each["ShardId"] for each in shards}:
        raise ServiceError(
            "ResourceNotFoundException",
            f"Requested resource not found: Shard: {given['ShardId']} in stream: {arn} not found",
        )
    number = given.get("SequenceNumber")
    iterator = _backend(call, arn).get_shard_iterator(
        arn,
        given["ShardId"],
        given["ShardIteratorType"],
        None if number is None else int(number),
    )
    return Answer(ShardIterator=iterator.arn)


@fix("dynamodbstreams", "GetRecords")
def get_records(call: Call, response: Any, serve: Serve) -> Answer:
    """moto stops at an iterator that it has not given out."""
    iterator = str(call.parameters["ShardIterator"])
    stream = iterator.partition("|")[0]
    if table(stream) is None or iterator not in _backend(call, stream).shard_iterators:
        raise ServiceError("ValidationException", "Invalid ShardIterator.")
    limit = int(call.parameters.get("Limit") or _MOST_RECORDS)
    return Answer(_backend(call, stream).get_records(iterator, limit))


def _stream(call: Call) -> str:
    arn = str(call.parameters["StreamArn"])
    found = table(arn)
    if found is None or found.latest_stream_label != arn.rpartition("/")[2]:
        raise ServiceError(
            "ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found"
        )
    return arn


def _backend(call: Call, arn: str) -> Any:
    from moto.dynamodbstreams.models import dynamodbstreams_backends

    return dynamodbstreams_backends[account_of(arn) or call.account][arn.split(":")[3]]
