"""Parameters: SecureStrings under their keys, names, sizes, versions and labels.

AWS pages: *AWS KMS encryption for AWS Systems Manager Parameter Store SecureString parameters*;
*PutParameter*, *GetParameter*, *GetParametersByPath* (AWS Systems Manager API Reference); *Managing
parameter tiers*.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from rolelab.sandbox import gate
from tests.sandbox.people import ACCOUNT, allow, document

if TYPE_CHECKING:
    from tests.sandbox.fixes.conftest import Refused

PARAMETER = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter"
DB = f"{PARAMETER}/shop/db"


@pytest.fixture
def ssm(sandbox: Any) -> Any:
    return boto3.client("ssm")


@pytest.fixture
def key(ssm: Any) -> str:
    """A key, and a SecureString `/shop/db` under it."""
    arn: str = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    ssm.put_parameter(Name="/shop/db", Value="hunter2", Type="SecureString", KeyId=arn)
    return arn


def test_a_secure_string_without_decryption_is_its_ciphertext(ssm: Any, key: str) -> None:
    (listed,) = ssm.get_parameters(Names=["/shop/db"])["Parameters"]
    (below,) = ssm.get_parameters_by_path(Path="/shop")["Parameters"]
    (before,) = ssm.get_parameter_history(Name="/shop/db")["Parameters"]
    read = ssm.get_parameter(Name="/shop/db")["Parameter"]
    assert len({each["Value"] for each in (listed, below, before, read)}) == 1
    assert b"hunter2" not in base64.b64decode(read["Value"])
    assert "hunter2" not in str(ssm.describe_parameters()["Parameters"])


def test_with_decryption_it_is_the_value(ssm: Any, key: str) -> None:
    given = {"WithDecryption": True}
    (listed,) = ssm.get_parameters(Names=["/shop/db"], **given)["Parameters"]
    (below,) = ssm.get_parameters_by_path(Path="/shop", **given)["Parameters"]
    (before,) = ssm.get_parameter_history(Name="/shop/db", **given)["Parameters"]
    read = ssm.get_parameter(Name="/shop/db", **given)["Parameter"]
    assert {each["Value"] for each in (listed, below, before, read)} == {"hunter2"}
    assert read["ARN"] == DB


def test_kms_decrypts_the_ciphertext_with_the_arn_as_context(
    ssm: Any, key: str, refused: Refused
) -> None:
    kms = boto3.client("kms")
    blob = base64.b64decode(ssm.get_parameter(Name="/shop/db")["Parameter"]["Value"])
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext={"PARAMETER_ARN": DB})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"hunter2", key)
    assert refused(kms.decrypt, CiphertextBlob=blob)[0] == "InvalidCiphertextException"


def test_the_aws_managed_key_lets_every_principal_of_the_account(
    ssm: Any, role: Callable[..., boto3.Session], refused: Refused
) -> None:
    ssm.put_parameter(Name="managed", Value="hunter2", Type="SecureString")
    app = role("app", policy=allow("ssm:GetParameter", f"{PARAMETER}/managed"))
    read = app.client("ssm").get_parameter(Name="managed", WithDecryption=True)
    assert read["Parameter"]["Value"] == "hunter2"
    blob = base64.b64decode(ssm.get_parameter(Name="managed")["Parameter"]["Value"])
    context = {"PARAMETER_ARN": f"{PARAMETER}/managed"}
    kms = boto3.client("kms")
    assert refused(kms.decrypt, CiphertextBlob=blob, EncryptionContext=context)[0] == (
        "AccessDeniedException"
    )


def test_a_key_of_the_customer_needs_its_own_permission(
    ssm: Any, key: str, role: Callable[..., boto3.Session], refused: Refused
) -> None:
    read = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": DB}
    decrypt = {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": key,
        "Condition": {
            "StringEquals": {
                "kms:ViaService": "ssm.us-east-1.amazonaws.com",
                "kms:EncryptionContext:PARAMETER_ARN": DB,
            }
        },
    }
    without = role("without", policy=document(read)).client("ssm")
    code, message = refused(without.get_parameter, Name="/shop/db", WithDecryption=True)
    assert (code, "kms:Decrypt" in message) == ("AccessDeniedException", True)
    assert without.get_parameter(Name="/shop/db")["Parameter"]["Value"] != "hunter2"
    with_key = role("with", policy=document(read, decrypt)).client("ssm")
    found = with_key.get_parameter(Name="/shop/db", WithDecryption=True)["Parameter"]
    assert found["Value"] == "hunter2"


STATES: dict[str, tuple[Callable[[Any, str], Any], str]] = {
    "disabled": (lambda kms, key: kms.disable_key(KeyId=key), "KEY is disabled."),
    "pending deletion": (
        lambda kms, key: kms.schedule_key_deletion(KeyId=key),
        "KEY is pending deletion.",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), STATES.values(), ids=STATES)
def test_a_key_out_of_use_stops_reads_and_writes(
    ssm: Any, key: str, refused: Refused, change: Callable[[Any, str], Any], sentence: str
) -> None:
    change(boto3.client("kms"), key)
    expected = ("InvalidKeyId", sentence.replace("KEY", key))
    assert refused(ssm.get_parameter, Name="/shop/db", WithDecryption=True) == expected
    assert refused(ssm.get_parameters_by_path, Path="/shop", WithDecryption=True) == expected
    new = {"Name": "/shop/api", "Value": "x", "Type": "SecureString", "KeyId": key}
    assert refused(ssm.put_parameter, **new) == expected
    assert ssm.get_parameter(Name="/shop/db")["Parameter"]["Type"] == "SecureString"
    (known,) = ssm.describe_parameters()["Parameters"]
    assert known["Name"] == "/shop/db"


def test_a_key_that_is_not_there(ssm: Any, refused: Refused) -> None:
    new = {"Name": "a", "Value": "x", "Type": "SecureString", "KeyId": "alias/none"}
    code, message = refused(ssm.put_parameter, **new)
    assert (code, "alias/none is not found." in message) == ("InvalidKeyId", True)
    assert ssm.describe_parameters()["Parameters"] == []


def test_a_new_version_without_a_key_is_under_the_default_key(ssm: Any, key: str) -> None:
    ssm.put_parameter(Name="/shop/db", Value="hunter3", Overwrite=True)
    (known,) = ssm.describe_parameters()["Parameters"]
    assert known["KeyId"] == "alias/aws/ssm"
    first, second = ssm.get_parameter_history(Name="/shop/db", WithDecryption=True)["Parameters"]
    assert (first["Value"], first["KeyId"]) == ("hunter2", key)
    assert (second["Value"], second["KeyId"]) == ("hunter3", "alias/aws/ssm")


def test_an_alias_that_moves_leaves_the_parameter_with_its_key(ssm: Any, refused: Refused) -> None:
    kms = boto3.client("kms")
    one, other = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.create_alias(AliasName="alias/shop", TargetKeyId=one)
    ssm.put_parameter(Name="db", Value="x", Type="SecureString", KeyId="alias/shop")
    kms.update_alias(AliasName="alias/shop", TargetKeyId=other)
    kms.disable_key(KeyId=other)
    assert ssm.get_parameter(Name="db", WithDecryption=True)["Parameter"]["Value"] == "x"
    kms.disable_key(KeyId=one)
    assert refused(ssm.get_parameter, Name="db", WithDecryption=True)[0] == "InvalidKeyId"


def test_a_secure_string_that_a_stack_made_is_encrypted_as_well(ssm: Any) -> None:
    with gate.bypassed():
        ssm.put_parameter(Name="db", Value="hunter2", Type="SecureString")
    blob = ssm.get_parameter(Name="db")["Parameter"]["Value"]
    assert b"hunter2" not in base64.b64decode(blob)
    assert ssm.get_parameter(Name="db")["Parameter"]["Value"] == blob
    read = ssm.get_parameter(Name="db", WithDecryption=True)["Parameter"]
    assert read["Value"] == "hunter2"


def test_an_advanced_secure_string(ssm: Any) -> None:
    made = ssm.put_parameter(
        Name="big", Value="x" * 5000, Type="SecureString", Tier="Intelligent-Tiering"
    )
    assert made["Tier"] == "Advanced"
    found = ssm.get_parameter(Name="big", WithDecryption=True)["Parameter"]
    assert found["Value"] == "x" * 5000
    assert "xxx" not in ssm.get_parameter(Name="big")["Parameter"]["Value"]


NAMES: dict[str, tuple[str, str]] = {
    "prefixed with aws": ("aws-shop", "ValidationException"),
    "prefixed with ssm": ("/SSM/shop", "ValidationException"),
    "under /aws": ("/aws/shop", "AccessDeniedException"),
    "a hierarchy without its first slash": ("shop/db", "ValidationException"),
    "a space": ("shop db", "ValidationException"),
    "16 levels": ("/a" * 16, "HierarchyLevelLimitExceededException"),
}


@pytest.mark.parametrize(("name", "code"), NAMES.values(), ids=NAMES)
def test_names_that_no_parameter_has(ssm: Any, refused: Refused, name: str, code: str) -> None:
    assert refused(ssm.put_parameter, Name=name, Value="x", Type="String")[0] == code
    assert ssm.describe_parameters()["Parameters"] == []


def test_a_hierarchy_has_15_levels(ssm: Any) -> None:
    name = "/a" * 15
    ssm.put_parameter(Name=name, Value="x", Type="String")
    assert ssm.get_parameter(Name=name)["Parameter"]["ARN"] == f"{PARAMETER}{name}"


WRITES: dict[str, tuple[dict[str, Any], str]] = {
    "twice": ({}, "ParameterAlreadyExists"),
    "another type": (
        {"Type": "SecureString", "Overwrite": True},
        "HierarchyTypeMismatchException",
    ),
    "more than 4 KB": ({"Value": "x" * 4097, "Overwrite": True}, "ValidationException"),
    "more than 8 KB": (
        {"Value": "x" * 8193, "Tier": "Advanced", "Overwrite": True},
        "ValidationException",
    ),
    "policies of a standard parameter": (
        {"Policies": '[{"Type": "Expiration"}]', "Overwrite": True},
        "ValidationException",
    ),
    "a value that does not fit its pattern": (
        {"Value": "12345", "AllowedPattern": r"\d{1,4}", "Overwrite": True},
        "ParameterPatternMismatchException",
    ),
    "a pattern that is none": (
        {"AllowedPattern": "(", "Overwrite": True},
        "InvalidAllowedPatternException",
    ),
}


@pytest.mark.parametrize(("given", "code"), WRITES.values(), ids=WRITES)
def test_writes_that_are_refused(
    ssm: Any, refused: Refused, given: dict[str, Any], code: str
) -> None:
    ssm.put_parameter(Name="url", Value="x", Type="String")
    assert (
        refused(ssm.put_parameter, **{"Name": "url", "Value": "y", "Type": "String", **given})[0]
        == code
    )
    assert ssm.get_parameter(Name="url")["Parameter"]["Version"] == 1


def test_an_advanced_parameter_stays_advanced(ssm: Any, refused: Refused) -> None:
    ssm.put_parameter(Name="big", Value="x" * 8192, Type="String", Tier="Advanced")
    smaller = {"Name": "big", "Value": "x", "Overwrite": True}
    assert refused(ssm.put_parameter, Tier="Standard", **smaller)[0] == "ValidationException"
    assert ssm.put_parameter(**smaller)["Tier"] == "Advanced"


def test_versions_and_labels(ssm: Any, refused: Refused) -> None:
    for value in ("1", "2"):
        ssm.put_parameter(Name="/shop/url", Value=value, Type="String", Overwrite=True)
    ssm.label_parameter_version(Name="/shop/url", ParameterVersion=1, Labels=["live"])
    for selector in (":1", ":live"):
        found = ssm.get_parameter(Name=f"/shop/url{selector}")["Parameter"]
        assert (found["Value"], found["Selector"]) == ("1", selector)
    assert ssm.get_parameter(Name=f"{PARAMETER}/shop/url")["Parameter"]["Value"] == "2"
    assert refused(ssm.get_parameter, Name="/shop/url:9")[0] == "ParameterVersionNotFound"


def test_what_is_not_there(ssm: Any, refused: Refused) -> None:
    assert refused(ssm.get_parameter, Name="/shop/none") == ("ParameterNotFound", "")
    assert refused(ssm.get_parameter_history, Name="none")[0] == "ParameterNotFound"
    assert refused(ssm.delete_parameter, Name="none")[0] == "ParameterNotFound"
    ssm.put_parameter(Name="b", Value="x", Type="String")
    ssm.put_parameter(Name="a", Value="x", Type="String")
    answer = ssm.get_parameters(Names=["none", "b", "a"])
    assert [each["Name"] for each in answer["Parameters"]] == ["b", "a"]
    assert answer["InvalidParameters"] == ["none"]


def test_paths(ssm: Any, refused: Refused) -> None:
    for name in ("top", "/shop/a", "/shop/deep/b", "/shopping/c"):
        ssm.put_parameter(Name=name, Value="x", Type="String")

    def names(**given: Any) -> list[str]:
        return [each["Name"] for each in ssm.get_parameters_by_path(**given)["Parameters"]]

    assert names(Path="/shop") == names(Path="/shop/") == ["/shop/a"]
    assert names(Path="/shop", Recursive=True) == ["/shop/a", "/shop/deep/b"]
    assert names(Path="/") == ["top"]
    assert len(names(Path="/", Recursive=True)) == 4
    page = ssm.get_parameters_by_path(Path="/", Recursive=True, MaxResults=3)
    rest = ssm.get_parameters_by_path(Path="/", Recursive=True, NextToken=page["NextToken"])
    assert (len(page["Parameters"]), len(rest["Parameters"])) == (3, 1)
    assert "NextToken" not in rest
    assert refused(ssm.get_parameters_by_path, Path="shop")[0] == "ValidationException"


def test_the_writer_is_named(ssm: Any) -> None:
    ssm.put_parameter(Name="a", Value="x", Type="String")
    (known,) = ssm.describe_parameters()["Parameters"]
    assert known["LastModifiedUser"] == boto3.client("sts").get_caller_identity()["Arn"]
    assert known["ARN"] == f"{PARAMETER}/a"


def test_a_secret_is_read_by_way_of_parameter_store(
    ssm: Any, role: Callable[..., boto3.Session], refused: Refused
) -> None:
    boto3.client("secretsmanager").create_secret(Name="shop/db", SecretString="hunter2")
    name = "/aws/reference/secretsmanager/shop/db"
    read = {"Name": name, "WithDecryption": True}
    assert ssm.get_parameter(**read)["Parameter"]["Value"] == "hunter2"
    app = role("app", policy=allow("ssm:GetParameter")).client("ssm")
    code, message = refused(app.get_parameter, **read)
    assert (code, "secretsmanager:GetSecretValue" in message) == ("AccessDeniedException", True)


def test_a_public_parameter_belongs_to_nobody(ssm: Any) -> None:
    name = "/aws/service/global-infrastructure/regions/us-east-1"
    found = ssm.get_parameter(Name=name)["Parameter"]
    assert found["ARN"] == f"arn:aws:ssm:us-east-1::parameter{name}"
