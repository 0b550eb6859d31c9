"""Templates as text: what a person would write, and what a reader takes for the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolelab.sandbox.cloudformation.template_text import decode
from rolelab.templates.yaml_text import write

CASES = {
    "a reference has its short form": ({"Ref": "Key"}, "!Ref Key"),
    "an attribute has its short form": ({"Fn::GetAtt": ["Key", "Arn"]}, "!GetAtt Key.Arn"),
    "a substitution has its short form": ({"Fn::Sub": "${Key.Arn}/*"}, '!Sub "${Key.Arn}/*"'),
    "plain words need no quotes": ("s3:GetObject", "s3:GetObject"),
    "a date is quoted, for it is a version": ("2012-10-17", '"2012-10-17"'),
    "digits are quoted, for they are a name": ("256", '"256"'),
    "a yes that is text is quoted": ("yes", '"yes"'),
    "a star is quoted": ("*", '"*"'),
    "a truth is not quoted": (True, "true"),
    "a short list is on one line": (["s3:Get*", "s3:List*"], "[s3:Get*, s3:List*]"),
    "a small mapping is on one line": ({"Service": "a.com"}, "{Service: a.com}"),
}


@pytest.mark.parametrize(("value", "written"), CASES.values(), ids=CASES.keys())
def test_a_value_is_written(value: Any, written: str) -> None:
    text = write({"Properties": {"Value": value}})
    assert text == f"Properties:\n  Value: {written}\n"
    assert decode(text) == {"Properties": {"Value": value}}


def test_statements_stand_on_lines_of_their_own() -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert write({"Statement": [statement]}).splitlines() == [
        "Statement:",
        "  - Effect: Allow",
        '    Action: "*"',
        '    Resource: "*"',
    ]


def test_resources_stand_apart() -> None:
    one = {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "a"}}
    assert write({"Version": "1", "Resources": {"A": one, "B": one}}) == (
        'Version: "1"\n\n'
        "Resources:\n"
        "  A:\n    Type: AWS::ECS::Cluster\n    Properties:\n      ClusterName: a\n\n"
        "  B:\n    Type: AWS::ECS::Cluster\n    Properties:\n      ClusterName: a\n"
    )


NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
SCALARS = st.one_of(st.text(max_size=20), st.booleans(), st.integers(-9999, 9999))
SHORT = st.one_of(
    st.builds(lambda name: {"Ref": name}, NAMES),
    st.builds(lambda name: {"Fn::GetAtt": [name, "Arn"]}, NAMES),
    st.builds(lambda text: {"Fn::Sub": text}, st.text(max_size=20)),
)
VALUES = st.recursive(
    SCALARS | SHORT,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4))
def test_a_reader_takes_the_text_for_the_same_values(template: dict[str, Any]) -> None:
    assert decode(write({"Top": template})) == {"Top": template}
