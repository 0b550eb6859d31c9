"""Assuming a role with a token of an identity provider.

The caller signs nothing. Its principal is the identity provider, and it has no policies of its
own, so that the role's trust policy decides alone. Signatures are not checked here: that a token
is genuine is no question of permissions.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from rolelab.sandbox.operations.check import Check, Unanswerable, Value
from rolelab.sandbox.operations.iam_entities import tags_of
from rolelab.sandbox.operations.row import tag_context
from rolelab.sandbox.resource_policies import account_of
from rolelab.sandbox.resource_policies.iam import trust_policy

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call


@dataclass(frozen=True, slots=True)
class Federation:
    """What a token says about the session it asks for.

    Attributes:
        action: the action of the call.
        principal: the identity provider, as a trust policy's Federated principal names it.
        keys: the condition keys that come from the token.
        tags: the session tags in the token.
        transitive: the keys of those tags that pass on to chained sessions.
        source_identity: the source identity in the token.
    """

    action: str
    principal: str
    keys: Mapping[str, Value]
    tags: Mapping[str, str]
    transitive: tuple[str, ...]
    source_identity: str | None


# Claims of a web identity token -> what the condition key is called after the provider's name.
# Page: *IAM and AWS STS condition context keys*, keys for web identity federation.
_PLAIN_CLAIMS = ("aud", "sub", "amr", "email", "oaud")
_TAGS_CLAIM = "https://aws.amazon.com/tags"
_SOURCE_IDENTITY_CLAIM = "https://aws.amazon.com/source_identity"


def claims_of(token: str) -> dict[str, Any]:
    """Read the claims of a web identity token (a JWT), without checking its signature.

    Raises:
        Unanswerable: it is no JWT. Page: *AssumeRoleWithWebIdentity*, InvalidIdentityToken.
    """
    parts = token.split(".")
    try:
        body = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = json.loads(body)
    except (IndexError, ValueError, binascii.Error) as error:
        raise _no_token() from error
    if not isinstance(claims, dict):
        raise _no_token()
    return claims


def _no_token() -> Unanswerable:
    return Unanswerable(
        "InvalidIdentityToken", "The web identity token that was passed could not be parsed."
    )


def provider_of(call: Call, claims: Mapping[str, Any]) -> tuple[str, str]:
    """Give the name of the identity provider and the principal it is in a trust policy.

    Returns:
        `("token.actions.githubusercontent.com", "arn:aws:iam::...:oidc-provider/token...")`;
        the name twice for the providers that AWS knows by name (Login with Amazon, Facebook,
        Google, Cognito).
    """
    by_name = call.parameters.get("ProviderId")
    if by_name:
        return str(by_name), str(by_name)
    issuer = str(claims.get("iss", ""))
    name = issuer.partition("://")[2] or issuer
    if name in {"accounts.google.com", "cognito-identity.amazonaws.com"}:
        return name, name
    account = account_of(str(call.parameters.get("RoleArn", ""))) or call.account
    return name, f"arn:{call.partition}:iam::{account}:oidc-provider/{name}"


def with_web_identity(call: Call) -> Iterable[Check]:
    """Give the checks of AssumeRoleWithWebIdentity.

    Raises:
        Unanswerable: the token is no JWT.

    Page: *Create a role for OpenID Connect federation*; for tags in a token *Pass session tags*.
    """
    # The tokens of Login with Amazon and Facebook, which ProviderId names, are no JWTs.
    by_name = call.parameters.get("ProviderId")
    claims = {} if by_name else claims_of(str(call.parameters.get("WebIdentityToken", "")))
    name, principal = provider_of(call, claims)
    context: dict[str, Value] = {
        f"{name}:{claim}": _text(claims[claim]) for claim in _PLAIN_CLAIMS if claim in claims
    }
    context["sts:RoleSessionName"] = str(call.parameters.get("RoleSessionName", ""))
    tags = _mapping(claims.get(_TAGS_CLAIM))
    session = {key: _first(value) for key, value in _mapping(tags.get("principal_tags")).items()}
    return _checks(
        call,
        Federation(
            action="sts:AssumeRoleWithWebIdentity",
            principal=principal,
            keys=context,
            tags=session,
            transitive=tuple(tags.get("transitive_tag_keys") or ()),
            source_identity=claims.get(_SOURCE_IDENTITY_CLAIM),
        ),
    )


_SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
_SAML_ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"


def with_saml(call: Call) -> Iterable[Check]:
    """Give the checks of AssumeRoleWithSAML.

    Raises:
        Unanswerable: the assertion is no XML.

    Page: *Configure SAML assertions for the authentication response*.
    """
    principal = str(call.parameters.get("PrincipalArn", ""))
    assertion = _assertion(str(call.parameters.get("SAMLAssertion", "")))
    attributes = _attributes(assertion)
    context = _saml_keys(assertion, principal)
    names = attributes.get(f"{_SAML_ATTRIBUTES}RoleSessionName")
    if names:
        context["sts:RoleSessionName"] = names[0]
    prefix = f"{_SAML_ATTRIBUTES}PrincipalTag:"
    session = {
        name.removeprefix(prefix): values[0]
        for name, values in attributes.items()
        if name.startswith(prefix) and values
    }
    return _checks(
        call,
        Federation(
            action="sts:AssumeRoleWithSAML",
            principal=principal,
            keys=context,
            tags=session,
            transitive=tuple(attributes.get(f"{_SAML_ATTRIBUTES}TransitiveTagKeys", ())),
            source_identity=_first(attributes.get(f"{_SAML_ATTRIBUTES}SourceIdentity")) or None,
        ),
    )


def _assertion(text: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(base64.b64decode(text))
    except (ElementTree.ParseError, ValueError) as error:
        raise Unanswerable("InvalidIdentityToken", "Invalid base64 SAMLResponse") from error


def _attributes(assertion: ElementTree.Element) -> dict[str, list[str]]:
    return {
        str(attribute.get("Name")): [
            (value.text or "").strip() for value in attribute.iter(f"{_SAML}AttributeValue")
        ]
        for attribute in assertion.iter(f"{_SAML}Attribute")
    }


def _saml_keys(assertion: ElementTree.Element, provider: str) -> dict[str, Value]:
    """Give the `saml:*` keys. Page: *IAM and AWS STS condition context keys*, SAML keys."""
    context: dict[str, Value] = {}
    subject = next(assertion.iter(f"{_SAML}NameID"), None)
    if subject is not None and subject.text:
        context["saml:sub"] = subject.text.strip()
        kind = (subject.get("Format") or "").rpartition(":")[2]
        if kind:
            context["saml:sub_type"] = kind
    issuer = next(assertion.iter(f"{_SAML}Issuer"), None)
    if issuer is not None and issuer.text:
        context["saml:iss"] = issuer.text.strip()
    confirmation = next(assertion.iter(f"{_SAML}SubjectConfirmationData"), None)
    recipient = None if confirmation is None else confirmation.get("Recipient")
    if recipient:
        context["saml:aud"] = recipient
    account = account_of(provider)
    if account:
        context["saml:doc"] = f"{account}/{provider.rpartition('/')[2]}"
    return context


def _checks(call: Call, federation: Federation) -> Iterable[Check]:
    """Give the checks of a federated principal. It has no policies: the trust policy decides.

    The keys of the token hold for every check: the examples of *Pass session tags in AWS STS*
    name the actions in one statement, under conditions on the token.
    """
    arn = str(call.parameters.get("RoleArn", "*"))
    known = trust_policy(arn)
    keys = {
        **federation.keys,
        **tags_of(call, arn),
        "aws:FederatedProvider": federation.principal,
    }
    tagging = tag_context(federation.tags)
    if federation.transitive:
        tagging["sts:TransitiveTagKeys"] = list(federation.transitive)
    identity: dict[str, Value] = {}
    if federation.source_identity:
        identity["sts:SourceIdentity"] = federation.source_identity
    asked = {federation.action: {**tagging, **identity}}
    if federation.tags:
        asked["sts:TagSession"] = tagging
    if identity:
        asked["sts:SetSourceIdentity"] = identity
    return tuple(
        Check(action, arn, known.account, {**keys, **given}, known.policy, federation.principal)
        for action, given in asked.items()
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _first(value: Any) -> str:
    if isinstance(value, list):
        return str(value[0]) if value else ""
    return "" if value is None else str(value)


def _text(value: Any) -> Value:
    return [str(entry) for entry in value] if isinstance(value, list) else str(value)
