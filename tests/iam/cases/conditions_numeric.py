"""Numeric operators: integers and decimals, no wildcards, no variables."""

from __future__ import annotations

from .case import Case
from .conditions import match, no_match
from .names import CONDITION, GLOBAL_KEYS, GRAMMAR, OPERATORS, SEVERAL_KEYS, USER
from .statements import allow, policy


def keys(operator: str, value: object) -> dict[str, object]:
    return {operator: {"s3:max-keys": value}}


def asked(value: str) -> dict[str, str]:
    return {"s3:max-keys": value}


def recent_mfa(rule: str, context: dict[str, str], *, removes: bool) -> Case:
    """Removing one's own MFA device within an hour of signing in with it."""
    return Case(
        rule,
        CONDITION,
        {
            "principal": USER,
            "action": "iam:DeactivateMFADevice",
            "resource": USER,
            "context": context,
        },
        {
            "identity": [
                policy(
                    allow(
                        ["iam:DeactivateMFADevice", "iam:DeleteVirtualMFADevice"],
                        "arn:aws:iam::*:user/${aws:username}",
                        Condition={"NumericLessThanEquals": {"aws:MultiFactorAuthAge": "3600"}},
                    )
                )
            ]
        },
        "Allow" if removes else "ImplicitDeny",
        "identity-based policy",
    )


CASES = (
    match("numeric-equals-same", keys("NumericEquals", "10"), asked("10")),
    no_match("numeric-equals-different", keys("NumericEquals", "10"), asked("11")),
    no_match("numeric-equals-absent-key", keys("NumericEquals", "10"), {}),
    match("numeric-equals-compares-numbers-not-text", keys("NumericEquals", "10"), asked("10.0")),
    match("numeric-equals-decimal", keys("NumericEquals", "2.5"), asked("2.5")),
    match(
        "numeric-equals-one-of-several",
        keys("NumericEquals", ["5", "10"]),
        asked("10"),
        SEVERAL_KEYS,
    ),
    match("numeric-value-as-json-number", keys("NumericEquals", 10), asked("10"), GRAMMAR),
    match("numeric-value-as-json-decimal", keys("NumericEquals", 2.5), asked("2.5"), GRAMMAR),
    no_match("numeric-not-equals-same", keys("NumericNotEquals", "10"), asked("10")),
    match("numeric-not-equals-different", keys("NumericNotEquals", "10"), asked("11")),
    match("numeric-not-equals-absent-key-is-true", keys("NumericNotEquals", "10"), {}),
    no_match(
        "numeric-not-equals-several-are-nor",
        keys("NumericNotEquals", ["5", "10"]),
        asked("10"),
        SEVERAL_KEYS,
    ),
    match("less-than-below", keys("NumericLessThan", "10"), asked("9")),
    no_match("less-than-same", keys("NumericLessThan", "10"), asked("10")),
    no_match("less-than-above", keys("NumericLessThan", "10"), asked("11")),
    no_match("less-than-absent-key", keys("NumericLessThan", "10"), {}),
    match("less-than-is-numeric-not-alphabetic", keys("NumericLessThan", "10"), asked("9.5")),
    no_match("less-than-is-numeric-for-longer-numbers", keys("NumericLessThan", "9"), asked("10")),
    match(
        "less-than-one-of-several", keys("NumericLessThan", ["5", "10"]), asked("7"), SEVERAL_KEYS
    ),
    match("less-than-equals-below", keys("NumericLessThanEquals", "10"), asked("3")),
    match("less-than-equals-same", keys("NumericLessThanEquals", "10"), asked("10")),
    no_match("less-than-equals-above", keys("NumericLessThanEquals", "10"), asked("11")),
    no_match("less-than-equals-absent-key", keys("NumericLessThanEquals", "10"), {}),
    match("greater-than-above", keys("NumericGreaterThan", "10"), asked("11")),
    no_match("greater-than-same", keys("NumericGreaterThan", "10"), asked("10")),
    no_match("greater-than-below", keys("NumericGreaterThan", "10"), asked("9")),
    no_match("greater-than-absent-key", keys("NumericGreaterThan", "10"), {}),
    match("greater-than-equals-same", keys("NumericGreaterThanEquals", "10"), asked("10")),
    match("greater-than-equals-above", keys("NumericGreaterThanEquals", "10"), asked("10.1")),
    no_match("greater-than-equals-below", keys("NumericGreaterThanEquals", "10"), asked("9.9")),
    match("numeric-if-exists-absent", keys("NumericLessThanEqualsIfExists", "10"), {}, OPERATORS),
    no_match(
        "numeric-if-exists-above",
        keys("NumericLessThanEqualsIfExists", "10"),
        asked("11"),
        OPERATORS,
    ),
    match(
        "epoch-time-as-a-number",
        {"NumericGreaterThan": {"aws:EpochTime": "1563278400"}},
        {"aws:EpochTime": "1563278401"},
        GLOBAL_KEYS,
    ),
    recent_mfa("mfa-within-the-hour", {"aws:MultiFactorAuthAge": "3600"}, removes=True),
    recent_mfa("mfa-over-an-hour-ago", {"aws:MultiFactorAuthAge": "3601"}, removes=False),
    recent_mfa("no-mfa-age-with-access-keys", {}, removes=False),
)
