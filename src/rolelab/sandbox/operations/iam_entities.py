"""Users, roles, groups and policies as they are: their true ARNs, tags and boundaries.

The caller names an entity by its name alone; its ARN holds the path it was created with. The
ARN is therefore looked up, and built from the name where the entity does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Unanswerable, Value
from rolelab.sandbox.operations.row import resource_tag_context, tag_pairs
from rolelab.sandbox.resource_policies import account_of, backend, partition_of

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

# moto's collection of each kind of entity, and whether its key is the entity's name.
_COLLECTIONS: Mapping[str, tuple[str, bool]] = {
    "group": ("groups", True),
    "instance-profile": ("instance_profiles", False),
    "role": ("roles", False),
    "server-certificate": ("certificates", True),
    "user": ("users", True),
}


def find(kind: str, name: str, account: str, partition: str) -> Any | None:
    """Find an entity by kind (`role`) and name, or None."""
    stored = backend("iam", account, partition)
    if stored is None:
        return None
    attribute, by_name = _COLLECTIONS[kind]
    entities = getattr(stored, attribute)
    if by_name:
        return entities.get(name)
    return next((entity for entity in entities.values() if entity.name == name), None)


def named(kind: str, member: str) -> Callable[[Call], str]:
    """Give a resource function: the ARN of the entity whose name is the parameter `member`."""

    def resource(call: Call) -> str:
        name = call.parameters.get(member)
        return entity_arn(kind, str(name), call) if name else "*"

    return resource


def entity_arn(kind: str, name: str, call: Call) -> str:
    """Give the ARN of an entity in the caller's account, with its path where it exists."""
    found = find(kind, name, call.account, call.partition)
    if found is not None:
        return str(found.arn)
    return f"arn:{call.partition}:iam::{call.account}:{kind}/{name}"


def user(call: Call) -> str:
    """Give the ARN of the user named in the call, or of the caller where none is named.

    Raises:
        Unanswerable: no user is named, and the caller is none.

    Page: *IAM API Reference*: where UserName is optional, IAM takes it from the access key.
    """
    name = call.parameters.get("UserName")
    if name:
        return entity_arn("user", str(name), call)
    return caller(
        call, "ValidationError", "Must specify userName when calling with non-User credentials"
    )


def password_owner(call: Call) -> str:
    """Give the ARN of the caller, whose password ChangePassword changes.

    Raises:
        Unanswerable: the caller is no user. Page: *ChangePassword*, error InvalidUserType.
    """
    return caller(call, "InvalidUserType", "Only IAM Users can change their own password")


def caller(call: Call, code: str, message: str) -> str:
    """Give the caller's own ARN if it is a user or the root user, else refuse."""
    kind = call.principal.rpartition(":")[2].partition("/")[0]
    if kind not in {"user", "root"}:
        raise Unanswerable(code, message)
    return call.principal


def key_owner(call: Call) -> str:
    """Give the ARN of the user that owns the access key in the call."""
    stored = backend("iam", call.account, call.partition)
    key = call.parameters.get("AccessKeyId")
    found = stored.access_keys.get(key) if stored is not None else None
    return entity_arn("user", found.user_name, call) if found is not None else "*"


def boundary(call: Call) -> str | None:
    """Give the ARN of the permissions boundary that the entity in the call has."""
    for kind, member in (("role", "RoleName"), ("user", "UserName")):
        name = call.parameters.get(member)
        if name:
            found = find(kind, str(name), call.account, call.partition)
            return getattr(found, "permissions_boundary_arn", None)
    return None


def tags_of(call: Call, arn: str) -> dict[str, Value]:
    """Give the tags of an IAM resource as condition keys.

    Users and roles answer to `iam:ResourceTag/*` too; the other kinds to `aws:ResourceTag/*`
    alone. Page: *Actions, resources, and condition keys for AWS Identity and Access Management*.
    """
    kind, _, path = arn.rpartition(":")[2].partition("/")
    account = account_of(arn)
    if not path or account is None:
        return {}
    pairs = _tags(kind, path.rpartition("/")[2], arn, account)
    return resource_tag_context(pairs, *_PREFIXES.get(kind, ())) if pairs else {}


_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "role": ("iam:ResourceTag",),
    "user": ("iam:ResourceTag",),
}


def _tags(kind: str, name: str, arn: str, account: str) -> dict[str, str]:
    partition = partition_of(arn)
    if kind in _COLLECTIONS:
        return tag_pairs(getattr(find(kind, name, account, partition), "tags", None))
    stored = backend("iam", account, partition)
    if stored is None:
        return {}
    if kind == "policy":
        return tag_pairs(getattr(stored.managed_policies.get(arn), "tags", None))
    if kind == "oidc-provider":
        return tag_pairs(getattr(stored.open_id_providers.get(arn), "tags", None))
    return {}


def has_mfa_device(principal: str, serial: str) -> bool:
    """Tell whether a user has the MFA device with this serial number (for a virtual one, ARN)."""
    account = account_of(principal)
    kind, _, path = principal.rpartition(":")[2].partition("/")
    if kind != "user" or account is None:
        return False
    found = find("user", path.rpartition("/")[2], account, partition_of(principal))
    return found is not None and serial in found.mfa_devices
