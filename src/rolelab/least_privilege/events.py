"""From a CloudTrail record back to the call that it records.

Records name parameters in lower camel case, some services rename an operation, and S3 shows
headers by their own names. The API models that boto3 uses turn them round.

Pages: *CloudTrail record contents for management, data, and network activity events*, *Amazon S3
CloudTrail events*, *Understanding DynamoDB log file entries*, *Logging AWS Lambda API calls using
AWS CloudTrail*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from rolelab.least_privilege.reading import Record
from rolelab.sandbox.call import Call
from rolelab.sandbox.decoding import model_of, signed_as
from rolelab.sandbox.trail import EVENT_NAMES, HIDDEN

# AWS Lambda writes the version of its API behind the name: CreateFunction20150331.
_API_VERSION = re.compile(r"20\d{6}(v\d+)?$")
_OPERATIONS: Mapping[tuple[str, str], str] = {
    (service, event): operation
    for (service, operation), event in EVENT_NAMES.items()
    if operation != "ListObjectsV2"
}
_SIGNED = "AWS4-HMAC-SHA256"


class Unreadable(Exception):  # noqa: N818 - it is an answer, not a fault
    """The parameters of a record are not those of its operation."""


def operation_of(source: str, event: str, shown: Iterable[str] = ()) -> tuple[str, str] | None:
    """Give boto3's name of the service and the operation behind an event.

    Args:
        source: the record's `eventSource`, `s3.amazonaws.com`.
        event: its `eventName`.
        shown: the names of its request parameters. Several services can share a source and have
            operations of the same name; the parameters tell them apart.

    Returns:
        `("s3", "GetObject")`; None if no API model has the operation.
    """
    found = _candidates(source, event)
    if len(found) < 2:
        return found[0] if found else None
    names = frozenset(shown)
    return max(found, key=lambda each: len(names & _members(*each)))


@cache
def _candidates(source: str, event: str) -> tuple[tuple[str, str], ...]:
    label = source.removesuffix(".amazonaws.com")
    plain = _API_VERSION.sub("", event)
    found = []
    for service in dict.fromkeys((label, *signed_as(label))):
        renamed = _OPERATIONS.get((service, event), event)
        names = [name for name in (renamed, plain) if name in _operations(service)]
        found += [(service, name) for name in names[:1]]
    return tuple(found)


@cache
def _members(service: str, operation: str) -> frozenset[str]:
    shape = model_of(service).operation_model(operation).input_shape
    members = () if shape is None else shape.members
    return frozenset(name[:1].lower() + name[1:] for name in members)


@cache
def _operations(service: str) -> frozenset[str]:
    from botocore.exceptions import UnknownServiceError

    try:
        return frozenset(model_of(service).operation_names)
    except UnknownServiceError:
        return frozenset()


def call_of(record: Record) -> Call | None:
    """Give the call that a record tells of.

    Args:
        record: a readable record (see `reading.read`).

    Returns:
        The call with its parameters as boto3 spells them, as far as the record shows them; None
        if no API model has the operation.

    Raises:
        Unreadable: the parameters do not fit the operation.
    """
    shown = record.get("requestParameters") or ()
    found = operation_of(record["eventSource"], record["eventName"], shown)
    if found is None:
        return None
    service, operation = found
    identity = record["userIdentity"]
    return Call(
        service=service,
        operation=operation,
        parameters=_parameters(service, operation, record),
        account=str(identity.get("accountId") or record.get("recipientAccountId") or ""),
        region=record["awsRegion"],
        partition=_partition(identity),
        principal=str(identity.get("arn") or identity.get("invokedBy") or "*"),
        context={"aws:SecureTransport": "true" if record.get("tlsDetails") else "false"},
        headers=_headers(record),
    )


def _partition(identity: Mapping[str, Any]) -> str:
    parts = str(identity.get("arn") or "").split(":", 2)
    return parts[1] if len(parts) == 3 and parts[1] else "aws"


def _headers(record: Record) -> Mapping[str, str]:
    told = record.get("additionalEventData")
    by_query = isinstance(told, Mapping) and told.get("AuthenticationMethod") == "QueryString"
    return {} if by_query else {"authorization": _SIGNED}


def _parameters(service: str, operation: str, record: Record) -> Mapping[str, Any]:
    given = record.get("requestParameters")
    if not given:
        given = {}
    try:
        if (service, operation) in _SPECIAL:
            found = _SPECIAL[service, operation](given)
        elif service == "dynamodb" and "requestItems" in given:
            found = _batch(given)
        else:
            found = _reader(service, operation)(given)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"{service}:{operation}: {error}") from error
    return _named_by_resources(service, operation, record, found)


# Which parameter the `resources` of a record name better than the request did: an alias stands
# for a key, a secret's name for its ARN.
_BETTER: Mapping[str, tuple[str, str]] = {
    "kms": ("KeyId", ":key/"),
    "secretsmanager": ("SecretId", ":secret:"),
}


def _named_by_resources(
    service: str, operation: str, record: Record, found: dict[str, Any]
) -> Mapping[str, Any]:
    if service not in _BETTER:
        return found
    member, mark = _BETTER[service]
    shape = model_of(service).operation_model(operation).input_shape
    if shape is None or member not in shape.members:
        return found
    listed = record.get("resources") or ()
    arns = [str(each.get("ARN", "")) for each in listed if isinstance(each, Mapping)]
    fitting = [arn for arn in arns if mark in arn]
    if len(fitting) == 1:
        found[member] = fitting[0]
    return found


def _batch(given: Mapping[str, Any]) -> dict[str, Any]:
    """DynamoDB's batches by table, and its transactions as a list of their parts."""
    items = given["requestItems"]
    if isinstance(items, Mapping):
        return {"RequestItems": {str(name): {} for name in items}}
    if items and "statement" in items[0]:
        listed = [{"Statement": each["statement"]} for each in items]
        return {"Statements": listed, "TransactStatements": listed}
    return {
        "TransactItems": [{each["operation"]: {"TableName": each["tableName"]}} for each in items]
    }


