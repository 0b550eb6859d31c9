"""Signatures of a message, or of its digest.

moto takes a digest for a message and hashes it once more, so that nobody else can verify what it
signs; and it answers a wrong signature, where KMS refuses it.

AWS pages: *Sign* and *Verify* (AWS KMS API Reference), "MessageType"; *Key spec reference*.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Serve, fix
from rolelab.sandbox.fixes.kms_use import key_in

DIGEST = "DIGEST"


@fix("kms", "Sign")
def sign(call: Call, response: Any, serve: Serve) -> Answer:
    """Sign with the private key of an asymmetric key."""
    key = key_in(call)
    signature = key.private_key.private_key.sign(_message(call), *_how(call))
    return Answer({**_of(call, key), "Signature": signature})


@fix("kms", "Verify")
def verify(call: Call, response: Any, serve: Serve) -> Answer:
    """A signature that is not right is an error, and no answer. Page: *Verify*."""
    from cryptography.exceptions import InvalidSignature

    key = key_in(call)
    public = key.private_key.private_key.public_key()
    try:
        public.verify(_bytes(call, "Signature"), _message(call), *_how(call))
    except InvalidSignature as error:
        raise ServiceError("KMSInvalidSignatureException", "") from error
    return Answer({**_of(call, key), "SignatureValid": True})


def _of(call: Call, key: Any) -> dict[str, Any]:
    return {"KeyId": key.arn, "SigningAlgorithm": call.parameters["SigningAlgorithm"]}


def _bytes(call: Call, member: str) -> bytes:
    return bytes(call.parameters[member])


def _message(call: Call) -> bytes:
    message = _bytes(call, "Message")
    algorithm = str(call.parameters["SigningAlgorithm"])
    if call.parameters.get("MessageType") != DIGEST:
        if not 1 <= len(message) <= 4096:
            raise ServiceError(
                "ValidationException",
                "1 validation error detected: Value at 'message' failed to satisfy constraint: "
                "Member must have length between 1 and 4096",
            )
    elif len(message) != _hash(algorithm).digest_size:
        raise ServiceError(
            "ValidationException", f"Digest is invalid length for algorithm {algorithm}."
        )
    return message


def _hash(algorithm: str) -> Any:
    from cryptography.hazmat.primitives import hashes

    known = getattr(hashes, f"SHA{algorithm.rpartition('_')[2]}", None)
    if known is None:
        # SM2, which AWS has in its China Regions alone.
        raise ServiceError("UnsupportedOperationException", f"{algorithm} is not supported here.")
    return known()


def _how(call: Call) -> tuple[Any, ...]:
    """Give padding and hash of a signing algorithm, as `cryptography` takes them.

    The salt of RSASSA-PSS is as long as the hash. Page: *Key spec reference*.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

    algorithm = str(call.parameters["SigningAlgorithm"])
    known = _hash(algorithm)
    digest = call.parameters.get("MessageType") == DIGEST
    hashed = utils.Prehashed(known) if digest else known
    if algorithm.startswith("ECDSA"):
        return (ec.ECDSA(hashed),)
    if algorithm.startswith("RSASSA_PSS"):
        return padding.PSS(padding.MGF1(known), known.digest_size), hashed
    return padding.PKCS1v15(), hashed
