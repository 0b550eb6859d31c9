"""DynamoDB: tables, without their items."""

from __future__ import annotations

from typing import Any

from rolelab.templates.account_reading import Account
from rolelab.templates.found import Findings, Found, Identifier, LeftOut, counted, given
from rolelab.templates.services.tags import tags


def read(account: Account) -> Findings:
    """Give the tables of the account. Page: *AWS::DynamoDB::Table*."""
    for name in account.pages("dynamodb", "list_tables", "TableNames"):
        table = account.client("dynamodb").describe_table(TableName=name)["Table"]
        arn = table["TableArn"]
        yield Found(
            "AWS::DynamoDB::Table",
            name,
            arn,
            name,
            _properties(account, table),
            (Identifier(arn, "Arn", followed_by="/"),),
            keeps_data=True,
            lasting_name=True,
        )
        count = table.get("ItemCount", 0)
        if count:
            yield LeftOut(f"table {name}: {counted(count, 'item')}", "a template carries no data")


def _properties(account: Account, table: dict[str, Any]) -> dict[str, Any]:
    name, on_demand = table["TableName"], _on_demand(table)
    return given(
        TableName=name,
        BillingMode="PAY_PER_REQUEST" if on_demand else None,
        AttributeDefinitions=table["AttributeDefinitions"],
        KeySchema=table["KeySchema"],
        ProvisionedThroughput=None if on_demand else _throughput(table),
        GlobalSecondaryIndexes=[
            given(
                IndexName=index["IndexName"],
                KeySchema=index["KeySchema"],
                Projection=index["Projection"],
                ProvisionedThroughput=None if on_demand else _throughput(index),
            )
            for index in table.get("GlobalSecondaryIndexes") or ()
        ],
        LocalSecondaryIndexes=[
            {member: index[member] for member in ("IndexName", "KeySchema", "Projection")}
            for index in table.get("LocalSecondaryIndexes") or ()
        ],
        SSESpecification=_encryption(table),
        StreamSpecification=_stream(table),
        DeletionProtectionEnabled=table.get("DeletionProtectionEnabled") or None,
        PointInTimeRecoverySpecification=_recovery(account, name),
        TimeToLiveSpecification=_time_to_live(account, name),
        Tags=tags(
            account.pages(
                "dynamodb", "list_tags_of_resource", "Tags", ResourceArn=table["TableArn"]
            )
        ),
    )


def _on_demand(table: dict[str, Any]) -> bool:
    return bool(table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST")


def _throughput(table: dict[str, Any]) -> dict[str, int]:
    given_ = table["ProvisionedThroughput"]
    return {name: given_[name] for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _encryption(table: dict[str, Any]) -> Any:
    described = table.get("SSEDescription")
    if not described or described.get("Status") not in ("ENABLED", "UPDATING"):
        return None
    return given(
        SSEEnabled=True,
        SSEType=described.get("SSEType"),
        KMSMasterKeyId=described.get("KMSMasterKeyArn"),
    )


def _stream(table: dict[str, Any]) -> Any:
    stream = table.get("StreamSpecification") or {}
    view = stream.get("StreamViewType")
    return {"StreamViewType": view} if stream.get("StreamEnabled") else None


def _recovery(account: Account, name: str) -> Any:
    answer = account.client("dynamodb").describe_continuous_backups(TableName=name)
    described = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    enabled = described.get("PointInTimeRecoveryStatus") == "ENABLED"
    return {"PointInTimeRecoveryEnabled": True} if enabled else None


def _time_to_live(account: Account, name: str) -> Any:
    answer = account.client("dynamodb").describe_time_to_live(TableName=name)
    described = answer["TimeToLiveDescription"]
    if described.get("TimeToLiveStatus") != "ENABLED":
        return None
    return {"AttributeName": described["AttributeName"], "Enabled": True}
