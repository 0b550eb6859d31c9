"""What calls to STS ask.

Pages: *Actions, resources, and condition keys for AWS Security Token Service*, *Pass session tags
in AWS STS*, *Monitor and control actions taken with assumed roles*, *IAM and AWS STS condition
context keys*.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.operations import Unanswerable, checks_of, resources_of

IAM = "arn:aws:iam::123456789012"
ROLE = f"{IAM}:role/shop/reader"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    ],
}
ASSUME = {"RoleArn": ROLE, "RoleSessionName": "ann"}
GITHUB = "token.actions.githubusercontent.com"


@pytest.fixture
def iam(aws: Callable[[str], Any]) -> Any:
    """Give an account with the role /shop/reader, tagged, and the user ann with an MFA device."""
    iam = aws("iam")
    iam.create_role(
        RoleName="reader",
        Path="/shop/",
        AssumeRolePolicyDocument=json.dumps(TRUST),
        Tags=[{"Key": "team", "Value": "shop"}],
    )
    iam.create_user(UserName="ann")
    return iam


ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "AssumeRole alone": ("AssumeRole", ASSUME, [("sts:AssumeRole", ROLE)]),
    "session tags need sts:TagSession": (
        "AssumeRole",
        {**ASSUME, "Tags": [{"Key": "a", "Value": "b"}]},
        [("sts:AssumeRole", ROLE), ("sts:TagSession", ROLE)],
    ),
    "a source identity needs sts:SetSourceIdentity": (
        "AssumeRole",
        {**ASSUME, "SourceIdentity": "ann"},
        [("sts:AssumeRole", ROLE), ("sts:SetSourceIdentity", ROLE)],
    ),
    "a source identity that the caller's session has goes on": (
        "AssumeRole",
        {**ASSUME, "_context": {"aws:SourceIdentity": "ann"}},
        [("sts:AssumeRole", ROLE), ("sts:SetSourceIdentity", ROLE)],
    ),
    "GetFederationToken asks on the federated user": (
        "GetFederationToken",
        {"Name": "bob"},
        [("sts:GetFederationToken", "arn:aws:sts::123456789012:federated-user/bob")],
    ),
    "GetFederationToken with tags": (
        "GetFederationToken",
        {"Name": "bob", "Tags": [{"Key": "a", "Value": "b"}]},
        [
            ("sts:GetFederationToken", "arn:aws:sts::123456789012:federated-user/bob"),
            ("sts:TagSession", "arn:aws:sts::123456789012:federated-user/bob"),
        ],
    ),
    "GetCallerIdentity needs nothing": ("GetCallerIdentity", {}, []),
    "GetSessionToken needs nothing": ("GetSessionToken", {}, []),
    "AssumeRoot asks on the member account's root user": (
        "AssumeRoot",
        {"TargetPrincipal": "210987654321"},
        [("sts:AssumeRoot", "arn:aws:iam::210987654321:root")],
    ),
    "DecodeAuthorizationMessage": (
        "DecodeAuthorizationMessage",
        {"EncodedMessage": "x"},
        [("sts:DecodeAuthorizationMessage", "*")],
    ),
    "GetWebIdentityToken with tags": (
        "GetWebIdentityToken",
        {"Audience": ["a"], "Tags": [{"Key": "a", "Value": "b"}]},
        [("sts:GetWebIdentityToken", "*"), ("sts:TagGetWebIdentityToken", "*")],
    ),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    iam: Any, call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    checks = checks_of(call("sts", operation, **given))
    assert [(check.action, check.resource) for check in checks] == asked


def test_assume_role_fills_its_keys(iam: Any, call: Any) -> None:
    tags = [{"Key": "level", "Value": "2"}]
    given = {**ASSUME, "ExternalId": "42", "Tags": tags, "TransitiveTagKeys": ["level"]}
    assume, tag = checks_of(call("sts", "AssumeRole", **given))
    assert assume.context == {
        "sts:ExternalId": "42",
        "sts:RoleSessionName": "ann",
        "sts:TransitiveTagKeys": ["level"],
        "aws:RequestTag/level": "2",
        "aws:TagKeys": ["level"],
        "aws:ResourceTag/team": "shop",
        "iam:ResourceTag/team": "shop",
    }
    assert tag.context["sts:TransitiveTagKeys"] == ["level"]


def test_the_trust_policy_decides_every_action_on_the_role(iam: Any, call: Any) -> None:
    for check in checks_of(call("sts", "AssumeRole", **ASSUME, SourceIdentity="ann")):
        assert check.resource_policy is not None
        assert check.resource_policy.source == TRUST
        assert check.resource_account == "123456789012"


@pytest.mark.parametrize(
    ("arn", "account"),
    [
        (f"{IAM}:role/nobody", "123456789012"),
        (f"{IAM}:role/reader", "123456789012"),
        ("arn:aws:iam::210987654321:role/reader", "210987654321"),
    ],
    ids=["no such role", "the path is part of the ARN", "an account nobody has used"],
)
def test_a_role_that_does_not_exist_trusts_nobody(
    iam: Any, call: Any, arn: str, account: str
) -> None:
    (check,) = checks_of(call("sts", "AssumeRole", RoleArn=arn, RoleSessionName="x"))
    assert (check.resource_policy, check.resource_account) == (None, account)


def test_an_mfa_code_in_the_request_counts_for_the_trust_policy(iam: Any, call: Any) -> None:
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="ann")["VirtualMFADevice"]
    arn = serial["SerialNumber"]
    iam.enable_mfa_device(
        UserName="ann", SerialNumber=arn, AuthenticationCode1="1" * 6, AuthenticationCode2="2" * 6
    )
    own = {**ASSUME, "SerialNumber": arn, "TokenCode": "123456"}
    (check,) = checks_of(call("sts", "AssumeRole", **own))
    assert check.context["aws:MultiFactorAuthPresent"] == "true"
    (check,) = checks_of(call("sts", "AssumeRole", **(own | {"SerialNumber": f"{IAM}:mfa/bob"})))
    assert "aws:MultiFactorAuthPresent" not in check.context


def token(**claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.c2lnbmF0dXJl"


def test_web_identity_comes_from_the_provider_with_its_claims(iam: Any, call: Any) -> None:
    claims = {"iss": f"https://{GITHUB}", "sub": "repo:shop/orders", "aud": "sts.amazonaws.com"}
    given = {**ASSUME, "WebIdentityToken": token(**claims)}
    (check,) = checks_of(call("sts", "AssumeRoleWithWebIdentity", _principal="*", **given))
    assert check.principal == f"{IAM}:oidc-provider/{GITHUB}"
    assert check.resource_policy is not None
    assert check.context[f"{GITHUB}:sub"] == "repo:shop/orders"
    assert check.context[f"{GITHUB}:aud"] == "sts.amazonaws.com"
    assert check.context["sts:RoleSessionName"] == "ann"


def test_tags_and_source_identity_in_a_token_need_their_own_permissions(
    iam: Any, call: Any
) -> None:
    claims = {
        "iss": "https://accounts.google.com",
        "sub": "1",
        "https://aws.amazon.com/tags": {
            "principal_tags": {"team": ["shop"]},
            "transitive_tag_keys": ["team"],
        },
        "https://aws.amazon.com/source_identity": "ann",
    }
    given = {**ASSUME, "WebIdentityToken": token(**claims)}
    checks = checks_of(call("sts", "AssumeRoleWithWebIdentity", _principal="*", **given))
    assert [(check.action, check.principal) for check in checks] == [
        ("sts:AssumeRoleWithWebIdentity", "accounts.google.com"),
        ("sts:TagSession", "accounts.google.com"),
        ("sts:SetSourceIdentity", "accounts.google.com"),
    ]
    assume, tag, identity = (check.context for check in checks)
    assert assume["sts:SourceIdentity"] == identity["sts:SourceIdentity"] == "ann"
    assert tag["aws:RequestTag/team"] == "shop"
    assert tag["sts:TransitiveTagKeys"] == ["team"]


@pytest.mark.parametrize("text", ["", "no token", "a.b.c", "e30.W10.x", "e30.\u00e9.x"])
def test_what_is_no_token_is_refused_before_any_permission(iam: Any, call: Any, text: str) -> None:
    given = {**ASSUME, "WebIdentityToken": text}
    with pytest.raises(Unanswerable, match="InvalidIdentityToken"):
        checks_of(call("sts", "AssumeRoleWithWebIdentity", **given))


ASSERTION = """
<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol">
 <Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion">
  <Issuer>https://idp.example.com</Issuer>
  <Subject>
   <NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ann@shop</NameID>
   <SubjectConfirmation>
    <SubjectConfirmationData Recipient="https://signin.aws.amazon.com/saml"/>
   </SubjectConfirmation>
  </Subject>
  <AttributeStatement>
   <Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName">
    <AttributeValue>ann</AttributeValue>
   </Attribute>
   <Attribute Name="https://aws.amazon.com/SAML/Attributes/PrincipalTag:team">
    <AttributeValue>shop</AttributeValue>
   </Attribute>
  </AttributeStatement>
 </Assertion>
