"""One account: identity-based and resource-based policies add up, a deny wins."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import (
    BUCKET,
    EFFECT,
    ENFORCEMENT,
    INTERPLAY,
    OBJECT,
    POLICIES,
    ROLE,
    SESSION,
    SINGLE_ACCOUNT,
    USER,
)
from .statements import allow, deny, policy

IDENTITY_ALLOWS = [policy(allow("s3:GetObject", f"{BUCKET}/*"))]
IDENTITY_DENIES = [policy(allow(), deny("s3:GetObject", f"{BUCKET}/*"))]
BUCKET_ALLOWS = policy(allow("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": USER}))
BUCKET_DENIES = policy(deny("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": USER}))
BUCKET_IS_SILENT = policy(allow("s3:PutObject", f"{BUCKET}/*", Principal={"AWS": USER}))

CARLOS = "arn:aws:iam::123456789012:user/carlossalazar"
CARLOS_POLICY = policy(
    allow(
        ["s3:GetBucketLocation", "s3:GetAccountPublicAccessBlock", "s3:ListAccessPoints"],
        "arn:aws:s3:::*",
        Sid="AllowS3ListRead",
    ),
    allow(
        "s3:*", ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"], Sid="AllowS3Self"
    ),
    deny("s3:*", "arn:aws:s3:::*log*", Sid="DenyS3Logs"),
)
CARLOS_BUCKET = policy(
    allow(
        "s3:*",
        ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"],
        Principal={"AWS": CARLOS},
    )
)


def decided(
    rule: str, effect: Any, layer: Any = None, page: str = SINGLE_ACCOUNT, **policies: Any
) -> Case:
    return Case(
        rule,
        page,
        {"principal": USER, "action": "s3:GetObject", "resource": OBJECT},
        policies,
        effect,
        layer,
    )


def reports(rule: str, action: str, effect: Any, *more: Any) -> Case:
    """Allow Get* and List* of IAM, deny what ends in Report."""
    return Case(
        rule,
        INTERPLAY,
        {"principal": USER, "action": action, "resource": "*"},
        {
            "identity": [
                policy(
                    allow(["iam:Get*", "iam:List*"], Sid="AllowGetList"),
                    deny("iam:*Report", Sid="DenyReports"),
                ),
                *more,
            ]
        },
        effect,
        "identity-based policy",
    )


CASES = (
    decided(
        "without-any-policy-a-request-is-denied",
        "ImplicitDeny",
        "identity-based policy",
        ENFORCEMENT,
    ),
    decided("identity-allow-is-enough", "Allow", "identity-based policy", identity=IDENTITY_ALLOWS),
    decided(
        "identity-allow-is-enough-beside-a-silent-bucket-policy",
        "Allow",
        "identity-based policy",
        identity=IDENTITY_ALLOWS,
        resource=BUCKET_IS_SILENT,
    ),
    decided("bucket-allow-is-enough", "Allow", "resource-based policy", resource=BUCKET_ALLOWS),
    decided(
        "bucket-allow-is-enough-beside-a-silent-identity-policy",
        "Allow",
        "resource-based policy",
        identity=[policy(allow("sqs:*"))],
        resource=BUCKET_ALLOWS,
    ),
    decided("both-allow", "Allow", identity=IDENTITY_ALLOWS, resource=BUCKET_ALLOWS),
    decided(
        "neither-allows",
        "ImplicitDeny",
        identity=[policy(allow("sqs:*"))],
        resource=BUCKET_IS_SILENT,
    ),
    decided(
        "identity-deny-beats-identity-allow",
        "ExplicitDeny",
        "identity-based policy",
        identity=IDENTITY_DENIES,
    ),
    decided(
        "identity-deny-beats-bucket-allow",
        "ExplicitDeny",
        "identity-based policy",
        identity=IDENTITY_DENIES,
        resource=BUCKET_ALLOWS,
    ),
    decided(
        "bucket-deny-beats-identity-allow",
        "ExplicitDeny",
        "resource-based policy",
        identity=IDENTITY_ALLOWS,
        resource=BUCKET_DENIES,
    ),
    decided(
        "bucket-deny-beats-bucket-allow",
        "ExplicitDeny",
        "resource-based policy",
        resource=policy(*BUCKET_ALLOWS["Statement"], *BUCKET_DENIES["Statement"]),
    ),
    decided("both-deny", "ExplicitDeny", identity=IDENTITY_DENIES, resource=BUCKET_DENIES),
    decided(
        "statements-of-a-policy-are-or",
        "Allow",
        "identity-based policy",
        POLICIES,
        identity=[policy(allow("sqs:*"), allow("s3:GetObject"))],
    ),
    decided(
        "several-policies-are-or",
        "Allow",
        "identity-based policy",
        POLICIES,
        identity=[policy(allow("sqs:*")), policy(allow("s3:GetObject"))],
    ),
    decided(
        "a-deny-in-any-policy-counts",
        "ExplicitDeny",
        "identity-based policy",
        POLICIES,
        identity=[policy(allow("s3:GetObject")), policy(deny("s3:*"))],
    ),
    decided(
        "a-deny-counts-wherever-it-stands",
        "ExplicitDeny",
        "identity-based policy",
        ENFORCEMENT,
        identity=[policy(deny("s3:*"), allow("s3:GetObject"))],
    ),
    decided(
        "a-deny-of-another-action-does-not-count",
        "Allow",
        "identity-based policy",
        ENFORCEMENT,
        identity=[policy(deny("s3:PutObject"), allow("s3:GetObject"))],
    ),
    decided(
        "a-deny-grants-nothing",
        "ExplicitDeny",
        "identity-based policy",
        EFFECT,
        identity=[policy(deny("s3:GetObject"))],
    ),
    decided(
        "a-deny-elsewhere-grants-nothing",
        "ImplicitDeny",
        "identity-based policy",
        EFFECT,
        identity=[policy(deny("s3:PutObject"))],
    ),
    decided(
        "a-statement-may-stand-without-brackets",
        "Allow",
        "identity-based policy",
        POLICIES,
        identity=[{"Version": "2012-10-17", "Statement": allow("s3:GetObject")}],
    ),
    Case(
        "a-role-arn-in-the-bucket-policy-is-enough-without-limits",
        ENFORCEMENT,
        {"principal": SESSION, "action": "s3:GetObject", "resource": OBJECT},
        {"resource": policy(allow("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": ROLE}))},
        "Allow",
        "resource-based policy",
    ),
    Case(
        "carlos-may-not-write-to-the-logs",
        SINGLE_ACCOUNT,
        {
            "principal": CARLOS,
            "action": "s3:PutObject",
            "resource": "arn:aws:s3:::carlossalazar-logs/x",
        },
        {"identity": [CARLOS_POLICY]},
        "ExplicitDeny",
        "identity-based policy",
    ),
    Case(
        "carlos-may-write-to-his-bucket",
        SINGLE_ACCOUNT,
        {"principal": CARLOS, "action": "s3:PutObject", "resource": "arn:aws:s3:::carlossalazar/x"},
        {"identity": [CARLOS_POLICY], "resource": CARLOS_BUCKET},
        "Allow",
    ),
    Case(
        "carlos-may-look-up-any-bucket-location",
        SINGLE_ACCOUNT,
        {"principal": CARLOS, "action": "s3:GetBucketLocation", "resource": BUCKET},
        {"identity": [CARLOS_POLICY]},
        "Allow",
        "identity-based policy",
    ),
    Case(
        "carlos-may-not-write-elsewhere",
        SINGLE_ACCOUNT,
        {"principal": CARLOS, "action": "s3:PutObject", "resource": OBJECT},
        {"identity": [CARLOS_POLICY]},
        "ImplicitDeny",
        "identity-based policy",
    ),
    reports("get-is-allowed", "iam:GetUser", "Allow"),
    reports("create-is-implicitly-denied", "iam:CreatePolicy", "ImplicitDeny"),
    reports("a-report-is-explicitly-denied", "iam:GetOrganizationsAccessReport", "ExplicitDeny"),
    reports(
        "a-report-stays-denied-with-another-allow",
        "iam:GenerateCredentialReport",
        "ExplicitDeny",
        policy(allow("iam:GenerateCredentialReport")),
    ),
)
