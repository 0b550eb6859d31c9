"""Why a gateway says no, before any product's words for it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Reason(StrEnum):
    """What is wrong with a request, or with what stands behind the gateway.

    The value is the name in the log. `stage` is the step of the pipeline that refuses.
    """

    BAD_REQUEST = "bad-request"
    HEADER_TWICE = "header-twice"
    PARAMETER_TWICE = "parameter-twice"
    SMUGGLING = "smuggling"
    BODY_TOO_LARGE = "body-too-large"

    NO_ROUTE = "no-route"
    METHOD_NOT_ALLOWED = "method-not-allowed"

    CREDENTIALS_MISSING = "credentials-missing"
    CREDENTIALS_MALFORMED = "credentials-malformed"
    CREDENTIALS_WRONG = "credentials-wrong"
    CREDENTIALS_EXPIRED = "credentials-expired"

    NO_SUBSCRIPTION = "no-subscription"
    NOT_PUBLISHED = "not-published"

    LIMIT_EXCEEDED = "limit-exceeded"

    BODY_NOT_JSON = "body-not-json"
    BODY_NOT_VALID = "body-not-valid"
    VARIABLE_MISSING = "variable-missing"

    BACKEND_DOWN = "backend-down"
    BACKEND_SLOW = "backend-slow"
    BACKEND_GARBAGE = "backend-garbage"
    BACKEND_REFUSED = "backend-refused"
    BACKEND_TLS = "backend-tls"

    INTERNAL = "internal"

    @property
    def stage(self) -> str:
        """The step of the pipeline: `receive`, `route`, `authenticate`, `subscribe`, ..."""
        return _ROWS[self][0]

    @property
    def status(self) -> int:
        """The HTTP status that fits, where a product has no rule of its own."""
        return _ROWS[self][1]


_ROWS: dict[Reason, tuple[str, int]] = {
    Reason.BAD_REQUEST: ("receive", 400),
    Reason.HEADER_TWICE: ("receive", 400),
    Reason.PARAMETER_TWICE: ("receive", 400),
    Reason.SMUGGLING: ("receive", 400),
    Reason.BODY_TOO_LARGE: ("receive", 413),
    Reason.NO_ROUTE: ("route", 404),
    Reason.METHOD_NOT_ALLOWED: ("route", 405),
    Reason.CREDENTIALS_MISSING: ("authenticate", 401),
    Reason.CREDENTIALS_MALFORMED: ("authenticate", 401),
    Reason.CREDENTIALS_WRONG: ("authenticate", 401),
    Reason.CREDENTIALS_EXPIRED: ("authenticate", 401),
    Reason.NO_SUBSCRIPTION: ("subscribe", 403),
    Reason.NOT_PUBLISHED: ("subscribe", 403),
    Reason.LIMIT_EXCEEDED: ("limit", 429),
    Reason.BODY_NOT_JSON: ("transform", 400),
    Reason.BODY_NOT_VALID: ("transform", 400),
    Reason.VARIABLE_MISSING: ("transform", 400),
    Reason.BACKEND_DOWN: ("call", 502),
    Reason.BACKEND_SLOW: ("call", 504),
    Reason.BACKEND_GARBAGE: ("call", 502),
    Reason.BACKEND_REFUSED: ("call", 502),
    Reason.BACKEND_TLS: ("call", 502),
    Reason.INTERNAL: ("internal", 500),
}


class Refused(Exception):  # noqa: N818 - it says what happened
    """The gateway does not serve a request. A step raises it; the dialect words it.

    Attributes:
        reason: what is wrong.
        detail: one sentence for the client and the log. It never holds a credential, nor text of
            the client that could be one.
        headers: header fields that the reply should have, `("retry-after", "12")`.
    """

    def __init__(
        self, reason: Reason, detail: str = "", headers: Iterable[tuple[str, str]] = ()
    ) -> None:
        super().__init__(detail or reason.value)
        self.reason = reason
        self.detail = detail
        self.headers = tuple(headers)
