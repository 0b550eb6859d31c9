"""Permissions boundaries of users and roles.

moto takes any ARN as a role's boundary and has no boundaries for users.

AWS page: *Permissions boundaries for IAM entities*. The sentences are those that AWS answers; its
pages name the codes only.
"""

from __future__ import annotations

import re
from typing import Any

from rolelab.sandbox import managed_policies
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.iam_errors import invalid_input, no_such_entity, unmodifiable
from rolelab.sandbox.fixes.iam_lookup import backend, role, user
from rolelab.sandbox.fixes.iam_service_linked import is_service_linked

_POLICY_ARN = re.compile(r"arn:aws[a-z-]*:iam::(aws|\d{12}):policy/.+")


def check_boundary(call: Call, arn: str | None) -> None:
    """Refuse a boundary that is not a managed policy of the account or of AWS.

    Raises:
        ServiceError: InvalidInput; NoSuchEntity.
    """
    if arn is None:
        return
    if not _POLICY_ARN.fullmatch(arn):
        raise invalid_input(f"ARN {arn} is not valid.")
    if not managed_policies.ensure(backend(call), arn):
        raise no_such_entity(f"Scope ARN: {arn} does not exist or is not attachable.")


def boundary_of(entity: Any) -> str | None:
    """The ARN of a user's or role's boundary, or None."""
    return getattr(entity, "permissions_boundary_arn", None) or None


def shown(entity: Any) -> dict[str, str] | None:
    """The `PermissionsBoundary` member of a user or role.

    AWS page: *AttachedPermissionsBoundary* of the IAM API Reference: the type is always Policy.
    """
    arn = boundary_of(entity)
    if arn is None:
        return None
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def usage_count(call: Call, arn: str) -> int:
    """How many users and roles have a policy as their boundary."""
    stored = backend(call)
    entities = [*stored.users.values(), *stored.roles.values()]
    return sum(boundary_of(entity) == arn for entity in entities)


@fix("iam", "PutRolePermissionsBoundary")
def put_role_permissions_boundary(call: Call, response: Any, serve: Any) -> Answer:
    """moto stores the ARN of a policy that does not exist."""
    _put(call, _own_role(call))
    return Answer()


@fix("iam", "DeleteRolePermissionsBoundary")
def delete_role_permissions_boundary(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers in other words if the role, or its boundary, is not there."""
    _delete(call, _own_role(call), f"Role {call.parameters['RoleName']}")
    return Answer()


@fix("iam", "PutUserPermissionsBoundary")
def put_user_permissions_boundary(call: Call, response: Any, serve: Any) -> Answer:
    """moto has no boundaries for users."""
    _put(call, user(call))
    return Answer()


@fix("iam", "DeleteUserPermissionsBoundary")
def delete_user_permissions_boundary(call: Call, response: Any, serve: Any) -> Answer:
    """moto has no boundaries for users."""
    _delete(call, user(call), f"User {call.parameters['UserName']}")
    return Answer()


def _own_role(call: Call) -> Any:
    """The role, unless a service owns it (*Permissions boundaries for IAM entities*)."""
    found = role(call)
    if is_service_linked(found):
        raise unmodifiable(found.name)
    return found


def _put(call: Call, entity: Any) -> None:
    arn = str(call.parameters["PermissionsBoundary"])
    check_boundary(call, arn)
    entity.permissions_boundary_arn = arn


def _delete(call: Call, entity: Any, shown_as: str) -> None:
    # The code is documented; the sentence is not.
    if boundary_of(entity) is None:
        raise no_such_entity(f"{shown_as} does not have a permissions boundary.")
    entity.permissions_boundary_arn = None
