"""Organizations, their accounts, and the roles that come with them.

moto enables no policy type, gives a new account a role without permissions, and names the AWS
managed policies as if they were the organization's own.

Pages: *CreateOrganization*, *CreateAccount*, *LeaveOrganization* (API Reference); *Accessing
member accounts in an organization with AWS Organizations*; *AWS Organizations and service-linked
roles*.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from rolelab.sandbox import managed_policies
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.iam_service_linked import create_service_linked_role
from rolelab.sandbox.fixes.organizations_errors import constraint, invalid_input
from rolelab.sandbox.operations.service_linked_roles import service_linked_role_name
from rolelab.sandbox.organizations import (
    RESOURCE_CONTROL_POLICY,
    SERVICE_CONTROL_POLICY,
    is_enabled,
    membership,
)
from rolelab.sandbox.service_calls import on_behalf_of

SERVICE = "organizations.amazonaws.com"
ACCESS_ROLE = "OrganizationAccountAccessRole"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"

DEFAULT_POLICIES: Mapping[str, str] = {
    SERVICE_CONTROL_POLICY: "p-FullAWSAccess",
    RESOURCE_CONTROL_POLICY: "p-RCPFullAWSAccess",
}
"""The AWS managed policy that every root, unit and account begins with."""


def organization_of(call: Call) -> Any:
    """moto's Organizations of the management account, which is the caller's."""
    from moto.organizations.models import organizations_backends

    return organizations_backends[call.account][call.partition]


def begin_with_defaults(stored: Any, *entities: Any) -> None:
    """Attach to new entities what AWS attaches, and nothing of a type that is not enabled.

    Page: *Enabling a policy type*: the default policy is attached when the type is enabled.
    """
    for policy_type, policy_id in DEFAULT_POLICIES.items():
        default = stored.get_policy_by_id(policy_id)
        for entity in entities:
            if is_enabled(stored, policy_type):
                attach(default, entity)
            else:
                detach_all(entity, policy_type)


def attach(policy: Any, entity: Any) -> None:
    """Attach a policy, if it is not attached already."""
    if policy not in entity.attached_policies:
        entity.attached_policies.append(policy)
        policy.attachments.append(entity)


def detach_all(entity: Any, policy_type: str) -> None:
    """Detach the policies of a type from one root, unit or account."""
    for policy in [each for each in entity.attached_policies if each.type == policy_type]:
        entity.attached_policies.remove(policy)
        policy.attachments.remove(entity)


@fix("organizations", "CreateOrganization")
def create_organization(call: Call, response: Any, serve: Any) -> Any:
    """With all features, SCPs are enabled and the service-linked role is made for the caller."""
    from moto.organizations.models import organizations_backends

    if membership(call.account) is None:
        # moto remembers members of organizations of an earlier sandbox.
        organizations_backends.master_accounts.pop(call.account, None)
        if (call.parameters.get("FeatureSet") or "ALL") == "ALL":
            make_service_linked_role(call)
    answer = serve()
    if answer[0] != 200:
        return answer
    stored = organization_of(call)
    root, manager = stored.ou[0], stored.accounts[0]
    manager.joined_method = "INVITED"
    for policy_type, policy_id in DEFAULT_POLICIES.items():
        stored.get_policy_by_id(
            policy_id
        )._arn_format = f"arn:{{0}}:organizations::aws:policy/{policy_type.lower()}/{{3}}"
    if stored.org.feature_set == "ALL":
        root.policy_types = [{"Type": SERVICE_CONTROL_POLICY, "Status": "ENABLED"}]
    else:
        stored.org.available_policy_types = []
    begin_with_defaults(stored, root, manager)
    return Answer(stored.describe_organization())


def make_service_linked_role(call: Call) -> None:
    """Make AWSServiceRoleForOrganizations in the caller's name, unless it is there.

    Page: *Creating an organization*, "Minimum permissions": iam:CreateServiceLinkedRole.
    """
    from moto.iam.models import iam_backends

    name = service_linked_role_name(SERVICE)
    roles = iam_backends[call.account][call.partition].roles
    if any(role.name == name for role in roles.values()):
        return
    iam = on_behalf_of(call, SERVICE).client("iam")
    try:
        iam.create_service_linked_role(AWSServiceName=SERVICE)
    except ClientError as error:
        raise ServiceError(
            "AccessDeniedForDependencyException",
            error.response["Error"]["Message"],
            Reason="ACCESS_DENIED_DURING_CREATE_SERVICE_LINKED_ROLE",
        ) from error


@fix("organizations", "CreateAccount")
def create_account(call: Call, response: Any, serve: Any) -> Any:
    """The account is being made when the call returns; its roles are there when it is done.

    moto answers SUCCEEDED and the account's id at once. AWS answers IN_PROGRESS without it, and
    DescribeCreateAccountStatus tells the rest: here it does so at the first asking.
    """
    role = str(call.parameters.get("RoleName") or ACCESS_ROLE)
    if role.startswith("AWSServiceRoleFor"):
        raise invalid_input(
            "INVALID_ROLE_NAME",
            "You provided a role name that isn't valid. A role name can't begin with the reserved "
            "prefix AWSServiceRoleFor.",
        )
    stored = organization_of(call)
    answer = serve()
    if answer[0] != 200:
        return answer
    status = json.loads(answer[2])["CreateAccountStatus"]
    account = stored.get_account_by_id(status["AccountId"])
    begin_with_defaults(stored, account)
    give_access_role(call, account.id, role)
    give_service_linked_role(call, account.id)
    shown = ("Id", "AccountName", "RequestedTimestamp")
    started = {name: status[name] for name in shown}
    return Answer({"CreateAccountStatus": {**started, "State": "IN_PROGRESS"}})


def give_access_role(call: Call, account: str, name: str) -> None:
    """Make the role in a member account that lets the management account in as administrator."""
    from moto.iam.models import iam_backends

    iam: Any = iam_backends[account][call.partition]
    for role in [role for role in iam.roles.values() if role.name == name]:
        del iam.roles[role.id]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{call.partition}:iam::{call.account}:root"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_role(name, trust, "/", None, None, [], 3600)
    managed_policies.ensure(iam, ADMINISTRATOR_ACCESS)
    iam.attach_role_policy(ADMINISTRATOR_ACCESS, name)


def give_service_linked_role(call: Call, account: str) -> None:
    """Make AWSServiceRoleForOrganizations in a member account: the service does it by itself."""
    from moto.iam.models import iam_backends

    name = service_linked_role_name(SERVICE)
    if any(role.name == name for role in iam_backends[account][call.partition].roles.values()):
        return
    inside = replace(
        call,
        service="iam",
        operation="CreateServiceLinkedRole",
        account=account,
        parameters={"AWSServiceName": SERVICE},
    )
    create_service_linked_role(inside, None, None)


@fix("organizations", "RemoveAccountFromOrganization")
def remove_account_from_organization(call: Call, response: Any, serve: Any) -> Any:
    """moto answers that the management account is in no organization."""
    account = str(call.parameters["AccountId"])
    if account == call.account:
        raise constraint(
            "ACCOUNT_CANNOT_LEAVE_ORGANIZATION",
            "You attempted to remove the management account from the organization.",
        )
    _leave(organization_of(call), account)
    return Answer()


@fix("organizations", "LeaveOrganization")
def leave_organization(call: Call, response: Any, serve: Any) -> Any:
    """moto lacks it."""
    known = membership(call.account)
    assert known is not None
    if known.is_management:
        raise constraint(
            "ACCOUNT_CANNOT_LEAVE_ORGANIZATION",
            "You attempted to remove the management account from the organization.",
        )
    _leave(known.stored, call.account)
    return Answer()


def _leave(stored: Any, account_id: str) -> None:
    from moto.organizations.models import organizations_backends

    account = next((each for each in stored.accounts if each.id == account_id), None)
    if account is None:
        raise ServiceError(
            "AccountNotFoundException", "You specified an account that doesn't exist."
        )
    for policy_type in {policy.type for policy in account.attached_policies}:
        detach_all(account, policy_type)
    stored.accounts.remove(account)
    organizations_backends.master_accounts.pop(account_id, None)
