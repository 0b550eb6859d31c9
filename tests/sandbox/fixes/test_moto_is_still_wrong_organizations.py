"""Every fix of Organizations is still needed: raw moto, without the gate, still answers wrongly.

A row that fails is good news: moto has become right, and the fix that the row names can go.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.usefixtures("raw_moto")

SCP = "SERVICE_CONTROL_POLICY"
DENY = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}


@pytest.fixture
def raw(raw_moto: None) -> SimpleNamespace:
    """An organization of raw moto with a unit and an account at its root."""
    client = boto3.client("organizations")
    client.create_organization()
    root = client.list_roots()["Roots"][0]["Id"]
    unit = client.create_organizational_unit(ParentId=root, Name="x")["OrganizationalUnit"]["Id"]
    account = client.create_account(Email="x@example.com", AccountName="x")
    return SimpleNamespace(
        client=client, root=root, unit=unit, account=account["CreateAccountStatus"]
    )


def taken(operation: Callable[..., Any], **parameters: Any) -> bool:
    """Does moto take a call that AWS refuses?"""
    try:
        operation(**parameters)
    except ClientError:
        return False
    return True


def policy(raw: SimpleNamespace, text: str = "", kind: str = SCP) -> str:
    content = text or json.dumps({"Version": "2012-10-17", "Statement": [DENY]})
    made = raw.client.create_policy(Name="p", Description="", Type=kind, Content=content)
    return str(made["Policy"]["PolicySummary"]["Id"])


def unsupported(operation: Callable[..., Any], **parameters: Any) -> bool:
    try:
        operation(**parameters)
    except NotImplementedError:
        return True
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] in {404, 501}
    return False


def attached_twice(raw: SimpleNamespace) -> bool:
    given = {"PolicyId": policy(raw), "TargetId": raw.root}
    return taken(raw.client.attach_policy, **given) and taken(raw.client.attach_policy, **given)


def attached_before_enabled(raw: SimpleNamespace) -> bool:
    return taken(raw.client.attach_policy, PolicyId=policy(raw), TargetId=raw.root)


def still_attached_when_disabled(raw: SimpleNamespace) -> bool:
    raw.client.enable_policy_type(RootId=raw.root, PolicyType=SCP)
    raw.client.disable_policy_type(RootId=raw.root, PolicyType=SCP)
    found = raw.client.list_policies_for_target(TargetId=raw.root, Filter=SCP)
    return bool(found["Policies"])


def unit_name_unique_everywhere(raw: SimpleNamespace) -> bool:
    below = raw.client.create_organizational_unit(ParentId=raw.unit, Name="y")
    named = below["OrganizationalUnit"]["Id"]
    return not taken(raw.client.update_organizational_unit, OrganizationalUnitId=named, Name="x")


def unit_deleted_with_account(raw: SimpleNamespace) -> bool:
    raw.client.create_organizational_unit(ParentId=raw.unit, Name="y")
    return taken(raw.client.delete_organizational_unit, OrganizationalUnitId=raw.unit)


def role_has_no_permissions(raw: SimpleNamespace) -> bool:
    from moto.iam.models import iam_backends

    roles = iam_backends[raw.account["AccountId"]]["aws"].roles.values()
    return all(not role.managed_policies for role in roles)


WRONG: dict[str, Callable[[SimpleNamespace], bool]] = {
    "CreateOrganization: no policy type is enabled": lambda raw: (
        raw.client.list_roots()["Roots"][0]["PolicyTypes"] == []
    ),
    "CreateOrganization: the policies of AWS belong to the organization": lambda raw: (
        "::aws:" not in raw.client.list_policies(Filter=SCP)["Policies"][0]["Arn"]
    ),
    "CreateAccount: SUCCEEDED at once": lambda raw: raw.account["State"] == "SUCCEEDED",
    "CreateAccount: the role has no permissions": role_has_no_permissions,
    "CreatePolicy: any text": lambda raw: bool(policy(raw, text="not JSON")),
    "UpdatePolicy: any text": lambda raw: taken(
        raw.client.update_policy, PolicyId=policy(raw), Content="x"
    ),
    "UpdatePolicy: the policies of AWS change": lambda raw: taken(
        raw.client.update_policy, PolicyId="p-FullAWSAccess", Name="mine"
    ),
    "AttachPolicy: a type that is not enabled": attached_before_enabled,
    "AttachPolicy: twice": attached_twice,
    "DetachPolicy: the last SCP": lambda raw: taken(
        raw.client.detach_policy, PolicyId="p-FullAWSAccess", TargetId=raw.root
    ),
    "DetachPolicy: what is not attached": lambda raw: taken(
        raw.client.detach_policy, PolicyId=policy(raw), TargetId=raw.root
    ),
    "DisablePolicyType: policies stay attached": still_attached_when_disabled,
    "CreateOrganizationalUnit: two siblings of one name": lambda raw: taken(
        raw.client.create_organizational_unit, ParentId=raw.root, Name="x"
    ),
    "UpdateOrganizationalUnit: a name elsewhere is in the way": unit_name_unique_everywhere,
    "DeleteOrganizationalUnit: not empty": unit_deleted_with_account,
    "MoveAccount: from where the account is not": lambda raw: taken(
        raw.client.move_account,
        AccountId=raw.account["AccountId"],
        SourceParentId=raw.unit,
        DestinationParentId=raw.root,
    ),
    "LeaveOrganization is missing": lambda raw: unsupported(raw.client.leave_organization),
    "InviteAccountToOrganization is missing": lambda raw: unsupported(
        raw.client.invite_account_to_organization, Target={"Type": "ACCOUNT", "Id": "1" * 12}
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_moto_is_still_wrong(
    raw: SimpleNamespace, wrong: Callable[[SimpleNamespace], bool]
) -> None:
    assert wrong(raw)
