"""Policies that the tests of IAM and STS use: one valid of each kind, to vary."""

from __future__ import annotations

import json
from typing import Any

ACCOUNT = "123456789012"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
POWER_USER = "arn:aws:iam::aws:policy/PowerUserAccess"


def policy(**elements: Any) -> str:
    """An identity-based policy of one statement; None takes an element away."""
    return _document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements})


def trust(**elements: Any) -> str:
    """A trust policy of one statement; None takes an element away."""
    principal = {"Service": "ecs-tasks.amazonaws.com"}
    return _document(
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **elements}
    )


def trusting(principal: str) -> str:
    """A trust policy that lets a principal assume the role, with tags and a source identity."""
    return trust(
        Principal={"AWS": principal},
        Action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    )


def own(name: str, kind: str = "policy") -> str:
    """The ARN of an IAM resource of the sandbox's account."""
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def _document(statement: dict[str, Any]) -> str:
    elements = {name: value for name, value in statement.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [elements]})
