"""Templates as CloudFormation reads them, and what it says about those it refuses.

Pages: *CloudFormation template format*, *Resource attribute reference*.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolelab.sandbox.cloudformation.template import Reference, parse, references
from rolelab.sandbox.denial import ServiceError

TOPIC = {"Type": "AWS::SNS::Topic"}


def template(**sections: Any) -> str:
    return json.dumps({"Resources": {"Topic": TOPIC}, **sections})


def topic(**properties: Any) -> dict[str, Any]:
    return {"Resources": {"Topic": {**TOPIC, "Properties": properties}}}


SHORT_FORMS = {
    "!Ref A": {"Ref": "A"},
    "!GetAtt A.Arn": {"Fn::GetAtt": ["A", "Arn"]},
    "!Sub '${A}-b'": {"Fn::Sub": "${A}-b"},
    "!Join [',', [a, b]]": {"Fn::Join": [",", ["a", "b"]]},
    "!Select [0, [a]]": {"Fn::Select": [0, ["a"]]},
    "!Split [',', a]": {"Fn::Split": [",", "a"]},
    "!If [C, a, b]": {"Fn::If": ["C", "a", "b"]},
    "!FindInMap [M, a, b]": {"Fn::FindInMap": ["M", "a", "b"]},
    "!ImportValue a": {"Fn::ImportValue": "a"},
    "!Base64 a": {"Fn::Base64": "a"},
    "!GetAZs ''": {"Fn::GetAZs": ""},
}


@pytest.mark.parametrize(("written", "meant"), SHORT_FORMS.items(), ids=SHORT_FORMS)
def test_short_forms(written: str, meant: Any) -> None:
    text = f"""
        Mappings: {{M: {{a: {{b: c}}}}}}
        Conditions: {{C: !Equals [a, a]}}
        Resources:
          A: {{Type: AWS::SNS::Topic}}
          B:
            Type: AWS::SNS::Topic
            Properties:
              DisplayName: {written}
    """
    assert parse(text).resources["B"].properties["DisplayName"] == meant


def test_a_star_is_no_alias() -> None:
    text = """
        Resources:
          P:
            Type: AWS::IAM::ManagedPolicy
            Properties: {PolicyDocument: {Action: "s3:*", Resource: '*', Sid: s3:*}}
    """
    assert parse(text).resources["P"].properties["PolicyDocument"]["Resource"] == "*"


def test_a_date_in_a_policy_is_its_version() -> None:
    """YAML takes 2012-10-17 for a date, CloudFormation for text."""
    text = """
        AWSTemplateFormatVersion: 2010-09-09
        Resources:
          P:
            Type: AWS::IAM::ManagedPolicy
            Properties: {PolicyDocument: {Version: 2012-10-17}}
    """
    found = parse(text).resources["P"].properties["PolicyDocument"]
    assert found == {"Version": "2012-10-17"}


REFUSED = {
    "no structure": ("hello", "Template format error: unsupported structure."),
    "broken JSON": ("{", "Template format error: JSON not well-formed. (line "),
    "broken YAML": ("a: [", "Template format error: YAML not well-formed. (line "),
    "a key twice": (
        "Resources:\n  A: {Type: AWS::SNS::Topic}\n  A: {Type: AWS::SNS::Topic}",
        "duplicate key A",
    ),
    "a YAML alias": (
        "Resources:\n  A: &a {Type: AWS::SNS::Topic}\n  B: *a",
        "Template format error: YAML aliases are not allowed in CloudFormation templates",
    ),
    "no resources": (
        "{}",
        "Template format error: At least one Resources member must be defined.",
    ),
    "an unknown section": (
        template(Resource={}),
        "Invalid template property or properties [Resource]",
    ),
    "another version": (
        template(AWSTemplateFormatVersion="2012-10-17"),
        "Template format error: 2012-10-17 is not a supported value.",
    ),
    "a resource without a type": (
        template(Resources={"A": {}}),
        "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
    ),
    "a logical id with a hyphen": (
        template(Resources={"a-b": TOPIC}),
        "Template format error: Resource name a-b is non alphanumeric.",
    ),
    "a parameter and a resource of one name": (
        template(Parameters={"Topic": {"Type": "String"}}),
        "Logical name Topic is used for a parameter and for a resource.",
    ),
    "an unknown resource attribute": (
        template(Resources={"A": {**TOPIC, "Dependson": "B"}}),
        "Invalid template resource property 'Dependson'",
    ),
    "an unknown deletion policy": (
        template(Resources={"A": {**TOPIC, "DeletionPolicy": "Keep"}}),
        "Template format error: Unrecognized DeletionPolicy Keep for resource A",
    ),
    "a reference that leads nowhere": (
        template(**topic(DisplayName={"Ref": "Nothing"})),
        "Template format error: Unresolved resource dependencies [Nothing] in the Resources block "
        "of the template",
    ),
    "a variable that leads nowhere": (
        template(**topic(DisplayName={"Fn::Sub": "${Nothing}"})),
        "Unresolved resource dependencies [Nothing] in the Resources block",
    ),
    "DependsOn that leads nowhere": (
        template(Resources={"A": {**TOPIC, "DependsOn": "Nothing"}}),
        "Unresolved resource dependencies [Nothing] in the Resources block",
    ),
    "an output that leads nowhere": (
        template(Outputs={"A": {"Value": {"Ref": "Nothing"}}}),
        "Unresolved resource dependencies [Nothing] in the Outputs block",
    ),
    "an attribute of nothing": (
        template(**topic(DisplayName={"Fn::GetAtt": ["Nothing", "Arn"]})),
        "Template error: instance of Fn::GetAtt references undefined resource Nothing",
    ),
    "a condition that refers to a resource": (
        template(Conditions={"C": {"Fn::Equals": [{"Ref": "Topic"}, "a"]}}),
        "Template format error: Unresolved dependencies [Topic]. Cannot reference resources in the "
        "Conditions block of the template",
    ),
    "a condition that is not there": (
        template(Resources={"A": {**TOPIC, "Condition": "C"}}),
        "Unresolved condition dependency C in the Resources block of the template",
    ),
    "a mapping that is not there": (
        template(**topic(DisplayName={"Fn::FindInMap": ["M", "a", "b"]})),
        "Mapping named 'M' is not present in the 'Mappings' section of template.",
    ),
    "a variable with a hyphen": (
        template(**topic(DisplayName={"Fn::Sub": "${a-b}"})),
        "variable names in Fn::Sub syntax must contain only alphanumeric characters",
    ),
}


@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(ServiceError) as refused:
        parse(text)
    assert refused.value.code == "ValidationError"
    assert said in refused.value.message


REFERENCES: dict[str, tuple[Any, list[Reference]]] = {
    "Ref": ({"Ref": "A"}, [Reference("Ref", "A")]),
    "GetAtt as text": ({"Fn::GetAtt": "A.B.C"}, [Reference("Fn::GetAtt", "A", "B.C")]),
    "Sub": (
        {"Fn::Sub": "${A.Arn}/${B}"},
        [Reference("Fn::GetAtt", "A", "Arn"), Reference("Ref", "B")],
    ),
    "Sub with its own variable": (
        {"Fn::Sub": ["${A}-${B}", {"A": {"Ref": "C"}}]},
        [Reference("Ref", "C"), Reference("Ref", "B")],
    ),
    "a literal in Sub": ({"Fn::Sub": "${!aws:username}"}, []),
    "inside of lists and objects": ({"a": [{"b": {"Ref": "A"}}]}, [Reference("Ref", "A")]),
    "If": (
        {"Fn::If": ["C", {"Ref": "A"}, "b"]},
        [Reference("Condition", "C"), Reference("Ref", "A")],
    ),
    "the Condition of a policy statement": ({"Condition": {"Bool": {"a": "b"}}}, []),
}


@pytest.mark.parametrize(("value", "found"), REFERENCES.values(), ids=REFERENCES)
def test_references(value: Any, found: list[Reference]) -> None:
    assert list(references(value)) == found
