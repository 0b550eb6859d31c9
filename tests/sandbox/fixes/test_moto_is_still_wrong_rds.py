"""Every fix of RDS is still needed: raw moto, without the gate, still answers wrongly.

A row that fails is good news: moto has become right, and the fix that the row names can go.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.usefixtures("raw_moto")

Wrong = Callable[[Any], bool]
NEW: dict[str, Any] = {
    "DBInstanceIdentifier": "shop",
    "DBInstanceClass": "db.t3.micro",
    "Engine": "postgres",
    "MasterUsername": "clerk",
    "AllocatedStorage": 20,
}
PASSWORD = {"MasterUserPassword": "correct-horse"}


@pytest.fixture
def raw(raw_moto: None) -> Any:
    """A client of raw moto."""
    return boto3.client("rds")


def taken(raw: Any, **parameters: Any) -> bool:
    """Does moto make an instance that RDS does not?"""
    try:
        raw.create_db_instance(**NEW, **parameters)
    except ClientError:
        return False
    return True


def one_id_for_all(raw: Any) -> bool:
    names = ("one", "two")
    made = [raw.create_db_instance(**{**NEW, "DBInstanceIdentifier": each}) for each in names]
    return len({each["DBInstance"]["DbiResourceId"] for each in made}) == 1


def one_password_for_all(raw: Any) -> bool:
    found = raw.create_db_instance(**NEW, ManageMasterUserPassword=True)["DBInstance"]
    arn = found["MasterUserSecret"]["SecretArn"]
    text = boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    known: dict[str, str] = json.loads(text)
    return known == {"username": "admin", "password": "P@55w0rd!"}


def under_a_disabled_key(raw: Any) -> bool:
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.disable_key(KeyId=key["KeyId"])
    return taken(raw, **PASSWORD, StorageEncrypted=True, KmsKeyId=key["Arn"])


def secret_under_no_key(raw: Any) -> bool:
    raw.create_db_instance(**NEW, **PASSWORD)
    changed = raw.modify_db_instance(
        DBInstanceIdentifier="shop",
        ManageMasterUserPassword=True,
        MasterUserSecretKmsKeyId="alias/none",
    )
    return "DBInstance" in changed


ROWS: dict[str, Wrong] = {
    "create_db_instance: no password": taken,
    "create_db_instance: a short password": lambda raw: taken(raw, MasterUserPassword="x"),
    "create_db_instance: a password that is also managed": lambda raw: taken(
        raw, **PASSWORD, ManageMasterUserPassword=True
    ),
    "create_db_instance: a monitoring role that does not exist": lambda raw: taken(
        raw,
        **PASSWORD,
        MonitoringInterval=60,
        MonitoringRoleArn="arn:aws:iam::123456789012:role/nobody",
    ),
    "create_db_instance: under a disabled key": under_a_disabled_key,
    "modify_db_instance: a secret under a key that does not exist": secret_under_no_key,
    "create_db_instance: one resource id for all": one_id_for_all,
    "create_db_instance: one managed password for all": one_password_for_all,
}


@pytest.mark.parametrize("wrong", [pytest.param(wrong, id=name) for name, wrong in ROWS.items()])
def test_raw_moto_still_answers_otherwise_than_aws(raw: Any, wrong: Wrong) -> None:
    assert wrong(raw), "moto answers this as AWS does now: the fix can go"
