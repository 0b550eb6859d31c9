"""How CloudTrail shows the parameters of calls about DynamoDB items: without the items' values.

Page: *Understanding DynamoDB log file entries*. Values of attributes other than keys do not appear;
in PartiQL statements they are redacted. The page shows items, expressions, transactions and
statements. What it does not show is left out, where it can hold a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.dynamodb_expressions import text_of
from rolelab.sandbox.operations.dynamodb_items import table_arn
from rolelab.sandbox.operations.dynamodb_partiql import Malformed, read, redacted
from rolelab.sandbox.resource_policies.dynamodb import table

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

_VALUES = frozenset({"ExpressionAttributeValues", "Parameters"})
# Members with something at the name of each attribute: the names are shown.
_AT_ATTRIBUTES = frozenset(
    {"AttributeUpdates", "Expected", "KeyConditions", "QueryFilter", "ScanFilter"}
)
_KEYS = frozenset({"Key", "ExclusiveStartKey"})
_LISTS = frozenset({"Statements", "TransactItems", "TransactStatements"})


def shown_parameters(call: Call) -> dict[str, Any]:
    """Give the `requestParameters` of a data event of DynamoDB."""
    return _shown(call, call.parameters, str(call.parameters.get("TableName", "")))


def _shown(call: Call, given: Mapping[str, Any], of_table: str) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for member, value in given.items():
        name = _lower(member)
        if member in _VALUES:
            continue
        if member == "Item":
            record.update(_item(call, value, of_table))
        elif member in _AT_ATTRIBUTES:
            record[name] = list(value)
        elif member in _KEYS:
            record[name] = _plain(value)
        elif member == "Keys":
            record[name] = [_plain(key) for key in value]
        elif member == "Statement":
            record[name] = _statement(call, value)
        elif member == "RequestItems":
            record[name] = {of: _requests(call, asked, of) for of, asked in value.items()}
        elif member in _LISTS:
            record["requestItems"] = [_entry(call, entry) for entry in value]
        else:
            record[name] = value
    return record


def _requests(call: Call, asked: Any, of_table: str) -> Any:
    """What a batch asks of one table: keys to read, or a list of items to write and delete."""
    if isinstance(asked, Mapping):
        return _shown(call, asked, of_table)
    return [
        {_lower(kind): _shown(call, request, of_table) for kind, request in each.items()}
        for each in asked
    ]


def _entry(call: Call, entry: Mapping[str, Any]) -> dict[str, Any]:
    """A statement of several, or a part of a transaction, which says what it is."""
    if "Statement" in entry:
        return _shown(call, entry, "")
    record: dict[str, Any] = {}
    for operation, given in entry.items():
        shown = _shown(call, given, str(given.get("TableName", "")))
        if "item" in shown:
            shown["items"] = shown.pop("item")
        record.update({"operation": operation, **shown})
    return record


def _item(call: Call, item: Mapping[str, Any], of_table: str) -> dict[str, Any]:
    key = {name: item[name] for name in _key_of(call, of_table) if name in item}
    return {**({"key": _plain(key)} if key else {}), "item": list(item)}


def _statement(call: Call, text: str) -> str:
    try:
        named = read(text).table
    except Malformed:
        named = ""
    return redacted(text, _key_of(call, named))


def _key_of(call: Call, of_table: str) -> tuple[str, ...]:
    """The attributes of a table's primary key; none if there is no such table."""
    found = table(table_arn(of_table, call)) if of_table else None
    return () if found is None else tuple(found.table_key_attrs)


def _plain(key: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: text_of(value) for name, value in key.items()}


def _lower(member: str) -> str:
    return member[:1].lower() + member[1:]
