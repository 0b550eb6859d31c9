"""Who makes a request, and whether a Principal element names them.

AWS page: *AWS JSON policy elements: Principal*, *NotPrincipal*.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any

from rolelab.iam.arn import Arn, is_account_id, parse_arn
from rolelab.iam.policy_error import PolicyError

ANONYMOUS = "*"


class Grant(IntEnum):
    """How directly a Principal element names the caller.

    ACCOUNT delegates to the account: its own policies must allow too.
    ROLE names a session's role: boundaries and session policies still limit it.
    DIRECT names the user, the session, the service or everyone.

    AWS page: *Policy evaluation logic*, "Evaluating identity-based policies with resource-based
    policies", and *Permissions boundaries for IAM entities*.
    """

    NONE = 0
    ACCOUNT = 1
    ROLE = 2
    DIRECT = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """What a principal's ARN tells about it.

    Attributes:
        arn: as it stands in the request.
        kind: root, user, role, session, federated-user, anonymous or named (a service, an
            identity provider, a canonical user).
        account: twelve digits, or None for anonymous and named principals.
        role_arn: the role behind a session, else None.
        name: the user's or role's friendly name, or "".
        service_linked: True for a service-linked role.
    """

    arn: str
    kind: str
    account: str | None
    role_arn: str | None = None
    name: str = ""
    service_linked: bool = False

    @property
    def has_identity(self) -> bool:
        """Whether identity-based policies can be attached to it."""
        return self.kind in ("user", "role", "session", "federated-user")

    @property
    def is_service(self) -> bool:
        return self.kind == "named" and self.arn.endswith(_SERVICE_DOMAINS)


_SERVICE_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".aws.internal", ".amazon.com")
_SERVICE_LINKED = "aws-service-role/"
_SERVICE_LINKED_NAME = "AWSServiceRoleFor"


@lru_cache(maxsize=4096)
def read_caller(principal: str, role_arn: str | None = None) -> Caller:
    """Classify a request's principal.

    Args:
        principal: the ARN, service name, account id or "*" of a request.
        role_arn: the true ARN of a session's role, which has a path the session's ARN lacks.
    """
    if principal == ANONYMOUS:
        return Caller(principal, "anonymous", None)
    if is_account_id(principal):
        return Caller(f"arn:aws:iam::{principal}:root", "root", principal)
    arn = parse_arn(principal)
    if arn is None or not is_account_id(arn.account):
        return Caller(principal, "named", None)
    kind, _, name = arn.resource.partition("/")
    reader = _CALLERS.get((arn.service, kind))
    if reader is None or (not name and kind != "root"):
        return Caller(principal, "named", None)
    return reader(principal, arn, name, role_arn)


def _root(principal: str, arn: Arn, name: str, role_arn: str | None) -> Caller:
    return Caller(principal, "root", arn.account)


def _user(principal: str, arn: Arn, name: str, role_arn: str | None) -> Caller:
    return Caller(principal, "user", arn.account, name=name.rpartition("/")[2])


def _federated_user(principal: str, arn: Arn, name: str, role_arn: str | None) -> Caller:
    return Caller(principal, "federated-user", arn.account, name=name)


def _role(principal: str, arn: Arn, name: str, role_arn: str | None) -> Caller:
    return _with_role(principal, "role", arn, principal)


def _session(principal: str, arn: Arn, name: str, role_arn: str | None) -> Caller:
    role_name = name.partition("/")[0]
    derived = f"arn:{arn.partition}:iam::{arn.account}:role/{role_name}"
    return _with_role(principal, "session", arn, role_arn or derived)


def _with_role(principal: str, kind: str, arn: Arn, role_arn: str) -> Caller:
    path_and_name = role_arn.partition(":role/")[2]
    name = path_and_name.rpartition("/")[2]
    linked = path_and_name.startswith(_SERVICE_LINKED) or name.startswith(_SERVICE_LINKED_NAME)
    return Caller(principal, kind, arn.account, role_arn, name, linked)


_CALLERS: dict[tuple[str, str], Callable[[str, Arn, str, str | None], Caller]] = {
    ("iam", "root"): _root,
    ("iam", "user"): _user,
    ("iam", "role"): _role,
    ("sts", "assumed-role"): _session,
    ("sts", "federated-user"): _federated_user,
}


@dataclass(frozen=True, slots=True)
class PrincipalElement:
    """A Principal or NotPrincipal element, ready to compare."""

    written: Any
    negated: bool
    everyone: bool
    accounts: frozenset[str]
    names: frozenset[str]

    def grant(self, caller: Caller, user_id: str | None) -> Grant:
        """How directly the element names the caller; `user_id` is the request's aws:userid."""
        if self.everyone or (caller.arn in self.names and caller.kind != "role"):
            return Grant.DIRECT
        if user_id is not None and self._names_unique_id(user_id):
            return Grant.ROLE if caller.role_arn else Grant.DIRECT
        if caller.role_arn in self.names:
            return Grant.ROLE
        return Grant.ACCOUNT if caller.account in self.accounts else Grant.NONE

    def _names_unique_id(self, user_id: str) -> bool:
        return user_id in self.names or user_id.partition(":")[0] in self.names

    def excludes(self, caller: Caller) -> bool:
        """For NotPrincipal: whether every one of the caller's identities is listed.

        A session is three principals at once: its account, its role and itself. All must be
        listed to be left out (*AWS JSON policy elements: NotPrincipal*).
        """
        if self.everyone:
            return True
        if caller.account is not None and caller.account not in self.accounts:
            return False
        if caller.role_arn is not None and caller.role_arn not in self.names:
            return False
        return caller.kind == "root" or caller.arn in self.names


