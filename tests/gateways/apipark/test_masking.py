"""Data masking: what matches, and what is left of it."""

from __future__ import annotations

from typing import Any

import pytest

from rolelab.gateways.apipark import masking
from rolelab.gateways.apipark.answers import Failure

FIRST_TWO = {"type": "partial-masking", "begin": 0, "length": 2}


def rule(kind: str, value: str, **mask: Any) -> dict[str, Any]:
    return {"match": {"type": kind, "value": value}, "mask": mask or FIRST_TWO}


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        pytest.param("phone", "13812345678", "**812345678", id="a phone number"),
        pytest.param("phone", "12812345678", "12812345678", id="no phone number: 12"),
        pytest.param("phone", "a13812345678", "a13812345678", id="a part of a longer word"),
        pytest.param("id-card", "11010119900307123X", "**010119900307123X", id="an identity card"),
        pytest.param("bank-card", "6222021234567890", "**22021234567890", id="a bank card"),
        pytest.param("date", "2026-11-30", "**26-11-30", id="a date by itself"),
        pytest.param("date", "on 2026-11-30", "on 2026-11-30", id="a date within a text"),
        pytest.param("amount", "12.50", "**.50", id="an amount by itself"),
    ],
)
def test_inner(value: str, text: str, expected: str) -> None:
    assert masking.masked({"text": [text]}, [rule("inner", value)]) == {"text": [expected]}


def test_inner_name_masks_the_members_that_hold_names() -> None:
    answer = {"user": {"name": "Emma", "age": 7}, "text": "Emma"}
    assert masking.masked(answer, [rule("inner", "name")]) == {
        "user": {"name": "**ma", "age": 7},
        "text": "Emma",
    }


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        pytest.param(
            "keyword", "a.c", {"x": "abc ***", "y": ["abc"]}, id="a keyword is no pattern"
        ),
        pytest.param("regex", "a.c", {"x": "*** ***", "y": ["***"]}, id="a regular expression"),
        pytest.param("json_path", "$.y[0]", {"x": "abc a.c", "y": ["***"]}, id="a JSON path"),
        pytest.param("json_path", "$.y[*]", {"x": "abc a.c", "y": ["***"]}, id="all of a list"),
    ],
)
def test_matches(kind: str, value: str, expected: Any) -> None:
    given = {"x": "abc a.c", "y": ["abc"]}
    mask = {"type": "partial-masking", "begin": 0, "length": -1}
    assert masking.masked(given, [rule(kind, value, **mask)]) == expected


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        pytest.param({"type": "partial-masking", "begin": 2, "length": 2}, "ab**ef", id="masking"),
        pytest.param({"type": "partial-masking", "begin": 2, "length": -1}, "ab****", id="rest"),
        pytest.param({"type": "partial-masking", "begin": 9, "length": 1}, "abcdef", id="beyond"),
        pytest.param({"type": "partial-display", "begin": 2, "length": 2}, "**cd**", id="display"),
        pytest.param({"type": "truncation", "begin": 1, "length": 2}, "bc", id="truncation"),
        pytest.param({"type": "replacement", "replace": {"type": "custom", "value": "-"}}, "-",
                     id="replacement"),
    ],
)  # fmt: skip
def test_masks(mask: Any, expected: str) -> None:
    assert masking.masked("abcdef", [rule("regex", ".+", **mask)]) == expected


def test_random_replacement_and_shuffling_keep_the_length() -> None:
    random = {"type": "replacement", "replace": {"type": "random"}}
    assert len(masking.masked("abcdef", [rule("regex", ".+", **random)])) == 6
    shuffled = masking.masked("abcdef", [rule("regex", ".+", type="shuffling")])
    assert sorted(shuffled) == list("abcdef")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        pytest.param(rule("inner", "email"), "invalid inner value", id="an inner value unknown"),
        pytest.param(rule("regex", "("), "config.rules.0.match", id="no regular expression"),
        pytest.param(rule("json_path", "x"), "the form is", id="no JSON path"),
        pytest.param(rule("regex", ".", type="replacement"), "replace is nil", id="no replacement"),
    ],
)
def test_rules_that_cannot_be_applied(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(Failure, match=says):
        masking.check([wrong])
