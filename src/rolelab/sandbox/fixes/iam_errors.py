"""Refusals of IAM, some of which STS shares, with the codes and statuses of the API references."""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.denial import ServiceError


def no_such_entity(message: str) -> ServiceError:
    """The call names something that does not exist."""
    return ServiceError("NoSuchEntity", message, 404)


def already_exists(message: str) -> ServiceError:
    """The call would make a second entity of the same name."""
    return ServiceError("EntityAlreadyExists", message, 409)


def delete_conflict(message: str) -> ServiceError:
    """The entity still has something attached to it."""
    return ServiceError("DeleteConflict", message, 409)


def limit_exceeded(message: str) -> ServiceError:
    """The call would go over a quota."""
    return ServiceError("LimitExceeded", message, 409)


def invalid_input(message: str) -> ServiceError:
    """A parameter is well formed but makes no sense here."""
    return ServiceError("InvalidInput", message, 400)


def validation_error(message: str) -> ServiceError:
    """A parameter is not well formed."""
    return ServiceError("ValidationError", message, 400)


def unmodifiable(role: str) -> ServiceError:
    """Only the service that a service-linked role is linked to may change the role."""
    return ServiceError(
        "UnmodifiableEntity",
        f"Cannot perform the operation on the protected role '{role}' - "
        "this role is only modifiable by AWS",
        400,
    )


def malformed(message: str, **members: Any) -> ServiceError:
    """A policy document that IAM does not take."""
    return ServiceError("MalformedPolicyDocument", message, 400, **members)


def access_denied(message: str) -> ServiceError:
    """A refusal that no policy can lift."""
    return ServiceError("AccessDenied", message, 403)
