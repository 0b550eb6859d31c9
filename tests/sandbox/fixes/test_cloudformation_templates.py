"""What CloudFormation says about a template. Pages: *ValidateTemplate*, *GetTemplateSummary*."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from tests.sandbox.fixes.conftest import Refused
from tests.sandbox.fixes.policies import trust

ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"RoleName": "app", "AssumeRolePolicyDocument": json.loads(trust())},
}
TEMPLATE = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "The shop",
    "Metadata": {"a": "b"},
    "Parameters": {
        "Env": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"]},
        "Word": {"Type": "String", "NoEcho": True, "Description": "A secret"},
    },
    "Resources": {"Role": ROLE, "Topic": {"Type": "AWS::SNS::Topic"}},
}


@pytest.fixture
def cf(sandbox: Any) -> Any:
    return boto3.client("cloudformation")


def test_validate_template(cf: Any) -> None:
    found = cf.validate_template(TemplateBody=json.dumps(TEMPLATE))
    assert found["Parameters"] == [
        {"ParameterKey": "Env", "DefaultValue": "dev", "NoEcho": False},
        {"ParameterKey": "Word", "NoEcho": True, "Description": "A secret"},
    ]
    assert found["Description"] == "The shop"
    assert found["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    assert found["CapabilitiesReason"] == (
        "The following resource(s) require capabilities: [AWS::IAM::Role]"
    )


def test_get_template_summary(cf: Any) -> None:
    found = cf.get_template_summary(TemplateBody=json.dumps(TEMPLATE))
    assert found["Parameters"][0] == {
        "ParameterKey": "Env",
        "DefaultValue": "dev",
        "ParameterType": "String",
        "NoEcho": False,
        "ParameterConstraints": {"AllowedValues": ["dev", "prod"]},
    }
    assert found["ResourceTypes"] == ["AWS::IAM::Role", "AWS::SNS::Topic"]
    assert (found["Version"], found["Metadata"]) == ("2010-09-09", '{"a": "b"}')
    assert found["Capabilities"] == ["CAPABILITY_NAMED_IAM"]


def test_of_a_stack(cf: Any) -> None:
    text = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    cf.create_stack(StackName="shop", TemplateBody=text)
    summary = cf.get_template_summary(StackName="shop")
    assert summary["ResourceTypes"] == ["AWS::SNS::Topic"]
    assert cf.get_template(StackName="shop")["TemplateBody"] == json.loads(text)


@pytest.mark.parametrize(
    ("operation", "given", "said"),
    [
        ("get_template", {"StackName": "shop"}, "Stack with id shop does not exist"),
        ("describe_stack_events", {"StackName": "shop"}, "Stack with id shop does not exist"),
        ("list_stack_resources", {"StackName": "shop"}, "Stack with id shop does not exist"),
        (
            "validate_template",
            {"TemplateBody": "{}"},
            "Template format error: At least one Resources member must be defined.",
        ),
        (
            "validate_template",
            {"TemplateBody": '{"Resources": {"A": {"Type": "AWS::SNS::Topics"}}}'},
            "Template format error: Unrecognized resource types: [AWS::SNS::Topics]",
        ),
        (
            "validate_template",
            {},
            "Either Template URL or Template Body must be specified.",
        ),
        (
            "describe_stack_resources",
            {"PhysicalResourceId": "nothing"},
            "Stack for nothing does not exist",
        ),
    ],
)
def test_what_is_refused(
    cf: Any, refused: Refused, operation: str, given: dict[str, Any], said: str
) -> None:
    assert refused(getattr(cf, operation), **given) == ("ValidationError", said)


def test_resources_of_a_stack(cf: Any, refused: Refused) -> None:
    body = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Metadata": {"a": 1}}}}
    cf.create_stack(StackName="shop", TemplateBody=json.dumps(body))
    (found,) = cf.describe_stack_resources(StackName="shop")["StackResources"]
    by_id = cf.describe_stack_resources(PhysicalResourceId=found["PhysicalResourceId"])
    assert by_id["StackResources"] == [found]
    detail = cf.describe_stack_resource(StackName="shop", LogicalResourceId="Topic")
    assert detail["StackResourceDetail"]["Metadata"] == '{"a": 1}'
    assert refused(cf.describe_stack_resource, StackName="shop", LogicalResourceId="X") == (
        "ValidationError",
        "Resource X does not exist for stack shop",
    )


def test_stacks_by_status(cf: Any) -> None:
    text = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    for name in ("old", "shop"):
        cf.create_stack(StackName=name, TemplateBody=text)
    cf.delete_stack(StackName="old")
    deleted = cf.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    assert [each["StackName"] for each in deleted] == ["old"]
    assert len(cf.list_stacks()["StackSummaries"]) == 2
    assert [each["StackName"] for each in cf.describe_stacks()["Stacks"]] == ["shop"]
