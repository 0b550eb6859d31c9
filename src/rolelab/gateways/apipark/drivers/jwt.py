"""The driver `jwt`: a JSON Web Token, without `Bearer`.

As in Apinto, only the claims in `claims_to_verify` are checked: without `exp` in that list a token
never expires, whatever it says itself.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rolelab.gateways.apipark.answers import Failure
from rolelab.gateways.apipark.bodies import NAME, SWITCH, listed, members, one_of
from rolelab.gateways.apipark.drivers.driver import Driver, Holder
from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.message import Json, Request
from rolelab.gateways.core.refused import Reason, Refused
from rolelab.gateways.core.tokens import TokenRule, unverified, verify

_HMAC = ("HS256", "HS384", "HS512")
_PUBLIC = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
_PATH = re.compile(r"\$(\.[A-Za-z_][\w-]*)+")


@dataclass(frozen=True, slots=True)
class _Accepted:
    """Which tokens are an authorization's, and where they name the user."""

    rule: TokenRule
    user: str
    path: tuple[str, ...]


def _prepare(config: dict[str, Any]) -> _Accepted:
    algorithm, path = config["algorithm"], config.get("user_path", "$.user")
    if not _PATH.fullmatch(path):
        raise Failure("config.user_path: the form is $.name or $.name.name")
    claims = tuple(config.get("claims_to_verify", ()))
    try:
        rule = TokenRule(
            key=_key(config),
            algorithms=(algorithm,),
            issuer=config["iss"],
            required=claims,
            times=claims,
        )
    except DefinitionError as error:
        raise Failure(f"config: {error.problem}") from None
    return _Accepted(rule, config["user"], tuple(path.split(".")[1:]))


def _key(config: dict[str, Any]) -> Any:
    if config["algorithm"] in _HMAC:
        secret = config.get("secret") or ""
        if not secret:
            raise Failure("config: secret is null")
        return _decoded(secret) if config.get("signature_is_base64") else secret
    text = config.get("public_key") or ""
    if not text:
        raise Failure("config: public_key is null")
    return _public_key(text, config["algorithm"])


def _decoded(secret: str) -> bytes:
    try:
        return base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        raise Failure("config: secret is not base64") from None


def _public_key(text: str, algorithm: str) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    kind = RSAPublicKey if algorithm.startswith("RS") else EllipticCurvePublicKey
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise Failure("config: public_key is no public key in PEM") from None
    if not isinstance(key, kind):
        raise Failure(f"config: public_key is no key for {algorithm}")
    return key


def _find(token: str, request: Request, holders: Sequence[Holder]) -> Holder:
    issuer = unverified(token).get("iss")
    refusal = Refused(Reason.CREDENTIALS_WRONG, "no application accepts this issuer")
    for each in holders:
        accepted: _Accepted = each.prepared
        if accepted.rule.issuer != issuer:
            continue
        try:
            claims = verify(token, accepted.rule)
        except Refused as refused:
            refusal = refused
            continue
        if _user(claims, accepted.path) == accepted.user:
            return each
        refusal = Refused(Reason.CREDENTIALS_WRONG, "the token names no user of an application")
    raise refusal


def _user(claims: Json, path: tuple[str, ...]) -> Json:
    for name in path:
        claims = claims.get(name) if isinstance(claims, dict) else None
    return claims


DRIVER = Driver(
    "jwt",
    members(
        {"iss": NAME, "algorithm": one_of(*_HMAC, *_PUBLIC), "user": NAME},
        {
            "secret": {"type": "string", "maxLength": 4000},
            "public_key": {"type": "string", "maxLength": 10000},
            "user_path": NAME,
            "claims_to_verify": listed(one_of("exp", "nbf")),
            "label": {"type": "object"},
            "signature_is_base64": SWITCH,
        },
    ),
    _prepare,
    lambda config: "\n".join((config["iss"], config["user"], config["algorithm"])),
    _find,
)
