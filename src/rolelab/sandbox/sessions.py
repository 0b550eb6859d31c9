"""The temporary credentials that are valid in the sandbox.

Temporary credentials work only together with their session token, and only until they
expire (*Temporary security credentials in IAM*, *Compare AWS STS credentials*).
"""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

Kind = Literal["assumed-role", "federated-user", "session-token", "root"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One set of temporary credentials and what the account knows about them.

    Attributes:
        kind: how the credentials came about: AssumeRole and its variants, GetFederationToken,
            GetSessionToken of a user, or GetSessionToken of the root user.
        principal_arn: who calls with them: ``arn:aws:sts::ACCOUNT:assumed-role/ROLE/NAME``,
            ``arn:aws:sts::ACCOUNT:federated-user/NAME``, or the user's own ARN.
        principal_id: the unique id, ``aws:userid``: ``AROA...:NAME``, ``ACCOUNT:NAME``,
            ``AIDA...``.
        issuer_arn: whose permissions they carry: the role (with its path), or the user.
        issuer_id: the unique id of that role or user.
        policies: inline session policies, as JSON text.
        policy_arns: managed policies passed as session policies.
        tags: session tags, the inherited ones included.
        mfa: True if a one-time password was part of the call that made them.
        chained: True if they were made with another role's temporary credentials.
        provider: who vouched for the identity: a SAML provider ARN or an OIDC host.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str
    kind: Kind
    principal_arn: str
    principal_id: str
    account: str
    issuer_arn: str
    issuer_id: str
    partition: str
    issued: datetime
    expiration: datetime
    policies: tuple[str, ...] = ()
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    mfa: bool = False
    chained: bool = False
    provider: str | None = None

    @property
    def role_arn(self) -> str | None:
        """The ARN of the assumed role with its path, or None if this is not a role session."""
        return self.issuer_arn if self.kind == "assumed-role" else None

    @property
    def credentials(self) -> dict[str, object]:
        """The ``Credentials`` member that every STS operation answers with."""
        return {
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key,
            "SessionToken": self.session_token,
            "Expiration": self.expiration,
        }


_sessions: dict[str, Session] = {}
_lock = threading.Lock()


def issue(
    kind: Kind,
    *,
    issuer_arn: str,
    name: str = "",
    duration: int = 3600,
    policies: Sequence[str] = (),
    policy_arns: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
    transitive_tag_keys: Sequence[str] = (),
    source_identity: str | None = None,
    mfa: bool = False,
    chained: bool = False,
    provider: str | None = None,
) -> Session:
    """Make temporary credentials that the gate accepts until they expire.

    The caller has checked everything AWS would check: here nothing is refused.

    Args:
        kind: which STS operation makes them.
        issuer_arn: the role to assume (with its path), or the user who asks.
        name: the role session name or the federated user's name.
        duration: seconds until they expire.

    The other arguments are those of :class:`Session`.

    Returns:
        The session, already known to the gate and to moto.
    """
    _, partition, _, _, account, resource = issuer_arn.split(":", 5)
    identity = _identity_of(account, partition, resource)
    arn, principal_id = {
        "assumed-role": (
            f"arn:{partition}:sts::{account}:assumed-role/{resource.rsplit('/', 1)[-1]}/{name}",
            f"{identity}:{name}",
        ),
        "federated-user": (
            f"arn:{partition}:sts::{account}:federated-user/{name}",
            f"{account}:{name}",
        ),
    }.get(kind, (issuer_arn, identity))
    now = datetime.now(UTC).replace(microsecond=0)
    session = Session(
        access_key_id=_access_key_id(account, partition, kind, issuer_arn),
        secret_access_key=base64.b64encode(os.urandom(30)).decode(),
        session_token=base64.b64encode(os.urandom(240)).decode(),
        kind=kind,
        principal_arn=arn,
        principal_id=principal_id,
        account=account,
        issuer_arn=issuer_arn,
        issuer_id=identity,
        partition=partition,
        issued=now,
        expiration=now + timedelta(seconds=duration),
        policies=tuple(policies),
        policy_arns=tuple(policy_arns),
        tags=dict(tags or {}),
        transitive_tag_keys=tuple(transitive_tag_keys),
        source_identity=source_identity,
        mfa=mfa,
        chained=chained,
        provider=provider,
    )
    with _lock:
        _sessions[session.access_key_id] = session
    return session


def find(access_key_id: str) -> Session | None:
    """The session behind an access key id, expired or not; None if there is none."""
    return _sessions.get(access_key_id)


def redate(access_key_id: str, *, issued: datetime, expiration: datetime) -> Session:
    """Let a session have begun, and end, at other times: for a story that begins in the past.

    Args:
        access_key_id: of a session that there is.
        issued: what `aws:TokenIssueTime` says from now on.
        expiration: when it expires.

    Returns:
        The session with its new times; its credentials are the same.

    Raises:
        KeyError: there is no such session.
    """
    with _lock:
        session = replace(_sessions[access_key_id], issued=issued, expiration=expiration)
        _sessions[access_key_id] = session
    return session


def end(issuer_id: str) -> None:
    """Forget the sessions of a role or user that was deleted: nobody accepts them any more."""
    with _lock:
        for key in [key for key, session in _sessions.items() if session.issuer_id == issuer_id]:
            del _sessions[key]


def clear() -> None:
    """Forget every session: a fresh account starts without any."""
    with _lock:
        _sessions.clear()


def _identity_of(account: str, partition: str, resource: str) -> str:
    """The unique id (AROA..., AIDA...) of a role or user; the account id for the root user."""
    from moto.iam.models import iam_backends

    backend = iam_backends[account][partition]
    kind, _, path_and_name = resource.partition("/")
    name = path_and_name.rsplit("/", 1)[-1]
    if kind == "role":
        role = next((role for role in backend.roles.values() if role.name == name), None)
        return str(role.id) if role is not None else f"AROA{_random_id()}"
    if kind == "user":
        user = backend.users.get(name)
        return str(user.id) if user is not None else f"AIDA{_random_id()}"
    return account


def _random_id() -> str:
    return base64.b32encode(os.urandom(15)).decode()[:17]


def _access_key_id(account: str, partition: str, kind: Kind, issuer_arn: str) -> str:
    """Register a temporary key with moto, which derives the account of a request from it."""
    from moto.iam.models import iam_backends

    key = iam_backends[account][partition].create_temp_access_key()
    if kind == "assumed-role":
        key.role_arn = issuer_arn
    return str(key.access_key_id)
