"""IAM: roles, users, groups, instance profiles, access keys, with their policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.cloudformation.intrinsics import text
from rolelab.sandbox.cloudformation.resources.iam_calls import iam, unless_gone
from rolelab.sandbox.cloudformation.resources.iam_policies import POLICIES
from rolelab.sandbox.cloudformation.resources.work import (
    Made,
    ResourceType,
    Work,
    generated,
    tag_list,
)


def _inline(properties: Mapping[str, Any]) -> dict[str, Any]:
    policies = properties.get("Policies") or ()
    return {text(each["PolicyName"]): each["PolicyDocument"] for each in policies}


def _give_policies(work: Work, kind: str, name: str) -> None:
    """Attach and write what the template says, and take away what it said before."""
    own = {f"{kind}Name": name}
    new, old = (
        [text(each) for each in properties.get("ManagedPolicyArns") or ()]
        for properties in (work.properties, work.previous)
    )
    for arn in old:
        if arn not in new:
            unless_gone(work, f"Detach{kind}Policy", **own, PolicyArn=arn)
    for arn in new:
        if arn not in old:
            iam(work, f"Attach{kind}Policy", **own, PolicyArn=arn)
    wanted, written = _inline(work.properties), _inline(work.previous)
    for policy in written:
        if policy not in wanted:
            unless_gone(work, f"Delete{kind}Policy", **own, PolicyName=policy)
    for policy, document in wanted.items():
        if written.get(policy) != document:
            iam(work, f"Put{kind}Policy", **own, PolicyName=policy, PolicyDocument=document)


def _take_policies(work: Work, kind: str) -> None:
    """Detach and delete all policies, also those that came from elsewhere."""
    own = {f"{kind}Name": work.id}
    for each in iam(work, f"ListAttached{kind}Policies", **own)["AttachedPolicies"]:
        iam(work, f"Detach{kind}Policy", **own, PolicyArn=each["PolicyArn"])
    for policy in iam(work, f"List{kind}Policies", **own)["PolicyNames"]:
        iam(work, f"Delete{kind}Policy", **own, PolicyName=policy)


def _tag(work: Work, kind: str, **own: str) -> None:
    added, removed = work.tag_changes()
    if removed:
        iam(work, f"Untag{kind}", **own, TagKeys=removed)
    if added:
        iam(work, f"Tag{kind}", **own, Tags=tag_list(added))


def _set_boundary(work: Work, kind: str) -> None:
    if not work.changed("PermissionsBoundary"):
        return
    own = {f"{kind}Name": work.id}
    boundary = work.get("PermissionsBoundary")
    if boundary:
        iam(work, f"Put{kind}PermissionsBoundary", **own, PermissionsBoundary=boundary)
    else:
        iam(work, f"Delete{kind}PermissionsBoundary", **own)


# Roles.


def _create_role(work: Work) -> Made:
    name = work.name("RoleName")
    settings = work.given(
        "AssumeRolePolicyDocument",
        "Description",
        "MaxSessionDuration",
        "Path",
        "PermissionsBoundary",
        "Tags",
    )
    iam(work, "CreateRole", RoleName=name, **settings)
    work.announce(name)
    _give_policies(work, "Role", name)
    return _role(work, name)


def _role(work: Work, name: str) -> Made:
    role = iam(work, "GetRole", RoleName=name)["Role"]
    return Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})


def _update_role(work: Work) -> Made:
    if work.changed("AssumeRolePolicyDocument"):
        iam(
            work,
            "UpdateAssumeRolePolicy",
            RoleName=work.id,
            PolicyDocument=work.get("AssumeRolePolicyDocument"),
        )
    if work.changed("Description", "MaxSessionDuration"):
        iam(
            work,
            "UpdateRole",
            RoleName=work.id,
            Description=work.get("Description", ""),
            MaxSessionDuration=work.get("MaxSessionDuration", 3600),
        )
    _set_boundary(work, "Role")
    _give_policies(work, "Role", work.id)
    _tag(work, "Role", RoleName=work.id)
    return _role(work, work.id)


def _delete_role(work: Work) -> None:
    _take_policies(work, "Role")
    iam(work, "DeleteRole", RoleName=work.id)


# Users and groups.


def _create_user(work: Work) -> Made:
    name = work.name("UserName")
    settings = work.given("Path", "PermissionsBoundary", "Tags")
    user = iam(work, "CreateUser", UserName=name, **settings)["User"]
    work.announce(name)
    _give_policies(work, "User", name)
    for group in work.get("Groups") or ():
        iam(work, "AddUserToGroup", UserName=name, GroupName=group)
    if work.get("LoginProfile"):
        iam(work, "CreateLoginProfile", UserName=name, **work.get("LoginProfile"))
    return Made(name, {"Arn": user["Arn"]})


def _update_user(work: Work) -> Made:
    if work.changed("Path"):
        iam(work, "UpdateUser", UserName=work.id, NewPath=work.get("Path", "/"))
    _set_boundary(work, "User")
    _give_policies(work, "User", work.id)
    _move(work, "Groups", work.id)
    if work.changed("LoginProfile"):
        if work.previous.get("LoginProfile"):
            iam(work, "DeleteLoginProfile", UserName=work.id)
        if work.get("LoginProfile"):
            iam(work, "CreateLoginProfile", UserName=work.id, **work.get("LoginProfile"))
    _tag(work, "User", UserName=work.id)
    return Made(work.id, {"Arn": iam(work, "GetUser", UserName=work.id)["User"]["Arn"]})


def _move(work: Work, member: str, user: str) -> None:
    new, old = work.get(member) or (), work.previous.get(member) or ()
    for group in old:
        if group not in new:
            unless_gone(work, "RemoveUserFromGroup", UserName=user, GroupName=group)
    for group in new:
        if group not in old:
            iam(work, "AddUserToGroup", UserName=user, GroupName=group)


def _delete_user(work: Work) -> None:
    own = {"UserName": work.id}
    for key in iam(work, "ListAccessKeys", **own)["AccessKeyMetadata"]:
        iam(work, "DeleteAccessKey", **own, AccessKeyId=key["AccessKeyId"])
    for group in iam(work, "ListGroupsForUser", **own)["Groups"]:
        iam(work, "RemoveUserFromGroup", **own, GroupName=group["GroupName"])
    _take_policies(work, "User")
    unless_gone(work, "DeleteLoginProfile", **own)
    iam(work, "DeleteUser", **own)


def _create_group(work: Work) -> Made:
    name = work.name("GroupName", 128)
    group = iam(work, "CreateGroup", GroupName=name, **work.given("Path"))["Group"]
    work.announce(name)
    _give_policies(work, "Group", name)
    return Made(name, {"Arn": group["Arn"]})


def _update_group(work: Work) -> Made:
    if work.changed("Path"):
        iam(work, "UpdateGroup", GroupName=work.id, NewPath=work.get("Path", "/"))
    _give_policies(work, "Group", work.id)
    return Made(work.id, {"Arn": iam(work, "GetGroup", GroupName=work.id)["Group"]["Arn"]})


def _delete_group(work: Work) -> None:
    _take_policies(work, "Group")
    iam(work, "DeleteGroup", GroupName=work.id)


# Instance profiles, access keys, memberships.


def _create_profile(work: Work) -> Made:
    name = work.name("InstanceProfileName", 128)
    profile = iam(work, "CreateInstanceProfile", InstanceProfileName=name, **work.given("Path"))
    work.announce(name)
    _put_roles(work, name)
    return Made(name, {"Arn": profile["InstanceProfile"]["Arn"]})


def _put_roles(work: Work, name: str) -> None:
    new, old = work.get("Roles") or (), work.previous.get("Roles") or ()
    for role in old:
        if role not in new:
            iam(work, "RemoveRoleFromInstanceProfile", InstanceProfileName=name, RoleName=role)
    for role in new:
        if role not in old:
            iam(work, "AddRoleToInstanceProfile", InstanceProfileName=name, RoleName=role)


def _update_profile(work: Work) -> Made:
    _put_roles(work, work.id)
    return Made(work.id, work.attributes)


def _delete_profile(work: Work) -> None:
    own = {"InstanceProfileName": work.id}
    profile = iam(work, "GetInstanceProfile", **own)["InstanceProfile"]
    for role in profile["Roles"]:
        iam(work, "RemoveRoleFromInstanceProfile", **own, RoleName=role["RoleName"])
    iam(work, "DeleteInstanceProfile", **own)


def _create_access_key(work: Work) -> Made:
    user = work.get("UserName")
    key = iam(work, "CreateAccessKey", UserName=user)["AccessKey"]
    made = key["AccessKeyId"]
    work.announce(made)
    if work.get("Status") == "Inactive":
        iam(work, "UpdateAccessKey", UserName=user, AccessKeyId=made, Status="Inactive")
    return Made(made, {"Id": made, "SecretAccessKey": key["SecretAccessKey"]})


def _update_access_key(work: Work) -> Made:
    iam(
        work,
        "UpdateAccessKey",
        UserName=work.get("UserName"),
        AccessKeyId=work.id,
        Status=work.get("Status", "Active"),
    )
    return Made(work.id, work.attributes)


def _delete_access_key(work: Work) -> None:
    iam(work, "DeleteAccessKey", UserName=work.get("UserName"), AccessKeyId=work.id)


def _create_membership(work: Work) -> Made:
    made = work.physical_id or generated(work.stack_name, work.logical_id, 64)
    moved = work.changed("GroupName")
    new, old = work.get("Users") or (), work.previous.get("Users") or ()
    for user in new:
        if moved or user not in old:
            iam(work, "AddUserToGroup", UserName=user, GroupName=work.get("GroupName"))
    for user in old:
        if moved or user not in new:
            group = work.previous["GroupName"]
            unless_gone(work, "RemoveUserFromGroup", UserName=user, GroupName=group)
    return Made(made, {"Id": made})


def _delete_membership(work: Work) -> None:
    for user in work.get("Users") or ():
        own = {"UserName": user, "GroupName": work.get("GroupName")}
        unless_gone(work, "RemoveUserFromGroup", **own)


TYPES: Mapping[str, ResourceType] = {
    "AWS::IAM::Role": ResourceType(
        _create_role,
        _delete_role,
        frozenset(
            {
                "AssumeRolePolicyDocument",
                "Description",
                "ManagedPolicyArns",
                "MaxSessionDuration",
                "Path",
                "PermissionsBoundary",
                "Policies",
                "RoleName",
                "Tags",
            }
        ),
        "RoleName",
        _update_role,
    ),
    **POLICIES,
    "AWS::IAM::User": ResourceType(
        _create_user,
        _delete_user,
        frozenset(
            {
                "Groups",
                "LoginProfile",
                "ManagedPolicyArns",
                "Path",
                "PermissionsBoundary",
                "Policies",
                "Tags",
                "UserName",
            }
        ),
        "UserName",
        _update_user,
    ),
    "AWS::IAM::Group": ResourceType(
        _create_group,
        _delete_group,
        frozenset({"GroupName", "ManagedPolicyArns", "Path", "Policies"}),
        "GroupName",
        _update_group,
    ),
    "AWS::IAM::InstanceProfile": ResourceType(
        _create_profile,
        _delete_profile,
        frozenset({"InstanceProfileName", "Path", "Roles"}),
        "InstanceProfileName",
        _update_profile,
    ),
    "AWS::IAM::AccessKey": ResourceType(
        _create_access_key,
        _delete_access_key,
        frozenset({"Serial", "Status", "UserName"}),
        None,
        _update_access_key,
    ),
    "AWS::IAM::UserToGroupAddition": ResourceType(
        _create_membership,
        _delete_membership,
        frozenset({"GroupName", "Users"}),
        None,
        _create_membership,
    ),
}
