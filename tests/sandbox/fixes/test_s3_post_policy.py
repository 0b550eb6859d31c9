"""What the policy of an upload form lets through (*POST Policy*)."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes.s3_post_policy import check

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
LATER, EARLIER = "2026-01-01T12:00:01.000Z", "2026-01-01T12:00:00.000Z"
BUCKET = "bookshop-uploads"
FIELDS = {"key": "user/betty/1.png", "content-type": "image/png"}
ANY = [["starts-with", "$key", ""], ["starts-with", "$content-type", ""]]


def encoded(policy: Any) -> str:
    return base64.b64encode(json.dumps(policy).encode()).decode()


def policy(*conditions: Any, expiration: str = LATER) -> str:
    return encoded({"expiration": expiration, "conditions": list(conditions)})


def judge(text: str, size: int = 10, **fields: str) -> str:
    """What S3 answers to a form: an error code with its message, or nothing."""
    try:
        check({**FIELDS, **fields, "policy": text}, BUCKET, size, NOW)
    except ServiceError as error:
        return str(error)
    return ""


ACCEPTED: dict[str, list[Any]] = {
    "any content": ANY,
    "exact match as an object": [{"key": "user/betty/1.png"}, ANY[1]],
    "exact match as a list": [["eq", "$key", "user/betty/1.png"], ANY[1]],
    "a prefix": [["starts-with", "$key", "user/betty/"], ANY[1]],
    "several conditions on a field": [["starts-with", "$key", "user/"], *ANY],
    "the bucket the form is sent to": [{"bucket": BUCKET}, *ANY],
    "names without regard to case": [{"Bucket": BUCKET}, {"KEY": FIELDS["key"]}, ANY[1]],
    "a size in the range": [*ANY, ["content-length-range", 10, 10]],
}


@pytest.mark.parametrize("conditions", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(conditions: list[Any]) -> None:
    assert judge(policy(*conditions)) == ""


FAILED: dict[str, tuple[list[Any], str]] = {
    "another key": (
        [["eq", "$key", "user/eric/1.png"], ANY[1]],
        '["eq", "$key", "user/eric/1.png"]',
    ),
    "another prefix": (
        [["starts-with", "$key", "user/eric/"], ANY[1]],
        '["starts-with", "$key", "user/eric/"]',
    ),
    "another bucket": (
        [{"bucket": "bookshop-orders"}, *ANY],
        '["eq", "$bucket", "bookshop-orders"]',
    ),
    "a field that is not in the form": ([*ANY, {"acl": "private"}], '["eq", "$acl", "private"]'),
}


@pytest.mark.parametrize(("conditions", "named"), FAILED.values(), ids=FAILED)
def test_a_condition_that_is_not_met_is_named(conditions: list[Any], named: str) -> None:
    assert judge(policy(*conditions)) == (
        f"AccessDenied: Invalid according to Policy: Policy Condition failed: {named}"
    )


def test_a_policy_is_valid_until_its_expiration() -> None:
    assert judge(policy(*ANY, expiration=LATER)) == ""
    assert judge(policy(*ANY, expiration=EARLIER)) == (
        "AccessDenied: Invalid according to Policy: Policy expired."
    )


def test_every_field_needs_a_condition() -> None:
    assert judge(policy(*ANY), **{"x-amz-meta-note": "1", "acl": "private"}) == (
        "AccessDenied: Invalid according to Policy: Extra input fields: x-amz-meta-note, acl"
    )


@pytest.mark.parametrize(
    "field", ["x-ignore-me", "signature", "x-amz-signature", "awsaccesskeyid", "file"]
)
def test_some_fields_need_none(field: str) -> None:
    assert judge(policy(*ANY), **{field: "1"}) == ""


@pytest.mark.parametrize(
    ("size", "code"), [(9, "EntityTooSmall"), (11, "EntityTooLarge")], ids=["small", "large"]
)
def test_the_size_is_bound(size: int, code: str) -> None:
    bound = policy(*ANY, ["content-length-range", 10, 10])
    assert judge(bound, size).startswith(f"{code}: Your proposed upload")


@pytest.mark.parametrize(
    ("given", "accepted"),
    [("image/png,image/gif", True), ("image/png,text/html", False)],
    ids=["all of them", "one of them not"],
)
def test_each_content_type_of_a_list_has_to_match(given: str, accepted: bool) -> None:
    text = policy(ANY[0], ["starts-with", "$Content-Type", "image/"])
    assert (judge(text, **{"content-type": given}) == "") is accepted


INVALID: dict[str, str] = {
    "not base64": "hello!",
    "not JSON": base64.b64encode(b"hello").decode(),
    "no conditions": encoded({"expiration": LATER}),
    "a list": encoded([]),
    "no expiration": encoded({"conditions": ANY}),
    "an expiration that is no time": policy(*ANY, expiration="tomorrow"),
    "an unknown operator": policy(*ANY, ["ends-with", "$key", ".png"]),
    "a field without its dollar sign": policy(*ANY, ["eq", "key", "1"]),
    "a condition of two parts": policy(*ANY, ["eq", "$key"]),
    "a condition that is text": policy(*ANY, "key"),
}


@pytest.mark.parametrize("text", INVALID.values(), ids=INVALID)
def test_invalid_policies(text: str) -> None:
    assert judge(text).startswith("InvalidPolicyDocument: Invalid Policy: ")
