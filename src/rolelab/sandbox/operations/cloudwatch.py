"""What the operations of CloudWatch ask.

Pages: *Actions, resources, and condition keys for Amazon CloudWatch* (Service Authorization
Reference); "Tags" of *PutMetricAlarm* and *PutCompositeAlarm* (API Reference).
"""

from __future__ import annotations

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
from rolelab.sandbox.resource_policies import backend, owned_by_account_in_arn

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

METRIC_STREAMS = "streams.metrics.cloudwatch.amazonaws.com"


def _arn(resource: str) -> str:
    return f"arn:{{partition}}:cloudwatch:{{region}}:{{account}}:{resource}"


# A dashboard lies in no Region.
DASHBOARD = "arn:{partition}:cloudwatch::{account}:dashboard/"
ALARM = _arn("alarm:{AlarmName}")
EACH_ALARM = _arn("alarm:{each}")
EVERY_ALARM = _arn("alarm:*")
MUTE_RULE = _arn("alarm-mute-rule:")
RULE = _arn("insight-rule/{RuleName}")
EACH_RULE = _arn("insight-rule/{each}")
STREAM = _arn("metric-stream/{Name}")
EACH_STREAM = _arn("metric-stream/{each}")
TAGGED: Resource = "{ResourceARN}"


def _tags(call: Call, arn: str) -> Mapping[str, Value]:
    """Give the tags of an alarm or an Insights rule."""
    parts = arn.split(":", 5)
    stored = backend("cloudwatch", parts[4], parts[3]) if len(parts) == 6 else None
    return {} if stored is None else resource_tag_context(stored.list_tags_for_resource(arn))


def _alarm_actions(call: Call) -> Value | None:
    """Page: *Using condition keys to limit alarm actions*: what the alarm does in any state."""
    given = call.parameters
    names = ("AlarmActions", "OKActions", "InsufficientDataActions")
    actions = [str(action) for name in names for action in given.get(name) or ()]
    return actions or None


def _rule_log_groups(call: Call) -> Value | None:
    """Page: *Using condition keys to limit Contributor Insights users' access to log groups*."""
    import json

    try:
        written = json.loads(call.parameters.get("RuleDefinition") or "")
        names = written["LogGroupNames"]
    except (ValueError, KeyError, TypeError):
        return None
    return [str(name) for name in names] if isinstance(names, list) else None


def _managed_resources(call: Call) -> Value | None:
    rules = call.parameters.get("ManagedRules") or ()
    found = [str(rule["ResourceARN"]) for rule in rules if rule.get("ResourceARN")]
    return found or None


def _passes_role(call: Call) -> Iterable[Check]:
    role = call.parameters.get("RoleArn")
    if role:
        yield pass_role(call, str(role), METRIC_STREAMS)


def _row(
    operation: str, resource: Resource, keys: Mapping[str, Key] | None = None, **columns: Any
) -> Row:
    """Give a row whose action has the operation's name."""
    return Row(
        operation,
        f"cloudwatch:{operation}",
        resource,
        keys=keys or {},
        context=(_tags,),
        **columns,
    )


def _in_account(*operations: str, keys: Mapping[str, Key] | None = None) -> tuple[Row, ...]:
    return tuple(Row(each, f"cloudwatch:{each}", keys=keys or {}) for each in operations)


ACTIONS: Mapping[str, Key] = {"cloudwatch:AlarmActions": _alarm_actions}

ALARMS: tuple[Row, ...] = (
    *(
        row
        for operation in ("PutMetricAlarm", "PutCompositeAlarm")
        for row in (
            _row(operation, ALARM, ACTIONS, request_tags="Tags"),
            # Page: *PutMetricAlarm*, "Tags": with tags, also this permission.
            Row(
                operation,
                "cloudwatch:TagResource",
                ALARM,
                request_tags="Tags",
                context=(_tags,),
                when="Tags",
            ),
        )
    ),
    *(
        _row(operation, EACH_ALARM, each="AlarmNames")
        for operation in (
            "DeleteAlarms",
            "DescribeAlarms",
            "DisableAlarmActions",
            "EnableAlarmActions",
        )
    ),
    _row("DescribeAlarms", EVERY_ALARM, unless="AlarmNames"),
    _row("DescribeAlarmHistory", ALARM, when="AlarmName"),
    _row("DescribeAlarmHistory", EVERY_ALARM, unless="AlarmName"),
    _row("SetAlarmState", ALARM),
    *_in_account("DescribeAlarmsForMetric"),
    _row("DeleteAlarmMuteRule", MUTE_RULE + "{AlarmMuteRuleName}"),
    _row("GetAlarmMuteRule", MUTE_RULE + "{AlarmMuteRuleName}"),
    _row("ListAlarmMuteRules", MUTE_RULE + "*"),
    _row("PutAlarmMuteRule", MUTE_RULE + "{Name}", request_tags="Tags"),
    _row("PutAlarmMuteRule", EACH_ALARM, each="MuteTargets.AlarmNames"),
)

METRICS: tuple[Row | Derived, ...] = (
    *_in_account("PutMetricData", keys={"cloudwatch:namespace": "Namespace"}),
    *_in_account(
        "DeleteAnomalyDetector",
        "DescribeAnomalyDetectors",
        "GetMetricData",
        "GetMetricStatistics",
        "GetMetricWidgetImage",
        "ListMetricStreams",
        "ListMetrics",
        "PutAnomalyDetector",
    ),
    _row("DeleteMetricStream", STREAM),
    _row("GetMetricStream", STREAM),
    _row("PutMetricStream", STREAM, request_tags="Tags"),
    # Page: *PutMetricStream*: the caller passes the role to the stream.
    Derived("PutMetricStream", _passes_role, actions=("iam:PassRole",)),
    _row("StartMetricStreams", EACH_STREAM, each="Names"),
    _row("StopMetricStreams", EACH_STREAM, each="Names"),
)

INSIGHT_RULES: tuple[Row, ...] = (
    *(
        _row(operation, EACH_RULE, each="RuleNames")
        for operation in ("DeleteInsightRules", "DisableInsightRules", "EnableInsightRules")
    ),
    *_in_account("DescribeInsightRules"),
    _row("GetInsightRuleReport", RULE),
    *_in_account(
        "ListManagedInsightRules", keys={"cloudwatch:requestManagedResourceARNs": "ResourceARN"}
    ),
    *_in_account(
        "PutManagedInsightRules",
        keys={"cloudwatch:requestManagedResourceARNs": _managed_resources},
    ),
    _row(
        "PutInsightRule",
        RULE,
        {"cloudwatch:requestInsightRuleLogGroups": _rule_log_groups},
        request_tags="Tags",
    ),
)

TABLE = Table(
    prefix="cloudwatch",
    attached=owned_by_account_in_arn,
    rows=(
        *ALARMS,
        *METRICS,
        *INSIGHT_RULES,
        _row("DeleteDashboards", DASHBOARD + "{each}", each="DashboardNames"),
        _row("GetDashboard", DASHBOARD + "{DashboardName}"),
        *_in_account("ListDashboards"),
        _row("PutDashboard", DASHBOARD + "{DashboardName}"),
        _row("ListTagsForResource", TAGGED),
        _row("TagResource", TAGGED, request_tags="Tags"),
        _row("UntagResource", TAGGED, tag_keys="TagKeys"),
    ),
)
