"""Invitations: how an account that exists already joins an organization. moto lacks them.

Pages: *InviteAccountToOrganization*, *AcceptHandshake*, *Handshake* (API Reference); *Managing
account invitations with AWS Organizations*.
"""

from __future__ import annotations

import secrets
import string
import time
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.organizations_accounts import (
    begin_with_defaults,
    make_service_linked_role,
    organization_of,
)
from rolelab.sandbox.fixes.organizations_errors import access_denied, invalid_input
from rolelab.sandbox.organizations import HANDSHAKES, Handshake, handshake, membership

_DAYS = 15
"""An invitation expires after as many days (*Expiration times for handshakes*)."""
_ALPHABET = string.ascii_lowercase + string.digits


@fix("organizations", "InviteAccountToOrganization")
def invite_account_to_organization(call: Call, response: Any, serve: Any) -> Any:
    """Invite an account by its id. An e-mail address belongs to no account of the sandbox."""
    target = call.parameters["Target"]
    if target.get("Type") != "ACCOUNT":
        raise invalid_input(
            "INVALID_PARTY_TYPE_TARGET",
            "The sandbox invites accounts by their id alone: Target.Type is ACCOUNT.",
        )
    account = str(target["Id"])
    stored = organization_of(call)
    if any(each.id == account for each in stored.accounts):
        raise _violates(
            "ALREADY_IN_AN_ORGANIZATION",
            "The invited account is already a member of an organization.",
        )
    kept = HANDSHAKES.of(call.account, call.partition)
    if any(each.target == account and each.state == "OPEN" for each in kept.values()):
        raise ServiceError(
            "DuplicateHandshakeException",
            "A handshake with the same action and target already exists.",
        )
    named = "h-" + "".join(secrets.choice(_ALPHABET) for _ in range(10))
    organization = stored.org.id
    made = kept[named] = Handshake(
        id=named,
        arn=f"arn:{call.partition}:organizations::{call.account}:handshake/"
        f"{organization}/invite/{named}",
        organization=organization,
        management_account=call.account,
        target=account,
        state="OPEN",
        requested=time.time(),
        notes=call.parameters.get("Notes"),
    )
    return Answer({"Handshake": _described(made)})


@fix("organizations", "AcceptHandshake")
def accept_handshake(call: Call, response: Any, serve: Any) -> Any:
    """The invited account joins the organization, at its root."""
    found = _of_target(call)
    _turn(found, "ACCEPTED")
    if membership(call.account) is not None:
        raise _violates(
            "ALREADY_IN_AN_ORGANIZATION",
            "The invited account is already a member of an organization.",
        )
    inviting = membership(found.management_account)
    if inviting is None or inviting.organization_id != found.organization:
        raise _no_way(found)
    make_service_linked_role(call)
    _join(inviting.stored, call)
    found.state = "ACCEPTED"
    return Answer({"Handshake": _described(found)})


def _join(stored: Any, call: Call) -> None:
    from moto.iam.models import iam_backends
    from moto.organizations.models import FakeAccount, organizations_backends

    account = FakeAccount(stored.org, AccountName=call.account, Email=f"{call.account}@example.com")
    # moto makes an account of its own, with a role in it.
    iam_backends.pop(account.id, None)
    account.id, account.joined_method = call.account, "INVITED"
    stored.accounts.append(account)
    begin_with_defaults(stored, account)
    organizations_backends.master_accounts[call.account] = (stored.account_id, stored.partition)


@fix("organizations", "DeclineHandshake")
def decline_handshake(call: Call, response: Any, serve: Any) -> Any:
    """The invited account says no."""
    found = _of_target(call)
    _turn(found, "DECLINED")
    found.state = "DECLINED"
    return Answer({"Handshake": _described(found)})


@fix("organizations", "CancelHandshake")
def cancel_handshake(call: Call, response: Any, serve: Any) -> Any:
    """The organization takes its invitation back."""
    found = _found(call)
    if found.management_account != call.account:
        raise access_denied()
    _turn(found, "CANCELED")
    found.state = "CANCELED"
    return Answer({"Handshake": _described(found)})


@fix("organizations", "DescribeHandshake")
def describe_handshake(call: Call, response: Any, serve: Any) -> Any:
    """Both sides may look at an invitation."""
    found = _found(call)
    if call.account not in (found.management_account, found.target):
        raise access_denied()
    return Answer({"Handshake": _described(found)})


@fix("organizations", "ListHandshakesForAccount")
def list_handshakes_for_account(call: Call, response: Any, serve: Any) -> Any:
    """The invitations that the caller's account received."""
    received = [
        _described(each)
        for _, _, kept in HANDSHAKES.everywhere()
        for each in kept.values()
        if each.target == call.account
    ]
    return Answer({"Handshakes": received})


@fix("organizations", "ListHandshakesForOrganization")
def list_handshakes_for_organization(call: Call, response: Any, serve: Any) -> Any:
    """The invitations that the organization sent."""
    kept = HANDSHAKES.of(call.account, call.partition)
    return Answer({"Handshakes": [_described(each) for each in kept.values()]})


def _found(call: Call) -> Handshake:
    found = handshake(str(call.parameters["HandshakeId"]))
    if found is None:
        raise ServiceError(
            "HandshakeNotFoundException",
            "We can't find a handshake with the HandshakeId that you specified.",
        )
    return found


def _of_target(call: Call) -> Handshake:
    found = _found(call)
    if found.target != call.account:
        raise access_denied()
    return found


def _turn(found: Handshake, state: str) -> None:
    """Refuse to turn an invitation that is no longer open."""
    if found.state == state:
        raise ServiceError(
            "HandshakeAlreadyInStateException",
            "The specified handshake is already in the requested state.",
        )
    if found.state != "OPEN" or time.time() > _expires(found):
        raise _no_way(found)


def _expires(found: Handshake) -> float:
    return found.requested + _DAYS * 86_400


def _no_way(found: Handshake) -> ServiceError:
    return ServiceError(
        "InvalidHandshakeTransitionException",
        "You can't perform the operation on the handshake in its current state.",
    )


def _violates(reason: str, message: str) -> ServiceError:
    return ServiceError("HandshakeConstraintViolationException", message, Reason=reason)


def _described(found: Handshake) -> dict[str, Any]:
    return {
        "Id": found.id,
        "Arn": found.arn,
        "Parties": [
            {"Id": found.organization.removeprefix("o-"), "Type": "ORGANIZATION"},
            {"Id": found.target, "Type": "ACCOUNT"},
        ],
        "State": found.state,
        "RequestedTimestamp": found.requested,
        "ExpirationTimestamp": _expires(found),
        "Action": "INVITE",
        "Resources": [
            {"Type": "ORGANIZATION", "Value": found.organization},
            {"Type": "ACCOUNT", "Value": found.target},
            *([{"Type": "NOTES", "Value": found.notes}] if found.notes else []),
        ],
    }
