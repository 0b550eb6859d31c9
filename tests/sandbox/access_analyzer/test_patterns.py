"""Patterns against each other: the answers are sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolelab.iam.wildcard import canonical, resource_matcher, string_matcher
from rolelab.sandbox.access_analyzer.patterns import (
    covers,
    covers_action,
    covers_resource,
    meet,
    meet_action,
    meet_resource,
)

PATTERN = st.text("ab*?", max_size=6)
TEXT = st.text("ab", max_size=6)


@given(PATTERN, PATTERN, TEXT)
def test_what_is_covered_is_matched(general: str, special: str, text: str) -> None:
    if covers(general, special) and string_matcher(canonical(special))(text):
        assert string_matcher(canonical(general))(text)


@given(PATTERN, PATTERN, TEXT)
def test_what_both_match_meets(one: str, other: str, text: str) -> None:
    if string_matcher(canonical(one))(text) and string_matcher(canonical(other))(text):
        assert meet(one, other)


ARN = st.lists(st.text("ab*", max_size=2), min_size=4, max_size=6).map(
    lambda parts: ":".join(["arn", "aws", *parts])
)
NAMED = st.lists(st.text("ab", max_size=2), min_size=4, max_size=6).map(
    lambda parts: ":".join(["arn", "aws", *parts])
)


@given(ARN, ARN, NAMED)
def test_resources_too(general: str, special: str, text: str) -> None:
    matches = resource_matcher(canonical(special))(text)
    if covers_resource(general, special) and matches:
        assert resource_matcher(canonical(general))(text)
    if matches and resource_matcher(canonical(general))(text):
        assert meet_resource(general, special)


COVERED = {
    "a star covers what begins the same": ("s3:Get*", "s3:GetObject", True),
    "case does not count": ("S3:get*", "s3:GetObject", True),
    "a plain star covers all": ("*", "s3:*", True),
    "so does *:*": ("*:*", "s3:*", True),
    "one does not cover many": ("s3:GetObject", "s3:Get*", False),
    "a star inside": ("s3:*Object", "s3:Get*Object", True),
}


@pytest.mark.parametrize(("general", "special", "expected"), COVERED.values(), ids=COVERED)
def test_actions(general: str, special: str, expected: bool) -> None:
    assert covers_action(general, special) is expected


MEETING = {
    "neither covers the other": ("s3:Get*", "s3:*Object", True),
    "no action in common": ("s3:Get*", "s3:Put*", False),
    "all actions": ("*:*", "iam:PassRole", True),
}


@pytest.mark.parametrize(("one", "other", "expected"), MEETING.values(), ids=MEETING)
def test_actions_that_meet(one: str, other: str, expected: bool) -> None:
    assert meet_action(one, other) is expected


VARIABLES = {
    "a variable is the same variable": (
        "arn:aws:s3:::b/${aws:username}/*",
        "arn:aws:s3:::b/${aws:username}/*",
        True,
    ),
    "and may be anything else": (
        "arn:aws:s3:::b/ann/*",
        "arn:aws:s3:::b/${aws:username}/*",
        False,
    ),
}


@pytest.mark.parametrize(("general", "special", "expected"), VARIABLES.values(), ids=VARIABLES)
def test_variables(general: str, special: str, expected: bool) -> None:
    assert covers_resource(general, special) is expected
    assert meet_resource(general, special)
