"""Errors that the sandbox answers in the shape and words of the service that was called."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as HTTPResponse

Response = tuple[int, dict[str, Any], str | bytes]


class ServiceError(Exception):
    """An error of an AWS service, to be answered in that service's own error shape.

    Attributes:
        code: the error code, such as ``"NoSuchEntity"``. If the service's model knows it,
            boto3 raises the modelled class (``client.exceptions.NoSuchEntityException``).
        message: the sentence the caller reads.
        status: the HTTP status. None: what the service's model says, or else 400.

    Further keyword arguments become members of the error, such as ``BucketName``.
    """

    def __init__(self, code: str, message: str, status: int | None = None, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members
        for name, value in members.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


@dataclass(frozen=True, slots=True)
class Words:
    """The code, status and message of one error in one family of services."""

    code: str
    status: int
    message: str


_TOKEN_INVALID = "The security token included in the request is invalid."
_TOKEN_EXPIRED = "The security token included in the request is expired"
_WRONG_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. "
    "Consult the service documentation for details."
)
_S3_WRONG_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method."
)
_S3_UNKNOWN_KEY = "The AWS Access Key Id you provided does not exist in our records."
_EC2_NOT_VALID = "AWS was not able to validate the provided access credentials"
_INCOMPLETE = "The request signature does not conform to AWS standards."
_SKEW = "Signature not yet current or expired: it was made at {detail}."

AUTHENTICATION_ERRORS: Mapping[str, Mapping[str, Words]] = {
    "query": {
        "unknown": Words("InvalidClientTokenId", 403, _TOKEN_INVALID),
        "inactive": Words("InvalidClientTokenId", 403, _TOKEN_INVALID),
        "token": Words("InvalidClientTokenId", 403, _TOKEN_INVALID),
        "expired": Words("ExpiredToken", 403, _TOKEN_EXPIRED),
        "signature": Words("SignatureDoesNotMatch", 403, _WRONG_SIGNATURE),
        "payload": Words("SignatureDoesNotMatch", 403, _WRONG_SIGNATURE),
        "skew": Words("SignatureDoesNotMatch", 403, _SKEW),
        "presigned-expired": Words("SignatureDoesNotMatch", 403, _SKEW),
        "reach": Words("InvalidClientTokenId", 403, _TOKEN_INVALID),
        "sts-reach": Words("AccessDenied", 403, "Cannot call {detail} with session credentials"),
        "incomplete": Words("IncompleteSignature", 400, _INCOMPLETE),
        "missing": Words(
            "MissingAuthenticationToken", 403, "Request is missing Authentication Token"
        ),
    },
    "json": {
        "unknown": Words("UnrecognizedClientException", 400, _TOKEN_INVALID),
        "inactive": Words("UnrecognizedClientException", 400, _TOKEN_INVALID),
        "token": Words("UnrecognizedClientException", 400, _TOKEN_INVALID),
        "expired": Words("ExpiredTokenException", 400, _TOKEN_EXPIRED),
        "signature": Words("InvalidSignatureException", 400, _WRONG_SIGNATURE),
        "payload": Words("InvalidSignatureException", 400, _WRONG_SIGNATURE),
        "skew": Words("InvalidSignatureException", 400, _SKEW),
        "presigned-expired": Words("InvalidSignatureException", 400, _SKEW),
        "incomplete": Words("IncompleteSignatureException", 400, _INCOMPLETE),
        "missing": Words(
            "MissingAuthenticationTokenException", 400, "Missing Authentication Token"
        ),
    },
    "ec2": {
        "unknown": Words("AuthFailure", 401, _EC2_NOT_VALID),
        "inactive": Words("AuthFailure", 401, _EC2_NOT_VALID),
        "token": Words("AuthFailure", 401, _EC2_NOT_VALID),
        "expired": Words("RequestExpired", 400, "Request has expired."),
        "signature": Words("AuthFailure", 401, _EC2_NOT_VALID),
        "payload": Words("AuthFailure", 401, _EC2_NOT_VALID),
        "skew": Words("RequestExpired", 400, "Request has expired."),
        "presigned-expired": Words("RequestExpired", 400, "Request has expired."),
        "incomplete": Words("IncompleteSignature", 400, _INCOMPLETE),
        "missing": Words("MissingAuthenticationToken", 403, "Missing authentication token"),
    },
    "s3": {
        "unknown": Words("InvalidAccessKeyId", 403, _S3_UNKNOWN_KEY),
        "inactive": Words("InvalidAccessKeyId", 403, _S3_UNKNOWN_KEY),
        "token": Words(
            "InvalidToken", 400, "The provided token is malformed or otherwise invalid."
        ),
        "expired": Words("ExpiredToken", 400, "The provided token has expired."),
        "signature": Words("SignatureDoesNotMatch", 403, _S3_WRONG_SIGNATURE),
        "payload": Words(
            "XAmzContentSHA256Mismatch",
            400,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
        "skew": Words(
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and the current time is too large.",
        ),
        "presigned-expired": Words("AccessDenied", 403, "Request has expired"),
        "incomplete": Words(
            "AuthorizationHeaderMalformed", 400, "The authorization header is malformed."
        ),
        "missing": Words("AccessDenied", 403, "Access Denied"),
    },
}
"""What each family of services says about each reason for which a caller is not known.

