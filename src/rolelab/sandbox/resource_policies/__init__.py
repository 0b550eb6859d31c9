"""The policy attached to a resource, and the account that owns it, read from moto's backends.

One module for each service whose resources take a policy, by the service's name in ARNs, with the
function that reads it as `READER`. `attached(arn)` picks the reader by that name. A reader changes
nothing and creates nothing: an account that no one has used stays unused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from rolelab.sandbox import service_modules

if TYPE_CHECKING:
    from rolelab.iam import Document


@dataclass(frozen=True, slots=True)
class Attached:
    """What a resource brings to a decision.

    Attributes:
        account: the account that owns it. None: it is not known, or it is the caller's own.
        policy: the policy attached to it, parsed. None: there is none.
    """

    account: str | None = None
    policy: Document | None = None


NOTHING = Attached()


def nothing_attached(arn: str) -> Attached:
    """Answer for a resource that takes no policy and belongs to the caller's account."""
    return NOTHING


def owned_by_account_in_arn(arn: str) -> Attached:
    """Answer for a resource without a policy whose ARN names its owner."""
    return Attached(account_of(arn))


def account_of(arn: str) -> str | None:
    """Read the account id from an ARN; None where it names none.

    The policies that AWS manages name `aws` there, and belong to every account.
    """
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else None


def partition_of(arn: str) -> str:
    """Read the partition from an ARN; `aws` for what is no ARN."""
    parts = arn.split(":", 2)
    return parts[1] if len(parts) == 3 else "aws"


def backend(service: str, account: str, region: str) -> Any | None:
    """Give moto's backend of a service, or None where that account has not used it.

    Args:
        service: moto's name of the service, `s3`.
        account: the account id.
        region: the region; a partition name for the global services (`aws`).
    """
    # dict.get, because moto's own look-up makes what it does not find.
    accounts = dict.get(backends(service), account)
    return None if accounts is None else dict.get(accounts, region)


class _NoBackends(dict[str, Any]):
    """A service that no account has used."""

    bucket_accounts: Mapping[str, Any] = {}


_NONE = _NoBackends()
_unseen: ContextVar[bool] = ContextVar("unseen", default=False)


@contextmanager
def unseen() -> Iterator[None]:
    """Read resources as if no account had any.

    What a call asks is then derived from its parameters alone: for calls of another time or place,
    such as those in a trail's files.
    """
    token = _unseen.set(True)
    try:
        yield
    finally:
        _unseen.reset(token)


def backends(service: str) -> Any:
    """Give moto's backends of a service, all accounts."""
    return _NONE if _unseen.get() else _backends(service)


@cache
def _backends(service: str) -> Any:
    """Importing them is put off until asked."""
    from moto.backends import get_backend

    return get_backend(service)  # type: ignore[call-overload]


def attached(arn: str) -> Attached:
    """Give owner and attached policy of any resource, by the service its ARN names.

    Args:
        arn: the ARN of a resource.

    Returns:
        What the service's reader knows; the account in the ARN where no reader exists.

    Raises:
        PolicyError: the stored policy is one that AWS would have refused.
    """
    parts = arn.split(":", 3)
    return _reader(parts[2])(arn) if len(parts) == 4 else NOTHING


@cache
def _reader(service: str) -> Callable[[str], Attached]:
    module = service_modules.load(__name__, service)
    read: Callable[[str], Attached] = getattr(module, "READER", owned_by_account_in_arn)
    return read


def document(stored: Any, kind: str, name: str) -> Document | None:
    """Parse a policy as it is stored; None where there is none.

    Args:
        stored: JSON text, or empty.
        kind: the kind of policy, as `rolelab.iam.parse` takes it.
        name: what explanations call it.
    """
    if not stored:
        return None
    from rolelab.iam import parse

    return parse(stored, kind=kind, name=name)
