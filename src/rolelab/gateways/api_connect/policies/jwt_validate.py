"""`jwt-validate` 2.0.0: a JSON Web Token, verified before the API is reached.

Page: *jwt-validate*: the token is in `request.headers.authorization` as `Bearer <token>` unless
`jwt` names another variable; a crypto object goes before a JWK; `iss-claim` and `aud-claim` are
regular expressions (Perl's; here Python's), and match anywhere in the claim unless they are
anchored. Which algorithms count is decided by the key alone.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from rolelab.gateways.api_connect.context import Context
from rolelab.gateways.api_connect.errors import ApiError
from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.api_connect.references import as_text
from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.refused import Reason, Refused
from rolelab.gateways.core.tokens import TokenRule, verify

_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVES = {256: ("ES256",), 384: ("ES384",), 521: ("ES512",)}


async def jwt_validate(context: Context, properties: Mapping[str, Any], services: Services) -> None:
    """Verify the token and put its claims into `output-claims`, or deny access with 401."""
    token = _token(context, str(properties.get("jwt", "request.headers.authorization")))
    rule = _rule(context, properties, services, token)
    try:
        claims = verify(token, rule)
    except Refused as error:
        raise _denied(error.reason, error.detail) from None
    for name, pattern in (("iss", "iss-claim"), ("aud", "aud-claim")):
        if pattern in properties:
            _check_claim(name, claims.get(name), context.text(str(properties[pattern])))
    context.assign(str(properties.get("output-claims", "decoded.claims")), claims)


def _denied(reason: Reason, detail: str) -> ApiError:
    return ApiError("RuntimeError", reason, 401, f"JWT validation failed: {detail}", detail=detail)


def _token(context: Context, variable: str) -> str:
    value = as_text(context.look_up(variable)).strip()
    if not value:
        raise _denied(Reason.CREDENTIALS_MISSING, f"there is no token in {variable}")
    scheme, blank, rest = value.partition(" ")
    if not blank:
        return value
    if scheme.lower() != "bearer":
        raise _denied(Reason.CREDENTIALS_MALFORMED, "the form is: Bearer <token>")
    return rest.strip()


def _check_claim(name: str, value: Any, pattern: str) -> None:
    values = value if isinstance(value, list) else [value]
    if not any(isinstance(one, str) and re.search(pattern, one) for one in values):
        raise _denied(Reason.CREDENTIALS_WRONG, f"the claim {name} is not accepted")


def _rule(
    context: Context, properties: Mapping[str, Any], services: Services, token: str
) -> TokenRule:
    try:
        if "jws-crypto" in properties:
            return _of_object(services.crypto_objects[str(properties["jws-crypto"])])
        variable = str(properties["jws-jwk"])
        return _of_jwk(as_text(context.look_up(variable)), _key_id(token))
    except Refused as error:
        raise _denied(error.reason, error.detail) from None
    except (DefinitionError, jwt.PyJWTError, ValueError, LookupError, TypeError):
        raise ApiError(
            "RuntimeError", Reason.INTERNAL, 500, "the key of jwt-validate cannot be used"
        ) from None


def _key_id(token: str) -> str | None:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise Refused(Reason.CREDENTIALS_MALFORMED, "this is not a JSON Web Token") from None
    found = header.get("kid")
    return found if isinstance(found, str) else None


@functools.lru_cache(maxsize=64)
def _of_object(text: str) -> TokenRule:
    if "BEGIN CERTIFICATE" in text:
        return _of_key(load_pem_x509_certificate(text.encode()).public_key())
    if "BEGIN" in text:
        return _of_key(load_pem_public_key(text.encode()))
    return _of_secret(text.encode())


@functools.lru_cache(maxsize=64)
def _of_jwk(text: str, key_id: str | None) -> TokenRule:
    found = json.loads(text)
    keys: Sequence[Any] = found.get("keys", [found])
    fitting = [key for key in keys if key_id is None or key.get("kid", key_id) == key_id]
    if not fitting:
        raise Refused(Reason.CREDENTIALS_WRONG, "no key has the token's kid")
    jwk = fitting[0]
    made = jwt.PyJWK(jwk, algorithm=jwk.get("alg") or _any_algorithm(jwk))
    rule = _of_secret(made.key) if jwk["kty"] == "oct" else _of_key(made.key)
    if "alg" not in jwk:
        return rule
    if jwk["alg"] not in rule.algorithms:
        raise ValueError("alg and kty of the JWK do not go together")
    return TokenRule(rule.key, (jwk["alg"],), required=())


def _any_algorithm(jwk: Mapping[str, Any]) -> str:
    return {"oct": "HS256", "RSA": "RS256"}.get(jwk["kty"], "") or {
        "P-256": "ES256",
        "P-384": "ES384",
        "P-521": "ES512",
    }[jwk["crv"]]


def _of_secret(secret: bytes) -> TokenRule:
    long_enough = tuple(f"HS{bits}" for bits in (256, 384, 512) if len(secret) >= bits // 8)
    return TokenRule(secret, long_enough, required=())


def _of_key(key: Any) -> TokenRule:
    if isinstance(key, rsa.RSAPublicKey):
        return TokenRule(key, _RSA, required=())
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size in _CURVES:
        return TokenRule(key, _CURVES[key.curve.key_size], required=())
    raise ValueError("this key verifies no token")
