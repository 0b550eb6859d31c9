"""Users and their keys, through boto3. AWS pages: *CreateUser*, *UpdateUser*, *DeleteUser*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.sandbox.fixes.policies import READ_ONLY, own, policy, trusting
from tests.sandbox.fixes.signing_in import client, user_key

Refused = Callable[..., tuple[str, str]]

NO_USER = ("ValidationError", "Must specify userName when calling with non-User credentials")


@pytest.fixture
def iam(sandbox: object) -> Any:
    return boto3.client("iam")


def test_a_new_user_has_an_aida_id_a_boundary_and_tags(iam: Any) -> None:
    user = iam.create_user(
        UserName="alice",
        Path="/staff/",
        PermissionsBoundary=READ_ONLY,
        Tags=[{"Key": "team", "Value": "orders"}],
    )["User"]
    assert user["UserId"].startswith("AIDA")
    assert user["Arn"] == own("staff/alice", "user")
    assert user["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": READ_ONLY,
    }
    assert iam.get_user(UserName="alice")["User"] == user


@pytest.mark.parametrize("name", ["alice", "Alice"])
def test_names_do_not_differ_by_case_alone(iam: Any, refused: Refused, name: str) -> None:
    iam.create_user(UserName="alice")
    assert refused(iam.create_user, UserName=name) == (
        "EntityAlreadyExists",
        f"User with name {name} already exists.",
    )


def test_a_user_that_is_not_there(iam: Any, refused: Refused) -> None:
    for operation in (
        iam.get_user,
        iam.delete_user,
        iam.list_access_keys,
        iam.create_access_key,
        iam.list_user_tags,
        iam.list_attached_user_policies,
        iam.list_groups_for_user,
        iam.list_mfa_devices,
    ):
        assert refused(operation, UserName="nobody") == (
            "NoSuchEntity",
            "The user with name nobody cannot be found.",
        )


def test_without_a_name_a_user_asks_about_itself(iam: Any) -> None:
    key = user_key("alice", may=policy(Action="iam:*"))
    as_alice = client("iam", key)
    assert as_alice.get_user()["User"]["UserName"] == "alice"
    listed = as_alice.list_access_keys()["AccessKeyMetadata"]
    assert [entry["AccessKeyId"] for entry in listed] == [key["AccessKeyId"]]


def test_a_role_session_has_no_user_to_ask_about(iam: Any, refused: Refused) -> None:
    assert refused(iam.get_user) == NO_USER
    assert refused(iam.list_access_keys) == NO_USER
    assert refused(iam.create_access_key) == NO_USER


def test_a_user_has_two_access_keys_at_most(iam: Any, refused: Refused) -> None:
    user_key("alice")
    iam.create_access_key(UserName="alice")
    assert refused(iam.create_access_key, UserName="alice") == (
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    )


def test_a_key_belongs_to_its_user(iam: Any, refused: Refused) -> None:
    key = user_key("alice")["AccessKeyId"]
    iam.create_user(UserName="bob")
    missing = ("NoSuchEntity", f"The Access Key with id {key} cannot be found.")
    assert refused(iam.delete_access_key, UserName="bob", AccessKeyId=key) == missing
    assert (
        refused(iam.update_access_key, UserName="bob", AccessKeyId=key, Status="Inactive")
        == missing
    )
    iam.delete_access_key(UserName="alice", AccessKeyId=key)
    assert iam.list_access_keys(UserName="alice")["AccessKeyMetadata"] == []


def test_a_renamed_user_keeps_id_tags_and_keys(iam: Any, refused: Refused) -> None:
    key = user_key("alice")
    iam.tag_user(UserName="alice", Tags=[{"Key": "team", "Value": "orders"}])
    before = iam.get_user(UserName="alice")["User"]
    iam.update_user(UserName="alice", NewUserName="alicia", NewPath="/staff/")
    after = iam.get_user(UserName="alicia")["User"]
    assert after == before | {
        "UserName": "alicia",
        "Path": "/staff/",
        "Arn": own("staff/alicia", "user"),
    }
    assert client("sts", key).get_caller_identity()["Arn"] == after["Arn"]
    assert refused(iam.get_user, UserName="alice")[0] == "NoSuchEntity"


def test_trust_follows_a_renamed_user(iam: Any) -> None:
    document = trusting(iam.create_user(UserName="alice")["User"]["Arn"])
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=document)
    iam.update_user(UserName="alice", NewUserName="alicia")
    trusted = iam.get_role(RoleName="app")["Role"]["AssumeRolePolicyDocument"]
    assert trusted["Statement"][0]["Principal"] == {"AWS": own("alicia", "user")}


def test_a_user_is_not_renamed_over_another(iam: Any, refused: Refused) -> None:
    iam.create_user(UserName="alice")
    iam.create_user(UserName="bob")
    assert refused(iam.update_user, UserName="alice", NewUserName="bob") == (
        "EntityAlreadyExists",
        "User with name bob already exists.",
    )


def test_delete_user_says_what_stands_in_the_way(iam: Any, refused: Refused) -> None:
    key = user_key("alice", may=policy())["AccessKeyId"]
    iam.attach_user_policy(UserName="alice", PolicyArn=READ_ONLY)
    iam.create_login_profile(UserName="alice", Password="Correct-horse-1")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"][
        "SerialNumber"
    ]
    iam.enable_mfa_device(
        UserName="alice",
        SerialNumber=serial,
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="alice")

    for sentence, remove, more in [
        ("detach all policies", iam.detach_user_policy, {"PolicyArn": READ_ONLY}),
        ("delete policies", iam.delete_user_policy, {"PolicyName": "may"}),
        ("delete access keys", iam.delete_access_key, {"AccessKeyId": key}),
        ("delete login profile", iam.delete_login_profile, {}),
        ("delete MFA device", iam.deactivate_mfa_device, {"SerialNumber": serial}),
        ("remove users from group", iam.remove_user_from_group, {"GroupName": "staff"}),
    ]:
        assert refused(iam.delete_user, UserName="alice") == (
            "DeleteConflict",
            f"Cannot delete entity, must {sentence} first.",
        )
        remove(UserName="alice", **more)
    iam.delete_user(UserName="alice")


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param("tag_user", id="moto lets a key stand twice"),
        pytest.param("create_user", id="when the user is made, too"),
    ],
)
def test_tag_keys_do_not_differ_by_case_alone(iam: Any, refused: Refused, operation: str) -> None:
    if operation == "tag_user":
        iam.create_user(UserName="alice")
    tags = [{"Key": "team", "Value": "a"}, {"Key": "Team", "Value": "b"}]
    assert refused(getattr(iam, operation), UserName="alice", Tags=tags) == (
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )
