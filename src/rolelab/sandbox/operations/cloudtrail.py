"""What the operations of CloudTrail ask.

Pages: *Actions, resources, and condition keys for AWS CloudTrail* (Service Authorization
Reference); *Identity-based policy examples for AWS CloudTrail*; *Granting permission to view and
configure Amazon CloudWatch Logs information on the CloudTrail console* for PassRole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import (
    Derived,
    Resource,
    Row,
    Table,
    resource_tag_context,
    tag_pairs,
)
from rolelab.sandbox.resource_policies import backend, owned_by_account_in_arn

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

PREFIX = "arn:{partition}:cloudtrail:{region}:{account}:"
TRAIL = PREFIX + "trail/{Name}"
TRAIL_NAME = PREFIX + "trail/{TrailName}"
STORE = PREFIX + "eventdatastore/{EventDataStore}"
CHANNEL = PREFIX + "channel/{Channel}"
DASHBOARD = PREFIX + "dashboard/{DashboardId}"


def _tags(call: Call, arn: str) -> Mapping[str, Value]:
    """Tags of a trail, or of whatever else moto keeps tags of."""
    parts = arn.split(":", 5)
    stored = backend("cloudtrail", parts[4], parts[3]) if len(parts) == 6 else None
    if stored is None:
        return {}
    return resource_tag_context(
        tag_pairs(stored.tagging_service.list_tags_for_resource(arn)["TagsList"])
    )


def _removed(call: Call) -> Value | None:
    given = call.parameters.get("TagsList")
    return [str(tag["Key"]) for tag in given] if given else None


def _queried(call: Call) -> str:
    """The event data store that a query names after FROM."""
    found = _FROM.search(str(call.parameters.get("QueryStatement", "")))
    if found is None:
        return "*"
    return f"arn:{call.partition}:cloudtrail:{call.region}:{call.account}:eventdatastore/{found[1]}"


_FROM = re.compile(r"\bfrom\s+([0-9a-f-]{36})\b", re.IGNORECASE)


def _passes(call: Call) -> Iterable[Check]:
    role = call.parameters.get("CloudWatchLogsRoleArn")
    if role:
        yield pass_role(call, str(role), "cloudtrail.amazonaws.com")


def _on(operation: str, resource: Resource, **columns: Any) -> Row:
    return Row(operation, f"cloudtrail:{operation}", resource, context=(_tags,), **columns)


def _creates(operation: str, resource: Resource, tags: str) -> tuple[Row, Row]:
    """What is created with tags asks for AddTags, too."""
    return (
        Row(operation, f"cloudtrail:{operation}", resource, request_tags=tags),
        Row(operation, "cloudtrail:AddTags", resource, request_tags=tags, when=tags),
    )


TABLE = Table(
    prefix="cloudtrail",
    attached=owned_by_account_in_arn,
    rows=(
        *(
            Row(operation, f"cloudtrail:{operation}")
            for operation in (
                "DeregisterOrganizationDelegatedAdmin",
                "DescribeTrails",
                "GetImport",
                "ListChannels",
                "ListDashboards",
                "ListEventDataStores",
                "ListImportFailures",
                "ListImports",
                "ListInsightsMetricData",
                "ListPublicKeys",
                "ListTrails",
                "LookupEvents",
                "RegisterOrganizationDelegatedAdmin",
                "SearchSampleQueries",
                "StartImport",
                "StopImport",
            )
        ),
        # Trails.
        *_creates("CreateTrail", TRAIL, "TagsList"),
        Derived("CreateTrail", _passes, actions=("iam:PassRole",)),
        *(
            _on(operation, TRAIL)
            for operation in (
                "DeleteTrail",
                "GetTrail",
                "GetTrailStatus",
                "StartLogging",
                "StopLogging",
                "UpdateTrail",
            )
        ),
        Derived("UpdateTrail", _passes, actions=("iam:PassRole",)),
        _on("GetEventSelectors", TRAIL_NAME),
        _on("PutEventSelectors", TRAIL_NAME),
        *(
            row
            for operation in (
                "GetEventConfiguration",
                "GetInsightSelectors",
                "PutEventConfiguration",
                "PutInsightSelectors",
            )
            for row in (
                _on(operation, TRAIL_NAME, unless="EventDataStore"),
                _on(operation, STORE, when="EventDataStore"),
            )
        ),
        _on("ListInsightsData", "{InsightSource}"),
        # CloudTrail Lake.
        *_creates("CreateEventDataStore", PREFIX + "eventdatastore/*", "TagsList"),
        *(
            _on(operation, STORE)
            for operation in (
                "CancelQuery",
                "DeleteEventDataStore",
                "DescribeQuery",
                "DisableFederation",
                "EnableFederation",
                "GetEventDataStore",
                "GetQueryResults",
                "ListQueries",
                "RestoreEventDataStore",
                "StartEventDataStoreIngestion",
                "StopEventDataStoreIngestion",
                "UpdateEventDataStore",
            )
        ),
        Row(
            "GenerateQuery",
            "cloudtrail:GenerateQuery",
            PREFIX + "eventdatastore/{each}",
            each="EventDataStores",
        ),
        Row("StartQuery", "cloudtrail:StartQuery", _queried),
        *_creates("CreateChannel", PREFIX + "channel/*", "Tags"),
        Row(
            "CreateChannel",
            "cloudtrail:CreateChannel",
            PREFIX + "eventdatastore/{each.Location}",
            each="Destinations",
        ),
        *(_on(operation, CHANNEL) for operation in ("DeleteChannel", "GetChannel")),
        _on("UpdateChannel", CHANNEL),
        *_creates("CreateDashboard", PREFIX + "dashboard/{Name}", "TagsList"),
        *(
            _on(operation, DASHBOARD)
            for operation in (
                "DeleteDashboard",
                "GetDashboard",
                "StartDashboardRefresh",
                "UpdateDashboard",
            )
        ),
        *(
            _on(operation, "{ResourceArn}")
            for operation in ("DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy")
        ),
        # Tags.
        _on("AddTags", "{ResourceId}", request_tags="TagsList"),
        _on("RemoveTags", "{ResourceId}", keys={"aws:TagKeys": _removed}),
        _on("ListTags", "{each}", each="ResourceIdList"),
    ),
)
