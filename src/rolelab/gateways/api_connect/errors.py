"""Errors of an API call: their names for `catch`, and their bodies for the client.

Pages: *Error cases supported by assembly catches*; *How to use the Global Error Policy to Catch
Errors* (IBM Support), which shows the bodies for 400, 401 and 404. The bodies for 405, 429 and 500
were seen in replies of real gateways. `ApiError` carries one through the assembly.
"""

from __future__ import annotations

import http
from collections.abc import Iterable, Mapping

from rolelab.gateways.core.message import Reply
from rolelab.gateways.core.refused import Reason, Refused

INVALID_CLIENT = "Invalid client id or secret."
PLAN_LIMIT = "Rate Limit exceeded"
ASSEMBLY_LIMIT = "Assembly Rate Limit exceeded"
NO_API = "API not found for requested URI"
NO_RESOURCE = "No resources match requested URI"
NO_METHOD = "The method is not allowed for the requested URL"
PARAMETER_MISSING = "One or more required API parameters are missing in the API request."
NO_BACKEND = "Failed to establish a backside connection"

#: Every name that a `catch` may list without a `throw` of that name in the assembly.
ERROR_NAMES = (
    "ConnectionError",
    "JavaScriptError",
    "PropertyError",
    "RedactionError",
    "TransformError",
    "RuntimeError",
    "BadRequestError",
    "SOAPError",
    "OperationError",
    "ValidateError",
    "AssemblyRateLimitError",
    "UnauthorizedError",
    "ForbiddenError",
)

#: A `default` catch does not take these; they are caught by name only.
NOT_BY_DEFAULT = frozenset({"BadRequestError", "UnauthorizedError", "ForbiddenError"})

# What the core, or a step before the assembly, refuses: the status and the sentence of the product.
_WORDS: Mapping[Reason, tuple[int, str]] = {
    Reason.NO_ROUTE: (404, NO_RESOURCE),
    Reason.METHOD_NOT_ALLOWED: (405, NO_METHOD),
    Reason.CREDENTIALS_MISSING: (401, INVALID_CLIENT),
    Reason.CREDENTIALS_MALFORMED: (401, INVALID_CLIENT),
    Reason.CREDENTIALS_WRONG: (401, INVALID_CLIENT),
    Reason.CREDENTIALS_EXPIRED: (401, INVALID_CLIENT),
    # The API Gateway looks a client up among the subscribers of the API's plans.
    Reason.NO_SUBSCRIPTION: (401, INVALID_CLIENT),
    Reason.LIMIT_EXCEEDED: (429, PLAN_LIMIT),
    Reason.VARIABLE_MISSING: (400, PARAMETER_MISSING),
    Reason.BACKEND_DOWN: (500, NO_BACKEND),
    Reason.BACKEND_TLS: (500, NO_BACKEND),
    Reason.BACKEND_GARBAGE: (500, NO_BACKEND),
    Reason.INTERNAL: (500, "Internal Error"),
}


class ApiError(Refused):
    """An error that a policy throws, and that a `catch` may take.

    Attributes:
        name: `ConnectionError`, or what a `throw` names it.
        status: the HTTP status, if nothing catches it.
        phrase: the HTTP reason phrase.
        message: `moreInformation` of the body, and `$(error.message)`.
    """

    def __init__(
        self,
        name: str,
        reason: Reason,
        status: int,
        message: str,
        *,
        phrase: str = "",
        detail: str = "",
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        super().__init__(reason, detail or message, headers)
        self.name, self.status, self.message = name, status, message
        self.phrase = phrase or phrase_of(status)


def phrase_of(status: int) -> str:
    """The reason phrase of a status: `Not Found` for 404."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def worded(refused: Refused) -> Reply:
    """The reply for an error that nothing caught."""
    if isinstance(refused, ApiError):
        return error_reply(refused.status, refused.message, refused.phrase)
    status, sentence = _WORDS.get(refused.reason, (refused.reason.status, refused.detail))
    # Two sentences share NO_ROUTE; the step that routes says which.
    if refused.detail in (NO_API, NO_RESOURCE):
        sentence = refused.detail
    return error_reply(status, sentence)


def error_reply(status: int, message: str, phrase: str = "") -> Reply:
    """A reply in the product's shape; `httpCode` is text."""
    return Reply.of_json(
        status,
        {
            "httpCode": str(status),
            "httpMessage": phrase or phrase_of(status),
            "moreInformation": message,
        },
    )
