"""What an organization allows its accounts: SCPs, RCPs, and the condition keys about it.

Pages: *SCP evaluation*, *RCP evaluation*, *Service control policies (SCPs)*, *Resource control
policies (RCPs)*, *AWS global condition context keys*.
"""

from __future__ import annotations

from typing import Any

import boto3
import pytest

import rolelab
from rolelab.sandbox import organizations, principals, sessions
from rolelab.sandbox.account import Sandbox
from rolelab.sandbox.service_calls import as_service, assume_role_as_service
from tests.sandbox.organization import ALL, Organization, deny
from tests.sandbox.people import ACCOUNT, document, error_of, signed_in

SCP, RCP = organizations.SERVICE_CONTROL_POLICY, organizations.RESOURCE_CONTROL_POLICY
OUTSIDE = "999988887777"


@pytest.fixture
def organization(sandbox: Sandbox) -> Organization:
    return Organization.make()


def test_an_account_without_an_organization_has_no_guardrails(sandbox: Sandbox) -> None:
    assert organizations.membership(ACCOUNT) is None
    assert principals.organization_policies(ACCOUNT) == ((), ())


def test_levels_go_from_the_root_down_to_the_account(organization: Organization) -> None:
    for level in ("root", "unit", "account"):
        organization.attach(level, deny(f"sns:{level}"), kind=SCP)
    service_control, resource_control = principals.organization_policies(organization.member)
    assert resource_control == ()
    said = [
        [document.source["Statement"][0]["Action"] for document in level]
        for level in service_control
    ]
    assert said == [["*", "sns:root"], ["*", "sns:unit"], ["*", "sns:account"]]


@pytest.mark.parametrize("level", ["root", "unit", "account"])
def test_a_deny_at_any_level_bites(
    sandbox: Sandbox, organization: Organization, level: str
) -> None:
    iam = organization.administrator(sandbox).client("iam")
    assert iam.list_users()["Users"] == []
    organization.attach(level, deny("iam:ListUsers"), kind=SCP)
    code, status, message = error_of(iam.list_users)
    assert (code, status) == ("AccessDenied", 403)
    assert message == (
        f"User: arn:aws:sts::{organization.member}:assumed-role/Administrator/learner is not "
        f"authorized to perform: iam:ListUsers on resource: "
        f"arn:aws:iam::{organization.member}:user/ with an explicit deny in a service control "
        "policy"
    )
    assert iam.list_roles()["Roles"]


@pytest.mark.parametrize("level", ["root", "unit", "account"])
def test_what_one_level_does_not_allow_is_denied(
    sandbox: Sandbox, organization: Organization, level: str
) -> None:
    organization.replace(level, {"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    session = organization.administrator(sandbox)
    assert session.client("iam").list_roles()["Roles"]
    _, _, message = error_of(session.client("sqs").list_queues)
    assert message.endswith("because no service control policy allows the sqs:ListQueues action")


def test_an_allow_below_does_not_give_back_what_is_missing_above(
    sandbox: Sandbox, organization: Organization
) -> None:
    organization.replace("root", {"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    organization.attach("account", ALL, kind=SCP)
    assert error_of(organization.administrator(sandbox).client("sqs").list_queues)[0] in (
        "AccessDenied",
        "AccessDeniedException",
    )


def test_an_scp_grants_nothing(sandbox: Sandbox, organization: Organization) -> None:
    iam = organization.administrator(sandbox).client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    nobody = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    _, _, message = error_of(nobody.client("iam").list_users)
    assert message.endswith("because no identity-based policy allows the iam:ListUsers action")


def test_the_root_user_of_a_member_is_restricted(
    sandbox: Sandbox, organization: Organization
) -> None:
    organization.attach("unit", deny("iam:ListUsers"), kind=SCP)
    arn = f"arn:aws:iam::{organization.member}:root"
    root = signed_in(sessions.issue("root", issuer_arn=arn))
    assert "service control policy" in error_of(root.client("iam").list_users)[2]


@pytest.mark.parametrize("level", ["root", "management"])
def test_the_management_account_is_exempt(organization: Organization, level: str) -> None:
    organization.attach(level, deny("*"), kind=SCP)
    assert boto3.client("iam").list_roles()["Roles"]


def test_a_service_linked_role_is_exempt(sandbox: Sandbox, organization: Organization) -> None:
    organization.attach("unit", deny("*"), kind=SCP)
    name = "aws-service-role/organizations.amazonaws.com/AWSServiceRoleForOrganizations"
    session = assume_role_as_service(
        "organizations.amazonaws.com",
        f"arn:aws:iam::{organization.member}:role/{name}",
        session_name="organizations",
    )
    code, _, message = error_of(session.client("iam").list_users)
    assert "service control policy" not in message, code


def test_a_condition_of_an_scp_counts(sandbox: Sandbox, organization: Organization) -> None:
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}
    organization.attach("root", deny("sqs:*", Condition=elsewhere), kind=SCP)
    session = organization.administrator(sandbox)
    assert session.client("sqs", region_name="us-east-1").list_queues()
    with rolelab.expect_denied("sqs:ListQueues"):
        session.client("sqs", region_name="eu-west-1").list_queues()


def test_a_moved_account_leaves_its_old_guardrails(
    sandbox: Sandbox, organization: Organization
) -> None:
    organization.attach("unit", deny("iam:ListUsers"), kind=SCP)
    organization.client.move_account(
        AccountId=organization.member,
        SourceParentId=organization.unit,
        DestinationParentId=organization.root,
    )
    assert organization.administrator(sandbox).client("iam").list_users()["Users"] == []


def test_a_disabled_policy_type_does_not_count(
    sandbox: Sandbox, organization: Organization
) -> None:
    organization.attach("unit", deny("iam:ListUsers"), kind=SCP)
    organization.client.disable_policy_type(RootId=organization.root, PolicyType=SCP)
    assert organization.administrator(sandbox).client("iam").list_users()["Users"] == []


def test_scps_do_not_restrict_outsiders_at_a_members_bucket(
    sandbox: Sandbox, organization: Organization
) -> None:
    sandbox.admin(OUTSIDE)
    open_bucket(organization.administrator(sandbox), OUTSIDE)
    organization.attach("unit", deny("s3:GetObject"), kind=SCP)
    assert sandbox.admin(OUTSIDE).client("s3").get_object(Bucket="shared", Key="a")


# Resource control policies.


def open_bucket(owner: boto3.Session, *accounts: str) -> None:
    """A bucket that lets the administrators of other accounts read."""
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="shared")
    s3.put_object(Bucket="shared", Key="a", Body=b"x")
    policy = document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:aws:iam::{each}:role/Administrator" for each in accounts]},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::shared/*",
        }
    )
    s3.put_bucket_policy(Bucket="shared", Policy=policy)


