"""Secrets and their resource policies."""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.resource_policies import Attached, account_of, backend, document


def secret(arn: str) -> Any | None:
    """Find a secret by its ARN, or by its ARN without the six characters at the end."""
    parts = arn.split(":", 6)
    if len(parts) != 7 or parts[5] != "secret":
        return None
    stored = backend("secretsmanager", parts[4], parts[3])
    if stored is None:
        return None
    found = (entry for entry in stored.secrets.values() if arn == entry.arn)
    named = (entry for entry in stored.secrets.values() if parts[6] == entry.name)
    return next(found, None) or next(named, None)


def secret_policy(arn: str) -> Attached:
    """Give the owner and the resource policy of a secret. Page: *Resource-based policies*."""
    found = secret(arn)
    text = getattr(found, "policy", None)
    return Attached(account_of(arn), document(text, "resource", "resource policy of the secret"))


READER = secret_policy
