"""Session policies: passed when the session is made, they only take away."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import (
    ASSUME_PERMISSIONS,
    BOUNDARIES,
    BUCKET,
    ENFORCEMENT,
    FEDERATED,
    FEDERATION_PERMISSIONS,
    OBJECT,
    OTHER_SESSION,
    POLICIES,
    PRINCIPAL,
    ROLE,
    SESSION,
)
from .statements import ALLOW_ALL, allow, deny, policy

APP = "arn:aws:s3:::productionapp"
ROLE_POLICY = [
    policy(
        allow("s3:ListBucket", APP),
        allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{APP}/*"),
    )
]
PASSED = [policy(allow("s3:ListBucket", APP), allow(["s3:GetObject", "s3:PutObject"], f"{APP}/*"))]
BUCKET_DENIES = policy(deny("s3:DeleteObject", f"{APP}/*", Principal={"AWS": "*"}))
ONLY_SQS = [policy(allow("sqs:*"))]

TOKEN_APP = [
    policy(
        allow("sts:GetFederationToken"),
        allow("dynamodb:ListTables"),
        allow("sqs:ReceiveMessage"),
        allow("s3:ListBucket"),
        allow("sns:ListSubscriptions"),
    )
]
FEDERATION = [
    policy(
        allow(["s3:ListBucket"], [APP]),
        allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [f"{APP}/*"]),
    )
]
CAROL = policy(
    allow(
        ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        [f"{APP}/*"],
        Principal={"AWS": FEDERATED},
    )
)


def app(
    rule: str,
    action: str,
    target: str,
    effect: Any,
    layer: Any = None,
    *,
    page: str = ASSUME_PERMISSIONS,
    principal: str = SESSION,
    **policies: Any,
) -> Case:
    return Case(
        rule,
        page,
        {"principal": principal, "action": action, "resource": target},
        policies,
        effect,
        layer,
    )


def bucket(
    rule: str, effect: Any, layer: Any = None, *, page: str = ENFORCEMENT, **policies: Any
) -> Case:
    return Case(
        rule,
        page,
        {"principal": SESSION, "action": "s3:GetObject", "resource": OBJECT},
        policies,
        effect,
        layer,
    )


def grants(principal: Any, **elements: Any) -> Any:
    return policy(allow("s3:GetObject", f"{BUCKET}/*", Principal=principal, **elements))


CASES = (
    app(
        "without-a-session-policy-the-role-decides",
        "s3:DeleteObject",
        f"{APP}/x",
        "Allow",
        "identity-based policy",
        identity=ROLE_POLICY,
    ),
    app(
        "a-session-policy-keeps-what-both-allow",
        "s3:GetObject",
        f"{APP}/x",
        "Allow",
        identity=ROLE_POLICY,
        session=PASSED,
    ),
    app(
        "a-session-policy-keeps-listing",
        "s3:ListBucket",
        APP,
        "Allow",
        identity=ROLE_POLICY,
        session=PASSED,
    ),
    app(
        "a-session-policy-takes-away",
        "s3:DeleteObject",
        f"{APP}/x",
        "ImplicitDeny",
        "session policy",
        identity=ROLE_POLICY,
        session=PASSED,
    ),
    app(
        "a-session-policy-never-adds",
        "s3:PutBucketPolicy",
        APP,
        "ImplicitDeny",
        "identity-based policy",
        identity=ROLE_POLICY,
        session=[ALLOW_ALL],
    ),
    app(
        "a-session-policy-alone-grants-nothing",
        "s3:GetObject",
        f"{APP}/x",
        "ImplicitDeny",
        "identity-based policy",
        session=PASSED,
    ),
    app(
        "a-bucket-deny-on-everyone-reaches-the-session",
        "s3:DeleteObject",
        f"{APP}/x",
        "ExplicitDeny",
        "resource-based policy",
        identity=ROLE_POLICY,
        resource=BUCKET_DENIES,
    ),
    app(
        "a-bucket-deny-of-delete-leaves-get",
        "s3:GetObject",
        f"{APP}/x",
        "Allow",
        identity=ROLE_POLICY,
        resource=BUCKET_DENIES,
    ),
    app(
        "a-deny-in-the-session-policy-is-explicit",
        "s3:GetObject",
        f"{APP}/x",
        "ExplicitDeny",
        "session policy",
        page=POLICIES,
        identity=ROLE_POLICY,
        session=[policy(allow(), deny("s3:GetObject"))],
    ),
    app(
        "several-session-policies-are-or",
        "s3:GetObject",
        f"{APP}/x",
        "Allow",
        page=POLICIES,
        identity=ROLE_POLICY,
        session=[*ONLY_SQS, *PASSED],
    ),
    bucket(
        "role-arn-in-resource-policy-is-limited-by-the-session-policy",
        "ImplicitDeny",
        "session policy",
        session=ONLY_SQS,
        resource=grants({"AWS": ROLE}),
    ),
    bucket(
        "role-arn-in-resource-policy-within-the-session-policy",
        "Allow",
        "resource-based policy",
        page=POLICIES,
        session=[policy(allow("s3:*"))],
        resource=grants({"AWS": ROLE}),
    ),
    bucket(
        "session-arn-in-resource-policy-is-not-limited-by-the-session-policy",
        "Allow",
        "resource-based policy",
        session=ONLY_SQS,
        resource=grants({"AWS": SESSION}),
    ),
    bucket(
        "session-arn-in-resource-policy-adds-to-the-session",
        "Allow",
        page=POLICIES,
        identity=ONLY_SQS,
        session=ONLY_SQS,
        resource=grants({"AWS": SESSION}),
    ),
    bucket(
        "session-arn-in-resource-policy-yields-to-a-session-deny",
        "ExplicitDeny",
        "session policy",
        page=POLICIES,
        session=[policy(deny("s3:*"))],
        resource=grants({"AWS": SESSION}),
    ),
    bucket(
        "another-session-arn-does-not-lift-the-session-policy",
        "ImplicitDeny",
        "session policy",
        identity=[ALLOW_ALL],
        session=ONLY_SQS,
        resource=grants({"AWS": OTHER_SESSION}),
    ),
    bucket(
        "principal-arn-condition-with-star-is-not-limited-by-the-session-policy",
        "Allow",
        "resource-based policy",
        page=PRINCIPAL,
        session=ONLY_SQS,
        resource=grants("*", Condition={"ArnEquals": {"aws:PrincipalArn": ROLE}}),
    ),
    bucket(
        "session-boundary-and-identity-all-allow",
        "Allow",
        page=BOUNDARIES,
        identity=[ALLOW_ALL],
        boundary=[ALLOW_ALL],
        session=[ALLOW_ALL],
    ),
    bucket(
        "session-and-identity-allow-but-boundary-does-not",
        "ImplicitDeny",
        "permissions boundary",
        page=BOUNDARIES,
        identity=[ALLOW_ALL],
        boundary=ONLY_SQS,
        session=[ALLOW_ALL],
    ),
    bucket(
        "boundary-and-identity-allow-but-session-does-not",
        "ImplicitDeny",
        "session policy",
        page=BOUNDARIES,
        identity=[ALLOW_ALL],
        boundary=[ALLOW_ALL],
        session=ONLY_SQS,
    ),
    bucket(
        "session-arn-in-resource-policy-lifts-boundary-and-session-policy",
        "Allow",
        "resource-based policy",
        page=POLICIES,
        boundary=ONLY_SQS,
        session=ONLY_SQS,
        resource=grants({"AWS": SESSION}),
    ),
    # federated users
    app(
        "a-federated-user-has-what-both-allow",
        "s3:ListBucket",
        APP,
        "Allow",
        page=FEDERATION_PERMISSIONS,
        principal=FEDERATED,
        identity=TOKEN_APP,
        session=FEDERATION,
    ),
    app(
        "a-federated-user-lacks-what-the-user-lacks",
        "s3:GetObject",
        f"{APP}/x",
        "ImplicitDeny",
        "identity-based policy",
        page=FEDERATION_PERMISSIONS,
        principal=FEDERATED,
        identity=TOKEN_APP,
        session=FEDERATION,
    ),
    app(
        "a-federated-user-lacks-what-the-session-policy-lacks",
        "sns:ListSubscriptions",
        "*",
        "ImplicitDeny",
        "session policy",
        page=FEDERATION_PERMISSIONS,
        principal=FEDERATED,
        identity=TOKEN_APP,
        session=FEDERATION,
    ),
    app(
        "a-federated-user-may-not-list-another-bucket",
        "s3:ListBucket",
        BUCKET,
        "ImplicitDeny",
        "session policy",
        page=FEDERATION_PERMISSIONS,
        principal=FEDERATED,
        identity=TOKEN_APP,
        session=FEDERATION,
    ),
    app(
        "a-federated-user-without-a-session-policy-has-nothing",
        "s3:ListBucket",
        APP,
        "ImplicitDeny",
        page=FEDERATION_PERMISSIONS,
        principal=FEDERATED,
        identity=TOKEN_APP,
    ),
    app(
        "a-federated-user-named-by-the-bucket-policy",
        "s3:GetObject",
        f"{APP}/x",
        "Allow",
        "resource-based policy",
        page=FEDERATION_PERMISSIONS,
        principal=FEDERATED,
        identity=TOKEN_APP,
        session=FEDERATION,
        resource=CAROL,
    ),
    app(
        "a-federated-user-named-by-the-bucket-policy-needs-no-session-policy",
        "s3:GetObject",
        f"{APP}/x",
        "Allow",
        "resource-based policy",
        page=FEDERATION_PERMISSIONS,
        principal=FEDERATED,
        identity=TOKEN_APP,
        resource=CAROL,
    ),
    app(
        "a-federated-user-named-by-the-bucket-policy-is-not-limited-by-the-session-policy",
        "s3:GetObject",
        f"{APP}/x",
        "Allow",
        "resource-based policy",
        page=ENFORCEMENT,
        principal=FEDERATED,
        session=ONLY_SQS,
        resource=CAROL,
    ),
)
