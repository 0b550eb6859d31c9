"""The errors of CloudFormation, and why a resource failed, in CloudFormation's words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from rolelab.sandbox.denial import ServiceError


class ResourceFailed(Exception):  # noqa: N818 - it is an outcome, not a fault
    """A resource cannot be made, changed or deleted. The text goes into the stack's events."""


def invalid(message: str) -> ServiceError:
    """The error for nearly everything that is wrong with a call or a template."""
    return ServiceError("ValidationError", message, 400)


def malformed(message: str) -> ServiceError:
    """The error for a template whose structure is wrong."""
    return invalid(f"Template format error: {message}")


def no_stack(named: str) -> ServiceError:
    """The error for a stack that is not there."""
    return invalid(f"Stack with id {named} does not exist")


def in_brackets(names: Iterable[str]) -> str:
    """Names as CloudFormation lists them."""
    return f"[{', '.join(names)}]"


@contextmanager
def unexpected_fails() -> Iterator[None]:
    """Let an error that nobody expects fail the resource where it comes up, and not the whole call.

    Otherwise the stack would stay in progress for ever. Page: *Resource type handler error codes*,
    InternalFailure.

    Raises:
        ResourceFailed: says what came up.
    """
    try:
        yield
    except (ResourceFailed, ServiceError):
        raise
    except Exception as error:
        raise ResourceFailed(
            f'Resource handler returned message: "{type(error).__name__}: {error}" '
            f"(RequestToken: {uuid4()}, HandlerErrorCode: InternalFailure)"
        ) from error


_HANDLER_CODES: tuple[tuple[str, str], ...] = (
    (r"AccessDenied|Unauthorized|AuthorizationError|NotAuthorized", "AccessDenied"),
    (r"AlreadyExists|AlreadyOwnedByYou|Duplicate", "AlreadyExists"),
    (r"NoSuch|NotFound|NonExistent|DoesNotExist", "NotFound"),
    (r"LimitExceeded|TooMany", "ServiceLimitExceeded"),
    (r"Conflict|InUse|NotEmpty", "ResourceConflict"),
    (r"Invalid|Malformed|Validation|ClientException|Unmodifiable", "InvalidRequest"),
)


def handler_code(code: str) -> str:
    """Give what an error code of a service means to CloudFormation: `NotFound`, `AccessDenied`."""
    return next(
        (handler for pattern, handler in _HANDLER_CODES if re.search(pattern, code)),
        "GeneralServiceException",
    )


def reason_of(error: Any, service: str) -> str:
    """Say why a call of CloudFormation to another service failed, as its events do.

    Args:
        error: the ClientError of the call.
        service: the name of the service that refused it, `Iam`.

    The shape was read off events in public reports (aws/aws-cdk issue 27067). What the codes mean:
    page *Handler error codes* (CloudFormation CLI User Guide).
    """
    said, about = error.response["Error"], error.response.get("ResponseMetadata", {})
    code = handler_code(said["Code"])
    return (
        f'Resource handler returned message: "{said["Message"]} (Service: {service}, '
        f'Status Code: {about.get("HTTPStatusCode")}, Request ID: {about.get("RequestId")})" '
        f"(RequestToken: {uuid4()}, HandlerErrorCode: {code})"
    )
