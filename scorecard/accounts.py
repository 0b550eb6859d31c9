"""The three accounts that answer the same cases.

Each is used like AWS, with boto3. An account begins empty, and `fresh` begins it again. Nothing
here makes one account easier than another: what differs is who decides.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import boto3
import botocore.session

from rolelab.sandbox import safety
from scorecard.documents import document

OURS = "123456789012"
REGION = "us-east-1"

_VARIABLES = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")

Keys = tuple[str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Account:
    """One account, begun afresh.

    Attributes:
        setting_up: gives the keys with which administrators set a case up in an account.
        administrator: gives the keys of an administrator who is the caller of a case.
        root: gives the keys of the root user of an account.
        enforcing: what must be on while the case's own call is made.
        strict: whether a set-up step that fails is a fault. In the others it is what a caller
            of that account meets, and the case goes on without the step.
    """

    setting_up: Callable[[str], Keys]
    administrator: Callable[[str], Keys]
    root: Callable[[str], Keys]
    enforcing: Callable[[], AbstractContextManager[None]] = nullcontext
    strict: bool = False


def client(service: str, keys: Keys, region: str = REGION, **options: Any) -> Any:
    """Give a boto3 client that signs with an access key, its secret and its token."""
    key, secret, token = keys
    make: Any = _session().client
    return make(
        service,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        **options,
    )


@lru_cache(maxsize=100)
def reused_client(service: str, keys: Keys) -> Any:
    """Give the same client again for the same keys, also to the next account: they are dear."""
    return client(service, keys)


@lru_cache(maxsize=1)
def _session() -> boto3.Session:
    """One session for all accounts, so that service models are read once. It signs nothing."""
    return boto3.Session(region_name=REGION, botocore_session=botocore.session.Session())


@contextmanager
def moto() -> Iterator[Account]:
    """moto as it comes: every call is served."""
    # What moto does not mock must not leave this machine.
    safety.secure(REGION)
    safety.block_outside()
    from moto import mock_aws

    try:
        with mock_aws(config={"lambda": {"use_docker": False}, "batch": {"use_docker": False}}):
            yield Account(_moto_root, _moto_administrator, _moto_root)
    finally:
        safety.restore()


@contextmanager
def moto_enforced() -> Iterator[Account]:
    """moto with its own access control, switched on for the case's call."""
    with moto() as account:
        from moto.core import enable_iam_authentication

        yield replace(account, enforcing=enable_iam_authentication)


@contextmanager
def rolelab() -> Iterator[Account]:
    """moto behind rolelab's gate."""
    import rolelab as package
    from rolelab.sandbox import sessions

    sandbox = package.start(account_id=OURS, region=REGION)

    def administrator(account: str) -> Keys:
        # In our own account `start` has signed the process in.
        return _signed_in() if account == OURS else _frozen(sandbox.admin(account))

    def root(account: str) -> Keys:
        # Nobody can ask AWS for root's keys; it signs in with a password.
        issued = sessions.issue("root", issuer_arn=f"arn:aws:iam::{account}:root")
        return issued.access_key_id, issued.secret_access_key, issued.session_token

    try:
        yield Account(administrator, administrator, root, strict=True)
    finally:
        package.stop()


ACCOUNTS: dict[str, Callable[[], AbstractContextManager[Account]]] = {
    "moto": moto,
    "moto_enforced": moto_enforced,
    "rolelab": rolelab,
}


def _moto_administrator(account: str) -> Keys:
    """A user with a policy that says so, for moto's access control knows no other administrator."""
    iam = reused_client("iam", _moto_root(account))
    iam.create_user(UserName="administrator")
    iam.put_user_policy(
        UserName="administrator", PolicyName="all", PolicyDocument=document([{"allow": "*"}])
    )
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"], None


def _moto_root(account: str) -> Keys:
    """moto takes a key that it does not know for the root user of the default account.

    To another account it documents one way: AssumeRole of a role there. While its access control is
    off it serves whoever comes, so this will do for setting up.
    """
    unknown: Keys = ("AKIAIOSFODNN7EXAMPLE", "secret", None)
    if account == OURS:
        return unknown
    role = f"arn:aws:iam::{account}:role/root"
    issued = reused_client("sts", unknown).assume_role(RoleArn=role, RoleSessionName="root")
    return keys_of(issued)


def keys_of(issued: Mapping[str, Any]) -> Keys:
    """The keys in the answer of an operation of STS."""
    credentials = issued["Credentials"]
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
    key, secret, token = (credentials[name] for name in names)
    return key, secret, token


def _signed_in() -> Keys:
    key, secret, token = (os.environ[f"AWS_{name}"] for name in _VARIABLES)
    return key, secret, token


def _frozen(signed_in: boto3.Session) -> Keys:
    credentials = signed_in.get_credentials()
    assert credentials is not None
    frozen = credentials.get_frozen_credentials()
    return frozen.access_key, frozen.secret_key, frozen.token