def _table_alone(given: Mapping[str, Any]) -> dict[str, Any]:
    """Items and keys are shown without their types, and no permission depends on them."""
    return {
        member: given[name]
        for name, member in (
            ("tableName", "TableName"),
            ("indexName", "IndexName"),
            ("select", "Select"),
        )
        if name in given
    }


_ITEMS = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan")
_SPECIAL: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    ("dynamodb", operation): _table_alone for operation in _ITEMS
}


@cache
def _reader(service: str, operation: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    shape = model_of(service).operation_model(operation).input_shape
    if shape is None:
        return lambda given: {}
    return _structure(shape)


@cache
def _structure(shape: Any) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Give a function that spells the members of a structure as boto3 does.

    A member that the model lacks is left out: services show more than was sent.
    """
    plan: dict[str, tuple[str, Callable[[Any], Any] | None]] = {}
    for name, member in shape.members.items():
        read = (name, _value(member))
        wire = member.serialization.get("name")
        if wire:
            plan.setdefault(wire, read)
        plan[name[:1].lower() + name[1:]] = read
        plan[name] = read
    if "Bucket" in shape.members:
        plan["bucketName"] = plan["Bucket"]

    def read_structure(given: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in given.items():
            known = plan.get(key)
            if known is not None and value is not None:
                name, inside = known
                found[name] = value if inside is None else inside(value)
        return found

    return read_structure


def _value(shape: Any) -> Callable[[Any], Any] | None:
    """Give a function that spells what is inside a value; None if nothing is."""
    kind = shape.type_name
    if kind == "structure":
        # Shapes may hold themselves: look at the inside only when a value does.
        return lambda value: _structure(shape)(value) if isinstance(value, Mapping) else value
    if kind not in ("list", "map"):
        return None
    inside = _value(shape.member if kind == "list" else shape.value)
    return _each(kind, inside or _as_it_is)


def _as_it_is(value: Any) -> Any:
    return value


def _each(kind: str, inside: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read_each(value: Any) -> Any:
        if value == HIDDEN:
            return [] if kind == "list" else {}
        if kind == "list":
            return [inside(each) for each in _listed(value)]
        return {key: inside(each) for key, each in value.items()}

    return read_each


def _listed(value: Any) -> list[Any]:
    """Amazon EC2 wraps its lists: `{"items": [...]}`."""
    if isinstance(value, Mapping):
        value = value["items"]
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value
