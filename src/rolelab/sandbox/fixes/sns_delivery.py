"""What SNS does with a message after it has taken it: it delivers, in its own name.

A queue's policy has to let `sns.amazonaws.com` send to it, and the policy of its key has to let SNS
use the key. SNS never tells the publisher whether a message arrived. AWS pages: *Subscribing an
Amazon SQS queue to an Amazon SNS topic*; *Example cases for Amazon SNS access control*, "Publish
messages to an Amazon SQS queue"; *Message delivery retries*.

moto puts the message straight into a queue of the subscriber's account, whatever its policy. Its
`Subscription.publish` is wrapped, because alarms and events of other services publish past the API.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import wraps
from typing import Any

from moto.sns.models import Subscription

from rolelab.sandbox import gate, service_calls
from rolelab.sandbox.resource_policies import account_of
from rolelab.sandbox.state import Store

CONFIRMED_BY_OWNER = frozenset({"email", "email-json", "http", "https"})
"""Protocols of which the owner of the address has to confirm a subscription. Page: *Subscribe*."""

_original = Subscription.publish


@wraps(_original)
def _publish(subscription: Any, message: str, message_id: str, **given: Any) -> None:
    """Deliver to one subscription, the way its protocol asks for.

    Args:
        subscription: moto's subscription.
        message: the message as it was published.
        message_id: its id.
        given: subject, message_attributes, group_id, deduplication_id, message_structure.
    """
    if not gate.installed() or subscription.protocol not in {"sqs", *CONFIRMED_BY_OWNER}:
        _original(subscription, message, message_id, **given)
        return
    if subscription.protocol in CONFIRMED_BY_OWNER:
        # Nobody outside can confirm it, so it stays pending and gets nothing.
        return
    attributes = given.get("message_attributes")
    matcher = subscription._filter_policy_matcher
    if matcher is not None and not matcher.matches(attributes, message):
        return
    if given.get("message_structure") == "json":
        message = subscription._parse_message_structure(message, "sqs")
    content = _content(subscription, message, message_id, given.get("subject"), attributes)
    _send(subscription, {**content, **_order(message, given)})


def _order(message: str, given: Mapping[str, Any]) -> dict[str, str]:
    """Group and deduplication id of a message of a FIFO topic.

    Without an id, the topic makes one of the message. Page: *Message deduplication for FIFO
    topics*.
    """
    group = given.get("group_id")
    if not group:
        return {}
    made = given.get("deduplication_id") or hashlib.sha256(message.encode()).hexdigest()
    return {"MessageGroupId": str(group), "MessageDeduplicationId": str(made)}


def _content(
    subscription: Any,
    message: str,
    message_id: str,
    subject: str | None,
    attributes: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The message as it stands in the queue: raw, or in the envelope of a notification."""
    if str(subscription.attributes.get("RawMessageDelivery", "")).lower() != "true":
        data = subscription.get_post_data(
            message, message_id, subject, message_attributes=attributes
        )
        text = json.dumps(data, sort_keys=True, indent=2, separators=(",", ": "))
        return {"MessageBody": text}
    raw = {name: _attribute(value) for name, value in (attributes or {}).items()}
    return {"MessageBody": message, **({"MessageAttributes": raw} if raw else {})}


def _attribute(given: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(given["Type"])
    if kind.startswith("Binary"):
        return {"DataType": kind, "BinaryValue": given["Value"]}
    return {"DataType": kind, "StringValue": str(given["Value"])}


def _send(subscription: Any, content: Mapping[str, Any]) -> None:
    """Call SQS as SNS. What is refused is lost, and stands in the trail."""
    from botocore.exceptions import ClientError

    _, _, _, region, owner, name = str(subscription.endpoint).split(":", 5)
    url = f"https://sqs.{region}.amazonaws.com/{owner}/{name}"
    try:
        _client(str(subscription.topic_arn), region).send_message(QueueUrl=url, **content)
    except ClientError:
        # SNS answers the publisher all the same: delivery is no part of the call.
        return


# Making a client costs more than a hundred calls with it.
_clients: Store[dict[str, Any]] = Store(dict)


def _client(topic: str, region: str) -> Any:
    """The client of SQS with which SNS delivers the messages of a topic."""
    owner = account_of(topic) or ""
    kept = _clients.of(owner, region)
    if topic not in kept:
        session = service_calls.as_service(
            "sns.amazonaws.com", source_arn=topic, source_account=owner, region=region
        )
        kept[topic] = session.client("sqs")
    return kept[topic]


Subscription.publish = _publish  # type: ignore[assignment, method-assign]
