"""String operators, several keys and values, keys without case, IfExists."""

from __future__ import annotations

from .case import Case
from .conditions import match, no_match
from .names import (
    ACCOUNT,
    CONDITION,
    GLOBAL_KEYS,
    GRAMMAR,
    NOT_PRINCIPAL,
    OPERATORS,
    SEVERAL_KEYS,
    SINGLE_EXAMPLES,
    USER,
)
from .statements import allow, deny, policy

JOB = {"StringEquals": {"aws:PrincipalTag/job-category": "iamuser-admin"}}
TYPES = {"StringLikeIfExists": {"ec2:InstanceType": ["t1.*", "t2.*", "m3.*"]}}
TAGS = {
    "aws:PrincipalTag/department": ["finance", "hr", "legal"],
    "aws:PrincipalTag/role": ["audit", "security"],
}
USERS = [f"arn:aws:iam::{ACCOUNT}:user/ana", f"arn:aws:iam::{ACCOUNT}:user/mary"]
NAMED = {"StringEquals": TAGS, "ArnLike": {"aws:PrincipalArn": USERS}}
NOT_NAMED = {"StringEquals": TAGS, "ArnNotLike": {"aws:PrincipalArn": USERS}}
DEPARTMENT, DUTY = "aws:PrincipalTag/department", "aws:PrincipalTag/role"
CLUSTERS = {
    "StringEquals": {"aws:RequestTag/environment": ["production", "prod-backup"]},
    "ArnEquals": {
        "ecs:cluster": [
            "arn:aws:ecs:us-east-1:111122223333:cluster/default1",
            "arn:aws:ecs:us-east-1:111122223333:cluster/default2",
        ]
    },
}
NIKKI = f"arn:aws:iam::{ACCOUNT}:user/nikki"


def one(operator: str, value: object) -> dict[str, object]:
    return {operator: {"aws:RequestTag/team": value}}


TEAM = {"aws:RequestTag/team": "orders"}

