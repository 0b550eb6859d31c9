"""Reading an account: what is there, what cannot be read, and what AWS would have refused.

AWS pages: *GetAccountAuthorizationDetails*; *Service control policies (SCPs)*.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import rolelab
from rolelab import blast_radius
from rolelab.account import Account
from rolelab.blast_radius import read_account
from tests.sandbox.organization import Organization
from tests.sandbox.people import ACCOUNT, allow, document

ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{name}"


def trusting(principal: dict[str, Any]) -> str:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


@pytest.fixture
def sandbox() -> Iterator[Account]:
    yield rolelab.start(account_id=ACCOUNT)
    rolelab.stop()


@pytest.fixture
def iam(sandbox: Account) -> Any:
    return boto3.client("iam")


def stored(kind: str, name: str) -> Any:
    """A user or role as it is stored, to put in what AWS refuses."""
    from moto.iam.models import iam_backends

    known = getattr(iam_backends[ACCOUNT]["aws"], f"{kind}s").values()
    return next(each for each in known if each.name == name)


def test_a_fresh_account_has_its_administrator_alone(sandbox: Account) -> None:
    radius = blast_radius.of_account()
    assert radius.account.principals == (arn("role/Administrator"),)
    assert radius.administrators == (arn("role/Administrator"),)
    assert radius.can_become_administrator == radius.faults == ()


def test_policies_come_from_everywhere_they_can(iam: Any) -> None:
    policy = iam.create_policy(PolicyName="work", PolicyDocument=allow("s3:Get*"))["Policy"]["Arn"]
    iam.create_group(GroupName="readers", Path="/staff/")
    iam.put_group_policy(
        GroupName="readers", PolicyName="list", PolicyDocument=allow("s3:ListBucket")
    )
    iam.create_user(UserName="ann", Path="/staff/", Tags=[{"Key": "team", "Value": "shop"}])
    iam.add_user_to_group(GroupName="readers", UserName="ann")
    iam.attach_user_policy(UserName="ann", PolicyArn=policy)
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=allow("sqs:*"))
    iam.put_user_permissions_boundary(
        UserName="ann", PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess"
    )
    (ann,) = (each for each in read_account().holders if not each.is_role)
    assert ann.arn == arn("user/staff/ann")
    assert ann.tags == {"team": "shop"}
    assert {(each.document.name, each.arn, each.group) for each in ann.policies} == {
        ("managed policy work", policy, ""),
        ("inline policy own", "", ""),
        ("inline policy list of group readers", "", arn("group/staff/readers")),
    }
    assert ann.boundary_document is not None
    assert ann.boundary_document.name == "permissions boundary ReadOnlyAccess"


def test_service_linked_roles_are_left_to_their_service(iam: Any) -> None:
    iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    assert read_account().principals == (arn("role/Administrator"),)


# What is stored that AWS refuses, and the name of the document in the fault.
BROKEN: dict[str, tuple[str, str]] = {
    "no JSON at all": ("{", "inline policy own"),
    "no statement": ('{"Version": "2012-10-17"}', "inline policy own"),
    "an action without a service": (allow("Get*"), "inline policy own"),
}


@pytest.mark.parametrize(("written", "name"), BROKEN.values(), ids=BROKEN.keys())
def test_a_policy_that_aws_refuses_is_named_and_left_out(iam: Any, written: str, name: str) -> None:
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trusting(ROOT))
    iam.put_role_policy(RoleName="app", PolicyName="own", PolicyDocument=allow("s3:*"))
    stored("role", "app").policies["own"] = written
    radius = blast_radius.of_account()
    (fault,) = radius.faults
    assert fault.where == arn("role/app")
    assert fault.reason.startswith(f"{name} is left out, it is not valid: ")
    assert arn("role/app") in radius.account.principals


def test_a_trust_policy_that_aws_refuses_lets_nobody_in(iam: Any) -> None:
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trusting(ROOT))
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=allow("sts:AssumeRole"))
    assert blast_radius.of_account().reach("ann")
    stored("role", "app").assume_role_policy_document = '{"Version": "2012-10-17"}'
    radius = blast_radius.of_account()
    assert [str(fault).partition(" is left out")[0] for fault in radius.faults] == [
        f"{arn('role/app')}: trust policy"
    ]
    assert arn("role/app") not in radius.reach("ann")


def test_a_boundary_that_is_gone_allows_nothing_and_is_named(iam: Any) -> None:
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=allow("*"))
    stored("user", "ann").permissions_boundary_arn = arn("policy/gone")
    radius = blast_radius.of_account()
    assert "permissions boundary" in radius.faults[0].reason
    assert arn("policy/gone") in radius.faults[0].reason
    assert arn("user/ann") not in (*radius.administrators, *radius.can_become_administrator)


READ_IAM = [
    "iam:GetAccountAuthorizationDetails",
    "iam:ListAccessKeys",
    "iam:GetLoginProfile",
    "organizations:DescribeOrganization",
]


def auditor(iam: Any, *actions: str) -> boto3.Session:
    iam.create_user(UserName="auditor")
    iam.put_user_policy(
        UserName="auditor", PolicyName="own", PolicyDocument=allow([*READ_IAM, *actions])
    )
    key = iam.create_access_key(UserName="auditor")["AccessKey"]
    return boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")


def test_what_the_reader_may_not_see_is_named(iam: Any) -> None:
    faults = read_account(auditor(iam)).faults
    assert [fault.where for fault in faults] == [
        "Amazon ECS",
        "AWS Lambda",
        "AWS CloudFormation",
        "Instance profiles",
    ]
    assert all("not authorized to perform" in fault.reason for fault in faults)


def test_a_reader_with_the_permissions_of_the_docstring_sees_all(iam: Any) -> None:
    more = (
        "iam:ListInstanceProfiles",
        "lambda:ListFunctions",
        "cloudformation:DescribeStacks",
        "cloudformation:ListStacks",
        "ecs:List*",
        "ecs:Describe*",
    )
    assert read_account(auditor(iam, *more)).faults == ()


def test_without_iam_there_is_nothing_to_search(iam: Any) -> None:
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    bob = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    with pytest.raises(ClientError, match="GetAccountAuthorizationDetails"):
        read_account(bob)


@pytest.fixture
def organization(sandbox: Account) -> Organization:
    """A member account in which ann can make herself administrator."""
    made = Organization.make()
    iam = made.administrator(sandbox).client("iam")
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=allow("iam:PutUserPolicy"))
    return made


def test_a_member_account_needs_somebody_who_reads_the_scps(
    sandbox: Account, organization: Organization
) -> None:
    with pytest.raises(ValueError, match=f"Pass management=, a session in account {ACCOUNT}"):
        read_account(organization.administrator(sandbox))


@pytest.mark.parametrize("level", ["root", "unit", "account"])
def test_an_scp_at_any_level_closes_the_way_and_denies_the_call(
    sandbox: Account, organization: Organization, level: str
) -> None:
    member, manager = organization.administrator(sandbox), sandbox.admin(ACCOUNT)
    key = member.client("iam").create_access_key(UserName="ann")["AccessKey"]
    ann = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")

    def look() -> blast_radius.BlastRadius:
        return blast_radius.of_account(member, management=manager)

    assert look().paths("ann")
    not_platform = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}
    statement = {
        "Effect": "Deny",
        "Action": "iam:Put*Policy",
        "Resource": "*",
        "Condition": not_platform,
    }
    organization.attach(level, statement, kind="SERVICE_CONTROL_POLICY")
    assert look().paths("ann") == []
    with pytest.raises(ClientError, match="explicit deny in a service control policy"):
        ann.client("iam").put_user_policy(
            UserName="ann", PolicyName="more", PolicyDocument=allow("*")
        )


def test_scps_do_not_bear_on_the_management_account(
    sandbox: Account, organization: Organization
) -> None:
    organization.attach(
        "root",
        {"Effect": "Deny", "Action": "*", "Resource": "*"},
        kind="SERVICE_CONTROL_POLICY",
    )
    assert blast_radius.of_account().administrators == (arn("role/Administrator"),)


def test_a_policy_with_five_versions_takes_the_right_to_delete_one(iam: Any) -> None:
    policy = iam.create_policy(PolicyName="work", PolicyDocument=allow("s3:Get*"))["Policy"]["Arn"]
    iam.create_user(UserName="ann")
    iam.attach_user_policy(UserName="ann", PolicyArn=policy)
    iam.put_user_policy(
        UserName="ann", PolicyName="own", PolicyDocument=allow("iam:CreatePolicyVersion")
    )
    assert blast_radius.of_account().paths("ann")
    for _ in range(4):
        iam.create_policy_version(PolicyArn=policy, PolicyDocument=allow("s3:List*"))
    assert blast_radius.of_account().paths("ann") == []
    both = allow(["iam:CreatePolicyVersion", "iam:DeletePolicyVersion"])
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=both)
    assert blast_radius.of_account().paths("ann")


def test_a_user_with_two_keys_takes_the_right_to_delete_one(iam: Any) -> None:
    iam.create_user(UserName="bob")
    iam.create_user(UserName="ann")
    iam.put_user_policy(
        UserName="ann", PolicyName="own", PolicyDocument=allow("iam:CreateAccessKey")
    )
    iam.create_access_key(UserName="bob")
    assert blast_radius.of_account().reach("ann") == (arn("user/bob"),)
    iam.create_access_key(UserName="bob")
    assert blast_radius.of_account().reach("ann") == ()