Pages: *Common errors* of the IAM API Reference, *Error responses* of the Amazon S3 API
Reference, *Error codes for the Amazon EC2 API*.
"""

NOTES: Mapping[str, str] = {
    "unknown": "There is no access key with this id in the account.",
    "inactive": "The access key exists, and its status is Inactive.",
    "token": "The session token is missing, or it was not issued together with this access key.",
    "signature": (
        "The secret access key is not the one of this access key id, "
        "or the request was changed after it was signed."
    ),
    "expired": "The credentials were issued for a limited time, which is over.",
    "presigned-expired": "The URL was made for a limited time, which is over.",
    "skew": "The clocks of caller and service differ by more than 15 minutes.",
    "missing": "The request is not signed, and this operation takes no anonymous calls.",
    "reach": (
        "Credentials of GetFederationToken never call IAM; those of GetSessionToken only if "
        "a one-time password was part of that call."
    ),
}
"""What is behind an authentication error, for whoever asks why."""

AUTHENTICATION_CODES = frozenset(
    words.code for family in AUTHENTICATION_ERRORS.values() for words in family.values()
) - {"AccessDenied"}
"""The codes that mean: the caller is not known. AccessDenied can mean more than that."""

_ACCESS_DENIED: Mapping[str, tuple[str, int]] = {
    "query": ("AccessDenied", 403),
    "s3": ("AccessDenied", 403),
    "ec2": ("UnauthorizedOperation", 403),
    "json": ("AccessDeniedException", 400),
    "rest-json": ("AccessDeniedException", 403),
}
_ACCESS_DENIED_OF_SERVICE: Mapping[str, tuple[str, int]] = {
    "sns": ("AuthorizationError", 403),
    "sqs": ("AccessDenied", 403),
}


def family_of(model: Any) -> str:
    """Which words a service uses: ``query``, ``s3``, ``ec2``, ``json`` or ``rest-json``."""
    if model.service_name == "s3":
        return "s3"
    protocol = str(model.protocol)
    return protocol if protocol in _ACCESS_DENIED else "query"


def access_denied(model: Any, message: str) -> ServiceError:
    """The error for a call that policies do not allow."""
    code, status = (
        _ACCESS_DENIED_OF_SERVICE.get(model.service_name) or _ACCESS_DENIED[family_of(model)]
    )
    return ServiceError(code, message, status)


def not_authenticated(
    model: Any, reason: str, access_key_id: str | None, detail: str
) -> ServiceError:
    """The error for a caller whose identity is not proven."""
    family = family_of(model)
    words = AUTHENTICATION_ERRORS["json" if family == "rest-json" else family][reason]
    status = 403 if family == "rest-json" else words.status
    message = words.message.format(detail=detail)
    if words.code == "InvalidAccessKeyId":
        return ServiceError(words.code, message, status, AWSAccessKeyId=access_key_id)
    return ServiceError(words.code, message, status)


def undecodable(model: Any, service: str, what: str) -> ServiceError:
    """The error for a request that names no operation: nothing is served without a decision."""
    message = (
        f"The sandbox could not decode this request to {service} ({what}), "
        "and what it cannot decode it denies."
    )
    return access_denied(model, message)


def not_modelled(model: Any, operation: str, why: str = "") -> ServiceError:
    """The error for a call that was allowed and that moto cannot answer.

    Args:
        model: botocore's model of the service.
        operation: the operation as botocore names it.
        why: what stood in the way, as a sentence.

    Returns:
        An error that names the operation's page in the service's API Reference.
    """
    sentences = (
        f"The sandbox does not model {model.service_name}:{operation}.",
        f"What AWS does: {API_REFERENCE}/{model.metadata['uid']}/{operation}",
        why,
    )
    return ServiceError("NotImplemented", " ".join(each for each in sentences if each), 501)


API_REFERENCE = "https://docs.aws.amazon.com/goto/WebAPI"
"""Where AWS forwards from a model's id and an operation to that operation's page."""


class Refusal(HTTPException):
    """A finished response, raised past moto's handler.

    moto's in-process stubber asks it for code, headers and body; flask asks for a response.
    """

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.code, self.sent_headers, self.sent_body = response

    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.sent_headers.items()]

    def get_body(self, *args: Any, **kwargs: Any) -> Any:
        return self.sent_body

    def get_response(self, *args: Any, **kwargs: Any) -> HTTPResponse:
        return HTTPResponse(self.sent_body, self.code, self.get_headers())


def plain_response(error: ServiceError, content_type: str | bytes | None) -> Response:
    """Answer a request that moto cannot even take apart, by what it says it holds."""
    if "json" in str(content_type):
        text = json.dumps({"__type": error.code, "message": error.message})
        return error.status or 400, {"Content-Type": "application/json"}, text
    text = (
        "<ErrorResponse><Error><Type>Sender</Type>"
        f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
        "</Error></ErrorResponse>"
    )
    return error.status or 400, {"Content-Type": "text/xml"}, text


_REQUEST_ID = re.compile(r"(<RequestI[dD]>)[^<]*(</RequestI[dD]>)")
_warned_codes = threading.Lock()


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
    with _warned_codes:
        if error.code not in errors.COMMON_ERROR_CODES:
            errors.COMMON_ERROR_CODES.append(error.code)
    modelled, headers, body = response_object.serialized(ActionResult(error))
    status = error.status or int(modelled)
    headers["x-amzn-requestid"] = request_id
    if response_object.boto3_service_name == "s3":
        headers["x-amz-request-id"] = request_id
    headers.pop("status", None)
    if response_object.method == "HEAD":
        return status, headers, b""
    if isinstance(body, str):
        body = _REQUEST_ID.sub(rf"\g<1>{request_id}\g<2>", body)
    return status, headers, body
