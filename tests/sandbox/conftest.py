"""A fresh account for each test, people in it, and moto as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

import rolelab
from rolelab.sandbox import gate, sessions
from rolelab.sandbox.account import Sandbox
from rolelab.sandbox.fixes import fixes_of
from tests.sandbox.people import ACCOUNT, document, signed_in


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A fresh account with an administrator signed in."""
    yield rolelab.start(account_id=ACCOUNT)
    rolelab.stop()


@pytest.fixture
def aws(sandbox: Sandbox) -> Callable[[str], Any]:
    """Give clients of an account in moto, without the gate: `aws("iam").create_role(...)`.

    A sandbox runs below, since a process that once had one refuses every other client.
    """
    gate.remove()
    return lambda service: boto3.client(service, region_name="us-east-1")


@pytest.fixture
def user(sandbox: Sandbox) -> Callable[..., boto3.Session]:
    """Make a user with an inline policy, and sign in with its access key."""
    iam = boto3.client("iam")

    def make(name: str = "alice", policy: str | None = None) -> boto3.Session:
        iam.create_user(UserName=name)
        if policy is not None:
            iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")

    return make


@pytest.fixture
def role(sandbox: Sandbox) -> Callable[..., boto3.Session]:
    """Make a role with an inline policy, and sign in with a session of it."""
    iam = boto3.client("iam")
    trust = document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "sts:AssumeRole",
        }
    )

    def make(
        name: str = "app", policy: str | None = None, path: str = "/", **session: Any
    ) -> boto3.Session:
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)
        if policy is not None:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
        return signed_in(
            sessions.issue(
                "assumed-role",
                issuer_arn=f"arn:aws:iam::{ACCOUNT}:role{path}{name}",
                **{"name": "task", **session},
            )
        )

    return make


@pytest.fixture
def fixed(sandbox: Sandbox) -> Iterator[dict[tuple[str, str], list[Any]]]:
    """Fixes of this test alone, on top of the account's own."""
    fixes: dict[tuple[str, str], list[Any]] = {}
    gate.install(
        lambda service, operation: fixes.get((service, operation)) or fixes_of(service, operation)
    )
    return fixes
