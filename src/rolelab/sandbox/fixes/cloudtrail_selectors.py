"""Event selectors: which events a trail logs.

moto stores any selectors, answers none for a trail that has the default ones, and keeps the
advanced selectors of a trail that is given basic ones.

Pages: *PutEventSelectors*, *EventSelector*, *DataResource*, *AdvancedFieldSelector* (CloudTrail
API Reference); *Logging management events*; *Logging data events*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.cloudtrail_trails import trail_of

DEFAULT: Mapping[str, Any] = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}
"""What a trail logs that was given no selectors: management events, read and write."""

MOST_SELECTORS = 5
_READ_WRITE: Mapping[str, tuple[bool, ...]] = {
    "All": (True, False),
    "ReadOnly": (True,),
    "WriteOnly": (False,),
}
_BASIC_TYPES: Mapping[str, str] = {
    "AWS::S3::Object": "s3",
    "AWS::Lambda::Function": "lambda",
    "AWS::DynamoDB::Table": "dynamodb",
}
_EXCLUDABLE = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})
_CATEGORIES = frozenset({"Management", "Data", "NetworkActivity"})

Record = Mapping[str, Any]


@fix("cloudtrail", "PutEventSelectors")
def put_event_selectors(call: Call, response: Any, serve: Any) -> Answer:
    """Basic or advanced selectors, and each in the form the page gives."""
    asked = call.parameters
    found = trail_of(call, str(asked["TrailName"]))
    basic: list[Any] = asked.get("EventSelectors") or []
    advanced: list[Any] = asked.get("AdvancedEventSelectors") or []
    if bool(basic) == bool(advanced):
        raise _invalid("Give either EventSelectors or AdvancedEventSelectors.")
    if basic:
        if len(basic) > MOST_SELECTORS:
            raise _invalid(f"A trail can have up to {MOST_SELECTORS} event selectors.")
        found.event_selectors = [_basic(selector) for selector in basic]
        found.advanced_event_selectors = []
        return Answer({"TrailARN": found.arn, "EventSelectors": found.event_selectors})
    for selector in advanced:
        _check_advanced(selector)
    found.event_selectors, found.advanced_event_selectors = [], list(advanced)
    return Answer({"TrailARN": found.arn, "AdvancedEventSelectors": list(advanced)})


@fix("cloudtrail", "GetEventSelectors")
def get_event_selectors(call: Call, response: Any, serve: Any) -> Answer:
    """A trail without selectors of its own has the default one."""
    found = trail_of(call, str(call.parameters["TrailName"]), at_home=False)
    if found.advanced_event_selectors:
        members: dict[str, Any] = {"AdvancedEventSelectors": found.advanced_event_selectors}
    else:
        members = {"EventSelectors": found.event_selectors or [dict(DEFAULT)]}
    return Answer({"TrailARN": found.arn, **members})


def selects(trail: Any, record: Record) -> bool:
    """Whether a trail's selectors take an event.

    Args:
        trail: moto's trail.
        record: the CloudTrail record of the event.
    """
    if trail.advanced_event_selectors:
        return any(_advanced_takes(each, record) for each in trail.advanced_event_selectors)
    return any(_basic_takes(each, record) for each in trail.event_selectors or [DEFAULT])


def _basic(selector: Mapping[str, Any]) -> dict[str, Any]:
    full = {**DEFAULT, **selector}
    if full["ReadWriteType"] not in _READ_WRITE:
        raise _invalid("ReadWriteType is ReadOnly, WriteOnly or All.")
    if set(full["ExcludeManagementEventSources"]) - _EXCLUDABLE:
        raise _invalid("Only kms.amazonaws.com and rdsdata.amazonaws.com can be excluded.")
    for data in full["DataResources"]:
        service = _BASIC_TYPES.get(data.get("Type", ""))
        if service is None:
            raise _invalid(f"Data resource type {data.get('Type')} needs advanced selectors.")
        wrong = [value for value in data.get("Values", ()) if not _names(value, service)]
        if wrong:
            raise _invalid(f"Value {wrong[0]} for DataResources.Values is invalid.")
    return full


def _names(value: str, service: str) -> bool:
    parts = value.split(":")
    return len(parts) >= 3 and parts[0] == "arn" and parts[2] == service


def _basic_takes(selector: Mapping[str, Any], record: Record) -> bool:
    if record["readOnly"] not in _READ_WRITE[selector["ReadWriteType"]]:
        return False
    if record["managementEvent"]:
        excluded = record["eventSource"] in selector["ExcludeManagementEventSources"]
        return bool(selector["IncludeManagementEvents"]) and not excluded
    arns = _arns(record)
    return any(
        value.split(":")[2] == arn.split(":")[2] and _covers(value, arn)
        for data in selector["DataResources"]
        for value in data.get("Values", ())
        for arn in arns
    )


def _covers(value: str, arn: str) -> bool:
    """All of a service (`arn:aws:s3`), a bucket (`arn:aws:s3:::b/`), a prefix, or one resource."""
    if arn.split(":", 3)[2] == "s3":
        return f"{arn}/".startswith(value) if value.endswith("/") else arn.startswith(value)
    return arn == value or value.count(":") == 2


def _arns(record: Record) -> list[str]:
    return [str(each["ARN"]) for each in record.get("resources", ()) if "ARN" in each]


# Advanced selectors.


def _check_advanced(selector: Mapping[str, Any]) -> None:
    fields = {each["Field"]: each for each in selector["FieldSelectors"]}
    category = fields.get("eventCategory", {}).get("Equals", [])
    if len(category) != 1 or category[0] not in _CATEGORIES:
        raise _invalid("A selector has one eventCategory, with Equals and one value.")
    if category == ["Data"] and "resources.type" not in fields:
        raise _invalid("A selector of data events has a resources.type.")
    unknown = set(fields) - set(_FIELDS)
    if unknown:
        raise _invalid(f"{sorted(unknown)[0]} is not a field of a selector.")


_FIELDS: Mapping[str, Callable[[Record], Sequence[str]]] = {
    "eventCategory": lambda record: [record["eventCategory"]],
    "readOnly": lambda record: ["true" if record["readOnly"] else "false"],
    "eventSource": lambda record: [record["eventSource"]],
    "eventName": lambda record: [record["eventName"]],
    "eventType": lambda record: [record["eventType"]],
    "sessionCredentialFromConsole": lambda record: [],
    "userIdentity.arn": lambda record: [record["userIdentity"].get("arn", "")],
    "resources.type": lambda record: [each["type"] for each in record.get("resources", ())],
    "resources.ARN": _arns,
    "errorCode": lambda record: [record.get("errorCode", "")],
    "vpcEndpointId": lambda record: [],
}

_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "Equals": str.__eq__,
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
}


def _advanced_takes(selector: Mapping[str, Any], record: Record) -> bool:
    """Fields are joined by and, values by or; what is named after Not must not be."""
    return all(_field_takes(each, record) for each in selector["FieldSelectors"])


def _field_takes(field: Mapping[str, Any], record: Record) -> bool:
    found = _FIELDS[field["Field"]](record)
    return all(
        _any(holds, found, field[name]) if name in field else True
        for name, holds in _OPERATORS.items()
    ) and not any(
        _any(holds, found, field[f"Not{name}"])
        for name, holds in _OPERATORS.items()
        if f"Not{name}" in field
    )


def _any(holds: Callable[[str, str], bool], found: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(holds(one, value) for one in found for value in wanted)


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidEventSelectorsException", message)
