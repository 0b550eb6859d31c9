"""What the operations of STS ask.

Page: *Actions, resources, and condition keys for AWS Security Token Service*.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from rolelab.sandbox.operations.check import Check, Unanswerable, Value
from rolelab.sandbox.operations.iam_entities import tags_of
from rolelab.sandbox.operations.row import Derived, Open, Row, Table
from rolelab.sandbox.resource_policies import account_of, owned_by_account_in_arn, trust_policy

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

ROLE = "{RoleArn}"
FEDERATED_USER = "arn:{partition}:sts::{account}:federated-user/{Name}"
SOURCE_IDENTITY: Mapping[str, Any] = {
    "sts:SourceIdentity": lambda call: _source_identity(call),
}
SESSION: Mapping[str, str] = {
    "sts:ExternalId": "ExternalId",
    "sts:RoleSessionName": "RoleSessionName",
    "sts:TransitiveTagKeys": "TransitiveTagKeys",
}


def _source_identity(call: Call) -> Value | None:
    """Give the source identity of the new session: the one asked for, or the inherited one."""
    asked = call.parameters.get("SourceIdentity")
    return asked or call.context.get("aws:SourceIdentity")


def _has_source_identity(call: Call) -> bool:
    return bool(_source_identity(call))


def _root_of_target(call: Call) -> str:
    target = str(call.parameters.get("TargetPrincipal", ""))
    if target.startswith("arn:"):
        return target
    return f"arn:{call.partition}:iam::{target}:root" if target else "*"


# Claims of a web identity token -> what the condition key is called after the provider's name.
# Page: *IAM and AWS STS condition context keys*, keys for web identity federation.
_PLAIN_CLAIMS = ("aud", "sub", "amr", "email", "oaud")
_PROVIDER_NAMES: Mapping[str, str] = {"https://accounts.google.com": "accounts.google.com"}
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


def _with_web_identity(call: Call) -> Iterable[Check]:
    claims = claims_of(str(call.parameters.get("WebIdentityToken", "")))
    name, principal = provider_of(call, claims)
    context: dict[str, Value] = {
        f"{name}:{claim}": _text(claims[claim]) for claim in _PLAIN_CLAIMS if claim in claims
    }
    context["aws:FederatedProvider"] = principal
    context["sts:RoleSessionName"] = str(call.parameters.get("RoleSessionName", ""))
    tags = claims.get(_TAGS_CLAIM) or {}
    session = {key: _first(value) for key, value in (tags.get("principal_tags") or {}).items()}
    transitive = list(tags.get("transitive_tag_keys") or ())
    identity = claims.get(_SOURCE_IDENTITY_CLAIM)
    yield from _federated(
        call, "sts:AssumeRoleWithWebIdentity", principal, context, session, transitive, identity
    )


_SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
_SAML_ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"


def _with_saml(call: Call) -> Iterable[Check]:
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
    transitive = attributes.get(f"{_SAML_ATTRIBUTES}TransitiveTagKeys", [])
    identity = _first(attributes.get(f"{_SAML_ATTRIBUTES}SourceIdentity"))
    context["aws:FederatedProvider"] = principal
    yield from _federated(
        call, "sts:AssumeRoleWithSAML", principal, context, session, transitive, identity
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


def _federated(
    call: Call,
    action: str,
    principal: str,
    context: dict[str, Value],
    tags: Mapping[str, str],
    transitive: list[str],
    source_identity: str | None,
) -> Iterable[Check]:
    """Give the checks of a federated principal, which has no policies: the trust decides."""
    arn = str(call.parameters.get("RoleArn", "*"))
    known = trust_policy(arn)
    context = {**context, **tags_of(call, arn)}
    tagging: dict[str, Value] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    if tags:
        tagging["aws:TagKeys"] = list(tags)
    if transitive:
        tagging["sts:TransitiveTagKeys"] = list(transitive)
    identity: dict[str, Value] = {"sts:SourceIdentity": source_identity} if source_identity else {}
    asked = [action, *(["sts:TagSession"] if tags else ())]
    asked += ["sts:SetSourceIdentity"] if source_identity else ()
    for one in asked:
        yield Check(
            one, arn, known.account, {**context, **tagging, **identity}, known.policy, principal
        )


def _first(value: Any) -> str:
    if isinstance(value, list):
        return str(value[0]) if value else ""
    return "" if value is None else str(value)


def _text(value: Any) -> Value:
    return [str(entry) for entry in value] if isinstance(value, list) else str(value)


def _trail(call: Call) -> list[dict[str, str]]:
    arn = str(call.parameters.get("RoleArn", ""))
    if not arn:
        return []
    return [{"ARN": arn, "accountId": account_of(arn) or call.account, "type": "AWS::IAM::Role"}]


TABLE = Table(
    context=(tags_of,),
    attached=owned_by_account_in_arn,
    trail=_trail,
    rows=(
        Row(
            "AssumeRole",
            "sts:AssumeRole",
            ROLE,
            keys={**SESSION, **SOURCE_IDENTITY},
            request_tags="Tags",
            attached=trust_policy,
        ),
        # Page: *Pass session tags in AWS STS*: the trust policy has to allow TagSession too.
        Row(
            "AssumeRole",
            "sts:TagSession",
            ROLE,
            keys={"sts:TransitiveTagKeys": "TransitiveTagKeys"},
            request_tags="Tags",
            attached=trust_policy,
            when="Tags",
        ),
        # Page: *Monitor and control actions taken with assumed roles*.
        Row(
            "AssumeRole",
            "sts:SetSourceIdentity",
            ROLE,
            keys=SOURCE_IDENTITY,
            attached=trust_policy,
            when=_has_source_identity,
        ),
        Row(
            "AssumeRole",
            "sts:SetContext",
            ROLE,
            keys={
                "sts:RequestContextProviders": lambda call: [
                    given.get("ProviderArn", "") for given in call.parameters["ProvidedContexts"]
                ]
            },
            attached=trust_policy,
            when="ProvidedContexts",
        ),
        Derived(
            "AssumeRoleWithWebIdentity",
            _with_web_identity,
            actions=(
                "sts:AssumeRoleWithWebIdentity",
                "sts:TagSession",
                "sts:SetSourceIdentity",
            ),
        ),
        Derived(
            "AssumeRoleWithSAML",
            _with_saml,
            actions=("sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"),
        ),
        Row(
            "AssumeRoot",
            "sts:AssumeRoot",
            _root_of_target,
            keys={"sts:TaskPolicyArn": "TaskPolicyArn.arn"},
        ),
        Row(
            "GetFederationToken",
            "sts:GetFederationToken",
            FEDERATED_USER,
            request_tags="Tags",
        ),
        Row(
            "GetFederationToken",
            "sts:TagSession",
            FEDERATED_USER,
            request_tags="Tags",
            when="Tags",
        ),
        Row(
            "GetWebIdentityToken",
            "sts:GetWebIdentityToken",
            keys={
                "sts:DurationSeconds": "DurationSeconds",
                "sts:IdentityTokenAudience": "Audience",
                "sts:SigningAlgorithm": "SigningAlgorithm",
            },
            request_tags="Tags",
        ),
        Row(
            "GetWebIdentityToken",
            "sts:TagGetWebIdentityToken",
            request_tags="Tags",
            when="Tags",
        ),
        Row("DecodeAuthorizationMessage", "sts:DecodeAuthorizationMessage"),
        Row("GetAccessKeyInfo", "sts:GetAccessKeyInfo"),
        Row("GetDelegatedAccessToken", "sts:GetDelegatedAccessToken"),
        Open("GetCallerIdentity", page="GetCallerIdentity: No permissions are required"),
        Open("GetSessionToken", page="GetSessionToken: No permissions are required for users"),
    ),
)
