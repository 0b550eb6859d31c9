"""From the learner's variable to the account: an answer is read, checked and put in place.

A stub that nobody has filled in, or something that is no policy at all, must say so in a sentence
and leave the account as it is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar

from rolelab.labs.grader import CheckFailed

Proof = TypeVar("Proof")
"""What a check returns if it is met."""


class _FromNotebook:
    def __repr__(self) -> str:
        return "the notebook's variable"


FROM_NOTEBOOK = _FromNotebook()
"""An answer that is not handed over: the check reads the notebook's variable of that name."""

_MISSING = object()


def graded(
    name: str, given: object, put: Callable[[str], object], check: Callable[[], Proof]
) -> Proof:
    """Put an answer in place and check the account.

    An untouched stub is no answer. Then the account itself is checked, since a learner may have
    put it right in another way, such as with `%aws`.

    Args:
        name: the notebook's variable.
        given: the answer, or FROM_NOTEBOOK.
        put: stores a policy's JSON text in the account, with the learner's own credentials.
        check: proves that the account is right.

    Returns:
        What the check returns.

    Raises:
        CheckFailed: the answer is missing, is no policy, is refused by AWS, or does not behave.
    """
    value = vars(sys.modules["__main__"]).get(name, _MISSING) if given is FROM_NOTEBOOK else given
    unanswered = _unanswered(name, value)
    if unanswered is None:
        _put(name, _policy_text(name, value), put)
        return check()
    try:
        return check()
    except CheckFailed:
        raise unanswered from None


def _unanswered(name: str, value: object) -> CheckFailed | None:
    """What to say if the variable does not exist or is still a stub; None if it holds something."""
    if value is _MISSING:
        return CheckFailed(
            f"There is no variable {name} yet.",
            hint=f"Run the cell that begins with {name} = ..., then this one.",
        )
    if value is ... or value is None or value == "":
        return CheckFailed(
            f"The variable {name} is still empty.",
            hint=f"Write the policy in the cell that begins with {name} = ..., run it, "
            "then run this one.",
        )
    return None


def _policy_text(name: str, value: object) -> str:
    """The JSON text of a policy that a learner wrote as a dict or as text."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        raise CheckFailed(
            f"The variable {name} holds a {type(value).__name__}, which is no policy.",
            hint="A policy is a dict with Version and Statement, or the same as JSON text.",
        )
    _refuse_gaps(name, value, name)
    try:
        return json.dumps(value)
    except (TypeError, ValueError) as error:
        raise CheckFailed(
            f"The variable {name} cannot be written as JSON: {error}.",
            hint="Use dicts, lists, texts, numbers, True and False only.",
        ) from None


def _refuse_gaps(name: str, value: object, path: str) -> None:
    """Name the first place inside a policy that is still `...`."""
    if value is ...:
        raise CheckFailed(
            f"{path} is still empty.", hint=f"Fill every ... in {name}, then run this cell again."
        )
    if isinstance(value, Mapping):
        for key, member in value.items():
            _refuse_gaps(name, member, f"{path}[{key!r}]")
    elif isinstance(value, list | tuple):
        for position, member in enumerate(value):
            _refuse_gaps(name, member, f"{path}[{position}]")


def _put(name: str, text: str, put: Callable[[str], object]) -> None:
    from botocore.exceptions import ClientError, ParamValidationError

    try:
        put(text)
    except (ClientError, ParamValidationError) as error:
        _explain(name, error)


def _explain(name: str, error: Exception) -> NoReturn:
    response = getattr(error, "response", {"Error": {"Code": "", "Message": str(error)}})
    code, message = response["Error"]["Code"], response["Error"]["Message"]
    if code == "NoSuchEntity":
        raise CheckFailed(
            f"The account is not ready: {message}",
            hint="Run the cells above this one, from the first on.",
        ) from None
    raise CheckFailed(
        f"AWS does not accept {name}: {code}: {message}".replace(": :", ":"),
        hint="The account is unchanged. Put the document right and run this cell again.",
    ) from None
