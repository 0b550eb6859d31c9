"""Temporary credentials and what the account knows about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import boto3
import pytest

from rolelab.sandbox import sessions
from rolelab.sandbox.account import Sandbox
from tests.sandbox.people import ACCOUNT, error_of, signed_in

ROLE = f"arn:aws:iam::{ACCOUNT}:role/Administrator"


def test_a_role_session_is_named_after_role_and_session(sandbox: Sandbox) -> None:
    session = sessions.issue("assumed-role", issuer_arn=ROLE, name="me", duration=900)
    role_id = boto3.client("iam").get_role(RoleName="Administrator")["Role"]["RoleId"]
    assert session.principal_arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/Administrator/me"
    assert session.principal_id == f"{role_id}:me"
    assert session.role_arn == ROLE
    assert session.expiration - session.issued == timedelta(seconds=900)


def test_the_path_of_a_role_is_not_in_the_session_arn(role: Callable[..., boto3.Session]) -> None:
    role("app", path="/team/")
    session = sessions.issue(
        "assumed-role", issuer_arn=f"arn:aws:iam::{ACCOUNT}:role/team/app", name="task"
    )
    assert session.principal_arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/app/task"
    assert session.role_arn == f"arn:aws:iam::{ACCOUNT}:role/team/app"


@pytest.mark.parametrize(
    ("kind", "arn", "identity"),
    [
        ("session-token", f"arn:aws:iam::{ACCOUNT}:user/alice", "{user}"),
        ("federated-user", f"arn:aws:sts::{ACCOUNT}:federated-user/fed", f"{ACCOUNT}:fed"),
    ],
)
def test_a_user_s_sessions(sandbox: Sandbox, kind: sessions.Kind, arn: str, identity: str) -> None:
    user = boto3.client("iam").create_user(UserName="alice")["User"]
    session = sessions.issue(kind, issuer_arn=user["Arn"], name="fed")
    assert session.principal_arn == arn
    assert session.principal_id == identity.format(user=user["UserId"])
    assert session.issuer_id == user["UserId"]
    assert session.role_arn is None


def test_the_root_user_s_session(sandbox: Sandbox) -> None:
    session = sessions.issue("root", issuer_arn=f"arn:aws:iam::{ACCOUNT}:root")
    identity = signed_in(session).client("sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert identity["UserId"] == ACCOUNT


def test_every_session_has_credentials_of_its_own(sandbox: Sandbox) -> None:
    first, second = (sessions.issue("assumed-role", issuer_arn=ROLE, name="me") for _ in range(2))
    assert first.access_key_id.startswith("ASIA")
    assert len(first.access_key_id) == 20
    assert len(first.secret_access_key) == 40
    assert not set(first.credentials.values()) & {
        second.access_key_id,
        second.secret_access_key,
        second.session_token,
    }


def test_a_session_ends_with_its_issuer_and_with_the_account(sandbox: Sandbox) -> None:
    session = sessions.issue("assumed-role", issuer_arn=ROLE, name="me")
    sts = signed_in(session).client("sts")
    assert sts.get_caller_identity()["Arn"] == session.principal_arn
    sessions.end(session.issuer_id)
    assert error_of(sts.get_caller_identity)[0] == "InvalidClientTokenId"
    again = sessions.issue("assumed-role", issuer_arn=ROLE, name="me")
    sessions.clear()
    assert sessions.find(again.access_key_id) is None


def test_a_session_can_be_older_than_the_account(sandbox: Sandbox) -> None:
    session = sessions.issue("assumed-role", issuer_arn=ROLE, name="me")
    earlier = session.issued - timedelta(hours=1)
    again = sessions.redate(
        session.access_key_id, issued=earlier, expiration=session.expiration + timedelta(hours=1)
    )
    assert (again.issued, again.session_token) == (earlier, session.session_token)
    revoke = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": f"{session.issued:%FT%TZ}"}},
            }
        ],
    }
    boto3.client("iam").put_role_policy(
        RoleName="Administrator", PolicyName="revoke", PolicyDocument=json.dumps(revoke)
    )
    assert error_of(signed_in(again).client("iam").list_users)[0] == "AccessDenied"
    new = sessions.issue("assumed-role", issuer_arn=ROLE, name="me")
    assert signed_in(new).client("iam").list_users()["Users"] == []


def test_a_session_that_is_over_long_ago_is_expired(sandbox: Sandbox) -> None:
    session = sessions.issue("assumed-role", issuer_arn=ROLE, name="me")
    sessions.redate(
        session.access_key_id, issued=session.issued, expiration=session.issued - timedelta(hours=1)
    )
    assert error_of(signed_in(session).client("iam").list_users)[0] == "ExpiredToken"


def test_only_a_session_that_there_is_has_times(sandbox: Sandbox) -> None:
    session = sessions.issue("assumed-role", issuer_arn=ROLE, name="me")
    with pytest.raises(KeyError):
        sessions.redate("ASIANOSUCHKEY", issued=session.issued, expiration=session.expiration)
