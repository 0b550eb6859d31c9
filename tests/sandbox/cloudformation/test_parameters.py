"""Parameters: types, defaults, constraints. Page: *CloudFormation template Parameters syntax*."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolelab.sandbox.cloudformation.parameters import Values, shown, typed, values_for
from rolelab.sandbox.cloudformation.template import Template, parse
from rolelab.sandbox.denial import ServiceError


def declared(**parameters: Any) -> Template:
    resources = {"Topic": {"Type": "AWS::SNS::Topic"}}
    return parse(json.dumps({"Parameters": parameters, "Resources": resources}))


def values(template: Template, previous: dict[str, str] | None = None, **given: Any) -> Values:
    entries = [
        {"ParameterKey": name, "UsePreviousValue": True}
        if value is ...
        else {"ParameterKey": name, "ParameterValue": value}
        for name, value in given.items()
    ]
    stored = {"/image": "nginx"}
    return values_for(template, entries, previous or {}, stored.__getitem__)


TYPED: dict[str, tuple[dict[str, Any], str, Any]] = {
    "String": ({"Type": "String"}, "a,b", "a,b"),
    "Number": ({"Type": "Number"}, "1", "1"),
    "CommaDelimitedList": ({"Type": "CommaDelimitedList"}, "a, b", ["a", "b"]),
    "List<Number>": ({"Type": "List<Number>"}, "1,2", ["1", "2"]),
    "a list of ids": ({"Type": "List<AWS::EC2::Subnet::Id>"}, "s-1,s-2", ["s-1", "s-2"]),
    "the value of an SSM parameter": (
        {"Type": "AWS::SSM::Parameter::Value<String>"},
        "/image",
        "nginx",
    ),
    "the name of an SSM parameter": ({"Type": "AWS::SSM::Parameter::Name"}, "/image", "/image"),
}


@pytest.mark.parametrize(("kind", "given", "meant"), TYPED.values(), ids=TYPED)
def test_types(kind: dict[str, Any], given: str, meant: Any) -> None:
    template = declared(P=kind)
    assert typed(template, values(template, P=given)) == {"P": meant}


def test_defaults_are_text() -> None:
    template = declared(P={"Type": "Number", "Default": 80})
    assert values(template).given == {"P": "80"}


def test_previous_values() -> None:
    template = declared(P={"Type": "String", "Default": "a"})
    assert values(template, {"P": "b"}, P=...).given == {"P": "b"}
    assert values(template, {"P": "b"}).given == {"P": "a"}


def test_no_echo_is_hidden() -> None:
    template = declared(P={"Type": "String", "NoEcho": True})
    assert shown(template, values(template, P="hunter2")) == [
        {"ParameterKey": "P", "ParameterValue": "****"}
    ]


def test_the_value_behind_a_name_is_shown() -> None:
    template = declared(P={"Type": "AWS::SSM::Parameter::Value<String>"})
    assert shown(template, values(template, P="/image")) == [
        {"ParameterKey": "P", "ParameterValue": "/image", "ResolvedValue": "nginx"}
    ]


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no value": ({"Type": "String"}, {}, "Parameters: [P] must have values"),
    "not in the template": (
        {"Type": "String", "Default": "a"},
        {"Q": "a"},
        "Parameters: [Q] do not exist in the template",
    ),
    "unknown type": ({"Type": "Text"}, {}, "Unrecognized parameter type: Text"),
    "unknown property": (
        {"Type": "String", "Defaults": "a"},
        {},
        "Invalid template parameter property 'Defaults'",
    ),
    "AllowedValues": (
        {"Type": "String", "AllowedValues": ["a"]},
        {"P": "b"},
        "Parameter 'P' must be one of AllowedValues",
    ),
    "AllowedPattern": (
        {"Type": "String", "AllowedPattern": "[a-z]+"},
        {"P": "1"},
        "Parameter 'P' must match pattern [a-z]+",
    ),
    "ConstraintDescription": (
        {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "letters"},
        {"P": "1"},
        "Parameter 'P' failed to satisfy constraint: letters",
    ),
    "MinLength": (
        {"Type": "String", "MinLength": 3},
        {"P": "ab"},
        "Parameter 'P' must contain at least 3 characters",
    ),
    "MaxLength": (
        {"Type": "String", "MaxLength": "1"},
        {"P": "ab"},
        "Parameter 'P' must contain at most 1 characters",
    ),
    "MinValue": (
        {"Type": "Number", "MinValue": 3},
        {"P": "2"},
        "Parameter 'P' must be a number not less than 3",
    ),
    "MaxValue": (
        {"Type": "Number", "MaxValue": 3},
        {"P": "4"},
        "Parameter 'P' must be a number not greater than 3",
    ),
    "no number": ({"Type": "Number"}, {"P": "x"}, "Parameter 'P' must be a number"),
    "one of a list": (
        {"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]},
        {"P": "a,c"},
        "Parameter 'P' must be one of AllowedValues",
    ),
    "no previous value": ({"Type": "String"}, {"P": ...}, "Cannot specify usePreviousValue"),
}


@pytest.mark.parametrize(("kind", "given", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(kind: dict[str, Any], given: dict[str, Any], said: str) -> None:
    with pytest.raises(ServiceError) as refused:
        values(declared(P=kind), **given)
    assert said in refused.value.message
