"""ForAllValues and ForAnyValue: keys that carry several values in the request."""

from __future__ import annotations

from typing import Any

from .case import Case
from .conditions import match, no_match
from .names import (
    GLOBAL_KEYS,
    MULTI_EXAMPLES,
    OPERATORS,
    SEVERAL_KEYS,
    SINGLE_OR_MULTI,
    USER,
)
from .statements import allow, deny, policy

ALL_TAGS = {
    "ForAllValues:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]},
    "Null": {"aws:TagKeys": "false"},
}
UNGUARDED = {"ForAllValues:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]}}
ANY_TAG = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]}}
KEY1 = {"ForAllValues:StringNotLike": {"aws:TagKeys": "key1*"}}
KEY1_OR_2 = {"ForAllValues:StringNotLike": {"aws:TagKeys": ["key1*", "key2*"]}}
ENVIRONMENT = {
    "StringEqualsIgnoreCase": {"aws:RequestTag/environment": ["preprod", "storage"]},
    "ForAnyValue:StringEquals": {"aws:TagKeys": "environment"},
}
ATTRIBUTES = {
    "ForAllValues:StringEquals": {"dynamodb:Attributes": ["PostDateTime", "Message", "Tags"]}
}
DISTRIBUTIONS = {
    "ForAllValues:ArnLike": {
        "logs:LogGeneratingResourceArns": [
            "arn:aws:cloudfront::123456789012:distribution/*",
            "arn:aws:cloudfront::123456789012:distribution/support*",
        ]
    }
}


def tags(*keys: str) -> dict[str, Any]:
    return {"aws:TagKeys": list(keys)}


def reads(*attributes: str) -> dict[str, Any]:
    return {"dynamodb:Attributes": list(attributes)}


def sources(*names: str) -> dict[str, Any]:
    return {
        "logs:LogGeneratingResourceArns": [
            f"arn:aws:cloudfront::123456789012:distribution/{name}" for name in names
        ]
    }


def denied(rule: str, condition: Any, context: Any, *, applies: bool) -> Case:
    """The condition stands in a Deny beside an Allow of everything."""
    return Case(
        rule,
        MULTI_EXAMPLES,
        {"principal": USER, "action": "iam:TagUser", "resource": USER, "context": context},
        {"identity": [policy(allow(), deny(["iam:Tag*", "iam:UnTag*"], Condition=condition))]},
        "ExplicitDeny" if applies else "Allow",
        "identity-based policy",
    )


def put_item(rule: str, attributes: tuple[str, ...], *, applies: bool) -> Case:
    return Case(
        rule,
        SEVERAL_KEYS,
        {
            "principal": USER,
            "action": "dynamodb:PutItem",
            "resource": "arn:aws:dynamodb:us-east-1:123456789012:table/Thread",
            "context": reads(*attributes),
        },
        {
            "identity": [
                policy(
                    allow("dynamodb:*"),
                    deny(
                        "dynamodb:PutItem",
                        "arn:aws:dynamodb:*:*:table/Thread",
                        Condition={
                            "ForAnyValue:StringEquals": {
                                "dynamodb:Attributes": ["ID", "PostDateTime"]
                            }
                        },
                    ),
                )
            ]
        },
        "ExplicitDeny" if applies else "Allow",
        "identity-based policy",
    )


