"""Keys: how they are named, in which state they can be used, and for what.

AWS pages: *Key states of AWS KMS keys*, *Key identifiers (KeyId)*, *Testing your permissions*.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from tests.sandbox.fixes.conftest import Refused

PLACE = "arn:aws:kms:us-east-1:123456789012"
NO_KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
GRANTEE = "arn:aws:iam::123456789012:role/app"


@pytest.fixture
def kms(sandbox: Any) -> Any:
    return boto3.client("kms")


@pytest.fixture
def key(kms: Any) -> SimpleNamespace:
    """A symmetric key `alias/shop`, and a ciphertext of it."""
    made = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/shop", TargetKeyId=made["KeyId"])
    blob = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    return SimpleNamespace(id=made["KeyId"], arn=made["Arn"], blob=blob)


def made(kms: Any, spec: str, usage: str) -> str:
    return str(kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"])


NAMES: dict[str, Callable[[SimpleNamespace], str]] = {
    "id": lambda key: key.id,
    "ARN": lambda key: key.arn,
    "alias": lambda key: "alias/shop",
    "ARN of an alias": lambda key: f"{PLACE}:alias/shop",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_key_is_used_by_any_of_its_names(
    kms: Any, key: SimpleNamespace, name: Callable[[SimpleNamespace], str]
) -> None:
    encrypted = kms.encrypt(KeyId=name(key), Plaintext=b"x")
    assert encrypted["KeyId"] == key.arn
    decrypted = kms.decrypt(KeyId=name(key), CiphertextBlob=encrypted["CiphertextBlob"])
    assert decrypted["Plaintext"] == b"x"


@pytest.mark.parametrize("name", [NAMES["id"], NAMES["ARN"]], ids=["id", "ARN"])
def test_a_key_is_managed_by_id_and_by_arn(
    kms: Any, key: SimpleNamespace, name: Callable[[SimpleNamespace], str]
) -> None:
    def state() -> str:
        return str(kms.describe_key(KeyId=key.id)["KeyMetadata"]["KeyState"])

    kms.disable_key(KeyId=name(key))
    assert state() == "Disabled"
    kms.enable_key(KeyId=name(key))
    assert state() == "Enabled"
    scheduled = kms.schedule_key_deletion(KeyId=name(key), PendingWindowInDays=7)
    assert (scheduled["KeyId"], scheduled["KeyState"]) == (key.arn, "PendingDeletion")
    assert state() == "PendingDeletion"
    assert kms.cancel_key_deletion(KeyId=name(key))["KeyId"] == key.arn
    assert state() == "Disabled"


OPERATIONS: dict[str, Callable[[Any, SimpleNamespace, dict[str, str]], Any]] = {
    "Encrypt": lambda kms, key, more: kms.encrypt(KeyId=key.id, Plaintext=b"x"),
    "Encrypt by alias": lambda kms, key, more: kms.encrypt(KeyId="alias/shop", Plaintext=b"x"),
    "Decrypt": lambda kms, key, more: kms.decrypt(CiphertextBlob=key.blob),
    "GenerateDataKey": lambda kms, key, more: kms.generate_data_key(
        KeyId=key.arn, KeySpec="AES_256"
    ),
    "GenerateDataKeyWithoutPlaintext": lambda kms, key, more: (
        kms.generate_data_key_without_plaintext(KeyId=key.arn, KeySpec="AES_256")
    ),
    "GenerateDataKeyPair": lambda kms, key, more: kms.generate_data_key_pair(
        KeyId=key.arn, KeyPairSpec="ECC_NIST_P256"
    ),
    "ReEncrypt to": lambda kms, key, more: kms.re_encrypt(
        CiphertextBlob=more["blob"], DestinationKeyId=key.id
    ),
    "ReEncrypt from": lambda kms, key, more: kms.re_encrypt(
        CiphertextBlob=key.blob, DestinationKeyId=more["other"]
    ),
    "CreateGrant": lambda kms, key, more: kms.create_grant(
        KeyId=key.id, GranteePrincipal=more["grantee"], Operations=["Decrypt"]
    ),
    "EnableKeyRotation": lambda kms, key, more: kms.enable_key_rotation(KeyId=key.id),
    "RotateKeyOnDemand": lambda kms, key, more: kms.rotate_key_on_demand(KeyId=key.id),
}

STATES: dict[str, tuple[Callable[[Any, str], Any], str, str]] = {
    "disabled": (
        lambda kms, key: kms.disable_key(KeyId=key),
        "DisabledException",
        "is disabled.",
    ),
    "pending deletion": (
        lambda kms, key: kms.schedule_key_deletion(KeyId=key),
        "KMSInvalidStateException",
        "is pending deletion.",
    ),
}


@pytest.mark.parametrize(("change", "code", "sentence"), STATES.values(), ids=STATES)
def test_nothing_is_done_with_a_key_out_of_use(
    kms: Any,
    key: SimpleNamespace,
    refused: Refused,
    change: Callable[[Any, str], Any],
    code: str,
    sentence: str,
) -> None:
    boto3.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    more = {
        "other": other,
        "blob": kms.encrypt(KeyId=other, Plaintext=b"x")["CiphertextBlob"],
        "grantee": GRANTEE,
    }
    change(kms, key.arn)
    for name, call in OPERATIONS.items():
        assert refused(lambda call=call: call(kms, key, more)) == (code, f"{key.arn} {sentence}"), (
            name
        )
    # It can be looked at all the same.
    assert kms.describe_key(KeyId="alias/shop")["KeyMetadata"]["Enabled"] is False
    assert kms.get_key_policy(KeyId=key.arn)["PolicyName"] == "default"
    assert kms.list_grants(KeyId=key.arn)["Grants"] == []


TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
    ' "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}'
)


@pytest.mark.parametrize(
    "operation", ["enable_key", "disable_key", "schedule_key_deletion", "tag_resource"]
)
def test_a_key_that_is_pending_deletion_stays_so(
    kms: Any, key: SimpleNamespace, refused: Refused, operation: str
) -> None:
    kms.schedule_key_deletion(KeyId=key.id)
    more = {"Tags": [{"TagKey": "a", "TagValue": "b"}]} if operation == "tag_resource" else {}
    expected = ("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    assert refused(getattr(kms, operation), KeyId=key.id, **more) == expected


def test_only_a_deletion_that_is_pending_is_cancelled(
    kms: Any, key: SimpleNamespace, refused: Refused
) -> None:
    expected = ("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
    assert refused(kms.cancel_key_deletion, KeyId=key.arn) == expected


@pytest.mark.parametrize("days", [6, 31])
def test_a_key_waits_7_to_30_days_for_its_deletion(
    kms: Any, key: SimpleNamespace, refused: Refused, days: int
) -> None:
    code, message = refused(kms.schedule_key_deletion, KeyId=key.id, PendingWindowInDays=days)
    assert (code, f"'{days}'" in message) == ("ValidationException", True)
    assert kms.describe_key(KeyId=key.id)["KeyMetadata"]["KeyState"] == "Enabled"


NOWHERE: dict[str, tuple[str, str]] = {
    "an id": (NO_KEY, f"Key '{PLACE}:key/{NO_KEY}' does not exist"),
    "an ARN": (f"{PLACE}:key/{NO_KEY}", f"Key '{PLACE}:key/{NO_KEY}' does not exist"),
    "an alias": ("alias/none", f"Alias {PLACE}:alias/none is not found."),
    "another Region": (f"arn:aws:kms:eu-west-1:123456789012:key/{NO_KEY}", "Invalid arn eu-west-1"),
    "no key at all": ("shop", "Invalid keyId 'shop'"),
}


@pytest.mark.parametrize(("named", "sentence"), NOWHERE.values(), ids=NOWHERE)
def test_a_key_that_is_not_there(kms: Any, refused: Refused, named: str, sentence: str) -> None:
    expected = ("NotFoundException", sentence)
    assert refused(kms.encrypt, KeyId=named, Plaintext=b"x") == expected
    assert refused(kms.describe_key, KeyId=named) == expected


def test_management_takes_no_alias(kms: Any, key: SimpleNamespace, refused: Refused) -> None:
    for operation in (kms.disable_key, kms.get_key_policy, kms.list_grants):
        assert refused(operation, KeyId="alias/shop") == (
            "NotFoundException",
            "Invalid keyId 'alias/shop'",
        )


USAGES: dict[str, tuple[str, str, Callable[[Any, str], Any], str]] = {
    "a key that signs does not encrypt": (
        "RSA_2048",
        "SIGN_VERIFY",
        lambda kms, key: kms.encrypt(
            KeyId=key, Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_256"
        ),
        "KEY key usage is SIGN_VERIFY which is not valid for Encrypt.",
    ),
    "a key that encrypts does not sign": (
        "SYMMETRIC_DEFAULT",
        "ENCRYPT_DECRYPT",
        lambda kms, key: kms.sign(KeyId=key, Message=b"x", SigningAlgorithm="RSASSA_PSS_SHA_256"),
        "KEY key usage is ENCRYPT_DECRYPT which is not valid for Sign.",
    ),
    "a curve knows its own algorithm": (
        "ECC_NIST_P256",
        "SIGN_VERIFY",
        lambda kms, key: kms.sign(KeyId=key, Message=b"x", SigningAlgorithm="ECDSA_SHA_512"),
        "Algorithm ECDSA_SHA_512 is incompatible with key spec ECC_NIST_P256.",
    ),
    "a symmetric key knows no RSA": (
        "SYMMETRIC_DEFAULT",
        "ENCRYPT_DECRYPT",
        lambda kms, key: kms.encrypt(
            KeyId=key, Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_256"
        ),
        "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.",
    ),
    "an RSA key makes no data keys": (
        "RSA_2048",
        "ENCRYPT_DECRYPT",
        lambda kms, key: kms.generate_data_key(KeyId=key, KeySpec="AES_256"),
        "KEY key spec is RSA_2048 which is not valid for GenerateDataKey.",
    ),
    "a key that encrypts makes no codes": (
        "SYMMETRIC_DEFAULT",
        "ENCRYPT_DECRYPT",
        lambda kms, key: kms.generate_mac(KeyId=key, Message=b"x", MacAlgorithm="HMAC_SHA_256"),
        "KEY key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac.",
    ),
}


@pytest.mark.parametrize(("spec", "usage", "call", "sentence"), USAGES.values(), ids=USAGES)
def test_a_key_has_one_use(
    kms: Any,
    refused: Refused,
    spec: str,
    usage: str,
    call: Callable[[Any, str], Any],
    sentence: str,
) -> None:
    arn = made(kms, spec, usage)
    expected = ("InvalidKeyUsageException", sentence.replace("KEY ", f"{arn} "))
    assert refused(lambda: call(kms, arn)) == expected


def test_a_ciphertext_opens_with_its_key_and_its_context_alone(
    kms: Any, key: SimpleNamespace, refused: Refused
) -> None:
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    code, _ = refused(kms.decrypt, CiphertextBlob=key.blob, KeyId=other)
    assert code == "IncorrectKeyException"
    code, _ = refused(
        kms.re_encrypt, CiphertextBlob=key.blob, SourceKeyId=other, DestinationKeyId=other
    )
    assert code == "IncorrectKeyException"
    wrong = {"EncryptionContext": {"shop": "books"}}
    assert refused(kms.decrypt, CiphertextBlob=key.blob, **wrong)[0] == "InvalidCiphertextException"
    assert refused(kms.decrypt, CiphertextBlob=b"x" * 90)[0] == "InvalidCiphertextException"


def test_a_ciphertext_is_opened_in_the_region_of_its_key(
    key: SimpleNamespace, refused: Refused
) -> None:
    europe = boto3.client("kms", region_name="eu-west-1")
    code, message = refused(europe.decrypt, CiphertextBlob=key.blob)
    assert code == "AccessDeniedException"
    assert "does not exist in this region" in message


def test_an_older_ciphertext_opens_after_a_rotation_with_its_own_material(
    kms: Any, key: SimpleNamespace
) -> None:
    before = kms.describe_key(KeyId=key.id)["KeyMetadata"]
    kms.rotate_key_on_demand(KeyId=key.arn)
    after = kms.describe_key(KeyId=key.id)["KeyMetadata"]
    assert (after["Arn"], after["KeyId"]) == (before["Arn"], before["KeyId"])
    older, current = before["CurrentKeyMaterialId"], after["CurrentKeyMaterialId"]
    assert older != current
    opened = kms.decrypt(CiphertextBlob=key.blob)
    assert (opened["Plaintext"], opened["KeyMaterialId"]) == (b"x", older)
    fresh = kms.encrypt(KeyId=key.id, Plaintext=b"y")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=fresh)["KeyMaterialId"] == current


def test_a_rotation_adds_a_material_and_the_first_is_listed_on_request(
    kms: Any, key: SimpleNamespace
) -> None:
    kms.rotate_key_on_demand(KeyId=key.arn)
    (rotation,) = kms.list_key_rotations(KeyId=key.id)["Rotations"]
    assert (rotation["RotationType"], rotation["KeyMaterialState"]) == ("ON_DEMAND", "CURRENT")
    every = kms.list_key_rotations(KeyId=key.id, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [each["KeyMaterialState"] for each in every] == ["NON_CURRENT", "CURRENT"]
    assert "RotationDate" not in every[0]
    page = kms.list_key_rotations(KeyId=key.id, IncludeKeyMaterial="ALL_KEY_MATERIAL", Limit=1)
    assert (page["Truncated"], len(page["Rotations"])) == (True, 1)
    rest = kms.list_key_rotations(
        KeyId=key.id, IncludeKeyMaterial="ALL_KEY_MATERIAL", Marker=page["NextMarker"]
    )
    assert (rest["Truncated"], rest["Rotations"]) == (False, every[1:])


def test_reencrypting_moves_a_ciphertext_to_the_current_material(
    kms: Any, key: SimpleNamespace
) -> None:
    older = kms.decrypt(CiphertextBlob=key.blob)["KeyMaterialId"]
    kms.rotate_key_on_demand(KeyId=key.arn)
    moved = kms.re_encrypt(CiphertextBlob=key.blob, DestinationKeyId=key.arn)
    current = kms.generate_data_key(KeyId=key.id, KeySpec="AES_256")["KeyMaterialId"]
    materials = moved["SourceKeyMaterialId"], moved["DestinationKeyMaterialId"]
    assert materials == (older, current)
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])
    assert (opened["Plaintext"], opened["KeyMaterialId"]) == (b"x", current)


def test_a_rotated_key_opens_no_ciphertext_that_was_changed(
    kms: Any, key: SimpleNamespace, refused: Refused
) -> None:
    kms.rotate_key_on_demand(KeyId=key.arn)
    changed = key.blob[:-1] + bytes([key.blob[-1] ^ 1])
    assert refused(kms.decrypt, CiphertextBlob=changed)[0] == "InvalidCiphertextException"


def test_a_multi_region_key_is_rotated_in_all_its_regions(kms: Any) -> None:
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]
    kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion="eu-west-1")
    kms.rotate_key_on_demand(KeyId=primary["KeyId"])
    blob = kms.encrypt(KeyId=primary["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    europe = boto3.client("kms", region_name="eu-west-1")
    assert europe.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_rotation_has_a_period(kms: Any, key: SimpleNamespace, refused: Refused) -> None:
    assert kms.get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key.arn, RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=key.id)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)
    signing = made(kms, "RSA_2048", "SIGN_VERIFY")
    code, _ = refused(kms.enable_key_rotation, KeyId=signing)
    assert code == "UnsupportedOperationException"


DRY_RUNS: dict[str, Callable[[Any, SimpleNamespace, bool], Any]] = {
    "Encrypt": lambda kms, key, dry: kms.encrypt(KeyId=key.id, Plaintext=b"x", DryRun=dry),
    "Decrypt": lambda kms, key, dry: kms.decrypt(CiphertextBlob=key.blob, DryRun=dry),
    "GenerateDataKey": lambda kms, key, dry: kms.generate_data_key(
        KeyId=key.id, KeySpec="AES_256", DryRun=dry
    ),
    "CreateGrant": lambda kms, key, dry: kms.create_grant(
        KeyId=key.id, GranteePrincipal=GRANTEE, Operations=["Decrypt"], DryRun=dry
    ),
}


@pytest.mark.parametrize("call", DRY_RUNS.values(), ids=DRY_RUNS)
def test_a_dry_run_that_would_have_succeeded_is_an_error_too(
    kms: Any,
    key: SimpleNamespace,
    refused: Refused,
    call: Callable[[Any, SimpleNamespace, bool], Any],
) -> None:
    boto3.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)
    assert refused(lambda: call(kms, key, True)) == (
        "DryRunOperationException",
        "The request would have succeeded, but the DryRun option is set.",
    )
    assert kms.list_grants(KeyId=key.id)["Grants"] == []
    kms.disable_key(KeyId=key.id)
    assert refused(lambda: call(kms, key, True))[0] == "DisabledException"


def test_new_keys_are_described_as_what_they_are(kms: Any, refused: Refused) -> None:
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
    assert mac["MacAlgorithms"] == ["HMAC_SHA_256"]
    assert "EncryptionAlgorithms" not in mac
    external = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    assert (external["KeyState"], external["Enabled"]) == ("PendingImport", False)
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert managed["KeyManager"] == "AWS"
    assert refused(kms.create_key, KeySpec="RSA_2048")[0] == "ValidationException"
    assert refused(kms.create_key, KeySpec="RSA_2048", KeyUsage="GENERATE_VERIFY_MAC") == (
        "ValidationException",
        "KeyUsage GENERATE_VERIFY_MAC is not compatible with KeySpec RSA_2048",
    )


def test_data_key_pairs(kms: Any, key: SimpleNamespace) -> None:
    context = {"shop": "books"}
    for spec in ("RSA_2048", "ECC_NIST_P384"):
        pair = kms.generate_data_key_pair(KeyId=key.id, KeyPairSpec=spec, EncryptionContext=context)
        opened = kms.decrypt(
            CiphertextBlob=pair["PrivateKeyCiphertextBlob"], EncryptionContext=context
        )
        assert opened["Plaintext"] == pair["PrivateKeyPlaintext"]
        assert (pair["KeyId"], pair["KeyPairSpec"]) == (key.arn, spec)
    sealed = kms.generate_data_key_pair_without_plaintext(
        KeyId="alias/shop", KeyPairSpec="ECC_NIST_P256"
    )
    assert "PrivateKeyPlaintext" not in sealed


def test_signatures_codes_and_random_bytes(kms: Any, refused: Refused) -> None:
    signing = made(kms, "ECC_NIST_P256", "SIGN_VERIFY")
    given: dict[str, Any] = {"KeyId": signing, "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(Message=b"x", **given)["Signature"]
    assert kms.verify(Message=b"x", Signature=signature, **given)["SignatureValid"] is True
    code, _ = refused(kms.verify, Message=b"y", Signature=signature, **given)
    assert code == "KMSInvalidSignatureException"
    assert kms.get_public_key(KeyId=signing)["KeyId"] == signing
    codes = made(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    given = {"KeyId": codes.rpartition("/")[2], "MacAlgorithm": "HMAC_SHA_256", "Message": b"x"}
    mac = kms.generate_mac(**given)
    assert mac["KeyId"] == codes
    assert kms.verify_mac(Mac=mac["Mac"], **given)["MacValid"] is True
    assert refused(kms.verify_mac, Mac=b"no", **given)[0] == "KMSInvalidMacException"
    assert len(kms.generate_random(NumberOfBytes=7)["Plaintext"]) == 7
    assert refused(kms.generate_random)[0] == "ValidationException"


def test_a_multi_region_key_is_replicated_once(
    kms: Any, key: SimpleNamespace, refused: Refused
) -> None:
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    made = kms.replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]
    assert made["Arn"] == primary.replace("us-east-1", "eu-west-1")
    blob = kms.encrypt(KeyId=primary.rpartition("/")[2], Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    there = boto3.client("kms", region_name="eu-west-1")
    assert there.decrypt(CiphertextBlob=blob, KeyId=made["Arn"])["Plaintext"] == b"x"
    again = {"KeyId": primary, "ReplicaRegion": "eu-west-1"}
    assert refused(kms.replicate_key, **again)[0] == "AlreadyExistsException"
    single = {"KeyId": key.arn, "ReplicaRegion": "eu-west-1"}
    assert refused(kms.replicate_key, **single)[0] == "UnsupportedOperationException"


@pytest.mark.parametrize(
    ("spec", "algorithm"),
    [
        ("RSA_2048", "RSASSA_PSS_SHA_256"),
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512"),
        ("ECC_NIST_P384", "ECDSA_SHA_384"),
    ],
)
def test_a_message_and_its_digest_have_the_same_signature(
    kms: Any, refused: Refused, spec: str, algorithm: str
) -> None:
    digest = hashlib.new(f"sha{algorithm.rpartition('_')[2]}", b"x").digest()
    key = {"KeyId": made(kms, spec, "SIGN_VERIFY"), "SigningAlgorithm": algorithm}
    signed = kms.sign(Message=digest, MessageType="DIGEST", **key)["Signature"]
    assert kms.verify(Message=b"x", Signature=signed, **key)["SignatureValid"] is True
    signed = kms.sign(Message=b"x", **key)["Signature"]
    given = {"Message": digest, "MessageType": "DIGEST", "Signature": signed}
    assert kms.verify(**given, **key)["SignatureValid"] is True
    assert refused(kms.sign, Message=b"x", MessageType="DIGEST", **key) == (
        "ValidationException",
        f"Digest is invalid length for algorithm {algorithm}.",
    )
