"""AssumeRoleWithWebIdentity, through boto3. AWS page: *OIDC federation*."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from rolelab.sandbox import sessions
from tests.sandbox.fixes.policies import ACCOUNT, own, trust
from tests.sandbox.fixes.signing_in import client

Refused = Callable[..., tuple[str, str]]

ISSUER = "https://token.example.com"
ROLE = own("web", "role")


def token(**claims: Any) -> str:
    """An identity token; None takes a claim away. Nobody checks its signature here."""
    now = int(time.time())
    full = {"iss": ISSUER, "aud": "bookshop", "sub": "alice", "iat": now, "exp": now + 600}
    body = {name: value for name, value in {**full, **claims}.items() if value is not None}
    parts = ({"alg": "RS256"}, body)
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*encoded, b"signature"]).decode()


@pytest.fixture
def sts(sandbox: object) -> Any:
    """STS, called by somebody without AWS credentials."""
    iam = boto3.client("iam")
    provider = iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["bookshop"])
    document = trust(
        Principal={"Federated": provider["OpenIDConnectProviderArn"]},
        Action=["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"],
    )
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=document)
    return boto3.client("sts", config=Config(signature_version=UNSIGNED))


def ask(sts: Any, web_identity: str, **more: Any) -> dict[str, Any]:
    return dict(
        sts.assume_role_with_web_identity(
            RoleArn=ROLE, RoleSessionName="session", WebIdentityToken=web_identity, **more
        )
    )


def test_a_token_of_the_accounts_provider_makes_a_session(sts: Any) -> None:
    answer = ask(sts, token())
    assert (answer["Provider"], answer["Audience"]) == (ISSUER, "bookshop")
    assert answer["SubjectFromWebIdentityToken"] == "alice"
    identity = client("sts", answer["Credentials"]).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/web/session"


def test_the_token_can_carry_tags_and_a_source_identity(sts: Any) -> None:
    tags = {"principal_tags": {"team": ["orders"]}, "transitive_tag_keys": ["team"]}
    claims = {
        "https://aws.amazon.com/tags": tags,
        "https://aws.amazon.com/source_identity": "alice",
    }
    found = sessions.find(ask(sts, token(**claims))["Credentials"]["AccessKeyId"])
    assert found is not None
    assert (found.tags, found.transitive_tag_keys) == ({"team": "orders"}, ("team",))
    assert (found.source_identity, found.chained) == ("alice", False)


def test_the_audience_is_the_azp_claim_where_there_is_one(sts: Any) -> None:
    assert ask(sts, token(aud=["a", "b"], azp="bookshop"))["Audience"] == "bookshop"


def test_the_role_limits_the_duration_and_nothing_else_does(sts: Any, refused: Refused) -> None:
    boto3.client("iam").update_role(RoleName="web", MaxSessionDuration=7200)
    ask(sts, token(), DurationSeconds=7200)
    code, _ = refused(
        sts.assume_role_with_web_identity,
        RoleArn=ROLE,
        RoleSessionName="session",
        WebIdentityToken=token(),
        DurationSeconds=7201,
    )
    assert code == "ValidationError"


@pytest.mark.parametrize(
    ("make", "code", "message"),
    [
        pytest.param(
            lambda: token(aud="other"),
            "InvalidIdentityToken",
            "Incorrect token audience",
            id="audience",
        ),
        pytest.param(
            lambda: token(exp=1700000000),
            "ExpiredTokenException",
            "must be before the expiration date/time 1700000000",
            id="expired",
        ),
        pytest.param(
            lambda: token(sub=None),
            "InvalidIdentityToken",
            "Missing a required claim: sub",
            id="no sub",
        ),
        pytest.param(lambda: "no-token", "InvalidIdentityToken", "", id="no token at all"),
    ],
)
def test_a_token_that_does_not_fit(
    sts: Any, refused: Refused, make: Callable[[], str], code: str, message: str
) -> None:
    """Tokens are made when the test runs: collected with it, they would be old."""
    found = refused(
        sts.assume_role_with_web_identity,
        RoleArn=ROLE,
        RoleSessionName="session",
        WebIdentityToken=make(),
    )
    assert found[0] == code
    assert message in found[1]


def test_a_provider_that_the_account_does_not_have(sts: Any, refused: Refused) -> None:
    iam = boto3.client("iam")
    iam.delete_open_id_connect_provider(
        OpenIDConnectProviderArn=own("token.example.com", "oidc-provider")
    )
    assert refused(
        sts.assume_role_with_web_identity,
        RoleArn=ROLE,
        RoleSessionName="session",
        WebIdentityToken=token(),
    ) == ("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {ISSUER}")


def test_a_provider_is_made_once(sts: Any, refused: Refused) -> None:
    iam = boto3.client("iam")
    assert refused(iam.create_open_id_connect_provider, Url=ISSUER, ClientIDList=["bookshop"]) == (
        "EntityAlreadyExists",
        f"Provider with url {ISSUER} already exists.",
    )
