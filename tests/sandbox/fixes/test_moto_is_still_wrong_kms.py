"""Every fix of KMS is still needed: raw moto, without the gate, still answers wrongly.

A row that fails is good news: moto has become right, and the fix that the row names can go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.fixes.test_moto_is_still_wrong import answer, taken, unsupported

pytestmark = pytest.mark.usefixtures("raw_moto")

Wrong = Callable[[SimpleNamespace], bool]


@pytest.fixture
def raw(raw_moto: None) -> SimpleNamespace:
    """A client of raw moto, a key with a ciphertext, and a disabled key."""
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    return SimpleNamespace(kms=kms, id=key["KeyId"], arn=key["Arn"], blob=blob)


def fails(operation: Callable[..., Any], **parameters: Any) -> bool:
    """Does moto itself fail?"""
    try:
        operation(**parameters)
    except ClientError:
        return False
    except Exception:
        return True
    return False


def disabled(raw: SimpleNamespace) -> bool:
    raw.kms.disable_key(KeyId=raw.id)
    return taken(raw.kms.decrypt, CiphertextBlob=raw.blob)


def pending(raw: SimpleNamespace) -> bool:
    raw.kms.schedule_key_deletion(KeyId=raw.id)
    return taken(raw.kms.encrypt, KeyId=raw.id, Plaintext=b"x")


def wrong_signature_is_an_answer(raw: SimpleNamespace) -> bool:
    key = raw.kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    given = {"KeyId": key["KeyId"], "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = raw.kms.sign(Message=b"x", **given)["Signature"]
    return raw.kms.verify(Message=b"y", Signature=signature, **given)["SignatureValid"] is False


def a_digest_is_hashed(raw: SimpleNamespace) -> bool:
    key = raw.kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    given = {"KeyId": key["KeyId"], "SigningAlgorithm": "ECDSA_SHA_256"}
    digest = hashlib.sha256(b"x").digest()
    signature = raw.kms.sign(Message=digest, MessageType="DIGEST", **given)["Signature"]
    return raw.kms.verify(Message=b"x", Signature=signature, **given)["SignatureValid"] is False


def grant(raw: SimpleNamespace, **more: Any) -> dict[str, Any]:
    given = {"KeyId": raw.id, "GranteePrincipal": "x", "Operations": ["Decrypt"], **more}
    made: dict[str, Any] = raw.kms.create_grant(**given)
    return made


def moved_to_another_kind(raw: SimpleNamespace) -> bool:
    raw.kms.create_alias(AliasName="alias/x", TargetKeyId=raw.id)
    other = raw.kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    return taken(raw.kms.update_alias, AliasName="alias/x", TargetKeyId=other)


ROWS: dict[str, Wrong] = {
    "named_key: a disabled key": disabled,
    "named_key: a key pending deletion": pending,
    "named_key: another Region": lambda raw: (
        "Invalid arn"
        not in answer(
            raw.kms.encrypt, KeyId=raw.arn.replace("us-east-1", "eu-west-1"), Plaintext=b"x"
        )[1]
    ),
    "named_key: a grant on no key": lambda raw: fails(
        raw.kms.list_grants, KeyId="1234abcd-12ab-34cd-56ef-1234567890ab"
    ),
    "named_key: a wrong use": lambda raw: (
        answer(raw.kms.sign, KeyId=raw.id, Message=b"x", SigningAlgorithm="ECDSA_SHA_256")[0]
        == "ValidationException"
    ),
    "dry_run: it is not looked at": lambda raw: taken(
        raw.kms.encrypt, KeyId=raw.id, Plaintext=b"x", DryRun=True
    ),
    "decrypt: another key": lambda raw: (
        answer(
            raw.kms.decrypt,
            CiphertextBlob=raw.blob,
            KeyId=raw.kms.create_key()["KeyMetadata"]["KeyId"],
        )[0]
        == "AccessDeniedException"
    ),
    "re_encrypt: SourceKeyId is not looked at": lambda raw: taken(
        raw.kms.re_encrypt, CiphertextBlob=raw.blob, SourceKeyId="none", DestinationKeyId=raw.id
    ),
    "disable_key: by ARN": lambda raw: fails(raw.kms.disable_key, KeyId=raw.arn),
    "enable_key: by ARN": lambda raw: fails(raw.kms.enable_key, KeyId=raw.arn),
    "schedule_key_deletion: by ARN": lambda raw: fails(
        raw.kms.schedule_key_deletion, KeyId=raw.arn
    ),
    "schedule_key_deletion: any period": lambda raw: taken(
        raw.kms.schedule_key_deletion, KeyId=raw.id, PendingWindowInDays=3
    ),
    "cancel_key_deletion: by ARN": lambda raw: fails(raw.kms.cancel_key_deletion, KeyId=raw.arn),
    "create_key: any text is a policy": lambda raw: taken(raw.kms.create_key, Policy="{nothing"),
    "create_key: any use": lambda raw: taken(
        raw.kms.create_key, KeySpec="RSA_2048", KeyUsage="GENERATE_VERIFY_MAC"
    ),
    "describe_key: the keys of AWS are the customer's": lambda raw: (
        raw.kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyManager"] == "CUSTOMER"
    ),
    "get_key_rotation_status: no period": lambda raw: (
        "KeyId" not in raw.kms.get_key_rotation_status(KeyId=raw.id)
    ),
    "rotate_key_on_demand: the id is what was asked for": lambda raw: (
        raw.kms.rotate_key_on_demand(KeyId=raw.arn)["KeyId"] == raw.arn
    ),
    "describe_key: the current material is not named": lambda raw: (
        "CurrentKeyMaterialId" not in raw.kms.describe_key(KeyId=raw.id)["KeyMetadata"]
    ),
    "list_key_rotations: the first material is missing": lambda raw: (
        raw.kms.list_key_rotations(KeyId=raw.id, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
        == []
    ),
    "generate_data_key: its material is not named": lambda raw: (
        "KeyMaterialId" not in raw.kms.generate_data_key(KeyId=raw.id, KeySpec="AES_256")
    ),
    "create_key: what a multi-Region key encrypts is lost": lambda raw: (
        not taken(
            raw.kms.decrypt,
            CiphertextBlob=raw.kms.encrypt(
                KeyId=raw.kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"], Plaintext=b"x"
            )["CiphertextBlob"],
        )
    ),
    "replicate_key: by ARN": lambda raw: fails(
        raw.kms.replicate_key, KeyId=raw.arn, ReplicaRegion="eu-west-1"
    ),
    "put_key_policy: any text is a policy": lambda raw: taken(
        raw.kms.put_key_policy, KeyId=raw.id, PolicyName="default", Policy="{nothing"
    ),
    "get_key_policy: it wants a name": lambda raw: not taken(raw.kms.get_key_policy, KeyId=raw.id),
    "create_grant: anybody": lambda raw: bool(grant(raw)),
    "create_grant: a name is made twice": lambda raw: (
        grant(raw, Name="a")["GrantId"] != grant(raw, Name="a")["GrantId"]
    ),
    "list_grants: whoever was asked for": lambda raw: (
        bool(grant(raw))
        and bool(raw.kms.list_grants(KeyId=raw.id, GranteePrincipal="somebody")["Grants"])
    ),
    "list_retirable_grants: no issuer": lambda raw: (
        bool(grant(raw, RetiringPrincipal="y"))
        and "IssuingAccount"
        not in raw.kms.list_retirable_grants(RetiringPrincipal="y")["Grants"][0]
    ),
    "revoke_grant: a dry run revokes": lambda raw: taken(
        raw.kms.revoke_grant, KeyId=raw.id, GrantId=grant(raw)["GrantId"], DryRun=True
    ),
    "retire_grant: there is none": lambda raw: taken(raw.kms.retire_grant, GrantToken="none"),
    "create_alias: a name of AWS": lambda raw: taken(
        raw.kms.create_alias, AliasName="alias/aws/shop", TargetKeyId=raw.id
    ),
    "delete_alias: a name of AWS": lambda raw: taken(
        raw.kms.delete_alias, AliasName="alias/aws/s3"
    ),
    "update_alias: to another kind of key": moved_to_another_kind,
    "generate_data_key_pair: missing": lambda raw: unsupported(
        raw.kms.generate_data_key_pair, KeyId=raw.id, KeyPairSpec="RSA_2048"
    ),
    "generate_data_key_pair_without_plaintext: missing": lambda raw: unsupported(
        raw.kms.generate_data_key_pair_without_plaintext, KeyId=raw.id, KeyPairSpec="RSA_2048"
    ),
    "generate_random: it fails without a number": lambda raw: fails(raw.kms.generate_random),
    "sign: a digest is hashed once more": a_digest_is_hashed,
    "verify: a wrong signature is an answer": wrong_signature_is_an_answer,
    "names_key_by_arn: by id": lambda raw: (
        raw.kms.get_public_key(
            KeyId=raw.kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")[
                "KeyMetadata"
            ]["Arn"]
        )["KeyId"].startswith("arn:")
        is False
    ),
}


@pytest.mark.parametrize("wrong", [pytest.param(wrong, id=name) for name, wrong in ROWS.items()])
def test_raw_moto_still_answers_otherwise_than_aws(raw: SimpleNamespace, wrong: Wrong) -> None:
    assert wrong(raw), "moto answers this as AWS does now: the fix can go"
