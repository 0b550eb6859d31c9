"""What RDS does in the caller's name when it makes a database: KMS, Secrets Manager, roles.

Pages: *AWS KMS key management* of Amazon RDS; *Password management with Amazon RDS and AWS Secrets
Manager*, "Permissions required for Secrets Manager integration"; *Setting up and enabling Enhanced
Monitoring*; *How Amazon Relational Database Service (Amazon RDS) uses AWS KMS*.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.key_use import key_use
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.rds_resources import resource_at
from rolelab.sandbox.resource_policies.kms import kms_key

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

STORAGE_KEY = ("kms:DescribeKey", "kms:CreateGrant", "kms:GenerateDataKey", "kms:Decrypt")
MASTER_SECRET = ("kms:DescribeKey", "secretsmanager:CreateSecret", "secretsmanager:TagResource")
SECRET_KEY = ("kms:GenerateDataKey", "kms:Decrypt", "kms:CreateGrant")
ROTATES = ("secretsmanager:RotateSecret",)
PASSES = ("iam:PassRole",)

SECRETS_KEY = "alias/aws/secretsmanager"
_UNKNOWN_ID = "?" * 36


def storage_key(call: Call) -> Iterable[Check]:
    """Storage under a key of the account: the caller needs the key, through RDS."""
    named = call.parameters.get("KmsKeyId")
    if not named or call.parameters.get("StorageEncrypted") is False:
        return
    key = key_arn(str(named), (call.account,), call.region, call)
    if not _exists(key):
        return
    member = "aws:rds:dbc-id" if "Cluster" in call.operation else "aws:rds:db-id"
    for action in STORAGE_KEY:
        further = () if action == "kms:DescribeKey" else (member,)
        yield _granted(key_use(call, action, key, "rds", call.region, None, further))


def master_secret(call: Call) -> Iterable[Check]:
    """A master password that RDS keeps in Secrets Manager.

    The name of the secret is `rds!` with the type of the database and an id that RDS makes up.
    """
    given = call.parameters
    if not given.get("ManageMasterUserPassword"):
        return
    named = given.get("MasterUserSecretKmsKeyId")
    key = key_arn(str(named or SECRETS_KEY), (call.account,), call.region, call)
    if not _exists(key):
        return
    yield key_use(call, "kms:DescribeKey", key, "rds", call.region)
    secret = _secret(call)
    for action in MASTER_SECRET[1:]:
        yield Check(action, secret, call.account, _via_rds())
    if not named:
        return
    further = ("SecretVersionId",)
    for action in SECRET_KEY:
        pairs = {"SecretARN": secret}
        yield _granted(key_use(call, action, key, "secretsmanager", call.region, pairs, further))


def rotates_secret(call: Call) -> Iterable[Check]:
    """Page: the same, "For modify operations": RotateSecret."""
    if not call.parameters.get("RotateMasterUserPassword"):
        return
    kind, name = (
        ("cluster", call.parameters.get("DBClusterIdentifier"))
        if "Cluster" in call.operation
        else ("db", call.parameters.get("DBInstanceIdentifier"))
    )
    arn = f"arn:{call.partition}:rds:{call.region}:{call.account}:{kind}:{name}"
    kept = getattr(resource_at(arn), "master_user_secret", None)
    secret = str(kept.secret_arn) if kept is not None else _secret(call)
    yield Check("secretsmanager:RotateSecret", secret, call.account, _via_rds())


def monitoring_role(call: Call) -> Iterable[Check]:
    """Enhanced Monitoring writes its metrics with a role of the account."""
    role = call.parameters.get("MonitoringRoleArn")
    if role:
        yield pass_role(call, str(role), "monitoring.rds.amazonaws.com")


def database_role(call: Call) -> Iterable[Check]:
    """A role that the database uses for a feature, or a proxy for its secrets."""
    role = call.parameters.get("RoleArn")
    if role:
        yield pass_role(call, str(role), "rds.amazonaws.com")


def export_role(call: Call) -> Iterable[Check]:
    """Page: *Exporting DB snapshot data to Amazon S3*: the trust of the export's role."""
    role = call.parameters.get("IamRoleArn")
    if role:
        yield pass_role(call, str(role), "export.rds.amazonaws.com")


def _secret(call: Call) -> str:
    kind = "cluster" if "Cluster" in call.operation else "db"
    name = f"rds!{kind}-{_UNKNOWN_ID}-??????"
    return f"arn:{call.partition}:secretsmanager:{call.region}:{call.account}:secret:{name}"


def _via_rds() -> dict[str, Value]:
    principal = "rds.amazonaws.com"
    return {
        "aws:CalledVia": [principal],
        "aws:CalledViaFirst": principal,
        "aws:CalledViaLast": principal,
        "aws:ViaAWSService": "true",
    }


def _exists(key: str) -> bool:
    """Nothing could be allowed on a key without a policy: RDS has KMSKeyNotAccessibleFault for it.

    The AWS managed key of a service is there as soon as it is used.
    """
    return ":alias/aws/" in key or kms_key(key) is not None


def _granted(check: Check) -> Check:
    """Page: *AWS KMS condition keys*, `kms:GrantIsForAWSResource`."""
    if check.action != "kms:CreateGrant":
        return check
    return replace(check, context={**check.context, "kms:GrantIsForAWSResource": "true"})
