"""What the trail shows of the KMS calls that S3 makes in a caller's name.

AWS pages: *Using server-side encryption with AWS KMS keys (SSE-KMS)*, *Reducing the cost of SSE-KMS
with Amazon S3 Bucket Keys*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from rolelab.sandbox.fixes import s3_key_events

if TYPE_CHECKING:
    from tests.sandbox.fixes.conftest import Refused

BUCKET, KEY = "bookshop-orders", "orders/1.json"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
OBJECT = {"Bucket": BUCKET, "Key": KEY}


@pytest.fixture
def s3(sandbox: Any) -> Any:
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def key(sandbox: Any) -> str:
    return str(boto3.client("kms").create_key()["KeyMetadata"]["Arn"])


def encrypt_with(s3: Any, key: str, bucket_key: bool = False) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bucket_key}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})


def events(sandbox: Any) -> list[dict[str, Any]]:
    """The events of KMS that S3 caused."""
    return [each for each in sandbox.trail if each["userIdentity"].get("invokedBy")]


def test_a_write_asks_for_a_data_key_and_a_read_for_its_decryption(
    sandbox: Any, s3: Any, key: str
) -> None:
    encrypt_with(s3, key)
    s3.put_object(**OBJECT, Body=b"{}")
    s3.get_object(**OBJECT)
    written, read = events(sandbox)
    assert (written["eventName"], read["eventName"]) == ("GenerateDataKey", "Decrypt")
    for event in (written, read):
        assert event["eventSource"] == "kms.amazonaws.com"
        assert event["userIdentity"]["arn"].endswith(":assumed-role/Administrator/learner")
        assert event["userIdentity"]["invokedBy"] == "s3.amazonaws.com"
        assert event["sourceIPAddress"] == "s3.amazonaws.com"
        context = event["requestParameters"]["encryptionContext"]
        assert context == {"aws:s3:arn": f"{BUCKET_ARN}/{KEY}"}
        assert [each["ARN"] for each in event["resources"]] == [key]


def test_without_kms_there_is_nothing_to_log(sandbox: Any, s3: Any) -> None:
    s3.put_object(**OBJECT, Body=b"{}")
    s3.get_object(**OBJECT)
    assert events(sandbox) == []


def test_a_copy_reads_under_one_key_and_writes_under_the_other(
    sandbox: Any, s3: Any, key: str
) -> None:
    s3.put_object(**OBJECT, Body=b"{}", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    other = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3.copy_object(
        Bucket=BUCKET,
        Key="copy",
        CopySource=OBJECT,
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=other,
    )
    seen = [
        (event["eventName"], event["requestParameters"]["keyId"]) for event in events(sandbox)[1:]
    ]
    assert sorted(seen) == sorted([("Decrypt", key), ("GenerateDataKey", other)])


def test_the_first_use_of_the_managed_key_names_the_key(sandbox: Any, s3: Any) -> None:
    s3.put_object(**OBJECT, Body=b"{}", ServerSideEncryption="aws:kms")
    (event,) = events(sandbox)
    assert ":key/" in event["requestParameters"]["keyId"]


def test_a_key_out_of_use_is_an_event_with_its_error(
    sandbox: Any, s3: Any, key: str, refused: Refused
) -> None:
    encrypt_with(s3, key)
    boto3.client("kms").disable_key(KeyId=key)
    assert refused(s3.put_object, **OBJECT, Body=b"{}")[0] == "KMS.DisabledException"
    (event,) = events(sandbox)
    assert event["errorCode"] == "DisabledException"


def test_what_s3_refuses_by_itself_does_not_reach_kms(
    sandbox: Any, s3: Any, key: str, refused: Refused
) -> None:
    encrypt_with(s3, key)
    s3.put_object(**OBJECT, Body=b"{}")
    code, _ = refused(s3.put_object, **OBJECT, Body=b"{}", IfNoneMatch="*")
    assert code == "PreconditionFailed"
    assert len(events(sandbox)) == 1


def test_a_bucket_key_is_fetched_once_and_its_context_is_the_bucket(
    sandbox: Any, s3: Any, key: str
) -> None:
    encrypt_with(s3, key, bucket_key=True)
    for name in ("a", "b", "c"):
        s3.put_object(Bucket=BUCKET, Key=name, Body=b"{}")
    for name in ("a", "b", "c"):
        s3.get_object(Bucket=BUCKET, Key=name)
    names = [event["eventName"] for event in events(sandbox)]
    assert names == ["GenerateDataKey", "Decrypt"]
    contexts = [event["requestParameters"]["encryptionContext"] for event in events(sandbox)]
    assert contexts == [{"aws:s3:arn": BUCKET_ARN}] * 2


def test_each_requester_fetches_a_bucket_key(
    sandbox: Any, s3: Any, key: str, user: Callable[..., boto3.Session]
) -> None:
    encrypt_with(s3, key, bucket_key=True)
    s3.put_object(**OBJECT, Body=b"{}")
    everything = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", '
    alice = user("alice", everything + '"Resource": "*"}]}').client("s3")
    alice.put_object(**OBJECT, Body=b"{}")
    alice.put_object(**OBJECT, Body=b"{}")
    names = [event["userIdentity"]["type"] for event in events(sandbox)]
    assert names == ["AssumedRole", "IAMUser"]


def test_a_bucket_key_lasts_for_a_limited_time(
    sandbox: Any, s3: Any, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypt_with(s3, key, bucket_key=True)
    s3.put_object(**OBJECT, Body=b"{}")
    monkeypatch.setattr(s3_key_events, "BUCKET_KEY_SECONDS", 0)
    s3.put_object(**OBJECT, Body=b"{}")
    assert len(events(sandbox)) == 2
