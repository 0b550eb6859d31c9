"""Aliases: names that KMS does not take, and those that belong to AWS.

AWS pages: *CreateAlias*, *UpdateAlias* and *DeleteAlias* (AWS KMS API Reference).
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Response, Serve, fix
from rolelab.sandbox.fixes.kms_lookup import found, not_found
from rolelab.sandbox.fixes.kms_use import key_in

_PREFIX, _RESERVED = "alias/", "alias/aws/"


@fix("kms", "CreateAlias")
def create_alias(call: Call, response: Any, serve: Serve) -> Response:
    """moto reserves a few names of AWS managed keys, AWS every one that begins like them."""
    _check_name(str(call.parameters["AliasName"]))
    return serve()


@fix("kms", "DeleteAlias")
def delete_alias(call: Call, response: Any, serve: Serve) -> Response:
    """AWS keeps its own aliases."""
    name = str(call.parameters["AliasName"])
    _check_name(name)
    found(call, name)
    return serve()


@fix("kms", "UpdateAlias")
def update_alias(call: Call, response: Any, serve: Serve) -> Answer:
    """An alias moves between keys of the same kind and use only. Page: *UpdateAlias*."""
    name = str(call.parameters["AliasName"])
    _check_name(name)
    before, after = found(call, name), key_in(call, "TargetKeyId")
    if before is None:
        raise not_found(f"Alias {name} is not found.")
    if _kind(before) != _kind(after):
        raise ServiceError(
            "ValidationException",
            "The current and new KMS key must be the same type (both symmetric or both asymmetric "
            "or both HMAC) and have the same key usage.",
        )
    alias = before.aliases.pop(name)
    alias.target_key_id = after.id
    after.aliases[name] = alias
    return Answer()


def _kind(key: Any) -> tuple[str, str]:
    spec = str(key.key_spec).partition("_")[0]
    return str(key.key_usage), spec if spec in ("SYMMETRIC", "HMAC") else "asymmetric"


def _check_name(name: str) -> None:
    if not name.startswith(_PREFIX) or name == _PREFIX:
        raise ServiceError(
            "ValidationException",
            'Alias must start with the prefix "alias/". Please see '
            "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        )
    if name.startswith(_RESERVED):
        raise ServiceError("NotAuthorizedException", "")
