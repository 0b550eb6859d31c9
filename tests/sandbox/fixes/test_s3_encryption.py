"""Default encryption, KMS keys out of use, and customer-provided keys."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes.s3_encryption import check_key

BUCKET = "bookshop-orders"
KEY = "orders/1.json"
ADMINISTRATOR = "arn:aws:sts::123456789012:assumed-role/Administrator/learner"


@pytest.fixture
def s3(sandbox: Any) -> Any:
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def kms(sandbox: Any) -> Any:
    return boto3.client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


def rule(algorithm: str = "aws:kms", key: str | None = None, **more: Any) -> dict[str, Any]:
    default = {"SSEAlgorithm": algorithm} | ({"KMSMasterKeyID": key} if key else {})
    return {"ApplyServerSideEncryptionByDefault": default, **more}


def configure(s3: Any, *rules: dict[str, Any]) -> None:
    s3.put_bucket_encryption(
        Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": list(rules)}
    )


def configuration(s3: Any) -> dict[str, Any]:
    (found,) = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    return dict(found)


def put(s3: Any, name: str = KEY, **parameters: Any) -> dict[str, Any]:
    return dict(s3.put_object(Bucket=BUCKET, Key=name, Body=b"{}", **parameters))


def encryption_of(answer: dict[str, Any]) -> tuple[Any, Any, Any]:
    return (
        answer.get("ServerSideEncryption"),
        answer.get("SSEKMSKeyId"),
        answer.get("BucketKeyEnabled"),
    )


SSE_S3 = ("AES256", None, None)


def test_a_new_bucket_encrypts_with_keys_of_s3(s3: Any) -> None:
    assert configuration(s3) == {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": False,
        "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
    }


def test_a_new_object_says_how_it_is_encrypted(s3: Any) -> None:
    assert encryption_of(put(s3)) == SSE_S3
    assert encryption_of(s3.head_object(Bucket=BUCKET, Key=KEY)) == SSE_S3
    assert encryption_of(s3.get_object(Bucket=BUCKET, Key=KEY)) == SSE_S3


def test_a_kms_key_as_the_default_is_used_for_new_objects(s3: Any, key: str) -> None:
    configure(s3, rule(key=key, BucketKeyEnabled=True))
    assert encryption_of(put(s3)) == ("aws:kms", key, True)
    assert encryption_of(s3.head_object(Bucket=BUCKET, Key=KEY)) == ("aws:kms", key, True)


def test_the_key_is_reported_by_its_arn_however_it_was_named(s3: Any, kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/orders", TargetKeyId=key)
    for name in ("alias/orders", key.rpartition("/")[2], key):
        answer = put(s3, ServerSideEncryption="aws:kms", SSEKMSKeyId=name)
        assert encryption_of(answer)[:2] == ("aws:kms", key)


def test_kms_without_a_key_takes_the_managed_key_of_s3_not_the_buckets(
    s3: Any, kms: Any, key: str
) -> None:
    configure(s3, rule(key=key))
    answer = put(s3, ServerSideEncryption="aws:kms")
    managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    assert encryption_of(answer)[:2] == ("aws:kms", managed)


def test_a_request_overrides_the_buckets_default(s3: Any, key: str) -> None:
    configure(s3, rule(key=key))
    assert encryption_of(put(s3, ServerSideEncryption="AES256")) == SSE_S3


def test_deleting_the_configuration_brings_back_keys_of_s3(s3: Any, key: str) -> None:
    configure(s3, rule(key=key))
    s3.delete_bucket_encryption(Bucket=BUCKET)
    assert configuration(s3)["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert encryption_of(put(s3)) == SSE_S3


def test_a_copy_is_encrypted_as_its_destination_says(s3: Any, key: str) -> None:
    put(s3)
    configure(s3, rule(key=key))
    copy = s3.copy_object(Bucket=BUCKET, Key="orders/2.json", CopySource=f"{BUCKET}/{KEY}")
    assert encryption_of(copy)[:2] == ("aws:kms", key)


def test_a_copy_onto_itself_still_has_to_change_something(s3: Any, refused: Any) -> None:
    put(s3)
    code, _ = refused(s3.copy_object, Bucket=BUCKET, Key=KEY, CopySource=f"{BUCKET}/{KEY}")
    assert code == "InvalidRequest"


def test_a_multipart_upload_keeps_the_encryption_it_began_with(s3: Any, key: str) -> None:
    configure(s3, rule(key=key, BucketKeyEnabled=True))
    about = {"Bucket": BUCKET, "Key": KEY}
    upload = s3.create_multipart_upload(**about)
    s3.delete_bucket_encryption(Bucket=BUCKET)
    part = s3.upload_part(**about, UploadId=upload["UploadId"], PartNumber=1, Body=b"{}")
    done = s3.complete_multipart_upload(
        **about,
        UploadId=upload["UploadId"],
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    for answer in (upload, done, s3.head_object(**about)):
        assert encryption_of(answer) == ("aws:kms", key, True)


WRONG_RULES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "no rule": ([], "MalformedXML"),
    "two rules": ([rule("AES256"), rule("AES256")], "MalformedXML"),
    "an algorithm that does not exist": ([rule("aes128")], "MalformedXML"),
    "a key for SSE-S3": ([rule("AES256", "alias/orders")], "InvalidArgument"),
}


@pytest.mark.parametrize(("rules", "code"), WRONG_RULES.values(), ids=WRONG_RULES)
def test_wrong_configurations(
    s3: Any, refused: Any, rules: list[dict[str, Any]], code: str
) -> None:
    configured: Any = {"Rules": rules}
    found, _ = refused(
        s3.put_bucket_encryption, Bucket=BUCKET, ServerSideEncryptionConfiguration=configured
    )
    assert found == code


def test_a_key_that_does_not_exist_may_be_configured(s3: Any) -> None:
    """*PutBucketEncryption*: Amazon S3 does not validate the KMS key ID."""
    configure(s3, rule(key="arn:aws:kms:us-east-1:123456789012:key/none"))
    default = configuration(s3)["ApplyServerSideEncryptionByDefault"]
    assert default["KMSMasterKeyID"].endswith("key/none")


WRONG_REQUESTS: dict[str, dict[str, Any]] = {
    "an algorithm that does not exist": {"ServerSideEncryption": "rot13"},
    "a key without saying KMS": {"SSEKMSKeyId": "alias/orders"},
    "a key for SSE-S3": {"ServerSideEncryption": "AES256", "SSEKMSKeyId": "alias/orders"},
}


@pytest.mark.parametrize("parameters", WRONG_REQUESTS.values(), ids=WRONG_REQUESTS)
def test_wrong_requests(s3: Any, refused: Any, parameters: dict[str, Any]) -> None:
    code, _ = refused(put, s3=s3, **parameters)
    assert code == "InvalidArgument"


@pytest.fixture
def encrypted(s3: Any, key: str) -> Any:
    """An object under a KMS key, which is also the bucket's default."""
    configure(s3, rule(key=key))
    put(s3)
    return s3


