"""Where moto's RDS differs from AWS.

AWS pages: *CreateDBInstance* and *CreateDBCluster* of the Amazon RDS API Reference; *Password
management with Amazon RDS and AWS Secrets Manager*; *Creating and using an IAM policy for IAM
database access* (the resource ID is unique and never changes).
"""

from __future__ import annotations

import json
import secrets
import string
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import fix
from rolelab.sandbox.fixes.kms_states import unusable
from rolelab.sandbox.operations.kms_keys import key_arn
from rolelab.sandbox.resource_policies.iam import role
from rolelab.sandbox.resource_policies.kms import kms_key

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call
    from rolelab.sandbox.fixes import Response, Serve

_ID = string.ascii_uppercase + "234567"
_SHORTEST_PASSWORD = 8
_PASSWORD = string.ascii_letters + string.digits + "!#$%&()*+,-.:;<=>?[]^_{|}~"


@fix("rds", "CreateDBInstance")
def check_instance(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes an instance without a password, with two, or with one that is too short."""
    given = call.parameters
    if not given.get("DBClusterIdentifier"):
        _check_password(given.get("MasterUserPassword"), given.get("ManageMasterUserPassword"))
    _check_key(call)
    _check_monitoring(call)
    return serve()


@fix("rds", "CreateDBCluster")
def check_cluster(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes a cluster with two passwords, and under a key that is out of use."""
    if call.parameters.get("ManageMasterUserPassword"):
        _check_password(call.parameters.get("MasterUserPassword"), True)
    _check_key(call)
    answer = serve()
    found = response.backend.clusters.get(str(call.parameters["DBClusterIdentifier"]))
    if answer[0] < 400 and found is not None:
        _fill_secret(found)
    return answer


@fix("rds", "ModifyDBCluster")
@fix("rds", "ModifyDBInstance")
def check_new_key(call: Call, response: Any, serve: Serve) -> Response:
    """moto puts the secret of a database under a key that does not exist."""
    _check_key(call)
    return serve()


@fix("rds", "CreateDBInstance")
@fix("rds", "CreateDBInstanceReadReplica")
@fix("rds", "RestoreDBInstanceFromDBSnapshot")
@fix("rds", "RestoreDBInstanceToPointInTime")
def new_instance(call: Call, response: Any, serve: Serve) -> Response:
    """moto gives all instances one resource id, and all managed passwords one value.

    A replica and a restored instance get the id of their source.
    """
    status, headers, body = serve()
    given = call.parameters
    name = given.get("TargetDBInstanceIdentifier") or given.get("DBInstanceIdentifier")
    found = response.backend.databases.get(str(name))
    if status >= 400 or found is None:
        return status, headers, body
    before = found.dbi_resource_id
    found.dbi_resource_id = f"db-{''.join(secrets.choice(_ID) for _ in range(26))}"
    _fill_secret(found)
    text = body.decode() if isinstance(body, bytes) else body
    return status, headers, text.replace(before, found.dbi_resource_id)


def _check_password(password: Any, managed: Any) -> None:
    if managed and password:
        raise ServiceError(
            "InvalidParameterCombination",
            "Can't manage the master user password with AWS Secrets Manager if "
            "MasterUserPassword is specified.",
            400,
        )
    if managed:
        return
    if not password:
        raise _invalid("The parameter MasterUserPassword must be provided and must not be blank.")
    if len(str(password)) < _SHORTEST_PASSWORD:
        raise _invalid(
            "The parameter MasterUserPassword is not a valid password because it is shorter than "
            f"{_SHORTEST_PASSWORD} characters."
        )
    if any(not 32 < ord(sign) < 127 or sign in '/@"' for sign in str(password)):
        raise _invalid(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII "
            "characters besides '/', '@', '\"', ' ' may be used."
        )


def _check_key(call: Call) -> None:
    """Page: *CreateDBInstance*, *ModifyDBInstance*, KMSKeyNotAccessibleFault."""
    for member in ("KmsKeyId", "MasterUserSecretKmsKeyId"):
        named = call.parameters.get(member)
        if not named or str(named).startswith("alias/aws/"):
            continue
        arn = key_arn(str(named), (call.account,), call.region, call)
        key = kms_key(arn)
        if key is None or unusable(key) is not None:
            raise ServiceError(
                "KMSKeyNotAccessibleFault",
                f"The specified KMS key [{arn}] does not exist, is not enabled or you do not have "
                "permissions to access it.",
                400,
            )


def _check_monitoring(call: Call) -> None:
    """RDS steps into the role, so it has to be there. The sentence is RDS's as it is reported."""
    named = call.parameters.get("MonitoringRoleArn")
    if named and role(str(named)) is None:
        raise _invalid(
            f"IAM role ARN value is invalid or does not include the required permissions for: "
            f"ENHANCED_MONITORING: {named}"
        )


def _fill_secret(found: Any) -> None:
    """Page: *Password management with Amazon RDS and AWS Secrets Manager*: RDS generates it."""
    kept = getattr(found, "master_user_secret", None)
    if kept is None:
        return
    password = "".join(secrets.choice(_PASSWORD) for _ in range(28))
    text = json.dumps({"username": found.master_username, "password": password})
    for version in kept.secret.versions.values():
        version["secret_string"] = text


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message, 400)
