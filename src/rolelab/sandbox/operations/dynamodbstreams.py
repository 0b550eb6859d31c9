"""What the operations of DynamoDB Streams ask.

Page: *Actions, resources, and condition keys for Amazon DynamoDB* (Service Authorization
Reference), resource type `stream`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolelab.sandbox.operations.row import Row, Table
from rolelab.sandbox.resource_policies import account_of
from rolelab.sandbox.resource_policies.dynamodb import table_policy

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call


def _of_iterator(call: Call) -> str:
    """The stream that a shard iterator reads: its ARN stands before the first bar."""
    stream, bar, _ = str(call.parameters.get("ShardIterator") or "").partition("|")
    return stream if bar and stream.startswith("arn:") else "*"


def _trail(call: Call) -> list[dict[str, str]]:
    arn = call.parameters.get("StreamArn") or _of_iterator(call)
    if arn == "*":
        return []
    owner = account_of(str(arn)) or call.account
    return [{"ARN": str(arn), "accountId": owner, "type": "AWS::DynamoDB::Stream"}]


TABLE = Table(
    prefix="dynamodb",
    attached=table_policy,
    trail=_trail,
    rows=(
        Row("DescribeStream", "dynamodb:DescribeStream", "{StreamArn}"),
        Row("GetRecords", "dynamodb:GetRecords", _of_iterator),
        Row("GetShardIterator", "dynamodb:GetShardIterator", "{StreamArn}"),
        Row("ListStreams", "dynamodb:ListStreams"),
    ),
)
