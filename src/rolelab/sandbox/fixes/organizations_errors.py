"""Refusals of AWS Organizations, with the codes and reasons of its API reference.

The sentences are those of *Common errors* and of each exception in the AWS Organizations API
Reference; those of the limits on attached policies are AWS's answers as they are widely reported.
"""

from __future__ import annotations

from rolelab.sandbox.denial import ServiceError


def access_denied() -> ServiceError:
    """A member account calls what only the management account may."""
    return ServiceError(
        "AccessDeniedException", "You don't have permissions to access this resource."
    )


def not_in_use() -> ServiceError:
    """The caller's account is in no organization."""
    return ServiceError(
        "AWSOrganizationsNotInUseException", "Your account is not a member of an organization."
    )


def constraint(reason: str, message: str) -> ServiceError:
    """The call would go over a minimum or a maximum."""
    return ServiceError("ConstraintViolationException", message, Reason=reason)


def invalid_input(reason: str, message: str) -> ServiceError:
    """A parameter has a value that makes no sense here."""
    return ServiceError("InvalidInputException", message, Reason=reason)


def target_not_found() -> ServiceError:
    """There is no root, unit or account of that id."""
    return ServiceError("TargetNotFoundException", "You specified a target that doesn't exist.")


def malformed() -> ServiceError:
    """A policy that does not follow the grammar of its type."""
    return ServiceError(
        "MalformedPolicyDocumentException",
        "The provided policy document does not meet the requirements of the specified policy type.",
    )
