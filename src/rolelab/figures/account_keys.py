"""The KMS keys of an account and who may be allowed to use them, as an access matrix takes them.

AWS pages: *Key policies in AWS KMS*, *Grants in AWS KMS*, *Permissions boundaries for IAM
entities*, *GetAccountAuthorizationDetails*.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rolelab.iam import MatrixPrincipal, MatrixResource, Policies

if TYPE_CHECKING:
    import boto3

Statement = dict[str, Any]
Document = dict[str, Any]

VERSION = "2012-10-17"
SESSION_NAME = "session"
"""A role is asked about in a session of this name."""

_SETTLED = (
    "aws:principal",
    "aws:resource",
    "aws:userid",
    "aws:username",
    "kms:calleraccount",
    "kms:keyorigin",
    "kms:keyspec",
    "kms:keyusage",
    "kms:multiregion",
    "kms:resourcealiases",
)
"""How the condition keys begin that say who asks and which key it is about."""

_NOTHING: Statement = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "kms:none",
    "Resource": "*",
}
"""Matches no request. A policy document needs a statement."""


@dataclass(frozen=True, slots=True)
class AccountKey:
    """A customer managed key.

    Attributes:
        arn: its ARN.
        name: its first alias, or the beginning of its id.
        state: as DescribeKey gives it, such as "Enabled".
        statements: what its key policy and its grants say.
        context: the condition keys that describe it.
    """

    arn: str
    name: str
    state: str
    statements: tuple[Statement, ...]
    context: Mapping[str, str | list[str]]

    def resource(self, *, conditions_met: bool) -> MatrixResource:
        """This key in a matrix.

        Args:
            conditions_met: every condition is taken for met that lets somebody in.
        """
        statements = in_the_best_case(self.statements) if conditions_met else self.statements
        policy: Any = {"Version": VERSION, "Statement": list(statements) or [_NOTHING]}
        return MatrixResource(self.arn, policy, self.arn.split(":")[4], context=self.context)


@dataclass(frozen=True, slots=True)
class AccountPrincipal:
    """A user, or a role in a session.

    Attributes:
        name: such as "user lena".
        arn: that of the user, or of the role's session.
        identity: its own policies, inline and managed, and those of its groups.
        boundary: its permissions boundary; None if there is none.
        context: the condition keys that describe it.
    """

    name: str
    arn: str
    identity: tuple[Document, ...]
    boundary: Document | None
    context: Mapping[str, str]

    def asking(self, *, conditions_met: bool) -> MatrixPrincipal:
        """This principal in a matrix. Argument as in `AccountKey.resource`."""
        identity: list[Any] = [_read(each, conditions_met) for each in self.identity]
        boundary: Any = None if self.boundary is None else [_read(self.boundary, conditions_met)]
        return MatrixPrincipal(self.arn, Policies(identity, boundary=boundary), self.context)


@dataclass(frozen=True, slots=True)
class AccountKeys:
    """The customer managed keys of an account in one Region.

    Attributes:
        read: those that the caller may read.
        closed: the names of those that let the caller not even read them.
    """

    read: tuple[AccountKey, ...]
    closed: tuple[str, ...]


def keys_of(session: boto3.Session) -> AccountKeys:
    """Read the customer managed keys of the session's account and Region.

    Args:
        session: of somebody who may list keys and aliases. A key that this caller may not
            describe, or whose policy, grants or tags it may not read, is closed.

    Raises:
        botocore.exceptions.ClientError: the keys or aliases may not be listed.
    """
    kms = session.client("kms")
    aliases: dict[str, list[str]] = {}
    for each in _pages(kms, "list_aliases", "Aliases"):
        if "TargetKeyId" in each:
            aliases.setdefault(each["TargetKeyId"], []).append(each["AliasName"])
    read, closed = [], []
    for each in _pages(kms, "list_keys", "Keys"):
        names = aliases.get(each["KeyId"], [])
        try:
            about = kms.describe_key(KeyId=each["KeyArn"])["KeyMetadata"]
            if about["KeyManager"] == "CUSTOMER":
                read.append(_key(kms, about, names))
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise
            closed.append(_name(each["KeyId"], names))
    return AccountKeys(tuple(read), tuple(closed))


def _name(key_id: str, aliases: Sequence[str]) -> str:
    return aliases[0].removeprefix("alias/") if aliases else key_id[:8]


def principals_of(session: boto3.Session) -> list[AccountPrincipal]:
    """Read the users of the session's account, and its roles, with their policies.

    Service-linked roles are left out: they are their service's.

    Args:
        session: of somebody who may call iam:GetAccountAuthorizationDetails.

    Raises:
        botocore.exceptions.ClientError: the call is denied.
    """
    # The type stubs call a document a text; boto3 gives it decoded.
    iam: Any = session.client("iam")
    pages = list(iam.get_paginator("get_account_authorization_details").paginate())
    managed: dict[str, Document] = {
        policy["Arn"]: version["Document"]
        for page in pages
        for policy in page["Policies"]
        for version in policy["PolicyVersionList"]
        if version["IsDefaultVersion"]
    }
    groups = {
        each["GroupName"]: _documents(each, "GroupPolicyList", managed)
        for page in pages
        for each in page["GroupDetailList"]
    }
    users = [each for page in pages for each in page["UserDetailList"]]
    roles = [each for page in pages for each in page["RoleDetailList"]]
    return [
        *(_user(each, managed, groups) for each in users),
        *(
            _role(each, managed)
            for each in roles
            if not each["Path"].startswith("/aws-service-role/")
        ),
    ]


def in_the_best_case(statements: Sequence[Statement]) -> list[Statement]:
    """Give statements as they are for a request that meets what an Allow asks, and no Deny.

    Conditions about the key and about the principal stay: no request can change these.
    """
    best = []
    for each in statements:
        asked = each.get("Condition", {})
        kept = {
            operator: {key: keys[key] for key in keys if _is_settled(key)}
            for operator, keys in asked.items()
        }
        if each["Effect"] == "Allow":
            best.append({**each, "Condition": {name: kept[name] for name in kept if kept[name]}})
        elif kept == asked:
            best.append(each)
    return best


def _is_settled(key: str) -> bool:
    return key.lower().startswith(_SETTLED)


def _read(document: Document, conditions_met: bool) -> Document:
    if not conditions_met:
        return document
    statements = in_the_best_case(_listed(document["Statement"]))
    # A policy of denials alone may be left with nothing to say.
    nothing = {name: value for name, value in _NOTHING.items() if name != "Principal"}
    return {**document, "Statement": statements or [nothing]}


def _key(kms: Any, about: Mapping[str, Any], aliases: list[str]) -> AccountKey:
    arn = str(about["Arn"])
    policy = json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
    grants = _pages(kms, "list_grants", "Grants", KeyId=arn)
    tags = _pages(kms, "list_resource_tags", "Tags", KeyId=arn)
    context: dict[str, str | list[str]] = {
        f"aws:ResourceTag/{each['TagKey']}": each["TagValue"] for each in tags
    }
    if aliases:
        context["kms:ResourceAliases"] = aliases
    context["kms:KeySpec"] = str(about["KeySpec"])
    context["kms:KeyUsage"] = str(about["KeyUsage"])
    own = [each for each in _listed(policy["Statement"]) if _has_effect(each)]
    return AccountKey(
        arn,
        _name(str(about["KeyId"]), aliases),
        str(about["KeyState"]),
        (*own, *(each for grant in grants for each in _statements_of(grant))),
        context,
    )


def _has_effect(statement: Statement) -> bool:
    """Page: *PutKeyPolicy*, "Policy": without Action or Resource a statement has no effect."""
    return bool(
        statement.keys() & {"Action", "NotAction"}
        and statement.keys() & {"Resource", "NotResource"}
    )


def _statements_of(grant: Mapping[str, Any]) -> Iterator[Statement]:
    """A grant as what it allows. Pages: *Grants in AWS KMS*, *GrantConstraints*.

    A grant for a service has no principal here.
    """
    grantee = str(grant.get("GranteePrincipal", ""))
    if not grantee.startswith("arn:"):
        return
    statement: Statement = {
        "Effect": "Allow",
        "Principal": {"AWS": grantee},
        "Action": [f"kms:{each}" for each in grant["Operations"]],
        "Resource": "*",
    }
    pairs = {
        f"kms:EncryptionContext:{name}": value
        for kind in (grant.get("Constraints") or {}).values()
        if isinstance(kind, Mapping)
        for name, value in kind.items()
    }
    if pairs:
        statement["Condition"] = {"StringEquals": pairs}
    yield statement


def _user(
    detail: Mapping[str, Any],
    managed: Mapping[str, Document],
    groups: Mapping[str, tuple[Document, ...]],
) -> AccountPrincipal:
    shared = [each for name in detail["GroupList"] for each in groups.get(name, ())]
    return AccountPrincipal(
        f"user {detail['UserName']}",
        detail["Arn"],
        (*_documents(detail, "UserPolicyList", managed), *shared),
        _boundary(detail, managed),
        _described(detail),
    )


def _role(detail: Mapping[str, Any], managed: Mapping[str, Document]) -> AccountPrincipal:
    _, partition, _, _, account, _ = detail["Arn"].split(":", 5)
    name = detail["RoleName"]
    return AccountPrincipal(
        f"role {name}",
        f"arn:{partition}:sts::{account}:assumed-role/{name}/{SESSION_NAME}",
        _documents(detail, "RolePolicyList", managed),
        _boundary(detail, managed),
        _described(detail),
    )


def _documents(
    detail: Mapping[str, Any], inline: str, managed: Mapping[str, Document]
) -> tuple[Document, ...]:
    own = [each["PolicyDocument"] for each in detail.get(inline, ())]
    attached = [managed[each["PolicyArn"]] for each in detail["AttachedManagedPolicies"]]
    return (*own, *attached)


def _boundary(detail: Mapping[str, Any], managed: Mapping[str, Document]) -> Document | None:
    arn = detail.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return None if arn is None else managed[arn]


def _described(detail: Mapping[str, Any]) -> dict[str, str]:
    tags = {f"aws:PrincipalTag/{each['Key']}": each["Value"] for each in detail.get("Tags", ())}
    account = detail["Arn"].split(":")[4]
    return {**tags, "aws:PrincipalArn": detail["Arn"], "kms:CallerAccount": account}


def _pages(client: Any, operation: str, member: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**parameters):
        yield from page[member]


def _listed(given: Any) -> list[Statement]:
    return given if isinstance(given, list) else [given]
