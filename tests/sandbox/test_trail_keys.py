"""Events of Encrypt and Decrypt: the data is left out. Page: *Examples of AWS KMS log entries*."""

from __future__ import annotations

from typing import Any

import boto3
import pytest


@pytest.fixture
def kms(sandbox: Any) -> Any:
    return boto3.client("kms")


def test_the_data_is_left_out_and_the_algorithm_is_always_named(sandbox: Any, kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]["Arn"]
    pair = {"order": "1001"}
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=pair)["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob, EncryptionContext=pair)
    expected = {
        "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "keyId": key,
        "encryptionContext": pair,
    }
    assert [event["requestParameters"] for event in sandbox.trail[-2:]] == [expected, expected]


def test_a_ciphertext_of_no_key_names_none(sandbox: Any, kms: Any) -> None:
    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(CiphertextBlob=b"x" * 90)
    assert sandbox.trail[-1]["requestParameters"] == {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}
    assert sandbox.trail[-1]["errorCode"] == "InvalidCiphertextException"
