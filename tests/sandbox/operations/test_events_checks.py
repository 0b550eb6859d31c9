"""What calls to EventBridge ask.

Pages: *Using IAM policy conditions in Amazon EventBridge*; *PutRule* and *PutTargets* (API
Reference); *Permissions for Amazon EventBridge event buses*.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from rolelab.iam import Policies, Request, evaluate
from rolelab.sandbox.operations import checks_of

ACCOUNT = "123456789012"
HEAD = f"arn:aws:events:us-east-1:{ACCOUNT}"
THEIRS = "arn:aws:events:us-east-1:111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deliver"
TAGS = [{"Key": "team", "Value": "shop"}]

ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "a rule on the default bus": (
        "DescribeRule",
        {"Name": "r"},
        [("events:DescribeRule", f"{HEAD}:rule/r")],
    ),
    "a rule on the default bus by its name": (
        "DescribeRule",
        {"Name": "r", "EventBusName": "default"},
        [("events:DescribeRule", f"{HEAD}:rule/r")],
    ),
    "a rule on another bus": (
        "DescribeRule",
        {"Name": "r", "EventBusName": "shop"},
        [("events:DescribeRule", f"{HEAD}:rule/shop/r")],
    ),
    "a rule on the bus of another account": (
        "DescribeRule",
        {"Name": "r", "EventBusName": f"{THEIRS}:event-bus/shop"},
        [("events:DescribeRule", f"{THEIRS}:rule/shop/r")],
    ),
    "a new rule with tags and a role": (
        "PutRule",
        {"Name": "r", "Tags": TAGS, "RoleArn": ROLE},
        [
            ("events:PutRule", f"{HEAD}:rule/r"),
            ("events:TagResource", f"{HEAD}:rule/r"),
            ("iam:PassRole", ROLE),
        ],
    ),
    "targets pass each role once": (
        "PutTargets",
        {"Rule": "r", "Targets": [{"Arn": "x", "RoleArn": ROLE}, {"Arn": "y", "RoleArn": ROLE}]},
        [("events:PutTargets", f"{HEAD}:rule/r"), ("iam:PassRole", ROLE)],
    ),
    "each event is asked on its bus": (
        "PutEvents",
        {"Entries": [{"Source": "a"}, {"EventBusName": "shop"}]},
        [
            ("events:PutEvents", f"{HEAD}:event-bus/default"),
            ("events:PutEvents", f"{HEAD}:event-bus/shop"),
        ],
    ),
    "an event for the bus of another account": (
        "PutEvents",
        {"Entries": [{"EventBusName": f"{THEIRS}:event-bus/shop"}]},
        [("events:PutEvents", f"{THEIRS}:event-bus/shop")],
    ),
    "testing a pattern": ("TestEventPattern", {}, [("events:TestEventPattern", "*")]),
    "the policy of a bus": ("PutPermission", {}, [("events:PutPermission", "*")]),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    checks = checks_of(call("events", operation, **given))
    assert [(each.action, each.resource) for each in checks] == asked


def test_a_role_is_passed_to_eventbridge(call: Any) -> None:
    given = {"Rule": "r", "Targets": [{"Arn": "x", "RoleArn": ROLE}]}
    _, passed = checks_of(call("events", "PutTargets", **given))
    assert passed.context["iam:PassedToService"] == "events.amazonaws.com"


def test_an_event_fills_source_and_detail_type(call: Any) -> None:
    entry = {"Source": "shop.orders", "DetailType": "Paid", "Detail": "{}"}
    (check,) = checks_of(call("events", "PutEvents", Entries=[entry]))
    assert check.item == entry
    assert check.context == {
        "events:source": "shop.orders",
        "events:detail-type": "Paid",
        "events:eventBusInvocation": "false",
    }


def test_a_rule_fills_what_its_pattern_names(call: Any) -> None:
    pattern = {"source": ["aws.ecs"], "detail-type": [{"prefix": "ECS"}], "detail": {"x": [1]}}
    (check,) = checks_of(call("events", "PutRule", Name="r", EventPattern=json.dumps(pattern)))
    assert check.context == {
        "events:creatorAccount": ACCOUNT,
        "events:source": ["aws.ecs"],
        "events:detail-type": ['{"prefix": "ECS"}'],
    }


@pytest.mark.parametrize("written", ["{nothing", "[]", "3", '{"source": "x"}', ""])
def test_a_pattern_that_is_none_fills_no_key(call: Any, written: str) -> None:
    (check,) = checks_of(call("events", "PutRule", Name="r", EventPattern=written))
    assert check.context == {"events:creatorAccount": ACCOUNT}


def test_targets_fill_their_arns(call: Any) -> None:
    targets = [{"Id": "1", "Arn": "arn:a"}, {"Id": "2", "Arn": "arn:b"}]
    (check,) = checks_of(call("events", "PutTargets", Rule="r", Targets=targets))
    assert check.context["events:TargetArn"] == ["arn:a", "arn:b"]


def test_rules_and_buses_have_tags(aws: Callable[[str], Any], call: Any) -> None:
    events = aws("events")
    events.create_event_bus(Name="shop", Tags=TAGS)
    events.put_rule(Name="r", EventBusName="shop", EventPattern='{"source": ["a"]}', Tags=TAGS)
    (rule,) = checks_of(call("events", "DescribeRule", Name="r", EventBusName="shop"))
    (bus,) = checks_of(call("events", "DescribeEventBus", Name="shop"))
    assert rule.context["aws:ResourceTag/team"] == "shop"
    assert bus.context["aws:ResourceTag/team"] == "shop"


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("PutEvents", {"Entries": [{"EventBusName": f"{HEAD}:event-bus/shop"}]}),
        ("PutRule", {"Name": "r", "EventBusName": f"{HEAD}:event-bus/shop"}),
    ],
    ids=["events", "rules on the bus"],
)
def test_the_policy_of_a_bus_counts_for_other_accounts(
    aws: Callable[[str], Any], call: Any, operation: str, given: dict[str, Any]
) -> None:
    events = aws("events")
    events.create_event_bus(Name="shop")
    statement = {
        "Sid": "partner",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": f"events:{operation}",
        "Resource": "*",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    events.put_permission(EventBusName="shop", Policy=json.dumps(document))
    (check,) = checks_of(call("events", operation, **given))
    bob = "arn:aws:iam::111122223333:user/bob"
    own = {"Effect": "Allow", "Action": "events:*", "Resource": "*"}
    policies = Policies(
        identity=[{"Version": "2012-10-17", "Statement": own}], resource=check.resource_policy
    )
    request = Request(bob, check.action, check.resource, check.resource_account, check.context)
    assert evaluate(request, policies).allowed
