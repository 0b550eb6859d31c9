"""Make the call of a case, and tell from what comes back whether it was served."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from scorecard.accounts import REGION, Keys, client
from scorecard.cases import Answer, CaseError

#: What a case may say about how its call travels.
REQUEST = {
    "http": "over plain HTTP",
    "region": "to another Region",
    "presigned": "as a presigned URL that somebody without credentials opens",
    "age": "signed this many seconds ago",
    "expires": "a presigned URL is valid for this many seconds",
    "user_agent": "with this User-Agent",
}

#: Answers to a dry run that mean: without it, the call would have been served.
_WOULD_HAVE = frozenset({"DryRunOperation", "DryRunOperationException"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the caller got.

    Attributes:
        answer: allow if the call was served.
        code: the error code, or the name of the exception; None when it was served.
        message: what the error said.
    """

    answer: Answer
    code: str | None = None
    message: str = ""


def perform(
    call: Mapping[str, Mapping[str, Any]],
    keys: Keys,
    request: Mapping[str, Any],
    anonymous: bool = False,
) -> Outcome:
    """Make a call and see what comes of it.

    Whatever is not a successful answer is a denial: the call did not work for its caller.
    """
    unknown = request.keys() - REQUEST.keys()
    if unknown:
        raise CaseError(f"request: {sorted(unknown)}; there are: {', '.join(REQUEST)}")
    ((name, parameters),) = call.items()
    service, method = name.split(".")
    caller = _client(service, keys, request, anonymous)
    with _signed_earlier(request.get("age", 0)):
        if request.get("presigned"):
            url = caller.generate_presigned_url(
                method, Params=dict(parameters or {}), ExpiresIn=request.get("expires", 3600)
            )
            return _open(url)
        return _outcome(getattr(caller, method), parameters or {})


def _client(service: str, keys: Keys, request: Mapping[str, Any], anonymous: bool) -> Any:
    options: dict[str, Any] = {"retries": {"total_max_attempts": 1}}
    if anonymous:
        options["signature_version"] = UNSIGNED
    elif request.get("presigned"):
        options["signature_version"] = "s3v4"
    if "user_agent" in request:
        options["user_agent"] = request["user_agent"]
    region = request.get("region", REGION)
    return client(service, keys, region, use_ssl=not request.get("http"), config=Config(**options))


def _outcome(method: Any, parameters: Mapping[str, Any]) -> Outcome:
    try:
        answer = method(**parameters)
    except ClientError as error:
        about = error.response.get("Error", {})
        code = str(about.get("Code"))
        if code in _WOULD_HAVE:
            return Outcome("allow")
        return Outcome("deny", code, str(about.get("Message")))
    except Exception as error:  # Whatever it is, the caller got no answer.
        return Outcome("deny", type(error).__name__, str(error))
    # A batch of which every entry was refused.
    errors = answer.get("Errors") if isinstance(answer, Mapping) else None
    if errors:
        code = errors[0].get("Code") or errors[0].get("ErrorCode")
        return Outcome("deny", str(code), str(errors[0].get("Message")))
    return Outcome("allow")


def _open(url: str) -> Outcome:
    import requests

    try:
        answer = requests.get(url, timeout=10)
    except Exception as error:
        return Outcome("deny", type(error).__name__, str(error))
    if answer.ok:
        return Outcome("allow")
    code = re.search(r"<Code>([^<]*)<", answer.text)
    return Outcome("deny", code[1] if code else str(answer.status_code), answer.text)


@contextmanager
def _signed_earlier(seconds: int) -> Iterator[None]:
    """Put back the clock by which botocore signs."""
    if not seconds:
        yield
        return
    moment = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds)
    naive = moment.replace(tzinfo=None)

    def clock(remove_tzinfo: bool = True) -> datetime.datetime:
        return naive if remove_tzinfo else moment

    with mock.patch("botocore.auth.get_current_datetime", clock):
        yield
