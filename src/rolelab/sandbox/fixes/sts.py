"""STS: who is calling, and temporary credentials that are real.

moto hands out the same fixed credentials for GetSessionToken and GetFederationToken, checks
neither durations nor session policies, forgets tags and source identity, and answers
GetCallerIdentity for unknown keys.

By the time a fix runs, the gate has decided whether the caller may make the session at all: the
role's trust policy is in its hands.

AWS pages: *AWS Security Token Service API Reference*, *Compare AWS STS credentials*.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox import principals, sessions
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import (
    FIXES,
    Answer,
    constraints,
    fix,
    sts_authorization_messages,
    sts_saml,
    sts_web_identity,
)
from rolelab.sandbox.fixes.iam_errors import access_denied, validation_error
from rolelab.sandbox.fixes.sts_requests import (
    ONE_HOUR,
    TWELVE_HOURS,
    calling_session,
    duration,
    existing_role,
    role_session_answer,
    session_policies,
    session_tags,
    with_mfa,
)
from rolelab.sandbox.sessions import Session


@fix("sts", "AssumeRole")
def assume_role(call: Call, response: Any, serve: Any) -> Answer:
    """Make a role session within the limits of the role, the chain and the session policies."""
    if call.principal.endswith(":root"):
        raise access_denied("Roles may not be assumed by root accounts.")
    wanted, caller = call.parameters, calling_session(response)
    role = existing_role(call)
    # Measured, and wider than *Roles terms and concepts* says: credentials of GetSessionToken
    # count as a link of the chain too.
    if caller is not None and wanted.get("DurationSeconds", ONE_HOUR) > ONE_HOUR:
        raise validation_error(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining."
        )
    seconds = duration(call, int(role.max_session_duration))
    policies = session_policies(call, role.account_id)
    tags = session_tags(wanted.get("Tags", ()), wanted.get("TransitiveTagKeys", ()), caller)
    # The code counts for the role's trust policy only: a role session carries no MFA of its own
    # (*Secure API access with MFA*).
    with_mfa(call)
    session = sessions.issue(
        "assumed-role",
        issuer_arn=role.arn,
        name=str(wanted["RoleSessionName"]),
        duration=seconds,
        policies=policies.inline,
        policy_arns=policies.arns,
        tags=tags.tags,
        transitive_tag_keys=tags.transitive,
        source_identity=_source_identity(call, caller),
        chained=caller is not None and caller.kind == "assumed-role",
    )
    return role_session_answer(session, policies.packed)


@fix("sts", "GetSessionToken")
def get_session_token(call: Call, response: Any, serve: Any) -> Answer:
    """Make temporary credentials of a user, or of the root user, for a user's own keys only."""
    if calling_session(response) is not None:
        raise access_denied("Cannot call GetSessionToken with session credentials")
    mfa = with_mfa(call)
    session = sessions.issue(
        "session-token",
        issuer_arn=call.principal,
        duration=_seconds_of_long_term_caller(call),
        mfa=mfa,
    )
    return Answer({"Credentials": session.credentials})


@fix("sts", "GetFederationToken")
def get_federation_token(call: Call, response: Any, serve: Any) -> Answer:
    """Make a federated user's credentials, for a user's own keys only."""
    if calling_session(response) is not None:
        raise access_denied("Cannot call GetFederationToken with session credentials")
    name = str(call.parameters["Name"])
    policies = session_policies(call, call.account)
    tags = session_tags(call.parameters.get("Tags", ()), (), None)
    session = sessions.issue(
        "federated-user",
        issuer_arn=call.principal,
        name=name,
        duration=_seconds_of_long_term_caller(call),
        policies=policies.inline,
        policy_arns=policies.arns,
        tags=tags.tags,
    )
    return Answer(
        {
            "Credentials": session.credentials,
            "FederatedUser": {
                "FederatedUserId": session.principal_id,
                "Arn": session.principal_arn,
            },
            "PackedPolicySize": policies.packed or 0,
        }
    )


@fix("sts", "GetCallerIdentity")
def get_caller_identity(call: Call, response: Any, serve: Any) -> Answer:
    """Say who calls: a user, a role session, a federated user or the root user."""
    return Answer(
        {
            "UserId": call.context.get("aws:userid", call.account),
            "Account": call.account,
            "Arn": call.principal,
        }
    )


@fix("sts", "GetAccessKeyInfo")
def get_access_key_info(call: Call, response: Any, serve: Any) -> Answer:
    """Say whose account a key belongs to. moto answers the caller's own for a key it lacks."""
    wanted = str(call.parameters["AccessKeyId"])
    found = principals.key_of(wanted)
    if found is None:
        # *GetAccessKeyInfo* says that a deleted key may be an error, and not which.
        raise validation_error(f"The access key {wanted} does not exist.")
    return Answer({"Account": found.account})


def _source_identity(call: Call, caller: Session | None) -> str | None:
    """The source identity, which a chain hands on and cannot change.

    AWS page: *Monitor and control actions taken with assumed roles*. The sentence is ours.
    """
    asked: str | None = call.parameters.get("SourceIdentity")
    inherited = caller.source_identity if caller is not None else None
    if asked is not None and inherited is not None and asked != inherited:
        raise access_denied(
            f"The source identity {inherited} is already set in this session and cannot be changed."
        )
    return asked or inherited


def _seconds_of_long_term_caller(call: Call) -> int:
    """Up to 36 hours for a user (12 by default); the root user gets an hour at most."""
    asked = call.parameters.get("DurationSeconds")
    if call.principal.endswith(":root"):
        return min(asked or ONE_HOUR, ONE_HOUR)
    return int(asked or TWELVE_HOURS)


PARTS = (sts_authorization_messages, sts_saml, sts_web_identity)
"""The files that hold the federated operations, and what decodes authorization messages."""

# Before all else: the limits of the parameters.
for _operation in (
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "DecodeAuthorizationMessage",
    "GetAccessKeyInfo",
    "GetFederationToken",
    "GetSessionToken",
):
    FIXES["sts", _operation].insert(0, constraints.well_formed)
