"""What calls to IAM ask.

Page: *Actions, resources, and condition keys for AWS Identity and Access Management (IAM)*.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.operations import Unanswerable, checks_of, pass_role, resources_of

IAM = "arn:aws:iam::123456789012"
ROLE_SESSION = "arn:aws:sts::123456789012:assumed-role/admin/ann"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)
ALLOW = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)
TAGS = [{"Key": "team", "Value": "shop"}]
AWS_POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess"

ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "a new role's ARN has its path": (
        "CreateRole",
        {"RoleName": "app", "Path": "/shop/"},
        [("iam:CreateRole", f"{IAM}:role/shop/app")],
    ),
    "a new user without a path": (
        "CreateUser",
        {"UserName": "bob"},
        [("iam:CreateUser", f"{IAM}:user/bob")],
    ),
    "a role that exists is meant by its true ARN": (
        "GetRole",
        {"RoleName": "reader"},
        [("iam:GetRole", f"{IAM}:role/shop/reader")],
    ),
    "a role that does not exist is meant by its name": (
        "GetRole",
        {"RoleName": "nobody"},
        [("iam:GetRole", f"{IAM}:role/nobody")],
    ),
    "a group that exists": (
        "AddUserToGroup",
        {"GroupName": "buyers", "UserName": "ann"},
        [("iam:AddUserToGroup", f"{IAM}:group/shop/buyers")],
    ),
    "GetUser of another": (
        "GetUser",
        {"UserName": "clerk"},
        [("iam:GetUser", f"{IAM}:user/shop/clerk")],
    ),
    "GetUser without a name is the caller": (
        "GetUser",
        {},
        [("iam:GetUser", f"{IAM}:user/ann")],
    ),
    "CreateAccessKey without a name is the caller's": (
        "CreateAccessKey",
        {},
        [("iam:CreateAccessKey", f"{IAM}:user/ann")],
    ),
    "ChangePassword is the caller's own": (
        "ChangePassword",
        {"OldPassword": "a", "NewPassword": "b"},
        [("iam:ChangePassword", f"{IAM}:user/ann")],
    ),
    "renaming needs the permission on both names": (
        "UpdateUser",
        {"UserName": "clerk", "NewUserName": "buyer"},
        [
            ("iam:UpdateUser", f"{IAM}:user/shop/clerk"),
            ("iam:UpdateUser", f"{IAM}:user/shop/buyer"),
        ],
    ),
    "moving needs the permission on both paths": (
        "UpdateGroup",
        {"GroupName": "buyers", "NewPath": "/depot/"},
        [
            ("iam:UpdateGroup", f"{IAM}:group/shop/buyers"),
            ("iam:UpdateGroup", f"{IAM}:group/depot/buyers"),
        ],
    ),
    "attaching asks on the role, not on the policy": (
        "AttachRolePolicy",
        {"RoleName": "reader", "PolicyArn": AWS_POLICY},
        [("iam:AttachRolePolicy", f"{IAM}:role/shop/reader")],
    ),
    "a managed policy of AWS": (
        "GetPolicy",
        {"PolicyArn": AWS_POLICY},
        [("iam:GetPolicy", AWS_POLICY)],
    ),
    "AddRoleToInstanceProfile passes the role to EC2": (
        "AddRoleToInstanceProfile",
        {"InstanceProfileName": "web", "RoleName": "reader"},
        [
            ("iam:AddRoleToInstanceProfile", f"{IAM}:instance-profile/web"),
            ("iam:PassRole", f"{IAM}:role/shop/reader"),
        ],
    ),
    "a service-linked role is meant by the name it will have": (
        "CreateServiceLinkedRole",
        {"AWSServiceName": "ecs.amazonaws.com"},
        [
            (
                "iam:CreateServiceLinkedRole",
                f"{IAM}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
            )
        ],
    ),
    "the deletion of a service-linked role": (
        "GetServiceLinkedRoleDeletionStatus",
        {
            "DeletionTaskId": "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/"
            "ec720f7a-c0ba-4838-be33-f72e1873dd52"
        },
        [
            (
                "iam:GetServiceLinkedRoleDeletionStatus",
                f"{IAM}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
            )
        ],
    ),
    "an OpenID Connect provider is named after its address": (
        "CreateOpenIDConnectProvider",
        {"Url": "https://token.actions.githubusercontent.com"},
        [
            (
                "iam:CreateOpenIDConnectProvider",
                f"{IAM}:oidc-provider/token.actions.githubusercontent.com",
            )
        ],
    ),
    "simulating a principal asks on that principal": (
        "SimulatePrincipalPolicy",
        {"PolicySourceArn": f"{IAM}:user/bob"},
        [("iam:SimulatePrincipalPolicy", f"{IAM}:user/bob")],
    ),
    "simulating documents asks on everything": (
        "SimulateCustomPolicy",
        {},
        [("iam:SimulateCustomPolicy", "*")],
    ),
    "a list of users asks on their path": (
        "ListUsers",
        {"PathPrefix": "/shop/"},
        [("iam:ListUsers", f"{IAM}:user/shop/")],
    ),
    "a list of all roles": ("ListRoles", {}, [("iam:ListRoles", f"{IAM}:role/")]),
    "a list of policies asks on everything": (
        "ListPolicies",
        {},
        [("iam:ListPolicies", "*")],
    ),
    "the account as a whole": ("GetAccountSummary", {}, [("iam:GetAccountSummary", "*")]),
}


@pytest.fixture
def shop(aws: Callable[[str], Any]) -> Any:
    """Give an account with a user, a role and a group under the path /shop/."""
    iam = aws("iam")
    boundary = iam.create_policy(PolicyName="limit", PolicyDocument=ALLOW)["Policy"]["Arn"]
    iam.create_role(
        RoleName="reader",
        Path="/shop/",
        AssumeRolePolicyDocument=TRUST,
        PermissionsBoundary=boundary,
        Tags=TAGS,
    )
    iam.create_user(UserName="clerk", Path="/shop/", Tags=TAGS)
    iam.create_group(GroupName="buyers", Path="/shop/")
    return iam


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    shop: Any, call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    checks = checks_of(call("iam", operation, **given))
    assert [(check.action, check.resource) for check in checks] == asked


KEYS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "the policy that is attached": (
        "AttachUserPolicy",
        {"UserName": "clerk", "PolicyArn": AWS_POLICY},
        {"iam:PolicyARN": AWS_POLICY},
    ),
    "the boundary that a new role gets": (
        "CreateRole",
        {"RoleName": "app", "PermissionsBoundary": f"{IAM}:policy/limit"},
        {"iam:PermissionsBoundary": f"{IAM}:policy/limit"},
    ),
    "a new role without a boundary": (
        "CreateRole",
        {"RoleName": "app"},
        {"iam:PermissionsBoundary": None},
    ),
    "the boundary that the changed role has": (
        "PutRolePolicy",
        {"RoleName": "reader", "PolicyName": "p", "PolicyDocument": ALLOW},
        {"iam:PermissionsBoundary": f"{IAM}:policy/limit"},
    ),
    "the new boundary, and not the one it replaces": (
        "PutRolePermissionsBoundary",
        {"RoleName": "reader", "PermissionsBoundary": AWS_POLICY},
        {"iam:PermissionsBoundary": AWS_POLICY},
    ),
    "tags of a user": (
        "DeleteUser",
        {"UserName": "clerk"},
        {"aws:ResourceTag/team": "shop", "iam:ResourceTag/team": "shop"},
    ),
    "tags in the request": (
        "TagRole",
        {"RoleName": "reader", "Tags": [{"Key": "level", "Value": "2"}]},
        {"aws:RequestTag/level": "2", "aws:TagKeys": ["level"], "aws:ResourceTag/team": "shop"},
    ),
    "tag keys alone": (
        "UntagRole",
        {"RoleName": "reader", "TagKeys": ["team"]},
        {"aws:TagKeys": ["team"], "aws:RequestTag/team": None},
    ),
    "a service that gets a service-linked role": (
        "CreateServiceLinkedRole",
        {"AWSServiceName": "ecs.amazonaws.com"},
        {"iam:AWSServiceName": "ecs.amazonaws.com"},
    ),
}


@pytest.mark.parametrize(("operation", "given", "keys"), KEYS.values(), ids=KEYS)
def test_condition_keys(
    shop: Any, call: Any, operation: str, given: dict[str, Any], keys: dict[str, Any]
) -> None:
    context = checks_of(call("iam", operation, **given))[0].context
    assert {key: context.get(key) for key in keys} == keys


def test_only_users_and_roles_have_iam_resource_tags(shop: Any, call: Any) -> None:
    arn = shop.create_policy(PolicyName="p", PolicyDocument=ALLOW, Tags=TAGS)["Policy"]["Arn"]
    (check,) = checks_of(call("iam", "GetPolicy", PolicyArn=arn))
    assert check.context == {"aws:ResourceTag/team": "shop"}


@pytest.mark.parametrize(
    ("operation", "code"),
    [("GetUser", "ValidationError"), ("ChangePassword", "InvalidUserType")],
)
def test_a_role_session_is_no_user(shop: Any, call: Any, operation: str, code: str) -> None:
    with pytest.raises(Unanswerable) as refusal:
        checks_of(call("iam", operation, _principal=ROLE_SESSION))
    assert refusal.value.code == code


def test_owner_of_an_access_key(shop: Any, call: Any) -> None:
    key = shop.create_access_key(UserName="clerk")["AccessKey"]["AccessKeyId"]
    (check,) = checks_of(call("iam", "GetAccessKeyLastUsed", AccessKeyId=key))
    assert check.resource == f"{IAM}:user/shop/clerk"


def test_an_aws_managed_policy_belongs_to_every_account(shop: Any, call: Any) -> None:
    (check,) = checks_of(call("iam", "GetPolicy", PolicyArn=AWS_POLICY))
    assert check.resource_account is None


def test_pass_role_names_service_resource_and_tags(shop: Any, call: Any) -> None:
    task = "arn:aws:ecs:us-east-1:123456789012:task-definition/orders:1"
    run = call("ecs", "RunTask")
    check = pass_role(run, f"{IAM}:role/shop/reader", "ecs-tasks.amazonaws.com", task)
    assert (check.action, check.resource) == ("iam:PassRole", f"{IAM}:role/shop/reader")
    assert check.resource_account == "123456789012"
    assert check.context == {
        "iam:PassedToService": "ecs-tasks.amazonaws.com",
        "iam:AssociatedResourceArn": task,
        "aws:ResourceTag/team": "shop",
        "iam:ResourceTag/team": "shop",
    }
    assert "iam:AssociatedResourceArn" not in pass_role(run, f"{IAM}:role/x", "x").context


def test_events_of_iam_name_no_resources(shop: Any, call: Any) -> None:
    assert resources_of(call("iam", "GetRole", RoleName="reader")) == []
