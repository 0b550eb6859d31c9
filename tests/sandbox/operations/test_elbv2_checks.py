"""What calls to Elastic Load Balancing ask.

Pages: *Actions, resources, and condition keys for AWS Elastic Load Balancing V2*; *ELB API
permissions to tag resources during creation*; *CreateLoadBalancer*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.operations import checks_of
from tests.sandbox.operations.conftest import ACCOUNT, MakeCall

ELB = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}"
TAGS = [{"Key": "team", "Value": "shop"}]
WEB = f"{ELB}:loadbalancer/app/web/0123456789abcdef"
LISTENER = f"{ELB}:listener/app/web/0123456789abcdef/1"

Asked = list[tuple[str, str]]

CASES: dict[str, tuple[str, dict[str, Any], Asked]] = {
    "a new load balancer has no id yet": (
        "CreateLoadBalancer",
        {"Name": "web"},
        [("CreateLoadBalancer", f"{ELB}:loadbalancer/app/web/*")],
    ),
    "its type is in its ARN": (
        "CreateLoadBalancer",
        {"Name": "web", "Type": "network"},
        [("CreateLoadBalancer", f"{ELB}:loadbalancer/net/web/*")],
    ),
    "tags on creation are a permission of their own": (
        "CreateTargetGroup",
        {"Name": "web", "Tags": TAGS},
        [
            ("CreateTargetGroup", f"{ELB}:targetgroup/web/*"),
            ("AddTags", f"{ELB}:targetgroup/web/*"),
        ],
    ),
    "a listener is made on its load balancer": (
        "CreateListener",
        {"LoadBalancerArn": WEB, "Tags": TAGS},
        [
            ("CreateListener", WEB),
            ("AddTags", f"{ELB}:listener/app/web/0123456789abcdef/*"),
        ],
    ),
    "a rule is made on its listener": (
        "CreateRule",
        {"ListenerArn": LISTENER, "Tags": TAGS},
        [
            ("CreateRule", LISTENER),
            ("AddTags", f"{ELB}:listener-rule/app/web/0123456789abcdef/1/*"),
        ],
    ),
    "describing takes no resource": (
        "DescribeTargetHealth",
        {"TargetGroupArn": f"{ELB}:targetgroup/web/1"},
        [("DescribeTargetHealth", "*")],
    ),
    "tags are put on each": (
        "AddTags",
        {"ResourceArns": [WEB, LISTENER], "Tags": TAGS},
        [("AddTags", WEB), ("AddTags", LISTENER)],
    ),
}


@pytest.mark.parametrize(("operation", "given", "expected"), CASES.values(), ids=list(CASES))
def test_what_a_call_asks(
    call: MakeCall, operation: str, given: dict[str, Any], expected: Asked
) -> None:
    asked = checks_of(call("elbv2", operation, **given))
    wanted = [(f"elasticloadbalancing:{action}", arn) for action, arn in expected]
    assert [(check.action, check.resource) for check in asked] == wanted


def test_a_load_balancer_is_internet_facing_unless_the_call_says_otherwise(call: MakeCall) -> None:
    given = {"Name": "web", "Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"]}
    (open_to_all,) = checks_of(call("elbv2", "CreateLoadBalancer", **given))
    (inside,) = checks_of(call("elbv2", "CreateLoadBalancer", **given, Scheme="internal"))
    expected = {
        "elasticloadbalancing:Scheme": "internet-facing",
        "elasticloadbalancing:SecurityGroup": ["sg-1"],
        "elasticloadbalancing:Subnet": ["subnet-1"],
    }
    assert open_to_all.context == expected
    assert inside.context == {**expected, "elasticloadbalancing:Scheme": "internal"}


def test_a_listener_tells_protocol_and_policy(call: MakeCall) -> None:
    given = {"LoadBalancerArn": WEB, "Protocol": "HTTPS", "SslPolicy": "p"}
    (asked,) = checks_of(call("elbv2", "CreateListener", **given))
    assert asked.context == {
        "elasticloadbalancing:ListenerProtocol": "HTTPS",
        "elasticloadbalancing:SecurityPolicy": "p",
    }


def test_tags_say_what_they_were_made_with_and_what_the_resource_has(
    aws: Callable[[str], Any], call: MakeCall
) -> None:
    client = aws("elbv2")
    made = client.create_target_group(Name="web", TargetType="lambda", Tags=TAGS)
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    (delete,) = checks_of(call("elbv2", "DeleteTargetGroup", TargetGroupArn=arn))
    assert delete.context == {
        "aws:ResourceTag/team": "shop",
        "elasticloadbalancing:ResourceTag/team": "shop",
    }
    _, tags = checks_of(call("elbv2", "CreateTargetGroup", Name="new", Tags=TAGS))
    assert tags.context == {
        "aws:RequestTag/team": "shop",
        "aws:TagKeys": ["team"],
        "elasticloadbalancing:CreateAction": "CreateTargetGroup",
    }
