"""SecureStrings: encrypted when they are written, and what they look like without decryption.

moto keeps the plaintext and shows it to everybody. Here the value is encrypted with the KMS key of
the account, so that whoever may use the key can decrypt what they read.

AWS page: *AWS KMS encryption for AWS Systems Manager Parameter Store SecureString parameters*.
"""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Response, Serve, fix
from rolelab.sandbox.fixes.kms_lookup import found
from rolelab.sandbox.fixes.kms_states import OUT_OF_USE
from rolelab.sandbox.fixes.kms_use import ENCRYPT, Rule, check_use
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.operations.ssm_parameters import (
    MANAGED_KEY,
    is_advanced,
    key_of,
    parameter_arn,
    versions,
)
from rolelab.sandbox.resource_policies import account_of, backends

SECURE = "SecureString"
_USE = Rule(refused=OUT_OF_USE, usage=ENCRYPT, symmetric=True)


@fix("ssm", "PutParameter")
def put_parameter(call: Call, response: Any, serve: Serve) -> Response:
    """Encrypt a SecureString, under the key that the request names or the AWS managed key.

    AWS page: *PutParameter*, "KeyId": without one the default key is taken, also where an older
    version had another.
    """
    arn = parameter_arn(str(call.parameters["Name"]), call)
    known = versions(arn)
    kind = call.parameters.get("Type") or (known[-1].parameter_type if known else None)
    named = str(call.parameters.get("KeyId") or MANAGED_KEY)
    key = usable_key(call, named, call.account) if kind == SECURE else None
    advanced = is_advanced(call)
    status, headers, body = serve()
    if status != 200:
        return status, headers, body
    stored = versions(arn)[-1]
    stored.last_modified_user = call.principal
    if advanced:
        stored.tier = "Advanced"
        body = json.dumps({**json.loads(body), "Tier": stored.tier})
    if key is not None:
        value = str(call.parameters["Value"])
        stored.keyid, stored.value = named, f"kms:{named}:{value}"
        stored.key_arn = key.arn
        stored.ciphertext = _encrypted(key, value, arn, advanced)
    return status, headers, body


def usable_key(call: Call, named: str, account: str) -> Any:
    """Give the key that a parameter is, or will be, encrypted under.

    Args:
        call: the call to Parameter Store.
        named: the key as the request or the parameter names it.
        account: the account of the parameter.

    Raises:
        ServiceError: InvalidKeyId, with what KMS says of the key.

    AWS page: *Troubleshooting KMS key issues in Parameter Store*.
    """
    try:
        key = found(call, named)
        if key is None:
            # AWS makes the managed key of a service when it is used for the first time.
            keys = backends("kms")[account][call.region]
            keys.any_id_to_key_id(named)
            key = found(call, key_arn(named, (account,), call.region, call))
        check_use("Encrypt", key, _USE, None)
    except ServiceError as error:
        raise ServiceError("InvalidKeyId", error.message) from error
    return key


def ciphertext_of(call: Call, parameter: Any) -> str:
    """Give the value of a SecureString as it is stored.

    A parameter that a stack made is encrypted when it is first looked at.
    """
    if getattr(parameter, "ciphertext", None) is None:
        arn = parameter_arn(parameter.name, call)
        key = usable_key(call, key_of(parameter), account_of(arn) or call.account)
        plaintext = str(parameter.decrypt(parameter.value))
        parameter.ciphertext = _encrypted(key, plaintext, arn, parameter.tier == "Advanced")
    return str(parameter.ciphertext)


def plaintext_of(call: Call, parameter: Any) -> str:
    """Give the value of a SecureString, if its key is in use.

    Raises:
        ServiceError: InvalidKeyId.
    """
    usable_key(call, key_of(parameter), call.account)
    return str(parameter.decrypt(parameter.value))


def _encrypted(key: Any, value: str, arn: str, advanced: bool) -> str:
    keys = backends("kms")[key.account_id][key.region]
    context = {"PARAMETER_ARN": arn}
    if not advanced:
        blob, _ = keys.encrypt(key.id, value.encode(), context)
        return base64.b64encode(blob).decode()
    # Page: the same, "Encrypt an advanced parameter": a message that holds the encrypted data key.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    data_key, nonce = os.urandom(32), os.urandom(12)
    encrypted_key, _ = keys.encrypt(key.id, data_key, context)
    message = AESGCM(data_key).encrypt(nonce, value.encode(), arn.encode())
    size = len(encrypted_key).to_bytes(2, "big")
    return base64.b64encode(b"\x02\x05" + size + encrypted_key + nonce + message).decode()