def own_people_only(organization: Organization) -> dict[str, Any]:
    """The RCP of the page's example: principals of the organization, and AWS services."""
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization.id},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    }


@pytest.fixture
def perimeter(organization: Organization) -> Organization:
    """The organization with RCPs enabled."""
    organization.client.enable_policy_type(RootId=organization.root, PolicyType=RCP)
    return organization


@pytest.mark.parametrize("level", ["root", "unit", "account"])
def test_an_rcp_keeps_outsiders_from_a_bucket(
    sandbox: Sandbox, perimeter: Organization, level: str
) -> None:
    sandbox.admin(OUTSIDE)
    open_bucket(perimeter.administrator(sandbox), OUTSIDE, ACCOUNT)
    outside = sandbox.admin(OUTSIDE).client("s3")
    assert outside.get_object(Bucket="shared", Key="a")
    perimeter.attach(level, own_people_only(perimeter), kind=RCP)
    with rolelab.expect_denied("s3:GetObject"):
        outside.get_object(Bucket="shared", Key="a")
    decision = rolelab.why()
    assert decision.message.endswith("with an explicit deny in a resource control policy")
    inside = perimeter.administrator(sandbox).client("s3")
    assert inside.get_object(Bucket="shared", Key="a")
    assert boto3.client("s3").get_object(Bucket="shared", Key="a")


def test_an_rcp_does_not_touch_resources_of_the_management_account(
    sandbox: Sandbox, perimeter: Organization
) -> None:
    sandbox.admin(OUTSIDE)
    open_bucket(boto3.Session(region_name="us-east-1"), OUTSIDE)
    perimeter.attach("root", own_people_only(perimeter), kind=RCP)
    assert sandbox.admin(OUTSIDE).client("s3").get_object(Bucket="shared", Key="a")


