"""Amazon ECR: registry tokens and repositories. Images, layers and policies have their own files.

AWS pages: *GetAuthorizationToken* (Amazon ECR API Reference); *Private registry authentication* and
*Encryption at rest* (Amazon ECR User Guide).
"""

from __future__ import annotations

import base64
import json
import os
import time
from datetime import UTC, datetime
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, Response, Serve, ecr_images, ecr_layers, ecr_policies, fix
from rolelab.sandbox.fixes.ecr_lookup import repository
from rolelab.sandbox.operations.ecr import MANAGED_KEY
from rolelab.sandbox.operations.kms_keys import key_arn

__all__ = ["ecr_images", "ecr_layers", "ecr_policies"]

TOKEN_LIFETIME = 12 * 3600
"""Seconds. *GetAuthorizationToken*: the token is valid for 12 hours."""


@fix("ecr", "GetAuthorizationToken")
def get_authorization_token(call: Call, response: Any, serve: Serve) -> Answer:
    """moto's token expired in 2015, and is the same for everybody.

    It is a user name and a password in base64: `AWS`, and whatever ECR makes of the caller.
    """
    expires = int(time.time()) + TOKEN_LIFETIME
    registries = call.parameters.get("registryIds") or [call.account]
    suffix = "com.cn" if call.partition == "aws-cn" else "com"
    return Answer(
        authorizationData=[
            {
                "authorizationToken": _encoded(f"AWS:{_password(expires)}"),
                "expiresAt": datetime.fromtimestamp(expires, UTC),
                "proxyEndpoint": f"https://{each}.dkr.ecr.{call.region}.amazonaws.{suffix}",
            }
            for each in registries
        ]
    )


def _password(expires: int) -> str:
    content = {
        "payload": base64.b64encode(os.urandom(96)).decode(),
        "version": "2",
        "type": "DATA_KEY",
        "expiration": expires,
    }
    return _encoded(json.dumps(content))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@fix("ecr", "CreateRepository")
def create_repository(call: Call, response: Any, serve: Serve) -> Response | Answer:
    """moto makes up the AWS managed key, and keeps an alias or an id where ECR tells the key's ARN.

    AWS page: *Encryption at rest*: the key with the alias aws/ecr is made with the first
    repository that needs it.
    """
    served = serve()
    given = call.parameters.get("encryptionConfiguration") or {}
    if served[0] != 200 or not str(given.get("encryptionType", "")).startswith("KMS"):
        return served
    found = repository(call)
    named = given.get("kmsKey")
    if not named:
        _make_managed_key(call)
    key = key_arn(str(named or MANAGED_KEY), (call.account,), call.region, call)
    found.encryption_configuration = {**given, "kmsKey": key}
    return Answer(repository=found)


def _make_managed_key(call: Call) -> None:
    from moto.kms.models import kms_backends

    keys = kms_backends[call.account][call.region]
    if keys.get_key_id_from_alias(MANAGED_KEY) is None:
        made = keys.create_key(
            None,
            "ENCRYPT_DECRYPT",
            "SYMMETRIC_DEFAULT",
            "Default key that protects my ECR images when no other key is defined",
            None,
        )
        keys.create_alias(made.id, MANAGED_KEY)
