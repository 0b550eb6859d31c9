"""Repositories of Amazon ECR and their policies."""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.resource_policies import Attached, account_of, backend, document


def repository(arn: str) -> Any | None:
    """Find a repository by its ARN."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("repository/"):
        return None
    stored = backend("ecr", parts[4], parts[3])
    return None if stored is None else stored.repositories.get(parts[5].partition("/")[2])


def repository_policy(arn: str) -> Attached:
    """Give the owner and the policy of a repository.

    Its statements have no Resource: they are about the repository they are attached to. Page:
    *Private repository policies*.
    """
    found = repository(arn)
    text = None if found is None else found.policy
    return Attached(account_of(arn), document(text, "resource", "repository policy"))


READER = repository_policy
