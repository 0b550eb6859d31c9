"""A service that uses a KMS key in the caller's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.kms_grants import with_grants
from rolelab.sandbox.operations.kms_keys import tags_and_aliases
from rolelab.sandbox.resource_policies.kms import key_policy

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call


def key_use(
    call: Call,
    action: str,
    key: str,
    service: str,
    region: str,
    encryption_context: Mapping[str, str] | None = None,
    further_keys: tuple[str, ...] = (),
) -> Check:
    """Give the check that a service raises by calling KMS for the caller.

    The caller needs the permission on the key; `kms:ViaService` tells the key policy which way
    the request came. Grants on the key count.

    Args:
        call: the call to the service.
        action: `kms:Decrypt`, `kms:GenerateDataKey`, ...
        key: the ARN of the key, as `kms_keys.key_arn` gives it.
        service: the service's name in its endpoint, `s3`, `secretsmanager`.
        region: the Region where the service calls KMS.
        encryption_context: what the service sends along.
        further_keys: names in the encryption context whose values are not known before the call.

    Pages: *AWS KMS condition keys*, `kms:ViaService`, `kms:EncryptionContext`; *Forward access
    sessions*.
    """
    pairs = dict(encryption_context or {})
    names = [*pairs, *further_keys]
    principal = f"{service}.amazonaws.com"
    known = key_policy(key)
    context: dict[str, Value] = {
        **{f"kms:EncryptionContext:{name}": value for name, value in pairs.items()},
        **({"kms:EncryptionContextKeys": names} if names else {}),
        "aws:CalledVia": [principal],
        "aws:CalledViaFirst": principal,
        "aws:CalledViaLast": principal,
        "aws:ViaAWSService": "true",
        "kms:CallerAccount": call.account,
        "kms:ViaService": f"{service}.{region}.amazonaws.com",
        **tags_and_aliases(key),
    }
    return with_grants(Check(action, key, known.account, context, known.policy))
