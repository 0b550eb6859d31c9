"""What calls to CloudTrail ask.

Pages: *Actions, resources, and condition keys for AWS CloudTrail*; *Granting permission to view
and configure Amazon CloudWatch Logs information on the CloudTrail console*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.operations import checks_of

ACCOUNT = "123456789012"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/audit"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/to-logs"
TAGS = [{"Key": "team", "Value": "shop"}]

ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "a trail by name": ("StartLogging", {"Name": "audit"}, [("cloudtrail:StartLogging", TRAIL)]),
    "a trail by ARN": ("StopLogging", {"Name": TRAIL}, [("cloudtrail:StopLogging", TRAIL)]),
    "the event history has no resource": (
        "LookupEvents",
        {},
        [("cloudtrail:LookupEvents", "*")],
    ),
    "tags are asked for by themselves": (
        "CreateTrail",
        {"Name": "audit", "S3BucketName": "b", "TagsList": TAGS},
        [("cloudtrail:CreateTrail", TRAIL), ("cloudtrail:AddTags", TRAIL)],
    ),
    "a role for CloudWatch Logs is passed": (
        "UpdateTrail",
        {"Name": "audit", "CloudWatchLogsRoleArn": ROLE},
        [("cloudtrail:UpdateTrail", TRAIL), ("iam:PassRole", ROLE)],
    ),
    "insights of a trail": (
        "GetInsightSelectors",
        {"TrailName": "audit"},
        [("cloudtrail:GetInsightSelectors", TRAIL)],
    ),
    "tags of several": (
        "ListTags",
        {"ResourceIdList": [TRAIL, f"{TRAIL}-2"]},
        [("cloudtrail:ListTags", TRAIL), ("cloudtrail:ListTags", f"{TRAIL}-2")],
    ),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    checks = checks_of(call("cloudtrail", operation, **given))
    assert [(each.action, each.resource) for each in checks] == asked


def test_the_role_is_passed_to_cloudtrail(call: Any) -> None:
    given = {"Name": "audit", "CloudWatchLogsRoleArn": ROLE}
    *_, passed = checks_of(call("cloudtrail", "UpdateTrail", **given))
    assert passed.context["iam:PassedToService"] == "cloudtrail.amazonaws.com"


def test_tags_of_a_trail_are_condition_keys(aws: Callable[[str], Any], call: Any) -> None:
    aws("s3").create_bucket(Bucket="trail-bucket")
    aws("cloudtrail").create_trail(Name="audit", S3BucketName="trail-bucket", TagsList=TAGS)
    (check,) = checks_of(call("cloudtrail", "StopLogging", Name="audit"))
    assert check.context == {"aws:ResourceTag/team": "shop"}


def test_a_trail_of_another_account_is_theirs(call: Any) -> None:
    theirs = "arn:aws:cloudtrail:us-east-1:222233334444:trail/audit"
    (check,) = checks_of(call("cloudtrail", "StopLogging", Name=theirs))
    assert check.resource_account == "222233334444"