CASES = (
    # StringEquals and its negation
    match("string-equals-same", JOB, {"aws:PrincipalTag/job-category": "iamuser-admin"}),
    no_match("string-equals-different", JOB, {"aws:PrincipalTag/job-category": "dev-ops"}),
    no_match("string-equals-absent-key", JOB, {}),
    no_match("string-equals-minds-case", one("StringEquals", "Orders"), TEAM),
    no_match("string-equals-is-not-partial", one("StringEquals", "order"), TEAM),
    no_match("string-equals-takes-a-star-literally", one("StringEquals", "ord*"), TEAM),
    match(
        "string-equals-finds-a-literal-star",
        one("StringEquals", "ord*"),
        {"aws:RequestTag/team": "ord*"},
    ),
    no_match("string-equals-takes-a-question-mark-literally", one("StringEquals", "order?"), TEAM),
    no_match("string-not-equals-same", one("StringNotEquals", "orders"), TEAM),
    match("string-not-equals-different", one("StringNotEquals", "billing"), TEAM),
    match("string-not-equals-minds-case", one("StringNotEquals", "Orders"), TEAM),
    match("string-not-equals-absent-key-is-true", one("StringNotEquals", "orders"), {}),
    # without case
    match("ignore-case-same", one("StringEqualsIgnoreCase", "ORDERS"), TEAM),
    no_match("ignore-case-different", one("StringEqualsIgnoreCase", "billing"), TEAM),
    no_match("ignore-case-absent-key", one("StringEqualsIgnoreCase", "orders"), {}),
    no_match("ignore-case-is-not-partial", one("StringEqualsIgnoreCase", "ORDER"), TEAM),
    no_match("not-equals-ignore-case-same", one("StringNotEqualsIgnoreCase", "ORDERS"), TEAM),
    match("not-equals-ignore-case-different", one("StringNotEqualsIgnoreCase", "billing"), TEAM),
    match("not-equals-ignore-case-absent-key-is-true", one("StringNotEqualsIgnoreCase", "x"), {}),
    # StringLike and its negation
    match("string-like-star", one("StringLike", "ord*"), TEAM),
    match("string-like-star-anywhere", one("StringLike", "*rder*"), TEAM),
    match("string-like-star-may-be-empty", one("StringLike", "orders*"), TEAM),
    match("string-like-question-mark", one("StringLike", "order?"), TEAM),
    no_match("string-like-question-mark-is-one", one("StringLike", "orders?"), TEAM),
    no_match("string-like-minds-case", one("StringLike", "ORD*"), TEAM),
    no_match("string-like-without-wildcard-is-exact", one("StringLike", "order"), TEAM),
    match("string-like-without-wildcard-same", one("StringLike", "orders"), TEAM),
    no_match("string-like-absent-key", one("StringLike", "*"), {}),
    match(
        "string-like-star-goes-past-slashes",
        {"StringLike": {"s3:prefix": "home/*"}},
        {"s3:prefix": "home/ana/2024/"},
    ),
    match(
        "string-like-star-goes-past-colons",
        {"StringLike": {"aws:SourceArn": "arn:aws:someservice:*:111122223333:finance/*"}},
        {
            "aws:SourceArn": "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:"
            "finance/document.txt"
        },
    ),
    match(
        "string-like-empty-value", {"StringLike": {"s3:prefix": ["", "home/"]}}, {"s3:prefix": ""}
    ),
    no_match("string-not-like-star", one("StringNotLike", "ord*"), TEAM),
    match("string-not-like-different", one("StringNotLike", "bill*"), TEAM),
    match("string-not-like-absent-key-is-true", one("StringNotLike", "ord*"), {}),
    match("string-not-like-minds-case", one("StringNotLike", "ORD*"), TEAM),
    match("a-tag-must-be-sent-with-any-value", one("StringLike", "*"), TEAM, SINGLE_EXAMPLES),
    no_match("a-tag-that-is-not-sent", one("StringLike", "*"), {}, SINGLE_EXAMPLES),
    match(
        "environment-may-be-anything-except-production",
        {"StringNotEquals": {"aws:ResourceTag/environment": "production"}},
        {"aws:ResourceTag/environment": "QA"},
        SINGLE_EXAMPLES,
    ),
    no_match(
        "environment-production",
        {"StringNotEquals": {"aws:ResourceTag/environment": "production"}},
        {"aws:ResourceTag/environment": "production"},
        SINGLE_EXAMPLES,
    ),
    # several values: OR, and NOR when negated
    match("several-values-are-or", one("StringEquals", ["billing", "orders"]), TEAM, SEVERAL_KEYS),
    no_match("none-of-several-values", one("StringEquals", ["billing", "web"]), TEAM, SEVERAL_KEYS),
    match("several-patterns-are-or", one("StringLike", ["bill*", "ord*"]), TEAM, SEVERAL_KEYS),
    no_match(
        "several-values-negated-are-nor",
        one("StringNotEquals", ["billing", "orders"]),
        TEAM,
        SEVERAL_KEYS,
    ),
    match(
        "several-values-negated-none-equal",
        one("StringNotEquals", ["billing", "web"]),
        TEAM,
        SEVERAL_KEYS,
    ),
    no_match(
        "several-patterns-negated-are-nor",
        one("StringNotLike", ["bill*", "ord*"]),
        TEAM,
        SEVERAL_KEYS,
    ),
    # several keys and operators: AND
    match("all-keys-and-operators-hold", NAMED, {DEPARTMENT: "legal", DUTY: "audit"}, SEVERAL_KEYS),
    no_match("another-principal", NAMED, {DEPARTMENT: "hr", DUTY: "audit"}, SEVERAL_KEYS, NIKKI),
    no_match("one-tag-has-another-value", NAMED, {DEPARTMENT: "hr", DUTY: "payroll"}, SEVERAL_KEYS),
    no_match("one-tag-is-absent", NAMED, {DEPARTMENT: "hr"}, SEVERAL_KEYS),
    no_match("both-tags-are-absent", NAMED, {}, SEVERAL_KEYS),
    match(
        "negated-operator-beside-others-holds",
        NOT_NAMED,
        {DEPARTMENT: "legal", DUTY: "audit"},
        SEVERAL_KEYS,
        NIKKI,
    ),
    no_match(
        "negated-operator-names-the-caller",
        NOT_NAMED,
        {DEPARTMENT: "hr", DUTY: "audit"},
        SEVERAL_KEYS,
    ),
    no_match(
        "negated-operator-holds-but-a-tag-differs",
        NOT_NAMED,
        {DEPARTMENT: "hr", DUTY: "payroll"},
        SEVERAL_KEYS,
        NIKKI,
    ),
    no_match(
        "negated-operator-holds-but-a-tag-is-absent",
        NOT_NAMED,
        {DEPARTMENT: "hr"},
        SEVERAL_KEYS,
        NIKKI,
    ),
    match(
        "cluster-and-tag-first-values",
        CLUSTERS,
        {
            "aws:RequestTag/environment": "production",
            "ecs:cluster": "arn:aws:ecs:us-east-1:111122223333:cluster/default1",
        },
        SINGLE_EXAMPLES,
    ),
    match(
        "cluster-and-tag-second-values",
        CLUSTERS,
        {
            "aws:RequestTag/environment": "prod-backup",
            "ecs:cluster": "arn:aws:ecs:us-east-1:111122223333:cluster/default2",
        },
        SINGLE_EXAMPLES,
    ),
    no_match(
        "cluster-with-another-tag",
        CLUSTERS,
        {
            "aws:RequestTag/webserver": "production",
            "ecs:cluster": "arn:aws:ecs:us-east-1:111122223333:cluster/default2",
        },
        SINGLE_EXAMPLES,
    ),
    no_match(
        "cluster-without-tag",
        CLUSTERS,
        {"ecs:cluster": "arn:aws:ecs:us-east-1:111122223333:cluster/default2"},
        SINGLE_EXAMPLES,
    ),
    # key names
    match(
        "key-names-ignore-case",
        {"StringEquals": {"AWS:requestedregion": "us-east-1"}},
        {"aws:RequestedRegion": "us-east-1"},
        CONDITION,
    ),
    match(
        "tag-keys-ignore-case",
        {"StringEquals": {"ec2:ResourceTag/TagKey1": "Value1"}},
        {"ec2:ResourceTag/tagkey1": "Value1"},
        CONDITION,
    ),
    match("username-with-the-same-case", {"StringEquals": {"aws:username": "ana"}}, {}, CONDITION),
    no_match(
        "username-with-another-case", {"StringEquals": {"aws:username": "Ana"}}, {}, CONDITION
    ),
    match(
        "username-with-any-case", {"StringEqualsIgnoreCase": {"aws:username": "Ana"}}, {}, CONDITION
    ),
    match(
        "values-may-be-numbers",
        {"StringEquals": {"s3:max-keys": 10}},
        {"s3:max-keys": "10"},
        GRAMMAR,
    ),
    # IfExists
    match("if-exists-match", TYPES, {"ec2:InstanceType": "t1.micro"}),
    no_match("if-exists-no-match", TYPES, {"ec2:InstanceType": "m2.micro"}),
    match("if-exists-absent-key-is-true", TYPES, {}),
    no_match(
        "without-if-exists-absent-key-is-false",
        {"StringLike": {"ec2:InstanceType": ["t1.*", "t2.*", "m3.*"]}},
        {},
    ),
    match("if-exists-on-equals-absent", one("StringEqualsIfExists", "orders"), {}),
    no_match("if-exists-on-equals-different", one("StringEqualsIfExists", "billing"), TEAM),
    match("if-exists-on-ignore-case-absent", one("StringEqualsIgnoreCaseIfExists", "orders"), {}),
    match("if-exists-on-not-equals-absent", one("StringNotEqualsIfExists", "orders"), {}),
    no_match("if-exists-on-not-equals-same", one("StringNotEqualsIfExists", "orders"), TEAM),
    no_match(
        "other-elements-still-count-beside-if-exists",
        {**TYPES, "StringEquals": {"aws:RequestedRegion": "us-east-1"}},
        {},
    ),
    match(
        "both-keys-may-be-absent-with-if-exists",
        {
            "IpAddressIfExists": {"aws:SourceIp": "192.0.2.0/24"},
            "StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"},
        },
        {},
        GLOBAL_KEYS,
    ),
    no_match(
        "a-present-key-is-tested-with-if-exists",
        {
            "IpAddressIfExists": {"aws:SourceIp": "192.0.2.0/24"},
            "StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"},
        },
        {"aws:SourceVpc": "vpc-2"},
        GLOBAL_KEYS,
    ),
    Case(
        "a-deny-with-a-negated-if-exists-reaches-an-absent-key",
        OPERATORS,
        {"principal": USER, "action": "s3:GetObject", "resource": "*"},
        {"identity": [policy(allow(), deny(Condition=one("StringNotEqualsIfExists", "orders")))]},
        "ExplicitDeny",
        "identity-based policy",
    ),
    Case(
        "a-deny-on-every-service-but-one-reaches-users-too",
        NOT_PRINCIPAL,
        {"principal": USER, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/x"},
        {
            "identity": [policy(allow())],
            "resource": policy(
                deny(
                    "s3:*",
                    ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
                    Principal="*",
                    Condition={
                        "StringNotEqualsIfExists": {
                            "aws:PrincipalServiceName": "codebuild.amazonaws.com"
                        }
                    },
                )
            ),
        },
        "ExplicitDeny",
        "resource-based policy",
    ),
)
