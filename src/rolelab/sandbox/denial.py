"""Errors that the sandbox answers in the shape of the service that was called."""

from __future__ import annotations

import re
from typing import Any

Response = tuple[int, dict[str, Any], str | bytes]

_REQUEST_ID = re.compile(r"(<RequestI[dD]>)[^<]*(</RequestI[dD]>)")


class ServiceError(Exception):
    """An error of an AWS service, to be answered in that service's own error shape.

    Attributes:
        code: the error code, such as ``"NoSuchEntity"``. If the service's model knows it,
            boto3 raises the modelled class (``client.exceptions.NoSuchEntityException``).
        message: the sentence the caller reads.
        status: the HTTP status.

    Further keyword arguments become members of the error, such as ``BucketName``.
    """

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members
        for name, value in members.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def response_of(response_object: Any, error: ServiceError, request_id: str) -> Response:
    """Serialize an error the way the called service does.

    Args:
        response_object: moto's response object, already set up for the request.
        error: what to answer.
        request_id: the id the caller finds in ``ResponseMetadata.RequestId``.

    Returns:
        HTTP status, headers and body. A HEAD request is answered without a body.
    """
    from moto.core import errors
    from moto.core.responses import ActionResult

    # moto warns about codes outside a service's model; access denials often are.
    if error.code not in errors.COMMON_ERROR_CODES:
        errors.COMMON_ERROR_CODES.append(error.code)
    _, headers, body = response_object.serialized(ActionResult(error))
    if isinstance(body, bytes):
        body = body.decode("utf-8")
    headers["x-amzn-requestid"] = request_id
    headers.pop("status", None)
    if response_object.method == "HEAD":
        return error.status, headers, b""
    return error.status, headers, _REQUEST_ID.sub(rf"\g<1>{request_id}\g<2>", body).encode()
