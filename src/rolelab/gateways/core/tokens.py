"""JSON Web Tokens: what a gateway accepts, decided by the gateway and not by the token.

PyJWT does the work. Pages: RFC 7519 (claims), RFC 7518 section 3.2 (length of HMAC keys), RFC 8725
(the algorithm is the verifier's choice).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.message import Json
from rolelab.gateways.core.refused import Reason, Refused

_FAMILIES: Mapping[str, frozenset[str]] = {
    "HMAC": frozenset({"HS256", "HS384", "HS512"}),
    "RSA": frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    "EC": frozenset({"ES256", "ES384", "ES512"}),
    "OKP": frozenset({"EdDSA"}),
}


@dataclass(frozen=True)
class TokenRule:
    """Which tokens are accepted.

    Attributes:
        key: the shared secret for HMAC; the public key, PEM text or an object of `cryptography`.
        algorithms: those accepted, all of one family: one key serves one family only.
        issuer: what `iss` must be; None accepts any.
        audience: what `aud` must contain; None accepts any.
        required: claims that must be there.
        leeway_seconds: how far the clocks may differ.
        times: the claims of `exp`, `nbf` and `iat` that are checked where a token has them.

    Raises:
        DefinitionError: no algorithm, one that is unknown or `none`, a mixture of families, or a
            shared secret shorter than RFC 7518 asks for.
    """

    key: Any = field(repr=False)
    algorithms: tuple[str, ...]
    issuer: str | None = None
    audience: str | None = None
    required: tuple[str, ...] = ("exp",)
    leeway_seconds: float = 0
    times: tuple[str, ...] = ("exp", "nbf", "iat")

    def __post_init__(self) -> None:
        family = next(
            (name for name, known in _FAMILIES.items() if known.issuperset(self.algorithms)), None
        )
        if family is None or not self.algorithms:
            raise DefinitionError(
                "algorithms", "name one or more algorithms of one family, for example RS256"
            )
        if family == "HMAC":
            least = max(int(each[2:]) for each in self.algorithms) // 8
            length = len(self.key.encode() if isinstance(self.key, str) else self.key)
            if length < least:
                raise DefinitionError(
                    "key", f"a shared secret for {', '.join(self.algorithms)} has {least} bytes"
                )


def verify(token: str, rule: TokenRule) -> dict[str, Json]:
    """Verify a token in the compact form.

    Returns:
        Its claims.

    Raises:
        Refused: CREDENTIALS_MALFORMED, CREDENTIALS_EXPIRED, or CREDENTIALS_WRONG. The detail names
            the rule that is broken, never the token.
    """
    try:
        claims: dict[str, Json] = jwt.decode(
            token,
            key=rule.key,
            algorithms=list(rule.algorithms),
            issuer=rule.issuer,
            audience=rule.audience,
            leeway=rule.leeway_seconds,
            options={
                "require": list(rule.required),
                "verify_aud": rule.audience is not None,
                "verify_exp": "exp" in rule.times,
                "verify_nbf": "nbf" in rule.times,
                "verify_iat": "iat" in rule.times,
            },
        )
    except jwt.PyJWTError as error:
        raise _refused(error) from None
    return claims


def unverified(token: str) -> dict[str, Json]:
    """The claims of a token that nobody has verified: only to find out which rule to verify with.

    Raises:
        Refused: CREDENTIALS_MALFORMED.
    """
    try:
        claims: dict[str, Json] = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise _refused(error) from None
    return claims


# The first that fits; the narrow ones stand before the wide ones.
_REFUSALS: tuple[tuple[type[jwt.PyJWTError], Reason, str], ...] = (
    (jwt.ExpiredSignatureError, Reason.CREDENTIALS_EXPIRED, "the token has expired"),
    (jwt.ImmatureSignatureError, Reason.CREDENTIALS_WRONG, "the token is not valid yet"),
    (jwt.InvalidSignatureError, Reason.CREDENTIALS_WRONG, "the signature does not verify"),
    (jwt.InvalidAlgorithmError, Reason.CREDENTIALS_WRONG, "the algorithm is not accepted"),
    (jwt.InvalidIssuerError, Reason.CREDENTIALS_WRONG, "the issuer is not accepted"),
    (jwt.InvalidAudienceError, Reason.CREDENTIALS_WRONG, "the audience is not accepted"),
    (jwt.MissingRequiredClaimError, Reason.CREDENTIALS_WRONG, "a required claim is missing"),
    (jwt.InvalidKeyError, Reason.CREDENTIALS_WRONG, "the key does not fit the algorithm"),
)


def _refused(error: jwt.PyJWTError) -> Refused:
    for kind, reason, detail in _REFUSALS:
        if isinstance(error, kind):
            return Refused(reason, detail)
    return Refused(Reason.CREDENTIALS_MALFORMED, "this is not a JSON Web Token")
