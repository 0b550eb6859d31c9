"""What calls to SQS ask.

Pages: *Amazon SQS API permissions: Actions and resource reference*; *Amazon SQS Key management*;
the note on cross-account permissions in the Amazon SQS API Reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.operations import checks_of, resources_of

ORDERS = "arn:aws:sqs:us-east-1:123456789012:orders"
URL = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
ANN = "arn:aws:iam::123456789012:user/ann"
OTHER = "222233334444"

ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "a queue URL is a queue": ("SendMessage", {"QueueUrl": URL}, [("sqs:SendMessage", ORDERS)]),
    "the queue URL of another account": (
        "SendMessage",
        {"QueueUrl": URL.replace("123456789012", OTHER)},
        [("sqs:SendMessage", ORDERS.replace("123456789012", OTHER))],
    ),
    "a URL through another address": (
        "ReceiveMessage",
        {"QueueUrl": "http://127.0.0.1:5000/123456789012/orders"},
        [("sqs:ReceiveMessage", ORDERS)],
    ),
    "a batch asks once, for the action on single messages": (
        "SendMessageBatch",
        {"QueueUrl": URL, "Entries": [{"Id": "a"}, {"Id": "b"}]},
        [("sqs:SendMessage", ORDERS)],
    ),
    "deleting a batch": (
        "DeleteMessageBatch",
        {"QueueUrl": URL},
        [("sqs:DeleteMessage", ORDERS)],
    ),
    "a URL by name, of another account": (
        "GetQueueUrl",
        {"QueueName": "orders", "QueueOwnerAWSAccountId": OTHER},
        [("sqs:GetQueueUrl", ORDERS.replace("123456789012", OTHER))],
    ),
    "tags on creation need TagQueue": (
        "CreateQueue",
        {"QueueName": "orders", "tags": {"team": "shop"}},
        [("sqs:CreateQueue", ORDERS), ("sqs:TagQueue", ORDERS)],
    ),
    "listing is about no queue": ("ListQueues", {}, [("sqs:ListQueues", "*")]),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    checks = checks_of(call("sqs", operation, **given))
    assert [(each.action, each.resource) for each in checks] == asked


@pytest.fixture
def orders(aws: Callable[[str], Any]) -> str:
    """A tagged queue with a policy, under a customer managed key; the key's ARN."""
    key: str = aws("kms").create_key()["KeyMetadata"]["Arn"]
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": ORDERS}
    policy = json.dumps({"Version": "2012-10-17", "Statement": allow})
    aws("sqs").create_queue(
        QueueName="orders",
        Attributes={"Policy": policy, "KmsMasterKeyId": key},
        tags={"team": "shop"},
    )
    return key


@pytest.mark.parametrize(
    ("operation", "actions"),
    [
        ("SendMessage", ["kms:GenerateDataKey", "kms:Decrypt"]),
        ("SendMessageBatch", ["kms:GenerateDataKey", "kms:Decrypt"]),
        ("ReceiveMessage", ["kms:Decrypt"]),
        ("DeleteMessage", []),
    ],
    ids=["a producer", "a producer of batches", "a consumer", "deleting needs no key"],
)
def test_an_encrypted_queue(call: Any, orders: str, operation: str, actions: list[str]) -> None:
    own, *keys = checks_of(call("sqs", operation, QueueUrl=URL))
    assert own.context["aws:ResourceTag/team"] == "shop"
    assert [(each.action, each.resource) for each in keys] == [(one, orders) for one in actions]
    assert all(each.context["kms:EncryptionContext:aws:sqs:arn"] == ORDERS for each in keys)
    assert all(each.context["kms:ViaService"] == "sqs.us-east-1.amazonaws.com" for each in keys)


@pytest.mark.parametrize(
    ("operation", "account", "counts"),
    [
        ("SendMessage", OTHER, True),
        ("DeleteQueue", OTHER, False),
        ("SetQueueAttributes", OTHER, False),
        ("DeleteQueue", "123456789012", True),
    ],
    ids=[
        "another account may send",
        "another account cannot delete the queue",
        "another account cannot change it",
        "the owner's people may",
    ],
)
def test_whom_the_queue_policy_can_let_in(
    call: Any, orders: str, operation: str, account: str, counts: bool
) -> None:
    own, *_ = checks_of(call("sqs", operation, QueueUrl=URL, _account=account))
    assert own.resource_account == "123456789012"
    assert (own.resource_policy is not None) is counts


def test_the_trail_names_the_queue(call: Any) -> None:
    (named,) = resources_of(call("sqs", "SendMessage", QueueUrl=URL))
    assert named["ARN"] == ORDERS
    assert resources_of(call("sqs", "ListQueues")) == []
