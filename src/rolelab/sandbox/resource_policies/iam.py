"""Roles and their trust policies."""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.resource_policies import (
    Attached,
    account_of,
    backend,
    document,
    partition_of,
)


def role(arn: str) -> Any | None:
    """Find the role an ARN names. The path has to be right, as in AWS."""
    account = account_of(arn)
    stored = backend("iam", account, partition_of(arn)) if account else None
    if stored is None:
        return None
    return next((role for role in stored.roles.values() if role.arn == arn), None)


def trust_policy(arn: str) -> Attached:
    """Give the owner and the trust policy of a role.

    A role that does not exist has no trust policy, so nothing allows assuming it: AWS answers
    it with the same AccessDenied as a role that exists and does not trust the caller.
    """
    found = role(arn)
    text = found.assume_role_policy_document if found is not None else None
    return Attached(account_of(arn), document(text, "trust", "trust policy"))


READER = trust_policy
