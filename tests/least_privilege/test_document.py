"""The policy that is written grants what the permissions say, and reads well."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolelab.iam import parse
from rolelab.least_privilege import Permission, TooLargeError, attachments, from_trail, size_of
from rolelab.least_privilege.document import policy_of, statements_of
from rolelab.sandbox.access_analyzer.validation import validate
from tests.least_privilege.records import OTHER, ROLE, on_object, record, registered, through_s3

OBJECTS = "arn:aws:s3:::bookshop-orders/incoming/*"
READ = Permission("s3:GetObject", OBJECTS)
WRITE = Permission("s3:PutObject", OBJECTS)
LABELS = Permission("s3:PutObject", "arn:aws:s3:::bookshop-labels/*")


def test_actions_on_the_same_resources_share_a_statement() -> None:
    assert statements_of([READ, WRITE]) == [
        {
            "Sid": "S3BookshopOrdersObjects",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": OBJECTS,
        }
    ]


def test_no_statement_grants_a_pair_that_no_permission_names() -> None:
    granted = {
        (action, resource)
        for statement in statements_of([READ, WRITE, LABELS])
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else [])
        for resource in (
            statement["Resource"]
            if isinstance(statement["Resource"], list)
            else [statement["Resource"]]
        )
    }
    assert granted == {(each.action, each.resource) for each in (READ, WRITE, LABELS)}


def test_conditions_are_kept_apart() -> None:
    free = Permission("s3:ListBucket", "arn:aws:s3:::shop")
    bound = Permission(
        "s3:ListBucketVersions", "arn:aws:s3:::shop", {"StringEquals": {"s3:prefix": ("in/",)}}
    )
    one, two = statements_of([free, bound])
    assert "Condition" not in one
    assert two["Condition"] == {"StringEquals": {"s3:prefix": "in/"}}


def test_names_of_statements_are_unique_and_of_letters_and_digits() -> None:
    several = [
        Permission(
            "s3:GetObject", f"arn:aws:s3:::shop/{number}", {"Null": {f"k{number}": ("true",)}}
        )
        for number in range(3)
    ]
    sids = [each["Sid"] for each in statements_of(several)]
    assert sids == ["S3GetObjectShopObjects", "S3GetObjectShopObjects2", "S3GetObjectShopObjects3"]


def test_without_permissions_there_is_no_policy() -> None:
    with pytest.raises(ValueError, match="at least one statement"):
        policy_of([])


TRAIL = [
    on_object("GetObject", "incoming/a*b.json"),
    through_s3("Decrypt", "incoming/a"),
    registered("orders", 1, OTHER, OTHER),
    record("dynamodb", "PutItem", requestParameters={"tableName": "orders"}),
    record("sqs", "ListQueues"),
]


def test_aws_would_accept_it_and_access_analyzer_finds_nothing_wrong() -> None:
    policy = from_trail(TRAIL, ROLE).policy
    assert parse(json.dumps(policy)).statements
    found = validate(json.dumps(policy), "IDENTITY_POLICY")
    assert [each for each in found if each["findingType"] != "SUGGESTION"] == []


def sized(count: int) -> dict[str, Any]:
    """A policy with a statement that names so many objects."""
    return policy_of(
        [Permission("s3:GetObject", f"arn:aws:s3:::shop/{number:040}") for number in range(count)]
    )


def test_white_space_does_not_count() -> None:
    policy = sized(3)
    assert size_of(json.dumps(policy, indent=4)) == size_of(policy)


def test_what_fits_into_inline_policies_stays_whole() -> None:
    (only,) = attachments(sized(100), "orders")
    assert (only.kind, only.name, only.quota) == ("inline", "orders", 10_240)
    assert only.document == sized(100)


def test_what_does_not_is_cut_into_managed_policies_that_allow_the_same() -> None:
    policy = sized(400)
    found = attachments(policy, "orders")
    assert [each.name for each in found[:2]] == ["orders-1", "orders-2"]
    assert all(each.kind == "managed" and each.size <= each.quota == 6_144 for each in found)
    statements = [each for one in found for each in one.document["Statement"]]
    together = [resource for each in statements for resource in each["Resource"]]
    assert together == policy["Statement"][0]["Resource"]
    assert len({each["Sid"] for each in statements}) == len(statements)


def test_what_needs_more_than_ten_is_refused_with_what_to_do() -> None:
    with pytest.raises(TooLargeError, match=r"needs \d+ managed policies .* a role can have 10"):
        attachments(sized(2000), "orders")
    assert len(attachments(sized(1200), "orders", attached=20)) > 10


def test_a_statement_that_cannot_be_cut_is_refused() -> None:
    long = Permission("s3:GetObject", "*", {"StringEquals": {"s3:prefix": ("x" * 11_000,)}})
    with pytest.raises(TooLargeError, match="its conditions do not fit"):
        attachments(policy_of([long]), "orders")
