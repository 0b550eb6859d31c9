"""The organization an account belongs to, and what the organization allows it.

Read from moto's Organizations for every request, so that a policy attached a moment ago counts.
Without an organization this costs one look into a dictionary.

Pages: *Service control policies (SCPs)*, *SCP evaluation*, *Resource control policies (RCPs)*,
*RCP evaluation* (AWS Organizations User Guide); *AWS global condition context keys*, properties of
the principal and of the resource.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rolelab.iam import Document, parse
from rolelab.sandbox.state import Store

Levels = tuple[tuple[Document, ...], ...]
"""One list of documents per level: root, each organizational unit, the account."""

SERVICE_CONTROL_POLICY = "SERVICE_CONTROL_POLICY"
RESOURCE_CONTROL_POLICY = "RESOURCE_CONTROL_POLICY"

KINDS: Mapping[str, str] = {SERVICE_CONTROL_POLICY: "scp", RESOURCE_CONTROL_POLICY: "rcp"}
"""The policy types that decide requests -> their kind in `rolelab.iam.parse`."""

RESOURCE_CONTROL_SERVICES = frozenset(
    {
        "aoss",
        "appconfig",
        "appstream",
        "autoscaling",
        "autoscaling-plans",
        "budgets",
        "clouddirectory",
        "cloudfront",
        "cloudsearch",
        "cloudtrail-data",
        "codeartifact",
        "codebuild",
        "codecommit",
        "codepipeline",
        "cognito-identity",
        "cognito-idp",
        "comprehend",
        "comprehendmedical",
        "compute-optimizer",
        "cost-optimization-hub",
        "dax",
        "dsql",
        "dynamodb",
        "ecr",
        "ecr-public",
        "events",
        "firehose",
        "fis",
        "fms",
        "gamelift",
        "health",
        "inspector-scan",
        "kendra",
        "kinesisvideo",
        "kms",
        "logs",
        "memorydb",
        "networkmonitor",
        "notifications",
        "opensearch",
        "pca-connector-ad",
        "personalize",
        "polly",
        "pricing",
        "resource-groups",
        "rolesanywhere",
        "s3",
        "secretsmanager",
        "servicediscovery",
        "signin",
        "sqs",
        "sts",
        "support",
        "swf",
        "textract",
        "timestream-influxdb",
        "transcribe",
        "transfer",
        "translate",
        "wafv2",
        "workspaces",
        "xray",
    }
)
"""The prefixes of the actions that RCPs apply to.

Page: *Resource control policies (RCPs)*, "List of AWS services that support RCPs".
"""

_NOT_RESTRICTED = frozenset({"kms:RetireGrant"})
"""Page: *Resource control policies (RCPs)*, "Resources and entities not restricted by RCPs"."""

_NO_RESOURCE = frozenset({"*", "arn:aws:s3:::*"})
"""What an action that takes no resource is decided on, ListAllMyBuckets among them."""


@dataclass(frozen=True, slots=True)
class Membership:
    """An account in its organization.

    Attributes:
        stored: moto's Organizations of the management account.
        account: moto's account.
        parents: root and organizational units above the account, from the root down.
    """

    stored: Any
    account: Any
    parents: tuple[Any, ...]

    @property
    def organization_id(self) -> str:
        """The id of the organization, `o-a1b2c3d4e5`."""
        return str(self.stored.org.id)

    @property
    def management_account(self) -> str:
        """The id of the organization's management account."""
        return str(self.stored.account_id)

    @property
    def is_management(self) -> bool:
        """Whether this is the management account."""
        return str(self.account.id) == self.management_account

    @property
    def path(self) -> str:
        """The entity path of what the account stands in, `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`.

        Page: *View last accessed information for AWS Organizations*, "Understand the AWS
        Organizations entity path".
        """
        ids = (self.organization_id, *(str(parent.id) for parent in self.parents))
        return "".join(f"{each}/" for each in ids)

    def levels(self, policy_type: str) -> Levels:
        """Give the policies of a type at every level from the root down to the account.

        Args:
            policy_type: a key of `KINDS`.

        Returns:
            One tuple per level; none at all where the type does not count: it is not enabled on
            the root, the organization has consolidated billing alone, or this is the management
            account, which neither SCPs nor RCPs restrict.
        """
        if self.is_management or not is_enabled(self.stored, policy_type):
            return ()
        kind = KINDS[policy_type]
        return tuple(
            tuple(
                parse(policy.content, kind=kind, name=policy.name)
                for policy in list(level.attached_policies)
                if policy.type == policy_type
            )
            for level in (*self.parents, self.account)
        )


