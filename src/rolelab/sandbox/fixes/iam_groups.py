"""Groups, who is in them, and what stands in the way of deleting them.

AWS pages: *CreateGroup*, *UpdateGroup* and *DeleteGroup* of the IAM API Reference, *IAM and AWS
STS quotas*.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.iam_errors import already_exists, delete_conflict, limit_exceeded
from rolelab.sandbox.fixes.iam_lookup import backend, group, taken, unique_id, user

GROUPS_PER_USER = 10
"""Groups that one user can be in (*IAM and AWS STS quotas*)."""


@fix("iam", "CreateGroup")
def create_group(call: Call, response: Any, serve: Any) -> Answer:
    """moto's unique ids are no AGPA ids, and it tells names apart by case."""
    name, stored = str(call.parameters["GroupName"]), backend(call)
    _check_free(stored, name)
    created = stored.create_group(name, call.parameters.get("Path") or "/")
    created.id = unique_id(call, "AGPA")
    return Answer({"Group": created})


@fix("iam", "GetGroup")
def get_group(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers in other words if the group is not there."""
    found = group(call)
    return Answer({"Group": found, "Users": found.users, "IsTruncated": False})


@fix("iam", "UpdateGroup")
def update_group(call: Call, response: Any, serve: Any) -> Answer:
    """moto ignores a new path that comes without a new name."""
    found, stored = group(call), backend(call)
    name = call.parameters.get("NewGroupName")
    if name and name.lower() != found.name.lower():
        _check_free(stored, name)
    del stored.groups[found.name]
    found.name = name or found.name
    found.path = call.parameters.get("NewPath") or found.path
    stored.groups[found.name] = found
    return Answer()


@fix("iam", "DeleteGroup")
def delete_group(call: Call, response: Any, serve: Any) -> Answer:
    """moto deletes groups with users and policies."""
    found = group(call)
    if found.users:
        raise delete_conflict("Cannot delete entity, must remove users from group first.")
    if found.managed_policies:
        raise delete_conflict("Cannot delete entity, must detach all policies first.")
    if found.policies:
        raise delete_conflict("Cannot delete entity, must delete policies first.")
    del backend(call).groups[found.name]
    return Answer()


@fix("iam", "AddUserToGroup")
def add_user_to_group(call: Call, response: Any, serve: Any) -> Answer:
    """moto knows no limit."""
    member, wanted = user(call), group(call)
    if member in wanted.users:
        return Answer()
    if len(backend(call).get_groups_for_user(member.name)) >= GROUPS_PER_USER:
        raise limit_exceeded(f"Cannot exceed quota for GroupsPerUser: {GROUPS_PER_USER}")
    wanted.users.append(member)
    return Answer()


def _check_free(stored: Any, name: str) -> None:
    if taken(stored.groups, name):
        raise already_exists(f"Group with name {name} already exists.")
