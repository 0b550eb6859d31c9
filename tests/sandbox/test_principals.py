"""Who calls, which policies limit the caller, and which condition keys say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from rolelab.sandbox import principals, sessions
from rolelab.sandbox.account import Sandbox
from tests.sandbox.people import ACCOUNT, allow, document, error_of, signed_in

Maker = Callable[..., boto3.Session]


def principal_of(session: boto3.Session) -> principals.Principal:
    key = principals.key_of(session.get_credentials().access_key)
    assert key is not None
    return principals.resolve(key)


def names(documents: Any) -> list[str]:
    return [each.name for each in documents]


class TestPolicies:
    def test_of_a_user_and_its_groups(self, user: Maker) -> None:
        alice = user(policy=allow("s3:*"))
        iam = boto3.client("iam")
        iam.create_group(GroupName="team")
        iam.add_user_to_group(GroupName="team", UserName="alice")
        iam.put_group_policy(GroupName="team", PolicyName="sqs", PolicyDocument=allow("sqs:*"))
        iam.attach_group_policy(
            GroupName="team", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess"
        )
        iam.attach_user_policy(UserName="alice", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
        identity = principal_of(alice).identity()
        assert names(identity.policies) == [
            "managed policy ReadOnlyAccess",
            "inline policy own",
            "managed policy IAMReadOnlyAccess of group team",
            "inline policy sqs of group team",
        ]
        assert identity.boundary is None
        assert identity.session is None

    def test_only_the_default_version_of_a_managed_policy_counts(self, user: Maker) -> None:
        iam = boto3.client("iam")
        arn = iam.create_policy(PolicyName="p", PolicyDocument=allow("iam:ListUsers"))["Policy"][
            "Arn"
        ]
        alice = user().client("iam")
        iam.attach_user_policy(UserName="alice", PolicyArn=arn)
        assert alice.list_users()["Users"]
        iam.create_policy_version(
            PolicyArn=arn, PolicyDocument=allow("iam:ListRoles"), SetAsDefault=True
        )
        assert error_of(alice.list_users)[0] == "AccessDenied"
        assert alice.list_roles()["Roles"]

    @pytest.mark.parametrize("whose", ["user", "role"])
    def test_a_permissions_boundary_limits(self, user: Maker, role: Maker, whose: str) -> None:
        iam = boto3.client("iam")
        arn = iam.create_policy(PolicyName="limit", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
        if whose == "user":
            session = user("alice", allow("*"))
            iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=arn)
        else:
            session = role("app", allow("*"))
            iam.put_role_permissions_boundary(RoleName="app", PermissionsBoundary=arn)
        assert names(principal_of(session).identity().boundary) == ["permissions boundary limit"]
        assert session.client("s3").list_buckets()["Buckets"] == []
        assert "permissions boundary" in error_of(session.client("iam").list_users)[2]

    def test_session_policies_limit_a_role_session(self, role: Maker) -> None:
        session = role(
            policy=allow("*"),
            policies=[allow("s3:*")],
            policy_arns=["arn:aws:iam::aws:policy/IAMReadOnlyAccess"],
        )
        boto3.client("iam").attach_role_policy(
            RoleName="app", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess"
        )
        assert names(principal_of(session).identity().session) == [
            "session policy",
            "session policy IAMReadOnlyAccess",
        ]
        assert session.client("iam").list_users()["Users"] == []
        assert "session policy" in error_of(session.client("sqs").list_queues)[2]

    def test_a_federated_user_has_what_user_and_session_policy_allow(self, user: Maker) -> None:
        sts = user(policy=allow(["s3:*", "sts:GetFederationToken"])).client("sts")

        def federated(**policy: str) -> Any:
            given = sts.get_federation_token(Name="fed", **policy)["Credentials"]
            return boto3.client(
                "s3",
                aws_access_key_id=given["AccessKeyId"],
                aws_secret_access_key=given["SecretAccessKey"],
                aws_session_token=given["SessionToken"],
            )

        assert federated(Policy=allow("*")).list_buckets()["Buckets"] == []
        assert error_of(federated(Policy=allow("sqs:*")).list_buckets)[0] == "AccessDenied"
        assert error_of(federated().list_buckets)[0] == "AccessDenied"

    def test_session_token_credentials_are_the_user(self, user: Maker) -> None:
        given = user(policy=allow("s3:*")).client("sts").get_session_token()["Credentials"]
        session = boto3.Session(
            given["AccessKeyId"],
            given["SecretAccessKey"],
            given["SessionToken"],
            region_name="us-east-1",
        )
        assert principal_of(session).arn == f"arn:aws:iam::{ACCOUNT}:user/alice"
        assert session.client("s3").list_buckets()["Buckets"] == []

    def test_the_root_user_needs_no_policy(self, sandbox: Sandbox) -> None:
        root = signed_in(sessions.issue("root", issuer_arn=f"arn:aws:iam::{ACCOUNT}:root"))
        assert root.client("iam").list_roles()["Roles"]

    def test_accounts_are_apart(self, sandbox: Sandbox, user: Maker) -> None:
        user("alice")
        theirs = sandbox.admin("210987654321").client("iam")
        assert theirs.list_users()["Users"] == []
        theirs.create_user(UserName="alice")
        key = theirs.create_access_key(UserName="alice")["AccessKey"]
        alice = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
        assert principal_of(alice).arn == "arn:aws:iam::210987654321:user/alice"

    def test_organizations_are_to_come(self) -> None:
        assert principals.organization_policies(ACCOUNT) == ((), ())


class TestConditionKeys:
    """The keys about the principal (AWS global condition context keys)."""

    def test_of_a_user_with_a_long_term_key(self, user: Maker) -> None:
        alice = user()
        boto3.client("iam").tag_user(UserName="alice", Tags=[{"Key": "team", "Value": "red"}])
        principal = principal_of(alice)
        assert principal.context == {
            "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/alice",
            "aws:PrincipalAccount": ACCOUNT,
            "aws:PrincipalType": "User",
            "aws:userid": principal.user_id,
            "aws:username": "alice",
            "aws:PrincipalTag/team": "red",
        }

    def test_of_a_role_session(self, role: Maker) -> None:
        session = role(path="/team/", source_identity="alice", tags={"job": "7", "team": "blue"})
        boto3.client("iam").tag_role(RoleName="app", Tags=[{"Key": "team", "Value": "red"}])
        context = dict(principal_of(session).context)
        issued = context.pop("aws:TokenIssueTime")
        user_id = context.pop("aws:userid")
        assert str(user_id).endswith(":task")
        assert str(issued).endswith("Z")
        assert context == {
            "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/team/app",
            "aws:PrincipalAccount": ACCOUNT,
            "aws:PrincipalType": "AssumedRole",
            "aws:MultiFactorAuthPresent": "false",
            "aws:SourceIdentity": "alice",
            "aws:PrincipalTag/job": "7",
            "aws:PrincipalTag/team": "blue",  # the session's tag wins
        }

    def test_mfa_is_told_of_temporary_credentials_only(self, user: Maker, role: Maker) -> None:
        assert "aws:MultiFactorAuthPresent" not in principal_of(user()).context
        with_mfa = principal_of(role(mfa=True)).context
        assert with_mfa["aws:MultiFactorAuthPresent"] == "true"
        assert 0 <= int(str(with_mfa["aws:MultiFactorAuthAge"])) < 60
        assert "aws:MultiFactorAuthAge" not in principal_of(role("other")).context

    def test_a_federated_user_has_the_user_s_tags_and_its_own(self, user: Maker) -> None:
        user()
        boto3.client("iam").tag_user(UserName="alice", Tags=[{"Key": "team", "Value": "red"}])
        issued = sessions.issue(
            "federated-user",
            issuer_arn=f"arn:aws:iam::{ACCOUNT}:user/alice",
            name="fed",
            tags={"job": "7"},
        )
        context = principal_of(signed_in(issued)).context
        assert context["aws:PrincipalType"] == "FederatedUser"
        assert context["aws:PrincipalTag/team"] == "red"
        assert context["aws:PrincipalTag/job"] == "7"
        assert "aws:username" not in context

    def test_of_an_anonymous_caller(self) -> None:
        nobody = principals.anonymous(ACCOUNT, "aws")
        assert nobody.arn == "*"
        assert nobody.context == {"aws:PrincipalType": "Anonymous"}

    @pytest.mark.parametrize(
        ("key", "value", "allowed"),
        [
            ("aws:PrincipalTag/team", "red", True),
            ("aws:PrincipalTag/team", "blue", False),
            ("aws:username", "alice", True),
            ("aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:user/al*", True),
        ],
    )
    def test_they_reach_the_decision(
        self, user: Maker, key: str, value: str, allowed: bool
    ) -> None:
        condition = {"StringLike": {key: value}}
        alice = user(policy=allow("s3:ListAllMyBuckets", Condition=condition)).client("s3")
        boto3.client("iam").tag_user(UserName="alice", Tags=[{"Key": "team", "Value": "red"}])
        if allowed:
            assert alice.list_buckets()["Buckets"] == []
        else:
            assert error_of(alice.list_buckets)[0] == "AccessDenied"


def test_sessions_of_a_deleted_role_have_no_permissions_left(role: Maker) -> None:
    session = role(policy=allow("*"))
    iam = boto3.client("iam")
    iam.delete_role_policy(RoleName="app", PolicyName="own")
    iam.delete_role(RoleName="app")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=_trust())
    iam.put_role_policy(RoleName="app", PolicyName="own", PolicyDocument=allow("*"))
    assert error_of(session.client("s3").list_buckets)[1] == 403


def _trust() -> str:
    principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
