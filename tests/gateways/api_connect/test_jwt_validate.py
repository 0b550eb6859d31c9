"""`jwt-validate`: whose tokens count, and whose do not."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rolelab.gateways.api_connect.policies.services import Services
from tests.gateways.api_connect.bookshop import Gateway, api, policy, setting

RSA, OTHER = (rsa.generate_private_key(65537, 2048) for _ in range(2))
EC = ec.generate_private_key(ec.SECP256R1())
# Tokens are made when the tests are collected, which may be long before they run.
WEEK = 604_800
SECRET = "a shared secret of more than 64 bytes, which is what HS512 wants: 0123456789"
PUBLIC = {
    name: key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for name, key in (("rsa", RSA), ("ec", EC))
} | {"shared": SECRET}


def jwk(key: rsa.RSAPrivateKey, **members: str) -> dict[str, Any]:
    found = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**found, **members}


def claims(**changed: Any) -> dict[str, Any]:
    whole = {
        "iss": "https://id.bookshop.example",
        "aud": ["sentiment"],
        "sub": "emma",
        "exp": time.time() + WEEK,
        **changed,
    }
    return {name: value for name, value in whole.items() if value is not None}


def gateway(**properties: Any) -> Gateway:
    validate = policy("jwt-validate", **properties)
    says = setting({"set": "message.body", "value": "hello $(decoded.claims.sub)"})
    document = api(
        [validate, says],
        operation={"security": []},
        extension={"properties": {"keys": {"value": json.dumps(KEY_SET)}}},
    )
    return Gateway(document, services=Services(crypto_objects=PUBLIC))


KEY_SET = {"keys": [jwk(RSA, kid="now"), jwk(OTHER, kid="before", alg="RS512")]}


def ask(of: Gateway, token: str | bytes | None) -> Any:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return of.client.post("/sentiment/analyse", headers=headers, json={})


@pytest.mark.parametrize(
    ("key", "algorithm", "crypto"),
    [
        (RSA, "RS256", "rsa"),
        (RSA, "PS512", "rsa"),
        (EC, "ES256", "ec"),
        (SECRET, "HS512", "shared"),
    ],
    ids=["RS256", "PS512", "ES256", "HS512"],
)
def test_a_token_of_the_right_key_gets_in(key: Any, algorithm: str, crypto: str) -> None:
    answer = ask(gateway(jws_crypto=crypto), jwt.encode(claims(), key, algorithm))
    assert answer.text == "hello emma"


@pytest.mark.parametrize(("key", "kid", "algorithm"), [(RSA, "now", "RS256"),
                                                       (OTHER, "before", "RS512")])  # fmt: skip
def test_a_key_of_a_jwk_set_is_found_by_its_kid(key: Any, kid: str, algorithm: str) -> None:
    token = jwt.encode(claims(), key, algorithm, headers={"kid": kid})
    assert ask(gateway(jws_jwk="keys"), token).text == "hello emma"


def unsigned(header: dict[str, Any]) -> str:
    parts = (json.dumps(part).encode() for part in (header, claims()))
    return ".".join(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in parts) + "."


RS256 = jwt.encode(claims(), RSA, "RS256")


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        pytest.param(None, "there is no token in request.headers.authorization", id="none sent"),
        pytest.param("", "this is not a JSON Web Token", id="empty"),
        pytest.param("a.b", "this is not a JSON Web Token", id="malformed"),
        pytest.param("ä.ö.ü", "this is not a JSON Web Token", id="no ASCII"),
        pytest.param(unsigned({"alg": "none"}), "the algorithm is not accepted", id="alg none"),
        pytest.param(unsigned({"alg": "NoNe"}), "the algorithm is not accepted", id="alg NoNe"),
        pytest.param(jwt.encode(claims(), OTHER, "RS256"), "the signature does not verify",
                     id="the wrong key"),
        pytest.param(jwt.encode(claims(), PUBLIC["rsa"].replace("-----", "")[:60], "HS256"),
                     "the algorithm is not accepted", id="HMAC with the public key"),
        pytest.param(jwt.encode(claims(), EC, "ES256"), "the algorithm is not accepted",
                     id="another family"),
        pytest.param(RS256[:-8] + "AAAAAAAA", "the signature does not verify", id="changed"),
        pytest.param(jwt.encode(claims(exp=time.time() - 1), RSA, "RS256"), "the token has expired",
                     id="expired"),
        pytest.param(jwt.encode(claims(nbf=time.time() + WEEK), RSA, "RS256"),
                     "the token is not valid yet", id="not yet valid"),
        pytest.param(jwt.encode(claims(iss="https://evil.example"), RSA, "RS256"),
                     "the claim iss is not accepted", id="another issuer"),
        pytest.param(jwt.encode(claims(iss=None), RSA, "RS256"), "the claim iss is not accepted",
                     id="no issuer"),
        pytest.param(jwt.encode(claims(aud="orders"), RSA, "RS256"),
                     "the claim aud is not accepted", id="another audience"),
        pytest.param(jwt.encode(claims(aud=None), RSA, "RS256"), "the claim aud is not accepted",
                     id="no audience"),
    ],
)  # fmt: skip
def test_any_other_token_is_401_and_is_not_logged(token: str | None, reason: str) -> None:
    of = gateway(
        jws_crypto="rsa", iss_claim=r"^https://id\.bookshop\.example$", aud_claim="^sentiment$"
    )
    header = None if token is None else f"Bearer {token}".encode()
    headers = {} if header is None else {"Authorization": header}
    answer = of.client.post("/sentiment/analyse", headers=headers, json={})
    assert (answer.status_code, answer.json()["httpMessage"]) == (401, "Unauthorized")
    assert answer.json()["moreInformation"] == f"JWT validation failed: {reason}"
    assert not token or token not in of.printed


def test_a_scheme_that_is_not_bearer_is_refused() -> None:
    of = gateway(jws_crypto="rsa")
    answer = of.client.post(
        "/sentiment/analyse", headers={"Authorization": f"Basic {RS256}"}, json={}
    )
    assert answer.json()["moreInformation"].endswith("the form is: Bearer <token>")


def test_a_token_whose_kid_no_key_has_is_refused() -> None:
    token = jwt.encode(claims(), RSA, "RS256", headers={"kid": "never"})
    answer = ask(gateway(jws_jwk="keys"), token)
    assert answer.json()["moreInformation"].endswith("no key has the token's kid")


def test_a_jwk_with_alg_takes_this_algorithm_only() -> None:
    token = jwt.encode(claims(), OTHER, "RS256", headers={"kid": "before"})
    answer = ask(gateway(jws_jwk="keys"), token)
    assert answer.json()["moreInformation"].endswith("the algorithm is not accepted")


def test_a_pattern_without_anchors_matches_anywhere_in_the_claim() -> None:
    """The page speaks of a regular expression, and this is what one does: a trap."""
    of = gateway(jws_crypto="rsa", iss_claim="id.bookshop.example")
    token = jwt.encode(claims(iss="https://id.bookshop.example.evil.com"), RSA, "RS256")
    assert ask(of, token).status_code == 200


def test_the_token_may_be_in_another_variable_and_stays_out_of_the_log() -> None:
    of = gateway(jws_crypto="rsa", jwt="request.headers.x-token")
    answer = of.client.post(
        "/sentiment/analyse", headers={"X-Token": f"{RS256}x", "X-IBM-Client-Id": "no"}, json={}
    )
    assert answer.status_code == 401
    assert of.log[0]["log_policy"] == "payload"
    assert RS256 not in of.printed


@pytest.mark.parametrize("value", ["", "{}", "no json", '{"keys": []}', '{"kty": "RSA"}'])
def test_a_key_that_cannot_be_used_is_the_gateways_fault_or_nobodys(value: str) -> None:
    validate = policy("jwt-validate", jws_jwk="keys")
    document = api(
        [validate],
        operation={"security": []},
        extension={"properties": {"keys": {"value": value}}},
    )
    answer = ask(Gateway(document), RS256)
    assert answer.status_code in (401, 500)
    assert answer.json()["httpCode"] == str(answer.status_code)
