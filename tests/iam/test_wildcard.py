"""Wildcards, as *IAM JSON policy elements: Resource* and *Condition operators* describe them."""

from __future__ import annotations

import pytest

from rolelab.iam.wildcard import arn_matcher, canonical, resource_matcher, string_matcher

RESOURCES = [
    ("star-alone-matches-anything", "*", "arn:aws:s3:::orders/a", True),
    ("exact", "arn:aws:s3:::orders", "arn:aws:s3:::orders", True),
    ("case-counts", "arn:aws:s3:::Orders", "arn:aws:s3:::orders", False),
    (
        "star-inside-the-last-part-crosses-slashes",
        "arn:aws:s3:::o/*/z",
        "arn:aws:s3:::o/a/b/z",
        True,
    ),
    ("star-needs-the-rest", "arn:aws:s3:::o/*/z", "arn:aws:s3:::o/a/b/y", False),
    ("question-mark-is-one-character", "arn:aws:s3:::o/?", "arn:aws:s3:::o/ab", False),
    (
        "star-ending-a-segment-crosses-colons",
        "arn:aws:logs:*:log-group:a",
        "arn:aws:logs:us-east-1:123456789012:log-group:a",
        True,
    ),
    (
        "star-inside-a-segment-stays-inside",
        "arn:aws:sqs:us-*-1:123456789012:q",
        "arn:aws:sqs:us-x:y-1:123456789012:q",
        False,
    ),
    (
        "star-inside-a-segment-matches-there",
        "arn:aws:sqs:us-*-1:123456789012:q",
        "arn:aws:sqs:us-east-1:123456789012:q",
        True,
    ),
    (
        "colons-of-the-last-part-belong-to-it",
        "arn:aws:logs:us-east-1:1:log-group:*:stream",
        "arn:aws:logs:us-east-1:1:log-group:a:b:stream",
        True,
    ),
    ("short-pattern-with-a-final-star", "arn:aws:s3*", "arn:aws:s3:::orders", True),
]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [row[1:] for row in RESOURCES],
    ids=[row[0] for row in RESOURCES],
)
def test_resource(pattern: str, text: str, expected: bool) -> None:
    assert bool(resource_matcher(canonical(pattern))(text)) is expected


ARNS = [
    ("six-parts-are-compared-each", "arn:aws:ecs:*:*:task/*", "arn:aws:ecs:r:1:task/a:b", True),
    ("a-star-does-not-cross", "arn:aws:ecs:*:task/a", "arn:aws:ecs:us-east-1:1:task/a", False),
    ("star-alone", "*", "arn:aws:ecs:us-east-1:1:task/a", True),
]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"), [row[1:] for row in ARNS], ids=[row[0] for row in ARNS]
)
def test_arn_like(pattern: str, text: str, expected: bool) -> None:
    assert bool(arn_matcher(canonical(pattern))(text)) is expected


def test_many_stars_take_linear_time_and_still_answer() -> None:
    pattern = canonical("arn:aws:s3:::" + "a*" * 200 + "b")
    assert not resource_matcher(pattern)("arn:aws:s3:::" + "a" * 5000)


def test_a_star_that_is_a_value_is_only_a_star() -> None:
    assert string_matcher("reports/*")("reports/*")
    assert not string_matcher("reports/*")("reports/2026")
