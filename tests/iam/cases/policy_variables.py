"""Policy variables: replaced in Version 2012-10-17, literal text before it."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import (
    ACCOUNT,
    ANONYMOUS,
    FEDERATED,
    ROOT,
    SESSION,
    USER,
    VARIABLES,
    VERSION,
)
from .statements import allow, deny, policy

HOME = "arn:aws:s3:::mybucket/${aws:username}/*"
TEAM = "arn:aws:s3:::amzn-s3-demo-bucket-${aws:PrincipalTag/team, 'company-wide'}"
TOPIC = (
    "arn:aws:sns:*:*:${aws:PrincipalTag/access-project}-${aws:PrincipalTag/access-application}-*"
)


def decided(
    rule: str,
    statement: Any,
    resource: str,
    effect: Any,
    *,
    page: str = VARIABLES,
    principal: str = USER,
    version: str | None = "2012-10-17",
    action: str = "s3:GetObject",
    **context: Any,
) -> Case:
    return Case(
        rule,
        page,
        {
            "principal": principal,
            "action": action,
            "resource": resource,
            "context": context.get("context", {}),
        },
        {"identity": [policy(statement, version=version)]},
        effect,
        "identity-based policy",
    )


def type_of(rule: str, principal: str, kind: str) -> Case:
    """The page's table of aws:PrincipalType, asked of a bucket policy for everyone."""
    return Case(
        rule,
        VARIABLES,
        {
            "principal": principal,
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/x",
            "resource_account": ACCOUNT,
        },
        {
            "resource": policy(
                allow(
                    "s3:GetObject",
                    "arn:aws:s3:::b/*",
                    Principal="*",
                    Condition={"StringEquals": {"aws:PrincipalType": kind}},
                ),
                deny(
                    "s3:GetObject",
                    "arn:aws:s3:::b/*",
                    Principal="*",
                    Condition={"StringNotEquals": {"aws:PrincipalType": kind}},
                ),
            )
        },
        "Allow",
    )


def has_no_name(rule: str, principal: str) -> Case:
    return Case(
        rule,
        VARIABLES,
        {
            "principal": principal,
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/x",
            "resource_account": ACCOUNT,
        },
        {
            "resource": policy(
                allow("s3:GetObject", "arn:aws:s3:::b/*", Principal="*"),
                deny(
                    "s3:GetObject",
                    "arn:aws:s3:::b/*",
                    Principal="*",
                    Condition={"Null": {"aws:username": "true"}},
                ),
            )
        },
        "ExplicitDeny",
    )


def when(condition: Any) -> Any:
    return allow("s3:GetObject", Condition=condition)


OWNER = when({"StringEquals": {"s3:ExistingObjectTag/owner": "${aws:PrincipalTag/owner}"}})
OWNED = {"s3:ExistingObjectTag/owner": "ana"}

