"""VPC endpoint policies: what may pass through the endpoint. They grant nothing."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import BUCKET, ENDPOINTS, OBJECT, ROLE, SESSION, USER
from .statements import ALLOW_ALL, allow, deny, policy

NAME = "VPC endpoint policy"


def through(
    rule: str,
    effect: Any,
    endpoint: Any,
    *,
    principal: str = USER,
    identity: Any = None,
    layer: Any = NAME,
    **policies: Any,
) -> Case:
    return Case(
        rule,
        ENDPOINTS,
        {"principal": principal, "action": "s3:GetObject", "resource": OBJECT},
        {
            "identity": [ALLOW_ALL] if identity is None else identity,
            "endpoint": endpoint,
            **policies,
        },
        effect,
        None if effect == "Allow" else layer,
    )


FULL = [policy(allow(Principal="*"))]
BOOKSHOP = [policy(allow("s3:*", [BUCKET, f"{BUCKET}/*"], Principal="*"))]
ELSEWHERE = [policy(allow("s3:*", "arn:aws:s3:::other/*", Principal="*"))]

CASES = (
    through("without-an-endpoint-nothing-changes", "Allow", None),
    through("the-default-policy-lets-everything-pass", "Allow", FULL),
    through("a-policy-for-this-bucket", "Allow", BOOKSHOP),
    through("a-policy-for-another-bucket", "ImplicitDeny", ELSEWHERE),
    through(
        "a-deny-in-the-endpoint-policy",
        "ExplicitDeny",
        [policy(allow(Principal="*"), deny("s3:GetObject", Principal="*"))],
    ),
    through(
        "an-endpoint-policy-for-one-role",
        "Allow",
        [policy(allow("s3:*", Principal={"AWS": ROLE}))],
        principal=SESSION,
    ),
    through(
        "an-endpoint-policy-for-another-role",
        "ImplicitDeny",
        [policy(allow("s3:*", Principal={"AWS": f"{ROLE}-two"}))],
        principal=SESSION,
    ),
    through(
        "an-endpoint-policy-by-principal-arn",
        "ImplicitDeny",
        [policy(allow("s3:*", Principal="*", Condition={"ArnEquals": {"aws:PrincipalArn": ROLE}}))],
    ),
    through(
        "an-endpoint-policy-grants-nothing",
        "ImplicitDeny",
        FULL,
        identity=[],
        layer="identity-based policy",
    ),
    through(
        "it-does-not-override-an-identity-deny",
        "ExplicitDeny",
        FULL,
        identity=[policy(allow(), deny("s3:*"))],
        layer="identity-based policy",
    ),
    through(
        "it-does-not-override-a-bucket-policy",
        "ExplicitDeny",
        FULL,
        layer="resource-based policy",
        resource=policy(deny("s3:*", f"{BUCKET}/*", Principal="*")),
    ),
    through(
        "it-limits-what-a-bucket-policy-grants",
        "ImplicitDeny",
        ELSEWHERE,
        identity=[],
        resource=policy(allow("s3:*", f"{BUCKET}/*", Principal={"AWS": USER})),
    ),
    through(
        "other-services-in-it-have-no-effect",
        "ImplicitDeny",
        [policy(allow("ec2:*", Principal="*"))],
    ),
)
