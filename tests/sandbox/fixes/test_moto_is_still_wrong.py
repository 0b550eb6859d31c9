"""Every fix of IAM and STS is still needed: raw moto, without the gate, still answers wrongly.

A row that fails is good news: moto has become right, and the fix that the row names can go.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

from tests.sandbox.fixes.policies import ACCOUNT, own, policy, trust

pytestmark = pytest.mark.usefixtures("raw_moto")

Wrong = Callable[[SimpleNamespace], bool]

NOBODY = own("nobody", "role")


@pytest.fixture
def raw(raw_moto: None) -> SimpleNamespace:
    """Clients of raw moto, with a role, a user, a group and a policy called `x`."""
    unchecked = Config(parameter_validation=False)
    iam = boto3.client("iam", config=unchecked)
    iam.create_role(RoleName="x", AssumeRolePolicyDocument=trust())
    iam.create_user(UserName="x")
    iam.create_group(GroupName="x")
    arn = iam.create_policy(PolicyName="x", PolicyDocument=policy())["Policy"]["Arn"]
    sts = boto3.client("sts", config=unchecked)
    return SimpleNamespace(iam=iam, sts=sts, policy=arn)


def taken(operation: Callable[..., Any], **parameters: Any) -> bool:
    """Does moto take a call that AWS refuses?"""
    try:
        operation(**parameters)
    except (ClientError, ParamValidationError):
        return False
    return True


def answer(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """Code and message of moto's refusal; empty if there is none."""
    try:
        operation(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return "", ""


def unsupported(operation: Callable[..., Any], **parameters: Any) -> bool:
    """Does moto lack an operation?"""
    try:
        operation(**parameters)
    except NotImplementedError:
        return True
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] in {404, 501}
    return False


def both(*calls: Callable[[], Any]) -> bool:
    """Make calls one after the other; True if moto takes them all."""
    return all(taken(call) for call in calls)


def attached_twice(raw: SimpleNamespace) -> bool:
    for _ in range(2):
        raw.iam.attach_role_policy(RoleName="x", PolicyArn=raw.policy)
    return raw.iam.get_policy(PolicyArn=raw.policy)["Policy"]["AttachmentCount"] == 2


def eleven_attached(raw: SimpleNamespace) -> bool:
    for number in range(11):
        raw.iam.create_policy(PolicyName=f"p{number}", PolicyDocument=policy())
    return all(
        taken(raw.iam.attach_role_policy, RoleName="x", PolicyArn=own(f"p{number}"))
        for number in range(11)
    )


def deleted_while_attached(raw: SimpleNamespace) -> bool:
    raw.iam.attach_role_policy(RoleName="x", PolicyArn=raw.policy)
    return taken(raw.iam.delete_policy, PolicyArn=raw.policy)


def deleted_with_versions(raw: SimpleNamespace) -> bool:
    raw.iam.create_policy_version(PolicyArn=raw.policy, PolicyDocument=policy())
    return taken(raw.iam.delete_policy, PolicyArn=raw.policy)


def oldest_version_first(raw: SimpleNamespace) -> bool:
    raw.iam.create_policy_version(PolicyArn=raw.policy, PolicyDocument=policy())
    versions = raw.iam.list_policy_versions(PolicyArn=raw.policy)["Versions"]
    return [version["VersionId"] for version in versions] == ["v1", "v2"]


def default_version_lost(raw: SimpleNamespace) -> bool:
    raw.iam.set_default_policy_version(PolicyArn=raw.policy, VersionId="v1")
    versions = raw.iam.list_policy_versions(PolicyArn=raw.policy)["Versions"]
    return not versions[0]["IsDefaultVersion"]


def boundary_not_counted(raw: SimpleNamespace) -> bool:
    raw.iam.put_role_permissions_boundary(RoleName="x", PermissionsBoundary=raw.policy)
    found = raw.iam.get_policy(PolicyArn=raw.policy)["Policy"]
    return found.get("PermissionsBoundaryUsageCount", 0) == 0


