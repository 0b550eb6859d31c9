"""AWS services as callers: the resource-based policy alone decides."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import (
    ACCOUNT,
    BUCKET,
    CONFUSED_DEPUTY,
    GLOBAL_KEYS,
    NOT_PRINCIPAL,
    OBJECT,
    OTHER,
    PRINCIPAL,
    ROOT,
    USER,
)
from .statements import allow, deny, policy

TRAIL = "cloudtrail.amazonaws.com"
BUILD = "codebuild.amazonaws.com"
NAME = "resource-based policy"
LETS_TRAIL_WRITE = allow("s3:PutObject", f"{BUCKET}/*", Principal={"Service": TRAIL})
FOR_THIS_ACCOUNT = allow(
    "s3:PutObject",
    f"{BUCKET}/*",
    Principal={"Service": TRAIL},
    Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
)
ONLY_BUILD = deny(
    "s3:*",
    [BUCKET, f"{BUCKET}/*"],
    Principal="*",
    Condition={"StringNotEqualsIfExists": {"aws:PrincipalServiceName": BUILD}},
)
ONLY_SERVICES = deny(
    "s3:*",
    [BUCKET, f"{BUCKET}/*"],
    Principal="*",
    Condition={"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
)


def write(
    rule: str,
    effect: Any,
    *statements: Any,
    page: str = PRINCIPAL,
    principal: str = TRAIL,
    context: Any = None,
    layer: Any = NAME,
    **policies: Any,
) -> Case:
    return Case(
        rule,
        page,
        {
            "principal": principal,
            "action": "s3:PutObject",
            "resource": OBJECT,
            "resource_account": ACCOUNT,
            "context": context or {},
        },
        {"resource": policy(*statements) if statements else None, **policies},
        effect,
        layer,
    )


CASES = (
    write("a-service-that-the-bucket-policy-names", "Allow", LETS_TRAIL_WRITE),
    write("a-service-that-it-does-not-name", "ImplicitDeny", LETS_TRAIL_WRITE, principal=BUILD),
    write("a-service-without-a-bucket-policy", "ImplicitDeny"),
    write(
        "the-account-principal-is-no-service",
        "ImplicitDeny",
        allow("s3:PutObject", f"{BUCKET}/*", Principal={"AWS": ROOT}),
    ),
    write(
        "a-deny-on-the-service",
        "ExplicitDeny",
        LETS_TRAIL_WRITE,
        deny("s3:PutObject", f"{BUCKET}/*", Principal={"Service": TRAIL}),
    ),
    write(
        "a-deny-on-everyone-reaches-services",
        "ExplicitDeny",
        LETS_TRAIL_WRITE,
        deny("s3:PutObject", f"{BUCKET}/*", Principal="*"),
        page=NOT_PRINCIPAL,
    ),
    write(
        "a-deny-on-all-services-but-one-reaches-others",
        "ExplicitDeny",
        LETS_TRAIL_WRITE,
        ONLY_BUILD,
        page=NOT_PRINCIPAL,
        context={"aws:PrincipalServiceName": TRAIL},
    ),
    write(
        "a-deny-on-all-services-but-one-spares-that-one",
        "Allow",
        allow("s3:PutObject", f"{BUCKET}/*", Principal={"Service": BUILD}),
        ONLY_BUILD,
        page=NOT_PRINCIPAL,
        principal=BUILD,
        context={"aws:PrincipalServiceName": BUILD},
    ),
    write(
        "a-service-is-an-aws-service", "Allow", LETS_TRAIL_WRITE, ONLY_SERVICES, page=GLOBAL_KEYS
    ),
    write(
        "a-user-is-not-an-aws-service",
        "ExplicitDeny",
        ONLY_SERVICES,
        page=GLOBAL_KEYS,
        principal=USER,
        identity=[policy(allow())],
    ),
    write(
        "the-service-acts-for-this-account",
        "Allow",
        FOR_THIS_ACCOUNT,
        page=CONFUSED_DEPUTY,
        context={"aws:SourceAccount": ACCOUNT},
    ),
    write(
        "the-service-acts-for-another-account",
        "ImplicitDeny",
        FOR_THIS_ACCOUNT,
        page=CONFUSED_DEPUTY,
        context={"aws:SourceAccount": OTHER},
    ),
    write(
        "a-user-who-claims-the-source-account",
        "ImplicitDeny",
        FOR_THIS_ACCOUNT,
        page=CONFUSED_DEPUTY,
        principal=USER,
        context={"aws:SourceAccount": ACCOUNT},
        layer=None,
    ),
)
