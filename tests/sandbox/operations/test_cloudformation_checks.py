"""What calls to CloudFormation ask.

Pages: *Actions, resources, and condition keys for AWS CloudFormation*; *CloudFormation service
role*; *Example IAM identity-based policies for CloudFormation*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.cloudformation import stacks
from rolelab.sandbox.cloudformation.template import parse
from rolelab.sandbox.operations import checks_of, resources_of

ACCOUNT = "123456789012"
ARN = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
URL = "https://s3.amazonaws.com/shop/stack.yaml"
TAGS = [{"Key": "team", "Value": "shop"}]


@pytest.fixture
def stack(aws: Callable[[str], Any]) -> stacks.Stack:
    """A tagged stack `shop` with a change set `more`."""
    made = stacks.build("shop", ACCOUNT, "us-east-1", "aws")
    stacks.keep(made)
    template = parse('{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')
    made.inputs = stacks.Inputs(template, tags={"team": "shop"})
    change_set = stacks.ChangeSet(
        f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:changeSet/more/1",
        "more",
        made.inputs,
        "UPDATE",
        [],
        "CREATE_COMPLETE",
        "AVAILABLE",
    )
    made.change_sets[change_set.change_set_id] = change_set
    return made


# STACK stands for the ARN of the stack.
ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "a new stack has no id yet": (
        "CreateStack",
        {"StackName": "new"},
        [("CreateStack", f"{ARN}/new/*")],
    ),
    "a stack by name has its id": (
        "UpdateStack",
        {"StackName": "shop"},
        [("UpdateStack", "STACK")],
    ),
    "a stack by id": ("DeleteStack", {"StackName": "STACK"}, [("DeleteStack", "STACK")]),
    "tags are asked for, too": (
        "CreateStack",
        {"StackName": "new", "Tags": TAGS},
        [("CreateStack", f"{ARN}/new/*"), ("TagResource", f"{ARN}/new/*")],
    ),
    "a service role has to be passed": (
        "CreateStack",
        {"StackName": "new", "RoleARN": ROLE},
        [("CreateStack", f"{ARN}/new/*"), ("iam:PassRole", ROLE)],
    ),
    "describing all stacks lists them": (
        "DescribeStacks",
        {},
        [("DescribeStacks", f"{ARN}/*/*"), ("ListStacks", f"{ARN}/*/*")],
    ),
    "describing one stack does not": (
        "DescribeStacks",
        {"StackName": "shop"},
        [("DescribeStacks", "STACK")],
    ),
    "a change set by its ARN is about its stack": (
        "ExecuteChangeSet",
        {"ChangeSetName": f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:changeSet/more/1"},
        [("ExecuteChangeSet", "STACK")],
    ),
    "validating is about no stack": ("ValidateTemplate", {}, [("ValidateTemplate", "*")]),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    stack: stacks.Stack,
    call: Any,
    operation: str,
    given: dict[str, Any],
    asked: list[tuple[str, str]],
) -> None:
    filled = {name: stack.stack_id if value == "STACK" else value for name, value in given.items()}
    checks = checks_of(call("cloudformation", operation, **filled))
    assert [(each.action, each.resource) for each in checks] == [
        (
            action if ":" in action else f"cloudformation:{action}",
            stack.stack_id if resource == "STACK" else resource,
        )
        for action, resource in asked
    ]


KEYS: dict[str, tuple[str, dict[str, Any], str, Any]] = {
    "the template's URL": (
        "CreateStack",
        {"StackName": "new", "TemplateURL": URL},
        "cloudformation:TemplateUrl",
        URL,
    ),
    "the resource types": (
        "CreateStack",
        {"StackName": "new", "ResourceTypes": ["AWS::S3::*"]},
        "cloudformation:ResourceTypes",
        ["AWS::S3::*"],
    ),
    "the service role": (
        "DeleteStack",
        {"StackName": "shop", "RoleARN": ROLE},
        "cloudformation:RoleArn",
        ROLE,
    ),
    "the stack policy's URL": (
        "SetStackPolicy",
        {"StackName": "shop", "StackPolicyURL": URL},
        "cloudformation:StackPolicyUrl",
        URL,
    ),
    "the name of a change set": (
        "CreateChangeSet",
        {"StackName": "shop", "ChangeSetName": "next"},
        "cloudformation:ChangeSetName",
        "next",
    ),
    "the name of a change set that is given by its ARN": (
        "ExecuteChangeSet",
        {"ChangeSetName": f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:changeSet/more/1"},
        "cloudformation:ChangeSetName",
        "more",
    ),
    "the tags of the stack": (
        "DescribeStackEvents",
        {"StackName": "shop"},
        "aws:ResourceTag/team",
        "shop",
    ),
    "the tags of the request": (
        "CreateStack",
        {"StackName": "new", "Tags": TAGS},
        "aws:RequestTag/team",
        "shop",
    ),
}


@pytest.mark.parametrize(("operation", "given", "key", "value"), KEYS.values(), ids=KEYS)
def test_condition_keys(
    stack: stacks.Stack, call: Any, operation: str, given: dict[str, Any], key: str, value: Any
) -> None:
    check = checks_of(call("cloudformation", operation, **given))[0]
    assert check.context[key] == value


def test_a_key_is_absent_without_its_parameter(stack: stacks.Stack, call: Any) -> None:
    (check,) = checks_of(call("cloudformation", "CreateStack", StackName="new"))
    assert check.context == {}


def test_tagging_says_by_which_operation(stack: stacks.Stack, call: Any) -> None:
    _, tagging = checks_of(call("cloudformation", "CreateStack", StackName="new", Tags=TAGS))
    assert tagging.context["cloudformation:CreateAction"] == "CreateStack"


def test_the_role_is_passed_to_cloudformation(stack: stacks.Stack, call: Any) -> None:
    checks = checks_of(call("cloudformation", "UpdateStack", StackName="shop", RoleARN=ROLE))
    assert checks[-1].context["iam:PassedToService"] == "cloudformation.amazonaws.com"


def test_the_trail_names_no_resources(call: Any) -> None:
    assert resources_of(call("cloudformation", "CreateStack", StackName="new")) == []
