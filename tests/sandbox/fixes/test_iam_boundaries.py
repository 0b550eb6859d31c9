"""Permissions boundaries, through boto3. AWS page: *Permissions boundaries for IAM entities*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.sandbox.fixes.policies import POWER_USER, READ_ONLY, own, policy, trust
from tests.sandbox.fixes.signing_in import client, user_key

Refused = Callable[..., tuple[str, str]]


@pytest.fixture
def iam(sandbox: object) -> Any:
    iam = boto3.client("iam")
    iam.create_role(RoleName="holder", AssumeRolePolicyDocument=trust())
    iam.create_user(UserName="holder")
    return iam


@pytest.mark.parametrize("kind", ["role", "user"])
def test_a_boundary_can_be_set_shown_and_taken_away(iam: Any, refused: Refused, kind: str) -> None:
    name = {f"{kind.capitalize()}Name": "holder"}

    def shown() -> Any:
        answer = getattr(iam, f"get_{kind}")(**name)[kind.capitalize()]
        return answer.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")

    for arn in (READ_ONLY, POWER_USER):
        getattr(iam, f"put_{kind}_permissions_boundary")(**name, PermissionsBoundary=arn)
        assert shown() == arn
    getattr(iam, f"delete_{kind}_permissions_boundary")(**name)
    assert shown() is None
    code, _ = refused(getattr(iam, f"delete_{kind}_permissions_boundary"), **name)
    assert code == "NoSuchEntity"


@pytest.mark.parametrize(
    ("arn", "refusal"),
    [
        pytest.param(
            own("none"),
            ("NoSuchEntity", f"Scope ARN: {own('none')} does not exist or is not attachable."),
            id="a policy that does not exist",
        ),
        pytest.param(
            own("holder", "user"),
            ("InvalidInput", f"ARN {own('holder', 'user')} is not valid."),
            id="something that is no policy",
        ),
    ],
)
def test_a_boundary_must_be_a_managed_policy(
    iam: Any, refused: Refused, arn: str, refusal: tuple[str, str]
) -> None:
    for operation, parameters in [
        (iam.put_role_permissions_boundary, {"RoleName": "holder"}),
        (iam.put_user_permissions_boundary, {"UserName": "holder"}),
        (iam.create_role, {"RoleName": "new", "AssumeRolePolicyDocument": trust()}),
        (iam.create_user, {"UserName": "new"}),
    ]:
        assert refused(operation, **parameters, PermissionsBoundary=arn) == refusal


def test_a_policy_knows_how_often_it_is_a_boundary(iam: Any) -> None:
    iam.put_role_permissions_boundary(RoleName="holder", PermissionsBoundary=READ_ONLY)
    iam.put_user_permissions_boundary(UserName="holder", PermissionsBoundary=READ_ONLY)
    found = iam.get_policy(PolicyArn=READ_ONLY)["Policy"]
    assert (found["PermissionsBoundaryUsageCount"], found["AttachmentCount"]) == (2, 0)


def test_a_users_boundary_limits_the_user(iam: Any, refused: Refused) -> None:
    key = user_key("alice", may=policy(Action="iam:*"))
    iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=READ_ONLY)
    as_alice = client("iam", key)
    as_alice.list_users()
    code, message = refused(as_alice.create_user, UserName="bob")
    assert code == "AccessDenied"
    assert "no permissions boundary allows the iam:CreateUser action" in message


def test_authorization_details_show_boundaries(iam: Any) -> None:
    iam.put_role_permissions_boundary(RoleName="holder", PermissionsBoundary=READ_ONLY)
    iam.put_user_permissions_boundary(UserName="holder", PermissionsBoundary=READ_ONLY)
    details = iam.get_account_authorization_details()
    shown = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": READ_ONLY}
    (user,) = details["UserDetailList"]
    (role,) = (role for role in details["RoleDetailList"] if role["RoleName"] == "holder")
    assert user["PermissionsBoundary"] == role["PermissionsBoundary"] == shown
    counts = {
        entry["PolicyName"]: entry["PermissionsBoundaryUsageCount"] for entry in details["Policies"]
    }
    assert counts["ReadOnlyAccess"] == 2
