"""An organization for tests: a root, a unit, and a member account in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import boto3

from rolelab.sandbox.account import Sandbox
from tests.sandbox.people import ACCOUNT

ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@dataclass(frozen=True)
class Organization:
    """The organization of the sandbox's own account, which manages it.

    Attributes:
        client: Organizations, as an administrator of the management account.
        member: the id of the account in the unit.
    """

    client: Any
    id: str
    root: str
    unit: str
    member: str

    @classmethod
    def make(cls, **given: Any) -> Organization:
        client = boto3.client("organizations")
        made = client.create_organization(**given)["Organization"]
        root = client.list_roots()["Roots"][0]["Id"]
        unit = client.create_organizational_unit(ParentId=root, Name="workloads")
        unit_id = unit["OrganizationalUnit"]["Id"]
        request = client.create_account(Email="shop@example.com", AccountName="shop")
        status = client.describe_create_account_status(
            CreateAccountRequestId=request["CreateAccountStatus"]["Id"]
        )
        member = status["CreateAccountStatus"]["AccountId"]
        client.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit_id)
        return cls(client, made["Id"], root, unit_id, member)

    def at(self, level: str) -> str:
        """The id of a level: root, unit, account or management account."""
        levels = {"root": self.root, "unit": self.unit, "account": self.member}
        return {**levels, "management": ACCOUNT}[level]

    def policy(self, *statements: dict[str, Any], kind: str = "SERVICE_CONTROL_POLICY") -> str:
        """Make a policy and give its id."""
        text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        number = len(self.client.list_policies(Filter=kind)["Policies"])
        made = self.client.create_policy(
            Name=f"{kind}-{number}", Description="", Type=kind, Content=text
        )
        return str(made["Policy"]["PolicySummary"]["Id"])

    def attach(self, level: str, *statements: dict[str, Any], kind: str) -> str:
        """Make a policy and attach it to a level."""
        made = self.policy(*statements, kind=kind)
        self.client.attach_policy(PolicyId=made, TargetId=self.at(level))
        return made

    def replace(self, level: str, *statements: dict[str, Any]) -> None:
        """Put an SCP in the place of FullAWSAccess: the strategy of an allow list."""
        self.attach(level, *statements, kind="SERVICE_CONTROL_POLICY")
        self.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=self.at(level))

    def administrator(self, sandbox: Sandbox) -> boto3.Session:
        """An administrator of the member account."""
        return sandbox.admin(self.member)


def deny(action: str, **elements: Any) -> dict[str, Any]:
    """A statement of an SCP that denies an action."""
    return {"Effect": "Deny", "Action": action, "Resource": "*", **elements}
