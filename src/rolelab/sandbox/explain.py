"""Why a call was refused: the decision behind an error, and planned denials."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from rolelab.iam import Decision

if TYPE_CHECKING:
    from rolelab.sandbox.denial import ServiceError

_REMEMBERED = 10_000
_refusals: OrderedDict[str, Decision | ServiceError] = OrderedDict()
_lock = threading.Lock()


class NotDenied(AssertionError):  # noqa: N818 - it reads as what happened
    """A call was to be denied, and nothing was."""


class OtherDenial(AssertionError):  # noqa: N818 - it reads as what happened
    """A call was denied, and it was another one than expected."""


def remember(request_id: str, refusal: Decision | ServiceError) -> None:
    """Keep what refused a request: a decision, or an error from before any decision."""
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
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        raise LookupError(f"{type(error).__name__} did not come from an AWS call: {error}")
    code = response.get("Error", {}).get("Code", "")
    refusal = _refusals.get(response.get("ResponseMetadata", {}).get("RequestId", ""))
    if isinstance(refusal, Decision):
        return refusal
    if refusal is not None:
        raise LookupError(f"{refusal.code} came before any policy was asked: {refusal.message}")
    raise LookupError(
        f"{code} is not an access denial. The call was allowed, and failed afterwards: "
        f"{response.get('Error', {}).get('Message', '')}"
    )


def _last_denial() -> Decision:
    for refusal in reversed(list(_refusals.values())):
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
        request = decision.request
        if request.action.lower() != action.lower() or (
            resource is not None and not fnmatchcase(request.resource, resource)
        ):
            raise OtherDenial(
                f"Expected a denial of {wanted}, "
                f"but denied was {request.action} on {request.resource}: {decision.message}"
            ) from error
        print(f"Denied, as planned: {request.action} on {request.resource}. {decision.message}")
        return
    raise NotDenied(f"Expected a denial of {wanted}, but nothing was denied.")
