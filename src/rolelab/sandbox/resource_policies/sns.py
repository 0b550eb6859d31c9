"""SNS topics and their policies."""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.resource_policies import Attached, account_of, backend, document


def topic(arn: str) -> Any | None:
    """Find a topic by its ARN, or by the ARN of one of its subscriptions."""
    parts = arn.split(":")
    if len(parts) < 6 or parts[2] != "sns":
        return None
    stored = backend("sns", parts[4], parts[3])
    return None if stored is None else stored.topics.get(":".join(parts[:6]))


def topic_policy(arn: str) -> Attached:
    """Give the owner and the policy of a topic.

    The policy of a new topic lets everybody in under the condition `AWS:SourceOwner`, which only
    AWS services fill that publish for an account. People and roles of the account need a policy
    of their own. Page: *Example cases for Amazon SNS access control*, "aws:SourceAccount versus
    aws:SourceOwner".
    """
    found = topic(arn)
    text = None if found is None else found.policy
    return Attached(account_of(arn), document(text, "resource", "topic policy"))


READER = topic_policy