CASES = (
    # ForAllValues, from the page's table
    match("all-values-one-of-the-list", ALL_TAGS, tags("environment"), SINGLE_OR_MULTI),
    match("all-values-the-other-of-the-list", ALL_TAGS, tags("cost-center"), SINGLE_OR_MULTI),
    match("all-values-both", ALL_TAGS, tags("environment", "cost-center"), SINGLE_OR_MULTI),
    no_match("all-values-one-too-many", ALL_TAGS, tags("environment", "dept"), SINGLE_OR_MULTI),
    no_match("all-values-absent-key-stopped-by-null", ALL_TAGS, {}, SINGLE_OR_MULTI),
    match("all-values-absent-key-is-true", UNGUARDED, {}, SINGLE_OR_MULTI),
    match("all-values-empty-list-is-true", UNGUARDED, tags(), OPERATORS),
    no_match("all-values-empty-list-stopped-by-null", ALL_TAGS, tags(), MULTI_EXAMPLES),
    match("all-values-empty-string-is-true", UNGUARDED, {"aws:TagKeys": ""}, OPERATORS),
    no_match(
        "all-values-empty-string-stopped-by-null", ALL_TAGS, {"aws:TagKeys": ""}, MULTI_EXAMPLES
    ),
    no_match("all-values-minds-case", UNGUARDED, tags("Environment"), SINGLE_OR_MULTI),
    match(
        "all-values-takes-a-single-value",
        UNGUARDED,
        {"aws:TagKeys": "environment"},
        SINGLE_OR_MULTI,
    ),
    match("all-attributes-are-listed", ATTRIBUTES, reads("PostDateTime", "Message"), SEVERAL_KEYS),
    no_match(
        "one-attribute-is-not-listed", ATTRIBUTES, reads("PostDateTime", "UserName"), SEVERAL_KEYS
    ),
    match(
        "all-values-ignore-case",
        {"ForAllValues:StringEqualsIgnoreCase": {"aws:TagKeys": ["Env"]}},
        tags("ENV", "env"),
        OPERATORS,
    ),
    match(
        "all-values-like",
        {"ForAllValues:StringLike": {"aws:TagKeys": ["key1*", "key2*"]}},
        tags("key1:hr", "key2:audit"),
        OPERATORS,
    ),
    no_match(
        "all-values-like-one-differs",
        {"ForAllValues:StringLike": {"aws:TagKeys": ["key1*", "key2*"]}},
        tags("key1:hr", "key3"),
        OPERATORS,
    ),
    # ForAnyValue, from the page's table
    match("any-value-first", ANY_TAG, tags("environment"), SINGLE_OR_MULTI),
    match("any-value-second", ANY_TAG, tags("cost-center"), SINGLE_OR_MULTI),
    match("any-value-both", ANY_TAG, tags("environment", "cost-center"), SINGLE_OR_MULTI),
    match("any-value-one-among-others", ANY_TAG, tags("environment", "dept"), SINGLE_OR_MULTI),
    no_match("any-value-none", ANY_TAG, tags("dept"), SINGLE_OR_MULTI),
    no_match("any-value-absent-key", ANY_TAG, {}, SINGLE_OR_MULTI),
    no_match("any-value-empty-list", ANY_TAG, tags(), SINGLE_OR_MULTI),
    match(
        "any-value-like",
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/*"]}},
        {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-x/ou-y/"]},
        GLOBAL_KEYS,
    ),
    no_match(
        "any-value-equals-takes-no-child-unit",
        {"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-x/ou-y/"]}},
        {"aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-x/ou-y/ou-z/"]},
        GLOBAL_KEYS,
    ),
    match(
        "any-value-called-via-anywhere-in-the-chain",
        {"ForAnyValue:StringEquals": {"aws:CalledVia": ["dynamodb.amazonaws.com"]}},
        {"aws:CalledVia": ["cloudformation.amazonaws.com", "dynamodb.amazonaws.com"]},
        GLOBAL_KEYS,
    ),
    no_match(
        "any-value-called-via-is-absent-on-a-direct-call",
        {"ForAnyValue:StringEquals": {"aws:CalledVia": ["dynamodb.amazonaws.com"]}},
        {},
        GLOBAL_KEYS,
    ),
    # both kinds of keys, from the page's table
    match(
        "environment-tag-and-value",
        ENVIRONMENT,
        {**tags("environment"), "aws:RequestTag/environment": "preprod"},
    ),
    match(
        "environment-among-others-with-another-case-of-value",
        ENVIRONMENT,
        {**tags("environment", "costcenter"), "aws:RequestTag/environment": "PreProd"},
    ),
    no_match(
        "environment-with-another-case-of-key",
        ENVIRONMENT,
        {**tags("Environment"), "aws:RequestTag/Environment": "preprod"},
    ),
    no_match(
        "environment-not-among-the-keys",
        ENVIRONMENT,
        {**tags("costcenter"), "aws:RequestTag/environment": "preprod"},
    ),
    no_match(
        "environment-without-tag-keys", ENVIRONMENT, {"aws:RequestTag/environment": "storage"}
    ),
    no_match("environment-without-a-value", ENVIRONMENT, tags("environment")),
    no_match("environment-without-either", ENVIRONMENT, {}),
    # negated, in a Deny, from the page's tables
    denied("none-like-key1-one-is-like", KEY1, tags("key1:legal"), applies=False),
    denied("none-like-key1-both-are-like", KEY1, tags("key1:hr", "key1:personnel"), applies=False),
    denied("none-like-key1-holds", KEY1, tags("key2:audit"), applies=True),
    denied("none-like-key1-absent-key", KEY1, {}, applies=True),
    denied("none-like-either-first", KEY1_OR_2, tags("key1:legal"), applies=False),
    denied(
        "none-like-either-both-first", KEY1_OR_2, tags("key1:hr", "key1:personnel"), applies=False
    ),
    denied("none-like-either-one-of-each", KEY1_OR_2, tags("key1:hr", "key2:audit"), applies=False),
    denied("none-like-either-holds", KEY1_OR_2, tags("key3:legal"), applies=True),
    denied("none-like-either-absent-key", KEY1_OR_2, {}, applies=True),
    denied("none-like-key1-one-of-two-is-like", KEY1, tags("key1:hr", "key2:audit"), applies=False),
    denied(
        "any-equals-one",
        {"ForAnyValue:StringEquals": {"aws:TagKeys": "webserver"}},
        tags("webserver"),
        applies=True,
    ),
    denied(
        "any-equals-one-of-three",
        {"ForAnyValue:StringEquals": {"aws:TagKeys": "webserver"}},
        tags("environment", "webserver", "test"),
        applies=True,
    ),
    denied(
        "any-equals-none",
        {"ForAnyValue:StringEquals": {"aws:TagKeys": "webserver"}},
        tags("environment", "test"),
        applies=False,
    ),
    denied(
        "any-equals-absent-key",
        {"ForAnyValue:StringEquals": {"aws:TagKeys": "webserver"}},
        {},
        applies=False,
    ),
    # negated operators: none may match, or at least one must not
    match(
        "all-values-not-equals-none-listed",
        {"ForAllValues:StringNotEquals": {"aws:TagKeys": ["a", "b"]}},
        tags("c", "d"),
    ),
    no_match(
        "all-values-not-equals-one-listed",
        {"ForAllValues:StringNotEquals": {"aws:TagKeys": ["a", "b"]}},
        tags("a", "d"),
    ),
    match(
        "any-value-not-equals-one-is-not-listed",
        {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a", "b"]}},
        tags("a", "d"),
    ),
    no_match(
        "any-value-not-equals-all-listed",
        {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a", "b"]}},
        tags("a", "b"),
    ),
    match(
        "any-value-not-like-one-is-not-like",
        {"ForAnyValue:StringNotLike": {"aws:TagKeys": ["key1*"]}},
        tags("key1:x", "other"),
    ),
    no_match(
        "any-value-not-like-all-are-like",
        {"ForAnyValue:StringNotLike": {"aws:TagKeys": ["key1*"]}},
        tags("key1:x", "key1:y"),
    ),
    match(
        "all-values-not-equals-ignore-case-none",
        {"ForAllValues:StringNotEqualsIgnoreCase": {"aws:TagKeys": ["a"]}},
        tags("b"),
    ),
    no_match(
        "all-values-not-equals-ignore-case-one",
        {"ForAllValues:StringNotEqualsIgnoreCase": {"aws:TagKeys": ["a"]}},
        tags("A", "b"),
    ),
    # ARNs and booleans
    match("all-arns-one", DISTRIBUTIONS, sources("costcenter")),
    match("all-arns-two", DISTRIBUTIONS, sources("costcenter", "support2025")),
    no_match(
        "all-arns-another-account",
        DISTRIBUTIONS,
        {
            "logs:LogGeneratingResourceArns": [
                "arn:aws:cloudfront::777788889999:distribution/costcenter"
            ]
        },
    ),
    match("all-arns-absent-key-is-true", DISTRIBUTIONS, {}),
    match(
        "any-arn-one-of-two",
        {"ForAnyValue:ArnLike": {"service:Arns": "arn:aws:sns:*:*:a*"}},
        {"service:Arns": ["arn:aws:sns:us-east-1:1:b", "arn:aws:sns:us-east-1:1:abc"]},
    ),
    no_match(
        "any-arn-none",
        {"ForAnyValue:ArnEquals": {"service:Arns": "arn:aws:sns:*:*:a*"}},
        {"service:Arns": ["arn:aws:sns:us-east-1:1:b"]},
    ),
    match(
        "all-arns-not-like-none",
        {"ForAllValues:ArnNotLike": {"service:Arns": "arn:aws:sns:*:*:a*"}},
        {"service:Arns": ["arn:aws:sns:us-east-1:1:b", "arn:aws:sns:us-east-1:1:c"]},
    ),
    no_match(
        "all-arns-not-like-one-is-like",
        {"ForAllValues:ArnNotLike": {"service:Arns": "arn:aws:sns:*:*:a*"}},
        {"service:Arns": ["arn:aws:sns:us-east-1:1:b", "arn:aws:sns:us-east-1:1:abc"]},
    ),
    match(
        "any-arn-not-equals-one-differs",
        {"ForAnyValue:ArnNotEquals": {"service:Arns": "arn:aws:sns:*:*:a*"}},
        {"service:Arns": ["arn:aws:sns:us-east-1:1:b", "arn:aws:sns:us-east-1:1:abc"]},
    ),
    match(
        "all-booleans",
        {"ForAllValues:Bool": {"service:Flags": "true"}},
        {"service:Flags": ["true", "true"]},
    ),
    no_match(
        "all-booleans-one-differs",
        {"ForAllValues:Bool": {"service:Flags": "true"}},
        {"service:Flags": ["true", "false"]},
    ),
    match(
        "any-boolean",
        {"ForAnyValue:Bool": {"service:Flags": "true"}},
        {"service:Flags": ["false", "true"]},
    ),
    no_match(
        "any-boolean-none",
        {"ForAnyValue:Bool": {"service:Flags": "true"}},
        {"service:Flags": ["false"]},
    ),
    match(
        "any-value-if-exists-absent",
        {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": "key1*"}},
        {},
    ),
    no_match(
        "any-value-if-exists-none",
        {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": "key1*"}},
        tags("other"),
    ),
    # the DynamoDB example
    put_item("put-with-a-forbidden-attribute", ("PostDateTime", "Message"), applies=True),
    put_item(
        "put-with-three-attributes-one-forbidden",
        ("UserName", "Message", "PostDateTime"),
        applies=True,
    ),
    put_item("put-without-a-forbidden-attribute", ("UserName",), applies=False),
)
