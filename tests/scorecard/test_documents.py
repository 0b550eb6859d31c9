"""What a case abbreviates is written out."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from scorecard.documents import UnmadeError, attached, document, resolve

MADE: dict[str, Any] = {
    "k": {"arn": "arn:aws:kms:us-east-1:123456789012:key/1", "id": "1"},
    "sealed": {"CiphertextBlob": b"sealed", "Answer": {"Id": 7}},
}


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ({"allow": "s3:*"}, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}),
        ({"deny": ["s3:*"]}, {"Effect": "Deny", "Action": ["s3:*"], "Resource": "*"}),
        (
            {"allow": "s3:*", "Resource": "arn:aws:s3:::a"},
            {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a"},
        ),
        (
            {"allow": "sts:AssumeRole", "Principal": "*"},
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"},
        ),
        (
            {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::a"},
            {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::a"},
        ),
    ],
    ids=["allow", "deny", "resource", "principal", "as-iam-writes-it"],
)
def test_statements(short: dict[str, Any], full: dict[str, Any]) -> None:
    assert json.loads(document([short])) == {"Version": "2012-10-17", "Statement": [full]}


def test_a_resource_based_policy_is_about_its_resource_unless_it_says_otherwise() -> None:
    named = {"allow": "s3:*", "Resource": "arn:aws:s3:::a/x"}
    assert attached([{"deny": "s3:*"}, named], "arn:aws:s3:::a") == [
        {"deny": "s3:*", "Resource": "arn:aws:s3:::a"},
        named,
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<k>", "arn:aws:kms:us-east-1:123456789012:key/1"),
        ("<k.id>", "1"),
        ("key <k.id> of <k.id>", "key 1 of 1"),
        ("<sealed.CiphertextBlob>", b"sealed"),
        ("<sealed.Answer.Id>", 7),
        ({"a": ["<k.id>"], "<k.id>": 2}, {"a": ["1"], "1": 2}),
        ({"json": {"a": "<k.id>"}}, '{"a": "1"}'),
        ("a < b > c", "a < b > c"),
        (3, 3),
    ],
    ids=str,
)
def test_references(written: Any, meant: Any) -> None:
    assert resolve(written, MADE) == meant


def test_a_policy_is_written_as_text() -> None:
    text = resolve({"policy": [{"allow": "kms:*", "Resource": "<k>"}]}, MADE)
    assert json.loads(text)["Statement"][0]["Resource"] == MADE["k"]["arn"]


def test_a_deployment_package_holds_the_code() -> None:
    packed = resolve({"zip": "def handler(event, context): return 1"}, MADE)
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        assert file.read("index.py") == b"def handler(event, context): return 1"


@pytest.mark.parametrize("written", ["<nothing>", "<k.url>", "<sealed>"])
def test_what_was_not_made_is_missed(written: str) -> None:
    with pytest.raises(UnmadeError):
        resolve(written, MADE)
