"""Is the request really from whom it says: key, token, expiry and signature.

The signature is computed again from the request as it arrived and compared with the one sent
(*AWS Signature Version 4 for API requests*, *Authenticating Requests: Using Query Parameters*).
"""

from __future__ import annotations

import base64
import calendar
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, unquote_plus, urlsplit

from rolelab.sandbox.principals import AccessKey, key_of

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW = 15 * 60
"""Seconds between the clocks of caller and service that AWS tolerates."""

# Operations that are called with a token of an identity provider instead of a signature.
_UNSIGNED_OPERATIONS = frozenset({"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})
_STS_REACH: Mapping[str, tuple[str, ...]] = {
    "federated-user": ("GetCallerIdentity",),
    "session-token": ("GetCallerIdentity", "AssumeRole"),
}
_PLAIN_PATH_SERVICES = frozenset({"s3", "s3express", "s3-outposts", "s3-object-lambda"})


class NotAuthenticated(Exception):  # noqa: N818 - it is an answer, not a fault
    """The request proves no identity.

    Attributes:
        reason: a key of ``denial.AUTHENTICATION_ERRORS``.
        detail: what belongs into the message.
        access_key_id: the key that was used, if there was one.
    """

    def __init__(self, reason: str, access_key_id: str | None = None, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.access_key_id = access_key_id
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signed request says about its signature.

    Attributes:
        scope: date, Region, service and terminator of the credential.
        timestamp: the time of signing, as ``20250131T235959Z``.
        signed_headers: the names of the headers that were signed.
        in_query: True for a presigned URL.
        expires: seconds a presigned URL is valid; None for a signed header.
    """

    access_key_id: str
    scope: tuple[str, str, str, str]
    timestamp: str
    signed_headers: tuple[str, ...]
    signature: str
    token: str | None
    in_query: bool = False
    expires: int | None = None

    @property
    def region(self) -> str:
        return self.scope[1]


@dataclass(frozen=True, slots=True)
class Message:
    """The parts of an HTTP request that a signature covers, as they were sent.

    Attributes:
        path: the path, still percent-encoded.
        query: the query string, still encoded.
        headers: with lower-case names.
        form: the fields of a form post to S3; empty otherwise.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, str]


def authenticate(message: Message) -> tuple[AccessKey, Signature] | None:
    """Verify who sent a request.

    Returns:
        The key and what the request said about its signature, or None if it is not signed.

    Raises:
        NotAuthenticated: unknown or inactive key, wrong token, wrong signature, expired.
    """
    authorization = message.headers.get("authorization", "")
    if authorization.startswith(ALGORITHM):
        return _by_header(message, _read_header(authorization, message.headers))
    if "X-Amz-Signature=" in message.query:
        return _by_query(message)
    if "Signature=" in message.query and "AWSAccessKeyId=" in message.query:
        return _by_old_query(message)
    if "x-amz-signature" in message.form:
        return _by_form(message)
    if "AWSAccessKeyId" in message.form:
        return _by_old_form(message)
    if authorization:
        raise NotAuthenticated("incomplete", detail=authorization.split(" ", 1)[0])
    return None


def may_be_anonymous(service: str, operation: str) -> bool:
    """Whether a service takes this operation without a signature.

    S3 treats such a request as one of an anonymous user (*Making requests*); STS takes two
    operations that prove identity by other means (*Requesting temporary security credentials*).
    """
    return service == "s3" or (service == "sts" and operation in _UNSIGNED_OPERATIONS)


def require_reach(key: AccessKey, service: str, operation: str) -> None:
    """Some temporary credentials do not reach IAM and STS, whatever policies say.

    Those of GetFederationToken call nothing of IAM, and of STS only GetCallerIdentity; those of
    GetSessionToken call IAM only if MFA was used, and of STS only AssumeRole and
    GetCallerIdentity (*Compare AWS STS credentials*). The page does not name the errors.

    Raises:
        NotAuthenticated: the credentials do not reach the operation.
    """
    session = key.session
    if session is None:
        return
    if service == "iam" and session.kind in _STS_REACH and not session.mfa:
        raise NotAuthenticated("reach", key.access_key_id)
    if service == "sts" and operation not in _STS_REACH.get(session.kind, (operation,)):
        raise NotAuthenticated("sts-reach", key.access_key_id, operation)


def _by_header(message: Message, signature: Signature) -> tuple[AccessKey, Signature]:
    key = _known(signature)
    payload = message.headers.get("x-amz-content-sha256")
    digest = payload or hashlib.sha256(message.body).hexdigest()
    _verify(message, message.query, signature, key, digest)
    if payload and len(payload) == 64 and hashlib.sha256(message.body).hexdigest() != payload:
        raise NotAuthenticated("payload", key.access_key_id)
    now = time.time()
    if abs(now - _seconds(signature.timestamp)) > MAX_SKEW:
        raise NotAuthenticated("skew", key.access_key_id, signature.timestamp)
    return key, signature


def _by_query(message: Message) -> tuple[AccessKey, Signature]:
    fields = _fields(message.query)
    try:
        access_key_id, scope = _credential(fields["X-Amz-Credential"])
        signature = Signature(
            access_key_id,
            scope,
            fields["X-Amz-Date"],
            tuple(fields["X-Amz-SignedHeaders"].split(";")),
            fields["X-Amz-Signature"],
            fields.get("X-Amz-Security-Token"),
            True,
            int(fields.get("X-Amz-Expires", MAX_SKEW)),
        )
    except (KeyError, ValueError) as error:
        raise NotAuthenticated("incomplete", detail=str(error)) from error
    key = _known(signature)
    pairs = [pair for pair in message.query.split("&") if not pair.startswith("X-Amz-Signature=")]
    is_s3 = scope[2] in _PLAIN_PATH_SERVICES
    payload = message.headers.get("x-amz-content-sha256")
    if payload is None:
        payload = "UNSIGNED-PAYLOAD" if is_s3 else hashlib.sha256(message.body).hexdigest()
    _verify(message, "&".join(pairs), signature, key, payload)
    if _seconds(signature.timestamp) + (signature.expires or 0) < time.time():
        raise NotAuthenticated("presigned-expired", key.access_key_id)
    return key, signature


def _by_old_query(message: Message) -> tuple[AccessKey, Signature]:
    """A presigned S3 URL of Signature Version 2, which boto3 still makes for some Regions."""
    fields = _fields(message.query)
    try:
        access_key_id, expires = fields["AWSAccessKeyId"], int(fields["Expires"])
    except (KeyError, ValueError) as error:
        raise NotAuthenticated("incomplete", detail=str(error)) from error
    token = fields.get("x-amz-security-token")
    signature = Signature(
        access_key_id,
        ("", "", "s3", ""),
        "",
        (),
        fields["Signature"],
        token,
        True,
        expires,
    )
    key = _known(signature)
    if not hmac.compare_digest(_old_signature(message, fields, key.secret), signature.signature):
        raise NotAuthenticated("signature", access_key_id)
    if expires < time.time():
        raise NotAuthenticated("presigned-expired", access_key_id)
    return key, signature


def _by_form(message: Message) -> tuple[AccessKey, Signature]:
    """A browser's form post to S3: the policy document is what was signed."""
    form = message.form
    try:
        access_key_id, scope = _credential(form["x-amz-credential"])
        policy = form["policy"]
        signature = Signature(
            access_key_id,
            scope,
            form["x-amz-date"],
            (),
            form["x-amz-signature"],
            form.get("x-amz-security-token"),
            True,
        )
    except (KeyError, ValueError) as error:
        raise NotAuthenticated("incomplete", detail=str(error)) from error
    key = _known(signature)
    expected = hmac.new(_signing_key(key.secret, scope), policy.encode(), hashlib.sha256)
    if not hmac.compare_digest(expected.hexdigest(), signature.signature):
        raise NotAuthenticated("signature", access_key_id)
    return key, signature


def _by_old_form(message: Message) -> tuple[AccessKey, Signature]:
    """A form post of Signature Version 2 (*HTML forms (AWS signature version 2)*)."""
    form = message.form
    try:
        access_key_id, policy, given = (
            form[name] for name in ("AWSAccessKeyId", "policy", "signature")
        )
    except KeyError as error:
        raise NotAuthenticated("incomplete", detail=str(error)) from error
    scope = ("", "", "s3", "")
    token = form.get("x-amz-security-token")
    signature = Signature(access_key_id, scope, "", (), given, token, True)
    key = _known(signature)
    expected = base64.b64encode(hmac.new(key.secret.encode(), policy.encode(), "sha1").digest())
    if not hmac.compare_digest(expected, given.encode()):
        raise NotAuthenticated("signature", access_key_id)
    return key, signature


def _read_header(authorization: str, headers: Mapping[str, str]) -> Signature:
    parts = dict(
        part.strip().partition("=")[::2] for part in authorization[len(ALGORITHM) :].split(",")
    )
    try:
        access_key_id, scope = _credential(parts["Credential"])
        return Signature(
            access_key_id,
            scope,
            headers.get("x-amz-date") or _amz_date(headers["date"]),
            tuple(parts["SignedHeaders"].split(";")),
            parts["Signature"],
            headers.get("x-amz-security-token"),
        )
    except (KeyError, ValueError) as error:
        raise NotAuthenticated("incomplete", detail=str(error)) from error


def _credential(text: str) -> tuple[str, tuple[str, str, str, str]]:
    access_key_id, date, region, service, terminator = text.split("/")
    return access_key_id, (date, region, service, terminator)


def _known(signature: Signature) -> AccessKey:
    """The key that signed, if it exists, is active, and came with its own token in time."""
    key = key_of(signature.access_key_id)
    if key is None:
        raise NotAuthenticated("unknown", signature.access_key_id)
    if not key.active:
        raise NotAuthenticated("inactive", key.access_key_id)
    if signature.token != key.token:
        raise NotAuthenticated("token", key.access_key_id)
    if key.expires is not None and key.expires <= time.time():
        raise NotAuthenticated("expired", key.access_key_id)
    return key


def _verify(
    message: Message, query: str, signature: Signature, key: AccessKey, payload: str
) -> None:
    """Compare the signature with the one that the key would make over the same request."""
    headers = message.headers
    canonical = "\n".join(
        (
            message.method,
            _canonical_path(message.path, signature.scope[2]),
            _canonical_query(query),
            *(
                f"{name}:{' '.join(headers.get(name, '').split())}"
                for name in signature.signed_headers
            ),
            "",
            ";".join(signature.signed_headers),
            payload,
        )
    )
    to_sign = "\n".join(
        (
            ALGORITHM,
            signature.timestamp,
            "/".join(signature.scope),
            hashlib.sha256(canonical.encode()).hexdigest(),
        )
    )
    signing_key = _signing_key(key.secret, signature.scope)
    expected = hmac.new(signing_key, to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature.signature):
        raise NotAuthenticated("signature", key.access_key_id)


def _canonical_query(query: str) -> str:
    if not query:
        return ""
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&"))
    return "&".join(f"{name}={value}" for name, value in pairs)


def _canonical_path(path: str, service: str) -> str:
    """S3 signs the path as it is sent; all others normalize it and encode it once more."""
    if service in _PLAIN_PATH_SERVICES:
        return path
    if path == "/":
        return path
    from botocore.utils import normalize_url_path

    return quote(normalize_url_path(path), safe="/~")


@lru_cache(maxsize=256)
def _signing_key(secret: str, scope: tuple[str, str, str, str]) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


@lru_cache(maxsize=64)
def _seconds(timestamp: str) -> float:
    try:
        return float(calendar.timegm(time.strptime(timestamp, "%Y%m%dT%H%M%SZ")))
    except ValueError as error:
        raise NotAuthenticated("incomplete", detail=timestamp) from error


def _amz_date(date: str) -> str:
    from email.utils import parsedate_to_datetime

    return parsedate_to_datetime(date).strftime("%Y%m%dT%H%M%SZ")


def _fields(query: str) -> dict[str, str]:
    return {
        unquote(name): unquote_plus(value)
        for name, _, value in (pair.partition("=") for pair in query.split("&"))
    }


def _old_signature(message: Message, fields: Mapping[str, str], secret: str) -> str:
    from botocore.auth import HmacV1Auth
    from botocore.compat import HTTPHeaders
    from botocore.credentials import Credentials

    signer = HmacV1Auth(Credentials("", secret))
    sent = {**message.headers, **fields}
    amazon: Any = HTTPHeaders.from_dict(
        {name: value for name, value in sent.items() if name.startswith("x-amz-")}
    )
    parts = (
        message.method,
        sent.get("content-md5", ""),
        sent.get("content-type", ""),
        fields["Expires"],
        signer.canonical_custom_headers(amazon),
        signer.canonical_resource(urlsplit(f"?{message.query}"), auth_path=_path_of(message)),
    )
    return str(
        signer.sign_string("\n".join(part for at, part in enumerate(parts) if part or at < 4))
    )


def _path_of(message: Message) -> str:
    """The path with the bucket in front, which a virtual-hosted request has in its host."""
    bucket, dot, _ = message.headers.get("host", "").partition(".s3")
    return f"/{bucket}{message.path}" if dot and bucket else message.path