</Response>
"""


def saml(text: str) -> dict[str, str]:
    return {
        "RoleArn": ROLE,
        "PrincipalArn": f"{IAM}:saml-provider/shop",
        "SAMLAssertion": base64.b64encode(text.encode()).decode(),
    }


def test_saml_comes_from_the_provider_with_the_assertion(iam: Any, call: Any) -> None:
    assume, tag = checks_of(call("sts", "AssumeRoleWithSAML", _principal="*", **saml(ASSERTION)))
    assert assume.principal == f"{IAM}:saml-provider/shop"
    assert {key: assume.context[key] for key in assume.context if key.startswith("saml:")} == {
        "saml:aud": "https://signin.aws.amazon.com/saml",
        "saml:doc": "123456789012/shop",
        "saml:iss": "https://idp.example.com",
        "saml:sub": "ann@shop",
        "saml:sub_type": "persistent",
    }
    assert assume.context["sts:RoleSessionName"] == "ann"
    assert (tag.action, tag.context["aws:RequestTag/team"]) == ("sts:TagSession", "shop")


@pytest.mark.parametrize("text", ["", "no XML"])
def test_what_is_no_assertion_is_refused(iam: Any, call: Any, text: str) -> None:
    with pytest.raises(Unanswerable, match="InvalidIdentityToken"):
        checks_of(call("sts", "AssumeRoleWithSAML", **saml(text)))


def test_cloudtrail_names_the_assumed_role(iam: Any, call: Any) -> None:
    assert resources_of(call("sts", "AssumeRole", **ASSUME)) == [
        {"ARN": ROLE, "accountId": "123456789012", "type": "AWS::IAM::Role"}
    ]
