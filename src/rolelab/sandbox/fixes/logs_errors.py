"""Refusals of CloudWatch Logs, with the codes of its API Reference."""

from __future__ import annotations

from rolelab.sandbox.denial import ServiceError


def invalid_parameter(message: str) -> ServiceError:
    """A parameter is not as it has to be."""
    return ServiceError("InvalidParameterException", message, 400)


def not_found(message: str) -> ServiceError:
    """The call names something that does not exist."""
    return ServiceError("ResourceNotFoundException", message, 400)


def no_log_group() -> ServiceError:
    """The call names a log group that does not exist."""
    return not_found("The specified log group does not exist.")


def no_log_stream() -> ServiceError:
    """The call names a log stream that does not exist."""
    return not_found("The specified log stream does not exist.")


def already_exists(message: str) -> ServiceError:
    """The call would make a second thing of the same name."""
    return ServiceError("ResourceAlreadyExistsException", message, 400)
