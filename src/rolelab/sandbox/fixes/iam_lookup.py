"""Find users, groups and roles in moto's account, or say in AWS's words that there is none."""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes.iam_errors import no_such_entity, validation_error


def backend(call: Call) -> Any:
    """moto's IAM of the caller's account."""
    from moto.iam.models import iam_backends

    return iam_backends[call.account][call.partition]


def role(call: Call, name: str | None = None) -> Any:
    """The role that the call names.

    Raises:
        ServiceError: NoSuchEntity.
    """
    name = name or str(call.parameters["RoleName"])
    found = next((role for role in backend(call).roles.values() if role.name == name), None)
    if found is None:
        raise no_such_entity(f"The role with name {name} cannot be found.")
    return found


def user(call: Call, name: str | None = None) -> Any:
    """The user that the call names, or the calling user where the call may leave the name out.

    Raises:
        ServiceError: NoSuchEntity; ValidationError if no name is given and the caller is no user.
    """
    name = name or user_name(call)
    found = backend(call).users.get(name)
    if found is None:
        raise no_such_entity(f"The user with name {name} cannot be found.")
    return found


def user_name(call: Call) -> str:
    """The user name in the call, or the calling user's own.

    Raises:
        ServiceError: ValidationError if no name is given and the caller is no user.
    """
    if call.parameters.get("UserName"):
        return str(call.parameters["UserName"])
    kind, _, rest = call.principal.rpartition(":")[2].partition("/")
    if kind != "user":
        raise validation_error("Must specify userName when calling with non-User credentials")
    return rest.rpartition("/")[2]


def group(call: Call, name: str | None = None) -> Any:
    """The group that the call names.

    Raises:
        ServiceError: NoSuchEntity.
    """
    name = name or str(call.parameters["GroupName"])
    found = backend(call).groups.get(name)
    if found is None:
        raise no_such_entity(f"The group with name {name} cannot be found.")
    return found


def taken(names: Any, wanted: str) -> bool:
    """Is a name in use? Names of one kind of entity do not differ by case alone.

    AWS page: *IAM and AWS STS quotas*, IAM name requirements.
    """
    return any(name.lower() == wanted.lower() for name in names)


def unique_id(call: Call, prefix: str) -> str:
    """A fresh unique id, such as AIDA... for a user.

    AWS page: *IAM identifiers*, Understanding unique ID prefixes.
    """
    from moto.iam.utils import generate_access_key_id_from_account_id

    return str(generate_access_key_id_from_account_id(call.account, prefix, total_length=21))
