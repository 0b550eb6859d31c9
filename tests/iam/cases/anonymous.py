"""Requests without credentials: only a resource-based policy for everyone lets them in."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import ACCOUNT, ANONYMOUS, BUCKET, OBJECT, OTHER, PRINCIPAL, ROOT, SINGLE_ACCOUNT, USER
from .statements import allow, deny, policy


def visit(
    rule: str, effect: Any, *statements: Any, page: str = PRINCIPAL, context: Any = None
) -> Case:
    return Case(
        rule,
        page,
        {
            "principal": ANONYMOUS,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resource_account": ACCOUNT,
            "context": context or {},
        },
        {"resource": policy(*statements) if statements else None},
        effect,
        None if effect == "ImplicitDeny" else "resource-based policy",
    )


def reads(principal: Any, **elements: Any) -> Any:
    return allow("s3:GetObject", f"{BUCKET}/*", Principal=principal, **elements)


CASES = (
    visit("a-bucket-without-policy-is-closed", "ImplicitDeny", page=SINGLE_ACCOUNT),
    visit("star-opens-the-bucket", "Allow", reads("*")),
    visit("aws-star-opens-the-bucket", "Allow", reads({"AWS": "*"})),
    visit("the-account-is-not-everyone", "ImplicitDeny", reads({"AWS": ROOT})),
    visit("another-account-is-not-everyone", "ImplicitDeny", reads({"AWS": OTHER})),
    visit("a-user-is-not-everyone", "ImplicitDeny", reads({"AWS": USER})),
    visit("a-service-is-not-everyone", "ImplicitDeny", reads({"Service": "ec2.amazonaws.com"})),
    visit(
        "another-action-is-not-open",
        "ImplicitDeny",
        allow("s3:PutObject", f"{BUCKET}/*", Principal="*"),
    ),
    visit(
        "a-deny-on-everyone-closes-it",
        "ExplicitDeny",
        reads("*"),
        deny("s3:GetObject", f"{BUCKET}/*", Principal="*"),
    ),
    visit(
        "a-deny-on-a-user-does-not",
        "Allow",
        reads("*"),
        deny("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": USER}),
    ),
    visit(
        "a-condition-that-holds",
        "Allow",
        reads("*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        context={"aws:SourceIp": "203.0.113.5"},
    ),
    visit(
        "a-condition-that-fails",
        "ImplicitDeny",
        reads("*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        context={"aws:SourceIp": "198.51.100.1"},
    ),
    visit(
        "an-organization-condition-keeps-strangers-out",
        "ImplicitDeny",
        reads("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-ours"}}),
    ),
    visit(
        "a-deny-on-all-but-one-principal-arn-reaches-anonymous",
        "ExplicitDeny",
        reads("*"),
        deny(
            "s3:*",
            [BUCKET, f"{BUCKET}/*"],
            Principal="*",
            Condition={"ArnNotEquals": {"aws:PrincipalArn": USER}},
        ),
    ),
)
