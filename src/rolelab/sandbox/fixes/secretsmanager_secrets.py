"""Names of secrets, and what is left of a secret that is about to be deleted.

AWS pages: *CreateSecret*, *DeleteSecret*, *RestoreSecret* (AWS Secrets Manager API Reference);
*Delete an AWS Secrets Manager secret*.
"""

from __future__ import annotations

import re
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import FIXES, Response, Serve, fix
from rolelab.sandbox.fixes.secretsmanager_lookup import (
    invalid_parameter,
    invalid_request,
    secret_in,
    secret_named,
)

_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")
_LARGEST = 65536
_SHORTEST_WAIT, _LONGEST_WAIT = 7, 30
_MARKED = "You can't perform this operation on the secret because it was marked for deletion."

# What nobody can do with a secret that is scheduled for deletion: its value is out of reach.
_NEEDS_LIVING = (
    "CancelRotateSecret",
    "GetSecretValue",
    "PutResourcePolicy",
    "PutSecretValue",
    "ReplicateSecretToRegions",
    "RotateSecret",
    "UpdateSecret",
    "UpdateSecretVersionStage",
)


def not_marked_for_deletion(call: Call, response: Any, serve: Serve) -> Response:
    """A fix for the operations that need the value of a secret, or change it.

    AWS page: *DeleteSecret*: during the recovery window its value cannot be retrieved.
    """
    found = secret_in(call)
    if found.is_deleted():
        raise invalid_request(_MARKED)
    return serve()


for _operation in _NEEDS_LIVING:
    FIXES["secretsmanager", _operation].append(not_marked_for_deletion)


@fix("secretsmanager", "CreateSecret")
def create_secret(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes any name, and makes a secret beside one that is about to be deleted."""
    name = str(call.parameters["Name"])
    if _NAME.fullmatch(name) is None:
        raise ServiceError(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
            "following: -/_+=.@!",
        )
    found = secret_named(name, call)
    if found is not None and found.is_deleted():
        raise invalid_request(
            "You can't create this secret because a secret with this name is already scheduled for "
            "deletion."
        )
    return serve()


@fix("secretsmanager", "CreateSecret")
@fix("secretsmanager", "PutSecretValue")
@fix("secretsmanager", "UpdateSecret")
def one_value(call: Call, response: Any, serve: Serve) -> Response:
    """A version holds a text or bytes, of 64 KB at most. Page: *AWS Secrets Manager quotas*."""
    text, binary = (call.parameters.get(each) for each in ("SecretString", "SecretBinary"))
    if text is not None and binary is not None:
        raise invalid_parameter(
            "You can't specify both a binary secret value and a string secret value in the same "
            "secret."
        )
    for member, value in (("secretString", text), ("secretBinary", binary)):
        size = len(value.encode() if isinstance(value, str) else value or b"")
        if size > _LARGEST:
            raise ServiceError(
                "ValidationException",
                f"1 validation error detected: Value at '{member}' failed to satisfy constraint: "
                f"Member must have length less than or equal to {_LARGEST}",
            )
    return serve()


@fix("secretsmanager", "DeleteSecret")
def delete_secret(call: Call, response: Any, serve: Serve) -> Response:
    """moto's sentences have its own error in them, and blanks where its source has them."""
    days = call.parameters.get("RecoveryWindowInDays")
    force = call.parameters.get("ForceDeleteWithoutRecovery")
    if days is not None and force:
        raise invalid_parameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
        )
    if days is not None and not _SHORTEST_WAIT <= int(days) <= _LONGEST_WAIT:
        raise invalid_parameter(
            f"The RecoveryWindowInDays value must be between {_SHORTEST_WAIT} and {_LONGEST_WAIT} "
            "days (inclusive)."
        )
    found = secret_named(str(call.parameters["SecretId"]), call)
    if found is not None and found.is_deleted() and not force:
        raise invalid_request(_MARKED)
    return serve()
