"""What calls to CloudWatch ask.

Page: *Actions, resources, and condition keys for Amazon CloudWatch* (Service Authorization
Reference).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.operations import checks_of

HEAD = "arn:aws:cloudwatch:us-east-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/deliver"
TAGS = [{"Key": "team", "Value": "shop"}]

ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "metrics have no ARN": ("PutMetricData", {"Namespace": "Shop"}, [("PutMetricData", "*")]),
    "reading metrics": ("GetMetricData", {}, [("GetMetricData", "*")]),
    "an alarm": (
        "SetAlarmState",
        {"AlarmName": "a"},
        [("SetAlarmState", f"{HEAD}:alarm:a")],
    ),
    "a new alarm with tags": (
        "PutMetricAlarm",
        {"AlarmName": "a", "Tags": TAGS},
        [("PutMetricAlarm", f"{HEAD}:alarm:a"), ("TagResource", f"{HEAD}:alarm:a")],
    ),
    "each alarm of a list": (
        "DeleteAlarms",
        {"AlarmNames": ["a", "b"]},
        [("DeleteAlarms", f"{HEAD}:alarm:a"), ("DeleteAlarms", f"{HEAD}:alarm:b")],
    ),
    "all alarms": ("DescribeAlarms", {}, [("DescribeAlarms", f"{HEAD}:alarm:*")]),
    "the alarms that are named": (
        "DescribeAlarms",
        {"AlarmNames": ["a"]},
        [("DescribeAlarms", f"{HEAD}:alarm:a")],
    ),
    "a dashboard lies in no Region": (
        "PutDashboard",
        {"DashboardName": "d"},
        [("PutDashboard", "arn:aws:cloudwatch::123456789012:dashboard/d")],
    ),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    checks = checks_of(call("cloudwatch", operation, **given))
    assert [(each.action, each.resource) for each in checks] == [
        (f"cloudwatch:{action}", resource) for action, resource in asked
    ]


def test_a_metric_stream_passes_a_role(call: Any) -> None:
    _, passed = checks_of(call("cloudwatch", "PutMetricStream", Name="s", RoleArn=ROLE))
    assert (passed.action, passed.resource) == ("iam:PassRole", ROLE)
    assert passed.context["iam:PassedToService"] == "streams.metrics.cloudwatch.amazonaws.com"


@pytest.mark.parametrize(
    ("operation", "given", "key", "value"),
    [
        ("PutMetricData", {"Namespace": "Shop"}, "cloudwatch:namespace", "Shop"),
        (
            "PutMetricAlarm",
            {"AlarmName": "a", "AlarmActions": ["arn:a"], "OKActions": ["arn:b"]},
            "cloudwatch:AlarmActions",
            ["arn:a", "arn:b"],
        ),
        (
            "PutInsightRule",
            {"RuleName": "r", "RuleDefinition": '{"LogGroupNames": ["/ecs/*"]}'},
            "cloudwatch:requestInsightRuleLogGroups",
            ["/ecs/*"],
        ),
    ],
    ids=["namespace of the data", "what an alarm does", "log groups of a rule"],
)
def test_condition_keys(
    call: Any, operation: str, given: dict[str, Any], key: str, value: Any
) -> None:
    (check,) = checks_of(call("cloudwatch", operation, **given))
    assert check.context[key] == value


@pytest.mark.parametrize("written", ["{nothing", "[]", "{}", '{"LogGroupNames": 1}', None])
def test_a_rule_that_names_no_log_groups_fills_no_key(call: Any, written: str | None) -> None:
    given = {"RuleName": "r"} if written is None else {"RuleName": "r", "RuleDefinition": written}
    (check,) = checks_of(call("cloudwatch", "PutInsightRule", **given))
    assert check.context == {}


def test_an_alarm_has_tags(aws: Callable[[str], Any], call: Any) -> None:
    aws("cloudwatch").put_metric_alarm(
        AlarmName="a",
        Namespace="Shop",
        MetricName="Orders",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Tags=TAGS,
    )
    (check,) = checks_of(call("cloudwatch", "DeleteAlarms", AlarmNames=["a"]))
    assert check.context == {"aws:ResourceTag/team": "shop"}
