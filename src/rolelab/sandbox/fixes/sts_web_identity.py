"""AssumeRoleWithWebIdentity: a role session for somebody an identity provider vouches for.

A token is signed by its issuer, and the issuer's keys are on the internet. The sandbox is offline:
**it does not verify the signature**. It takes a token whose claims fit: the issuer is an OIDC
provider of the account, the audience is one of the provider's client ids, and the token has not
expired. moto checks none of it.

AWS pages: *AssumeRoleWithWebIdentity* of the STS API Reference, *OIDC federation*, *Create an
OpenID Connect (OIDC) identity provider in IAM*. The pages name the codes; the sentences are those
AWS answers, as widely reported.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from rolelab.sandbox import sessions
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.sts_requests import (
    duration,
    existing_role,
    role_session_answer,
    session_policies,
    session_tags,
)
from rolelab.sandbox.operations.federation import claims_of, provider_of

_TAGS = "https://aws.amazon.com/tags"
_SOURCE_IDENTITY = "https://aws.amazon.com/source_identity"
_REQUIRED = ("iss", "aud", "exp", "sub")


@fix("sts", "AssumeRoleWithWebIdentity")
def assume_role_with_web_identity(call: Call, response: Any, serve: Any) -> Answer:
    """Make a role session from a web identity token whose claims fit the account's provider."""
    if call.parameters.get("ProviderId"):
        raise ServiceError(
            "IDPCommunicationError",
            "The sandbox is offline and cannot ask an OAuth 2.0 provider about an access token. "
            "Use an OpenID Connect token.",
        )
    role = existing_role(call)
    claims = claims_of(str(call.parameters["WebIdentityToken"]))
    audience = _check(claims, _provider(call, claims, role.account_id))
    tags = claims.get(_TAGS) or {}
    passed = [
        {"Key": key, "Value": str(value[0] if isinstance(value, list) else value)}
        for key, value in (tags.get("principal_tags") or {}).items()
    ]
    kept = session_tags(passed, tags.get("transitive_tag_keys") or (), None)
    policies = session_policies(call, role.account_id)
    session = sessions.issue(
        "assumed-role",
        issuer_arn=role.arn,
        name=str(call.parameters["RoleSessionName"]),
        duration=duration(call, int(role.max_session_duration)),
        policies=policies.inline,
        policy_arns=policies.arns,
        tags=kept.tags,
        transitive_tag_keys=kept.transitive,
        source_identity=claims.get(_SOURCE_IDENTITY),
        provider=provider_of(call, claims)[1],
    )
    return role_session_answer(
        session,
        policies.packed,
        SubjectFromWebIdentityToken=claims["sub"],
        Provider=claims["iss"],
        Audience=audience,
    )


def _provider(call: Call, claims: Mapping[str, Any], account: str) -> Any:
    """The account's OIDC provider for the token's issuer."""
    from moto.iam.models import iam_backends

    _, arn = provider_of(call, claims)
    found = iam_backends[account][call.partition].open_id_providers.get(arn)
    if found is None:
        raise _invalid(
            f"No OpenIDConnect provider found in your account for {claims.get('iss', '')}"
        )
    return found


def _check(claims: Mapping[str, Any], provider: Any) -> str:
    """Compare the claims with the provider; the result is the audience.

    AWS page: *Create an OpenID Connect (OIDC) identity provider in IAM*: the audience is the
    `azp` claim where a token has several.
    """
    for name in _REQUIRED:
        if name not in claims:
            raise _invalid(f"Missing a required claim: {name}")
    now, expires = int(time.time()), int(claims["exp"])
    if expires <= now:
        raise ServiceError(
            "ExpiredTokenException",
            f"Token expired: current date/time {now} must be before the expiration date/time "
            f"{expires}",
        )
    given = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    audience = str(claims["azp"] if "azp" in claims else given[0] if given else "")
    if audience not in provider.client_id_list:
        raise _invalid("Incorrect token audience")
    return audience


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidIdentityToken", message)