def test_an_rcp_lets_services_in_that_it_excepts(sandbox: Sandbox, perimeter: Organization) -> None:
    s3 = perimeter.administrator(sandbox).client("s3")
    s3.create_bucket(Bucket="org-logs")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::org-logs/*",
    }
    s3.put_bucket_policy(Bucket="org-logs", Policy=document(statement))
    perimeter.attach("root", own_people_only(perimeter), kind=RCP)
    service = as_service(
        "cloudtrail.amazonaws.com", source_account=perimeter.member, region="us-east-1"
    )
    assert service.client("s3").put_object(Bucket="org-logs", Key="a", Body=b"")


def test_an_rcp_restricts_who_assumes_a_role(sandbox: Sandbox, perimeter: Organization) -> None:
    trust = document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{OUTSIDE}:root"},
            "Action": "sts:AssumeRole",
        }
    )
    outside = sandbox.admin(OUTSIDE).client("sts")
    perimeter.administrator(sandbox).client("iam").create_role(
        RoleName="partner", AssumeRolePolicyDocument=trust
    )
    arn = f"arn:aws:iam::{perimeter.member}:role/partner"
    assert outside.assume_role(RoleArn=arn, RoleSessionName="partner")
    statement = {**own_people_only(perimeter), "Action": "sts:AssumeRole"}
    perimeter.attach("root", statement, kind=RCP)
    _, _, message = error_of(outside.assume_role, RoleArn=arn, RoleSessionName="partner")
    assert message.endswith("with an explicit deny in a resource control policy")


def test_an_rcp_counts_only_where_the_type_is_enabled(
    sandbox: Sandbox, perimeter: Organization
) -> None:
    sandbox.admin(OUTSIDE)
    open_bucket(perimeter.administrator(sandbox), OUTSIDE)
    perimeter.attach("root", own_people_only(perimeter), kind=RCP)
    perimeter.client.disable_policy_type(RootId=perimeter.root, PolicyType=RCP)
    assert sandbox.admin(OUTSIDE).client("s3").get_object(Bucket="shared", Key="a")


KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}"
RESTRICTED = {
    "s3 is a service that supports RCPs": ("s3:GetObject", "arn:aws:s3:::b/k", True),
    "sns is not": ("sns:Publish", f"arn:aws:sns:us-east-1:{ACCOUNT}:t", False),
    "iam is not": ("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/r", False),
    "an action without a resource": ("sqs:ListQueues", "*", False),
    "the listing of buckets names no resource": ("s3:ListAllMyBuckets", "arn:aws:s3:::*", False),
    "a customer managed key": ("kms:Decrypt", f"{KEY}:key/1234", True),
    "an AWS managed key": ("kms:Decrypt", f"{KEY}:alias/aws/s3", False),
    "RetireGrant": ("kms:RetireGrant", f"{KEY}:key/1234", False),
    "a role's trust policy": ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/r", True),
    "a service-linked role's trust policy": (
        "sts:AssumeRole",
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        False,
    ),
}


@pytest.mark.parametrize(("action", "resource", "applies"), RESTRICTED.values(), ids=RESTRICTED)
def test_what_rcps_have_a_say_in(action: str, resource: str, applies: bool) -> None:
    assert organizations.restricts(action, resource) is applies


# Condition keys.


def asked(session: boto3.Session, bucket: str) -> dict[str, Any]:
    """The condition keys of a call that is denied."""
    with rolelab.expect_denied("s3:GetObject"):
        session.client("s3").get_object(Bucket=bucket, Key="missing")
    return dict(rolelab.why().request.context)


def test_keys_about_the_organization(sandbox: Sandbox, organization: Organization) -> None:
    boto3.client("s3").create_bucket(Bucket="ours")
    context = asked(organization.administrator(sandbox), "ours")
    top = f"{organization.id}/{organization.root}/"
    assert context["aws:PrincipalOrgID"] == organization.id
    assert context["aws:PrincipalOrgPaths"] == [f"{top}{organization.unit}/"]
    assert context["aws:ResourceOrgID"] == organization.id
    assert context["aws:ResourceOrgPaths"] == [top]


def test_keys_are_absent_outside_an_organization(
    sandbox: Sandbox, organization: Organization
) -> None:
    boto3.client("s3").create_bucket(Bucket="ours")
    context = asked(sandbox.admin(OUTSIDE), "ours")
    assert "aws:PrincipalOrgID" not in context
    assert context["aws:ResourceOrgID"] == organization.id


def test_a_bucket_policy_can_open_a_bucket_to_a_unit(
    sandbox: Sandbox, organization: Organization
) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="ours")
    s3.put_object(Bucket="ours", Key="a", Body=b"x")
    path = f"{organization.id}/{organization.root}/{organization.unit}/*"
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::ours/*",
        "Condition": {
            "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": [path]},
            "StringEquals": {"aws:PrincipalOrgID": organization.id},
        },
    }
    s3.put_bucket_policy(Bucket="ours", Policy=document(statement))
    member = organization.administrator(sandbox).client("s3")
    assert member.get_object(Bucket="ours", Key="a")
    with rolelab.expect_denied("s3:GetObject"):
        sandbox.admin(OUTSIDE).client("s3").get_object(Bucket="ours", Key="a")


def test_a_service_says_for_whose_organization_it_works(
    sandbox: Sandbox, organization: Organization
) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="org-logs")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::org-logs/*",
        "Condition": {"StringEquals": {"aws:SourceOrgID": organization.id}},
    }
    s3.put_bucket_policy(Bucket="org-logs", Policy=document(statement))

    def put(account: str) -> Any:
        service = as_service("cloudtrail.amazonaws.com", source_account=account, region="us-east-1")
        return service.client("s3").put_object(Bucket="org-logs", Key="a", Body=b"")

    assert put(organization.member)
    with rolelab.expect_denied("s3:PutObject"):
        put(OUTSIDE)


def test_policies_are_read_once_for_each_text(organization: Organization) -> None:
    organization.attach("unit", deny("iam:ListUsers"), kind=SCP)
    (first, _), (second, _) = (
        principals.organization_policies(organization.member) for _ in range(2)
    )
    assert all(
        one is other
        for level, same in zip(first, second, strict=True)
        for one, other in zip(level, same, strict=True)
    )
