"""Roles, through boto3. AWS pages: *CreateRole*, *UpdateRole*, *DeleteRole*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.fixes.policies import ACCOUNT, own, policy, trust, trusting

Refused = Callable[..., tuple[str, str]]

pytestmark = pytest.mark.usefixtures("sandbox")


@pytest.fixture
def iam(sandbox: object) -> Any:
    return boto3.client("iam")


def test_a_new_role_is_described_without_its_description(iam: Any) -> None:
    role = iam.create_role(
        RoleName="app",
        Path="/team/",
        AssumeRolePolicyDocument=trust(),
        Description="for the orders service",
        Tags=[{"Key": "team", "Value": "orders"}],
    )["Role"]
    assert role["Arn"] == own("team/app", "role")
    assert role["RoleId"].startswith("AROA")
    assert "Description" not in role
    assert iam.get_role(RoleName="app")["Role"] == role | {
        "Description": "for the orders service",
        "MaxSessionDuration": 3600,
        "RoleLastUsed": {},
    }


@pytest.mark.parametrize("name", ["app", "APP"])
def test_names_do_not_differ_by_case_alone(iam: Any, refused: Refused, name: str) -> None:
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust())
    assert refused(iam.create_role, RoleName=name, AssumeRolePolicyDocument=trust()) == (
        "EntityAlreadyExists",
        f"Role with name {name} already exists.",
    )


def test_a_trust_policy_is_read_before_the_role_is_made(iam: Any, refused: Refused) -> None:
    assert refused(
        iam.create_role, RoleName="app", AssumeRolePolicyDocument=trust(Resource="*")
    ) == ("MalformedPolicyDocument", "Has prohibited field Resource")
    assert refused(iam.get_role, RoleName="app")[0] == "NoSuchEntity"


@pytest.mark.parametrize("principal", [own("nobody", "role"), own("nobody", "user")])
def test_a_principal_of_a_known_account_must_exist(
    iam: Any, refused: Refused, principal: str
) -> None:
    refusal = ("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{principal}"')
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust())
    document = trusting(principal)
    assert refused(iam.create_role, RoleName="b", AssumeRolePolicyDocument=document) == refusal
    assert (
        refused(iam.update_assume_role_policy, RoleName="app", PolicyDocument=document) == refusal
    )


@pytest.mark.parametrize(
    "principal",
    [
        pytest.param(ACCOUNT, id="an account"),
        pytest.param(f"arn:aws:iam::{ACCOUNT}:root", id="an account by its root"),
        pytest.param(own("Administrator", "role"), id="a role that exists"),
        pytest.param("arn:aws:iam::999999999999:user/eve", id="an account nobody has seen"),
        pytest.param(f"arn:aws:sts::{ACCOUNT}:assumed-role/any/session", id="a role session"),
        pytest.param("*", id="everyone"),
    ],
)
def test_principals_that_can_be_trusted(iam: Any, principal: str) -> None:
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trusting(principal))


def test_a_misspelt_service_cannot_be_trusted(iam: Any, refused: Refused) -> None:
    document = trust(Principal={"Service": "ecs-task.amazonaws.com"})
    assert refused(iam.create_role, RoleName="app", AssumeRolePolicyDocument=document) == (
        "MalformedPolicyDocument",
        'Invalid principal in policy: "SERVICE":"ecs-task.amazonaws.com"',
    )


def test_a_trust_policy_has_2048_characters_at_most(iam: Any, refused: Refused) -> None:
    accounts = [f"{number:012}" for number in range(1, 150)]
    document = trust(Condition={"StringEquals": {"aws:SourceAccount": accounts}})
    assert refused(iam.create_role, RoleName="app", AssumeRolePolicyDocument=document) == (
        "LimitExceeded",
        "Cannot exceed quota for ACLSizePerRole: 2048",
    )


def test_a_deleted_principal_becomes_its_unique_id(iam: Any, refused: Refused) -> None:
    user = iam.create_user(UserName="alice")["User"]
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trusting(user["Arn"]))
    iam.delete_user(UserName="alice")
    document = iam.get_role(RoleName="app")["Role"]["AssumeRolePolicyDocument"]
    assert document["Statement"][0]["Principal"] == {"AWS": user["UserId"]}


def test_a_new_user_of_the_old_name_is_not_trusted(iam: Any, refused: Refused) -> None:
    arn = iam.create_user(UserName="alice")["User"]["Arn"]
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trusting(arn))
    iam.delete_user(UserName="alice")
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    sts = boto3.client(
        "sts",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=None,
    )
    code, _ = refused(sts.assume_role, RoleArn=own("app", "role"), RoleSessionName="again")
    assert code == "AccessDenied"


def test_a_unique_id_that_belongs_to_nobody_cannot_be_saved(iam: Any, refused: Refused) -> None:
    assert refused(
        iam.create_role, RoleName="app", AssumeRolePolicyDocument=trusting("AIDA" + "A" * 17)
    ) == ("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"AIDA{"A" * 17}"')


def test_update_role_leaves_alone_what_is_not_given(iam: Any) -> None:
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust(), Description="first")
    iam.update_role(RoleName="app", MaxSessionDuration=7200)
    role = iam.get_role(RoleName="app")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("first", 7200)


def test_delete_role_says_what_stands_in_the_way(iam: Any, refused: Refused) -> None:
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust())
    arn = iam.create_policy(PolicyName="p", PolicyDocument=policy())["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="app", PolicyArn=arn)
    iam.put_role_policy(RoleName="app", PolicyName="inline", PolicyDocument=policy())
    iam.create_instance_profile(InstanceProfileName="host")
    iam.add_role_to_instance_profile(InstanceProfileName="host", RoleName="app")

    for sentence, remove in [
        (
            "must remove roles from instance profile first",
            lambda: iam.remove_role_from_instance_profile(
                InstanceProfileName="host", RoleName="app"
            ),
        ),
        (
            "must detach all policies first",
            lambda: iam.detach_role_policy(RoleName="app", PolicyArn=arn),
        ),
        (
            "must delete policies first",
            lambda: iam.delete_role_policy(RoleName="app", PolicyName="inline"),
        ),
    ]:
        assert refused(iam.delete_role, RoleName="app") == (
            "DeleteConflict",
            f"Cannot delete entity, {sentence}.",
        )
        remove()
    iam.delete_role(RoleName="app")


def test_a_roles_sessions_end_with_it(iam: Any, refused: Refused) -> None:
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trusting(ACCOUNT))
    credentials = boto3.client("sts").assume_role(
        RoleArn=own("app", "role"), RoleSessionName="session"
    )["Credentials"]
    session = boto3.client(
        "sts",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    session.get_caller_identity()
    iam.delete_role(RoleName="app")
    assert refused(session.get_caller_identity)[0] == "InvalidClientTokenId"
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trusting(ACCOUNT))
    assert refused(session.get_caller_identity)[0] == "InvalidClientTokenId"


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("get_role", {}),
        ("update_role", {}),
        ("delete_role", {}),
        ("tag_role", {"Tags": []}),
        ("list_role_tags", {}),
        ("list_role_policies", {}),
        ("list_attached_role_policies", {}),
        ("attach_role_policy", {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        ("detach_role_policy", {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        ("put_role_policy", {"PolicyName": "p", "PolicyDocument": policy()}),
        ("get_role_policy", {"PolicyName": "p"}),
        ("delete_role_policy", {"PolicyName": "p"}),
        ("update_assume_role_policy", {"PolicyDocument": trust()}),
        ("list_instance_profiles_for_role", {}),
    ],
)
def test_a_role_that_is_not_there(
    iam: Any, refused: Refused, operation: str, more: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(iam, operation)(RoleName="nobody", **more)
    answer = caught.value.response
    assert answer["Error"]["Code"] == "NoSuchEntity"
    assert answer["Error"]["Message"] == "The role with name nobody cannot be found."
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 404
