"""What the operations of EventBridge ask.

Pages: *Actions, resources, and condition keys for Amazon EventBridge* (Service Authorization
Reference); *Using IAM policy conditions in Amazon EventBridge*; *PutRule* and *PutTargets* (API
Reference).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import (
    Derived,
    Key,
    Resource,
    Row,
    Table,
    resource_tag_context,
)
from rolelab.sandbox.resource_policies import owned_by_account_in_arn
from rolelab.sandbox.resource_policies.events import bus_policy, rule, tags_of

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

SERVICE = "events.amazonaws.com"
DEFAULT_BUS = "default"

Keys = Mapping[str, Key]


# Buses and rules. A bus is named by its name or its ARN, which may lie in another account.


def _bus_arn(call: Call, named: Any) -> str:
    name = str(named or DEFAULT_BUS)
    if name.startswith("arn:"):
        return name
    return f"arn:{call.partition}:events:{call.region}:{call.account}:event-bus/{name}"


def _rule_arn(call: Call, member: str) -> str:
    bus = _bus_arn(call, call.parameters.get("EventBusName"))
    head, _, name = bus.partition(":event-bus/")
    place = "" if name == DEFAULT_BUS else f"{name}/"
    return f"{head}:rule/{place}{call.parameters.get(member)}"


def _named_bus(call: Call) -> str:
    return _bus_arn(call, call.parameters.get("Name"))


def _bus_of_entry(call: Call) -> str:
    return _bus_arn(call, call.parameters["each"].get("EventBusName"))


def _rule(call: Call) -> str:
    return _rule_arn(call, "Name")


def _rule_of_targets(call: Call) -> str:
    return _rule_arn(call, "Rule")


def _tags(call: Call, arn: str) -> Mapping[str, Value]:
    return resource_tag_context(tags_of(arn))


def _about_rule(call: Call, arn: str) -> Mapping[str, Value]:
    """Give who made a rule: for one that does not exist, the caller's account.

    Page: *Using IAM policy conditions in Amazon EventBridge*, `events:creatorAccount` and
    `events:ManagedBy`.
    """
    found = rule(arn)
    context: dict[str, Value] = {
        "events:creatorAccount": str(found.created_by if found is not None else call.account)
    }
    return {**context, **_tags(call, arn)}


def _managed_by(call: Call, arn: str) -> Mapping[str, Value]:
    found = rule(arn)
    managed = None if found is None else found.managed_by
    return {} if managed is None else {"events:ManagedBy": str(managed)}


# What a rule matches, as condition keys.


def _pattern_key(*path: str) -> Key:
    """Give the values that the pattern of a rule names in one place.

    A filter such as `{"prefix": "x"}` is no value that a condition can equal; it stays as it is
    written, so that only a pattern in the condition matches it.
    """

    def values(call: Call) -> Value | None:
        try:
            found = json.loads(call.parameters.get("EventPattern") or "null")
        except ValueError:
            return None
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        if not isinstance(found, list):
            return None
        return [each if isinstance(each, str) else json.dumps(each) for each in found]

    return values


PATTERN: Keys = {
    "events:source": _pattern_key("source"),
    "events:detail-type": _pattern_key("detail-type"),
    "events:detail.service": _pattern_key("detail", "service"),
    "events:detail.eventTypeCode": _pattern_key("detail", "eventTypeCode"),
    "events:detail.userIdentity.principalId": _pattern_key("detail", "userIdentity", "principalId"),
}

ENTRY: Keys = {
    "events:source": "each.Source",
    "events:detail-type": "each.DetailType",
    # "true" where one bus sends to another.
    "events:eventBusInvocation": lambda call: "false",
}


def _target_arns(call: Call) -> Value | None:
    found = [str(each["Arn"]) for each in call.parameters.get("Targets") or () if each.get("Arn")]
    return found or None


def _passes_role(call: Call) -> Iterable[Check]:
    role = call.parameters.get("RoleArn")
    if role:
        yield pass_role(call, str(role), SERVICE)


def _passes_roles_of_targets(call: Call) -> Iterable[Check]:
    roles = [each.get("RoleArn") for each in call.parameters.get("Targets") or ()]
    for role in dict.fromkeys(filter(None, roles)):
        yield pass_role(call, str(role), SERVICE)


def _endpoint_buses(call: Call) -> Value | None:
    buses = call.parameters.get("EventBuses") or ()
    return [str(each.get("EventBusArn")) for each in buses] or None


def _row(operation: str, resource: Resource, keys: Keys | None = None, **columns: Any) -> Row:
    """Give a row whose action has the operation's name."""
    return Row(operation, f"events:{operation}", resource, keys=keys or {}, **columns)


def _on_rule(operation: str, keys: Keys | None = None, **columns: Any) -> Row:
    resource = _rule_of_targets if "Targets" in operation else _rule
    context = (_about_rule, *columns.pop("context", ()))
    return _row(operation, resource, keys, context=context, **columns)


