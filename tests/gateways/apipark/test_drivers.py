"""The five authorization drivers: who gets in, and every way not to."""

from __future__ import annotations

import base64
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from rolelab.gateways.apipark.drivers import aksk
from rolelab.gateways.core.message import Request
from tests.gateways.apipark.park import KEY, PATH, Park

SECRET = "a-shared-secret-that-is-long-enough-for-the-longest-hash-of-them"
OTHER_SECRET = "another-secret-that-is-long-enough-for-the-longest-hash-of-them."
JWT = {
    "iss": "https://issuer.example",
    "algorithm": "HS256",
    "secret": SECRET,
    "user": "shop",
    "user_path": "$.sub",
    "claims_to_verify": ["exp"],
}
SK = "the-secret-key"


def claims(**changes: Any) -> dict[str, Any]:
    whole = {"iss": JWT["iss"], "sub": "shop", "exp": int(time.time()) + 3600, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def token(secret: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    return jwt.encode(claims(**changes), secret, algorithm)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


UNSIGNED = jwt.encode(claims(), "", "none")
BASIC = {"user_name": "emma", "password": "secret:with:colons"}


def status(park: Park, value: str | None, **changes: Any) -> tuple[int, str]:
    """What a credential gets, and the reason in the log."""
    answer = park.call(value, **changes)
    assert answer.status_code in (200, 401)
    if answer.status_code == 401:
        assert answer.text == "missing or invalid token"
    return answer.status_code, park.log[-1].get("reason", "")


OK = (200, "")
MISSING = (401, "credentials-missing")
MALFORMED = (401, "credentials-malformed")
WRONG = (401, "credentials-wrong")
EXPIRED = (401, "credentials-expired")

APIKEY_CASES: list[Any] = [
    pytest.param(KEY, OK, id="the key as it is"),
    pytest.param(None, MISSING, id="no header"),
    pytest.param("", MISSING, id="an empty header"),
    pytest.param(f"Bearer {KEY}", WRONG, id="with Bearer it is another key"),
    pytest.param(KEY[:-1], WRONG, id="a part of the key"),
    pytest.param(KEY.upper(), WRONG, id="the key in upper case"),
]


@pytest.mark.parametrize(("value", "expected"), APIKEY_CASES)
def test_apikey(park: Park, value: str | None, expected: tuple[int, str]) -> None:
    assert status(park, value) == expected


def test_a_key_that_begins_with_bearer_makes_the_article_s_header_work(park: Park) -> None:
    park.authorize("apikey", {"apikey": "Bearer your-acquired-token"})
    assert status(park, "Bearer your-acquired-token") == OK
    assert status(park, "your-acquired-token") == WRONG


BASIC_CASES: list[Any] = [
    pytest.param("Basic " + encoded("emma:secret:with:colons"), OK, id="name and password"),
    pytest.param("basic " + encoded("emma:secret:with:colons"), OK, id="the scheme in lower case"),
    pytest.param("Basic " + encoded("emma:wrong"), WRONG, id="a wrong password"),
    pytest.param("Basic " + encoded("nobody:secret:with:colons"), WRONG, id="an unknown name"),
    pytest.param("Basic " + encoded("emma"), MALFORMED, id="no colon"),
    pytest.param("Basic !!!", MALFORMED, id="not base64"),
    pytest.param("Basic //79", MALFORMED, id="not UTF-8"),
    pytest.param("Bearer x", MALFORMED, id="another scheme"),
]


@pytest.mark.parametrize(("value", "expected"), BASIC_CASES)
def test_basic(park: Park, value: str, expected: tuple[int, str]) -> None:
    park.authorize("basic", BASIC)
    assert status(park, value, headers={"authorization-type": "basic"}) == expected


JWT_CASES: list[Any] = [
    pytest.param(token(), OK, id="a token, without Bearer"),
    pytest.param(f"Bearer {token()}", MALFORMED, id="Bearer is not taken away"),
    pytest.param(token(exp=1), EXPIRED, id="an expired token"),
    pytest.param(token(exp=None), WRONG, id="a claim to verify is missing"),
    pytest.param(token(OTHER_SECRET), WRONG, id="signed with another key"),
    pytest.param(UNSIGNED, WRONG, id="alg none"),
    pytest.param(token(algorithm="HS512"), WRONG, id="another algorithm with the right key"),
    pytest.param(token(iss="https://elsewhere.example"), WRONG, id="another issuer"),
    pytest.param(token(iss=None), WRONG, id="no issuer"),
    pytest.param(token(sub="somebody"), WRONG, id="a user that no application has"),
    pytest.param(token().rpartition(".")[0] + ".", WRONG, id="the signature cut off"),
    pytest.param("a.b.c", MALFORMED, id="three parts that are no token"),
    pytest.param("x", MALFORMED, id="no token at all"),
]


@pytest.mark.parametrize(("value", "expected"), JWT_CASES)
def test_jwt(park: Park, value: str, expected: tuple[int, str]) -> None:
    park.authorize("jwt", JWT)
    assert status(park, value, headers={"authorization-type": "jwt"}) == expected


def test_jwt_without_exp_among_the_claims_to_verify_never_expires(park: Park) -> None:
    park.authorize("jwt", {**JWT, "claims_to_verify": []})
    assert status(park, token(exp=1)) == OK


def test_jwt_with_a_public_key_refuses_a_token_that_is_signed_with_that_key_as_a_secret(
    park: Park,
) -> None:
    """RFC 8725 section 3.1: the algorithm is the verifier's choice."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    settings = {**JWT, "algorithm": "RS256", "public_key": public.decode()}
    del settings["secret"]
    park.authorize("jwt", settings)
    assert status(park, jwt.encode(claims(), private, "RS256")) == OK
    head, body = token().split(".")[:2]
    forged = f"{head}.{body}"
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        forged.encode(), public
    )
    forged += "." + base64.urlsafe_b64encode(signature).decode().rstrip("=")
    assert status(park, forged) == WRONG


def signed(sk: str = SK, **changes: Any) -> dict[str, str]:
    """The headers of a signed request."""
    names = ("content-type", "x-gateway-date")
    headers = {"content-type": "application/json", "x-gateway-date": "20260101T000000Z"}
    whole = {"method": "POST", "path": PATH, "body": b"{}", **changes}
    request = Request(id="", headers=tuple(headers.items()), **whole)
    given = aksk.signature(request, "HMAC-SHA256", names, sk)
    value = f"HMAC-SHA256 Access=shop, SignedHeaders={';'.join(names)}, Signature={given}"
    return {**headers, "authorization": value}


def test_aksk_signs_the_path_the_query_the_headers_and_the_body(park: Park) -> None:
    park.authorize("aksk", {"ak": "shop", "sk": SK})

    def reached(headers: dict[str, str], content: bytes = b"{}", path: str = PATH) -> bool:
        answer = park.client.post(path, headers=headers, content=content)
        return bool(answer.status_code == 400)  # let in; then the empty body is refused

    assert reached(signed())
    assert reached(signed(query="a=1"), path=f"{PATH}?a=1")
    assert not reached(signed("another"))
    assert not reached(signed(), content=b'{"a": 1}')
    assert not reached(signed(), path=f"{PATH}?a=1")
    assert not reached({**signed(), "x-gateway-date": "20270101T000000Z"})
    assert not reached(signed(path="/sentiment/chat/completions"))
    assert not reached({"authorization": signed()["authorization"].replace("=shop", "=nobody")})


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("HMAC-SHA256 Access=shop", id="no signature"),
        pytest.param("HMAC-SHA1 Access=shop, SignedHeaders=host, Signature=00", id="another hash"),
        pytest.param("Access=shop, SignedHeaders=host, Signature=00", id="no scheme"),
    ],
)
def test_aksk_malformed(park: Park, value: str) -> None:
    park.authorize("aksk", {"ak": "shop", "sk": SK})
    assert status(park, value, headers={"authorization-type": "aksk"}) == MALFORMED


CLIENT = {"client_id": "shop", "client_secret": "the-client-secret", "hash_secret": True}
GRANT = {
    "client_id": "shop",
    "client_secret": "the-client-secret",
    "grant_type": "client_credentials",
}


def test_oauth2_gives_a_token_for_the_client_credentials_and_takes_it_without_bearer(
    park: Park,
) -> None:
    park.authorize("oauth2", CLIENT)
    answer = park.client.post("/oauth2/token", data=GRANT).json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 7200)
    assert status(park, answer["access_token"]) == OK
    assert status(park, f"Bearer {answer['access_token']}") == WRONG
    assert answer["access_token"] not in park.printed.getvalue()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"client_secret": "wrong"}, 403, id="a wrong secret"),
        pytest.param({"client_id": "nobody"}, 404, id="an unknown client"),
        pytest.param({"grant_type": "password"}, 403, id="another grant"),
        pytest.param({"grant_type": ""}, 403, id="no grant"),
    ],
)
def test_oauth2_gives_no_token(park: Park, changes: dict[str, str], expected: int) -> None:
    park.authorize("oauth2", CLIENT)
    answer = park.client.post("/oauth2/token", data={**GRANT, **changes})
    assert answer.status_code == expected
    assert CLIENT["client_secret"] not in answer.text + park.printed.getvalue()


def test_aksk_expires_with_its_authorization(park: Park) -> None:
    park.authorize("aksk", {"ak": "shop", "sk": SK}, expire_time=int(park.now) + 1)
    assert park.client.post(PATH, headers=signed(), content=b"{}").status_code == 400
    park.now += 1
    assert park.client.post(PATH, headers=signed(), content=b"{}").status_code == 401
    assert park.log[-1]["reason"] == "credentials-expired"


def test_oauth2_tokens_expire_after_two_hours(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    park.authorize("oauth2", CLIENT)
    value = park.client.post("/oauth2/token", data=GRANT).json()["access_token"]
    later = time.time() + 7200
    monkeypatch.setattr("rolelab.gateways.apipark.drivers.oauth2.time.time", lambda: later)
    assert status(park, value) == EXPIRED


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({"client_secret": "the-client-secret", "hash_secret": True}, id="hashed"),
        pytest.param({"client_secret": "the-client-secret"}, id="as it is"),
    ],
)
def test_oauth2_keeps_a_secret_readable_unless_it_is_asked_to_hash_it(
    park: Park, config: dict[str, Any]
) -> None:
    identifier = park.authorize("oauth2", {"client_id": "shop", **config})
    shown = park.do("GET", "app/authorization", app=park.app, authorization=identifier)
    kept = shown["authorization"]["config"]["client_secret"]
    assert kept.startswith("$pbkdf2-sha512$") is config.get("hash_secret", False)
    assert park.client.post("/oauth2/token", data=GRANT).status_code == 200


# --- what holds for every driver --------------------------------------------------------------

CREDENTIALS: list[Any] = [
    pytest.param("apikey", {"apikey": "second-key"}, "second-key", id="apikey"),
    pytest.param("basic", BASIC, "Basic " + encoded("emma:secret:with:colons"), id="basic"),
    pytest.param("jwt", JWT, token(), id="jwt"),
]


@pytest.mark.parametrize(("driver", "config", "value"), CREDENTIALS)
def test_a_credential_expires_at_its_time(park: Park, driver: str, config: Any, value: str) -> None:
    park.authorize(driver, config, expire_time=int(park.now) + 1)
    assert status(park, value) == OK
    park.now += 1
    assert status(park, value) == EXPIRED


@pytest.mark.parametrize(("driver", "config", "value"), CREDENTIALS)
def test_a_credential_may_stand_in_a_header_of_its_own_or_in_the_query(
    park: Park, driver: str, config: Any, value: str
) -> None:
    park.authorize(driver, config, position="Header", token_name="X-Shop")
    assert status(park, None, headers={"x-shop": value}) == OK
    assert status(park, value)[0] == 401


def test_a_key_in_the_query_counts_and_is_not_in_the_log(park: Park) -> None:
    park.authorize("apikey", {"apikey": "key-of-the-query"}, position="Query", token_name="key")
    assert status(park, None, path=f"{PATH}?key=key-of-the-query") == OK
    assert "key-of-the-query" not in park.printed.getvalue()


@pytest.mark.parametrize(("driver", "config", "value"), CREDENTIALS)
def test_a_credential_that_was_taken_away_counts_no_more(
    park: Park, driver: str, config: Any, value: str
) -> None:
    identifier = park.authorize(driver, config)
    assert status(park, value) == OK
    park.do("DELETE", "app/authorization", app=park.app, authorization=identifier)
    assert status(park, value)[0] == 401


@pytest.mark.parametrize(("driver", "config", "value"), CREDENTIALS)
def test_no_credential_is_in_the_log_be_it_right_or_wrong(
    park: Park, driver: str, config: Any, value: str
) -> None:
    park.authorize(driver, config)
    park.call(value)
    park.call(value + "x")
    secrets = [value, value + "x", *(each for each in config.values() if isinstance(each, str))]
    printed = park.printed.getvalue()
    assert [each for each in secrets if len(each) > 6 and each in printed] == []


def test_two_authorization_headers_are_refused(park: Park) -> None:
    answer = park.client.post(
        PATH, headers=[("authorization", KEY), ("authorization", "other")], json={}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, -1)
    assert park.log[-1]["reason"] == "header-twice"


CONFIGS: list[Any] = [
    pytest.param("apikey", {"apikey": ""}, "must not be empty", id="an empty key"),
    pytest.param("apikey", {"api_key": "x"}, "did you mean 'apikey'", id="a typo"),
    pytest.param("apikey", {"apikey": KEY}, "in use already", id="a key that another has"),
    pytest.param("basic", {"user_name": "x"}, "password is required", id="no password"),
    pytest.param("jwt", {**JWT, "algorithm": "none"}, "must be one of", id="alg none"),
    pytest.param("jwt", {**JWT, "secret": ""}, "secret is null", id="no secret"),
    pytest.param("jwt", {**JWT, "secret": "short"}, "32 bytes", id="a secret that is too short"),
    pytest.param("jwt", {**JWT, "user_path": "$..*"}, "the form is", id="a path of another form"),
    pytest.param("jwt", {**JWT, "claims_to_verify": ["iat"]}, "must be one of",
                 id="a claim that cannot be verified"),
    pytest.param("jwt", {**JWT, "algorithm": "RS256", "public_key": "x"}, "no public key",
                 id="no public key"),
    pytest.param("aksk", {"ak": "x"}, "sk is required", id="no secret key"),
    pytest.param("oauth2", {"client_id": "x"}, "client_secret is required", id="no client secret"),
]  # fmt: skip


@pytest.mark.parametrize(("driver", "config", "says"), CONFIGS)
def test_settings_that_cannot_work_are_refused_and_not_quoted(
    park: Park, driver: str, config: Any, says: str
) -> None:
    body = {"name": "x", "driver": driver, "config": config}
    answer = park.ask("POST", "app/authorization", body, app=park.app)
    assert (answer["code"], answer["success"]) == (-1, "fail")
    assert says in answer["msg"]
    assert KEY not in answer["msg"]
    assert SECRET not in answer["msg"]
