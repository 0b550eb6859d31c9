"""The driver `oauth2`: tokens that the gateway itself gives out, at `POST /oauth2/token`.

Only the client credentials grant is modelled (RFC 6749 section 4.4). Apinto hands out tokens over
HTTPS only unless a proxy before it has ended TLS; on loopback here, HTTP is enough. Apinto answers
a wrong secret with the secret it expected; this gateway does not.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from rolelab.gateways.apipark.bodies import NAME, SWITCH, TEXT, listed, members, one_of
from rolelab.gateways.apipark.drivers.driver import Driver, Holder
from rolelab.gateways.core.credentials import fingerprint
from rolelab.gateways.core.message import Json, Request
from rolelab.gateways.core.refused import Reason, Refused

TOKEN_PATH = "/oauth2/token"
EXPIRES_IN = 7200
"""Seconds that a token is good for, Apinto's default."""

_ITERATIONS, _BYTES = 10_000, 32
_MOST_TOKENS = 1_000


@dataclass(slots=True)
class Client:
    """A registered client, and the tokens that it has.

    Attributes:
        client_id: its id.
        secret: the hash of its secret.
        salt: what the hash was made with.
        tokens: when each token ends, by its fingerprint; `time.time()`.
    """

    client_id: str
    secret: bytes
    salt: bytes
    tokens: dict[bytes, float] = field(default_factory=dict)


def hashed(secret: str) -> str:
    """A secret as APIPark keeps it with `hash_secret`: PBKDF2 with SHA-512."""
    salt = secrets.token_bytes(16)
    key = _pbkdf2(secret, salt)
    return f"$pbkdf2-sha512$i={_ITERATIONS},l={_BYTES}${_text(salt)}${_text(key)}"


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode().rstrip("=")


def _pbkdf2(secret: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, _ITERATIONS, _BYTES)


def _prepare(config: dict[str, Any]) -> Client:
    salt = secrets.token_bytes(16)
    return Client(config["client_id"], _pbkdf2(config["client_secret"], salt), salt)


def give_token(
    request: Request, holders: Sequence[Holder], clock: Callable[[], float] = time.time
) -> dict[str, Json]:
    """Answer `POST /oauth2/token`.

    Args:
        request: a form or a JSON object with `grant_type`, `client_id` and `client_secret`.
        holders: the registered clients.
        clock: seconds since 1970.

    Returns:
        `token_type`, `expires_in` and `access_token`.

    Raises:
        Refused: NO_ROUTE for an unknown client, BODY_NOT_VALID for another grant, or
            CREDENTIALS_WRONG or CREDENTIALS_EXPIRED.
    """
    given = _parameters(request)
    client_id, secret = given.get("client_id", ""), given.get("client_secret", "")
    holder = next((each for each in holders if each.prepared.client_id == client_id), None)
    if holder is None:
        raise Refused(Reason.NO_ROUTE, "invalid client id")
    if given.get("grant_type") != "client_credentials":
        raise Refused(Reason.BODY_NOT_VALID, "unsupported grant type")
    client: Client = holder.prepared
    if not hmac.compare_digest(_pbkdf2(secret, client.salt), client.secret):
        raise Refused(Reason.CREDENTIALS_WRONG, "fail to match secret")
    if 0 < holder.authorization.expire_time <= clock():
        raise Refused(Reason.CREDENTIALS_EXPIRED, "client id is expired")
    token = secrets.token_hex(16)
    client.tokens = {each: end for each, end in client.tokens.items() if end > clock()}
    while len(client.tokens) >= _MOST_TOKENS:
        del client.tokens[next(iter(client.tokens))]
    client.tokens[fingerprint(token)] = clock() + EXPIRES_IN
    return {"token_type": "bearer", "expires_in": EXPIRES_IN, "access_token": token}


def _parameters(request: Request) -> dict[str, str]:
    if (request.value("content-type") or "").partition(";")[0].strip() == "application/json":
        return {name: each for name, each in request.json().items() if isinstance(each, str)}
    return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))


def _find(token: str, request: Request, holders: Sequence[Holder]) -> Holder:
    given = fingerprint(token)
    for each in holders:
        client: Client = each.prepared
        end = client.tokens.get(given)
        if end is None:
            continue
        if end <= time.time():
            raise Refused(Reason.CREDENTIALS_EXPIRED, "the token has expired")
        return each
    raise Refused(Reason.CREDENTIALS_WRONG, "no client has this token")


DRIVER = Driver(
    "oauth2",
    members(
        {"client_id": NAME, "client_secret": NAME},
        {
            "client_type": one_of("public", "confidential"),
            "hash_secret": SWITCH,
            "redirect_urls": listed(TEXT),
        },
    ),
    _prepare,
    lambda config: str(config["client_id"]),
    _find,
)
