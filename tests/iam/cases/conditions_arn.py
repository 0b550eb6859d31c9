"""ARN operators: six components, each compared by itself."""

from __future__ import annotations

from .case import Case
from .conditions import match, no_match
from .names import ACCOUNT, GLOBAL_KEYS, OPERATORS, QUEUE, ROLE, SESSION, SEVERAL_KEYS, USER
from .statements import allow, policy

TOPIC = "arn:aws:sns:us-west-2:123456789012:TOPIC-ID"


def arn(operator: str, value: object) -> dict[str, object]:
    return {operator: {"aws:SourceArn": value}}


def source(value: str) -> dict[str, str]:
    return {"aws:SourceArn": value}


STORE = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"
FINANCE = "arn:aws:someservice:*:111122223333:finance/*"


def queue(rule: str, caller: str, context: dict[str, str], *, allowed: bool) -> Case:
    """A queue that takes messages from SNS, but only on behalf of one topic."""
    return Case(
        rule,
        OPERATORS,
        {
            "principal": caller,
            "action": "sqs:SendMessage",
            "resource": QUEUE,
            "resource_account": ACCOUNT,
            "context": context,
        },
        {
            "resource": policy(
                allow(
                    "SQS:SendMessage",
                    QUEUE,
                    Principal={"Service": "sns.amazonaws.com"},
                    Condition=arn("ArnEquals", TOPIC),
                )
            )
        },
        "Allow" if allowed else "ImplicitDeny",
        "resource-based policy" if allowed else None,
    )


CASES = (
    match("arn-equals-same", arn("ArnEquals", TOPIC), source(TOPIC)),
    no_match(
        "arn-equals-another-account",
        arn("ArnEquals", TOPIC),
        source("arn:aws:sns:us-west-2:777788889999:TOPIC-ID"),
    ),
    no_match("arn-equals-absent-key", arn("ArnEquals", TOPIC), {}),
    match("arn-like-same", arn("ArnLike", TOPIC), source(TOPIC)),
    match(
        "arn-equals-takes-wildcards",
        arn("ArnEquals", "arn:aws:sns:*:123456789012:TOPIC-*"),
        source(TOPIC),
    ),
    match(
        "arn-like-takes-wildcards",
        arn("ArnLike", "arn:aws:sns:*:123456789012:TOPIC-*"),
        source(TOPIC),
    ),
    match(
        "arn-equals-takes-question-marks",
        arn("ArnEquals", "arn:aws:sns:us-west-?:*:TOPIC-I?"),
        source(TOPIC),
    ),
    no_match(
        "arn-question-mark-is-one-character",
        arn("ArnLike", "arn:aws:sns:us-west-2:*:TOPIC-ID?"),
        source(TOPIC),
    ),
    no_match("arn-minds-case", arn("ArnEquals", TOPIC.lower()), source(TOPIC)),
    no_match("arn-like-star-stays-in-its-component", arn("ArnLike", FINANCE), source(STORE)),
    no_match("arn-equals-star-stays-in-its-component", arn("ArnEquals", FINANCE), source(STORE)),
    match("arn-not-like-star-stays-in-its-component", arn("ArnNotLike", FINANCE), source(STORE)),
    match(
        "arn-last-component-has-colons",
        arn("ArnLike", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/*"),
        source(f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/ecs/orders:*"),
    ),
    match("arn-star-in-every-component", arn("ArnLike", "arn:*:*:*:*:*"), source(TOPIC)),
    no_match("arn-another-partition", arn("ArnLike", "arn:aws-cn:sns:*:*:*"), source(TOPIC)),
    no_match("arn-another-service", arn("ArnLike", "arn:aws:sqs:*:*:*"), source(TOPIC)),
    no_match("arn-another-region", arn("ArnLike", "arn:aws:sns:us-east-1:*:*"), source(TOPIC)),
    no_match("arn-another-resource", arn("ArnLike", "arn:aws:sns:*:*:OTHER"), source(TOPIC)),
    match(
        "arn-empty-components",
        arn("ArnEquals", "arn:aws:s3:::bookshop-*"),
        source("arn:aws:s3:::bookshop-orders"),
    ),
    no_match("arn-not-equals-same", arn("ArnNotEquals", TOPIC), source(TOPIC)),
    match(
        "arn-not-equals-different",
        arn("ArnNotEquals", TOPIC),
        source("arn:aws:sns:us-west-2:777788889999:TOPIC-ID"),
    ),
    match("arn-not-equals-absent-key-is-true", arn("ArnNotEquals", TOPIC), {}),
    no_match(
        "arn-not-equals-takes-wildcards",
        arn("ArnNotEquals", "arn:aws:sns:*:*:TOPIC-*"),
        source(TOPIC),
    ),
    no_match("arn-not-like-same", arn("ArnNotLike", "arn:aws:sns:*:*:TOPIC-*"), source(TOPIC)),
    match("arn-not-like-absent-key-is-true", arn("ArnNotLike", TOPIC), {}),
    match(
        "arn-one-of-several",
        arn("ArnLike", ["arn:aws:sqs:*:*:*", "arn:aws:sns:*:*:*"]),
        source(TOPIC),
        SEVERAL_KEYS,
    ),
    no_match(
        "arn-several-negated-are-nor",
        arn("ArnNotLike", ["arn:aws:sqs:*:*:*", "arn:aws:sns:*:*:*"]),
        source(TOPIC),
        SEVERAL_KEYS,
    ),
    match("arn-if-exists-absent", arn("ArnEqualsIfExists", TOPIC), {}),
    no_match("arn-if-exists-different", arn("ArnLikeIfExists", "arn:aws:sqs:*:*:*"), source(TOPIC)),
    match(
        "string-operators-work-on-arns-too",
        {"StringLike": {"aws:SourceArn": "arn:aws:sns:*"}},
        source(TOPIC),
        GLOBAL_KEYS,
    ),
    match("principal-arn-of-a-user", {"ArnEquals": {"aws:PrincipalArn": USER}}, {}, GLOBAL_KEYS),
    match(
        "principal-arn-of-a-session-is-its-role",
        {"ArnEquals": {"aws:PrincipalArn": ROLE}},
        {},
        GLOBAL_KEYS,
        SESSION,
    ),
    match(
        "principal-arn-takes-wildcards",
        {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}},
        {},
        GLOBAL_KEYS,
        SESSION,
    ),
    queue("sns-sends-on-behalf-of-the-topic", "sns.amazonaws.com", source(TOPIC), allowed=True),
    queue(
        "sns-sends-on-behalf-of-another-topic",
        "sns.amazonaws.com",
        source(TOPIC + "2"),
        allowed=False,
    ),
    queue("sns-without-a-source-arn", "sns.amazonaws.com", {}, allowed=False),
    queue("a-user-calls-directly", USER, {}, allowed=False),
)
