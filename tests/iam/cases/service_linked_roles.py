"""Service-linked roles: out of reach of SCPs and RCPs."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import ACCOUNT, BUCKET, OBJECT, RCPS, SCPS, SESSION
from .statements import ALLOW_ALL, FULL_AWS_ACCESS, RCP_FULL_AWS_ACCESS, allow, deny, policy

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
LINKED = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForECS/ecs"


def act(
    rule: str, effect: Any, page: str, layer: Any = None, *, linked: bool = True, **policies: Any
) -> Case:
    return Case(
        rule,
        page,
        {
            "principal": LINKED if linked else SESSION,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "context": {"aws:PrincipalArn": ROLE_ARN} if linked else {},
        },
        {"identity": [policy(allow("s3:GetObject"))], **policies},
        effect,
        layer,
    )


SCP_DENIES = [[FULL_AWS_ACCESS, policy(deny("s3:*"))]]
RCP_DENIES = [[RCP_FULL_AWS_ACCESS, policy(deny("s3:*", Principal="*"))]]

CASES = (
    act(
        "an-scp-deny-does-not-reach-a-service-linked-role",
        "Allow",
        SCPS,
        service_control=SCP_DENIES,
    ),
    act(
        "a-missing-scp-allow-does-not-reach-a-service-linked-role",
        "Allow",
        SCPS,
        service_control=[[policy(allow("ec2:*"))]],
    ),
    act(
        "the-same-scp-reaches-another-role",
        "ExplicitDeny",
        SCPS,
        "service control policy",
        linked=False,
        service_control=SCP_DENIES,
    ),
    act(
        "an-rcp-deny-does-not-reach-a-service-linked-role",
        "Allow",
        RCPS,
        resource_control=RCP_DENIES,
    ),
    act(
        "the-same-rcp-reaches-another-role",
        "ExplicitDeny",
        RCPS,
        "resource control policy",
        linked=False,
        resource_control=RCP_DENIES,
    ),
    act(
        "a-service-linked-role-still-needs-its-policy",
        "ImplicitDeny",
        SCPS,
        "identity-based policy",
        identity=[],
        service_control=[[ALLOW_ALL]],
    ),
    act(
        "a-bucket-policy-still-denies-a-service-linked-role",
        "ExplicitDeny",
        SCPS,
        "resource-based policy",
        service_control=SCP_DENIES,
        resource=policy(deny("s3:*", f"{BUCKET}/*", Principal="*")),
    ),
)