_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")
_AWS_ARN = re.compile(
    r"arn:[a-z-]+:(iam::\d{12}:(root|user/.+|role/.+)|"
    r"sts::\d{12}:(assumed-role/[^/]+/.+|federated-user/.+)|"
    r"cloudfront::cloudfront:user/.+|iam::cloudfront:user/.+)"
)


def read_principal(written: Any, *, negated: bool) -> PrincipalElement:
    """Read a Principal or NotPrincipal element. Raises PolicyError for what AWS refuses."""
    element = "NotPrincipal" if negated else "Principal"
    accounts: set[str] = set()
    names: set[str] = set()
    everyone = written == "*"
    if not everyone:
        if not isinstance(written, dict):
            raise PolicyError(
                '"*" or an object such as {"AWS": "arn:aws:iam::123456789012:root"} is expected',
                element=element,
            )
        for kind, value in _pairs(written, element):
            if value == "*" and kind == "AWS":
                everyone = True
            elif value == "*":
                raise PolicyError(f"{kind} must name one principal, not *", element=element)
            elif kind == "AWS":
                _read_aws(value, accounts, names, element)
            else:
                names.add(value)
    return PrincipalElement(written, negated, everyone, frozenset(accounts), frozenset(names))


def _pairs(written: dict[str, Any], element: str) -> list[tuple[str, str]]:
    pairs = []
    for kind, values in written.items():
        if kind not in _KINDS:
            raise PolicyError(
                f"{kind!r} is not a kind of principal; use one of {', '.join(_KINDS)}",
                element=element,
            )
        for value in values if isinstance(values, list | tuple) else [values]:
            if not isinstance(value, str) or not value:
                raise PolicyError(f"a principal of kind {kind} must be text", element=element)
            if value != "*" and "*" in value:
                raise PolicyError(
                    f"{value!r}: a wildcard cannot stand for a part of a principal; name it in "
                    "full, or use a condition on aws:PrincipalArn",
                    element=element,
                )
            pairs.append((kind, value))
    return pairs


def _read_aws(value: str, accounts: set[str], names: set[str], element: str) -> None:
    if is_account_id(value):
        accounts.add(value)
        return
    if _AWS_ARN.fullmatch(value):
        arn = parse_arn(value)
        if arn is not None and arn.resource == "root":
            accounts.add(arn.account)
        else:
            names.add(value)
        return
    if not _UNIQUE_ID.fullmatch(value):
        raise PolicyError(
            f"{value!r} is not a principal; an account id, or the ARN of an account root, a user, "
            "a role or a session is expected",
            element=element,
        )
    names.add(value)