def test_a_disabled_key_stops_reads_and_writes(
    encrypted: Any, kms: Any, key: str, refused: Any
) -> None:
    kms.disable_key(KeyId=key.rpartition("/")[2])
    disabled = ("KMS.DisabledException", f"{key} is disabled.")
    assert refused(encrypted.get_object, Bucket=BUCKET, Key=KEY) == disabled
    assert refused(put, s3=encrypted, name="orders/2.json") == disabled
    assert refused(encrypted.create_multipart_upload, Bucket=BUCKET, Key="big") == disabled
    source = {"CopySource": f"{BUCKET}/{KEY}", "ServerSideEncryption": "AES256"}
    assert refused(encrypted.copy_object, Bucket=BUCKET, Key="copy", **source) == disabled
    kms.enable_key(KeyId=key.rpartition("/")[2])
    assert encrypted.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"{}"


def test_a_disabled_key_stops_the_next_part_of_an_upload(
    encrypted: Any, kms: Any, key: str, refused: Any
) -> None:
    upload = encrypted.create_multipart_upload(Bucket=BUCKET, Key="big")["UploadId"]
    kms.disable_key(KeyId=key.rpartition("/")[2])
    part = {"Bucket": BUCKET, "Key": "big", "UploadId": upload, "PartNumber": 1, "Body": b""}
    assert refused(encrypted.upload_part, **part)[0] == "KMS.DisabledException"


