"""Bool, and Null: is the key there at all."""

from __future__ import annotations

from .case import Case
from .conditions import match, no_match
from .names import ANONYMOUS, BUCKET, GLOBAL_KEYS, GRAMMAR, OBJECT, OPERATORS, USER
from .statements import allow, deny, policy

TLS, MFA, ISSUED = "aws:SecureTransport", "aws:MultiFactorAuthPresent", "aws:TokenIssueTime"


def tls_only(rule: str, context: dict[str, str], *, denied: bool) -> Case:
    return Case(
        rule,
        OPERATORS,
        {"principal": USER, "action": "s3:GetObject", "resource": OBJECT, "context": context},
        {
            "identity": [
                policy(
                    allow(),
                    deny("s3:*", [BUCKET, f"{BUCKET}/*"], Condition={"Bool": {TLS: "false"}}),
                )
            ]
        },
        "ExplicitDeny" if denied else "Allow",
        "identity-based policy",
    )


def mfa(rule: str, effect: str, condition: object, present: str | None, *, applies: bool) -> Case:
    """The page's four ways to ask for MFA, and what each does."""
    statements = {
        "Allow": [allow(Condition=condition)],
        "Deny": [allow(), deny(Condition=condition)],
    }[effect]
    outcome = {
        ("Allow", True): "Allow",
        ("Allow", False): "ImplicitDeny",
        ("Deny", True): "ExplicitDeny",
        ("Deny", False): "Allow",
    }[effect, applies]
    return Case(
        rule,
        GLOBAL_KEYS,
        {
            "principal": USER,
            "action": "ec2:StopInstances",
            "resource": "*",
            "context": {} if present is None else {MFA: present},
        },
        {"identity": [policy(*statements)]},
        outcome,  # type: ignore[arg-type]
        "identity-based policy",
    )


