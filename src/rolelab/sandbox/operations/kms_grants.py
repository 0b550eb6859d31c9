"""The grants on a KMS key, as the statements that they add to what the key policy says.

A grant allows by itself, without a policy, and can never deny. Pages: *Grants in AWS KMS*,
*GrantConstraints* and *CreateGrant* in the AWS KMS API Reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.resource_policies.kms import effective, kms_key

ENCRYPTION_CONTEXT = "kms:EncryptionContext:"
# Operations of a grant that constraints never limit. Page: *GrantConstraints*.
_UNCONSTRAINED = frozenset({"DescribeKey", "RetireGrant"})


def with_grants(check: Check) -> Check:
    """Give the same check, with the grants that apply to it beside the key policy.

    Args:
        check: a check of a KMS action on a key; its context holds the encryption context.
    """
    operation = check.action.removeprefix("kms:")
    key = kms_key(check.resource)
    if key is None or not key.grants:
        return check
    return with_statements(
        check,
        (
            _statement(grant.id, grant.grantee_principal, check.action)
            for grant in key.grants.values()
            if operation in grant.operations and _meets(operation, grant.constraints, check.context)
        ),
    )


def with_retirement(check: Check, grant: Any | None) -> Check:
    """Give the same check, with what a grant says about who may retire it.

    The retiring principal may, the root user of the account that made the grant, and the grantee
    where the grant allows RetireGrant. Page: *RetireGrant*.
    """
    if grant is None:
        return check
    principals = [grant.retiring_principal]
    if "RetireGrant" in grant.operations:
        principals.append(grant.grantee_principal)
    return with_statements(
        check, (_statement(grant.id, principal, check.action) for principal in principals)
    )


def with_statements(check: Check, statements: Iterable[Mapping[str, Any] | None]) -> Check:
    """Give the same check, with statements added to the key policy."""
    added = [statement for statement in statements if statement is not None]
    key = kms_key(check.resource)
    if not added or key is None:
        return check
    from rolelab.iam import parse

    policy = json.loads(effective(key.policy))
    given = policy.get("Statement", [])
    policy["Statement"] = [*(given if isinstance(given, list) else [given]), *added]
    text = json.dumps(policy)
    document = parse(text, kind="resource", name="key policy and grants")
    return replace(check, resource_policy=document)


def _statement(grant_id: str, principal: Any, action: str) -> Mapping[str, Any] | None:
    if not str(principal or "").startswith("arn:"):
        return None
    return {
        "Sid": f"Grant{grant_id}",
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": action,
        "Resource": "*",
    }


def _meets(operation: str, constraints: Any, context: Mapping[str, Value]) -> bool:
    """Tell whether the encryption context of the request meets the grant's constraints.

    The names of the pairs compare without case, their values with. Page: *GrantConstraints*.
    """
    if not constraints or operation in _UNCONSTRAINED:
        return True
    if operation == "CreateGrant":
        return _is_as_strict(constraints, context)
    given = _pairs(
        {
            key.removeprefix(ENCRYPTION_CONTEXT): value
            for key, value in context.items()
            if key.startswith(ENCRYPTION_CONTEXT)
        }
    )
    exact = constraints.get("EncryptionContextEquals")
    if exact and _pairs(exact) != given:
        return False
    subset = _pairs(constraints.get("EncryptionContextSubset") or {})
    # The requests that the gate sees are made by principals, for no AWS resource.
    return subset.items() <= given.items() and not constraints.get("SourceArn")


def _is_as_strict(constraints: Mapping[str, Any], context: Mapping[str, Value]) -> bool:
    """Tell whether a new grant has the pairs and, for an exact constraint, its kind.

    Page: *CreateGrant*, "Constraints": a grant that lets its grantee create grants asks for
    constraints at least as strict.
    """
    given = _pairs(
        {
            key.removeprefix(ENCRYPTION_CONTEXT): value
            for key, value in context.items()
            if key.startswith(ENCRYPTION_CONTEXT)
        }
    )
    exact = constraints.get("EncryptionContextEquals")
    if exact:
        kind = context.get("kms:GrantConstraintType")
        return kind == "EncryptionContextEquals" and _pairs(exact) == given
    subset = _pairs(constraints.get("EncryptionContextSubset") or {})
    return subset.items() <= given.items() and not constraints.get("SourceArn")


def _pairs(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in given.items()}
