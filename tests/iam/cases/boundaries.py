"""Permissions boundaries: a ceiling over identity-based policies, not a grant."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import (
    ACCOUNT,
    BOUNDARIES,
    BUCKET,
    ENFORCEMENT,
    OBJECT,
    PRINCIPAL,
    ROLE,
    ROOT,
    SESSION,
    SINGLE_ACCOUNT,
    USER,
)
from .statements import ALLOW_ALL, FULL_AWS_ACCESS, allow, deny, policy

SHIRLEY = f"arn:aws:iam::{ACCOUNT}:user/ShirleyRodriguez"
SHIRLEY_BOUNDARY = [policy(allow(["s3:*", "cloudwatch:*", "ec2:*"]))]
ONLY_SQS = [policy(allow("sqs:*"))]
X_COMPANY = [
    policy(
        allow(["s3:*", "cloudwatch:*", "ec2:*", "dynamodb:*"], Sid="ServiceBoundaries"),
        allow(
            ["iam:*AccessKey*", "iam:ChangePassword", "iam:GetUser"],
            ["arn:aws:iam::*:user/${aws:username}"],
            Sid="AllowManageOwnPasswordAndAccessKeys",
        ),
        deny("s3:*", ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"], Sid="DenyS3Logs"),
        deny("ec2:*", "arn:aws:ec2:*:*:instance/i-1234567890abcdef0", Sid="DenyEC2Production"),
    )
]


def grants(principal: Any, **elements: Any) -> Any:
    return policy(allow("s3:GetObject", f"{BUCKET}/*", Principal=principal, **elements))


def shirley(rule: str, action: str, effect: Any, layer: Any, *identity: Any) -> Case:
    return Case(
        rule,
        BOUNDARIES,
        {"principal": SHIRLEY, "action": action, "resource": "*"},
        {"identity": list(identity), "boundary": SHIRLEY_BOUNDARY},
        effect,
        layer,
    )


def x_company(rule: str, action: str, resource: str, effect: Any) -> Case:
    """A user with every permission, under the boundary of the page's company."""
    return Case(
        rule,
        BOUNDARIES,
        {"principal": USER, "action": action, "resource": resource},
        {"identity": [ALLOW_ALL], "boundary": X_COMPANY},
        effect,
        None if effect == "Allow" else "permissions boundary",
    )


def bucket(
    rule: str,
    effect: Any,
    layer: Any = None,
    *,
    page: str = ENFORCEMENT,
    principal: str = USER,
    **policies: Any,
) -> Case:
    return Case(
        rule,
        page,
        {"principal": principal, "action": "s3:GetObject", "resource": OBJECT},
        policies,
        effect,
        layer,
    )


