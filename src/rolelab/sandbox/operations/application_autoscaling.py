"""What the operations of Application Auto Scaling ask.

Pages: *Actions, resources, and condition keys for AWS Application Auto Scaling* (Service
Authorization Reference); *Application Auto Scaling identity-based policy examples*, which lists
the permissions on the scaled service and on CloudWatch that a caller needs as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Check
from rolelab.sandbox.operations.iam_entities import entity_arn
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import Derived, Key, Row, Table
from rolelab.sandbox.resource_policies import backend, owned_by_account_in_arn

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

TARGET_TRACKING = "TargetTrackingScaling"

KEYS: Mapping[str, Key] = {
    "application-autoscaling:scalable-dimension": "ScalableDimension",
    "application-autoscaling:service-namespace": "ServiceNamespace",
}


def _target(call: Call) -> str:
    """Give the ARN of a scalable target, whose id no request holds."""
    stored = backend("application-autoscaling", call.account, call.region)
    given = call.parameters
    targets = {} if stored is None else stored.targets.get(given.get("ScalableDimension"), {})
    found: Any = targets.get(given.get("ResourceId"))
    if found is not None:
        return str(found.arn)
    head = f"arn:{call.partition}:application-autoscaling:{call.region}:{call.account}"
    return f"{head}:scalable-target/*"


def _scales(call: Call) -> Iterable[Check]:
    """Whoever lets an Amazon ECS service be scaled may look at it and update it."""
    if call.parameters.get("ServiceNamespace") == "ecs":
        name = str(call.parameters.get("ResourceId"))
        arn = f"arn:{call.partition}:ecs:{call.region}:{call.account}:{name}"
        yield Check("ecs:DescribeServices", arn)
        yield Check("ecs:UpdateService", arn)
    role = call.parameters.get("RoleARN")
    if role:
        arn = str(role) if str(role).startswith("arn:") else entity_arn("role", str(role), call)
        yield pass_role(call, arn, "application-autoscaling.amazonaws.com")


def _tracks(call: Call) -> Iterable[Check]:
    """A target tracking policy makes its own alarms. Page: *Target tracking scaling policies*."""
    if call.parameters.get("PolicyType") == TARGET_TRACKING:
        yield from _alarms(call, "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm")


def _stops_tracking(call: Call) -> Iterable[Check]:
    stored = backend("application-autoscaling", call.account, call.region)
    name = call.parameters.get("PolicyName")
    policies = () if stored is None else list(stored.policies.values())
    if any(each.policy_name == name and each.policy_type == TARGET_TRACKING for each in policies):
        yield from _alarms(call, "cloudwatch:DeleteAlarms")


def _alarms(call: Call, *actions: str) -> Iterable[Check]:
    head = f"arn:{call.partition}:cloudwatch:{call.region}:{call.account}:alarm"
    for action in actions:
        yield Check(action, f"{head}:TargetTracking-{call.parameters.get('ResourceId')}-*")


TABLE = Table(
    prefix="application-autoscaling",
    attached=owned_by_account_in_arn,
    rows=(
        *(
            Row(operation, f"application-autoscaling:{operation}", _target, keys=KEYS)
            for operation in (
                "DeleteScalingPolicy",
                "DeleteScheduledAction",
                "DeregisterScalableTarget",
                "PutScalingPolicy",
                "PutScheduledAction",
            )
        ),
        Derived(
            "PutScalingPolicy",
            _tracks,
            actions=("cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"),
        ),
        Derived("DeleteScalingPolicy", _stops_tracking, actions=("cloudwatch:DeleteAlarms",)),
        Row(
            "RegisterScalableTarget",
            "application-autoscaling:RegisterScalableTarget",
            _target,
            keys=KEYS,
            request_tags="Tags",
        ),
        Row(
            "RegisterScalableTarget",
            "application-autoscaling:TagResource",
            _target,
            request_tags="Tags",
            when="Tags",
        ),
        Derived(
            "RegisterScalableTarget",
            _scales,
            actions=("ecs:DescribeServices", "ecs:UpdateService", "iam:PassRole"),
        ),
        *(
            Row(operation, f"application-autoscaling:{operation}")
            for operation in (
                "DescribeScalableTargets",
                "DescribeScalingActivities",
                "DescribeScalingPolicies",
                "DescribeScheduledActions",
                "GetPredictiveScalingForecast",
            )
        ),
        Row("ListTagsForResource", "application-autoscaling:ListTagsForResource", "{ResourceARN}"),
        Row(
            "TagResource",
            "application-autoscaling:TagResource",
            "{ResourceARN}",
            request_tags="Tags",
        ),
        Row(
            "UntagResource",
            "application-autoscaling:UntagResource",
            "{ResourceARN}",
            tag_keys="TagKeys",
        ),
    ),
)
