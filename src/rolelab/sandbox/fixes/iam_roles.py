"""Roles: their trust policies, names, session lengths, and what stands in the way of deleting them.

AWS pages: *IAM and AWS STS quotas*, *CreateRole*, *UpdateRole* and *DeleteRole* of the IAM API
Reference.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox import sessions
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.iam_boundaries import check_boundary, shown
from rolelab.sandbox.fixes.iam_documents import size, trust
from rolelab.sandbox.fixes.iam_errors import (
    already_exists,
    delete_conflict,
    limit_exceeded,
    unmodifiable,
)
from rolelab.sandbox.fixes.iam_lookup import backend, role, taken
from rolelab.sandbox.fixes.iam_service_linked import is_service_linked
from rolelab.sandbox.fixes.iam_trust import check_principals, write_as

TRUST_POLICY_SIZE = 2048
"""Characters of a trust policy, by default (*IAM and AWS STS quotas*)."""


@fix("iam", "CreateRole")
def create_role(call: Call, response: Any, serve: Any) -> Answer:
    """moto takes any text as trust policy and any ARN as boundary.

    The answer has no Description and no MaxSessionDuration, as in AWS; GetRole shows them.
    """
    wanted = call.parameters
    name, text = str(wanted["RoleName"]), str(wanted["AssumeRolePolicyDocument"])
    _check_trust(call, text)
    stored = backend(call)
    if taken((found.name for found in stored.roles.values()), name):
        raise already_exists(f"Role with name {name} already exists.")
    check_boundary(call, wanted.get("PermissionsBoundary"))
    created = stored.create_role(
        name,
        text,
        wanted.get("Path") or "/",
        wanted.get("PermissionsBoundary"),
        wanted.get("Description"),
        wanted.get("Tags", []),
        wanted.get("MaxSessionDuration", 3600),
    )
    return Answer({"Role": described(created)})


@fix("iam", "GetRole")
def get_role(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers in other words if the role is not there, and names the boundary's type wrong."""
    found = role(call)
    return Answer(
        {
            "Role": {
                **described(found),
                "Description": found.description or None,
                "MaxSessionDuration": found.max_session_duration,
                "RoleLastUsed": found.role_last_used,
            }
        }
    )


@fix("iam", "UpdateRole")
def update_role(call: Call, response: Any, serve: Any) -> Answer:
    """moto resets the member that is not given."""
    found = role(call)
    wanted = call.parameters
    if "MaxSessionDuration" in wanted and is_service_linked(found):
        raise unmodifiable(found.name)
    if "Description" in wanted:
        found.description = wanted["Description"]
    if "MaxSessionDuration" in wanted:
        found.max_session_duration = wanted["MaxSessionDuration"]
    return Answer()


@fix("iam", "UpdateAssumeRolePolicy")
def update_assume_role_policy(call: Call, response: Any, serve: Any) -> Answer:
    """moto refuses version 2008-10-17 and takes principals that do not exist."""
    found = role(call)
    text = str(call.parameters["PolicyDocument"])
    _check_trust(call, text)
    found.assume_role_policy_document = text
    return Answer()


@fix("iam", "DeleteRole")
def delete_role(call: Call, response: Any, serve: Any) -> Answer:
    """moto leaves the ARN of a deleted role in trust policies, open to a new role of that name.

    The role's sessions end with it.
    """
    found = role(call)
    stored = backend(call)
    if any(found in profile.roles for profile in stored.instance_profiles.values()):
        raise delete_conflict(
            "Cannot delete entity, must remove roles from instance profile first."
        )
    if found.managed_policies:
        raise delete_conflict("Cannot delete entity, must detach all policies first.")
    if found.policies:
        raise delete_conflict("Cannot delete entity, must delete policies first.")
    del stored.roles[found.id]
    write_as(found.arn, found.id)
    sessions.end(found.id)
    return Answer()


def described(found: Any) -> dict[str, Any]:
    """The members of a role that every answer about one role has."""
    return {
        "Path": found.path,
        "RoleName": found.name,
        "RoleId": found.id,
        "Arn": found.arn,
        "CreateDate": found.create_date,
        "AssumeRolePolicyDocument": found.assume_role_policy_document,
        "PermissionsBoundary": shown(found),
        "Tags": found.tags,
    }


def _check_trust(call: Call, text: str) -> None:
    document = trust(text)
    check_principals(call, document)
    if size(text) > TRUST_POLICY_SIZE:
        raise limit_exceeded(f"Cannot exceed quota for ACLSizePerRole: {TRUST_POLICY_SIZE}")
