"""Signing in to a database with IAM.

Pages: *Creating and using an IAM policy for IAM database access*; *Connecting to your DB instance
using IAM authentication*.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from rolelab.sandbox.account import Sandbox
from rolelab.sandbox.rds_sign_in import SignInRefused, sign_in
from tests.sandbox.people import ACCOUNT, allow

USERS = f"arn:aws:rds-db:us-east-1:{ACCOUNT}:dbuser"


@dataclass(frozen=True)
class Database:
    """A database, as a client sees it."""

    host: str
    port: int
    identifier: str

    def token(self, session: boto3.Session, user: str = "app", **over: Any) -> str:
        given = {"DBHostname": self.host, "Port": self.port, "DBUsername": user, **over}
        return str(session.client("rds").generate_db_auth_token(**given))

    def enter(self, token: str, user: str = "app", **over: Any) -> Any:
        return sign_in(token, **{"host": self.host, "port": self.port, "user": user, **over})


def make(engine: str = "postgres", iam: bool = True) -> Database:
    made = boto3.client("rds").create_db_instance(
        DBInstanceIdentifier="shop",
        DBInstanceClass="db.t3.micro",
        Engine=engine,
        MasterUsername="clerk",
        MasterUserPassword="correct-horse",
        EnableIAMDatabaseAuthentication=iam,
    )["DBInstance"]
    return Database(made["Endpoint"]["Address"], made["Endpoint"]["Port"], made["DbiResourceId"])


@pytest.fixture
def database(sandbox: Sandbox) -> Database:
    return make()


def test_an_administrator_may_sign_in_as_any_user(sandbox: Sandbox, database: Database) -> None:
    before = len(sandbox.trail)
    decision = database.enter(database.token(sandbox.admin()))
    assert decision.allowed
    assert decision.request.action == "rds-db:connect"
    assert decision.request.resource == f"{USERS}:{database.identifier}/app"
    assert len(sandbox.trail) == before, "no API was called"


POLICIES = {
    "the user of this database": ("{USERS}:{ID}/app", True),
    "the user of any database": ("{USERS}:*/app", True),
    "another user": ("{USERS}:{ID}/clerk", False),
    "another database": ("{USERS}:db-AAAAAAAAAAAAAAAAAAAAAAAAAA/app", False),
    "the instance itself": (f"arn:aws:rds:us-east-1:{ACCOUNT}:db:shop", False),
}


@pytest.mark.parametrize(("resource", "allowed"), POLICIES.values(), ids=POLICIES)
def test_the_policy_names_database_and_user(
    database: Database, role: Callable[..., boto3.Session], resource: str, allowed: bool
) -> None:
    named = resource.replace("{USERS}", USERS).replace("{ID}", database.identifier)
    token = database.token(role(policy=allow("rds-db:connect", named)))
    if allowed:
        assert database.enter(token).allowed
        return
    with pytest.raises(SignInRefused, match='PAM authentication failed for user "app"') as caught:
        database.enter(token)
    assert caught.value.decision is not None
    assert "rds-db:connect" in caught.value.reason


def test_rds_is_another_prefix_than_rds_db(
    database: Database, role: Callable[..., boto3.Session]
) -> None:
    token = database.token(role(policy=allow("rds:*")))
    with pytest.raises(SignInRefused):
        database.enter(token)


def test_mysql_says_it_in_its_own_words(sandbox: Sandbox) -> None:
    database = make("mysql")
    with pytest.raises(SignInRefused, match=r"Access denied for user 'app' \(using password: YES"):
        database.enter("a password")


VOID: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a token for another user": ({"user": "clerk"}, {}),
    "a token for another host": ({"DBHostname": "else.example.com"}, {}),
    "a token for another port": ({"Port": 1}, {}),
    "a token for another Region": ({"Region": "eu-west-1"}, {}),
    "a host that is not there": ({}, {"host": "none.example.com"}),
}


@pytest.mark.parametrize(("made", "used"), VOID.values(), ids=VOID)
def test_a_token_is_for_one_sign_in(
    sandbox: Sandbox, database: Database, made: dict[str, Any], used: dict[str, Any]
) -> None:
    token = database.token(sandbox.admin(), **made)
    with pytest.raises(SignInRefused) as caught:
        database.enter(token, **used)
    assert caught.value.decision is None


def test_a_token_that_was_changed(sandbox: Sandbox, database: Database) -> None:
    token = database.token(sandbox.admin()).replace("DBUser=app", "DBUser=clerk")
    with pytest.raises(SignInRefused) as caught:
        database.enter(token, user="clerk")
    assert "signature" in caught.value.reason


@pytest.mark.parametrize("asked", [900, 3600], ids=["as boto3 makes it", "as it should not be"])
def test_a_token_lives_for_15_minutes(
    sandbox: Sandbox, database: Database, monkeypatch: pytest.MonkeyPatch, asked: int
) -> None:
    client = sandbox.admin().client("rds")
    request = {
        "url_path": "/",
        "query_string": {},
        "headers": {},
        "method": "GET",
        "url": f"https://{database.host}:{database.port}/",
        "body": {"Action": "connect", "DBUser": "app"},
        "context": {},
    }
    url = client._request_signer.generate_presigned_url(
        request, operation_name="connect", expires_in=asked, signing_name="rds-db"
    )
    token = url.removeprefix("https://")
    assert database.enter(token).allowed
    now = time.time() + 901
    monkeypatch.setattr(time, "time", lambda: now)
    with pytest.raises(SignInRefused):
        database.enter(token)


def test_a_database_without_iam_authentication(sandbox: Sandbox) -> None:
    database = make(iam=False)
    token = database.token(sandbox.admin())
    with pytest.raises(SignInRefused) as caught:
        database.enter(token)
    assert "IAM authentication" in caught.value.reason
