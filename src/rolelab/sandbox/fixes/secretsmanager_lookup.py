"""Secrets as requests name them, and the errors of Secrets Manager.

AWS pages: *GetSecretValue*, "SecretId"; *Common errors* of each operation in the AWS Secrets
Manager API Reference.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.operations.secretsmanager import arn_of
from rolelab.sandbox.resource_policies.secretsmanager import secret


def secret_in(call: Call, member: str = "SecretId") -> Any:
    """Find the secret that a call names.

    Raises:
        ServiceError: ResourceNotFoundException.
    """
    found = secret_named(str(call.parameters[member]), call)
    if found is None:
        raise not_found("Secrets Manager can't find the specified secret.")
    return found


def primary_in(call: Call) -> Any:
    """Find the secret that a call names, where only the primary secret will do.

    Raises:
        ServiceError: ResourceNotFoundException; InvalidParameterException for a replica.
    """
    found = secret_in(call)
    if hasattr(found, "source"):
        raise invalid_parameter(
            "Operation not permitted on a replica secret. Call must be made in primary secret's "
            "region."
        )
    return found


def secret_named(named: str, call: Call) -> Any | None:
    """Find a secret by its name, its ARN, or its ARN without the six characters at the end."""
    return secret(arn_of(named, call))


def not_found(message: str) -> ServiceError:
    """What Secrets Manager says of what is not there."""
    return ServiceError("ResourceNotFoundException", message)


def invalid_request(message: str) -> ServiceError:
    """What it says of a call that the secret's state does not permit."""
    return ServiceError("InvalidRequestException", message)


def invalid_parameter(message: str) -> ServiceError:
    """What it says of a parameter that it does not take."""
    return ServiceError("InvalidParameterException", message)
