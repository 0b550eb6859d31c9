"""Keys as requests to KMS name them, and what KMS says when there is none.

AWS pages: *Key identifiers (KeyId)* (AWS KMS Developer Guide), "KeyId" of each operation in the AWS
KMS API Reference.
"""

from __future__ import annotations

import re
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.resource_policies.kms import kms_key

_ID = re.compile(r"(mrk-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}", re.I)
_MANAGED = "alias/aws/"


def found(call: Call, named: str, *, alias: bool = True) -> Any | None:
    """Find the key that a request names.

    Args:
        call: the call; an id or an alias without an ARN is one of its account and Region.
        named: an id, an ARN, an alias or the ARN of an alias.
        alias: whether the operation takes aliases.

    Returns:
        moto's key. None for the AWS managed key of a service that has not used it yet.

    Raises:
        ServiceError: NotFoundException.
    """
    resource = named
    if named.startswith("arn:"):
        parts = named.split(":", 5)
        if len(parts) != 6 or parts[2] != "kms":
            raise not_found(f"Invalid arn {named}")
        if parts[3] != call.region:
            raise not_found(f"Invalid arn {parts[3]}")
        resource = parts[5]
    is_alias = resource.startswith("alias/")
    if not is_alias and _ID.fullmatch(resource.removeprefix("key/")) is None:
        raise not_found(f"Invalid keyId '{named}'")
    if is_alias and not alias:
        raise not_found(f"Invalid keyId '{named}'")
    arn = key_arn(named, (call.account,), call.region, call)
    key = kms_key(arn)
    if key is not None or resource.startswith(_MANAGED):
        return key
    raise not_found(f"Alias {arn} is not found." if is_alias else f"Key '{arn}' does not exist")


def not_found(message: str) -> ServiceError:
    """What KMS says of anything that is not there."""
    return ServiceError("NotFoundException", message)
