"""Grants: who they are for, and how they end.

What a grant allows is decided by `operations.kms_grants`.

AWS pages: *CreateGrant*, *ListGrants*, *RetireGrant* and *RevokeGrant* (AWS KMS API Reference);
*Grants in AWS KMS* (AWS KMS Developer Guide).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Serve, fix
from rolelab.sandbox.fixes.iam_trust import exists
from rolelab.sandbox.fixes.kms_lookup import found, not_found
from rolelab.sandbox.fixes.kms_use import key_in, would_have_succeeded
from rolelab.sandbox.resource_policies import account_of, backend

_PRINCIPALS = ("GranteePrincipal", "RetiringPrincipal")


@fix("kms", "CreateGrant")
def create_grant(call: Call, response: Any, serve: Serve) -> Answer:
    """moto takes any text as principal, and makes a new grant each time.

    A grant with a name is made once: the same request again gives its id. Page: *CreateGrant*,
    "Name".
    """
    key, given = key_in(call), call.parameters
    for member in _PRINCIPALS:
        named = given.get(member)
        if named is not None and not _is_principal(call, str(named)):
            raise ServiceError(
                "InvalidArnException", f"ARN does not refer to a valid principal: {named}"
            )
    if call.parameters.get("DryRun"):
        raise would_have_succeeded()
    grant = _same(key, given) or key.add_grant(
        given.get("Name"),
        given["GranteePrincipal"],
        list(given["Operations"]),
        given.get("Constraints"),
        given.get("RetiringPrincipal"),
    )
    grant.created_at = getattr(grant, "created_at", None) or datetime.now(UTC)
    grant.issuing_account = account_of(key.arn) if call.principal == "*" else call.account
    return Answer({"GrantId": grant.id, "GrantToken": grant.token})


def _is_principal(call: Call, named: str) -> bool:
    return named.endswith(".amazonaws.com") or (
        named.startswith("arn:") and account_of(named) is not None and exists(call, named)
    )


def _same(key: Any, given: Any) -> Any | None:
    if not given.get("Name"):
        return None
    return next(
        (
            grant
            for grant in key.grants.values()
            if grant.name == given["Name"]
            and grant.grantee_principal == given["GranteePrincipal"]
            and grant.operations == list(given["Operations"])
            and grant.constraints == given.get("Constraints")
            and grant.retiring_principal == given.get("RetiringPrincipal")
        ),
        None,
    )


@fix("kms", "ListGrants")
def list_grants(call: Call, response: Any, serve: Serve) -> Answer:
    """moto leaves out who made a grant, and does not look for a grantee."""
    key, given = key_in(call), call.parameters
    grants = [
        described(key, grant)
        for grant in key.grants.values()
        if given.get("GrantId") in (None, grant.id)
        and given.get("GranteePrincipal") in (None, grant.grantee_principal)
    ]
    return Answer({"Grants": grants, "Truncated": False})


@fix("kms", "ListRetirableGrants")
def list_retirable_grants(call: Call, response: Any, serve: Serve) -> Answer:
    """The same members as ListGrants."""
    stored = backend("kms", call.account, call.region)
    wanted = call.parameters["RetiringPrincipal"]
    keys = [] if stored is None else list(stored.keys.values())
    grants = [
        described(key, grant)
        for key in keys
        for grant in key.grants.values()
        if grant.retiring_principal == wanted
    ]
    return Answer({"Grants": grants, "Truncated": False})


def described(key: Any, grant: Any) -> dict[str, Any]:
    """The members of a grant. AWS page: *GrantListEntry*."""
    issuer = getattr(grant, "issuing_account", None) or key.account_id
    return {
        "KeyId": key.arn,
        "GrantId": grant.id,
        "Name": grant.name or "",
        "CreationDate": getattr(grant, "created_at", None),
        "GranteePrincipal": grant.grantee_principal,
        "RetiringPrincipal": grant.retiring_principal,
        "IssuingAccount": f"arn:{key.arn.split(':')[1]}:iam::{issuer}:root",
        "Operations": grant.operations,
        "Constraints": grant.constraints,
    }


@fix("kms", "RevokeGrant")
def revoke_grant(call: Call, response: Any, serve: Serve) -> Answer:
    """A dry run revokes nothing."""
    _end(call, key_in(call), str(call.parameters["GrantId"]))
    return Answer()


@fix("kms", "RetireGrant")
def retire_grant(call: Call, response: Any, serve: Serve) -> Answer:
    """moto says nothing if there is no such grant."""
    given = call.parameters
    token = given.get("GrantToken")
    if token:
        held = next(((key, each) for key, each in _grants(call) if each.token == token), None)
        if held is None:
            raise ServiceError("InvalidGrantTokenException", "The grant token is not valid.")
        key, grant = held
        _end(call, key, grant.id)
        return Answer()
    if not given.get("KeyId") or not given.get("GrantId"):
        raise ServiceError(
            "ValidationException", "Either a grant token, or a key ID and grant ID are required."
        )
    key = found(call, str(given["KeyId"]), alias=False)
    _end(call, key, str(given["GrantId"]))
    return Answer()


def _end(call: Call, key: Any, grant_id: str) -> None:
    if grant_id not in key.grants:
        raise not_found(f"Grant ID {grant_id} not found")
    if call.parameters.get("DryRun"):
        raise would_have_succeeded()
    del key.grants[grant_id]


def _grants(call: Call) -> Iterator[tuple[Any, Any]]:
    stored = backend("kms", call.account, call.region)
    for key in [] if stored is None else list(stored.keys.values()):
        for grant in key.grants.values():
            yield key, grant
