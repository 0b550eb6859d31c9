"""Organizations behave as AWS's.

Pages: the AWS Organizations API Reference, by operation; *Quotas and service limits for AWS
Organizations*; *SCP syntax*; *RCP syntax*.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from rolelab.sandbox.account import Sandbox
from tests.sandbox.fixes.conftest import Refused
from tests.sandbox.organization import ALL, Organization, deny
from tests.sandbox.people import ACCOUNT, allow

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
OTHER = "222233334444"


@pytest.fixture
def organization(sandbox: Sandbox) -> Organization:
    return Organization.make()


def attached(organization: Organization, level: str, kind: str = SCP) -> list[str]:
    found = organization.client.list_policies_for_target(
        TargetId=organization.at(level), Filter=kind
    )
    return [policy["Name"] for policy in found["Policies"]]


class TestOrganization:
    def test_with_all_features_scps_are_enabled(self, organization: Organization) -> None:
        (root,) = organization.client.list_roots()["Roots"]
        assert root["PolicyTypes"] == [{"Type": SCP, "Status": "ENABLED"}]

    @pytest.mark.parametrize("level", ["root", "unit", "account", "management"])
    def test_full_access_is_attached_everywhere(
        self, organization: Organization, level: str
    ) -> None:
        assert attached(organization, level) == ["FullAWSAccess"]
        assert attached(organization, level, RCP) == []

    def test_consolidated_billing_has_no_policies(self, sandbox: Sandbox, refused: Refused) -> None:
        organization = Organization.make(FeatureSet="CONSOLIDATED_BILLING")
        code, _ = refused(
            organization.client.enable_policy_type, RootId=organization.root, PolicyType=SCP
        )
        assert code == "PolicyTypeNotAvailableForOrganizationException"

    def test_the_policies_of_aws_belong_to_aws(self, organization: Organization) -> None:
        (found,) = organization.client.list_policies(Filter=SCP)["Policies"]
        arn = "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"
        assert (found["Arn"], found["AwsManaged"]) == (arn, True)

    def test_the_service_linked_role_is_made_for_the_caller(
        self, sandbox: Sandbox, organization: Organization
    ) -> None:
        role = boto3.client("iam").get_role(RoleName="AWSServiceRoleForOrganizations")["Role"]
        assert role["Path"] == "/aws-service-role/organizations.amazonaws.com/"
        made = [each for each in sandbox.trail if each["eventName"] == "CreateServiceLinkedRole"]
        assert made[0]["userIdentity"]["invokedBy"] == "organizations.amazonaws.com"

    def test_who_may_not_make_the_role_makes_no_organization(
        self, sandbox: Sandbox, refused: Refused
    ) -> None:
        iam = boto3.client("iam")
        iam.create_user(UserName="ann")
        iam.put_user_policy(
            UserName="ann", PolicyName="own", PolicyDocument=allow("organizations:*")
        )
        key = iam.create_access_key(UserName="ann")["AccessKey"]
        ann = boto3.client(
            "organizations",
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )
        code, message = refused(ann.create_organization)
        assert code == "AccessDeniedForDependencyException"
        assert "iam:CreateServiceLinkedRole" in message
        code, _ = refused(ann.describe_organization)
        assert code == "AWSOrganizationsNotInUseException"

    def test_a_fresh_sandbox_has_no_organization(
        self, organization: Organization, refused: Refused
    ) -> None:
        import rolelab

        rolelab.start(account_id=organization.member)
        client = boto3.client("organizations")
        assert refused(client.describe_organization)[0] == "AWSOrganizationsNotInUseException"
        assert client.create_organization()["Organization"]["MasterAccountId"]


class TestWhoMayCall:
    def test_an_account_outside_is_told_so(self, sandbox: Sandbox, refused: Refused) -> None:
        client = boto3.client("organizations")
        assert refused(client.list_accounts) == (
            "AWSOrganizationsNotInUseException",
            "Your account is not a member of an organization.",
        )

    @pytest.mark.parametrize(
        "call",
        [
            lambda client, it: client.list_accounts(),
            lambda client, it: client.list_roots(),
            lambda client, it: client.describe_policy(PolicyId="p-FullAWSAccess"),
            lambda client, it: client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=it.member),
            lambda client, it: client.create_account(Email="x@example.com", AccountName="x"),
        ],
        ids=["ListAccounts", "ListRoots", "DescribePolicy", "DetachPolicy", "CreateAccount"],
    )
    def test_a_member_may_not(
        self,
        sandbox: Sandbox,
        organization: Organization,
        refused: Refused,
        call: Callable[[Any, Organization], Any],
    ) -> None:
        client = organization.administrator(sandbox).client("organizations")
        assert refused(call, client=client, it=organization) == (
            "AccessDeniedException",
            "You don't have permissions to access this resource.",
        )

    def test_a_member_may_look_at_the_organization(
        self, sandbox: Sandbox, organization: Organization
    ) -> None:
        client = organization.administrator(sandbox).client("organizations")
        assert client.describe_organization()["Organization"]["Id"] == organization.id


class TestAccounts:
    def test_an_account_is_made_in_the_background(self, organization: Organization) -> None:
        client = organization.client
        made = client.create_account(Email="b@example.com", AccountName="b")["CreateAccountStatus"]
        assert (made["State"], "AccountId" in made) == ("IN_PROGRESS", False)
        status = client.describe_create_account_status(CreateAccountRequestId=made["Id"])
        assert status["CreateAccountStatus"]["State"] == "SUCCEEDED"

    def test_the_management_account_steps_in_as_administrator(
        self, sandbox: Sandbox, organization: Organization
    ) -> None:
        arn = f"arn:aws:iam::{organization.member}:role/OrganizationAccountAccessRole"
        keys = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="visit")["Credentials"]
        session = boto3.Session(
            keys["AccessKeyId"],
            keys["SecretAccessKey"],
            keys["SessionToken"],
            region_name="us-east-1",
        )
        assert session.client("iam").create_user(UserName="made-there")

    def test_the_role_may_have_another_name(self, organization: Organization) -> None:
        client = organization.client
        made = client.create_account(Email="b@example.com", AccountName="b", RoleName="Visitors")
        status = client.describe_create_account_status(
            CreateAccountRequestId=made["CreateAccountStatus"]["Id"]
        )
        account = status["CreateAccountStatus"]["AccountId"]
        arn = f"arn:aws:iam::{account}:role/Visitors"
        assert boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="visit")

    def test_the_role_may_not_look_service_linked(
        self, organization: Organization, refused: Refused
    ) -> None:
        code, _ = refused(
            organization.client.create_account,
            Email="b@example.com",
            AccountName="b",
            RoleName="AWSServiceRoleForMe",
        )
        assert code == "InvalidInputException"

    def test_a_member_leaves(
        self, sandbox: Sandbox, organization: Organization, refused: Refused
    ) -> None:
        client = organization.administrator(sandbox).client("organizations")
        client.leave_organization()
        assert refused(client.describe_organization)[0] == "AWSOrganizationsNotInUseException"

    def test_the_management_account_stays(
        self, organization: Organization, refused: Refused
    ) -> None:
        assert refused(organization.client.leave_organization)[0] == "ConstraintViolationException"
        code, _ = refused(organization.client.remove_account_from_organization, AccountId=ACCOUNT)
        assert code == "ConstraintViolationException"


class TestTree:
    def test_siblings_have_different_names(
        self, organization: Organization, refused: Refused
    ) -> None:
        make = organization.client.create_organizational_unit
        assert refused(make, ParentId=organization.root, Name="workloads")[0] == (
            "DuplicateOrganizationalUnitException"
        )
        assert make(ParentId=organization.unit, Name="workloads")

    def test_units_are_five_deep_at_most(
        self, organization: Organization, refused: Refused
    ) -> None:
        make, parent = organization.client.create_organizational_unit, organization.unit
        for _ in range(4):
            parent = make(ParentId=parent, Name="below")["OrganizationalUnit"]["Id"]
        code, _ = refused(make, ParentId=parent, Name="below")
        assert code == "ConstraintViolationException"

    def test_a_unit_that_holds_something_stays(
        self, organization: Organization, refused: Refused
    ) -> None:
        code, _ = refused(
            organization.client.delete_organizational_unit, OrganizationalUnitId=organization.unit
        )
        assert code == "OrganizationalUnitNotEmptyException"

    def test_an_account_is_moved_from_where_it_is(
        self, organization: Organization, refused: Refused
    ) -> None:
        move = organization.client.move_account
        root, unit, member = organization.root, organization.unit, organization.member
        assert refused(move, AccountId=member, SourceParentId=root, DestinationParentId=unit)[
            0
        ] == ("DuplicateAccountException")
        assert refused(move, AccountId=member, SourceParentId="r-none", DestinationParentId=root)[
            0
        ] == ("SourceParentNotFoundException")
        move(AccountId=member, SourceParentId=unit, DestinationParentId=root)
        (parent,) = organization.client.list_parents(ChildId=member)["Parents"]
        assert parent == {"Id": root, "Type": "ROOT"}


REFUSED_DOCUMENTS = {
    "an SCP has no Principal": (SCP, {**deny("s3:*"), "Principal": "*"}),
    "an SCP names its effect": (SCP, {"Action": "s3:*", "Resource": "*"}),
    "an SCP names actions": (SCP, {"Effect": "Deny", "Resource": "*"}),
    "an RCP does not allow": (RCP, {**ALL, "Action": "s3:*", "Principal": "*"}),
    "an RCP's principal is everyone": (
        RCP,
        {**deny("s3:*"), "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
    ),
    "an RCP names a service": (RCP, {**deny("*"), "Principal": "*"}),
}


class TestPolicies:
    @pytest.mark.parametrize(
        ("kind", "statement"), REFUSED_DOCUMENTS.values(), ids=REFUSED_DOCUMENTS
    )
    def test_a_policy_follows_the_grammar_of_its_type(
        self, organization: Organization, refused: Refused, kind: str, statement: dict[str, Any]
    ) -> None:
        assert refused(lambda: organization.policy(statement, kind=kind))[0] == (
            "MalformedPolicyDocumentException"
        )

    def test_an_update_follows_it_too(self, organization: Organization, refused: Refused) -> None:
        made = organization.policy(deny("s3:*"))
        code, message = refused(organization.client.update_policy, PolicyId=made, Content="{}")
        assert code == "MalformedPolicyDocumentException"
        assert message == (
            "The provided policy document does not meet the requirements of the specified "
            "policy type."
        )

    @pytest.mark.parametrize(("kind", "size"), [(SCP, 10_240), (RCP, 5_120)])
    def test_a_policy_has_a_size(
        self, organization: Organization, refused: Refused, kind: str, size: int
    ) -> None:
        statement = {**deny("s3:*"), **({"Principal": "*"} if kind == RCP else {})}
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        create = organization.client.create_policy
        given = {"Description": "", "Type": kind}
        assert create(Name="fits", Content=text.ljust(size), **given)
        code, _ = refused(create, Name="large", Content=text.ljust(size + 1), **given)
        assert code == "ConstraintViolationException"

    def test_the_policies_of_aws_stay_as_they_are(
        self, organization: Organization, refused: Refused
    ) -> None:
        client = organization.client
        assert refused(client.update_policy, PolicyId="p-FullAWSAccess", Name="mine")[0] == (
            "InvalidInputException"
        )
        assert refused(client.delete_policy, PolicyId="p-FullAWSAccess")[0] == (
            "InvalidInputException"
        )

    def test_only_enabled_types_are_attached(
        self, organization: Organization, refused: Refused
    ) -> None:
        made = organization.policy({**deny("s3:*"), "Principal": "*"}, kind=RCP)
        attach = organization.client.attach_policy
        assert refused(attach, PolicyId=made, TargetId=organization.root)[0] == (
            "PolicyTypeNotEnabledException"
        )
        organization.client.enable_policy_type(RootId=organization.root, PolicyType=RCP)
        attach(PolicyId=made, TargetId=organization.root)
        assert attached(organization, "root", RCP)[0] == "RCPFullAWSAccess"
        assert attached(organization, "account", RCP) == ["RCPFullAWSAccess"]

    def test_a_policy_is_attached_once(self, organization: Organization, refused: Refused) -> None:
        made = organization.attach("unit", deny("s3:*"), kind=SCP)
        code, _ = refused(
            organization.client.attach_policy, PolicyId=made, TargetId=organization.unit
        )
        assert code == "DuplicatePolicyAttachmentException"

    def test_ten_scps_at_most(self, organization: Organization, refused: Refused) -> None:
        for _ in range(9):
            organization.attach("unit", deny("s3:*"), kind=SCP)
        code, message = refused(lambda: organization.attach("unit", deny("s3:*"), kind=SCP))
        assert (code, message) == (
            "ConstraintViolationException",
            "You have attached the maximum number of policies to the specified target.",
        )

    @pytest.mark.parametrize("level", ["root", "unit", "account"])
    def test_the_last_scp_stays(
        self, organization: Organization, refused: Refused, level: str
    ) -> None:
        target = organization.at(level)
        code, _ = refused(
            organization.client.detach_policy, PolicyId="p-FullAWSAccess", TargetId=target
        )
        assert code == "ConstraintViolationException"
        organization.replace(level, ALL)
        assert attached(organization, level) == ["SERVICE_CONTROL_POLICY-1"]

    def test_the_rcp_of_aws_stays(self, organization: Organization, refused: Refused) -> None:
        organization.client.enable_policy_type(RootId=organization.root, PolicyType=RCP)
        code, _ = refused(
            organization.client.detach_policy,
            PolicyId="p-RCPFullAWSAccess",
            TargetId=organization.root,
        )
        assert code == "InvalidInputException"

    def test_what_is_not_attached_is_not_detached(
        self, organization: Organization, refused: Refused
    ) -> None:
        made = organization.policy(deny("s3:*"))
        code, _ = refused(
            organization.client.detach_policy, PolicyId=made, TargetId=organization.root
        )
        assert code == "PolicyNotAttachedException"

    def test_a_target_has_to_exist(self, organization: Organization, refused: Refused) -> None:
        made = organization.policy(deny("s3:*"))
        code, _ = refused(organization.client.attach_policy, PolicyId=made, TargetId="999999999999")
        assert code == "TargetNotFoundException"

    def test_a_type_that_is_enabled_again_begins_anew(self, organization: Organization) -> None:
        client, root = organization.client, organization.root
        organization.attach("unit", deny("s3:*"), kind=SCP)
        client.disable_policy_type(RootId=root, PolicyType=SCP)
        assert attached(organization, "unit") == []
        client.enable_policy_type(RootId=root, PolicyType=SCP)
        assert attached(organization, "unit") == ["FullAWSAccess"]


class TestInvitations:
    @pytest.fixture
    def invited(self, sandbox: Sandbox) -> Any:
        return sandbox.admin(OTHER).client("organizations")

    def invite(self, organization: Organization) -> str:
        made = organization.client.invite_account_to_organization(
            Target={"Type": "ACCOUNT", "Id": OTHER}
        )
        return str(made["Handshake"]["Id"])

    def test_an_invited_account_joins_at_the_root(
        self, organization: Organization, invited: Any
    ) -> None:
        named = self.invite(organization)
        (open_one,) = invited.list_handshakes_for_account()["Handshakes"]
        assert (open_one["Id"], open_one["State"]) == (named, "OPEN")
        assert invited.accept_handshake(HandshakeId=named)["Handshake"]["State"] == "ACCEPTED"
        assert invited.describe_organization()["Organization"]["Id"] == organization.id
        (parent,) = organization.client.list_parents(ChildId=OTHER)["Parents"]
        assert parent["Id"] == organization.root
        account = organization.client.describe_account(AccountId=OTHER)["Account"]
        assert account["JoinedMethod"] == "INVITED"

    def test_an_invited_account_has_no_access_role(
        self, organization: Organization, invited: Any, refused: Refused
    ) -> None:
        """Page: *Creating OrganizationAccountAccessRole for an invited account*."""
        invited.accept_handshake(HandshakeId=self.invite(organization))
        arn = f"arn:aws:iam::{OTHER}:role/OrganizationAccountAccessRole"
        code, _ = refused(boto3.client("sts").assume_role, RoleArn=arn, RoleSessionName="visit")
        assert code == "AccessDenied"

    def test_who_is_not_invited_does_not_answer(
        self, sandbox: Sandbox, organization: Organization, refused: Refused
    ) -> None:
        stranger = sandbox.admin("555566667777").client("organizations")
        named = self.invite(organization)
        assert refused(stranger.accept_handshake, HandshakeId=named)[0] == "AccessDeniedException"

    def test_an_answer_is_final(
        self, organization: Organization, invited: Any, refused: Refused
    ) -> None:
        named = self.invite(organization)
        invited.decline_handshake(HandshakeId=named)
        assert refused(invited.decline_handshake, HandshakeId=named)[0] == (
            "HandshakeAlreadyInStateException"
        )
        assert refused(invited.accept_handshake, HandshakeId=named)[0] == (
            "InvalidHandshakeTransitionException"
        )

    def test_a_member_is_not_invited(self, organization: Organization, refused: Refused) -> None:
        code, _ = refused(
            organization.client.invite_account_to_organization,
            Target={"Type": "ACCOUNT", "Id": organization.member},
        )
        assert code == "HandshakeConstraintViolationException"
