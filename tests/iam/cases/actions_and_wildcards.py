"""The Action element: names without case, `*` for any run of characters, `?` for one."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import ACTION, GRAMMAR, SCP_SYNTAX, USER
from .statements import allow, deny, policy


def covers(rule: str, element: Any, action: str, page: str = ACTION) -> Case:
    return Case(
        rule,
        page,
        {"principal": USER, "action": action, "resource": "*"},
        {"identity": [policy(allow(element))]},
        "Allow",
        "identity-based policy",
    )


def misses(rule: str, element: Any, action: str, page: str = ACTION) -> Case:
    return Case(
        rule,
        page,
        {"principal": USER, "action": action, "resource": "*"},
        {"identity": [policy(allow(element))]},
        "ImplicitDeny",
        "identity-based policy",
    )


CASES = (
    covers("an-action-covers-itself", "sqs:SendMessage", "sqs:SendMessage"),
    misses("an-action-covers-no-other-action", "sqs:SendMessage", "sqs:ReceiveMessage"),
    misses("an-action-covers-no-longer-name", "s3:GetObject", "s3:GetObjectTagging"),
    misses("an-action-covers-no-shorter-name", "s3:GetObjectTagging", "s3:GetObject"),
    misses(
        "an-action-covers-no-other-service", "sqs:ListTagsForResource", "sns:ListTagsForResource"
    ),
    covers("prefix-and-name-ignore-case-in-the-policy", "IAM:listaccesskeys", "iam:ListAccessKeys"),
    covers(
        "prefix-and-name-ignore-case-in-the-request", "iam:ListAccessKeys", "IAM:LISTACCESSKEYS"
    ),
    covers("the-name-alone-ignores-case", "s3:getobject", "s3:GetObject"),
    covers("the-prefix-alone-ignores-case", "S3:GetObject", "s3:GetObject"),
    covers("case-is-ignored-with-a-wildcard-too", "s3:get*", "s3:GetObject"),
    covers("case-is-ignored-with-a-question-mark-too", "S3:GETOBJEC?", "s3:GetObject"),
    covers("a-star-alone-covers-every-action", "*", "iam:CreateUser"),
    covers("service-star-covers-every-action-of-the-service", "s3:*", "s3:DeleteBucket"),
    misses("service-star-covers-no-other-service", "s3:*", "sqs:SendMessage"),
    misses(
        "service-star-covers-no-service-with-a-longer-prefix", "s3:*", "s3express:CreateSession"
    ),
    covers("access-key-wildcard-covers-create", "iam:*AccessKey*", "iam:CreateAccessKey"),
    covers("access-key-wildcard-covers-delete", "iam:*AccessKey*", "iam:DeleteAccessKey"),
    covers("access-key-wildcard-covers-list", "iam:*AccessKey*", "iam:ListAccessKeys"),
    covers("access-key-wildcard-covers-update", "iam:*AccessKey*", "iam:UpdateAccessKey"),
    misses("access-key-wildcard-covers-no-other-iam-action", "iam:*AccessKey*", "iam:CreateUser"),
    covers("a-trailing-star-covers-a-prefix", "s3:Get*", "s3:GetBucketPolicy"),
    misses("a-trailing-star-covers-no-other-prefix", "s3:Get*", "s3:PutBucketPolicy"),
    covers("a-trailing-star-covers-nothing-more", "s3:GetObject*", "s3:GetObject"),
    covers("a-leading-star-covers-a-suffix", "iam:*Report", "iam:GenerateCredentialReport"),
    misses("a-leading-star-covers-no-other-suffix", "iam:*Report", "iam:GetReportStatus"),
    covers("a-star-in-the-middle", "s3:Get*Acl", "s3:GetBucketAcl"),
    misses("a-star-in-the-middle-keeps-both-ends", "s3:Get*Acl", "s3:GetBucketPolicy"),
    covers("several-stars", "iam:*Role*Policy", "iam:AttachRoleManagedPolicy"),
    covers("a-question-mark-covers-one-character", "s3:GetObjec?", "s3:GetObject"),
    misses("a-question-mark-covers-no-missing-character", "s3:GetObject?", "s3:GetObject"),
    misses("a-question-mark-covers-no-two-characters", "s3:GetObje?", "s3:GetObject"),
    covers("two-question-marks-cover-two-characters", "s3:GetObje??", "s3:GetObject"),
    covers("a-question-mark-and-a-star", "ec2:?escribe*", "ec2:DescribeInstances"),
    covers(
        "one-of-several-values-is-enough",
        ["ec2:StartInstances", "ec2:StopInstances"],
        "ec2:StopInstances",
        GRAMMAR,
    ),
    misses(
        "none-of-several-values",
        ["ec2:StartInstances", "ec2:StopInstances"],
        "ec2:RunInstances",
        GRAMMAR,
    ),
    covers("one-value-in-brackets", ["cloudformation:*"], "cloudformation:CreateStack", GRAMMAR),
    covers("lists-and-wildcards-mix", ["s3:Get*", "s3:List*"], "s3:ListBucket", GRAMMAR),
    Case(
        "a-deny-ignores-case-too",
        ACTION,
        {"principal": USER, "action": "s3:DeleteBucket", "resource": "*"},
        {"identity": [policy(allow("s3:*"), deny("S3:deletebucket"))]},
        "ExplicitDeny",
        "identity-based policy",
    ),
    Case(
        "an-scp-ignores-case-too",
        SCP_SYNTAX,
        {"principal": USER, "action": "ec2:RunInstances", "resource": "*"},
        {
            "identity": [policy(allow())],
            "service_control": [[policy(allow(), deny("EC2:runinstances"))]],
        },
        "ExplicitDeny",
        "service control policy",
    ),
)
