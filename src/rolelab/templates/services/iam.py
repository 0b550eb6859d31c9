"""IAM: managed policies, roles, groups, users, instance profiles. Nobody's keys or passwords."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rolelab.templates.account_reading import Account
from rolelab.templates.found import (
    Document,
    Findings,
    Found,
    Holder,
    Identifier,
    LeftOut,
    Named,
    counted,
    given,
)
from rolelab.templates.services.tags import tags

_AN_HOUR = 3600
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")
"""What a policy shows of a deleted principal. Page: *IAM identifiers*, "Unique identifiers"."""


def read(account: Account) -> Findings:
    """Give the identities of the account. Pages: *AWS::IAM::Role* and its neighbours."""
    documents = _Documents(account)
    yield from _managed_policies(account, documents)
    groups: dict[str, tuple[Document, ...]] = {}
    for group in account.pages("iam", "list_groups", "Groups"):
        found = _group(account, group, documents)
        assert found.holder is not None
        groups[group["GroupName"]] = found.holder.identity
        yield found
    for role in account.pages("iam", "list_roles", "Roles"):
        yield from _role(account, role["RoleName"], documents)
    for user in account.pages("iam", "list_users", "Users"):
        yield from _user(account, user["UserName"], documents, groups)
    for profile in account.pages("iam", "list_instance_profiles", "InstanceProfiles"):
        yield _profile(profile)


class _Documents:
    """The documents of managed policies, each read once."""

    def __init__(self, account: Account) -> None:
        self._iam = account.client("iam")
        self._read: dict[str, Document] = {}

    def of(self, arn: str) -> Document:
        """The default version of a managed policy."""
        if arn not in self._read:
            version = self._iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            answer = self._iam.get_policy_version(PolicyArn=arn, VersionId=version)
            self._read[arn] = answer["PolicyVersion"]["Document"]
        return self._read[arn]


def _path(entity: Mapping[str, Any]) -> str | None:
    return None if entity.get("Path", "/") == "/" else str(entity["Path"])


def _managed_policies(account: Account, documents: _Documents) -> Findings:
    for policy in account.pages("iam", "list_policies", "Policies", Scope="Local"):
        arn, name = policy["Arn"], policy["PolicyName"]
        described = account.client("iam").get_policy(PolicyArn=arn)["Policy"]
        yield Found(
            "AWS::IAM::ManagedPolicy",
            name,
            arn,
            arn,
            given(
                ManagedPolicyName=name,
                Path=_path(policy),
                Description=described.get("Description"),
                PolicyDocument=documents.of(arn),
            ),
            (Identifier(arn),),
            lasting_name=True,
        )
        versions = account.pages("iam", "list_policy_versions", "Versions", PolicyArn=arn)
        if len(versions) > 1:
            yield LeftOut(
                f"policy {name}: {counted(len(versions) - 1, 'older version')}",
                "a template has the default one",
            )


def _written(account: Account, kind: str, name: str) -> list[dict[str, Any]]:
    """The inline policies of a role, user or group."""
    own = {f"{kind.capitalize()}Name": name}
    read_policy = getattr(account.client("iam"), f"get_{kind}_policy")
    return [
        {
            "PolicyName": policy,
            "PolicyDocument": read_policy(**own, PolicyName=policy)["PolicyDocument"],
        }
        for policy in account.pages("iam", f"list_{kind}_policies", "PolicyNames", **own)
    ]


def _attached(account: Account, kind: str, name: str) -> list[str]:
    own = {f"{kind.capitalize()}Name": name}
    listed = account.pages("iam", f"list_attached_{kind}_policies", "AttachedPolicies", **own)
    return [str(each["PolicyArn"]) for each in listed]


def _holder(
    written: list[dict[str, Any]],
    attached: list[str],
    documents: _Documents,
    boundary: str | None = None,
) -> Holder:
    identity = [each["PolicyDocument"] for each in written]
    identity += [documents.of(arn) for arn in attached]
    return Holder(tuple(identity), documents.of(boundary) if boundary else None)


def _group(account: Account, group: Mapping[str, Any], documents: _Documents) -> Found:
    name = group["GroupName"]
    written, attached = _written(account, "group", name), _attached(account, "group", name)
    return Found(
        "AWS::IAM::Group",
        name,
        group["Arn"],
        name,
        given(GroupName=name, Path=_path(group), ManagedPolicyArns=attached, Policies=written),
        (Identifier(group["Arn"], "Arn"),),
        holder=_holder(written, attached, documents),
        lasting_name=True,
    )


def _role(account: Account, name: str, documents: _Documents) -> Findings:
    role = account.client("iam").get_role(RoleName=name)["Role"]
    if role["Path"].startswith("/aws-service-role/"):
        yield LeftOut(f"role {name}", "it is service-linked: the service makes it")
        return
    if f":assumed-role/{name}/" in account.caller:
        yield LeftOut(f"role {name}", "it is the one you are signed in as")
        return
    written, attached = _written(account, "role", name), _attached(account, "role", name)
    boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    seconds = role["MaxSessionDuration"]
    yield Found(
        "AWS::IAM::Role",
        name,
        role["Arn"],
        name,
        given(
            RoleName=name,
            Path=_path(role),
            Description=role.get("Description"),
            MaxSessionDuration=None if seconds == _AN_HOUR else seconds,
            AssumeRolePolicyDocument=role["AssumeRolePolicyDocument"],
            PermissionsBoundary=boundary,
            ManagedPolicyArns=attached,
            Policies=written,
            Tags=tags(role.get("Tags")),
        ),
        (Identifier(role["Arn"], "Arn"),),
        policy=role["AssumeRolePolicyDocument"],
        holder=_holder(written, attached, documents, boundary),
        lasting_name=True,
    )
    for gone in sorted(set(_UNIQUE_ID.findall(str(role["AssumeRolePolicyDocument"])))):
        yield LeftOut(
            f"role {name}: its trust in {gone}", "that principal was deleted; no account knows it"
        )


def _user(
    account: Account,
    name: str,
    documents: _Documents,
    groups: Mapping[str, tuple[Document, ...]],
) -> Findings:
    user = account.client("iam").get_user(UserName=name)["User"]
    written, attached = _written(account, "user", name), _attached(account, "user", name)
    boundary = user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    member_of = account.pages("iam", "list_groups_for_user", "Groups", UserName=name)
    own = _holder(written, attached, documents, boundary)
    shared = tuple(document for group in member_of for document in groups[group["GroupName"]])
    yield Found(
        "AWS::IAM::User",
        name,
        user["Arn"],
        name,
        given(
            UserName=name,
            Path=_path(user),
            Groups=[Named(group["GroupName"], group["Arn"]) for group in member_of],
            PermissionsBoundary=boundary,
            ManagedPolicyArns=attached,
            Policies=written,
            Tags=tags(user.get("Tags")),
        ),
        (Identifier(user["Arn"], "Arn"),),
        holder=Holder((*own.identity, *shared), own.boundary),
        lasting_name=True,
    )
    keys = account.pages("iam", "list_access_keys", "AccessKeyMetadata", UserName=name)
    if keys:
        what = f"user {name}: {counted(len(keys), 'access key')}"
        yield LeftOut(what, "AWS gives a secret key once, when it is made")
    if account.ask("iam", "get_login_profile", "NoSuchEntity", UserName=name):
        yield LeftOut(f"user {name}: the console password", "it cannot be read")


def _profile(profile: Mapping[str, Any]) -> Found:
    name = profile["InstanceProfileName"]
    return Found(
        "AWS::IAM::InstanceProfile",
        name,
        profile["Arn"],
        name,
        given(
            InstanceProfileName=name,
            Path=_path(profile),
            Roles=[Named(role["RoleName"], role["Arn"]) for role in profile["Roles"]],
        ),
        (Identifier(profile["Arn"], "Arn"),),
        lasting_name=True,
    )
