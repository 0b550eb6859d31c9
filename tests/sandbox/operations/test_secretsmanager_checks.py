"""What calls to Secrets Manager ask.

Pages: "Required permissions" in the AWS Secrets Manager API Reference; *Secret encryption and
decryption in AWS Secrets Manager*.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from rolelab.iam import Policies, Request, evaluate
from rolelab.sandbox.operations import checks_of, resources_of

TAGS = [{"Key": "team", "Value": "shop"}]
NEW = "arn:aws:secretsmanager:us-east-1:123456789012:secret:new-??????"
ANN = "arn:aws:iam::123456789012:user/ann"
ROTATOR = "arn:aws:lambda:us-east-1:123456789012:function:rotate"
MANAGED = "arn:aws:kms:us-east-1:123456789012:alias/aws/secretsmanager"


@dataclass(frozen=True)
class Secrets:
    """A tagged secret `db` under a customer managed key."""

    client: Any
    arn: str
    key: str


@pytest.fixture
def secrets(aws: Callable[[str], Any]) -> Secrets:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    client = aws("secretsmanager")
    made = client.create_secret(Name="db", SecretString="x", KmsKeyId=key, Tags=TAGS)
    return Secrets(client, made["ARN"], key)


# The text ARN stands for the secret, PART for its ARN without the suffix, KEY for its key.
ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "a secret by name has its suffix": (
        "DescribeSecret",
        {"SecretId": "db"},
        [("secretsmanager:DescribeSecret", "ARN")],
    ),
    "a secret by partial ARN": (
        "DescribeSecret",
        {"SecretId": "PART"},
        [("secretsmanager:DescribeSecret", "ARN")],
    ),
    "reading decrypts": (
        "GetSecretValue",
        {"SecretId": "db"},
        [("secretsmanager:GetSecretValue", "ARN"), ("kms:Decrypt", "KEY")],
    ),
    "a batch asks for each secret": (
        "BatchGetSecretValue",
        {"SecretIdList": ["db", "new"]},
        [
            ("secretsmanager:BatchGetSecretValue", "*"),
            ("secretsmanager:GetSecretValue", "ARN"),
            ("secretsmanager:GetSecretValue", NEW),
            ("kms:Decrypt", "KEY"),
        ],
    ),
    "a new value needs a data key": (
        "PutSecretValue",
        {"SecretId": "db", "SecretString": "y"},
        [
            ("secretsmanager:PutSecretValue", "ARN"),
            ("kms:GenerateDataKey", "KEY"),
            ("kms:Decrypt", "KEY"),
        ],
    ),
    "a new description needs none": (
        "UpdateSecret",
        {"SecretId": "db", "Description": "x"},
        [("secretsmanager:UpdateSecret", "ARN")],
    ),
    "a rotation invokes its function": (
        "RotateSecret",
        {"SecretId": "db", "RotationLambdaARN": ROTATOR},
        [("secretsmanager:RotateSecret", "ARN"), ("lambda:InvokeFunction", ROTATOR)],
    ),
    "without a function a rotation asks no more": (
        "RotateSecret",
        {"SecretId": "db"},
        [("secretsmanager:RotateSecret", "ARN")],
    ),
    "a new secret with tags": (
        "CreateSecret",
        {"Name": "new", "SecretString": "x", "Tags": TAGS},
        [
            ("secretsmanager:CreateSecret", NEW),
            ("secretsmanager:TagResource", NEW),
            ("kms:GenerateDataKey", MANAGED),
            ("kms:Decrypt", MANAGED),
        ],
    ),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    secrets: Secrets, call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    made = {"ARN": secrets.arn, "PART": secrets.arn.rpartition("-")[0], "KEY": secrets.key}
    filled = {
        name: made.get(value, value) if isinstance(value, str) else value
        for name, value in given.items()
    }
    checks = checks_of(call("secretsmanager", operation, **filled))
    assert [(each.action, each.resource) for each in checks] == [
        (action, made.get(resource, resource)) for action, resource in asked
    ]


def test_reading_fills_the_keys_of_secret_and_key(secrets: Secrets, call: Any) -> None:
    given = {"SecretId": "db", "VersionStage": "AWSCURRENT"}
    read, decrypt = checks_of(call("secretsmanager", "GetSecretValue", **given))
    assert read.context == {
        "secretsmanager:SecretId": secrets.arn,
        "secretsmanager:VersionStage": "AWSCURRENT",
        "secretsmanager:SecretPrimaryRegion": "us-east-1",
        "secretsmanager:ResourceTag/team": "shop",
        "aws:ResourceTag/team": "shop",
    }
    assert decrypt.context["kms:ViaService"] == "secretsmanager.us-east-1.amazonaws.com"
    assert decrypt.context["kms:EncryptionContext:SecretARN"] == secrets.arn


def test_the_resource_policy_of_the_secret_decides_with(secrets: Secrets, call: Any) -> None:
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": ANN},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": allow})
    secrets.client.put_resource_policy(SecretId="db", ResourcePolicy=text)
    read, _ = checks_of(call("secretsmanager", "GetSecretValue", SecretId=secrets.arn))
    request = Request(ANN, read.action, read.resource, read.resource_account, read.context)
    assert evaluate(request, Policies(identity=[], resource=read.resource_policy)).allowed


def test_the_trail_names_the_secret(secrets: Secrets, call: Any) -> None:
    (named,) = resources_of(call("secretsmanager", "GetSecretValue", SecretId="db"))
    assert named["ARN"] == secrets.arn
    assert resources_of(call("secretsmanager", "ListSecrets")) == []