def boundary_users_not_listed(raw: SimpleNamespace) -> bool:
    raw.iam.put_role_permissions_boundary(RoleName="x", PermissionsBoundary=raw.policy)
    found = raw.iam.list_entities_for_policy(
        PolicyArn=raw.policy, PolicyUsageFilter="PermissionsBoundary"
    )
    return found["PolicyRoles"] == []


def boundary_type_wrong(raw: SimpleNamespace) -> bool:
    raw.iam.put_role_permissions_boundary(RoleName="x", PermissionsBoundary=raw.policy)
    role = raw.iam.get_role(RoleName="x")["Role"]
    return role["PermissionsBoundary"]["PermissionsBoundaryType"] != "Policy"


def policies_without_names(raw: SimpleNamespace) -> bool:
    details = raw.iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])
    return any("PolicyName" not in entry for entry in details["Policies"])


def description_lost(raw: SimpleNamespace) -> bool:
    raw.iam.update_role(RoleName="x", Description="first")
    raw.iam.update_role(RoleName="x", MaxSessionDuration=7200)
    return "Description" not in raw.iam.get_role(RoleName="x")["Role"]


def principal_stays_after_its_deletion(raw: SimpleNamespace) -> bool:
    arn = raw.iam.create_user(UserName="alice")["User"]["Arn"]
    document = trust(Principal={"AWS": arn})
    raw.iam.create_role(RoleName="app", AssumeRolePolicyDocument=document)
    raw.iam.delete_user(UserName="alice")
    return arn in json.dumps(raw.iam.get_role(RoleName="app")["Role"]["AssumeRolePolicyDocument"])


def tags_lost_with_the_name(raw: SimpleNamespace) -> bool:
    raw.iam.tag_user(UserName="x", Tags=[{"Key": "team", "Value": "orders"}])
    raw.iam.update_user(UserName="x", NewUserName="y")
    return raw.iam.list_user_tags(UserName="y")["Tags"] == []


def group_does_not_move(raw: SimpleNamespace) -> bool:
    raw.iam.update_group(GroupName="x", NewPath="/hq/")
    return raw.iam.get_group(GroupName="x")["Group"]["Path"] == "/"


def user_deleted_with_keys(raw: SimpleNamespace) -> bool:
    raw.iam.create_access_key(UserName="x")
    return taken(raw.iam.delete_user, UserName="x")


def group_deleted_with_users(raw: SimpleNamespace) -> bool:
    raw.iam.add_user_to_group(GroupName="x", UserName="x")
    return taken(raw.iam.delete_group, GroupName="x")


def eleven_groups(raw: SimpleNamespace) -> bool:
    for number in range(11):
        raw.iam.create_group(GroupName=f"g{number}")
    return all(
        taken(raw.iam.add_user_to_group, GroupName=f"g{number}", UserName="x")
        for number in range(11)
    )


def foreign_key_deleted(raw: SimpleNamespace) -> bool:
    key = raw.iam.create_access_key(UserName="x")["AccessKey"]["AccessKeyId"]
    return taken(raw.iam.delete_access_key, AccessKeyId=key)


def service_linked(raw: SimpleNamespace) -> str:
    role = raw.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]
    return str(role["RoleName"])


def token_is_the_same_for_all(raw: SimpleNamespace) -> bool:
    keys = {raw.sts.get_session_token()["Credentials"]["AccessKeyId"] for _ in range(2)}
    return keys == {"AKIAIOSFODNN7EXAMPLE"}


def federation_token_is_the_same_for_all(raw: SimpleNamespace) -> bool:
    found = raw.sts.get_federation_token(Name="bob")["Credentials"]["AccessKeyId"]
    return found == "AKIAIOSFODNN7EXAMPLE"


def assumed(raw: SimpleNamespace, **more: Any) -> bool:
    return taken(raw.sts.assume_role, RoleArn=own("x", "role"), RoleSessionName="session", **more)


def source_identity_lost(raw: SimpleNamespace) -> bool:
    found = raw.sts.assume_role(
        RoleArn=own("x", "role"), RoleSessionName="session", SourceIdentity="alice"
    )
    return "SourceIdentity" not in found


