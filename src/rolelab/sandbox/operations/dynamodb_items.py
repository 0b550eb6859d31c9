"""What calls about items fill into DynamoDB's own condition keys, and the key they need in KMS.

Pages: *Using IAM policy conditions for fine-grained access control*; *Using IAM with DynamoDB
transactions*; *IAM security policies with PartiQL for DynamoDB*; *DynamoDB encryption at rest usage
notes*.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check, Unanswerable, Value
from rolelab.sandbox.operations.dynamodb_expressions import attributes_in, equal_value, text_of
from rolelab.sandbox.operations.dynamodb_partiql import Malformed, Statement, read
from rolelab.sandbox.operations.key_use import key_use
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.operations.row import resource_tag_context, tag_pairs
from rolelab.sandbox.resource_policies.dynamodb import table, table_policy

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

Parameters = Mapping[str, Any]

_EXPRESSIONS = (
    "FilterExpression",
    "KeyConditionExpression",
    "ConditionExpression",
    "UpdateExpression",
)
# Parameters whose keys are names of attributes.
_MAPS = (
    "Key",
    "Item",
    "AttributeUpdates",
    "Expected",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
)


def table_arn(named: str, call: Call) -> str:
    """Give the ARN of a table, which is named or given as an ARN. Page: *GetItem*, "TableName"."""
    if named.startswith("arn:"):
        return named
    return f"arn:{call.partition}:dynamodb:{call.region}:{call.account}:table/{named}"


def tags_of(arn: str) -> Mapping[str, Value]:
    """Give `aws:ResourceTag/*` of a table or an index, which has the tags of its table.

    Page: *Using attribute-based access control with DynamoDB*.
    """
    found = None if "/stream/" in arn else table(arn)
    return {} if found is None else resource_tag_context(tag_pairs(found.tags))


def data_check(
    call: Call,
    action: str,
    arn: str,
    keys: Mapping[str, Value],
    item: object | None = None,
) -> Check:
    """Give the check of an action on a table's data."""
    known = table_policy(arn)
    return Check(action, arn, known.account, {**tags_of(arn), **keys}, known.policy, None, item)


def one_item(call: Call) -> Iterable[Check]:
    """Give what GetItem, PutItem, UpdateItem, DeleteItem, Query and Scan ask."""
    given = call.parameters
    arn = table_arn(str(given.get("TableName", "")), call) if given.get("TableName") else "*"
    if given.get("IndexName") and arn != "*":
        arn = f"{arn}/index/{given['IndexName']}"
    action = f"dynamodb:{call.operation}"
    yield data_check(call, action, arn, item_keys(call.operation, given, arn))
    yield from reads_key(call, arn)


def batch_get(call: Call) -> Iterable[Check]:
    """Give what BatchGetItem asks: once for each table, about all the keys in it."""
    for named, wanted in _tables(call):
        arn = table_arn(named, call)
        name = _partition_key(arn)
        rows = wanted.get("Keys") or ()
        keys = {
            **_leading(text_of(row.get(name)) for row in rows),
            **_attributes([*(each for row in rows for each in row), *_asked_for(wanted)]),
            "dynamodb:Select": _select("GetItem", wanted, arn),
            **_given(call.parameters, "ReturnConsumedCapacity"),
        }
        yield data_check(call, "dynamodb:BatchGetItem", arn, keys)
        yield from reads_key(call, arn)


def batch_write(call: Call) -> Iterable[Check]:
    """Give what BatchWriteItem asks: once for each table, about all that is put and deleted."""
    for named, requests in _tables(call):
        arn = table_arn(named, call)
        name = _partition_key(arn)
        rows = [
            row
            for request in requests
            for row in (
                request.get("PutRequest", {}).get("Item") or {},
                request.get("DeleteRequest", {}).get("Key") or {},
            )
            if row
        ]
        keys = {
            **_leading(text_of(row.get(name)) for row in rows),
            **_attributes(each for row in rows for each in row),
            **_given(call.parameters, "ReturnConsumedCapacity"),
        }
        yield data_check(call, "dynamodb:BatchWriteItem", arn, keys)
        yield from reads_key(call, arn)


# What an entry of a transaction is -> the permission that governs it.
_PARTS = {
    "ConditionCheck": "ConditionCheckItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
}


