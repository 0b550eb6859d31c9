"""Log groups under a KMS key.

CloudWatch Logs calls KMS in its own name, so the key policy has to let it in; the caller needs no
permission on the key. AWS pages: *Encrypt log data in CloudWatch Logs using AWS Key Management
Service*; *AssociateKmsKey* and *CreateLogGroup* (API Reference).
"""

from __future__ import annotations

from typing import Any

from rolelab.iam import Policies, Request, evaluate
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, Serve, fix
from rolelab.sandbox.fixes.logs_errors import invalid_parameter
from rolelab.sandbox.fixes.logs_lookup import check_parameters, find_group
from rolelab.sandbox.resource_policies import account_of
from rolelab.sandbox.resource_policies.kms import key_policy, kms_key
from rolelab.sandbox.resource_policies.logs import log_group_name
from rolelab.sandbox.state import Store

NEEDED = ("kms:Decrypt", "kms:GenerateDataKey")
"""What CloudWatch Logs does with the key of a log group."""

query_results_keys: Store[dict[str, str]] = Store(dict)
"""The key of stored query results, as `key`."""


def usable_key(call: Call, arn: str) -> None:
    """Refuse a key that is none, is not enabled, or does not let CloudWatch Logs in.

    Args:
        call: the call that names the key in `kmsKeyId`.
        arn: what is to be encrypted; the encryption context `aws:logs:arn` holds it.

    Raises:
        ServiceError: InvalidParameterException, AccessDeniedException.
    """
    named = str(call.parameters["kmsKeyId"])
    if not named.startswith("arn:") or ":key/" not in named:
        raise invalid_parameter(
            f"The specified KMS Key Id could not be found. '{log_group_name(arn)}'"
        )
    key = kms_key(named)
    if key is None or not _allowed(call, named, arn):
        raise ServiceError(
            "AccessDeniedException",
            f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'",
            400,
        )
    if key.key_state != "Enabled":
        raise invalid_parameter("The specified KMS Key Id is disabled.")


def _allowed(call: Call, key: str, arn: str) -> bool:
    service = f"logs.{call.region}.amazonaws.com"
    context: dict[str, str | list[str]] = {
        "kms:EncryptionContext:aws:logs:arn": arn,
        "kms:EncryptionContextKeys": ["aws:logs:arn"],
        "kms:CallerAccount": call.account,
        "aws:SourceArn": arn,
        "aws:SourceAccount": call.account,
    }
    policies = Policies(resource=key_policy(key).policy)
    return all(
        evaluate(Request(service, action, key, account_of(key), context), policies).allowed
        for action in NEEDED
    )


@fix("logs", "AssociateKmsKey")
def associate_kms_key(call: Call, response: Any, serve: Serve) -> Answer:
    """Put a log group, or the results of queries, under a key."""
    check_parameters(call)
    where = _target(call)
    if isinstance(where, str):
        usable_key(call, where)
        query_results_keys.of(call.account, call.region)["key"] = call.parameters["kmsKeyId"]
    else:
        usable_key(call, where.arn)
        where.kms_key_id = call.parameters["kmsKeyId"]
    return Answer()


@fix("logs", "DisassociateKmsKey")
def disassociate_kms_key(call: Call, response: Any, serve: Serve) -> Answer:
    """Take a log group, or the results of queries, from under its key."""
    check_parameters(call)
    where = _target(call)
    if isinstance(where, str):
        query_results_keys.of(call.account, call.region).pop("key", None)
    else:
        where.kms_key_id = None
    return Answer()


def _target(call: Call) -> Any:
    """Give moto's log group; for the results of queries, the ARN that stands for them."""
    name = call.parameters.get("logGroupName")
    identifier = call.parameters.get("resourceIdentifier")
    if bool(name) == bool(identifier):
        raise invalid_parameter("Exactly one of logGroupName and resourceIdentifier is required.")
    if identifier and ":query-result:" in str(identifier):
        return str(identifier)
    return find_group(call, name or identifier)
