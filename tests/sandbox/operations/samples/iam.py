"""IAM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, TAGS, Clients, Sample

IAM = f"arn:aws:iam::{ACCOUNT}"
NEWER = "newer than this edition; the operation's page in the API Reference"
LISTS = "AWS managed policies (CloudFrontFullAccess) allow it on such ARNs alone"


def prepare(aws: Clients) -> None:
    """Everything has a path, tags, and where it can a permissions boundary."""
    allow = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    )
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    iam = aws("iam")
    path: dict[str, Any] = {"Path": "/team/", "Tags": TAGS}
    arn = iam.create_policy(PolicyName=NAME, PolicyDocument=allow, **path)["Policy"]["Arn"]
    trust_text = json.dumps({"Version": "2012-10-17", "Statement": trust})
    iam.create_role(
        RoleName=NAME, AssumeRolePolicyDocument=trust_text, PermissionsBoundary=arn, **path
    )
    iam.create_user(UserName=NAME, **path)
    iam.create_group(GroupName=NAME, Path="/team/")
    iam.create_instance_profile(InstanceProfileName=NAME, **path)


def _deviations() -> Iterator[tuple[tuple[str, str, str], str]]:
    for operation in (
        "AcquireRole",
        "GetAccountProperties",
        "GetRoleTemplateVersion",
        "PutAccountProperties",
        "UpdateDelegationRequest",
    ):
        yield (operation, f"iam:{operation}", "action"), NEWER
    for operation, kind in (
        ("ListGroups", "group"),
        ("ListInstanceProfiles", "instance-profile"),
        ("ListRoles", "role"),
        ("ListServerCertificates", "server-certificate"),
        ("ListUsers", "user"),
    ):
        for path in ("/", "/team/"):
            yield (operation, f"iam:{operation}", f"resource {IAM}:{kind}{path}"), LISTS
    yield (
        ("GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed", "resource *"),
        "the key belongs to no user of the account, so there is no ARN",
    )


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "Arn": f"{IAM}:role/team/{NAME}",
        "DeletionTaskId": "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/1",
        "EntityArn": f"{IAM}:delegation-request/1",
        "OpenIDConnectProviderArn": f"{IAM}:oidc-provider/idp.example.com",
        "Path": "/team/",
        "PathPrefix": "/team/",
        "NewPath": "/team/",
        "PolicyArn": f"{IAM}:policy/team/{NAME}",
        "PolicySourceArn": f"{IAM}:role/team/{NAME}",
        "RoleArn": f"{IAM}:role/team/{NAME}",
        "SAMLProviderArn": f"{IAM}:saml-provider/{NAME}",
        "SerialNumber": f"{IAM}:mfa/{NAME}",
        "Url": "https://idp.example.com",
    },
    left_out=frozenset({"AllUsers"}),
    deviations=dict(_deviations()),
)
