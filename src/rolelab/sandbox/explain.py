"""Why a call was refused: the decision behind an error, and planned denials."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from rolelab.iam import Decision

if TYPE_CHECKING:
    from rolelab.sandbox.denial import ServiceError

_REMEMBERED = 10_000
_refusals: OrderedDict[str, Decision | tuple[ServiceError, str]] = OrderedDict()
_lock = threading.Lock()


class NotDenied(AssertionError):  # noqa: N818 - it reads as what happened
    """A call was to be denied, and nothing was."""


class OtherDenial(AssertionError):  # noqa: N818 - it reads as what happened
    """A call was denied, and it was another one than expected."""


def remember(request_id: str, decision: Decision) -> None:
    """Keep the decision that refused a request."""
    _keep(request_id, decision)


def remember_early(request_id: str, error: ServiceError, note: str = "") -> None:
    """Keep an error from before any decision, with a note on what is behind it."""
    _keep(request_id, (error, note))


def _keep(request_id: str, refusal: Decision | tuple[ServiceError, str]) -> None:
    with _lock:
        _refusals[request_id] = refusal
        if len(_refusals) > _REMEMBERED:
            _refusals.popitem(last=False)


def clear() -> None:
    """Forget all refusals: a fresh account has none."""
    with _lock:
        _refusals.clear()


def why(error: BaseException | None = None) -> Decision:
    """The decision behind an error, or behind the last denial.

    Args:
        error: a ``ClientError`` of boto3. None: the last denial.

    Returns:
        The decision; it shows itself in a notebook.

    Raises:
        LookupError: there is no denial yet, or the error is not an access denial. The
            sentence says what it is instead.
    """
    if error is None:
        return _last_denial()
    response = _response_of(error)
    code = response.get("Error", {}).get("Code", "")
    message = response.get("Error", {}).get("Message", "")
    refusal = _refusals.get(response.get("ResponseMetadata", {}).get("RequestId", ""))
    if isinstance(refusal, Decision):
        return refusal
    if refusal is not None:
        early, note = refusal
        raise LookupError(
            f"{early.code} came before any policy was asked: {early.message} {note}".rstrip()
        )
    raise LookupError(
        f"{code} is no decision of a policy: the call was allowed, "
        "and the service refused it afterwards" + (f": {message}" if message else ".")
    )


def _response_of(error: BaseException) -> Mapping[str, Any]:
    """The response of a ClientError, or of the one another error was raised from."""
    cause: BaseException | None = error
    while cause is not None:
        response = getattr(cause, "response", None)
        if isinstance(response, Mapping):
            return response
        cause = cause.__cause__ or cause.__context__
    raise LookupError(f"{type(error).__name__} did not come from an AWS call: {error}")


def _last_denial() -> Decision:
    with _lock:
        refusals = list(_refusals.values())
    for refusal in reversed(refusals):
        if isinstance(refusal, Decision):
            return refusal
    raise LookupError("Nothing has been denied in this account yet.")


@contextmanager
def expect_denied(action: str, resource: str | None = None) -> Iterator[None]:
    """A call in this block is to be denied: a planned denial does not stop a notebook.

    Args:
        action: the IAM action, such as ``"s3:GetObject"``. Compares without case.
        resource: the resource ARN, with ``*`` and ``?`` as wildcards. None: any.

    Raises:
        NotDenied: the block ended without a denial.
        OtherDenial: another action or resource was denied.
    """
    from botocore.exceptions import ClientError

    wanted = action if resource is None else f"{action} on {resource}"
    try:
        yield
    except ClientError as error:
        try:
            decision = why(error)
        except LookupError as reason:
            raise OtherDenial(f"Expected a denial of {wanted}. {reason}") from error
        denied = f"{decision.request.action} on {decision.request.resource}"
        if not _is_about(decision, action, resource):
            raise OtherDenial(
                f"Expected a denial of {wanted}, but denied was {denied}: {decision.message}"
            ) from error
        print(f"Denied, as planned: {denied}\n{decision.message}")
        return
    raise NotDenied(f"Expected a denial of {wanted}, but nothing was denied.")


def _is_about(decision: Decision, action: str, resource: str | None) -> bool:
    request = decision.request
    if request.action.lower() != action.lower():
        return False
    return resource is None or fnmatchcase(request.resource, resource.replace("[", "[[]"))
