"""Role trust policies: who may assume the role."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import (
    ACCOUNT,
    ANONYMOUS,
    ASSUME_ROLE_API,
    CONFUSED_DEPUTY,
    ECS_TASKS,
    ENFORCEMENT,
    OTHER,
    OTHER_ROLE,
    OTHER_ROLE_SESSION,
    OTHER_ROOT,
    OTHER_USER,
    POLICIES,
    PRINCIPAL,
    ROOT,
    SCPS,
    SESSION,
    USER,
)
from .statements import ALLOW_ALL, FULL_AWS_ACCESS, deny, policy, trust
from .statements import allow as allow_statement

TARGET = f"arn:aws:iam::{ACCOUNT}:role/csecstaskexecutionrole"
NAME = "resource-based policy"
ASSUME = "sts:AssumeRole"
WEB = "sts:AssumeRoleWithWebIdentity"
SAML = "sts:AssumeRoleWithSAML"
MAY_ASSUME = [policy(allow_statement(ASSUME, TARGET))]
TRUSTS_ECS = policy(trust(ASSUME, {"Service": ECS_TASKS}))
TRUSTS_ACCOUNT = policy(trust(ASSUME, {"AWS": ROOT}))
TRUSTS_USER = policy(trust(ASSUME, {"AWS": USER}))
TRUSTS_OTHER = policy(trust(ASSUME, {"AWS": OTHER_ROOT}))
EXTERNAL_ID = policy(
    trust(ASSUME, {"AWS": OTHER}, Condition={"StringEquals": {"sts:ExternalId": "12345"}})
)
FROM_THIS_ACCOUNT = policy(
    trust(
        ASSUME,
        {"Service": ECS_TASKS},
        Condition={
            "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:*"},
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
        },
    )
)
MFA = policy(trust(ASSUME, {"AWS": USER}, Condition={"Bool": {"aws:MultiFactorAuthPresent": True}}))
GITHUB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
TRUSTS_GITHUB = policy(
    trust(
        WEB,
        {"Federated": GITHUB},
        Condition={
            "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
            "StringLike": {"token.actions.githubusercontent.com:sub": "repo:bookshop/*"},
        },
    )
)
CLAIMS = {
    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
    "token.actions.githubusercontent.com:sub": "repo:bookshop/orders:ref:refs/heads/main",
}
GOOGLE = "accounts.google.com"
ADFS = f"arn:aws:iam::{ACCOUNT}:saml-provider/ADFS"


def assume(
    rule: str,
    principal: str,
    trust_policy: Any,
    effect: Any,
    layer: Any = None,
    *,
    page: str = PRINCIPAL,
    action: str = ASSUME,
    context: Any = None,
    **policies: Any,
) -> Case:
    return Case(
        rule,
        page,
        {
            "principal": principal,
            "action": action,
            "resource": TARGET,
            "resource_account": ACCOUNT,
            "context": context or {},
        },
        {"resource": trust_policy, **policies},
        effect,
        layer,
    )


CASES = (
    # services
    assume("a-trusted-service-assumes-the-role", ECS_TASKS, TRUSTS_ECS, "Allow", NAME),
    assume("another-service-does-not", "ec2.amazonaws.com", TRUSTS_ECS, "ImplicitDeny", NAME),
    assume("ecs-is-not-ecs-tasks", "ecs.amazonaws.com", TRUSTS_ECS, "ImplicitDeny", NAME),
    assume(
        "two-services-in-an-array",
        "ec2.amazonaws.com",
        policy(trust(ASSUME, {"Service": [ECS_TASKS, "ec2.amazonaws.com"]})),
        "Allow",
        NAME,
    ),
    assume(
        "a-service-trust-lets-no-user-in",
        USER,
        TRUSTS_ECS,
        "ImplicitDeny",
        NAME,
        identity=MAY_ASSUME,
    ),
    assume(
        "a-service-trust-lets-no-administrator-in",
        SESSION,
        TRUSTS_ECS,
        "ImplicitDeny",
        NAME,
        identity=[ALLOW_ALL],
    ),
    assume(
        "the-service-acts-for-this-account",
        ECS_TASKS,
        FROM_THIS_ACCOUNT,
        "Allow",
        NAME,
        page=CONFUSED_DEPUTY,
        context={
            "aws:SourceArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/bookshop/1",
            "aws:SourceAccount": ACCOUNT,
        },
    ),
    assume(
        "the-service-acts-for-another-account",
        ECS_TASKS,
        FROM_THIS_ACCOUNT,
        "ImplicitDeny",
        NAME,
        page=CONFUSED_DEPUTY,
        context={
            "aws:SourceArn": f"arn:aws:ecs:us-east-1:{OTHER}:task/bookshop/1",
            "aws:SourceAccount": OTHER,
        },
    ),
    assume(
        "the-service-does-not-say-for-whom-it-acts",
        ECS_TASKS,
        FROM_THIS_ACCOUNT,
        "ImplicitDeny",
        NAME,
        page=CONFUSED_DEPUTY,
    ),
    # same account
    assume(
        "a-user-named-in-the-trust-policy-needs-no-permission",
        USER,
        TRUSTS_USER,
        "Allow",
        NAME,
        page=ASSUME_ROLE_API,
    ),
    assume(
        "a-user-named-in-the-trust-policy-with-permission",
        USER,
        TRUSTS_USER,
        "Allow",
        page=ASSUME_ROLE_API,
        identity=MAY_ASSUME,
    ),
    assume(
        "a-user-with-permission-where-the-account-is-trusted",
        USER,
        TRUSTS_ACCOUNT,
        "Allow",
        page=ASSUME_ROLE_API,
        identity=MAY_ASSUME,
    ),
    assume(
        "a-user-without-permission-where-the-account-is-trusted",
        USER,
        TRUSTS_ACCOUNT,
        "ImplicitDeny",
        "identity-based policy",
        page=ASSUME_ROLE_API,
    ),
    assume(
        "a-user-with-permission-on-another-role",
        USER,
        TRUSTS_ACCOUNT,
        "ImplicitDeny",
        "identity-based policy",
        page=ASSUME_ROLE_API,
        identity=[policy(allow_statement(ASSUME, f"{TARGET}-two"))],
    ),
    assume(
        "permission-alone-is-not-enough",
        USER,
        policy(trust(ASSUME, {"AWS": f"{USER}-maria"})),
        "ImplicitDeny",
        NAME,
        page=ENFORCEMENT,
        identity=MAY_ASSUME,
    ),
    assume(
        "an-administrator-needs-the-trust-policy",
        USER,
        TRUSTS_OTHER,
        "ImplicitDeny",
        NAME,
        page=ENFORCEMENT,
        identity=[ALLOW_ALL],
    ),
    assume(
        "a-role-without-trust-policy-is-closed",
        USER,
        None,
        "ImplicitDeny",
        NAME,
        page=ENFORCEMENT,
        identity=[ALLOW_ALL],
    ),
    assume(
        "an-identity-deny-wins",
        USER,
        TRUSTS_USER,
        "ExplicitDeny",
        "identity-based policy",
        page=POLICIES,
        identity=[policy(deny(ASSUME))],
    ),
    assume(
        "a-trust-deny-wins",
        USER,
        policy(
            trust(ASSUME, {"AWS": ROOT}),
            {"Effect": "Deny", "Principal": {"AWS": USER}, "Action": ASSUME},
        ),
        "ExplicitDeny",
        NAME,
        page=POLICIES,
        identity=[ALLOW_ALL],
    ),
    assume(
        "trust-is-per-action",
        USER,
        policy(trust("sts:TagSession", {"AWS": USER})),
        "ImplicitDeny",
        NAME,
        page=ENFORCEMENT,
        identity=[ALLOW_ALL],
    ),
    assume(
        "tagging-the-session-must-be-trusted-too",
        USER,
        TRUSTS_USER,
        "ImplicitDeny",
        NAME,
        page=ENFORCEMENT,
        action="sts:TagSession",
        identity=[ALLOW_ALL],
    ),
    assume(
        "tagging-the-session-is-trusted",
        USER,
        policy(trust([ASSUME, "sts:TagSession"], {"AWS": USER})),
        "Allow",
        page=ENFORCEMENT,
        action="sts:TagSession",
        identity=[ALLOW_ALL],
    ),
    assume(
        "with-mfa",
        USER,
        MFA,
        "Allow",
        NAME,
        page=ASSUME_ROLE_API,
        context={"aws:MultiFactorAuthPresent": "true"},
    ),
    assume("without-mfa", USER, MFA, "ImplicitDeny", NAME, page=ASSUME_ROLE_API),
    assume(
        "a-role-named-in-the-trust-policy",
        SESSION,
        policy(trust(ASSUME, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"})),
        "Allow",
    ),
    assume(
        "a-session-named-in-the-trust-policy",
        SESSION,
        policy(trust(ASSUME, {"AWS": SESSION})),
        "Allow",
    ),
    assume(
        "another-session-of-that-role",
        f"{SESSION}0",
        policy(trust(ASSUME, {"AWS": SESSION})),
        "ImplicitDeny",
        NAME,
    ),
    assume("everyone-in-the-account-by-star", USER, policy(trust(ASSUME, {"AWS": "*"})), "Allow"),
    assume(
        "star-with-a-condition-that-fails",
        USER,
        policy(
            trust(ASSUME, {"AWS": "*"}, Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
        ),
        "ImplicitDeny",
        NAME,
        identity=[ALLOW_ALL],
        context={"aws:SourceIp": "198.51.100.1"},
    ),
    assume(
        "an-scp-of-the-callers-account-limits",
        USER,
        TRUSTS_USER,
        "ExplicitDeny",
        "service control policy",
        page=SCPS,
        identity=MAY_ASSUME,
        service_control=[[FULL_AWS_ACCESS, policy(deny(ASSUME))]],
    ),
    # another account
    assume(
        "both-accounts-allow",
        OTHER_USER,
        TRUSTS_OTHER,
        "Allow",
        page=ASSUME_ROLE_API,
        identity=MAY_ASSUME,
    ),
    assume(
        "the-other-account-delegates-nothing",
        OTHER_USER,
        TRUSTS_OTHER,
        "ImplicitDeny",
        "identity-based policy",
        page=ASSUME_ROLE_API,
    ),
    assume(
        "naming-the-user-of-another-account-is-not-enough",
        OTHER_USER,
        policy(trust(ASSUME, {"AWS": OTHER_USER})),
        "ImplicitDeny",
        "identity-based policy",
        page=ASSUME_ROLE_API,
    ),
    assume(
        "the-role-does-not-trust-the-other-account",
        OTHER_USER,
        TRUSTS_ACCOUNT,
        "ImplicitDeny",
        NAME,
        page=ASSUME_ROLE_API,
        identity=MAY_ASSUME,
    ),
    assume(
        "a-role-of-another-account",
        OTHER_ROLE_SESSION,
        policy(trust(ASSUME, {"AWS": OTHER_ROLE})),
        "Allow",
        page=ASSUME_ROLE_API,
        identity=MAY_ASSUME,
    ),
    assume(
        "the-right-external-id",
        OTHER_USER,
        EXTERNAL_ID,
        "Allow",
        page=CONFUSED_DEPUTY,
        identity=MAY_ASSUME,
        context={"sts:ExternalId": "12345"},
    ),
    assume(
        "the-external-id-of-another-customer",
        OTHER_USER,
        EXTERNAL_ID,
        "ImplicitDeny",
        NAME,
        page=CONFUSED_DEPUTY,
        identity=MAY_ASSUME,
        context={"sts:ExternalId": "67890"},
    ),
    assume(
        "no-external-id",
        OTHER_USER,
        EXTERNAL_ID,
        "ImplicitDeny",
        NAME,
        page=CONFUSED_DEPUTY,
        identity=MAY_ASSUME,
    ),
    # federation
    assume(
        "a-trusted-oidc-provider", GITHUB, TRUSTS_GITHUB, "Allow", NAME, action=WEB, context=CLAIMS
    ),
    assume(
        "a-claim-that-differs",
        GITHUB,
        TRUSTS_GITHUB,
        "ImplicitDeny",
        NAME,
        action=WEB,
        context={**CLAIMS, "token.actions.githubusercontent.com:sub": "repo:other/x"},
    ),
    assume(
        "a-claim-that-is-absent",
        GITHUB,
        TRUSTS_GITHUB,
        "ImplicitDeny",
        NAME,
        action=WEB,
        context={"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
    ),
    assume(
        "another-oidc-provider",
        f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.com",
        TRUSTS_GITHUB,
        "ImplicitDeny",
        NAME,
        action=WEB,
        context=CLAIMS,
    ),
    assume(
        "a-built-in-provider",
        GOOGLE,
        policy(trust(WEB, {"Federated": GOOGLE})),
        "Allow",
        NAME,
        action=WEB,
    ),
    assume(
        "another-built-in-provider",
        "www.amazon.com",
        policy(trust(WEB, {"Federated": GOOGLE})),
        "ImplicitDeny",
        NAME,
        action=WEB,
    ),
    assume(
        "a-trusted-saml-provider",
        ADFS,
        policy(trust(SAML, {"Federated": ADFS})),
        "Allow",
        NAME,
        action=SAML,
    ),
    assume(
        "another-saml-provider",
        f"{ADFS}2",
        policy(trust(SAML, {"Federated": ADFS})),
        "ImplicitDeny",
        NAME,
        action=SAML,
    ),
    assume(
        "a-provider-is-trusted-for-the-named-action-only",
        ADFS,
        policy(trust(WEB, {"Federated": ADFS})),
        "ImplicitDeny",
        NAME,
        action=SAML,
    ),
    assume(
        "a-provider-is-not-the-account",
        GITHUB,
        policy(trust(WEB, {"AWS": ROOT})),
        "ImplicitDeny",
        NAME,
        action=WEB,
    ),
    assume(
        "a-trust-in-a-user-lets-no-anonymous-caller-in",
        ANONYMOUS,
        TRUSTS_USER,
        "ImplicitDeny",
        NAME,
    ),
)