CASES = (
    match("bool-true", {"Bool": {TLS: "true"}}, {TLS: "true"}),
    match("bool-false", {"Bool": {TLS: "false"}}, {TLS: "false"}),
    no_match("bool-different", {"Bool": {TLS: "false"}}, {TLS: "true"}),
    no_match("bool-absent-key-true", {"Bool": {TLS: "true"}}, {}),
    no_match("bool-absent-key-false", {"Bool": {TLS: "false"}}, {}),
    match("bool-as-json-true", {"Bool": {TLS: True}}, {TLS: "true"}, GRAMMAR),
    match("bool-as-json-false", {"Bool": {TLS: False}}, {TLS: "false"}, GRAMMAR),
    no_match("bool-as-json-different", {"Bool": {TLS: True}}, {TLS: "false"}, GRAMMAR),
    match("bool-if-exists-absent", {"BoolIfExists": {TLS: "true"}}, {}),
    no_match("bool-if-exists-different", {"BoolIfExists": {TLS: "true"}}, {TLS: "false"}),
    match("bool-if-exists-same", {"BoolIfExists": {TLS: "true"}}, {TLS: "true"}),
    tls_only("deny-without-tls-reaches-plain-http", {TLS: "false"}, denied=True),
    tls_only("deny-without-tls-spares-tls", {TLS: "true"}, denied=False),
    tls_only("deny-without-tls-does-not-match-an-absent-key", {}, denied=False),
    mfa(
        "deny-bool-false-misses-long-term-keys",
        "Deny",
        {"Bool": {MFA: "false"}},
        None,
        applies=False,
    ),
    mfa(
        "deny-bool-false-reaches-temporary-keys-without-mfa",
        "Deny",
        {"Bool": {MFA: "false"}},
        "false",
        applies=True,
    ),
    mfa(
        "deny-bool-if-exists-false-reaches-long-term-keys",
        "Deny",
        {"BoolIfExists": {MFA: "false"}},
        None,
        applies=True,
    ),
    mfa(
        "deny-bool-if-exists-false-reaches-missing-mfa",
        "Deny",
        {"BoolIfExists": {MFA: "false"}},
        "false",
        applies=True,
    ),
    mfa(
        "deny-bool-if-exists-false-spares-mfa",
        "Deny",
        {"BoolIfExists": {MFA: "false"}},
        "true",
        applies=False,
    ),
    mfa(
        "allow-bool-if-exists-true-covers-long-term-keys",
        "Allow",
        {"BoolIfExists": {MFA: "true"}},
        None,
        applies=True,
    ),
    mfa(
        "allow-bool-if-exists-true-covers-mfa",
        "Allow",
        {"BoolIfExists": {MFA: "true"}},
        "true",
        applies=True,
    ),
    mfa(
        "allow-bool-if-exists-true-misses-missing-mfa",
        "Allow",
        {"BoolIfExists": {MFA: "true"}},
        "false",
        applies=False,
    ),
    mfa("allow-bool-true-covers-only-mfa", "Allow", {"Bool": {MFA: "true"}}, "true", applies=True),
    mfa(
        "allow-bool-true-misses-long-term-keys",
        "Allow",
        {"Bool": {MFA: "true"}},
        None,
        applies=False,
    ),
    mfa(
        "allow-bool-true-misses-missing-mfa",
        "Allow",
        {"Bool": {MFA: "true"}},
        "false",
        applies=False,
    ),
    mfa(
        "allow-null-false-does-not-ask-whether-mfa-was-used",
        "Allow",
        {"Null": {MFA: "false"}},
        "false",
        applies=True,
    ),
    mfa(
        "allow-null-false-misses-long-term-keys",
        "Allow",
        {"Null": {MFA: "false"}},
        None,
        applies=False,
    ),
    match("null-true-absent-key", {"Null": {ISSUED: "true"}}, {}),
    no_match("null-true-present-key", {"Null": {ISSUED: "true"}}, {ISSUED: "2024-01-01T00:00:00Z"}),
    no_match("null-false-absent-key", {"Null": {ISSUED: "false"}}, {}),
    match("null-false-present-key", {"Null": {ISSUED: "false"}}, {ISSUED: "2024-01-01T00:00:00Z"}),
    match("null-as-json-true", {"Null": {ISSUED: True}}, {}, GRAMMAR),
    match(
        "null-as-json-false", {"Null": {ISSUED: False}}, {ISSUED: "2024-01-01T00:00:00Z"}, GRAMMAR
    ),
    match(
        "null-ignores-the-case-of-the-key",
        {"Null": {"AWS:tokenissuetime": "false"}},
        {ISSUED: "2024-01-01T00:00:00Z"},
    ),
    match("null-true-for-a-tag-that-was-not-sent", {"Null": {"aws:RequestTag/team": "true"}}, {}),
    no_match(
        "null-true-for-a-tag-that-was-sent",
        {"Null": {"aws:RequestTag/team": "true"}},
        {"aws:RequestTag/team": "orders"},
    ),
    match(
        "null-beside-another-operator",
        {"Null": {ISSUED: "false"}, "Bool": {TLS: "true"}},
        {ISSUED: "2024-01-01T00:00:00Z", TLS: "true"},
    ),
    no_match(
        "null-beside-another-operator-that-fails",
        {"Null": {ISSUED: "false"}, "Bool": {TLS: "true"}},
        {ISSUED: "2024-01-01T00:00:00Z", TLS: "false"},
    ),
    no_match(
        "a-user-is-not-an-aws-service",
        {"Bool": {"aws:PrincipalIsAWSService": "true"}},
        {},
        GLOBAL_KEYS,
    ),
    match(
        "a-user-has-the-key-with-false",
        {"Bool": {"aws:PrincipalIsAWSService": "false"}},
        {},
        GLOBAL_KEYS,
    ),
    Case(
        "anonymous-callers-do-not-have-the-aws-service-key",
        GLOBAL_KEYS,
        {
            "principal": ANONYMOUS,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resource_account": "123456789012",
        },
        {
            "resource": policy(
                allow(
                    "s3:GetObject",
                    f"{BUCKET}/*",
                    Principal="*",
                    Condition={"Null": {"aws:PrincipalIsAWSService": "true"}},
                )
            )
        },
        "Allow",
        "resource-based policy",
    ),
)
