"""Secrets whose KMS key cannot be used: what is written or read fails.

AWS pages: *Secret encryption and decryption in AWS Secrets Manager*; "Errors" of *GetSecretValue*
(DecryptionFailure) and *CreateSecret* (EncryptionFailure); *Key states of AWS KMS keys*.
"""

from __future__ import annotations

import json
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Response, Serve, fix
from rolelab.sandbox.fixes.kms_lookup import found as key_named
from rolelab.sandbox.fixes.kms_states import OUT_OF_USE
from rolelab.sandbox.fixes.kms_use import ENCRYPT, Rule, check_use
from rolelab.sandbox.fixes.secretsmanager_lookup import secret_in, secret_named
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.operations.secretsmanager import MANAGED_KEY, key_of
from rolelab.sandbox.resource_policies import backends

_USE = Rule(refused=OUT_OF_USE, usage=ENCRYPT, symmetric=True)


def _why_unusable(call: Call, named: str, owner: str) -> ServiceError | None:
    """Say what KMS answers to Secrets Manager, or None if the key can be used.

    Args:
        call: the call to Secrets Manager.
        named: the key as the secret or the request names it.
        owner: the account of the secret.
    """
    arn = key_arn(named, (owner, call.account), call.region, call)
    if arn.endswith(MANAGED_KEY):
        # AWS makes the managed key of a service when it is used for the first time.
        backends("kms")[owner][call.region].any_id_to_key_id(MANAGED_KEY)
        return None
    try:
        check_use("GenerateDataKey", key_named(call, arn), _USE, None)
    except ServiceError as error:
        return error
    return None


def _told(error: ServiceError) -> str:
    return f"{error.message} (Service: AWSKMS; Status Code: 400; Error Code: {error.code})"


def _unreadable(call: Call, secret: Any) -> str | None:
    error = _why_unusable(call, key_of(secret.arn), secret.arn.split(":")[4])
    return f"Secrets Manager can't decrypt the secret value: {_told(error)}" if error else None


@fix("secretsmanager", "GetSecretValue")
def get_secret_value(call: Call, response: Any, serve: Serve) -> Response:
    """moto encrypts nothing, so no key stands in its way."""
    reason = _unreadable(call, secret_in(call))
    if reason is not None:
        raise ServiceError("DecryptionFailure", reason)
    return serve()


@fix("secretsmanager", "BatchGetSecretValue")
def batch_get_secret_value(call: Call, response: Any, serve: Serve) -> Response:
    """A secret that cannot be decrypted is named among the errors; the others are returned."""
    status, headers, body = serve()
    if status != 200:
        return status, headers, body
    members = json.loads(body)
    values = []
    for each in members["SecretValues"]:
        secret = secret_named(each["ARN"], call)
        reason = _unreadable(call, secret) if secret is not None else None
        if reason is None:
            values.append(each)
        else:
            error = {"SecretId": each["ARN"], "ErrorCode": "DecryptionFailure", "Message": reason}
            members["Errors"].append(error)
    return status, headers, json.dumps({**members, "SecretValues": values})


@fix("secretsmanager", "CreateSecret")
@fix("secretsmanager", "PutSecretValue")
@fix("secretsmanager", "UpdateSecret")
def written_under_a_key(call: Call, response: Any, serve: Serve) -> Response:
    """A value is encrypted when it is written, and again when its key changes."""
    given = call.parameters
    writes = any(given.get(each) is not None for each in ("SecretString", "SecretBinary"))
    if not writes and not given.get("KmsKeyId"):
        return serve()
    owner, named = call.account, given.get("KmsKeyId") or MANAGED_KEY
    if call.operation != "CreateSecret":
        arn = secret_in(call).arn
        owner, named = arn.split(":")[4], given.get("KmsKeyId") or key_of(arn)
    error = _why_unusable(call, str(named), owner)
    if error is not None:
        raise ServiceError(
            "EncryptionFailure",
            "Secrets Manager can't encrypt the protected secret text using the provided KMS key: "
            f"{_told(error)}",
        )
    return serve()
