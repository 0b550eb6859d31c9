"""What the functions of a template give. Page: *Intrinsic function reference*."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.cloudformation.errors import ResourceFailed
from rolelab.sandbox.cloudformation.intrinsics import KNOWN_AFTER_APPLY, Scope, Unknown
from rolelab.sandbox.cloudformation.template import parse
from rolelab.sandbox.denial import ServiceError

TEMPLATE = {
    "Parameters": {"Env": {"Type": "String"}},
    "Mappings": {"Sizes": {"dev": {"Cpu": "256"}, "prod": {"Cpu": "512"}}},
    "Conditions": {
        "Dev": {"Fn::Equals": [{"Ref": "Env"}, "dev"]},
        "Prod": {"Fn::Not": [{"Condition": "Dev"}]},
        "Both": {"Fn::And": [{"Condition": "Dev"}, {"Condition": "Prod"}]},
        "Either": {"Fn::Or": [{"Condition": "Dev"}, {"Condition": "Prod"}]},
    },
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}, "New": {"Type": "AWS::SNS::Topic"}},
}


@pytest.fixture
def scope() -> Scope:
    def known(give: Callable[..., str]) -> Callable[..., Any]:
        return lambda name, *rest: (
            Unknown(KNOWN_AFTER_APPLY) if name == "New" else give(name, *rest)
        )

    return Scope(
        parse(json.dumps(TEMPLATE)),
        {"Env": "dev", "Names": ["a", "b"], "AWS::Region": "us-east-1", "AWS::AccountId": "1"},
        known(lambda name: f"{name}-id"),
        known(lambda name, attribute: f"{name}-{attribute}"),
        {"shared": "value"}.get,
        lambda region: [f"{region}a", f"{region}b"],
    )


GIVES: dict[str, tuple[Any, Any]] = {
    "Ref of a parameter": ({"Ref": "Env"}, "dev"),
    "Ref of a list parameter": ({"Ref": "Names"}, ["a", "b"]),
    "Ref of a resource": ({"Ref": "Topic"}, "Topic-id"),
    "Ref of a pseudo parameter": ({"Ref": "AWS::Region"}, "us-east-1"),
    "GetAtt": ({"Fn::GetAtt": ["Topic", "TopicName"]}, "Topic-TopicName"),
    "AWS::NoValue leaves the member out": ({"a": 1, "b": {"Ref": "AWS::NoValue"}}, {"a": 1}),
    "AWS::NoValue leaves the item out": ([1, {"Ref": "AWS::NoValue"}], [1]),
    "Sub of names": (
        {"Fn::Sub": "${Env}/${Topic}/${Topic.TopicName}"},
        "dev/Topic-id/Topic-TopicName",
    ),
    "Sub with own variables": (
        {"Fn::Sub": ["${A}-${Env}", {"A": {"Ref": "Topic"}}]},
        "Topic-id-dev",
    ),
    "Sub keeps literals": ({"Fn::Sub": "${!aws:username}-${Env}"}, "${aws:username}-dev"),
    "Join": ({"Fn::Join": ["-", ["a", {"Ref": "Env"}, 1, True]]}, "a-dev-1-true"),
    "Join of a list parameter": ({"Fn::Join": ["-", {"Ref": "Names"}]}, "a-b"),
    "Select": ({"Fn::Select": ["1", {"Ref": "Names"}]}, "b"),
    "Split": ({"Fn::Split": [":", "a:b"]}, ["a", "b"]),
    "Select of Split": ({"Fn::Select": [1, {"Fn::Split": [":", "a:b"]}]}, "b"),
    "If takes the first": ({"Fn::If": ["Dev", "yes", {"Ref": "Topic"}]}, "yes"),
    "If takes the second": ({"Fn::If": ["Prod", "yes", "no"]}, "no"),
    "And": ({"Fn::If": ["Both", "yes", "no"]}, "no"),
    "Or": ({"Fn::If": ["Either", "yes", "no"]}, "yes"),
    "FindInMap": ({"Fn::FindInMap": ["Sizes", {"Ref": "Env"}, "Cpu"]}, "256"),
    "ImportValue": ({"Fn::ImportValue": {"Fn::Sub": "shared"}}, "value"),
    "Base64": ({"Fn::Base64": "hello"}, "aGVsbG8="),
    "GetAZs of this Region": ({"Fn::GetAZs": ""}, ["us-east-1a", "us-east-1b"]),
    "GetAZs of another": ({"Fn::GetAZs": "eu-west-1"}, ["eu-west-1a", "eu-west-1b"]),
    "what is no function stays": (
        {"Statement": [{"Condition": {"Bool": {"a": "b"}}}]},
        {"Statement": [{"Condition": {"Bool": {"a": "b"}}}]},
    ),
}


@pytest.mark.parametrize(("written", "given"), GIVES.values(), ids=GIVES)
def test_functions(scope: Scope, written: Any, given: Any) -> None:
    assert scope.resolve(written) == given


UNKNOWN: dict[str, Any] = {
    "Ref": {"Ref": "New"},
    "GetAtt": {"Fn::GetAtt": ["New", "TopicName"]},
    "Sub": {"Fn::Sub": "${New}-a"},
    "Join": {"Fn::Join": ["", ["a", {"Ref": "New"}]]},
    "Select of Split": {"Fn::Select": [5, {"Fn::Split": [":", {"Ref": "New"}]}]},
}


@pytest.mark.parametrize("written", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_known_only_after_the_resource_is_made(scope: Scope, written: Any) -> None:
    assert isinstance(scope.resolve(written), Unknown)


WRONG: dict[str, tuple[Any, str]] = {
    "Select outside the list": (
        {"Fn::Select": [5, ["a"]]},
        "Fn::Select cannot select nonexistent value at index 5",
    ),
    "Select with text": ({"Fn::Select": ["x", ["a"]]}, "Fn::Select requires a list argument"),
    "Join without a list": ({"Fn::Join": "a"}, "every Fn::Join object requires two parameters"),
    "Split without text": ({"Fn::Split": ["a"]}, "every Fn::Split object requires two parameters"),
    "Sub of a number": ({"Fn::Sub": 1}, "don't specify expected arguments"),
    "FindInMap of nothing": (
        {"Fn::FindInMap": ["Sizes", "test", "Cpu"]},
        "Template error: Unable to get mapping for Sizes::test::Cpu",
    ),
    "If of two": ({"Fn::If": ["Dev", "a"]}, "Fn::If requires a list argument with three"),
    "a function that is none": ({"Fn::Foo": "a"}, "Fn::Foo is not modelled by the sandbox"),
}


@pytest.mark.parametrize(("written", "said"), WRONG.values(), ids=WRONG)
def test_functions_used_wrongly(scope: Scope, written: Any, said: str) -> None:
    with pytest.raises(ServiceError) as refused:
        scope.resolve(written)
    assert said in refused.value.message


def test_imports_are_remembered(scope: Scope) -> None:
    scope.resolve({"Fn::ImportValue": "shared"})
    with pytest.raises(ResourceFailed, match="No export named other found"):
        scope.resolve({"Fn::ImportValue": "other"})
    assert scope.imports == {"shared", "other"}
