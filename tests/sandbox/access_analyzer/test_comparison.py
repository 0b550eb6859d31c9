"""Custom policy checks.

Pages: *CheckNoNewAccess*, *CheckAccessNotGranted*, *CheckNoPublicAccess* (IAM Access Analyzer API
Reference).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolelab.sandbox.access_analyzer.comparison import (
    granted,
    new_access,
    public,
    statements_of,
)

B = "arn:aws:s3:::b"
Statements = list[dict[str, Any]]


def allow(action: Any, resource: Any = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(action: Any, resource: Any = "*", **elements: Any) -> dict[str, Any]:
    return {**allow(action, resource, **elements), "Effect": "Deny"}


def read(statements: Statements, kind: str = "identity") -> Any:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return statements_of(text, kind)


def when(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {"Condition": {operator: {key: list(values)}}}


NONE: list[int] = []
COMPARED: dict[str, tuple[Statements, Statements, list[int]]] = {
    "the same": ([allow("s3:Get*", B)], [allow("s3:Get*", B)], NONE),
    "fewer actions": ([allow("s3:GetObject")], [allow("s3:Get*")], NONE),
    "more actions": ([allow("s3:*")], [allow("s3:Get*")], [0]),
    "fewer resources": ([allow("s3:Get*", f"{B}/a")], [allow("s3:Get*", f"{B}/*")], NONE),
    "more resources": ([allow("s3:Get*")], [allow("s3:Get*", f"{B}/*")], [0]),
    "the statement that is new": (
        [allow("s3:GetObject"), allow("iam:PassRole")],
        [allow("s3:Get*")],
        [1],
    ),
    "split over statements": (
        [allow(["s3:GetObject", "s3:PutObject"])],
        [allow("s3:GetObject"), allow("s3:PutObject")],
        NONE,
    ),
    "a condition that goes": (
        [allow("s3:*")],
        [allow("s3:*", **when("Bool", "aws:SecureTransport", "true"))],
        [0],
    ),
    "a condition that comes": (
        [allow("s3:*", **when("Bool", "aws:SecureTransport", "true"))],
        [allow("s3:*")],
        NONE,
    ),
    "fewer values of a condition": (
        [allow("s3:*", **when("StringEquals", "aws:username", "ann"))],
        [allow("s3:*", **when("StringEquals", "aws:username", "ann", "bob"))],
        NONE,
    ),
    "more values of a condition": (
        [allow("s3:*", **when("StringEquals", "aws:username", "ann", "bob"))],
        [allow("s3:*", **when("StringEquals", "aws:username", "ann"))],
        [0],
    ),
    "fewer values of a negated condition": (
        [allow("s3:*", **when("StringNotEquals", "aws:username", "ann"))],
        [allow("s3:*", **when("StringNotEquals", "aws:username", "ann", "bob"))],
        [0],
    ),
    "a deny that goes": ([allow("s3:*")], [allow("s3:*"), deny("s3:Put*")], [0]),
    "a deny that stays": (
        [allow("s3:*"), deny("s3:Put*")],
        [allow("s3:*"), deny("s3:Put*")],
        NONE,
    ),
    "a deny about something else goes": (
        [allow("s3:GetObject")],
        [allow("s3:*"), deny("s3:Put*")],
        NONE,
    ),
    "what is denied at once is no access": (
        [allow("s3:*"), deny("s3:*")],
        [allow("iam:*")],
        NONE,
    ),
    "a deny with a condition takes nothing back": (
        [allow("s3:*"), deny("s3:*", **when("Bool", "aws:SecureTransport", "false"))],
        [allow("iam:*")],
        [0],
    ),
    "more is left out": (
        [{"Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "*"}],
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        NONE,
    ),
    "less is left out": (
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        [{"Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "*"}],
        [0],
    ),
    "an action that was not left out": (
        [allow("sqs:*")],
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        NONE,
    ),
    "an action that was left out": (
        [allow("iam:Get*")],
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        [0],
    ),
    "everything but": (
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        [allow("*")],
        NONE,
    ),
}


@pytest.mark.parametrize(("new", "existing", "found"), COMPARED.values(), ids=COMPARED)
def test_new_access(new: Statements, existing: Statements, found: list[int]) -> None:
    assert new_access(read(new), read(existing)) == found


def shared(*principals: Any) -> Statements:
    return [allow("s3:GetObject", f"{B}/*", Principal={"AWS": list(principals)})]


ANN = "arn:aws:iam::123456789012:user/ann"
PRINCIPALS: dict[str, tuple[Statements, Statements, list[int]]] = {
    "a principal of an account": (shared(ANN), shared("123456789012"), NONE),
    "by the ARN of its root": (shared(ANN), shared("arn:aws:iam::123456789012:root"), NONE),
    "an account for a principal": (shared("123456789012"), shared(ANN), [0]),
    "another account": (shared("222233334444"), shared("123456789012"), [0]),
    "everybody": (shared("*"), shared("123456789012"), [0]),
    "somebody instead of everybody": (shared(ANN), shared("*"), NONE),
}


@pytest.mark.parametrize(("new", "existing", "found"), PRINCIPALS.values(), ids=PRINCIPALS)
def test_new_principals(new: Statements, existing: Statements, found: list[int]) -> None:
    assert new_access(read(new, "resource"), read(existing, "resource")) == found


GRANTED: dict[str, tuple[Statements, list[str], list[str], list[int]]] = {
    "by name": ([allow("s3:PutObject")], ["s3:PutObject"], [], [0]),
    "by a wildcard": ([allow("s3:*")], ["s3:PutObject"], [], [0]),
    "not": ([allow("s3:Get*")], ["s3:PutObject"], [], NONE),
    "on this resource": ([allow("s3:*", f"{B}/*")], ["s3:PutObject"], [f"{B}/a"], [0]),
    "on another": ([allow("s3:*", f"{B}/*")], ["s3:PutObject"], ["arn:aws:s3:::c/a"], NONE),
    "on resources, whatever the action": ([allow("s3:*", f"{B}/*")], [], [f"{B}/a"], [0]),
    "with a condition, perhaps": (
        [allow("s3:*", **when("Bool", "aws:SecureTransport", "true"))],
        ["s3:PutObject"],
        [],
        [0],
    ),
    "denied": ([allow("s3:*"), deny("s3:Put*")], ["s3:PutObject"], [], NONE),
    "denied elsewhere": ([allow("s3:*"), deny("s3:Put*", B)], ["s3:PutObject"], [], [0]),
    "denied on a condition": (
        [allow("s3:*"), deny("s3:*", **when("Bool", "aws:SecureTransport", "false"))],
        ["s3:PutObject"],
        [],
        [0],
    ),
    "left out": (
        [{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}],
        ["s3:PutObject"],
        [],
        NONE,
    ),
    "not left out": (
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        ["s3:PutObject"],
        [],
        [0],
    ),
    "one of several": ([allow("s3:GetObject")], ["iam:PassRole", "s3:GetObject"], [], [0]),
    "what is asked has a wildcard": ([allow("s3:GetObject")], ["s3:*"], [], [0]),
}


@pytest.mark.parametrize(
    ("statements", "actions", "resources", "found"), GRANTED.values(), ids=GRANTED
)
def test_access_granted(
    statements: Statements, actions: list[str], resources: list[str], found: list[int]
) -> None:
    assert granted(read(statements), actions, resources) == found


PUBLIC: dict[str, tuple[Statements, list[int]]] = {
    "an account": (shared("123456789012"), NONE),
    "everybody": (shared("*"), [0]),
    "everybody of an organization": (
        [
            allow(
                "s3:GetObject",
                f"{B}/*",
                Principal="*",
                **when("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
            )
        ],
        NONE,
    ),
    "the one of several": ([*shared("123456789012"), *shared("*")], [1]),
}


@pytest.mark.parametrize(("statements", "found"), PUBLIC.values(), ids=PUBLIC)
def test_public_access(statements: Statements, found: list[int]) -> None:
    assert public(read(statements, "resource")) == found
