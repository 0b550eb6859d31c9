"""STS."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from tests.sandbox.operations.samples import iam
from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, Sample

ONE_STATEMENT = "Pass session tags in AWS STS: its examples put the token's keys on both actions"


def _claims(**claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.c2lnbmF0dXJl"


ASSERTION = base64.b64encode(
    b"""<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol">
    <Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><Issuer>https://idp</Issuer>
    <Subject><NameID Format="urn:x:persistent">ann</NameID><SubjectConfirmation>
    <SubjectConfirmationData Recipient="https://signin.aws.amazon.com/saml"/>
    </SubjectConfirmation></Subject><AttributeStatement>
    <Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName">
    <AttributeValue>ann</AttributeValue></Attribute>
    <Attribute Name="https://aws.amazon.com/SAML/Attributes/PrincipalTag:team">
    <AttributeValue>shop</AttributeValue></Attribute>
    <Attribute Name="https://aws.amazon.com/SAML/Attributes/SourceIdentity">
    <AttributeValue>ann</AttributeValue></Attribute>
    </AttributeStatement></Assertion></Response>"""
).decode()


def _deviations() -> Iterator[tuple[tuple[str, str, str], str]]:
    saml = ("saml:doc", "saml:iss", "saml:sub", "saml:sub_type", "sts:RoleSessionName")
    oidc = ("accounts.google.com:aud", "accounts.google.com:sub", "sts:RoleSessionName")
    for operation, action, keys in (
        ("AssumeRoleWithSAML", "sts:SetSourceIdentity", (*saml, "saml:aud")),
        ("AssumeRoleWithSAML", "sts:TagSession", saml),
        ("AssumeRoleWithWebIdentity", "sts:SetSourceIdentity", oidc),
        ("AssumeRoleWithWebIdentity", "sts:TagSession", oidc),
    ):
        for key in keys:
            yield (operation, action, key), ONE_STATEMENT
    yield (
        (
            "GetFederationToken",
            "sts:TagSession",
            f"resource arn:aws:sts::{ACCOUNT}:federated-user/{NAME}",
        ),
        "Pass session tags in AWS STS: GetFederationToken tags the federated user's session",
    )


SAMPLE = Sample(
    prepare=iam.prepare,
    texts={
        "PrincipalArn": f"{iam.IAM}:saml-provider/{NAME}",
        "RoleArn": f"{iam.IAM}:role/team/{NAME}",
        "SAMLAssertion": ASSERTION,
        "SerialNumber": f"{iam.IAM}:mfa/{NAME}",
        "TargetPrincipal": ACCOUNT,
        "WebIdentityToken": _claims(
            iss="https://accounts.google.com",
            sub="1",
            aud="app",
            **{
                "https://aws.amazon.com/tags": {"principal_tags": {"team": ["shop"]}},
                "https://aws.amazon.com/source_identity": "ann",
            },
        ),
    },
    left_out=frozenset({"ProviderId"}),
    deviations=dict(_deviations()),
    asks_nothing=frozenset({"GetCallerIdentity", "GetSessionToken"}),
)
