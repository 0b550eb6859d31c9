"""Systems Manager."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, TAGS, Clients, Sample

SECRET = f"/aws/reference/secretsmanager/{NAME}"
MANAGED = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/aws/"


def prepare(aws: Clients) -> Mapping[str, Any]:
    """A SecureString with tags, a document, a secret, and a tagged instance."""
    ssm, ec2 = aws("ssm"), aws("ec2")
    ssm.put_parameter(Name=NAME, Value="x", Type="SecureString", Tags=TAGS)
    ssm.put_parameter(Name="/shop/db", Value="x", Type="SecureString", Tags=TAGS)
    ssm.create_document(
        Name=NAME,
        DocumentType="Command",
        DocumentFormat="JSON",
        Content='{"schemaVersion": "2.2", "mainSteps": []}',
        Tags=TAGS,
    )
    aws("secretsmanager").create_secret(Name=NAME, SecretString="x", Tags=TAGS)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = ec2.run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": TAGS}],
    )
    name = made["Instances"][0]["InstanceId"]
    return {"Target": name, "InstanceIds": [name]}


def _deviations() -> Iterator[tuple[tuple[str, str, str], str]]:
    why = "the AWS managed key is not made yet"
    for operation, action, alias in (
        ("GetParameter", "kms:Decrypt", "secretsmanager"),
        ("GetParameter", "kms:Decrypt", "ssm"),
        ("GetParameterHistory", "kms:Decrypt", "ssm"),
        ("GetParameters", "kms:Decrypt", "ssm"),
        ("GetParametersByPath", "kms:Decrypt", "ssm"),
        ("PutParameter", "kms:Encrypt", "ssm"),
        ("PutParameter", "kms:GenerateDataKey", "ssm"),
    ):
        yield (operation, action, f"resource {MANAGED}{alias}"), why


SAMPLE = Sample(
    prepare=prepare,
    texts={
        "Path": "/shop",
        "Overwrite": True,
        "ServiceRoleArn": f"arn:aws:iam::{ACCOUNT}:role/sample",
        "ResourceArn": f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/sample",
        "ResourceType": "Parameter",
        "SettingId": "/ssm/parameter-store/default-parameter-tier",
    },
    variants={
        "GetParameter": ({"Name": SECRET, "WithDecryption": True},),
        "GetParametersByPath": ({"WithDecryption": True},),
        "PutParameter": (
            {"Type": "SecureString", "Tier": "Advanced"},
            {"Type": "SecureString", "Tier": "Standard"},
        ),
        "AddTagsToResource": ({"ResourceType": "Document"},),
        "SendCommand": ({"Targets": [{"Key": "tag:team", "Values": ["shop"]}]},),
        "StartSession": ({"Target": "mi-0123456789abcdef0"}, {"Target": "ecs:shop_a1_a1-1"}),
    },
    deviations=dict(_deviations()),
    complete=False,
)
