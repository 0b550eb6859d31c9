"""Calls that no policy controls."""

from __future__ import annotations

from typing import Any

from .case import Case
from .names import CALLER_IDENTITY_API, ROOT, SESSION, SESSION_TOKEN_PERMISSIONS, USER
from .statements import deny, policy

DENY_ALL = [policy(deny())]


def call(rule: str, action: str, page: str, principal: str = USER, **policies: Any) -> Case:
    return Case(
        rule, page, {"principal": principal, "action": action, "resource": "*"}, policies, "Allow"
    )


IDENTITY, TOKEN = "sts:GetCallerIdentity", "sts:GetSessionToken"

CASES = (
    call("caller-identity-without-any-policy", IDENTITY, CALLER_IDENTITY_API),
    call(
        "caller-identity-despite-an-explicit-deny",
        IDENTITY,
        CALLER_IDENTITY_API,
        identity=[policy(deny(IDENTITY))],
    ),
    call(
        "caller-identity-despite-a-deny-of-everything",
        IDENTITY,
        CALLER_IDENTITY_API,
        identity=DENY_ALL,
    ),
    call("caller-identity-of-a-session", IDENTITY, CALLER_IDENTITY_API, SESSION, identity=DENY_ALL),
    call("caller-identity-of-the-root-user", IDENTITY, CALLER_IDENTITY_API, ROOT),
    call(
        "caller-identity-in-another-case",
        "STS:getcalleridentity",
        CALLER_IDENTITY_API,
        identity=DENY_ALL,
    ),
    call("session-token-without-any-policy", TOKEN, SESSION_TOKEN_PERMISSIONS),
    call(
        "session-token-despite-an-explicit-deny",
        TOKEN,
        SESSION_TOKEN_PERMISSIONS,
        identity=[policy(deny(TOKEN))],
    ),
)
