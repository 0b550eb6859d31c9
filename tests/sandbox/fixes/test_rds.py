"""RDS behind the gate: passwords, keys, roles, and ids.

Pages: *CreateDBInstance* (Amazon RDS API Reference); *Password management with Amazon RDS and AWS
Secrets Manager*.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from rolelab.sandbox.account import Sandbox
    from tests.sandbox.fixes.conftest import Refused

NEW: dict[str, Any] = {
    "DBInstanceIdentifier": "shop",
    "DBInstanceClass": "db.t3.micro",
    "Engine": "postgres",
    "MasterUsername": "clerk",
    "AllocatedStorage": 20,
}
PASSWORD = {"MasterUserPassword": "correct-horse"}
MANAGED = {"ManageMasterUserPassword": True}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no password": ({}, "InvalidParameterValue"),
    "a short password": ({"MasterUserPassword": "short"}, "InvalidParameterValue"),
    "a password with a slash": ({"MasterUserPassword": "correct/horse"}, "InvalidParameterValue"),
    "a password that is also managed": ({**PASSWORD, **MANAGED}, "InvalidParameterCombination"),
    "a monitoring role that does not exist": (
        {
            **PASSWORD,
            "MonitoringInterval": 60,
            "MonitoringRoleArn": "arn:aws:iam::123456789012:role/nobody",
        },
        "InvalidParameterValue",
    ),
}


@pytest.fixture
def rds(sandbox: Sandbox) -> Any:
    return boto3.client("rds")


@pytest.mark.parametrize(("given", "code"), REFUSED.values(), ids=REFUSED)
def test_an_instance_that_rds_does_not_make(
    rds: Any, refused: Refused, given: dict[str, Any], code: str
) -> None:
    assert refused(rds.create_db_instance, **NEW, **given)[0] == code
    assert rds.describe_db_instances()["DBInstances"] == []


def test_a_key_that_is_disabled(rds: Any, refused: Refused) -> None:
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=key)
    given = {**NEW, **PASSWORD, "StorageEncrypted": True, "KmsKeyId": key}
    code, said = refused(rds.create_db_instance, **given)
    assert (code, key in said) == ("KMSKeyNotAccessibleFault", True)


NO_KEYS = {
    "an ARN": "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000",
    "an ARN of another account": "arn:aws:kms:us-east-1:222233334444:key/1",
    "an alias": "alias/none",
}
WITH_KEY: dict[str, tuple[str, str, dict[str, Any]]] = {
    "storage": (
        "create_db_instance",
        "KmsKeyId",
        {**NEW, **PASSWORD, "StorageEncrypted": True},
    ),
    "secret": ("create_db_instance", "MasterUserSecretKmsKeyId", {**NEW, **MANAGED}),
    "secret of an instance that is there": (
        "modify_db_instance",
        "MasterUserSecretKmsKeyId",
        {"DBInstanceIdentifier": "there", **MANAGED},
    ),
    "secret of a cluster": (
        "modify_db_cluster",
        "MasterUserSecretKmsKeyId",
        {"DBClusterIdentifier": "there", **MANAGED},
    ),
}


@pytest.mark.parametrize("key", NO_KEYS.values(), ids=NO_KEYS)
@pytest.mark.parametrize(("operation", "member", "given"), WITH_KEY.values(), ids=WITH_KEY)
def test_a_key_that_does_not_exist(
    rds: Any,
    user: Callable[..., boto3.Session],
    refused: Refused,
    operation: str,
    member: str,
    given: dict[str, Any],
    key: str,
) -> None:
    """Whether the caller may use keys or not: RDS has one answer."""
    rds.create_db_instance(**{**NEW, "DBInstanceIdentifier": "there"}, **PASSWORD)
    rds.create_db_cluster(
        DBClusterIdentifier="there", Engine="aurora-postgresql", MasterUsername="clerk", **PASSWORD
    )
    allow = {"Effect": "Allow", "Action": ["rds:*", "secretsmanager:*"], "Resource": "*"}
    theirs = user(policy=json.dumps({"Version": "2012-10-17", "Statement": allow})).client("rds")
    for client in (rds, theirs):
        code, _ = refused(getattr(client, operation), **given, **{member: key})
        assert code == "KMSKeyNotAccessibleFault"


def test_every_instance_has_an_id_of_its_own(rds: Any) -> None:
    made = rds.create_db_instance(**NEW, **PASSWORD)["DBInstance"]["DbiResourceId"]
    copied = rds.create_db_instance_read_replica(
        DBInstanceIdentifier="copy", SourceDBInstanceIdentifier="shop"
    )["DBInstance"]["DbiResourceId"]
    listed = {each["DbiResourceId"] for each in rds.describe_db_instances()["DBInstances"]}
    assert listed == {made, copied}
    assert len(listed) == 2


@pytest.mark.parametrize("kind", ["instance", "cluster"])
def test_a_managed_password_is_made_up_and_kept_as_a_secret(rds: Any, kind: str) -> None:
    if kind == "instance":
        found = rds.create_db_instance(**NEW, **MANAGED)["DBInstance"]
    else:
        found = rds.create_db_cluster(
            DBClusterIdentifier="shop",
            Engine="aurora-postgresql",
            MasterUsername="clerk",
            **MANAGED,
        )["DBCluster"]
    arn = found["MasterUserSecret"]["SecretArn"]
    secret = json.loads(
        boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    )
    assert secret["username"] == "clerk"
    assert secret["password"] != "P@55w0rd!"
    assert len(secret["password"]) > 20
