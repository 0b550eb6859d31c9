"""Which key an operation of KMS may be called for: how it is named, in which state, for what use.

moto looks at none of these, and its operations that take an id fail with an ARN.

AWS pages: *Key states of AWS KMS keys*; *Key identifiers (KeyId)*; *Testing your permissions*
(`DryRun`); "Errors" of each operation in the AWS KMS API Reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import FIXES, Response, Serve, fix
from rolelab.sandbox.fixes.kms_lookup import found, not_found
from rolelab.sandbox.fixes.kms_states import OUT_OF_USE, PENDING_DELETION, PENDING_IMPORT, refusal
from rolelab.sandbox.operations.kms import key_of_ciphertext
from rolelab.sandbox.resource_policies import backends

ENCRYPT, SIGN, MAC, AGREE = "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"
SYMMETRIC = "SYMMETRIC_DEFAULT"

_ANY: frozenset[str] = frozenset()
_PENDING = frozenset({PENDING_DELETION})
_NOT_READY = frozenset({PENDING_DELETION, PENDING_IMPORT})


@dataclass(frozen=True, slots=True)
class Rule:
    """What an operation asks of the key it names.

    Attributes:
        member: the parameter that names it.
        aliases: whether an alias may stand there.
        refused: the states in which the operation fails.
        usage: what the key must be made for. None: it does not matter.
        algorithm: the parameter that names an algorithm the key must know.
        symmetric: whether only a symmetric encryption key will do.
    """

    member: str = "KeyId"
    aliases: bool = False
    refused: frozenset[str] = _ANY
    usage: str | None = None
    algorithm: str | None = None
    symmetric: bool = False


def _crypto(usage: str | None, algorithm: str | None = None, **more: Any) -> Rule:
    return Rule(aliases=True, refused=OUT_OF_USE, usage=usage, algorithm=algorithm, **more)


_DATA_KEY = _crypto(ENCRYPT, symmetric=True)

RULES: Mapping[str, Rule] = {
    # Cryptographic operations: *Key states of AWS KMS keys*, notes 1 to 3.
    "Decrypt": _crypto(ENCRYPT, "EncryptionAlgorithm"),
    "DeriveSharedSecret": _crypto(AGREE),
    "Encrypt": _crypto(ENCRYPT, "EncryptionAlgorithm"),
    "GenerateDataKey": _DATA_KEY,
    "GenerateDataKeyPair": _DATA_KEY,
    "GenerateDataKeyPairWithoutPlaintext": _DATA_KEY,
    "GenerateDataKeyWithoutPlaintext": _DATA_KEY,
    "GenerateMac": _crypto(MAC),
    "GetPublicKey": _crypto(None),
    "ReEncrypt": _crypto(ENCRYPT, "DestinationEncryptionAlgorithm", member="DestinationKeyId"),
    "Sign": _crypto(SIGN, "SigningAlgorithm"),
    "Verify": _crypto(SIGN, "SigningAlgorithm"),
    "VerifyMac": _crypto(MAC),
    # Management. An alias stands for a key in DescribeKey alone.
    "CancelKeyDeletion": Rule(),
    "CreateAlias": Rule("TargetKeyId", refused=_PENDING),
    "CreateGrant": Rule(refused=OUT_OF_USE),
    "DescribeKey": Rule(aliases=True),
    "DisableKey": Rule(refused=_NOT_READY),
    "DisableKeyRotation": Rule(refused=OUT_OF_USE, symmetric=True),
    "EnableKey": Rule(refused=_NOT_READY),
    "EnableKeyRotation": Rule(refused=OUT_OF_USE, symmetric=True),
    "GetKeyPolicy": Rule(),
    "GetKeyRotationStatus": Rule(symmetric=True),
    "ListGrants": Rule(),
    "ListKeyPolicies": Rule(),
    "ListKeyRotations": Rule(symmetric=True),
    "ListResourceTags": Rule(),
    "PutKeyPolicy": Rule(),
    "ReplicateKey": Rule(refused=OUT_OF_USE),
    "RevokeGrant": Rule(),
    "RotateKeyOnDemand": Rule(refused=OUT_OF_USE, symmetric=True),
    "ScheduleKeyDeletion": Rule(refused=_PENDING),
    "TagResource": Rule(refused=_PENDING),
    "UntagResource": Rule(refused=_PENDING),
    "UpdateAlias": Rule("TargetKeyId", refused=_PENDING),
    "UpdateKeyDescription": Rule(refused=_PENDING),
}

# Where the wrong kind of key is an unsupported operation and not a wrong usage.
_OF_ROTATION = "Rotation"


def key_of(call: Call, rule: Rule) -> Any | None:
    """Find the key that a call is about, by its parameter or by its ciphertext.

    Raises:
        ServiceError: NotFoundException.
    """
    named = call.parameters.get(rule.member)
    if named:
        return found(call, str(named), alias=rule.aliases)
    if call.operation == "Decrypt":
        arn = key_of_ciphertext(call, "CiphertextBlob")
        return found(call, arn) if arn != "*" else None
    return None


def check_use(operation: str, key: Any, rule: Rule, algorithm: str | None) -> None:
    """Refuse an operation that a key is not there for, in its state or by its kind.

    Raises:
        ServiceError: DisabledException, KMSInvalidStateException, InvalidKeyUsageException or
            UnsupportedOperationException.
    """
    if rule.symmetric and _OF_ROTATION in operation and key.key_spec != SYMMETRIC:
        raise ServiceError(
            "UnsupportedOperationException",
            f"{key.arn} key spec is {key.key_spec} which is not valid for this operation.",
        )
    refused = refusal(key, rule.refused)
    if refused is not None:
        raise refused
    if rule.usage is not None and key.key_usage != rule.usage:
        raise _usage(f"{key.arn} key usage is {key.key_usage} which is not valid for {operation}.")
    if rule.usage == ENCRYPT and rule.symmetric and key.key_spec != SYMMETRIC:
        raise _usage(f"{key.arn} key spec is {key.key_spec} which is not valid for {operation}.")
    if rule.algorithm is not None and algorithm not in _algorithms(key):
        raise _usage(f"Algorithm {algorithm} is incompatible with key spec {key.key_spec}.")


def _usage(message: str) -> ServiceError:
    return ServiceError("InvalidKeyUsageException", message)


def _algorithms(key: Any) -> tuple[str, ...]:
    return (*(key.encryption_algorithms or ()), *(key.signing_algorithms or ()))


def key_in(call: Call, member: str = "KeyId") -> Any:
    """Give the key that a call names, once `named_key` has let the call through.

    Raises:
        ServiceError: NotFoundException; an AWS managed key that no service has used yet is not
            there either.
    """
    named = str(call.parameters[member])
    key = found(call, named)
    if key is None:
        raise not_found(f"Alias {named} is not found.")
    return key


def named_key(call: Call, response: Any, serve: Serve) -> Response:
    """A fix for every operation that names a key."""
    rule = RULES[call.operation]
    key = key_of(call, rule)
    if key is not None:
        algorithm = call.parameters.get(rule.algorithm or "") or SYMMETRIC
        check_use(call.operation, key, rule, str(algorithm))
        # moto would look again, and takes the ids of multi-Region keys for none.
        response._validate_cmk_id = _looked_at
    return serve()


def _looked_at(key_id: str) -> None:
    """The key is there."""


def dry_run(call: Call, response: Any, serve: Serve) -> Response:
    """A fix for the operations that change nothing: with `DryRun` even success is an error.

    AWS page: *Testing your permissions*.
    """
    answer = serve()
    if call.parameters.get("DryRun") and answer[0] == 200:
        raise would_have_succeeded()
    return answer


def would_have_succeeded() -> ServiceError:
    """What KMS answers to a dry run that nothing speaks against."""
    return ServiceError(
        "DryRunOperationException",
        "The request would have succeeded, but the DryRun option is set.",
    )


_CRYPTOGRAPHIC = tuple(operation for operation, rule in RULES.items() if rule.usage is not None)
for _operation in _CRYPTOGRAPHIC:
    FIXES["kms", _operation].append(dry_run)
for _operation in RULES:
    FIXES["kms", _operation].append(named_key)


@fix("kms", "Decrypt")
def decrypt(call: Call, response: Any, serve: Serve) -> Response:
    """moto answers AccessDenied to a request that names another key than the ciphertext's.

    AWS page: *Decrypt*, IncorrectKeyException.
    """
    named = call.parameters.get("KeyId")
    _check_source(call, str(named) if named else None)
    return serve()


@fix("kms", "ReEncrypt")
def re_encrypt(call: Call, response: Any, serve: Serve) -> Response:
    """The key of the ciphertext has to be in use as well. moto does not read SourceKeyId."""
    named = call.parameters.get("SourceKeyId")
    _check_source(call, str(named) if named else None)
    source = found(call, key_of_ciphertext(call, "CiphertextBlob"))
    algorithm = call.parameters.get("SourceEncryptionAlgorithm") or SYMMETRIC
    rule = Rule(refused=OUT_OF_USE, usage=ENCRYPT, algorithm="SourceEncryptionAlgorithm")
    check_use("ReEncrypt", source, rule, str(algorithm))
    return serve()


def _check_source(call: Call, named: str | None) -> None:
    arn = key_of_ciphertext(call, "CiphertextBlob")
    if arn == "*":
        raise _sealed_elsewhere(call)
    key = found(call, named) if named is not None else None
    if key is not None and key.arn != arn:
        raise ServiceError(
            "IncorrectKeyException",
            "The key ID in the request does not identify a CMK that can perform this operation.",
        )


def _sealed_elsewhere(call: Call) -> ServiceError:
    """What KMS says of a ciphertext whose key is not in this Region, or that names no key at all.

    The sentence is KMS's own; it does not tell whether the key exists.
    """
    regions = {region for _, every in list(backends("kms").items()) for region in list(every)}
    if any(
        key_of_ciphertext(replace(call, region=region), "CiphertextBlob") != "*"
        for region in regions
    ):
        return ServiceError(
            "AccessDeniedException",
            "The ciphertext refers to a customer master key that does not exist, does not exist in "
            "this region, or you are not allowed to access.",
        )
    return ServiceError("InvalidCiphertextException", "")
