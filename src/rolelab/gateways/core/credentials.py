"""Reading the credentials of a request, and comparing them without telling how far they agree."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from rolelab.gateways.core.message import Request
from rolelab.gateways.core.refused import Reason, Refused

_SALT = secrets.token_bytes(32)


def same(given: str, expected: str) -> bool:
    """Whether two secrets agree, in a time that depends on neither."""
    return hmac.compare_digest(fingerprint(given), fingerprint(expected))


def fingerprint(secret: str) -> bytes:
    """What may be a key of a table in place of a secret: a keyed hash, good in this process only.

    A look-up by fingerprint takes no time that depends on how much of a secret was guessed.
    """
    return hmac.digest(_SALT, secret.encode("utf-8", "surrogatepass"), hashlib.sha256)


def required(request: Request, header: str) -> str:
    """The value of a header that must be there once and not be empty.

    Raises:
        Refused: CREDENTIALS_MISSING, or HEADER_TWICE.
    """
    value = request.value(header)
    if not value:
        raise Refused(Reason.CREDENTIALS_MISSING, f"the header {header} is missing")
    return value


def scheme_of(value: str) -> tuple[str, str]:
    """The scheme of an Authorization value, in lower case, and what follows it.

    A value without a blank has no scheme: `("", value)`.
    """
    scheme, blank, rest = value.partition(" ")
    return (scheme.lower(), rest.strip()) if blank else ("", value)


def bearer(value: str) -> str:
    """The token of `Bearer <token>`.

    Raises:
        Refused: CREDENTIALS_MALFORMED; another scheme, or no token.
    """
    scheme, token = scheme_of(value)
    if scheme != "bearer" or not token or " " in token:
        raise Refused(Reason.CREDENTIALS_MALFORMED, "the form is: Bearer <token>")
    return token


def basic(value: str) -> tuple[str, str]:
    """User name and password of `Basic <base64 of name:password>`. Page: RFC 7617.

    Raises:
        Refused: CREDENTIALS_MALFORMED.
    """
    scheme, encoded = scheme_of(value)
    if scheme != "basic":
        raise Refused(Reason.CREDENTIALS_MALFORMED, "the form is: Basic <base64 of name:password>")
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        raise Refused(
            Reason.CREDENTIALS_MALFORMED, "what follows Basic is not base64 of UTF-8 text"
        ) from None
    name, colon, password = text.partition(":")
    if not colon:
        raise Refused(Reason.CREDENTIALS_MALFORMED, "name and password are parted by a colon")
    return name, password