CASES = (
    shirley(
        "identity-allows-but-boundary-does-not",
        "iam:CreateUser",
        "ImplicitDeny",
        "permissions boundary",
        policy(allow("iam:CreateUser")),
    ),
    shirley(
        "boundary-allows-but-identity-does-not",
        "s3:GetObject",
        "ImplicitDeny",
        "identity-based policy",
        policy(allow("iam:CreateUser")),
    ),
    shirley(
        "a-boundary-alone-grants-nothing", "s3:GetObject", "ImplicitDeny", "identity-based policy"
    ),
    shirley("both-allow", "s3:GetObject", "Allow", None, policy(allow("s3:GetObject"))),
    shirley(
        "an-administrator-is-limited-too",
        "iam:CreateUser",
        "ImplicitDeny",
        "permissions boundary",
        ALLOW_ALL,
    ),
    shirley(
        "an-administrator-keeps-what-the-boundary-allows",
        "ec2:RunInstances",
        "Allow",
        None,
        ALLOW_ALL,
    ),
    shirley(
        "an-identity-deny-stays-a-deny",
        "s3:GetObject",
        "ExplicitDeny",
        "identity-based policy",
        ALLOW_ALL,
        policy(deny("s3:*")),
    ),
    x_company("x-company-services", "dynamodb:PutItem", "*", "Allow"),
    x_company("x-company-own-keys", "iam:CreateAccessKey", USER, "Allow"),
    x_company(
        "x-company-not-the-keys-of-others", "iam:CreateAccessKey", f"{USER}-maria", "ImplicitDeny"
    ),
    x_company("x-company-no-iam", "iam:CreateUser", "*", "ImplicitDeny"),
    x_company("x-company-logs-are-denied", "s3:GetObject", "arn:aws:s3:::logs/x", "ExplicitDeny"),
    x_company(
        "x-company-one-instance-is-denied",
        "ec2:StopInstances",
        f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1234567890abcdef0",
        "ExplicitDeny",
    ),
    bucket(
        "a-role-session-is-under-the-boundary-of-its-role",
        "ImplicitDeny",
        "permissions boundary",
        page=BOUNDARIES,
        principal=SESSION,
        identity=[ALLOW_ALL],
        boundary=ONLY_SQS,
    ),
    bucket(
        "user-arn-in-resource-policy-is-not-limited-by-boundary",
        "Allow",
        "resource-based policy",
        boundary=ONLY_SQS,
        resource=grants({"AWS": USER}),
    ),
    bucket(
        "user-arn-in-resource-policy-adds-to-identity-within-boundary",
        "Allow",
        "resource-based policy",
        identity=[policy(allow("sqs:*"))],
        boundary=ONLY_SQS,
        resource=grants({"AWS": USER}),
    ),
    bucket(
        "boundary-deny-beats-user-arn-in-resource-policy",
        "ExplicitDeny",
        "permissions boundary",
        page=BOUNDARIES,
        boundary=[policy(allow(), deny("s3:*"))],
        resource=grants({"AWS": USER}),
    ),
    bucket(
        "role-arn-in-resource-policy-is-limited-by-boundary",
        "ImplicitDeny",
        "permissions boundary",
        principal=SESSION,
        boundary=ONLY_SQS,
        resource=grants({"AWS": ROLE}),
    ),
    bucket(
        "role-arn-in-resource-policy-within-the-boundary",
        "Allow",
        "resource-based policy",
        principal=SESSION,
        boundary=[policy(allow("s3:*"))],
        resource=grants({"AWS": ROLE}),
    ),
    bucket(
        "session-arn-in-resource-policy-is-not-limited-by-boundary",
        "Allow",
        "resource-based policy",
        principal=SESSION,
        boundary=ONLY_SQS,
        resource=grants({"AWS": SESSION}),
    ),
    bucket(
        "principal-arn-condition-with-star-is-not-limited-by-boundary",
        "Allow",
        "resource-based policy",
        page=PRINCIPAL,
        principal=SESSION,
        boundary=ONLY_SQS,
        resource=grants("*", Condition={"ArnEquals": {"aws:PrincipalArn": ROLE}}),
    ),
    bucket(
        "principal-arn-condition-with-star-yields-to-a-boundary-deny",
        "ExplicitDeny",
        "permissions boundary",
        page=PRINCIPAL,
        principal=SESSION,
        boundary=[policy(deny("s3:*"))],
        resource=grants("*", Condition={"ArnEquals": {"aws:PrincipalArn": ROLE}}),
    ),
    bucket(
        "account-arn-in-resource-policy-leaves-the-boundary-in-force",
        "ImplicitDeny",
        "permissions boundary",
        identity=[ALLOW_ALL],
        boundary=ONLY_SQS,
        resource=grants({"AWS": ROOT}),
    ),
    bucket(
        "boundary-scp-and-identity-all-allow",
        "Allow",
        page=SINGLE_ACCOUNT,
        identity=[ALLOW_ALL],
        boundary=[ALLOW_ALL],
        service_control=[[FULL_AWS_ACCESS]],
    ),
    bucket(
        "boundary-and-identity-allow-but-scp-does-not",
        "ImplicitDeny",
        "service control policy",
        page=SINGLE_ACCOUNT,
        identity=[ALLOW_ALL],
        boundary=[ALLOW_ALL],
        service_control=[ONLY_SQS],
    ),
    bucket(
        "scp-and-identity-allow-but-boundary-does-not",
        "ImplicitDeny",
        "permissions boundary",
        page=SINGLE_ACCOUNT,
        identity=[ALLOW_ALL],
        boundary=ONLY_SQS,
        service_control=[[FULL_AWS_ACCESS]],
    ),
    bucket(
        "scp-and-boundary-allow-but-identity-does-not",
        "ImplicitDeny",
        "identity-based policy",
        page=SINGLE_ACCOUNT,
        identity=[],
        boundary=[ALLOW_ALL],
        service_control=[[FULL_AWS_ACCESS]],
    ),
    bucket(
        "scp-limits-what-a-resource-policy-grants-a-user",
        "ImplicitDeny",
        "service control policy",
        page=SINGLE_ACCOUNT,
        service_control=[ONLY_SQS],
        resource=grants({"AWS": USER}),
    ),
)
