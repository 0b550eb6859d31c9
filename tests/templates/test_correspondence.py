"""A request of one account, as the other account would make it."""

from __future__ import annotations

import pytest

from rolelab.templates.correspondence import correspondence
from rolelab.templates.found import Found, Identifier, Reading

FIRST, SECOND = "123456789012", "444455556666"


def reading(account: str, bucket: str, key: str, region: str = "us-east-1") -> Reading:
    """An account with a bucket and a key."""
    bucket_arn, key_arn = f"arn:aws:s3:::{bucket}", f"arn:aws:kms:{region}:{account}:key/{key}"
    found = (
        Found(
            "AWS::S3::Bucket",
            bucket,
            bucket_arn,
            bucket,
            {},
            (Identifier(bucket_arn, "Arn"), Identifier(bucket)),
        ),
        Found("AWS::KMS::Key", "", key_arn, key, {}, (Identifier(key_arn, "Arn"), Identifier(key))),
    )
    return Reading(account, region, "aws", found)


HERE = reading(FIRST, "orders", "1111")
THERE = reading(SECOND, "orders-live", "2222", "eu-west-1")
SAME = {"arn:aws:s3:::orders": "arn:aws:s3:::orders-live"}

CASES = {
    "a resource": ("arn:aws:s3:::orders", "arn:aws:s3:::orders-live"),
    "something inside a resource": ("arn:aws:s3:::orders/a", "arn:aws:s3:::orders-live/a"),
    "a resource with a longer name is another one": (
        "arn:aws:s3:::orders-old",
        "arn:aws:s3:::orders-old",
    ),
    "a key by its ARN": (
        f"arn:aws:kms:us-east-1:{FIRST}:key/1111",
        f"arn:aws:kms:eu-west-1:{SECOND}:key/2222",
    ),
    "the account": (FIRST, SECOND),
    "the account and the Region in any ARN": (
        f"arn:aws:logs:us-east-1:{FIRST}:log-group:/a:*",
        f"arn:aws:logs:eu-west-1:{SECOND}:log-group:/a:*",
    ),
    "a third account stays": (
        "arn:aws:iam::999988887777:root",
        "arn:aws:iam::999988887777:root",
    ),
    "an Availability Zone is no Region": ("us-east-1a", "us-east-1a"),
}


@pytest.mark.parametrize(("text", "said"), CASES.values(), ids=CASES.keys())
def test_a_text_is_said_in_the_other_account(text: str, said: str) -> None:
    assert correspondence(HERE, THERE, SAME).to_second(text) == said


def test_there_and_back() -> None:
    matching = correspondence(HERE, THERE, SAME)
    for text, _ in CASES.values():
        assert matching.to_first(matching.to_second(text)) == text


def test_who_has_no_counterpart_stands_alone() -> None:
    matching = correspondence(HERE, THERE)
    assert [found.name for found in matching.only_first] == ["orders"]
    assert [found.name for found in matching.only_second] == ["orders-live"]