def foreign_key_is_ours(raw: SimpleNamespace) -> bool:
    found = raw.sts.get_access_key_info(AccessKeyId="AKIA" + "A" * 16)
    return found["Account"] == ACCOUNT


SAML = base64.b64encode(
    b"""<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
      xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:Assertion>
      <saml:AttributeStatement>
        <saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role">
          <saml:AttributeValue>arn:aws:iam::123456789012:role/staff,p</saml:AttributeValue>
        </saml:Attribute>
        <saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName">
          <saml:AttributeValue>alice</saml:AttributeValue>
        </saml:Attribute>
      </saml:AttributeStatement></saml:Assertion></samlp:Response>"""
).decode()
BIG = policy(Resource=[f"arn:aws:s3:::{number:060}" for number in range(200)])
TAGS = [{"Key": "team", "Value": "a"}, {"Key": "Team", "Value": "b"}]

ROWS: dict[str, Wrong] = {
    # constraints
    "constraints: a role name with a slash": lambda raw: taken(
        raw.iam.create_role, RoleName="a/b", AssumeRolePolicyDocument=trust()
    ),
    "constraints: a role name of 65 characters": lambda raw: taken(
        raw.iam.create_role, RoleName="a" * 65, AssumeRolePolicyDocument=trust()
    ),
    "constraints: a session of a minute": lambda raw: taken(
        raw.iam.update_role, RoleName="x", MaxSessionDuration=60
    ),
    "constraints: a session name with a colon": lambda raw: taken(
        raw.sts.assume_role, RoleArn=own("x", "role"), RoleSessionName="a:b"
    ),
    # iam_documents
    "iam_documents: any text is a trust policy": lambda raw: taken(
        raw.iam.create_role, RoleName="y", AssumeRolePolicyDocument="{nothing"
    ),
    "iam_documents: a principal in an identity policy": lambda raw: taken(
        raw.iam.create_policy, PolicyName="y", PolicyDocument=policy(Principal="*")
    ),
    "iam_documents: a principal in an inline policy": lambda raw: taken(
        raw.iam.put_role_policy,
        RoleName="x",
        PolicyName="y",
        PolicyDocument=policy(Principal="*"),
    ),
    "iam_documents: the older version of an inline policy is refused": lambda raw: (
        not taken(
            raw.iam.put_role_policy,
            RoleName="x",
            PolicyName="y",
            PolicyDocument=policy().replace("2012", "2008"),
        )
    ),
    "iam_documents: the older version of a trust policy is refused": lambda raw: (
        not taken(
            raw.iam.update_assume_role_policy,
            RoleName="x",
            PolicyDocument=trust().replace("2012", "2008"),
        )
    ),
    # iam_trust
    "iam_trust: a principal that does not exist": lambda raw: taken(
        raw.iam.create_role,
        RoleName="y",
        AssumeRolePolicyDocument=trust(Principal={"AWS": NOBODY}),
    ),
    "iam_trust: a principal that does not exist, later": lambda raw: taken(
        raw.iam.update_assume_role_policy,
        RoleName="x",
        PolicyDocument=trust(Principal={"AWS": NOBODY}),
    ),
    "iam_trust: a deleted principal stays": principal_stays_after_its_deletion,
    "iam_service_principals: a misspelt service": lambda raw: taken(
        raw.iam.create_role,
        RoleName="y",
        AssumeRolePolicyDocument=trust(Principal={"Service": "ecs-task.amazonaws.com"}),
    ),
    # iam_roles
    "create_role: names that differ by case": lambda raw: taken(
        raw.iam.create_role, RoleName="X", AssumeRolePolicyDocument=trust()
    ),
    "create_role: a trust policy of any size": lambda raw: taken(
        raw.iam.create_role,
        RoleName="y",
        AssumeRolePolicyDocument=trust(
            Condition={"StringEquals": {"aws:PrincipalTag/a": ["b" * 3000]}}
        ),
    ),
    "get_role: other words": lambda raw: (
        answer(raw.iam.get_role, RoleName="nobody")[1] == "Role nobody not found"
    ),
    "update_role: the description is lost": description_lost,
    # iam_boundaries
    "create_role: a boundary that does not exist": lambda raw: taken(
        raw.iam.create_role,
        RoleName="y",
        AssumeRolePolicyDocument=trust(),
        PermissionsBoundary=own("none"),
    ),
    "put_role_permissions_boundary: a boundary that does not exist": lambda raw: taken(
        raw.iam.put_role_permissions_boundary, RoleName="x", PermissionsBoundary=own("none")
    ),
    "delete_role_permissions_boundary: there is none": lambda raw: taken(
        raw.iam.delete_role_permissions_boundary, RoleName="x"
    ),
    "put_user_permissions_boundary: missing": lambda raw: unsupported(
        raw.iam.put_user_permissions_boundary, UserName="x", PermissionsBoundary=raw.policy
    ),
    "create_user: the boundary is ignored": lambda raw: (
        "PermissionsBoundary"
        not in raw.iam.create_user(UserName="y", PermissionsBoundary=raw.policy)["User"]
    ),
    "shown: the boundary's type": boundary_type_wrong,
    "get_policy: uses as a boundary": boundary_not_counted,
    "list_entities_for_policy: uses as a boundary": boundary_users_not_listed,
    "get_account_authorization_details: policies without names": policies_without_names,
    # iam_managed_policies
    "create_policy: a policy of any size": lambda raw: taken(
        raw.iam.create_policy, PolicyName="y", PolicyDocument=BIG
    ),
    "create_policy: names that differ by case": lambda raw: taken(
        raw.iam.create_policy, PolicyName="X", PolicyDocument=policy()
    ),
    "create_policy: the id is no ANPA id": lambda raw: (
        not raw.iam.get_policy(PolicyArn=raw.policy)["Policy"]["PolicyId"].startswith("ANPA")
    ),
    "delete_policy: attached": deleted_while_attached,
    "delete_policy: with versions": deleted_with_versions,
    "attach_role_policy: twice counts two": attached_twice,
    "attach_role_policy: no limit": eleven_attached,
    "list_policy_versions: oldest first": oldest_version_first,
    "set_default_policy_version: the default again": default_version_lost,
    # iam_inline_policies
    "put_role_policy: policies of any size": lambda raw: taken(
        raw.iam.put_role_policy, RoleName="x", PolicyName="y", PolicyDocument=BIG
    ),
    "put_user_policy: policies of any size": lambda raw: taken(
        raw.iam.put_user_policy, UserName="x", PolicyName="y", PolicyDocument=BIG
    ),
    "get_role_policy: other words": lambda raw: (
        "cannot be found" not in answer(raw.iam.get_role_policy, RoleName="x", PolicyName="y")[1]
    ),
    # iam_users, iam_groups
    "create_user: the id is no AIDA id": lambda raw: (
        not raw.iam.get_user(UserName="x")["User"]["UserId"].startswith("AIDA")
    ),
    "create_user: names that differ by case": lambda raw: taken(raw.iam.create_user, UserName="X"),
    "get_user: a user for nobody": lambda raw: taken(raw.iam.get_user),
    "update_user: over another": lambda raw: both(
        lambda: raw.iam.create_user(UserName="y"),
        lambda: raw.iam.update_user(UserName="x", NewUserName="y"),
    ),
    "update_user: tags are lost": tags_lost_with_the_name,
    "delete_user: with keys": user_deleted_with_keys,
    "delete_access_key: whose it is does not matter": foreign_key_deleted,
    "create_group: the id is no AGPA id": lambda raw: (
        not raw.iam.get_group(GroupName="x")["Group"]["GroupId"].startswith("AGPA")
    ),
    "create_group: names that differ by case": lambda raw: taken(
        raw.iam.create_group, GroupName="X"
    ),
    "update_group: a path alone": group_does_not_move,
    "delete_group: with users": group_deleted_with_users,
    "add_user_to_group: no limit": eleven_groups,
    "iam_tags: a key twice": lambda raw: taken(raw.iam.tag_user, UserName="x", Tags=TAGS),
    "iam_existence: instance profiles of no role": lambda raw: taken(
        raw.iam.list_instance_profiles_for_role, RoleName="nobody"
    ),
    # iam_service_linked
    "create_service_linked_role: its name": lambda raw: (
        service_linked(raw) == "AWSServiceRoleForecs"
    ),
    "only_by_its_service: deleted by anybody": lambda raw: taken(
        raw.iam.delete_role, RoleName=service_linked(raw)
    ),
    "get_service_linked_role_deletion_status: of no task": lambda raw: taken(
        raw.iam.get_service_linked_role_deletion_status, DeletionTaskId="task/none"
    ),
    # iam_simulator, iam_reports, iam_providers
    "simulate_custom_policy: missing": lambda raw: unsupported(
        raw.iam.simulate_custom_policy, PolicyInputList=[policy()], ActionNames=["s3:GetObject"]
    ),
    "simulate_principal_policy: missing": lambda raw: unsupported(
        raw.iam.simulate_principal_policy,
        PolicySourceArn=own("x", "role"),
        ActionNames=["s3:GetObject"],
    ),
    "get_context_keys_for_custom_policy: missing": lambda raw: unsupported(
        raw.iam.get_context_keys_for_custom_policy, PolicyInputList=[policy()]
    ),
    "get_context_keys_for_principal_policy: missing": lambda raw: unsupported(
        raw.iam.get_context_keys_for_principal_policy, PolicySourceArn=own("x", "role")
    ),
    "not_kept: missing": lambda raw: unsupported(
        raw.iam.generate_service_last_accessed_details, Arn=own("x", "role")
    ),
    "create_open_id_connect_provider: what exists is unknown": lambda raw: (
        raw.iam.create_open_id_connect_provider(Url="https://a.example.com", ClientIDList=["a"])
        is not None
        and answer(
            raw.iam.create_open_id_connect_provider,
            Url="https://a.example.com",
            ClientIDList=["a"],
        )[1]
        == "Unknown"
    ),
    "delete_saml_provider: there is none": lambda raw: taken(
        raw.iam.delete_saml_provider, SAMLProviderArn=own("none", "saml-provider")
    ),
    # sts
    "assume_role: a role that does not exist": lambda raw: taken(
        raw.sts.assume_role, RoleArn=NOBODY, RoleSessionName="session"
    ),
    "assume_role: longer than the role allows": lambda raw: assumed(raw, DurationSeconds=43200),
    "assume_role: any text is a session policy": lambda raw: assumed(raw, Policy="{nothing"),
    "assume_role: a session policy that does not exist": lambda raw: assumed(
        raw, PolicyArns=[{"arn": own("none")}]
    ),
    "assume_role: a tag key twice": lambda raw: assumed(raw, Tags=TAGS),
    "assume_role: the source identity is lost": source_identity_lost,
    "assume_role: a device that is nobody's": lambda raw: assumed(
        raw, SerialNumber="arn:aws:iam::123456789012:mfa/none", TokenCode="123456"
    ),
    "get_session_token: the same for all": token_is_the_same_for_all,
    "get_federation_token: the same for all": federation_token_is_the_same_for_all,
    "get_caller_identity: a user that does not exist": lambda raw: (
        raw.sts.get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:user/moto"
    ),
    "get_access_key_info: unknown keys are ours": foreign_key_is_ours,
    "decode_authorization_message: missing": lambda raw: unsupported(
        raw.sts.decode_authorization_message, EncodedMessage="x"
    ),
    "assume_role_with_saml: a provider that does not exist": lambda raw: taken(
        raw.sts.assume_role_with_saml,
        RoleArn=own("staff", "role"),
        PrincipalArn=own("none", "saml-provider"),
        SAMLAssertion=SAML,
    ),
    "assume_role_with_web_identity: any text is a token": lambda raw: taken(
        raw.sts.assume_role_with_web_identity,
        RoleArn=own("x", "role"),
        RoleSessionName="session",
        WebIdentityToken="none",
    ),
}


@pytest.mark.parametrize("wrong", [pytest.param(wrong, id=name) for name, wrong in ROWS.items()])
def test_raw_moto_still_answers_otherwise_than_aws(raw: SimpleNamespace, wrong: Wrong) -> None:
    assert wrong(raw), "moto answers this as AWS does now: the fix can go"
