"""RDS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, REGION, TAGS, Clients, Sample

DB = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{NAME}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/monitoring"


def prepare(aws: Clients) -> Mapping[str, Any]:
    """One tagged DB instance, and a key."""
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    aws("rds").create_db_instance(
        DBInstanceIdentifier=NAME,
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="admin1",
        ManageMasterUserPassword=True,
        Tags=TAGS,
    )
    return {"KmsKeyId": key, "MasterUserSecretKmsKeyId": key}


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "ResourceName": DB,
        "ResourceIdentifier": DB,
        "SourceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:{NAME}",
        "MonitoringRoleArn": ROLE,
        "RoleArn": ROLE,
        "IamRoleArn": ROLE,
        "Engine": "postgres",
        "EngineVersion": "15.4",
        "Tags": TAGS,
    },
    complete=False,
)
