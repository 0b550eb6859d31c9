"""Users, their keys, and what stands in the way of deleting them.

AWS pages: *CreateUser*, *DeleteUser* and *UpdateUser* of the IAM API Reference, *IAM and AWS STS
quotas*, *IAM identifiers*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rolelab.sandbox import sessions
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.iam_boundaries import check_boundary, shown
from rolelab.sandbox.fixes.iam_errors import (
    already_exists,
    delete_conflict,
    limit_exceeded,
    no_such_entity,
    validation_error,
)
from rolelab.sandbox.fixes.iam_lookup import backend, taken, unique_id, user
from rolelab.sandbox.fixes.iam_trust import write_as

KEYS_PER_USER = 2
"""Access keys of one user (*IAM and AWS STS quotas*)."""


@fix("iam", "CreateUser")
def create_user(call: Call, response: Any, serve: Any) -> Answer:
    """moto ignores the boundary, and its unique ids are no AIDA ids."""
    wanted = call.parameters
    name, stored = str(wanted["UserName"]), backend(call)
    _check_free(stored, name)
    check_boundary(call, wanted.get("PermissionsBoundary"))
    created = stored.create_user(
        call.region, name, wanted.get("Path") or "/", wanted.get("Tags", [])
    )
    created.id = unique_id(call, "AIDA")
    created.permissions_boundary_arn = wanted.get("PermissionsBoundary")
    return Answer({"User": described(created)})


@fix("iam", "GetUser")
def get_user(call: Call, response: Any, serve: Any) -> Answer:
    """moto shows no boundary, and invents a user for a role session that names none."""
    if _is_root(call) and not call.parameters.get("UserName"):
        return Answer({"User": _root(call)})
    return Answer({"User": described(user(call))})


@fix("iam", "UpdateUser")
def update_user(call: Call, response: Any, serve: Any) -> Answer:
    """moto loses a renamed user's tags, keys and trust, and renames one user over another."""
    found, stored = user(call), backend(call)
    name = call.parameters.get("NewUserName")
    if name and name.lower() != found.name.lower():
        _check_free(stored, name)
    before = found.arn
    tags = stored.tagger.list_tags_for_resource(before)["Tags"]
    stored.tagger.delete_all_tags_for_resource(before)
    del stored.users[found.name]
    found.name = name or found.name
    found.path = call.parameters.get("NewPath") or found.path
    stored.users[found.name] = found
    stored.tagger.tag_resource(found.arn, tags)
    for key in found.access_keys:
        key.user_name = found.name
    write_as(before, found.arn)
    return Answer()


@fix("iam", "DeleteUser")
def delete_user(call: Call, response: Any, serve: Any) -> Answer:
    """moto looks at policies only, and leaves the user's keys and group memberships behind."""
    found, stored = user(call), backend(call)
    for remains, sentence in _IN_THE_WAY:
        if remains(stored, found):
            raise delete_conflict(f"Cannot delete entity, must {sentence} first.")
    stored.tagger.delete_all_tags_for_resource(found.arn)
    del stored.users[found.name]
    write_as(found.arn, found.id)
    sessions.end(found.id)
    return Answer()


# Each thing that DeleteUser's page says to remove first, and AWS's words for it. It has one
# sentence for everything it does not name.
_IN_THE_WAY: tuple[tuple[Callable[[Any, Any], Any], str], ...] = (
    (lambda _, user: user.managed_policies, "detach all policies"),
    (lambda _, user: user.policies, "delete policies"),
    (lambda _, user: user.access_keys, "delete access keys"),
    (lambda _, user: user.password, "delete login profile"),
    (lambda _, user: user.mfa_devices, "delete MFA device"),
    (lambda stored, user: stored.get_groups_for_user(user.name), "remove users from group"),
    (lambda _, user: user.signing_certificates, "delete signing certificates"),
    (lambda _, user: user.ssh_public_keys, "remove referenced objects"),
)


@fix("iam", "CreateAccessKey")
def create_access_key(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers in other words when no user is named and the caller is none."""
    found = user(call)
    if len(found.access_keys) >= KEYS_PER_USER:
        raise limit_exceeded(f"Cannot exceed quota for AccessKeysPerUser: {KEYS_PER_USER}")
    return Answer({"AccessKey": backend(call).create_access_key(found.name)})


@fix("iam", "ListAccessKeys")
def list_access_keys(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers in other words when no user is named and the caller is none."""
    found = user(call)
    return Answer(
        {
            "UserName": found.name,
            "AccessKeyMetadata": list(found.access_keys),
            "IsTruncated": False,
        }
    )


@fix("iam", "UpdateAccessKey")
def update_access_key(call: Call, response: Any, serve: Any) -> Answer:
    """moto changes the key of any user when none is named."""
    _key(call).status = call.parameters["Status"]
    return Answer()


@fix("iam", "DeleteAccessKey")
def delete_access_key(call: Call, response: Any, serve: Any) -> Answer:
    """moto deletes the key of any user when none is named."""
    backend(call).delete_access_key_by_name(_key(call).access_key_id)
    return Answer()


def described(found: Any) -> dict[str, Any]:
    """The `User` member of an answer."""
    return {
        "Path": found.path,
        "UserName": found.name,
        "UserId": found.id,
        "Arn": found.arn,
        "CreateDate": found.create_date,
        "PasswordLastUsed": found.password_last_used,
        "PermissionsBoundary": shown(found),
        "Tags": found.tags,
    }


def _check_free(stored: Any, name: str) -> None:
    if taken(stored.users, name):
        raise already_exists(f"User with name {name} already exists.")


def _key(call: Call) -> Any:
    wanted = call.parameters["AccessKeyId"]
    if not call.parameters.get("UserName") and _is_root(call):
        raise validation_error("Must specify userName when calling with non-User credentials")
    found = next((key for key in user(call).access_keys if key.access_key_id == wanted), None)
    if found is None:
        raise no_such_entity(f"The Access Key with id {wanted} cannot be found.")
    return found


def _is_root(call: Call) -> bool:
    return call.principal.endswith(":root")


def _root(call: Call) -> dict[str, Any]:
    """GetUser without a name, called by the root user, describes the root user."""
    from moto.core.utils import utcnow

    return {
        "Path": "/",
        "UserName": "root",
        "UserId": call.account,
        "Arn": call.principal,
        "CreateDate": utcnow(),
    }
