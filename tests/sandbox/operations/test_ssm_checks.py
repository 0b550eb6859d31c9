"""What calls to Systems Manager ask.

Pages: *How Parameter Store authorizes parameter retrieval*; *AWS KMS encryption for AWS Systems
Manager Parameter Store SecureString parameters*; *Actions, resources, and condition keys for AWS
Systems Manager*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.operations import checks_of

PLACE = "us-east-1:123456789012"
PARAMETER = f"arn:aws:ssm:{PLACE}:parameter"
DB = f"{PARAMETER}/shop/db"
MANAGED = f"arn:aws:kms:{PLACE}:alias/aws/ssm"
SHELL = "AWS-RunShellScript"
ROLE = "arn:aws:iam::123456789012:role/notify"
NODE = "i-0123456789abcdef0"


@pytest.fixture
def key(aws: Callable[[str], Any]) -> str:
    """A key, and parameters: `/shop/db` and `/shop/api` under it, `/shop/url` in plaintext."""
    arn: str = aws("kms").create_key()["KeyMetadata"]["Arn"]
    ssm = aws("ssm")
    for name in ("/shop/db", "/shop/deep/api"):
        ssm.put_parameter(
            Name=name,
            Value="x",
            Type="SecureString",
            KeyId=arn,
            Tags=[{"Key": "team", "Value": "shop"}],
        )
    ssm.put_parameter(Name="/shop/url", Value="x", Type="String")
    ssm.put_parameter(Name="big", Value="x", Type="SecureString", Tier="Advanced")
    return arn


# The text KEY stands for the key.
ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "the slash of a hierarchy is the slash of the ARN": (
        "GetParameter",
        {"Name": "/shop/url"},
        [("ssm:GetParameter", f"{PARAMETER}/shop/url")],
    ),
    "a name without a hierarchy": (
        "GetParameter",
        {"Name": "new"},
        [("ssm:GetParameter", f"{PARAMETER}/new")],
    ),
    "a version is no part of the resource": (
        "GetParameter",
        {"Name": "/shop/url:1"},
        [("ssm:GetParameter", f"{PARAMETER}/shop/url")],
    ),
    "an ARN with a label": (
        "GetParameter",
        {"Name": f"{PARAMETER}/shop/url:live"},
        [("ssm:GetParameter", f"{PARAMETER}/shop/url")],
    ),
    "a public parameter belongs to no account": (
        "GetParameter",
        {"Name": "/aws/service/x"},
        [("ssm:GetParameter", "arn:aws:ssm:us-east-1::parameter/aws/service/x")],
    ),
    "reading a SecureString as it is needs no key": (
        "GetParameter",
        {"Name": "/shop/db"},
        [("ssm:GetParameter", DB)],
    ),
    "reading a SecureString decrypts": (
        "GetParameter",
        {"Name": "/shop/db", "WithDecryption": True},
        [("ssm:GetParameter", DB), ("kms:Decrypt", "KEY")],
    ),
    "reading a String decrypts nothing": (
        "GetParameter",
        {"Name": "/shop/url", "WithDecryption": True},
        [("ssm:GetParameter", f"{PARAMETER}/shop/url")],
    ),
    "a batch asks for each parameter": (
        "GetParameters",
        {"Names": ["/shop/url", "/shop/db", "new"], "WithDecryption": True},
        [
            ("ssm:GetParameters", f"{PARAMETER}/shop/url"),
            ("ssm:GetParameters", DB),
            ("ssm:GetParameters", f"{PARAMETER}/new"),
            ("kms:Decrypt", "KEY"),
        ],
    ),
    "a path is asked for, not what lies below it": (
        "GetParametersByPath",
        {"Path": "/shop"},
        [("ssm:GetParametersByPath", f"{PARAMETER}/shop")],
    ),
    "a path decrypts what it returns": (
        "GetParametersByPath",
        {"Path": "/shop/", "WithDecryption": True},
        [("ssm:GetParametersByPath", f"{PARAMETER}/shop/"), ("kms:Decrypt", "KEY")],
    ),
    "a recursive path returns more": (
        "GetParametersByPath",
        {"Path": "/shop", "WithDecryption": True, "Recursive": True},
        [
            ("ssm:GetParametersByPath", f"{PARAMETER}/shop"),
            ("kms:Decrypt", "KEY"),
            ("kms:Decrypt", "KEY"),
        ],
    ),
    "a filter leaves out": (
        "GetParametersByPath",
        {
            "Path": "/shop",
            "WithDecryption": True,
            "ParameterFilters": [{"Key": "Type", "Option": "Equals", "Values": ["String"]}],
        },
        [("ssm:GetParametersByPath", f"{PARAMETER}/shop")],
    ),
    "the history decrypts": (
        "GetParameterHistory",
        {"Name": "/shop/db", "WithDecryption": True},
        [("ssm:GetParameterHistory", DB), ("kms:Decrypt", "KEY")],
    ),
    "a standard SecureString is encrypted under the key": (
        "PutParameter",
        {"Name": "new", "Value": "x", "Type": "SecureString"},
        [("ssm:PutParameter", f"{PARAMETER}/new"), ("kms:Encrypt", MANAGED)],
    ),
    "an advanced SecureString under a data key": (
        "PutParameter",
        {"Name": "new", "Value": "x", "Type": "SecureString", "Tier": "Advanced"},
        [("ssm:PutParameter", f"{PARAMETER}/new"), ("kms:GenerateDataKey", MANAGED)],
    ),
    "what is advanced stays advanced": (
        "PutParameter",
        {"Name": "big", "Value": "x", "Overwrite": True},
        [("ssm:PutParameter", f"{PARAMETER}/big"), ("kms:GenerateDataKey", MANAGED)],
    ),
    "Intelligent-Tiering goes by size": (
        "PutParameter",
        {
            "Name": "new",
            "Value": "x" * 4097,
            "Type": "SecureString",
            "Tier": "Intelligent-Tiering",
        },
        [("ssm:PutParameter", f"{PARAMETER}/new"), ("kms:GenerateDataKey", MANAGED)],
    ),
    "a String needs no key": (
        "PutParameter",
        {"Name": "new", "Value": "x", "Type": "String"},
        [("ssm:PutParameter", f"{PARAMETER}/new")],
    ),
    "tags are a permission of their own": (
        "PutParameter",
        {"Name": "new", "Value": "x", "Type": "String", "Tags": [{"Key": "a", "Value": "b"}]},
        [
            ("ssm:PutParameter", f"{PARAMETER}/new"),
            ("ssm:AddTagsToResource", f"{PARAMETER}/new"),
        ],
    ),
    "parameters are deleted one by one": (
        "DeleteParameters",
        {"Names": ["a", "/b/c"]},
        [("ssm:DeleteParameters", f"{PARAMETER}/a"), ("ssm:DeleteParameters", f"{PARAMETER}/b/c")],
    ),
    "a list is of all parameters": ("DescribeParameters", {}, [("ssm:DescribeParameters", "*")]),
    "a document of AWS belongs to no account": (
        "SendCommand",
        {"DocumentName": SHELL, "InstanceIds": [NODE], "ServiceRoleArn": ROLE},
        [
            ("ssm:SendCommand", f"arn:aws:ssm:us-east-1::document/{SHELL}"),
            ("ssm:SendCommand", f"arn:aws:ec2:{PLACE}:instance/{NODE}"),
            ("iam:PassRole", ROLE),
        ],
    ),
    "a session on an instance": (
        "StartSession",
        {"Target": NODE},
        [("ssm:StartSession", f"arn:aws:ec2:{PLACE}:instance/{NODE}")],
    ),
    "a session in a container of a task, with a document": (
        "StartSession",
        {"Target": "ecs:shop_0a1b_0a1b-99", "DocumentName": "AWS-StartPortForwardingSession"},
        [
            ("ssm:StartSession", f"arn:aws:ecs:{PLACE}:task/shop/0a1b"),
            (
                "ssm:StartSession",
                "arn:aws:ssm:us-east-1::document/AWS-StartPortForwardingSession",
            ),
        ],
    ),
    "tags of a parameter": (
        "ListTagsForResource",
        {"ResourceType": "Parameter", "ResourceId": "/shop/db"},
        [("ssm:ListTagsForResource", DB)],
    ),
    "a setting": (
        "GetServiceSetting",
        {"SettingId": "/ssm/parameter-store/default-parameter-tier"},
        [
            (
                "ssm:GetServiceSetting",
                f"arn:aws:ssm:{PLACE}:servicesetting/ssm/parameter-store/default-parameter-tier",
            )
        ],
    ),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    key: str, call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    checks = checks_of(call("ssm", operation, **given))
    assert [(each.action, each.resource) for each in checks] == [
        (action, key if resource == "KEY" else resource) for action, resource in asked
    ]


def test_reading_fills_the_keys_of_parameter_and_key(key: str, call: Any) -> None:
    read, decrypt = checks_of(call("ssm", "GetParameter", Name="/shop/db", WithDecryption=True))
    assert read.context == {"ssm:resourceTag/team": "shop", "aws:ResourceTag/team": "shop"}
    assert decrypt.context["kms:ViaService"] == "ssm.us-east-1.amazonaws.com"
    assert decrypt.context["kms:EncryptionContext:PARAMETER_ARN"] == DB


@pytest.mark.parametrize(
    ("operation", "given", "keys"),
    [
        ("PutParameter", {"Name": "a", "Value": "x"}, {"ssm:Overwrite": "false"}),
        ("PutParameter", {"Name": "a", "Value": "x", "Overwrite": True}, {"ssm:Overwrite": "true"}),
        ("PutParameter", {"Name": "a", "Value": "x", "Policies": "[]"}, {"ssm:Policies": "true"}),
        ("GetParametersByPath", {"Path": "/shop"}, {"ssm:Recursive": "false"}),
        ("GetParametersByPath", {"Path": "/shop", "Recursive": True}, {"ssm:Recursive": "true"}),
    ],
    ids=["a new parameter", "overwritten", "with policies", "one level", "all levels"],
)
def test_service_keys(
    call: Any, operation: str, given: dict[str, Any], keys: dict[str, str]
) -> None:
    first, *_ = checks_of(call("ssm", operation, **given))
    assert keys.items() <= first.context.items()


def test_a_secret_by_way_of_parameter_store_needs_the_permissions_of_both(
    aws: Callable[[str], Any], call: Any
) -> None:
    arn = aws("secretsmanager").create_secret(Name="shop/db", SecretString="x")["ARN"]
    name = "/aws/reference/secretsmanager/shop/db"
    checks = checks_of(call("ssm", "GetParameter", Name=name, WithDecryption=True))
    assert [(each.action, each.resource) for each in checks] == [
        ("ssm:GetParameter", f"{PARAMETER}{name}"),
        ("secretsmanager:GetSecretValue", arn),
        ("kms:Decrypt", f"arn:aws:kms:{PLACE}:alias/aws/secretsmanager"),
    ]


def test_a_target_by_tag_is_each_instance_with_the_tag(
    aws: Callable[[str], Any], call: Any
) -> None:
    ec2 = aws("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2)["Instances"]
    one, _ = (each["InstanceId"] for each in made)
    ec2.create_tags(Resources=[one], Tags=[{"Key": "team", "Value": "shop"}])
    targets = [{"Key": "tag:team", "Values": ["shop"]}]
    given = {"DocumentName": SHELL, "Targets": targets, "OutputS3BucketName": "logs"}
    document, node, bucket = checks_of(call("ssm", "SendCommand", **given))
    assert document.resource_account is None
    assert node.resource == f"arn:aws:ec2:{PLACE}:instance/{one}"
    assert node.context["ssm:resourceTag/team"] == "shop"
    assert bucket.resource == "arn:aws:s3:::logs"
