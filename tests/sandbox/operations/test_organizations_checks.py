"""What calls to AWS Organizations ask.

Pages: *Actions, resources, and condition keys for AWS Organizations*; the API reference of the
operations that take tags.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from rolelab.sandbox.operations import checks_of

ACCOUNT = "123456789012"
SCP = "SERVICE_CONTROL_POLICY"
TAGS = [{"Key": "team", "Value": "shop"}]
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}'


@dataclass(frozen=True)
class Tree:
    """Ids of an organization's parts."""

    ids: dict[str, str]

    def fill(self, text: Any) -> Any:
        """Put ids in the place of their names."""
        if not isinstance(text, str):
            return text
        for name, value in self.ids.items():
            text = text.replace(name, value)
        return text


@pytest.fixture
def tree(aws: Callable[[str], Any]) -> Tree:
    client = aws("organizations")
    organization = client.create_organization()["Organization"]["Id"]
    root = client.list_roots()["Roots"][0]["Id"]
    unit = client.create_organizational_unit(ParentId=root, Name="u", Tags=TAGS)
    account = client.create_account(Email="a@example.com", AccountName="a", Tags=TAGS)
    policy = client.create_policy(Name="p", Description="", Type=SCP, Content=POLICY)
    return Tree(
        {
            "ORG": organization,
            "ROOT": root,
            "UNIT": unit["OrganizationalUnit"]["Id"],
            "MEMBER": account["CreateAccountStatus"]["AccountId"],
            "OWN": policy["Policy"]["PolicySummary"]["Id"],
        }
    )


ARN = f"arn:aws:organizations::{ACCOUNT}:"
SCPS = "policy/ORG/service_control_policy"
ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "attaching asks for policy and target": (
        "AttachPolicy",
        {"PolicyId": "OWN", "TargetId": "UNIT"},
        [("AttachPolicy", f"{ARN}{SCPS}/OWN"), ("AttachPolicy", f"{ARN}ou/ORG/UNIT")],
    ),
    "a target may be the root": (
        "DetachPolicy",
        {"PolicyId": "OWN", "TargetId": "ROOT"},
        [("DetachPolicy", f"{ARN}{SCPS}/OWN"), ("DetachPolicy", f"{ARN}root/ORG/ROOT")],
    ),
    "a move asks for the account and both ends": (
        "MoveAccount",
        {"AccountId": "MEMBER", "SourceParentId": "ROOT", "DestinationParentId": "UNIT"},
        [
            ("MoveAccount", f"{ARN}account/ORG/MEMBER"),
            ("MoveAccount", f"{ARN}root/ORG/ROOT"),
            ("MoveAccount", f"{ARN}ou/ORG/UNIT"),
        ],
    ),
    "tags of something new are asked for by themselves": (
        "CreateOrganizationalUnit",
        {"ParentId": "ROOT", "Name": "x", "Tags": TAGS},
        [
            ("CreateOrganizationalUnit", f"{ARN}root/ORG/ROOT"),
            ("TagResource", f"{ARN}ou/ORG/ou-*"),
        ],
    ),
    "a unit that does not exist still has an ARN": (
        "DescribeOrganizationalUnit",
        {"OrganizationalUnitId": "ou-none-12345678"},
        [("DescribeOrganizationalUnit", f"{ARN}ou/ORG/ou-none-12345678")],
    ),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    tree: Tree, call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    filled = {name: tree.fill(value) for name, value in given.items()}
    checks = checks_of(call("organizations", operation, **filled))
    assert [(each.action, each.resource) for each in checks] == [
        (f"organizations:{action}", tree.fill(resource)) for action, resource in asked
    ]


def test_the_type_of_a_policy_is_a_condition_key(tree: Tree, call: Any) -> None:
    given = {"PolicyId": tree.ids["OWN"], "TargetId": tree.ids["UNIT"]}
    of_policy, of_target = checks_of(call("organizations", "AttachPolicy", **given))
    assert of_policy.context == {"organizations:PolicyType": SCP}
    assert of_target.context == {"organizations:PolicyType": SCP, "aws:ResourceTag/team": "shop"}


def test_a_member_asks_about_the_organization_of_its_account(tree: Tree, call: Any) -> None:
    (check,) = checks_of(
        call("organizations", "DescribeAccount", _account=tree.ids["MEMBER"], AccountId=ACCOUNT)
    )
    assert check.resource == tree.fill(f"{ARN}account/ORG/{ACCOUNT}")
    assert check.resource_account is None


def test_without_an_organization_there_is_no_arn(aws: Callable[[str], Any], call: Any) -> None:
    (check,) = checks_of(call("organizations", "DescribePolicy", PolicyId="p-FullAWSAccess"))
    assert check.resource == "*"