def transaction(call: Call) -> Iterable[Check]:
    """Give what TransactGetItems and TransactWriteItems ask: the action of every entry."""
    for entry in call.parameters.get("TransactItems") or ():
        for part, operation in _PARTS.items():
            given = entry.get(part)
            if given is None:
                continue
            arn = table_arn(str(given.get("TableName", "")), call)
            returned = given.get("ReturnValuesOnConditionCheckFailure")
            keys = {
                **item_keys(operation, {**given, "ReturnValues": returned}, arn),
                **_given(call.parameters, "ReturnConsumedCapacity"),
                "dynamodb:EnclosingOperation": call.operation,
            }
            yield data_check(call, f"dynamodb:{operation}", arn, keys)
            yield from reads_key(call, arn)


def statement(call: Call) -> Iterable[Check]:
    """Give what ExecuteStatement asks."""
    yield from _of_statement(call, call.parameters, None, None)


def statements(call: Call) -> Iterable[Check]:
    """Give what BatchExecuteStatement asks; each statement is answered by itself."""
    for each in call.parameters.get("Statements") or ():
        yield from _of_statement(call, each, None, each)


def transacted_statements(call: Call) -> Iterable[Check]:
    """Give what ExecuteTransaction asks."""
    for each in call.parameters.get("TransactStatements") or ():
        yield from _of_statement(call, each, call.operation, None)


def _of_statement(
    call: Call, given: Parameters, enclosing: str | None, item: object | None
) -> Iterable[Check]:
    text = str(given.get("Statement", ""))
    try:
        found = read(text, given.get("Parameters") or ())
    except Malformed as error:
        raise Unanswerable("ValidationException", NOT_WELL_FORMED) from error
    arn = table_arn(found.table, call)
    if found.index is not None:
        arn = f"{arn}/index/{found.index}"
    keys = statement_keys(found, arn)
    if enclosing is not None:
        keys["dynamodb:EnclosingOperation"] = enclosing
    yield data_check(call, f"dynamodb:PartiQL{found.kind}", arn, keys, item)
    for check in reads_key(call, arn):
        yield replace(check, item=item)


NOT_WELL_FORMED = "Statement wasn't well formed, can't be processed: Unexpected keyword"


def statement_keys(found: Statement, arn: str) -> dict[str, Value]:
    """Give the condition keys of a PartiQL statement.

    A select that fixes no partition key by `=` or `IN` reads the whole table. Page: *PartiQL select
    statements for DynamoDB*.
    """
    name = _partition_key(arn)
    leading = found.fixed.get(name or "", ())
    keys: dict[str, Value] = {
        **_leading(leading),
        **_attributes((*(found.projection or ()), *found.assigned, *found.compared)),
    }
    if found.kind == "Select":
        keys["dynamodb:FullTableScan"] = "false" if leading else "true"
        everything = "ALL_ATTRIBUTES" if found.index is None else "ALL_PROJECTED_ATTRIBUTES"
        keys["dynamodb:Select"] = "SPECIFIC_ATTRIBUTES" if found.projection else everything
    if found.kind in ("Update", "Delete"):
        keys["dynamodb:ReturnValues"] = found.returning
    return keys


def item_keys(operation: str, given: Parameters, arn: str) -> dict[str, Value]:
    """Give the condition keys of an operation on one item, a query or a scan.

    `dynamodb:Select` and `dynamodb:ReturnValues` hold their defaults where the caller says
    nothing: those parameters always have a value. Page: *Using IAM policy conditions for
    fine-grained access control*, example 2.
    """
    keys: dict[str, Value] = {
        **_leading(_leading_values(given, arn)),
        **_attributes([*_listed(given), *_asked_for(given), *_in_expressions(given)]),
        **_given(given, "ReturnConsumedCapacity"),
    }
    if operation in ("GetItem", "Query", "Scan"):
        keys["dynamodb:Select"] = _select(operation, given, arn)
    if operation in ("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"):
        keys["dynamodb:ReturnValues"] = str(given.get("ReturnValues") or "NONE")
    return keys


def _tables(call: Call) -> Iterator[tuple[str, Any]]:
    yield from (call.parameters.get("RequestItems") or {}).items()


def _partition_key(arn: str) -> str | None:
    """The name of the partition key of a table, or of an index of it."""
    found = table(arn)
    if found is None:
        return None
    _, has_index, index = arn.partition("/index/")
    if not has_index:
        return str(found.hash_key_attr)
    schemas = (each.schema for each in found.all_indexes() if each.name == index)
    names = (each["AttributeName"] for each in next(schemas, ()) if each["KeyType"] == "HASH")
    return next(names, None)


