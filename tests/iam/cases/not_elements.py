"""NotAction, NotResource and NotPrincipal: everything except what is listed."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import (
    ACCOUNT,
    BUCKET,
    NOT_ACTION,
    NOT_PRINCIPAL,
    NOT_RESOURCE,
    OBJECT,
    OTHER,
    OTHER_ROOT,
    OTHER_USER,
    RCP_SYNTAX,
    ROOT,
    SCP_SYNTAX,
    SESSION,
    USER,
)
from .statements import RCP_FULL_AWS_ACCESS, allow, deny, policy

PAYROLL = ["arn:aws:s3:::HRBucket/Payroll", "arn:aws:s3:::HRBucket/Payroll/*"]


def decided(
    rule: str, page: str, action: str, resource: str, effect: Any, *statements: Any, **context: Any
) -> Case:
    return Case(
        rule,
        page,
        {"principal": USER, "action": action, "resource": resource, "context": context},
        {"identity": [policy(*statements)]},
        effect,
        "identity-based policy",
    )


NOT_DELETE = allow(None, "arn:aws:s3:::*", NotAction="s3:DeleteBucket")
NOT_IAM = allow(None, NotAction="iam:*")
DENY_NOT_PAYROLL = deny("s3:*", None, NotResource=PAYROLL)


def mfa(rule: str, action: str, effect: Any, context: dict[str, str]) -> Case:
    """Deny all but IAM actions without MFA, beside an Allow of everything."""
    return Case(
        rule,
        NOT_ACTION,
        {"principal": USER, "action": action, "resource": "*", "context": context},
        {
            "identity": [
                policy(
                    allow(),
                    deny(
                        None,
                        NotAction="iam:*",
                        Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
                    ),
                )
            ]
        },
        effect,
        "identity-based policy",
    )


def region(rule: str, action: str, where: str, effect: Any) -> Case:
    """Deny everything outside two Regions, except four global services."""
    return Case(
        rule,
        SCP_SYNTAX,
        {
            "principal": USER,
            "action": action,
            "resource": "*",
            "context": {"aws:RequestedRegion": where},
        },
        {
            "identity": [policy(allow())],
            "service_control": [
                [
                    policy(
                        allow(),
                        deny(
                            None,
                            NotAction=["cloudfront:*", "iam:*", "route53:*", "support:*"],
                            Condition={
                                "StringNotEquals": {
                                    "aws:RequestedRegion": ["eu-central-1", "eu-west-1"]
                                }
                            },
                        ),
                    )
                ]
            ],
        },
        effect,
    )


def all_but(rule: str, caller: str, listed: list[str], effect: Any, **policies: Any) -> Case:
    """A bucket policy that denies everyone except the listed principals."""
    return Case(
        rule,
        NOT_PRINCIPAL,
        {"principal": caller, "action": "s3:GetObject", "resource": OBJECT},
        {
            "identity": [policy(allow())],
            "resource": policy(deny("s3:*", [BUCKET, f"{BUCKET}/*"], NotPrincipal={"AWS": listed})),
            **policies,
        },
        effect,
        "resource-based policy" if effect == "ExplicitDeny" else None,
    )


CASES = (
    decided(
        "not-action-allows-what-is-not-listed",
        NOT_ACTION,
        "s3:CreateBucket",
        BUCKET,
        "Allow",
        NOT_DELETE,
    ),
    decided(
        "not-action-does-not-allow-what-is-listed",
        NOT_ACTION,
        "s3:DeleteBucket",
        BUCKET,
        "ImplicitDeny",
        NOT_DELETE,
    ),
    decided(
        "not-action-is-scoped-by-resource",
        NOT_ACTION,
        "sqs:SendMessage",
        f"arn:aws:sqs:us-east-1:{ACCOUNT}:returns",
        "ImplicitDeny",
        NOT_DELETE,
    ),
    decided(
        "not-action-of-a-service-allows-other-services",
        NOT_ACTION,
        "ec2:RunInstances",
        "*",
        "Allow",
        NOT_IAM,
    ),
    decided(
        "not-action-of-a-service-leaves-the-service-out",
        NOT_ACTION,
        "iam:CreateUser",
        "*",
        "ImplicitDeny",
        NOT_IAM,
    ),
    decided("not-action-ignores-case", NOT_ACTION, "IAM:createuser", "*", "ImplicitDeny", NOT_IAM),
    decided(
        "what-not-action-leaves-out-another-statement-may-allow",
        NOT_ACTION,
        "iam:GetUser",
        "*",
        "Allow",
        NOT_IAM,
        allow("iam:GetUser"),
    ),
    decided(
        "not-action-with-several-values-leaves-out-each",
        NOT_ACTION,
        "sts:AssumeRole",
        "*",
        "ImplicitDeny",
        allow(None, NotAction=["iam:*", "sts:*"]),
    ),
    decided(
        "deny-with-not-action-allows-nothing",
        NOT_ACTION,
        "iam:GetUser",
        "*",
        "ImplicitDeny",
        deny(None, NotAction="iam:*"),
    ),
    decided(
        "deny-with-not-action-denies-what-is-not-listed",
        NOT_ACTION,
        "ec2:RunInstances",
        "*",
        "ExplicitDeny",
        allow(),
        deny(None, NotAction="iam:*"),
    ),
    decided(
        "deny-with-not-action-spares-what-is-listed",
        NOT_ACTION,
        "iam:GetUser",
        "*",
        "Allow",
        allow(),
        deny(None, NotAction="iam:*"),
    ),
    mfa(
        "deny-without-mfa-spares-iam",
        "iam:GetUser",
        "Allow",
        {"aws:MultiFactorAuthPresent": "false"},
    ),
    mfa(
        "deny-without-mfa-denies-the-rest",
        "ec2:RunInstances",
        "ExplicitDeny",
        {"aws:MultiFactorAuthPresent": "false"},
    ),
    mfa("deny-without-mfa-denies-long-term-keys-too", "ec2:RunInstances", "ExplicitDeny", {}),
    mfa(
        "deny-without-mfa-spares-who-signed-in-with-mfa",
        "ec2:RunInstances",
        "Allow",
        {"aws:MultiFactorAuthPresent": "true"},
    ),
    region("outside-the-regions-is-denied", "ec2:RunInstances", "us-east-1", "ExplicitDeny"),
    region("inside-the-regions-is-not", "ec2:RunInstances", "eu-west-1", "Allow"),
    region("global-services-are-spared", "iam:CreateUser", "us-east-1", "Allow"),
    decided(
        "deny-not-resource-denies-what-is-not-listed",
        NOT_RESOURCE,
        "s3:GetObject",
        "arn:aws:s3:::HRBucket/Other/x",
        "ExplicitDeny",
        allow("s3:*"),
        DENY_NOT_PAYROLL,
    ),
    decided(
        "deny-not-resource-denies-other-buckets",
        NOT_RESOURCE,
        "s3:GetObject",
        OBJECT,
        "ExplicitDeny",
        allow("s3:*"),
        DENY_NOT_PAYROLL,
    ),
    decided(
        "deny-not-resource-spares-what-is-listed",
        NOT_RESOURCE,
        "s3:GetObject",
        "arn:aws:s3:::HRBucket/Payroll/may",
        "Allow",
        allow("s3:*"),
        DENY_NOT_PAYROLL,
    ),
    decided(
        "deny-not-resource-grants-nothing",
        NOT_RESOURCE,
        "s3:GetObject",
        "arn:aws:s3:::HRBucket/Payroll/may",
        "ImplicitDeny",
        DENY_NOT_PAYROLL,
    ),
    decided(
        "deny-not-resource-keeps-to-its-actions",
        NOT_RESOURCE,
        "sqs:SendMessage",
        f"arn:aws:sqs:us-east-1:{ACCOUNT}:returns",
        "Allow",
        allow(),
        DENY_NOT_PAYROLL,
    ),
    decided(
        "allow-not-resource-allows-what-is-not-listed",
        NOT_RESOURCE,
        "s3:GetObject",
        OBJECT,
        "Allow",
        allow("s3:*", None, NotResource=PAYROLL),
    ),
    decided(
        "allow-not-resource-leaves-out-what-is-listed",
        NOT_RESOURCE,
        "s3:GetObject",
        "arn:aws:s3:::HRBucket/Payroll/may",
        "ImplicitDeny",
        allow("s3:*", None, NotResource=PAYROLL),
    ),
    decided(
        "not-action-and-not-resource-together",
        NOT_RESOURCE,
        "s3:GetObject",
        OBJECT,
        "Allow",
        allow(None, None, NotAction="iam:*", NotResource=PAYROLL),
    ),
    Case(
        "an-scp-takes-not-resource-with-deny",
        SCP_SYNTAX,
        {
            "principal": USER,
            "action": "bedrock:InvokeModel",
            "resource": "arn:aws:bedrock:us-east-1::foundation-model/other",
        },
        {
            "identity": [policy(allow())],
            "service_control": [
                [
                    policy(
                        allow(),
                        deny(
                            ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
                            None,
                            NotResource=["arn:aws:bedrock:*::foundation-model/permitted"],
                        ),
                    )
                ]
            ],
        },
        "ExplicitDeny",
        "service control policy",
    ),
    Case(
        "an-scp-not-resource-spares-what-is-listed",
        SCP_SYNTAX,
        {
            "principal": USER,
            "action": "bedrock:InvokeModel",
            "resource": "arn:aws:bedrock:us-east-1::foundation-model/permitted",
        },
        {
            "identity": [policy(allow())],
            "service_control": [
                [
                    policy(
                        allow(),
                        deny(
                            "bedrock:InvokeModel",
                            None,
                            NotResource="arn:aws:bedrock:*::foundation-model/permitted",
                        ),
                    )
                ]
            ],
        },
        "Allow",
    ),
    Case(
        "an-rcp-takes-not-resource",
        RCP_SYNTAX,
        {"principal": USER, "action": "s3:GetObject", "resource": OBJECT},
        {
            "identity": [policy(allow())],
            "resource_control": [
                [
                    RCP_FULL_AWS_ACCESS,
                    policy(deny("s3:*", None, Principal="*", NotResource="arn:aws:s3:::public/*")),
                ]
            ],
        },
        "ExplicitDeny",
        "resource control policy",
    ),
    all_but("not-principal-spares-the-user-it-names", USER, [USER, ROOT], "Allow"),
    all_but(
        "not-principal-denies-another-user-of-the-account",
        USER,
        [f"{USER}-maria", ROOT],
        "ExplicitDeny",
    ),
    all_but(
        "not-principal-denies-a-session-that-is-not-named", SESSION, [USER, ROOT], "ExplicitDeny"
    ),
    all_but("not-principal-denies-another-account", USER, [OTHER_USER, OTHER_ROOT], "ExplicitDeny"),
    all_but(
        "not-principal-spares-a-session-named-with-role-and-account",
        SESSION,
        [SESSION, f"arn:aws:iam::{ACCOUNT}:role/app", ROOT],
        "Allow",
    ),
    all_but(
        "not-principal-always-denies-a-user-with-a-boundary",
        USER,
        [USER, ROOT],
        "ExplicitDeny",
        boundary=[policy(allow())],
    ),
    all_but(
        "not-principal-always-denies-a-role-with-a-boundary",
        SESSION,
        [SESSION, f"arn:aws:iam::{ACCOUNT}:role/app", ROOT],
        "ExplicitDeny",
        boundary=[policy(allow())],
    ),
    Case(
        "not-principal-grants-nothing",
        NOT_PRINCIPAL,
        {"principal": USER, "action": "s3:GetObject", "resource": OBJECT},
        {
            "resource": policy(
                deny("s3:*", [BUCKET, f"{BUCKET}/*"], NotPrincipal={"AWS": [USER, ROOT]})
            )
        },
        "ImplicitDeny",
    ),
    Case(
        "not-principal-reaches-across-accounts",
        NOT_PRINCIPAL,
        {
            "principal": OTHER_USER,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resource_account": ACCOUNT,
        },
        {
            "identity": [policy(allow())],
            "resource": policy(
                allow("s3:*", [BUCKET, f"{BUCKET}/*"], Principal={"AWS": OTHER}),
                deny(
                    "s3:*", [BUCKET, f"{BUCKET}/*"], NotPrincipal={"AWS": [OTHER_USER, OTHER_ROOT]}
                ),
            ),
        },
        "Allow",
    ),
)
