"""Service control policies: every level must allow, any level may deny, none grants."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import (
    ACCOUNT,
    BUCKET,
    ECS_TASKS,
    ENFORCEMENT,
    GLOBAL_KEYS,
    OBJECT,
    ROLE,
    ROOT,
    SCP_EVALUATION,
    SCP_SYNTAX,
    SCPS,
    SESSION,
    USER,
)
from .statements import ALLOW_ALL, FULL_AWS_ACCESS, allow, deny, policy

NAME = "service control policy"
ALLOW_EC2 = policy(allow("ec2:*"))
ALLOW_S3 = policy(allow("s3:*"))
DENY_S3 = policy(deny("s3:*"))
DENY_EC2 = policy(deny("ec2:*"))


def under(
    rule: str,
    action: str,
    effect: Any,
    *levels: list[Any],
    page: str = SCP_EVALUATION,
    principal: str = USER,
    resource: str = "*",
    identity: Any = None,
    **request: Any,
) -> Case:
    """An administrator under these levels: root first, the account last."""
    return Case(
        rule,
        page,
        {"principal": principal, "action": action, "resource": resource, **request},
        {
            "identity": [ALLOW_ALL] if identity is None else identity,
            "service_control": list(levels),
        },
        effect,
        None if effect == "Allow" else NAME,
    )


SPECIFIC_ROLE = policy(
    allow(
        ["ec2:*", "s3:*", "iam:*"],
        Sid="AllowServicesForSpecificPrincipal",
        Condition={"StringEquals": {"aws:PrincipalArn": [ROLE]}},
    )
)
T2_MICRO = policy(
    deny(
        "ec2:RunInstances",
        "arn:aws:ec2:*:*:instance/*",
        Condition={"StringNotEquals": {"ec2:InstanceType": "t2.micro"}},
    )
)
ADMIN_ROLE = policy(
    deny(
        ["iam:AttachRolePolicy", "iam:DeleteRole", "iam:UpdateAssumeRolePolicy"],
        ["arn:aws:iam::*:role/role-to-deny"],
        Sid="DenyAccessToAdminRole",
    )
)
NO_LEAVE = policy(
    allow(["ec2:*", "cloudwatch:*", "organizations:*"]),
    deny("organizations:LeaveOrganization"),
)
INSTANCE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1"

CASES = (
    under("without-scps-the-identity-policy-decides", "s3:GetObject", "Allow", page=ENFORCEMENT),
    under(
        "full-access-at-every-level",
        "s3:GetObject",
        "Allow",
        [FULL_AWS_ACCESS],
        [FULL_AWS_ACCESS],
        [FULL_AWS_ACCESS],
    ),
    under(
        "an-allow-missing-at-the-root",
        "s3:GetObject",
        "ImplicitDeny",
        [],
        [FULL_AWS_ACCESS],
        [FULL_AWS_ACCESS],
    ),
    under(
        "an-allow-missing-at-the-unit",
        "s3:GetObject",
        "ImplicitDeny",
        [FULL_AWS_ACCESS],
        [],
        [FULL_AWS_ACCESS],
    ),
    under(
        "an-allow-missing-at-the-account",
        "s3:GetObject",
        "ImplicitDeny",
        [FULL_AWS_ACCESS],
        [FULL_AWS_ACCESS],
        [],
    ),
    under(
        "a-level-that-allows-something-else",
        "s3:GetObject",
        "ImplicitDeny",
        [FULL_AWS_ACCESS],
        [ALLOW_EC2],
        [FULL_AWS_ACCESS],
    ),
    under(
        "a-deny-at-the-root-wins",
        "s3:GetObject",
        "ExplicitDeny",
        [FULL_AWS_ACCESS, DENY_S3],
        [FULL_AWS_ACCESS],
        [ALLOW_S3],
    ),
    under(
        "a-deny-at-the-unit-wins",
        "s3:GetObject",
        "ExplicitDeny",
        [FULL_AWS_ACCESS],
        [FULL_AWS_ACCESS, DENY_S3],
        [FULL_AWS_ACCESS],
    ),
    under(
        "a-deny-at-the-account-wins",
        "ec2:RunInstances",
        "ExplicitDeny",
        [FULL_AWS_ACCESS],
        [FULL_AWS_ACCESS, DENY_S3],
        [FULL_AWS_ACCESS, DENY_EC2],
    ),
    under(
        "one-policy-of-a-level-is-enough",
        "s3:GetObject",
        "Allow",
        [ALLOW_EC2, ALLOW_S3],
        [FULL_AWS_ACCESS],
    ),
    under("levels-intersect", "s3:GetObject", "ImplicitDeny", [ALLOW_S3], [ALLOW_EC2]),
    under(
        "scenario-1-the-unit-denies-s3",
        "s3:GetObject",
        "ExplicitDeny",
        [FULL_AWS_ACCESS],
        [FULL_AWS_ACCESS, DENY_S3],
        [FULL_AWS_ACCESS, DENY_EC2],
    ),
    under(
        "scenario-1-the-account-denies-ec2",
        "ec2:RunInstances",
        "ExplicitDeny",
        [FULL_AWS_ACCESS],
        [FULL_AWS_ACCESS, DENY_S3],
        [FULL_AWS_ACCESS, DENY_EC2],
    ),
    under(
        "scenario-1-the-rest-is-open",
        "sqs:SendMessage",
        "Allow",
        [FULL_AWS_ACCESS],
        [FULL_AWS_ACCESS, DENY_S3],
        [FULL_AWS_ACCESS, DENY_EC2],
    ),
    under(
        "scenario-2-the-unit-allows-only-ec2",
        "ec2:RunInstances",
        "Allow",
        [FULL_AWS_ACCESS],
        [ALLOW_EC2],
        [FULL_AWS_ACCESS],
    ),
    under(
        "scenario-2-the-rest-is-closed",
        "s3:GetObject",
        "ImplicitDeny",
        [FULL_AWS_ACCESS],
        [ALLOW_EC2],
        [FULL_AWS_ACCESS],
    ),
    under(
        "scenario-3-nothing-at-the-root-blocks-all",
        "ec2:RunInstances",
        "ImplicitDeny",
        [],
        [ALLOW_EC2],
        [FULL_AWS_ACCESS],
    ),
    under(
        "scenario-4-two-units-deep-one-denies",
        "ec2:RunInstances",
        "ExplicitDeny",
        [FULL_AWS_ACCESS],
        [FULL_AWS_ACCESS],
        [FULL_AWS_ACCESS, DENY_EC2],
        [FULL_AWS_ACCESS],
    ),
    under(
        "scenario-4-two-units-deep-the-rest",
        "s3:GetObject",
        "Allow",
        [FULL_AWS_ACCESS],
        [FULL_AWS_ACCESS],
        [FULL_AWS_ACCESS, DENY_EC2],
        [FULL_AWS_ACCESS],
    ),
    under(
        "scenario-6-the-root-denies-what-the-unit-allows",
        "s3:GetObject",
        "ExplicitDeny",
        [FULL_AWS_ACCESS, DENY_S3],
        [FULL_AWS_ACCESS],
        [ALLOW_S3],
        [FULL_AWS_ACCESS],
    ),
    under(
        "scenario-6-and-the-unit-allows-nothing-else",
        "ec2:RunInstances",
        "ImplicitDeny",
        [FULL_AWS_ACCESS, DENY_S3],
        [FULL_AWS_ACCESS],
        [ALLOW_S3],
        [FULL_AWS_ACCESS],
    ),
    under(
        "no-one-leaves-the-organization",
        "organizations:LeaveOrganization",
        "ExplicitDeny",
        [NO_LEAVE],
    ),
    under(
        "other-organization-actions-are-open",
        "organizations:DescribeOrganization",
        "Allow",
        [NO_LEAVE],
    ),
    under(
        "an-allow-list-limits-administrators",
        "rds:DeleteDBInstance",
        "ImplicitDeny",
        [ALLOW_S3],
        page=SCP_SYNTAX,
    ),
    Case(
        "an-scp-grants-nothing",
        SCPS,
        {"principal": USER, "action": "s3:GetObject", "resource": OBJECT},
        {"service_control": [[FULL_AWS_ACCESS]]},
        "ImplicitDeny",
        "identity-based policy",
    ),
    under(
        "a-role-session-is-limited",
        "s3:GetObject",
        "ImplicitDeny",
        [ALLOW_EC2],
        page=SCPS,
        principal=SESSION,
    ),
    under(
        "the-root-user-of-a-member-account-is-limited",
        "s3:GetObject",
        "ImplicitDeny",
        [ALLOW_EC2],
        page=SCPS,
        principal=ROOT,
        identity=[],
    ),
    under(
        "the-root-user-of-a-member-account-is-denied",
        "s3:GetObject",
        "ExplicitDeny",
        [FULL_AWS_ACCESS, DENY_S3],
        page=SCPS,
        principal=ROOT,
        identity=[],
    ),
    under(
        "a-deny-on-the-root-arn-reaches-the-root-user",
        "s3:GetObject",
        "ExplicitDeny",
        [
            FULL_AWS_ACCESS,
            policy(deny(Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})),
        ],
        page=GLOBAL_KEYS,
        principal=ROOT,
        identity=[],
    ),
    under(
        "a-deny-on-the-root-arn-spares-users",
        "s3:GetObject",
        "Allow",
        [
            FULL_AWS_ACCESS,
            policy(deny(Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}})),
        ],
        page=GLOBAL_KEYS,
    ),
    Case(
        "what-a-bucket-policy-grants-a-user-is-limited",
        SCPS,
        {"principal": USER, "action": "s3:GetObject", "resource": OBJECT},
        {
            "resource": policy(allow("s3:*", f"{BUCKET}/*", Principal={"AWS": USER})),
            "service_control": [[FULL_AWS_ACCESS, DENY_S3]],
        },
        "ExplicitDeny",
        NAME,
    ),
    Case(
        "a-service-is-no-user-or-role-and-not-limited",
        SCPS,
        {
            "principal": ECS_TASKS,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resource_account": ACCOUNT,
        },
        {
            "resource": policy(allow("s3:*", f"{BUCKET}/*", Principal={"Service": ECS_TASKS})),
            "service_control": [[FULL_AWS_ACCESS, DENY_S3]],
        },
        "Allow",
        "resource-based policy",
    ),
    # the full policy language
    under(
        "allow-with-a-condition-that-holds",
        "s3:GetObject",
        "Allow",
        [SPECIFIC_ROLE],
        page=SCP_SYNTAX,
        principal=SESSION,
    ),
    under(
        "allow-with-a-condition-that-fails",
        "s3:GetObject",
        "ImplicitDeny",
        [SPECIFIC_ROLE],
        page=SCP_SYNTAX,
    ),
    under(
        "deny-with-a-resource-and-a-condition",
        "ec2:RunInstances",
        "ExplicitDeny",
        [FULL_AWS_ACCESS, T2_MICRO],
        page=SCP_SYNTAX,
        resource=INSTANCE,
        context={"ec2:InstanceType": "m5.large"},
    ),
    under(
        "deny-with-a-condition-that-fails",
        "ec2:RunInstances",
        "Allow",
        [FULL_AWS_ACCESS, T2_MICRO],
        page=SCP_SYNTAX,
        resource=INSTANCE,
        context={"ec2:InstanceType": "t2.micro"},
    ),
    under(
        "deny-on-one-role-in-every-account",
        "iam:DeleteRole",
        "ExplicitDeny",
        [FULL_AWS_ACCESS, ADMIN_ROLE],
        page=SCP_SYNTAX,
        resource=f"arn:aws:iam::{ACCOUNT}:role/role-to-deny",
    ),
    under(
        "deny-on-one-role-spares-others",
        "iam:DeleteRole",
        "Allow",
        [FULL_AWS_ACCESS, ADMIN_ROLE],
        page=SCP_SYNTAX,
        resource=f"arn:aws:iam::{ACCOUNT}:role/other",
    ),
    under(
        "allow-with-not-action",
        "s3:GetObject",
        "Allow",
        [policy(allow(None, NotAction="iam:*"))],
        page=SCP_SYNTAX,
    ),
    under(
        "allow-with-not-action-leaves-out",
        "iam:CreateUser",
        "ImplicitDeny",
        [policy(allow(None, NotAction="iam:*"))],
        page=SCP_SYNTAX,
    ),
    under(
        "a-wildcard-in-the-middle-of-an-action",
        "ec2:DescribeInstances",
        "ImplicitDeny",
        [policy(allow("ec2:*Image*"))],
        page=SCP_SYNTAX,
    ),
    under(
        "a-wildcard-in-the-middle-covers",
        "ec2:DescribeImages",
        "Allow",
        [policy(allow("ec2:*Image*"))],
        page=SCP_SYNTAX,
    ),
)
