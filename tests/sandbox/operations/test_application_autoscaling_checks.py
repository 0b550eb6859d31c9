"""What calls to Application Auto Scaling ask.

Pages: *Actions, resources, and condition keys for AWS Application Auto Scaling*; *Application Auto
Scaling identity-based policy examples*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.operations import checks_of
from tests.sandbox.operations.conftest import ACCOUNT, MakeCall
from tests.sandbox.operations.samples.application_autoscaling import SERVICE, prepare

HEAD = f"arn:aws:application-autoscaling:us-east-1:{ACCOUNT}"
ECS_SERVICE = f"arn:aws:ecs:us-east-1:{ACCOUNT}:{SERVICE}"
ALARMS = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:TargetTracking-{SERVICE}-*"
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": SERVICE,
    "ScalableDimension": "ecs:service:DesiredCount",
}
TRACKING = {**TARGET, "PolicyName": "sample", "PolicyType": "TargetTrackingScaling"}

Asked = list[tuple[str, str]]

CASES: dict[str, tuple[str, dict[str, Any], Asked]] = {
    "scaling a service needs the service as well": (
        "RegisterScalableTarget",
        TARGET,
        [
            ("application-autoscaling:RegisterScalableTarget", "TARGET"),
            ("ecs:DescribeServices", ECS_SERVICE),
            ("ecs:UpdateService", ECS_SERVICE),
        ],
    ),
    "a target that is not there has no id": (
        "RegisterScalableTarget",
        {**TARGET, "ServiceNamespace": "dynamodb", "ResourceId": "table/x"},
        [("application-autoscaling:RegisterScalableTarget", f"{HEAD}:scalable-target/*")],
    ),
    "a role is passed": (
        "RegisterScalableTarget",
        {**TARGET, "ServiceNamespace": "dynamodb", "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/x"},
        [
            ("application-autoscaling:RegisterScalableTarget", "TARGET"),
            ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/x"),
        ],
    ),
    "target tracking makes alarms": (
        "PutScalingPolicy",
        TRACKING,
        [
            ("application-autoscaling:PutScalingPolicy", "TARGET"),
            ("cloudwatch:DescribeAlarms", ALARMS),
            ("cloudwatch:PutMetricAlarm", ALARMS),
        ],
    ),
    "step scaling makes none": (
        "PutScalingPolicy",
        {**TRACKING, "PolicyType": "StepScaling"},
        [("application-autoscaling:PutScalingPolicy", "TARGET")],
    ),
    "target tracking takes its alarms with it": (
        "DeleteScalingPolicy",
        {**TARGET, "PolicyName": "sample"},
        [
            ("application-autoscaling:DeleteScalingPolicy", "TARGET"),
            ("cloudwatch:DeleteAlarms", ALARMS),
        ],
    ),
}


@pytest.mark.parametrize(("operation", "given", "expected"), CASES.values(), ids=list(CASES))
def test_what_a_call_asks(
    aws: Callable[[str], Any],
    call: MakeCall,
    operation: str,
    given: dict[str, Any],
    expected: Asked,
) -> None:
    prepare(aws)
    (target,) = aws("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")[
        "ScalableTargets"
    ]
    asked = checks_of(call("application-autoscaling", operation, **given))
    wanted = [
        (action, target["ScalableTargetARN"] if arn == "TARGET" else arn)
        for action, arn in expected
    ]
    assert [(check.action, check.resource) for check in asked] == wanted


def test_namespace_and_dimension_are_condition_keys(call: MakeCall) -> None:
    asked = checks_of(call("application-autoscaling", "RegisterScalableTarget", **TARGET))
    assert asked[0].context == {
        "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
        "application-autoscaling:service-namespace": "ecs",
    }


def test_a_role_is_passed_to_application_auto_scaling(call: MakeCall) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/x"
    *_, passed = checks_of(
        call("application-autoscaling", "RegisterScalableTarget", **TARGET, RoleARN=role)
    )
    assert passed.context == {"iam:PassedToService": "application-autoscaling.amazonaws.com"}
