"""Credentials that AWS services sign with when they call each other.

A service calls another either for a caller, whose identity it forwards, or in its own name. Both
are requests like any other: they pass the gate, are decided, and land in the trail.

Pages: *Forward access sessions*; *AWS global condition context keys*, `aws:CalledVia`,
`aws:PrincipalIsAWSService`, `aws:SourceArn`, `aws:SourceAccount`; *CloudTrail userIdentity
element*.
"""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

ID_PREFIX = "ASIASVC"
"""How the ids of these keys begin; the ids that STS gives out never do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCredentials:
    """One set of keys of a service.

    Attributes:
        service: the service principal, `cloudformation.amazonaws.com`.
        account: the account for which the service works.
        caller: the access key id of the caller whose identity is forwarded. None: the service
            calls in its own name.
        source: `aws:SourceArn` and what else a service says about where it calls from.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str
    service: str
    account: str
    partition: str
    caller: str | None = None
    source: Mapping[str, str] = field(default_factory=dict)


_issued: dict[str, ServiceCredentials] = {}
_lock = threading.Lock()


def issue(
    service: str,
    account: str,
    *,
    partition: str = "aws",
    caller: str | None = None,
    source: Mapping[str, str] | None = None,
) -> ServiceCredentials:
    """Make keys for a service. The arguments are the attributes of `ServiceCredentials`."""
    made = ServiceCredentials(
        access_key_id=ID_PREFIX + base64.b32encode(os.urandom(10)).decode()[:13],
        secret_access_key=base64.b64encode(os.urandom(30)).decode(),
        session_token=base64.b64encode(os.urandom(60)).decode(),
        service=service,
        account=account,
        partition=partition,
        caller=caller,
        source=dict(source or {}),
    )
    with _lock:
        _issued[made.access_key_id] = made
    return made


def find(access_key_id: str) -> ServiceCredentials | None:
    """Give the credentials with this access key id; None if no service has it."""
    return _issued.get(access_key_id)


def clear() -> None:
    """Forget all of them: a fresh account starts without any."""
    with _lock:
        _issued.clear()
