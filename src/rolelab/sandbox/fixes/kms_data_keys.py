"""Data key pairs, random bytes and codes.

AWS pages: *GenerateDataKeyPair*, *GenerateDataKeyPairWithoutPlaintext*, *GenerateRandom*,
*GetPublicKey*, *GenerateMac* and *VerifyMac* (AWS KMS API Reference).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Response, Serve, fix
from rolelab.sandbox.fixes.kms_use import key_in
from rolelab.sandbox.resource_policies import backends


@fix("kms", "GenerateDataKeyPair")
def generate_data_key_pair(call: Call, response: Any, serve: Serve) -> Answer:
    """moto has no data key pairs."""
    return Answer(_pair(call))


@fix("kms", "GenerateDataKeyPairWithoutPlaintext")
def generate_data_key_pair_without_plaintext(call: Call, response: Any, serve: Serve) -> Answer:
    """The same pair, with its private key under the KMS key alone."""
    members = _pair(call)
    del members["PrivateKeyPlaintext"]
    return Answer(members)


def _pair(call: Call) -> dict[str, Any]:
    from cryptography.hazmat.primitives import serialization

    key, spec = key_in(call), str(call.parameters["KeyPairSpec"])
    make = _PAIRS.get(spec)
    if make is None:
        raise ServiceError("UnsupportedOperationException", f"{spec} is not supported here.")
    private = make()
    # Page: *GenerateDataKeyPair*: DER-encoded PKCS8, and the public key as X.509 says.
    plaintext = private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    keys = backends("kms")[key.account_id][key.region]
    context = dict(call.parameters.get("EncryptionContext") or {})
    encrypted, arn = keys.encrypt(key.id, plaintext, context)
    return {
        "KeyId": arn,
        "KeyPairSpec": spec,
        "PrivateKeyCiphertextBlob": encrypted,
        "PrivateKeyPlaintext": plaintext,
        "PublicKey": public,
    }


def _rsa(size: int) -> Callable[[], Any]:
    def make() -> Any:
        from cryptography.hazmat.primitives.asymmetric import rsa

        return rsa.generate_private_key(public_exponent=65537, key_size=size)

    return make


def _curve(name: str) -> Callable[[], Any]:
    def make() -> Any:
        from cryptography.hazmat.primitives.asymmetric import ec

        return ec.generate_private_key(getattr(ec, name)())

    return make


_PAIRS: Mapping[str, Callable[[], Any]] = {
    "RSA_2048": _rsa(2048),
    "RSA_3072": _rsa(3072),
    "RSA_4096": _rsa(4096),
    "ECC_NIST_P256": _curve("SECP256R1"),
    "ECC_NIST_P384": _curve("SECP384R1"),
    "ECC_NIST_P521": _curve("SECP521R1"),
    "ECC_SECG_P256K1": _curve("SECP256K1"),
}


@fix("kms", "GenerateRandom")
def generate_random(call: Call, response: Any, serve: Serve) -> Response:
    """moto fails without a number. There is no default. Page: *GenerateRandom*."""
    if call.parameters.get("NumberOfBytes") is None:
        raise ServiceError("ValidationException", "NumberOfBytes is required.")
    return serve()


@fix("kms", "GenerateMac")
@fix("kms", "GetPublicKey")
@fix("kms", "VerifyMac")
def names_key_by_arn(call: Call, response: Any, serve: Serve) -> Response:
    """AWS answers with the ARN of the key, moto with its id or as the request named it."""
    status, headers, body = serve()
    if status != 200:
        return status, headers, body
    members = {**json.loads(body), "KeyId": key_in(call).arn}
    return status, headers, json.dumps(members)
