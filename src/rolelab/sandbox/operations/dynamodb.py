"""What the operations of DynamoDB ask.

Pages: *Actions, resources, and condition keys for Amazon DynamoDB* (Service Authorization
Reference); *Using IAM policy conditions for fine-grained access control*; *Using IAM with DynamoDB
transactions*; *IAM security policies with PartiQL for DynamoDB*; *Using resource-based policies for
DynamoDB*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Value
from rolelab.sandbox.operations.dynamodb_items import (
    READS_KEY,
    TAKES_KEY,
    batch_get,
    batch_write,
    one_item,
    statement,
    statements,
    table_arn,
    tags_of,
    takes_key,
    transacted_statements,
    transaction,
)
from rolelab.sandbox.operations.row import Derived, Resource, Row, Table
from rolelab.sandbox.resource_policies import account_of
from rolelab.sandbox.resource_policies.dynamodb import table_policy

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

TABLE_NAME = "arn:{partition}:dynamodb:{region}:{account}:table/{TableName}"
NEW_TABLE = "arn:{partition}:dynamodb:{region}:{account}:table/{TargetTableName}"
IMPORTED = "arn:{partition}:dynamodb:{region}:{account}:table/{TableCreationParameters.TableName}"
GLOBAL_TABLE = "arn:{partition}:dynamodb::{account}:global-table/{GlobalTableName}"


def _index_or_table(call: Call) -> str:
    named = call.parameters.get("TableName")
    if not named:
        return "*"
    arn = table_arn(str(named), call)
    index = call.parameters.get("IndexName")
    return f"{arn}/index/{index}" if index else arn


def _source_table(call: Call) -> str:
    named = call.parameters.get("SourceTableArn") or call.parameters.get("SourceTableName")
    return table_arn(str(named), call) if named else "*"


def _tags(call: Call, arn: str) -> Mapping[str, Value]:
    return tags_of(arn)


def _about(operation: str, resource: Resource = TABLE_NAME, **columns: Any) -> Row:
    """Give the row of an operation on a table that exists."""
    return Row(operation, f"dynamodb:{operation}", resource, context=(_tags,), **columns)


# A restored table is filled by the caller. Page: *Backing up and restoring DynamoDB tables with
# IAM*.
_FILLS = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")

_ITEMS: Mapping[str, tuple[str, ...]] = {
    "BatchGetItem": ("BatchGetItem",),
    "BatchWriteItem": ("BatchWriteItem",),
    "DeleteItem": ("DeleteItem",),
    "GetItem": ("GetItem",),
    "PutItem": ("PutItem",),
    "Query": ("Query",),
    "Scan": ("Scan",),
    "UpdateItem": ("UpdateItem",),
    "TransactGetItems": ("GetItem",),
    "TransactWriteItems": ("ConditionCheckItem", "PutItem", "DeleteItem", "UpdateItem"),
    "ExecuteStatement": ("PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"),
    "ExecuteTransaction": ("PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"),
    "BatchExecuteStatement": (
        "PartiQLSelect",
        "PartiQLInsert",
        "PartiQLUpdate",
        "PartiQLDelete",
    ),
}
_ASKED_BY = {
    "BatchGetItem": batch_get,
    "BatchWriteItem": batch_write,
    "TransactGetItems": transaction,
    "TransactWriteItems": transaction,
    "ExecuteStatement": statement,
    "ExecuteTransaction": transacted_statements,
    "BatchExecuteStatement": statements,
}


def _about_items(operation: str) -> Derived:
    asked = tuple(f"dynamodb:{action}" for action in _ITEMS[operation])
    return Derived(operation, _ASKED_BY.get(operation, one_item), actions=(*asked, *READS_KEY))


def _trail(call: Call) -> list[dict[str, str]]:
    """Page: *Logging DynamoDB operations by using AWS CloudTrail*, "resources"."""
    given = call.parameters
    arns = [table_arn(str(name), call) for name in given.get("RequestItems") or ()]
    arns += [
        table_arn(str(part.get("TableName", "")), call)
        for entry in given.get("TransactItems") or ()
        for part in entry.values()
        if part
    ]
    named = given.get("TableName") or given.get("ResourceArn")
    if named:
        arns.append(table_arn(str(named), call))
    return [
        {"ARN": arn, "accountId": account_of(arn) or call.account, "type": "AWS::DynamoDB::Table"}
        for arn in dict.fromkeys(arns)
    ]


TABLE = Table(
    prefix="dynamodb",
    attached=table_policy,
    trail=_trail,
    rows=(
        *(_about_items(operation) for operation in _ITEMS),
        *(
            _about(operation)
            for operation in (
                "CreateBackup",
                "DeleteTable",
                "DescribeContinuousBackups",
                "DescribeKinesisStreamingDestination",
                "DescribeTable",
                "DescribeTableReplicaAutoScaling",
                "DescribeTimeToLive",
                "DisableKinesisStreamingDestination",
                "EnableKinesisStreamingDestination",
                "UpdateContinuousBackups",
                "UpdateKinesisStreamingDestination",
                "UpdateTable",
                "UpdateTableReplicaAutoScaling",
                "UpdateTimeToLive",
            )
        ),
        Derived("UpdateTable", takes_key, actions=TAKES_KEY),
        _about("DescribeContributorInsights", _index_or_table),
        _about("UpdateContributorInsights", _index_or_table),
        Row("CreateTable", "dynamodb:CreateTable", TABLE_NAME, request_tags="Tags"),
        Row("CreateTable", "dynamodb:TagResource", TABLE_NAME, request_tags="Tags", when="Tags"),
        # Page: *Create a table with a resource-based policy*.
        Row("CreateTable", "dynamodb:PutResourcePolicy", TABLE_NAME, when="ResourcePolicy"),
        Derived("CreateTable", takes_key, actions=TAKES_KEY),
        _about("DeleteResourcePolicy", "{ResourceArn}"),
        _about("GetResourcePolicy", "{ResourceArn}"),
        _about("PutResourcePolicy", "{ResourceArn}"),
        _about("ListTagsOfResource", "{ResourceArn}"),
        _about("TagResource", "{ResourceArn}", request_tags="Tags"),
        _about("UntagResource", "{ResourceArn}", tag_keys="TagKeys"),
        Row("DeleteBackup", "dynamodb:DeleteBackup", "{BackupArn}"),
        Row("DescribeBackup", "dynamodb:DescribeBackup", "{BackupArn}"),
        Row("DescribeExport", "dynamodb:DescribeExport", "{ExportArn}"),
        Row("DescribeImport", "dynamodb:DescribeImport", "{ImportArn}"),
        _about("ExportTableToPointInTime", "{TableArn}"),
        Row("ImportTable", "dynamodb:ImportTable", IMPORTED),
        Row("RestoreTableFromBackup", "dynamodb:RestoreTableFromBackup", "{BackupArn}"),
        Row("RestoreTableFromBackup", "dynamodb:RestoreTableFromBackup", NEW_TABLE),
        *(Row("RestoreTableFromBackup", f"dynamodb:{each}", NEW_TABLE) for each in _FILLS),
        Derived("RestoreTableFromBackup", takes_key, actions=TAKES_KEY),
        _about("RestoreTableToPointInTime", _source_table),
        Row("RestoreTableToPointInTime", "dynamodb:RestoreTableToPointInTime", NEW_TABLE),
        *(Row("RestoreTableToPointInTime", f"dynamodb:{each}", NEW_TABLE) for each in _FILLS),
        Derived("RestoreTableToPointInTime", takes_key, actions=TAKES_KEY),
        Row("DescribeGlobalTable", "dynamodb:DescribeGlobalTable", GLOBAL_TABLE),
        Row("DescribeGlobalTableSettings", "dynamodb:DescribeGlobalTableSettings", GLOBAL_TABLE),
        Row("DescribeEndpoints", "dynamodb:DescribeEndpoints"),
        Row("DescribeLimits", "dynamodb:DescribeLimits"),
        Row("ListBackups", "dynamodb:ListBackups"),
        Row("ListContributorInsights", "dynamodb:ListContributorInsights"),
        Row("ListExports", "dynamodb:ListExports"),
        Row("ListGlobalTables", "dynamodb:ListGlobalTables"),
        Row("ListImports", "dynamodb:ListImports"),
        Row("ListTables", "dynamodb:ListTables"),
    ),
)