def _leading_values(given: Parameters, arn: str) -> Iterator[str | None]:
    name = _partition_key(arn)
    if name is None:
        return
    for member in ("Key", "Item"):
        if name in (given.get(member) or {}):
            yield text_of(given[member][name])
    condition = (given.get("KeyConditions") or {}).get(name)
    if condition and condition.get("ComparisonOperator") == "EQ":
        yield from (text_of(value) for value in condition.get("AttributeValueList") or ())
    expression = given.get("KeyConditionExpression")
    if expression:
        names = given.get("ExpressionAttributeNames") or {}
        values = given.get("ExpressionAttributeValues") or {}
        yield equal_value(str(expression), name, names, values)


def _leading(values: Iterable[str | None]) -> dict[str, Value]:
    known = list(dict.fromkeys(value for value in values if value is not None))
    return {"dynamodb:LeadingKeys": known} if known else {}


def _attributes(names: Iterable[str]) -> dict[str, Value]:
    known = list(dict.fromkeys(names))
    return {"dynamodb:Attributes": known} if known else {}


def _listed(given: Parameters) -> Iterator[str]:
    for member in _MAPS:
        yield from given.get(member) or ()


def _asked_for(given: Parameters) -> Iterator[str]:
    yield from given.get("AttributesToGet") or ()
    expression = given.get("ProjectionExpression")
    if expression:
        yield from attributes_in(str(expression), given.get("ExpressionAttributeNames") or {})


def _in_expressions(given: Parameters) -> Iterator[str]:
    names = given.get("ExpressionAttributeNames") or {}
    for member in _EXPRESSIONS:
        if given.get(member):
            yield from attributes_in(str(given[member]), names)


def _select(operation: str, given: Parameters, arn: str) -> str:
    """Page: *Query*, "Select": its default depends on index and projection."""
    if given.get("Select"):
        return str(given["Select"])
    if given.get("ProjectionExpression") or given.get("AttributesToGet"):
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if "/index/" in arn else "ALL_ATTRIBUTES"


def _given(given: Parameters, member: str) -> dict[str, Value]:
    return {f"dynamodb:{member}": str(given[member])} if given.get(member) else {}


# KMS in the caller's name.

READS_KEY = ("kms:Decrypt",)
TAKES_KEY = (
    "kms:DescribeKey",
    "kms:CreateGrant",
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
)


def reads_key(call: Call, arn: str) -> Iterable[Check]:
    """Whoever uses an encrypted table needs to decrypt its table key, through DynamoDB.

    DynamoDB keeps the table key for five minutes; here every call asks. Page: *DynamoDB encryption
    at rest usage notes*, "Monitoring DynamoDB interaction with AWS KMS": Decrypt.
    """
    found = table(arn)
    if found is None:
        return
    known = found.sse_specification or {}
    if not known.get("Enabled") or not known.get("KMSMasterKeyId"):
        return
    region, owner = arn.split(":")[3:5]
    key = key_arn(str(known["KMSMasterKeyId"]), (owner, call.account), region, call)
    yield _through(call, "kms:Decrypt", key, found.name, owner, region)


def takes_key(call: Call) -> Iterable[Check]:
    """Whoever puts a table under a key of their own needs all that DynamoDB does with it.

    Page: *DynamoDB encryption at rest usage notes*, "Key policy for a customer managed key": the
    principal who makes the selection must have these permissions.
    """
    wanted = call.parameters.get("SSESpecification") or call.parameters.get(
        "SSESpecificationOverride"
    )
    if not wanted or not wanted.get("Enabled") or not wanted.get("KMSMasterKeyId"):
        return
    named = call.parameters.get("TableName") or call.parameters.get("TargetTableName")
    arn = table_arn(str(named), call)
    region, owner, name = (*arn.split(":")[3:5], arn.rpartition("/")[2])
    key = key_arn(str(wanted["KMSMasterKeyId"]), (call.account,), region, call)
    for action in TAKES_KEY:
        yield _through(call, action, key, name, owner, region)


def _through(call: Call, action: str, key: str, name: str, owner: str, region: str) -> Check:
    pairs = {"aws:dynamodb:tableName": name, "aws:dynamodb:subscriberId": owner}
    if action == "kms:DescribeKey":
        return key_use(call, action, key, "dynamodb", region)
    check = key_use(call, action, key, "dynamodb", region, pairs)
    if action == "kms:CreateGrant":
        # Page: *AWS KMS condition keys*, `kms:GrantIsForAWSResource`.
        return replace(check, context={**check.context, "kms:GrantIsForAWSResource": "true"})
    return check