def membership(account: str) -> Membership | None:
    """Find the organization of an account.

    Args:
        account: the account id.

    Returns:
        None: the account is in no organization.
    """
    # Only a call to Organizations imports moto's part of it.
    models = sys.modules.get("moto.organizations.models")
    if models is None:
        return None
    everywhere = models.__dict__["organizations_backends"]
    manager, _ = everywhere.master_accounts.get(account, (account, ""))
    # dict.get, because moto's own look-up makes what it does not find.
    for stored in list((dict.get(everywhere, manager) or {}).values()):
        if stored.org is None:
            continue
        found = next((each for each in list(stored.accounts) if each.id == account), None)
        if found is not None:
            return Membership(stored, found, _parents(stored, found))
    return None


def is_enabled(stored: Any, policy_type: str) -> bool:
    """Whether an organization applies policies of a type.

    Pages: *Enabling a policy type*; *Enabling all features for an organization*.
    """
    root = stored.ou[0]
    return stored.org.feature_set == "ALL" and any(
        each["Type"] == policy_type for each in root.policy_types
    )


def _parents(stored: Any, account: Any) -> tuple[Any, ...]:
    units = {unit.id: unit for unit in list(stored.ou)}
    found = []
    parent = units.get(account.parent_id)
    while parent is not None:
        found.append(parent)
        parent = units.get(parent.parent_id)
    return tuple(reversed(found))


def policies_above(account: str) -> tuple[Levels, Levels]:
    """Give the SCPs and the RCPs above an account, each by level.

    Returns:
        Both empty: the account is in no organization, or is its management account.

    Raises:
        PolicyError: an attached policy is one that AWS would have refused.
    """
    known = membership(account)
    if known is None:
        return (), ()
    return known.levels(SERVICE_CONTROL_POLICY), known.levels(RESOURCE_CONTROL_POLICY)


def restricts(action: str, resource: str) -> bool:
    """Whether RCPs have a say in an action on a resource at all.

    They apply to actions of some services, where the request is authorized on a resource; not to
    AWS managed keys, not to service-linked roles, not to the retiring of grants.

    Page: *Resource control policies (RCPs)*.
    """
    if resource in _NO_RESOURCE or action in _NOT_RESTRICTED:
        return False
    prefix = action.partition(":")[0]
    if prefix not in RESOURCE_CONTROL_SERVICES:
        return False
    if prefix == "kms":
        return not _is_aws_managed_key(resource)
    return ":role/aws-service-role/" not in resource


def _is_aws_managed_key(arn: str) -> bool:
    from rolelab.sandbox.resource_policies.kms import kms_key

    key = kms_key(arn)
    names = arn.split(":", 5)[5:] if key is None else list(key.aliases)
    return any(name.startswith("alias/aws/") for name in names)


def principal_keys(account: str) -> dict[str, str | list[str]]:
    """Give the condition keys about the organization of a caller's account."""
    return _keys(account, "aws:PrincipalOrgID", "aws:PrincipalOrgPaths")


def resource_keys(account: str) -> dict[str, str | list[str]]:
    """Give the condition keys about the organization of the account that owns a resource."""
    return _keys(account, "aws:ResourceOrgID", "aws:ResourceOrgPaths")


def source_keys(account: str | None) -> dict[str, str | list[str]]:
    """Give the condition keys about the organization of the account that a service works for."""
    return {} if account is None else _keys(account, "aws:SourceOrgID", "aws:SourceOrgPaths")


def _keys(account: str, of_id: str, of_path: str) -> dict[str, str | list[str]]:
    known = membership(account)
    if known is None:
        return {}
    return {of_id: known.organization_id, of_path: [known.path]}


@dataclass(slots=True)
class Handshake:
    """An invitation to join an organization. Page: *Handshake* (Organizations API Reference).

    Attributes:
        arn: belongs to the organization that invites.
        organization: the id of that organization.
        management_account: its management account.
        target: the account that is invited.
        state: OPEN, ACCEPTED, DECLINED, CANCELED.
        requested: when, in seconds since 1970.
    """

    id: str
    arn: str
    organization: str
    management_account: str
    target: str
    state: str
    requested: float
    notes: str | None = None


HANDSHAKES: Store[dict[str, Handshake]] = Store(dict)
"""Invitations by id, kept with the management account."""


def handshake(named: str) -> Handshake | None:
    """Find an invitation by its id, in whichever organization it was made."""
    kept = (found.get(named) for _, _, found in HANDSHAKES.everywhere())
    return next((found for found in kept if found is not None), None)