def _in_account(*operations: str) -> tuple[Row, ...]:
    return tuple(Row(each, f"events:{each}") for each in operations)


def _arn(kind: str, member: str) -> str:
    return f"arn:{{partition}}:events:{{region}}:{{account}}:{kind}/{{{member}}}"


def _own(kind: str, member: str, *operations: str) -> tuple[Row, ...]:
    """Give rows on what takes no policy."""
    return tuple(
        _row(each, _arn(kind, member), attached=owned_by_account_in_arn) for each in operations
    )


def _tagged_context(call: Call, arn: str) -> Mapping[str, Value]:
    if ":rule/" in arn:
        return _about_rule(call, arn)
    return _tags(call, arn)


PASS_ROLE = ("iam:PassRole",)
TAGGED: Resource = "{ResourceARN}"

RULES: tuple[Row | Derived, ...] = (
    _on_rule("PutRule", PATTERN, request_tags="Tags", context=(_managed_by,)),
    # Page: *PutRule*: with tags, also this permission.
    Row(
        "PutRule",
        "events:TagResource",
        _rule,
        request_tags="Tags",
        context=(_about_rule,),
        when="Tags",
    ),
    Derived("PutRule", _passes_role, actions=PASS_ROLE),
    *(
        _on_rule(operation, context=(_managed_by,))
        for operation in ("DeleteRule", "DisableRule", "EnableRule", "RemoveTargets")
    ),
    _on_rule("DescribeRule"),
    _row("ListTargetsByRule", _rule_of_targets, context=(_about_rule,)),
    _on_rule("PutTargets", {"events:TargetArn": _target_arns}, context=(_managed_by,)),
    Derived("PutTargets", _passes_roles_of_targets, actions=PASS_ROLE),
    *_in_account("ListRuleNamesByTarget", "ListRules", "TestEventPattern"),
)

BUSES: tuple[Row, ...] = (
    _row("CreateEventBus", _named_bus, request_tags="Tags"),
    # No page says so of buses; as for rules.
    Row("CreateEventBus", "events:TagResource", _named_bus, request_tags="Tags", when="Tags"),
    *(
        _row(operation, _named_bus, context=(_tags,))
        for operation in ("DeleteEventBus", "DescribeEventBus", "UpdateEventBus")
    ),
    # Each event is decided by itself. Page: *PutEventsResultEntry*, "ErrorCode".
    _row("PutEvents", _bus_of_entry, ENTRY, context=(_tags,), each="Entries", partial=True),
    *_in_account("ListEventBuses", "PutPermission", "RemovePermission"),
)

ARCHIVES: tuple[Row, ...] = (
    *_own("archive", "ArchiveName", "CreateArchive", "DeleteArchive", "DescribeArchive"),
    *_own("archive", "ArchiveName", "UpdateArchive"),
    _row("CreateArchive", "{EventSourceArn}", context=(_tags,)),
    *_own("replay", "ReplayName", "CancelReplay", "DescribeReplay", "StartReplay"),
    _row("StartReplay", "{EventSourceArn}", attached=owned_by_account_in_arn),
    _row("StartReplay", "{Destination.Arn}", context=(_tags,)),
    *_in_account("ListArchives", "ListReplays"),
)

DESTINATIONS: tuple[Row | Derived, ...] = (
    *_own(
        "connection",
        "Name",
        "CreateConnection",
        "DeauthorizeConnection",
        "DeleteConnection",
        "DescribeConnection",
        "UpdateConnection",
    ),
    *_own(
        "api-destination",
        "Name",
        "CreateApiDestination",
        "DeleteApiDestination",
        "DescribeApiDestination",
        "UpdateApiDestination",
    ),
    _row("CreateApiDestination", "{ConnectionArn}", attached=owned_by_account_in_arn),
    *(
        _row(operation, _arn("endpoint", "Name"), {"events:EventBusArn": _endpoint_buses})
        for operation in ("CreateEndpoint", "UpdateEndpoint")
    ),
    *(
        Derived(operation, _passes_role, actions=PASS_ROLE)
        for operation in ("CreateEndpoint", "UpdateEndpoint")
    ),
    *_own("endpoint", "Name", "DeleteEndpoint", "DescribeEndpoint"),
    *_in_account("ListApiDestinations", "ListConnections", "ListEndpoints"),
)


TABLE = Table(
    prefix="events",
    attached=bus_policy,
    rows=(
        *RULES,
        *BUSES,
        *ARCHIVES,
        *DESTINATIONS,
        _row("ListTagsForResource", TAGGED, context=(_tagged_context,)),
        _row("TagResource", TAGGED, request_tags="Tags", context=(_tagged_context,)),
        _row("UntagResource", TAGGED, tag_keys="TagKeys", context=(_tagged_context,)),
    ),
)
