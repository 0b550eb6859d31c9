"""AssumeRoleWithSAML: a role session for somebody a SAML 2.0 identity provider vouches for.

The sandbox does not verify the assertion's signature. It takes an assertion whose contents fit:
the provider exists, its metadata names the issuer, the Role attribute pairs role and provider, and
the assertion has not expired. moto reads the session name and checks nothing.

AWS pages: *AssumeRoleWithSAML* of the STS API Reference, *Configure SAML assertions for the
authentication response*, *Troubleshoot SAML federation with IAM* (which has the sentences).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from rolelab.sandbox import sessions
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.iam_errors import access_denied
from rolelab.sandbox.fixes.sts_requests import (
    duration,
    existing_role,
    role_session_answer,
    session_policies,
    session_tags,
)

_SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
_ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
_NAME_ID_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an authentication response says.

    Attributes:
        subject: the NameID.
        subject_type: its format, without the SAML prefix.
        audience: the Recipient of the subject's confirmation.
        expires: when the subject's confirmation stops being valid, or None.
        session_expires: SessionNotOnOrAfter, or None.
        attributes: every attribute's values by its name, without AWS's prefix.
    """

    issuer: str
    subject: str
    subject_type: str
    audience: str
    expires: datetime | None
    session_expires: datetime | None
    attributes: Mapping[str, list[str]]

    def first(self, name: str) -> str | None:
        """The first value of an attribute."""
        return next(iter(self.attributes.get(name, ())), None)


@fix("sts", "AssumeRoleWithSAML")
def assume_role_with_saml(call: Call, response: Any, serve: Any) -> Answer:
    """Make a role session from a SAML assertion whose contents fit the account's provider."""
    role = existing_role(call)
    assertion = read(str(call.parameters["SAMLAssertion"]))
    arn = str(call.parameters["PrincipalArn"])
    _check(assertion, arn, role)
    prefix = "PrincipalTag:"
    passed = [
        {"Key": name.removeprefix(prefix), "Value": values[0]}
        for name, values in assertion.attributes.items()
        if name.startswith(prefix) and values
    ]
    kept = session_tags(passed, assertion.attributes.get("TransitiveTagKeys", ()), None)
    policies = session_policies(call, role.account_id)
    session = sessions.issue(
        "assumed-role",
        issuer_arn=role.arn,
        name=_session_name(assertion),
        duration=_seconds(call, assertion, int(role.max_session_duration)),
        policies=policies.inline,
        policy_arns=policies.arns,
        tags=kept.tags,
        transitive_tag_keys=kept.transitive,
        source_identity=assertion.first("SourceIdentity"),
        provider=arn,
    )
    return role_session_answer(
        session,
        policies.packed,
        Subject=assertion.subject,
        SubjectType=assertion.subject_type,
        Issuer=assertion.issuer,
        Audience=assertion.audience,
        NameQualifier=_name_qualifier(assertion.issuer, arn),
    )


def read(encoded: str) -> Assertion:
    """Read a base64 encoded authentication response.

    Raises:
        ServiceError: InvalidIdentityToken.
    """
    try:
        root = ElementTree.fromstring(base64.b64decode(encoded))
    except (ElementTree.ParseError, ValueError) as error:
        raise _invalid("Invalid base64 SAMLResponse") from error
    subject = root.find(f".//{_SAML}NameID")
    confirmation = root.find(f".//{_SAML}SubjectConfirmationData")
    authentication = root.find(f".//{_SAML}AuthnStatement")
    if subject is None or not subject.text:
        raise _refused()
    data = confirmation.attrib if confirmation is not None else {}
    return Assertion(
        issuer=(root.findtext(f".//{_SAML}Assertion/{_SAML}Issuer") or "").strip(),
        subject=subject.text.strip(),
        subject_type=subject.get("Format", "").removeprefix(_NAME_ID_FORMAT),
        audience=data.get("Recipient", ""),
        expires=_time(data.get("NotOnOrAfter")),
        session_expires=_time(
            authentication.get("SessionNotOnOrAfter") if authentication is not None else None
        ),
        attributes={
            str(attribute.get("Name")).removeprefix(_ATTRIBUTES): [
                (value.text or "").strip() for value in attribute.iter(f"{_SAML}AttributeValue")
            ]
            for attribute in root.iter(f"{_SAML}Attribute")
        },
    )


def _check(assertion: Assertion, provider_arn: str, role: Any) -> None:
    from moto.iam.models import iam_backends

    _, partition, _, _, account, _ = provider_arn.split(":", 5)
    providers = iam_backends[account][partition].saml_providers.values()
    provider = next((found for found in providers if found.arn == provider_arn), None)
    if provider is None:
        raise _invalid("Specified provider doesn't exist.")
    if assertion.issuer not in (provider.saml_metadata_document or ""):
        raise ServiceError(
            "AuthSamlInvalidSamlResponseException", "Issuer not present in specified provider"
        )
    pairs = [set(map(str.strip, pair.split(","))) for pair in assertion.attributes.get("Role", ())]
    if not pairs:
        raise _invalid("Your request included an invalid SAML response.")
    if {role.arn, provider_arn} not in pairs:
        raise _refused()
    if assertion.expires is not None and assertion.expires <= datetime.now(UTC):
        raise ServiceError(
            "ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance"
        )


def _session_name(assertion: Assertion) -> str:
    name = assertion.first("RoleSessionName")
    if name is None:
        raise _invalid("RoleSessionName is required in AuthnResponse")
    if not _NAME.fullmatch(name):
        raise _invalid("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
    return name


def _seconds(call: Call, assertion: Assertion, longest: int) -> int:
    """The duration asked for, or the rest of the provider's own session if that is shorter."""
    seconds = duration(call, longest)
    if assertion.session_expires is None:
        return seconds
    rest = int((assertion.session_expires - datetime.now(UTC)).total_seconds())
    return max(0, min(seconds, rest))


def _name_qualifier(issuer: str, provider_arn: str) -> str:
    """BASE64(SHA1(issuer + account + "/" + provider)), as *AssumeRoleWithSAML* shows."""
    account, name = provider_arn.split(":")[4], provider_arn.rpartition("/")[2]
    digest = hashlib.sha1(f"{issuer}{account}/{name}".encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidIdentityToken", message)


def _refused() -> ServiceError:
    return access_denied("Not authorized to perform sts:AssumeRoleWithSAML")