CASES = (
    decided(
        "username-in-resource", allow("s3:GetObject", HOME), "arn:aws:s3:::mybucket/ana/x", "Allow"
    ),
    decided(
        "username-in-resource-is-not-another-user",
        allow("s3:GetObject", HOME),
        "arn:aws:s3:::mybucket/david/x",
        "ImplicitDeny",
    ),
    decided(
        "variable-names-ignore-case",
        allow("s3:GetObject", "arn:aws:s3:::mybucket/${AWS:UserName}/*"),
        "arn:aws:s3:::mybucket/ana/x",
        "Allow",
    ),
    decided(
        "own-access-keys",
        allow("iam:*AccessKey*", "arn:aws:iam::123456789012:user/${aws:username}"),
        USER,
        "Allow",
        action="iam:CreateAccessKey",
    ),
    decided(
        "not-the-access-keys-of-others",
        allow("iam:*AccessKey*", "arn:aws:iam::123456789012:user/${aws:username}"),
        f"{USER}-maria",
        "ImplicitDeny",
        action="iam:CreateAccessKey",
    ),
    decided(
        "a-variable-inside-a-name",
        allow("sqs:*", "arn:aws:sqs:us-east-2:*:${aws:username}-queue"),
        f"arn:aws:sqs:us-east-2:{ACCOUNT}:ana-queue",
        "Allow",
        action="sqs:SendMessage",
    ),
    decided(
        "a-tag-in-resource",
        allow("s3:GetObject", "arn:aws:s3:::b/${aws:PrincipalTag/dept}/*"),
        "arn:aws:s3:::b/sales/x",
        "Allow",
        context={"aws:PrincipalTag/dept": "sales"},
    ),
    decided(
        "several-variables-and-a-wildcard",
        allow("sns:CreateTopic", TOPIC),
        f"arn:aws:sns:us-east-1:{ACCOUNT}:peg-shop-alerts",
        "Allow",
        action="sns:CreateTopic",
        context={
            "aws:PrincipalTag/access-project": "peg",
            "aws:PrincipalTag/access-application": "shop",
        },
    ),
    decided(
        "several-variables-one-differs",
        allow("sns:CreateTopic", TOPIC),
        f"arn:aws:sns:us-east-1:{ACCOUNT}:peg-web-alerts",
        "ImplicitDeny",
        action="sns:CreateTopic",
        context={
            "aws:PrincipalTag/access-project": "peg",
            "aws:PrincipalTag/access-application": "shop",
        },
    ),
    decided(
        "username-in-a-condition",
        when({"StringLike": {"s3:prefix": ["${aws:username}/*"]}}),
        "*",
        "Allow",
        context={"s3:prefix": "ana/2024"},
    ),
    decided(
        "username-in-a-condition-is-not-another-user",
        when({"StringLike": {"s3:prefix": ["", "home/", "home/${aws:username}/"]}}),
        "*",
        "ImplicitDeny",
        context={"s3:prefix": "home/nikki_wolf/"},
    ),
    decided(
        "username-in-a-condition-beside-plain-values",
        when({"StringLike": {"s3:prefix": ["", "home/", "home/${aws:username}/"]}}),
        "*",
        "Allow",
        context={"s3:prefix": "home/"},
    ),
    decided(
        "username-in-a-condition-of-a-role-session",
        when({"StringLike": {"s3:prefix": ["home/${aws:username}/"]}}),
        "*",
        "ImplicitDeny",
        principal=SESSION,
        context={"s3:prefix": "home/ana/"},
    ),
    decided(
        "a-tag-equals-another-tag",
        OWNER,
        "*",
        "Allow",
        context={**OWNED, "aws:PrincipalTag/owner": "ana"},
    ),
    decided(
        "a-tag-differs-from-another-tag",
        OWNER,
        "*",
        "ImplicitDeny",
        context={**OWNED, "aws:PrincipalTag/owner": "maria"},
    ),
    decided(
        "arn-operators-take-variables",
        when({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:${aws:username}-*"}}),
        "*",
        "Allow",
        context={"aws:SourceArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:ana-topic"},
    ),
    # before 2012-10-17
    decided(
        "no-version-takes-the-variable-literally",
        allow("s3:GetObject", HOME),
        "arn:aws:s3:::mybucket/ana/x",
        "ImplicitDeny",
        version=None,
    ),
    decided(
        "version-2008-takes-the-variable-literally",
        allow("s3:GetObject", HOME),
        "arn:aws:s3:::mybucket/ana/x",
        "ImplicitDeny",
        version="2008-10-17",
        page=VERSION,
    ),
    decided(
        "version-2008-finds-the-literal-text",
        allow("s3:GetObject", HOME),
        "arn:aws:s3:::mybucket/${aws:username}/x",
        "Allow",
        version="2008-10-17",
        page=VERSION,
    ),
    decided(
        "version-2008-takes-the-variable-literally-in-conditions",
        when({"StringEquals": {"s3:prefix": "${aws:username}"}}),
        "*",
        "ImplicitDeny",
        version="2008-10-17",
        context={"s3:prefix": "ana"},
        page=VERSION,
    ),
    decided(
        "version-2008-finds-the-literal-text-in-conditions",
        when({"StringEquals": {"s3:prefix": "${aws:username}"}}),
        "*",
        "Allow",
        version="2008-10-17",
        context={"s3:prefix": "${aws:username}"},
        page=VERSION,
    ),
    # no value
    decided(
        "a-variable-without-value-matches-no-resource",
        allow("s3:GetObject", HOME),
        "arn:aws:s3:::mybucket//x",
        "ImplicitDeny",
        principal=SESSION,
    ),
    decided(
        "a-variable-without-value-is-not-its-own-text",
        allow("s3:GetObject", HOME),
        "arn:aws:s3:::mybucket/${aws:username}/x",
        "ImplicitDeny",
        principal=SESSION,
    ),
    decided(
        "another-resource-beside-a-variable-without-value",
        allow("s3:GetObject", [HOME, "arn:aws:s3:::mybucket/shared/*"]),
        "arn:aws:s3:::mybucket/shared/x",
        "Allow",
        principal=SESSION,
    ),
    decided(
        "a-variable-without-value-in-not-resource-matches-no-resource",
        allow("s3:GetObject", None, NotResource=HOME),
        "arn:aws:s3:::mybucket/ana/x",
        "Allow",
        principal=SESSION,
    ),
    decided("a-variable-without-value-is-never-equal", OWNER, "*", "ImplicitDeny", context=OWNED),
    decided("two-absent-keys-are-not-equal", OWNER, "*", "ImplicitDeny"),
    decided(
        "a-variable-without-value-is-never-like",
        when({"StringLike": {"s3:prefix": "*${aws:PrincipalTag/team}"}}),
        "*",
        "ImplicitDeny",
        context={"s3:prefix": "x"},
    ),
    decided(
        "a-variable-without-value-is-not-equal-to-anything",
        when({"StringNotEquals": {"s3:ExistingObjectTag/Team": "${aws:PrincipalTag/Team}"}}),
        "*",
        "Allow",
        context={"s3:ExistingObjectTag/Team": "red"},
    ),
    decided(
        "a-variable-without-value-is-not-like-anything",
        when({"StringNotLike": {"s3:ExistingObjectTag/Team": "${aws:PrincipalTag/Team}*"}}),
        "*",
        "Allow",
        context={"s3:ExistingObjectTag/Team": "red"},
    ),
    Case(
        "a-deny-on-another-team-reaches-who-has-no-team",
        VARIABLES,
        {
            "principal": USER,
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/x",
            "context": {"s3:ExistingObjectTag/Team": "red"},
        },
        {
            "identity": [
                policy(
                    allow(),
                    deny(
                        "s3:GetObject",
                        "arn:aws:s3:::b/*",
                        Condition={
                            "StringNotEquals": {
                                "s3:ExistingObjectTag/Team": "${aws:PrincipalTag/Team}"
                            }
                        },
                    ),
                )
            ]
        },
        "ExplicitDeny",
        "identity-based policy",
    ),
    # default values
    decided(
        "a-default-is-not-used-when-there-is-a-value",
        allow("s3:GetObject", TEAM),
        "arn:aws:s3:::amzn-s3-demo-bucket-yellow",
        "Allow",
        context={"aws:PrincipalTag/team": "yellow"},
    ),
    decided(
        "a-value-hides-the-default",
        allow("s3:GetObject", TEAM),
        "arn:aws:s3:::amzn-s3-demo-bucket-company-wide",
        "ImplicitDeny",
        context={"aws:PrincipalTag/team": "yellow"},
    ),
    decided(
        "a-default-stands-in-for-no-value",
        allow("s3:GetObject", TEAM),
        "arn:aws:s3:::amzn-s3-demo-bucket-company-wide",
        "Allow",
    ),
    decided(
        "a-default-is-no-other-team",
        allow("s3:GetObject", TEAM),
        "arn:aws:s3:::amzn-s3-demo-bucket-yellow",
        "ImplicitDeny",
    ),
    decided(
        "a-default-in-a-condition",
        when({"StringEquals": {"s3:prefix": "${aws:username, 'anonymous'}"}}),
        "*",
        "Allow",
        principal=SESSION,
        context={"s3:prefix": "anonymous"},
    ),
    # special characters
    decided(
        "a-star-as-a-character",
        allow("s3:GetObject", "arn:aws:s3:::b/a${*}b"),
        "arn:aws:s3:::b/a*b",
        "Allow",
    ),
    decided(
        "a-star-as-a-character-is-no-wildcard",
        allow("s3:GetObject", "arn:aws:s3:::b/a${*}b"),
        "arn:aws:s3:::b/axxb",
        "ImplicitDeny",
    ),
    decided(
        "a-question-mark-as-a-character",
        allow("s3:GetObject", "arn:aws:s3:::b/a${?}b"),
        "arn:aws:s3:::b/a?b",
        "Allow",
    ),
    decided(
        "a-question-mark-as-a-character-is-no-wildcard",
        allow("s3:GetObject", "arn:aws:s3:::b/a${?}b"),
        "arn:aws:s3:::b/axb",
        "ImplicitDeny",
    ),
    decided(
        "a-dollar-as-a-character",
        allow("s3:GetObject", "arn:aws:s3:::b/${$}{aws:username}"),
        "arn:aws:s3:::b/${aws:username}",
        "Allow",
    ),
    decided(
        "a-star-as-a-character-beside-a-wildcard",
        allow("s3:GetObject", "arn:aws:s3:::b/${*}/*"),
        "arn:aws:s3:::b/*/x",
        "Allow",
    ),
    decided(
        "a-star-as-a-character-in-a-condition",
        when({"StringLike": {"s3:prefix": "${*}a*"}}),
        "*",
        "Allow",
        context={"s3:prefix": "*abc"},
    ),
    decided(
        "a-star-as-a-character-in-a-condition-is-no-wildcard",
        when({"StringLike": {"s3:prefix": "${*}a*"}}),
        "*",
        "ImplicitDeny",
        context={"s3:prefix": "xabc"},
    ),
    decided(
        "special-characters-work-in-string-equals",
        when({"StringEquals": {"s3:prefix": "a${*}"}}),
        "*",
        "Allow",
        context={"s3:prefix": "a*"},
    ),
    # who is calling
    type_of("principal-type-of-a-user", USER, "User"),
    type_of("principal-type-of-a-role-session", SESSION, "AssumedRole"),
    type_of("principal-type-of-a-federated-user", FEDERATED, "FederatedUser"),
    type_of("principal-type-of-the-root-user", ROOT, "Account"),
    type_of("principal-type-of-anonymous", ANONYMOUS, "Anonymous"),
    has_no_name("a-role-session-has-no-username", SESSION),
    has_no_name("a-federated-user-has-no-username", FEDERATED),
    has_no_name("the-root-user-has-no-username", ROOT),
    has_no_name("anonymous-has-no-username", ANONYMOUS),
)
