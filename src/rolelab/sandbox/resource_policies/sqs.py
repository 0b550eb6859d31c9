"""SQS queues and their policies."""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.resource_policies import Attached, account_of, backend, document


def queue(arn: str) -> Any | None:
    """Find a queue by its ARN."""
    parts = arn.split(":")
    if len(parts) != 6 or parts[2] != "sqs":
        return None
    stored = backend("sqs", parts[4], parts[3])
    return None if stored is None else stored.queues.get(parts[5])


def queue_policy(arn: str) -> Attached:
    """Give the owner and the policy of a queue.

    Page: *Using custom policies with the Amazon SQS access policy language*.
    """
    found = queue(arn)
    text = None if found is None else found.policy
    return Attached(account_of(arn), document(text, "resource", "queue policy"))


READER = queue_policy
