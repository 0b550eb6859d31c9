"""The root user: full access to its account, under SCPs, RCPs and resource denies."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import (
    ACCOUNT,
    BUCKET,
    ENFORCEMENT,
    OBJECT,
    OTHER_ROOT,
    POLICIES,
    PRINCIPAL,
    RCPS,
    ROOT,
    SCPS,
    USER,
)
from .statements import FULL_AWS_ACCESS, RCP_FULL_AWS_ACCESS, allow, deny, policy


def root(
    rule: str,
    effect: Any,
    page: str,
    layer: Any = None,
    *,
    principal: str = ROOT,
    action: str = "s3:GetObject",
    resource_arn: str = OBJECT,
    **policies: Any,
) -> Case:
    return Case(
        rule,
        page,
        {
            "principal": principal,
            "action": action,
            "resource": resource_arn,
            "resource_account": ACCOUNT,
        },
        policies,
        effect,
        layer,
    )


CASES = (
    root("the-root-user-needs-no-policy", "Allow", ENFORCEMENT),
    root(
        "the-root-user-needs-no-policy-for-iam",
        "Allow",
        ENFORCEMENT,
        action="iam:CreateUser",
        resource_arn="*",
    ),
    root(
        "a-bucket-policy-for-others-takes-nothing-away",
        "Allow",
        ENFORCEMENT,
        resource=policy(allow("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": USER})),
    ),
    root(
        "a-bucket-policy-may-deny-the-root-user",
        "ExplicitDeny",
        POLICIES,
        "resource-based policy",
        resource=policy(deny("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": ROOT})),
    ),
    root(
        "a-bucket-deny-on-everyone-reaches-the-root-user",
        "ExplicitDeny",
        ENFORCEMENT,
        "resource-based policy",
        resource=policy(deny("s3:GetObject", f"{BUCKET}/*", Principal="*")),
    ),
    root(
        "an-scp-without-the-action-limits-the-root-user",
        "ImplicitDeny",
        SCPS,
        "service control policy",
        service_control=[[policy(allow("ec2:*"))]],
    ),
    root(
        "an-scp-deny-reaches-the-root-user",
        "ExplicitDeny",
        SCPS,
        "service control policy",
        service_control=[[FULL_AWS_ACCESS, policy(deny("s3:*"))]],
    ),
    root(
        "an-scp-that-allows-leaves-the-root-user-alone",
        "Allow",
        SCPS,
        service_control=[[FULL_AWS_ACCESS]],
    ),
    root(
        "an-rcp-deny-reaches-the-root-user",
        "ExplicitDeny",
        RCPS,
        "resource control policy",
        resource_control=[[RCP_FULL_AWS_ACCESS, policy(deny("s3:*", Principal="*"))]],
    ),
    root(
        "the-root-user-of-another-account-is-a-stranger",
        "ImplicitDeny",
        PRINCIPAL,
        "resource-based policy",
        principal=OTHER_ROOT,
        resource=policy(allow("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": ROOT})),
    ),
)
