"""Two accounts: the caller's account and the resource's account must both allow."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import (
    ACCOUNT,
    BUCKET,
    COMPARE_ROLES,
    CROSS_ACCOUNT,
    OBJECT,
    OTHER,
    OTHER_ROLE,
    OTHER_ROLE_SESSION,
    OTHER_ROOT,
    OTHER_USER,
    POLICIES,
    PRINCIPAL,
)
from .statements import ALLOW_ALL, allow, deny, policy

READS = [policy(allow("s3:GetObject", f"{BUCKET}/*"))]


def grants(principal: Any, effect: Any = allow) -> Any:
    return policy(effect("s3:GetObject", f"{BUCKET}/*", Principal=principal))


def decided(
    rule: str,
    effect: Any,
    layer: Any = None,
    *,
    page: str = CROSS_ACCOUNT,
    principal: str = OTHER_USER,
    **policies: Any,
) -> Case:
    return Case(
        rule,
        page,
        {
            "principal": principal,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resource_account": ACCOUNT,
        },
        policies,
        effect,
        layer,
    )


CARLOS = "arn:aws:iam::111111111111:user/carlossalazar"
CARLOS_POLICY = policy(
    allow("s3:ListAllMyBuckets", Sid="AllowS3ListRead"),
    allow("s3:*Object*", "arn:aws:s3:::Production/*", Sid="AllowS3ProductionObjectActions"),
    deny("s3:*", ["arn:aws:s3:::*log*", "arn:aws:s3:::*log*/*"], Sid="DenyS3Logs"),
)
PRODUCTION = policy(
    allow(
        ["s3:GetObject*", "s3:PutObject*", "s3:ReplicateObject", "s3:RestoreObject"],
        "arn:aws:s3:::Production/*",
        Principal={"AWS": CARLOS},
    )
)


def carlos(rule: str, action: str, resource: str, effect: Any, bucket_policy: Any) -> Case:
    return Case(
        rule,
        CROSS_ACCOUNT,
        {
            "principal": CARLOS,
            "action": action,
            "resource": resource,
            "resource_account": "222222222222",
        },
        {"identity": [CARLOS_POLICY], "resource": bucket_policy},
        effect,
    )


CASES = (
    decided("both-accounts-allow", "Allow", identity=READS, resource=grants({"AWS": OTHER_USER})),
    decided(
        "only-the-identity-policy-allows", "ImplicitDeny", "resource-based policy", identity=READS
    ),
    decided(
        "the-bucket-policy-names-another",
        "ImplicitDeny",
        "resource-based policy",
        identity=READS,
        resource=grants({"AWS": f"{OTHER_USER}-two"}),
    ),
    decided(
        "only-the-bucket-policy-allows",
        "ImplicitDeny",
        "identity-based policy",
        resource=grants({"AWS": OTHER_USER}),
    ),
    decided(
        "naming-the-user-does-not-spare-the-identity-policy",
        "ImplicitDeny",
        "identity-based policy",
        identity=[policy(allow("sqs:*"))],
        resource=grants({"AWS": OTHER_USER}),
    ),
    decided("neither-account-allows", "ImplicitDeny"),
    decided(
        "identity-deny-wins",
        "ExplicitDeny",
        "identity-based policy",
        identity=[policy(allow(), deny("s3:*"))],
        resource=grants({"AWS": OTHER_USER}),
    ),
    decided(
        "bucket-deny-wins",
        "ExplicitDeny",
        "resource-based policy",
        identity=READS,
        resource=grants({"AWS": OTHER_USER}, deny),
    ),
    decided(
        "bucket-deny-on-the-account-wins",
        "ExplicitDeny",
        "resource-based policy",
        identity=READS,
        resource=policy(
            *grants({"AWS": OTHER_USER})["Statement"],
            *grants({"AWS": OTHER_ROOT}, deny)["Statement"],
        ),
    ),
    decided(
        "the-account-is-trusted-and-its-policy-delegates",
        "Allow",
        page=COMPARE_ROLES,
        identity=READS,
        resource=grants({"AWS": OTHER_ROOT}),
    ),
    decided(
        "the-account-is-trusted-but-nothing-is-delegated",
        "ImplicitDeny",
        "identity-based policy",
        page=COMPARE_ROLES,
        resource=grants({"AWS": OTHER_ROOT}),
    ),
    decided(
        "more-cannot-be-delegated-than-was-granted",
        "ImplicitDeny",
        "resource-based policy",
        page=COMPARE_ROLES,
        identity=[ALLOW_ALL],
        resource=policy(allow("s3:ListBucket", BUCKET, Principal={"AWS": OTHER_ROOT})),
    ),
    decided(
        "full-access-everywhere-reaches-what-the-account-was-granted",
        "Allow",
        page=COMPARE_ROLES,
        identity=[ALLOW_ALL],
        resource=grants({"AWS": OTHER}),
    ),
    decided(
        "the-root-user-of-the-trusted-account-has-what-the-account-has",
        "Allow",
        page=COMPARE_ROLES,
        principal=OTHER_ROOT,
        resource=grants({"AWS": OTHER_ROOT}),
    ),
    decided(
        "the-root-user-of-another-account-has-nothing",
        "ImplicitDeny",
        "resource-based policy",
        principal=OTHER_ROOT,
    ),
    decided(
        "star-needs-an-identity-policy-in-the-other-account",
        "ImplicitDeny",
        "identity-based policy",
        page=PRINCIPAL,
        resource=grants("*"),
    ),
    decided(
        "star-with-an-identity-policy",
        "Allow",
        page=PRINCIPAL,
        identity=READS,
        resource=grants("*"),
    ),
    decided(
        "a-role-arn-and-the-role-policy",
        "Allow",
        principal=OTHER_ROLE_SESSION,
        identity=READS,
        resource=grants({"AWS": OTHER_ROLE}),
    ),
    decided(
        "a-session-arn-and-the-role-policy",
        "Allow",
        principal=OTHER_ROLE_SESSION,
        identity=READS,
        resource=grants({"AWS": OTHER_ROLE_SESSION}),
    ),
    decided(
        "a-session-arn-without-a-role-policy",
        "ImplicitDeny",
        "identity-based policy",
        principal=OTHER_ROLE_SESSION,
        resource=grants({"AWS": OTHER_ROLE_SESSION}),
    ),
    decided(
        "the-callers-boundary-limits",
        "ImplicitDeny",
        "permissions boundary",
        identity=READS,
        boundary=[policy(allow("sqs:*"))],
        resource=grants({"AWS": OTHER_USER}),
    ),
    decided(
        "the-callers-boundary-allows",
        "Allow",
        identity=READS,
        boundary=[policy(allow("s3:*"))],
        resource=grants({"AWS": OTHER_USER}),
    ),
    decided(
        "the-callers-session-policy-limits",
        "ImplicitDeny",
        "session policy",
        principal=OTHER_ROLE_SESSION,
        identity=READS,
        session=[policy(allow("sqs:*"))],
        resource=grants({"AWS": OTHER_ROLE}),
    ),
    decided(
        "the-callers-scp-limits",
        "ImplicitDeny",
        "service control policy",
        identity=READS,
        service_control=[[policy(allow("sqs:*"))]],
        resource=grants({"AWS": OTHER_USER}),
    ),
    decided(
        "the-callers-scp-denies",
        "ExplicitDeny",
        "service control policy",
        identity=READS,
        service_control=[[policy(allow(), deny("s3:*"))]],
        resource=grants({"AWS": OTHER_USER}),
    ),
    decided(
        "an-account-number-in-the-arn-decides-not-the-name",
        "ImplicitDeny",
        "resource-based policy",
        identity=READS,
        resource=grants({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}),
    ),
    decided(
        "a-condition-of-the-bucket-policy-must-hold",
        "ImplicitDeny",
        "resource-based policy",
        page=POLICIES,
        identity=READS,
        resource=policy(
            allow(
                "s3:GetObject",
                f"{BUCKET}/*",
                Principal={"AWS": OTHER_USER},
                Condition={"Bool": {"aws:SecureTransport": "true"}},
            )
        ),
    ),
    carlos(
        "carlos-may-not-write-to-production-logs",
        "s3:PutObject",
        "arn:aws:s3:::Production-logs/x",
        "ExplicitDeny",
        None,
    ),
    carlos(
        "carlos-may-write-to-production",
        "s3:PutObject",
        "arn:aws:s3:::Production/x",
        "Allow",
        PRODUCTION,
    ),
    carlos(
        "carlos-may-not-delete-from-production",
        "s3:DeleteObject",
        "arn:aws:s3:::Production/x",
        "ImplicitDeny",
        PRODUCTION,
    ),
    carlos(
        "carlos-may-not-manage-production",
        "s3:PutBucketPolicy",
        "arn:aws:s3:::Production",
        "ImplicitDeny",
        PRODUCTION,
    ),
)
