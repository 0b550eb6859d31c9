"""AssumeRoleWithSAML, through boto3.

AWS pages: *Configure SAML assertions for the authentication response*, *Troubleshoot SAML
federation with IAM*.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from rolelab.sandbox import sessions
from tests.sandbox.fixes.policies import ACCOUNT, own, trust
from tests.sandbox.fixes.signing_in import client

Refused = Callable[..., tuple[str, str]]

ISSUER = "https://idp.example.com"
ROLE, PROVIDER = own("staff", "role"), own("idp", "saml-provider")
NAMES = "https://aws.amazon.com/SAML/Attributes/"


def assertion(
    *, issuer: str = ISSUER, until: str = "2099-01-01T00:00:00Z", **attributes: str | None
) -> str:
    """An encoded authentication response; None takes an attribute away."""
    full = {"Role": f"{ROLE},{PROVIDER}", "RoleSessionName": "alice", **attributes}
    written = "".join(
        f'<a:Attribute Name="{NAMES}{name.replace("__", ":")}">'
        f"<a:AttributeValue>{value}</a:AttributeValue></a:Attribute>"
        for name, value in full.items()
        if value is not None
    )
    text = f"""<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"
        xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion"><a:Assertion>
        <a:Issuer>{issuer}</a:Issuer>
        <a:Subject>
          <a:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">42</a:NameID>
          <a:SubjectConfirmation><a:SubjectConfirmationData NotOnOrAfter="{until}"
            Recipient="https://signin.aws.amazon.com/saml"/></a:SubjectConfirmation>
        </a:Subject>
        <a:AttributeStatement>{written}</a:AttributeStatement>
        </a:Assertion></p:Response>"""
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def sts(sandbox: object) -> Any:
    """STS, called by somebody without AWS credentials."""
    iam = boto3.client("iam")
    metadata = f'<EntityDescriptor entityID="{ISSUER}"/>'.ljust(1000)
    iam.create_saml_provider(Name="idp", SAMLMetadataDocument=metadata)
    document = trust(
        Principal={"Federated": PROVIDER}, Action=["sts:AssumeRoleWithSAML", "sts:TagSession"]
    )
    iam.create_role(RoleName="staff", AssumeRolePolicyDocument=document)
    return boto3.client("sts", config=Config(signature_version=UNSIGNED))


def ask(sts: Any, saml: str) -> dict[str, Any]:
    return dict(sts.assume_role_with_saml(RoleArn=ROLE, PrincipalArn=PROVIDER, SAMLAssertion=saml))


def test_an_assertion_of_the_accounts_provider_makes_a_session(sts: Any) -> None:
    answer = ask(sts, assertion())
    assert (answer["Subject"], answer["SubjectType"]) == ("42", "persistent")
    assert (answer["Issuer"], answer["Audience"]) == (
        ISSUER,
        "https://signin.aws.amazon.com/saml",
    )
    identity = client("sts", answer["Credentials"]).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/staff/alice"


def test_the_assertion_can_carry_tags(sts: Any) -> None:
    answer = ask(sts, assertion(PrincipalTag__team="orders", TransitiveTagKeys="team"))
    found = sessions.find(answer["Credentials"]["AccessKeyId"])
    assert found is not None
    assert (found.tags, found.transitive_tag_keys) == ({"team": "orders"}, ("team",))


@pytest.mark.parametrize(
    ("saml", "refusal"),
    [
        pytest.param(
            assertion(RoleSessionName=None),
            ("InvalidIdentityToken", "RoleSessionName is required in AuthnResponse"),
            id="no session name",
        ),
        pytest.param(
            assertion(RoleSessionName="a b"),
            (
                "InvalidIdentityToken",
                "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
            ),
            id="a session name with a space",
        ),
        pytest.param(
            assertion(issuer="https://evil.example.com"),
            (
                "AuthSamlInvalidSamlResponseException",
                "Issuer not present in specified provider",
            ),
            id="another issuer",
        ),
        pytest.param(
            assertion(Role=f"{own('other', 'role')},{PROVIDER}"),
            ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML"),
            id="another role",
        ),
        pytest.param(
            assertion(until="2020-01-01T00:00:00Z"),
            ("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance"),
            id="expired",
        ),
        pytest.param(
            base64.b64encode(b"no XML").decode(),
            ("InvalidIdentityToken", "Invalid base64 SAMLResponse"),
            id="no XML",
        ),
    ],
)
def test_an_assertion_that_does_not_fit(
    sts: Any, refused: Refused, saml: str, refusal: tuple[str, str]
) -> None:
    assert (
        refused(sts.assume_role_with_saml, RoleArn=ROLE, PrincipalArn=PROVIDER, SAMLAssertion=saml)
        == refusal
    )


def test_a_provider_that_the_account_does_not_have(sts: Any, refused: Refused) -> None:
    boto3.client("iam").delete_saml_provider(SAMLProviderArn=PROVIDER)
    code, _ = refused(
        sts.assume_role_with_saml,
        RoleArn=ROLE,
        PrincipalArn=PROVIDER,
        SAMLAssertion=assertion(),
    )
    assert code == "InvalidIdentityToken"
