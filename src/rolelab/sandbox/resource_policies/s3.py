"""Buckets, and the policy in effect on them."""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.resource_policies import NOTHING, Attached, backend, backends


def bucket(name: str) -> Any | None:
    """Find a bucket in whichever account owns it: bucket names are global."""
    owner = backends("s3").bucket_accounts.get(name)
    if owner is None:
        return None
    partition, account = owner
    stored = backend("s3", account, partition)
    if stored is None:
        return None
    return stored.buckets.get(name) or stored.table_buckets.get(name)


def bucket_policy(arn: str) -> Attached:
    """Give owner and policy for a bucket ARN or an object ARN.

    The policy is the one in effect: with what Block Public Access takes from it, and what ACLs
    add where they are enabled. Pages: *Bucket policies for Amazon S3*, *Access control list (ACL)
    overview*.
    """
    name, _, key = arn.partition(":::")[2].partition("/")
    found = bucket(name) if name else None
    if found is None:
        return NOTHING
    from rolelab.sandbox.fixes.s3_policy_in_effect import policy_in_effect

    return Attached(found.account_id, policy_in_effect(found, key or None))


READER = bucket_policy
