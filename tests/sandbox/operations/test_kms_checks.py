"""What calls to KMS ask.

Pages: *AWS KMS permissions*, *AWS KMS condition keys*, *Grants in AWS KMS*, *GrantConstraints*,
*Controlling access to aliases*, *Controlling access to tags*.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from rolelab.iam import Policies, Request, evaluate
from rolelab.sandbox.operations import Check, checks_of, resources_of

ALIAS = "arn:aws:kms:us-east-1:123456789012:alias/shop"
ALL_KEYS = "arn:aws:kms:us-east-1:123456789012:key/*"
ANN = "arn:aws:iam::123456789012:user/ann"
TAGS = [{"TagKey": "team", "TagValue": "shop"}]


@dataclass(frozen=True)
class Keys:
    """A tagged key with the alias `alias/shop`, another key, and a ciphertext of the first."""

    kms: Any
    key: str
    other: str
    ciphertext: bytes

    def grant(self, operations: list[str], grantee: str = ANN, **given: Any) -> dict[str, Any]:
        grant: dict[str, Any] = self.kms.create_grant(
            KeyId=self.key, GranteePrincipal=grantee, Operations=operations, **given
        )
        return grant


@pytest.fixture
def keys(aws: Callable[[str], Any]) -> Keys:
    kms = aws("kms")
    key = kms.create_key(Tags=TAGS)["KeyMetadata"]["Arn"]
    other = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/shop", TargetKeyId=key.rpartition("/")[2])
    return Keys(kms, key, other, kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])


# The text KEY, ID, OTHER or BLOB stands for what the fixture made.
ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "a key by id": ("DescribeKey", {"KeyId": "ID"}, [("kms:DescribeKey", "KEY")]),
    "a key by ARN": ("Encrypt", {"KeyId": "KEY"}, [("kms:Encrypt", "KEY")]),
    "a key by alias": ("GenerateDataKey", {"KeyId": ALIAS}, [("kms:GenerateDataKey", "KEY")]),
    "a ciphertext names its key": (
        "Decrypt",
        {"CiphertextBlob": "BLOB"},
        [("kms:Decrypt", "KEY")],
    ),
    "a ciphertext of another key names nothing": (
        "Decrypt",
        {"CiphertextBlob": b"unknown"},
        [("kms:Decrypt", "*")],
    ),
    "ReEncrypt needs two keys": (
        "ReEncrypt",
        {"CiphertextBlob": "BLOB", "DestinationKeyId": "OTHER"},
        [("kms:ReEncryptFrom", "KEY"), ("kms:ReEncryptTo", "OTHER")],
    ),
    "an alias needs the permission on alias and key": (
        "CreateAlias",
        {"AliasName": "alias/shop", "TargetKeyId": "ID"},
        [("kms:CreateAlias", ALIAS), ("kms:CreateAlias", "KEY")],
    ),
    "an alias that moves needs both keys": (
        "UpdateAlias",
        {"AliasName": "alias/shop", "TargetKeyId": "OTHER"},
        [
            ("kms:UpdateAlias", ALIAS),
            ("kms:UpdateAlias", "KEY"),
            ("kms:UpdateAlias", "OTHER"),
        ],
    ),
    "a new key has no ARN yet": ("CreateKey", {}, [("kms:CreateKey", "*")]),
    "a new key with tags": (
        "CreateKey",
        {"Tags": TAGS},
        [("kms:CreateKey", "*"), ("kms:TagResource", ALL_KEYS)],
    ),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    keys: Keys, call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    made = {
        "KEY": keys.key,
        "ID": keys.key.rpartition("/")[2],
        "OTHER": keys.other,
        "BLOB": keys.ciphertext,
    }

    def fill(value: Any) -> Any:
        return made.get(value, value) if isinstance(value, str) else value

    checks = checks_of(call("kms", operation, **{name: fill(given[name]) for name in given}))
    assert [(each.action, each.resource) for each in checks] == [
        (action, fill(resource)) for action, resource in asked
    ]


def test_a_call_by_alias_fills_the_keys_of_key_request_and_encryption_context(
    keys: Keys, call: Any
) -> None:
    given = {"KeyId": ALIAS, "EncryptionContext": {"order": "42"}}
    (check,) = checks_of(call("kms", "Encrypt", **given))
    assert check.context == {
        "kms:CallerAccount": "123456789012",
        "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "kms:EncryptionContext:order": "42",
        "kms:EncryptionContextKeys": ["order"],
        "kms:KeyOrigin": "AWS_KMS",
        "kms:KeySpec": "SYMMETRIC_DEFAULT",
        "kms:KeyUsage": "ENCRYPT_DECRYPT",
        "kms:MultiRegion": "false",
        "kms:RequestAlias": "alias/shop",
        "kms:ResourceAliases": ["alias/shop"],
        "aws:ResourceTag/team": "shop",
    }


def test_a_grant_request_fills_the_grant_keys(keys: Keys, call: Any) -> None:
    given = {
        "KeyId": keys.key,
        "GranteePrincipal": ANN,
        "Operations": ["Decrypt"],
        "Constraints": {"EncryptionContextSubset": {"order": "42"}},
    }
    (check,) = checks_of(call("kms", "CreateGrant", **given))
    assert {
        name: value
        for name, value in check.context.items()
        if "Grant" in name or "EncryptionContext" in name
    } == {
        "kms:EncryptionContext:order": "42",
        "kms:EncryptionContextKeys": ["order"],
        "kms:GrantConstraintType": "EncryptionContextSubset",
        "kms:GrantIsForAWSResource": "false",
        "kms:GrantOperations": ["Decrypt"],
        "kms:GranteePrincipal": ANN,
    }


def decide(check: Check, *identity: Any) -> str:
    request = Request(ANN, check.action, check.resource, check.resource_account, check.context)
    return evaluate(request, Policies(identity=identity, resource=check.resource_policy)).effect


ORDER_42 = {"EncryptionContextEquals": {"Order": "42"}}
GRANTS: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "a grant allows by itself": ({"operations": ["Decrypt"]}, {}, "Allow"),
    "another operation": ({"operations": ["Encrypt"]}, {}, "ImplicitDeny"),
    "another grantee": (
        {"operations": ["Decrypt"], "grantee": "arn:aws:iam::123456789012:user/bob"},
        {},
        "ImplicitDeny",
    ),
    "Equals: the same context, names without case": (
        {"operations": ["Decrypt"], "Constraints": ORDER_42},
        {"order": "42"},
        "Allow",
    ),
    "Equals: one pair more": (
        {"operations": ["Decrypt"], "Constraints": ORDER_42},
        {"order": "42", "shop": "1"},
        "ImplicitDeny",
    ),
    "Subset: one pair more": (
        {
            "operations": ["Decrypt"],
            "Constraints": {"EncryptionContextSubset": {"order": "42"}},
        },
        {"order": "42", "shop": "1"},
        "Allow",
    ),
    "Subset: another value": (
        {
            "operations": ["Decrypt"],
            "Constraints": {"EncryptionContextSubset": {"order": "42"}},
        },
        {"order": "43"},
        "ImplicitDeny",
    ),
}


@pytest.mark.parametrize(("grant", "context", "effect"), GRANTS.values(), ids=GRANTS)
def test_grants(
    keys: Keys, call: Any, grant: dict[str, Any], context: dict[str, str], effect: str
) -> None:
    keys.grant(**grant)
    given = {"CiphertextBlob": keys.ciphertext, "EncryptionContext": context}
    (check,) = checks_of(call("kms", "Decrypt", **given))
    assert decide(check) == effect


def test_a_constraint_leaves_describe_key_alone(keys: Keys, call: Any) -> None:
    keys.grant(["DescribeKey"], Constraints=ORDER_42)
    (check,) = checks_of(call("kms", "DescribeKey", KeyId=keys.key))
    assert decide(check) == "Allow"


def test_an_explicit_deny_beats_a_grant(keys: Keys, call: Any) -> None:
    keys.grant(["Decrypt"])
    (check,) = checks_of(call("kms", "Decrypt", CiphertextBlob=keys.ciphertext))
    deny = {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}
    assert decide(check, {"Version": "2012-10-17", "Statement": [deny]}) == "ExplicitDeny"


@pytest.mark.parametrize(
    ("given", "effect"),
    [
        ({"operations": ["Decrypt"], "RetiringPrincipal": ANN}, "Allow"),
        ({"operations": ["Decrypt", "RetireGrant"]}, "Allow"),
        ({"operations": ["Decrypt"]}, "ImplicitDeny"),
    ],
    ids=["retiring principal", "grantee with RetireGrant", "grantee without RetireGrant"],
)
def test_who_may_retire_a_grant(keys: Keys, call: Any, given: dict[str, Any], effect: str) -> None:
    token = keys.grant(**given)["GrantToken"]
    (check,) = checks_of(call("kms", "RetireGrant", GrantToken=token))
    assert check.resource == keys.key
    assert decide(check) == effect


@pytest.mark.parametrize(
    ("operation", "given", "effect"),
    [
        ("DescribeKey", {}, "Allow"),
        ("GetKeyRotationStatus", {}, "Allow"),
        ("ListGrants", {}, "Allow"),
        ("RevokeGrant", {"GrantId": "x"}, "Allow"),
        ("GetKeyPolicy", {}, "ImplicitDeny"),
        ("PutKeyPolicy", {"Policy": "{}"}, "ImplicitDeny"),
        ("DisableKey", {}, "ImplicitDeny"),
        ("ScheduleKeyDeletion", {}, "ImplicitDeny"),
        ("TagResource", {"Tags": TAGS}, "ImplicitDeny"),
    ],
)
def test_across_accounts_a_permission_counts_for_some_operations_only(
    keys: Keys, call: Any, operation: str, given: dict[str, Any], effect: str
) -> None:
    visitor = "arn:aws:iam::444455556666:user/visitor"
    statements = [
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": who}}
        for who in ("123456789012", "444455556666")
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    keys.kms.put_key_policy(KeyId=keys.key, PolicyName="default", Policy=text)
    about = {"_account": "444455556666", "_principal": visitor}
    (check,) = checks_of(call("kms", operation, KeyId=keys.key, **given, **about))
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policies = Policies(
        identity=[{"Version": "2012-10-17", "Statement": [everything]}],
        resource=check.resource_policy,
    )
    request = Request(visitor, check.action, check.resource, check.resource_account, check.context)
    assert evaluate(request, policies).effect == effect


def test_a_key_that_is_not_there_is_left_to_iam(keys: Keys, call: Any) -> None:
    (check,) = checks_of(call("kms", "DescribeKey", KeyId="gone"))
    allow = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    assert decide(check, {"Version": "2012-10-17", "Statement": [allow]}) == "Allow"
    assert decide(check) == "ImplicitDeny"


def test_the_trail_names_the_key(keys: Keys, call: Any) -> None:
    named = {"ARN": keys.key, "accountId": "123456789012", "type": "AWS::KMS::Key"}
    assert resources_of(call("kms", "DescribeKey", KeyId="alias/shop")) == [named]
    assert resources_of(call("kms", "Decrypt", CiphertextBlob=keys.ciphertext)) == [named]
    assert resources_of(call("kms", "ListKeys")) == []