def test_a_key_to_be_deleted_stops_reads_and_writes(
    encrypted: Any, kms: Any, key: str, refused: Any
) -> None:
    kms.schedule_key_deletion(KeyId=key.rpartition("/")[2])
    pending = ("KMS.KMSInvalidStateException", f"{key} is pending deletion.")
    assert refused(encrypted.get_object, Bucket=BUCKET, Key=KEY) == pending
    assert refused(put, s3=encrypted, name="orders/2.json") == pending


def test_a_key_that_does_not_exist(sandbox: Any) -> None:
    with pytest.raises(ServiceError, match="does not exist") as refusal:
        check_key("arn:aws:kms:us-east-1:123456789012:key/none")
    assert refusal.value.code == "KMS.NotFoundException"


def test_metadata_needs_no_key(encrypted: Any, kms: Any, key: str) -> None:
    kms.disable_key(KeyId=key.rpartition("/")[2])
    assert encryption_of(encrypted.head_object(Bucket=BUCKET, Key=KEY))[:2] == ("aws:kms", key)


def test_objects_under_another_key_stay_readable(encrypted: Any, kms: Any, key: str) -> None:
    put(encrypted, "orders/2.json", ServerSideEncryption="AES256")
    kms.disable_key(KeyId=key.rpartition("/")[2])
    assert encrypted.get_object(Bucket=BUCKET, Key="orders/2.json")["Body"].read() == b"{}"


CUSTOMER_KEY = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0" * 32}


def test_a_new_bucket_takes_no_customer_provided_keys(s3: Any, refused: Any) -> None:
    assert refused(put, s3=s3, **CUSTOMER_KEY) == (
        "AccessDenied",
        f"User: {ADMINISTRATOR} is not authorized to perform: s3:PutObject on resource: "
        f'"arn:aws:s3:::{BUCKET}/{KEY}" because this bucket has blocked upload requests that '
        "specify Server Side Encryption with Customer provided keys (SSE-C). Please specify a "
        "different server-side encryption type",
    )
    upload = {"Bucket": BUCKET, "Key": KEY, **CUSTOMER_KEY}
    assert refused(s3.create_multipart_upload, **upload)[0] == "AccessDenied"


def test_customer_provided_keys_can_be_let_in(s3: Any, key: str) -> None:
    configure(s3, rule(key=key))
    configure(s3, {"BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}})
    assert configuration(s3)["BlockedEncryptionTypes"] == {"EncryptionType": ["NONE"]}
    assert configuration(s3)["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key
    assert encryption_of(put(s3, **CUSTOMER_KEY)) == (None, None, None)


def test_the_key_is_in_the_region_of_the_bucket(s3: Any, refused: Any) -> None:
    dublin = boto3.client("kms", region_name="eu-west-1").create_key()["KeyMetadata"]["Arn"]
    asked = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": dublin}
    assert refused(s3.put_object, Bucket=BUCKET, Key=KEY, Body=b"{}", **asked) == (
        "KMS.NotFoundException",
        "Invalid arn eu-west-1",
    )


OVER_TLS = "made over a secure connection"


@pytest.mark.parametrize("under_a_key", [True, False], ids=["SSE-KMS", "SSE-S3"])
def test_objects_under_a_kms_key_travel_over_tls_only(
    s3: Any, key: str, refused: Any, under_a_key: bool
) -> None:
    configure(s3, rule(key=key) if under_a_key else rule("AES256"))
    put(s3)
    plain = boto3.client("s3", use_ssl=False)
    where = {"Bucket": BUCKET, "Key": KEY}
    calls = {
        plain.get_object: where,
        plain.put_object: {**where, "Body": b"{}"},
        plain.copy_object: {**where, "Key": "2", "CopySource": f"{BUCKET}/{KEY}"},
        plain.create_multipart_upload: where,
    }
    for call, parameters in calls.items():
        if under_a_key:
            code, message = refused(call, **parameters)
            assert (code, OVER_TLS in message) == ("InvalidArgument", True)
        else:
            call(**parameters)
    assert plain.head_object(**where)["ContentLength"] == 2
