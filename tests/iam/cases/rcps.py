"""Resource control policies: a ceiling over what anyone may do with an account's resources."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import (
    ACCOUNT,
    BUCKET,
    ECS_TASKS,
    ENFORCEMENT,
    OBJECT,
    OTHER_USER,
    RCP_EVALUATION,
    RCP_SYNTAX,
    RCPS,
    ROOT,
    SESSION,
    USER,
)
from .statements import ALLOW_ALL, FULL_AWS_ACCESS, RCP_FULL_AWS_ACCESS, allow, deny, policy

NAME = "resource control policy"
OPEN = [RCP_FULL_AWS_ACCESS]
DENY_S3 = [RCP_FULL_AWS_ACCESS, policy(deny("s3:*", Principal="*"))]
TLS = [
    RCP_FULL_AWS_ACCESS,
    policy(
        deny("s3:*", Principal="*", Condition={"BoolIfExists": {"aws:SecureTransport": "false"}})
    ),
]
ORGANIZATION_ONLY = [
    RCP_FULL_AWS_ACCESS,
    policy(
        deny(
            "s3:*",
            Principal="*",
            Condition={
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        )
    ),
]
EVERYONE_READS = policy(allow("s3:GetObject", f"{BUCKET}/*", Principal="*"))


def under(
    rule: str,
    effect: Any,
    *levels: list[Any],
    page: str = RCPS,
    principal: str = USER,
    context: Any = None,
    action: str = "s3:GetObject",
    **policies: Any,
) -> Case:
    return Case(
        rule,
        page,
        {
            "principal": principal,
            "action": action,
            "resource": OBJECT,
            "resource_account": ACCOUNT,
            "context": context or {},
        },
        {"identity": [ALLOW_ALL], "resource": EVERYONE_READS, "resource_control": list(levels)}
        | policies,
        effect,
        None if effect == "Allow" else NAME,
    )


CASES = (
    under("without-rcps-nothing-changes", "Allow", page=ENFORCEMENT),
    under("full-access-lets-everything-pass", "Allow", OPEN, OPEN, OPEN, page=RCP_EVALUATION),
    under("a-deny-at-the-root", "ExplicitDeny", DENY_S3, OPEN, OPEN, page=RCP_EVALUATION),
    under("a-deny-at-the-unit", "ExplicitDeny", OPEN, DENY_S3, OPEN, page=RCP_EVALUATION),
    under("a-deny-at-the-account", "ExplicitDeny", OPEN, OPEN, DENY_S3, page=RCP_EVALUATION),
    under(
        "a-deny-of-other-actions",
        "Allow",
        [RCP_FULL_AWS_ACCESS, policy(deny("sqs:*", Principal="*"))],
    ),
    under(
        "a-deny-reaches-callers-of-another-account", "ExplicitDeny", DENY_S3, principal=OTHER_USER
    ),
    under("a-deny-reaches-role-sessions", "ExplicitDeny", DENY_S3, principal=SESSION),
    under("a-deny-reaches-the-root-user", "ExplicitDeny", DENY_S3, principal=ROOT, identity=[]),
    under(
        "a-deny-beats-an-scp-that-allows",
        "ExplicitDeny",
        DENY_S3,
        service_control=[[FULL_AWS_ACCESS]],
    ),
    Case(
        "an-rcp-grants-nothing",
        RCPS,
        {"principal": USER, "action": "s3:GetObject", "resource": OBJECT},
        {"resource_control": [OPEN]},
        "ImplicitDeny",
        "identity-based policy",
    ),
    Case(
        "an-rcp-grants-nothing-to-another-account",
        RCPS,
        {
            "principal": OTHER_USER,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resource_account": ACCOUNT,
        },
        {"identity": [ALLOW_ALL], "resource_control": [OPEN]},
        "ImplicitDeny",
        "resource-based policy",
    ),
    under(
        "tls-plain-http-is-denied",
        "ExplicitDeny",
        TLS,
        page=RCP_SYNTAX,
        context={"aws:SecureTransport": "false"},
    ),
    under(
        "tls-https-passes", "Allow", TLS, page=RCP_SYNTAX, context={"aws:SecureTransport": "true"}
    ),
    under(
        "organization-only-an-insider-passes",
        "Allow",
        ORGANIZATION_ONLY,
        page=RCP_SYNTAX,
        context={"aws:PrincipalOrgID": "o-ours"},
    ),
    under(
        "organization-only-an-outsider-is-denied",
        "ExplicitDeny",
        ORGANIZATION_ONLY,
        page=RCP_SYNTAX,
        principal=OTHER_USER,
        context={"aws:PrincipalOrgID": "o-theirs"},
    ),
    under(
        "organization-only-who-has-no-organization-is-denied",
        "ExplicitDeny",
        ORGANIZATION_ONLY,
        page=RCP_SYNTAX,
        principal=OTHER_USER,
    ),
    under(
        "organization-only-a-service-passes",
        "Allow",
        ORGANIZATION_ONLY,
        page=RCP_SYNTAX,
        principal=ECS_TASKS,
        identity=[],
        resource=policy(allow("s3:GetObject", f"{BUCKET}/*", Principal={"Service": ECS_TASKS})),
    ),
    under(
        "wildcards-anywhere-in-the-action-name",
        "ExplicitDeny",
        [RCP_FULL_AWS_ACCESS, policy(deny("s3:*Obj*", Principal="*"))],
        page=RCP_SYNTAX,
    ),
    under(
        "a-resource-that-is-not-listed",
        "Allow",
        [RCP_FULL_AWS_ACCESS, policy(deny("s3:*", "arn:aws:s3:::other/*", Principal="*"))],
        page=RCP_SYNTAX,
    ),
)
