"""Secrets: names, versions, keys, policies, and the time before they are gone.

AWS pages: *CreateSecret*, *GetSecretValue*, *PutSecretValue*, *UpdateSecretVersionStage*,
*DeleteSecret*, *PutResourcePolicy*, *ValidateResourcePolicy* (AWS Secrets Manager API Reference).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.sandbox.fixes.policies import own, trust
from tests.sandbox.people import ACCOUNT, document

if TYPE_CHECKING:
    from tests.sandbox.fixes.conftest import Refused

MARKED = "You can't perform this operation on the secret because it was marked for deletion."
TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def secrets(sandbox: Any) -> Any:
    return boto3.client("secretsmanager")


@pytest.fixture
def db(secrets: Any) -> str:
    """The ARN of a secret `shop/db`."""
    arn: str = secrets.create_secret(Name="shop/db", SecretString="one")["ARN"]
    return arn


def value(secrets: Any, **given: Any) -> str:
    return str(secrets.get_secret_value(SecretId="shop/db", **given)["SecretString"])


def stages(secrets: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = secrets.describe_secret(SecretId="shop/db")["VersionIdsToStages"]
    return found


@pytest.mark.parametrize("name", ["shop db", "shop:db", "büch"], ids=["a space", "a colon", "ü"])
def test_names_that_no_secret_has(secrets: Any, refused: Refused, name: str) -> None:
    assert refused(secrets.create_secret, Name=name, SecretString="x") == (
        "ValidationException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
        "following: -/_+=.@!",
    )


def test_a_name_is_taken_once(secrets: Any, db: str, refused: Refused) -> None:
    assert refused(secrets.create_secret, Name="shop/db", SecretString="x") == (
        "ResourceExistsException",
        "The operation failed because the secret shop/db already exists.",
    )


def test_a_version_holds_one_value_of_64_kb(secrets: Any, db: str, refused: Refused) -> None:
    both = {"SecretString": "x", "SecretBinary": b"x"}
    assert refused(secrets.create_secret, Name="a", **both)[0] == "InvalidParameterException"
    large = {"SecretId": "shop/db", "SecretString": "x" * 65537}
    assert refused(secrets.put_secret_value, **large)[0] == "ValidationException"
    secrets.put_secret_value(SecretId="shop/db", SecretString="x" * 65536)


def test_a_token_makes_one_version(secrets: Any, db: str, refused: Refused) -> None:
    given = {"SecretId": "shop/db", "ClientRequestToken": TOKEN}
    versions = {
        secrets.put_secret_value(SecretString="two", **given)["VersionId"] for _ in range(2)
    }
    assert versions == {TOKEN}
    code, _ = refused(secrets.put_secret_value, SecretString="three", **given)
    assert code == "ResourceExistsException"
    assert value(secrets) == "two"


def test_a_new_value_pushes_the_one_before(secrets: Any, db: str) -> None:
    (first,) = stages(secrets)
    second = secrets.put_secret_value(SecretId="shop/db", SecretString="two")["VersionId"]
    assert stages(secrets) == {first: ["AWSPREVIOUS"], second: ["AWSCURRENT"]}
    assert value(secrets, VersionStage="AWSPREVIOUS") == "one"


def test_a_label_moves_and_the_value_with_it(secrets: Any, db: str, refused: Refused) -> None:
    (first,) = stages(secrets)
    second = secrets.put_secret_value(SecretId="shop/db", SecretString="two")["VersionId"]
    back = {"SecretId": "shop/db", "VersionStage": "AWSCURRENT", "MoveToVersionId": first}
    code, message = refused(secrets.update_secret_version_stage, **back)
    assert (code, second in message) == ("InvalidParameterException", True)
    secrets.update_secret_version_stage(**back, RemoveFromVersionId=second)
    assert stages(secrets) == {first: ["AWSCURRENT"], second: ["AWSPREVIOUS"]}
    assert value(secrets) == "one"
    away = {"SecretId": "shop/db", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": first}
    assert refused(secrets.update_secret_version_stage, **away)[0] == "InvalidParameterException"


def test_a_label_of_ones_own(secrets: Any, db: str, refused: Refused) -> None:
    (first,) = stages(secrets)
    label = {"SecretId": "shop/db", "VersionStage": "live"}
    secrets.update_secret_version_stage(**label, MoveToVersionId=first)
    assert value(secrets, VersionStage="live") == "one"
    second = secrets.put_secret_value(SecretId="shop/db", SecretString="two")["VersionId"]
    assert refused(secrets.get_secret_value, SecretId="shop/db", VersionStage="none") == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: none",
    )
    both = {"SecretId": "shop/db", "VersionId": second, "VersionStage": "AWSPREVIOUS"}
    assert refused(secrets.get_secret_value, **both)[0] == "InvalidRequestException"


def test_versions_without_a_label_are_deprecated(secrets: Any, db: str, refused: Refused) -> None:
    for text in ("two", "three"):
        secrets.put_secret_value(SecretId="shop/db", SecretString=text)
    listed = secrets.list_secret_version_ids(SecretId="shop/db")
    assert (listed["ARN"], len(listed["Versions"])) == (db, 2)
    every = secrets.list_secret_version_ids(SecretId="shop/db", IncludeDeprecated=True)
    assert len(every["Versions"]) == 3
    code, _ = refused(secrets.list_secret_version_ids, SecretId="none")
    assert code == "ResourceNotFoundException"


def test_a_secret_is_described_by_its_labelled_versions(secrets: Any, db: str) -> None:
    """*DescribeSecret*, VersionIdsToStages; *SecretListEntry*, SecretVersionsToStages."""
    for text in ("two", "three"):
        secrets.put_secret_value(SecretId="shop/db", SecretString=text)
    assert sorted(stages(secrets).values()) == [["AWSCURRENT"], ["AWSPREVIOUS"]]
    (listed,) = secrets.list_secrets()["SecretList"]
    assert listed["SecretVersionsToStages"] == stages(secrets)


WINDOWS: dict[str, dict[str, Any]] = {
    "6 days": {"RecoveryWindowInDays": 6},
    "31 days": {"RecoveryWindowInDays": 31},
    "a window and force": {"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True},
}


@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
def test_windows_that_no_deletion_has(
    secrets: Any, db: str, refused: Refused, window: dict[str, Any]
) -> None:
    code, message = refused(secrets.delete_secret, SecretId="shop/db", **window)
    assert (code, "An error occurred" in message) == ("InvalidParameterException", False)
    assert value(secrets) == "one"


def test_a_secret_that_is_marked_for_deletion(secrets: Any, db: str, refused: Refused) -> None:
    secrets.delete_secret(SecretId="shop/db", RecoveryWindowInDays=7)
    expected = ("InvalidRequestException", MARKED)
    secret: dict[str, Any] = {"SecretId": "shop/db"}
    assert refused(secrets.get_secret_value, **secret) == expected
    assert refused(secrets.put_secret_value, SecretString="two", **secret) == expected
    assert refused(secrets.update_secret, Description="x", **secret) == expected
    assert refused(secrets.delete_secret, **secret) == expected
    assert refused(secrets.create_secret, Name="shop/db", SecretString="x") == (
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for "
        "deletion.",
    )
    assert "DeletedDate" in secrets.describe_secret(**secret)
    secrets.restore_secret(**secret)
    assert value(secrets) == "one"
    secrets.delete_secret(ForceDeleteWithoutRecovery=True, **secret)
    assert refused(secrets.get_secret_value, **secret)[0] == "ResourceNotFoundException"
    secrets.create_secret(Name="shop/db", SecretString="new")


STATES: dict[str, tuple[Callable[[Any, str], Any], str]] = {
    "disabled": (lambda kms, key: kms.disable_key(KeyId=key), "DisabledException"),
    "pending deletion": (
        lambda kms, key: kms.schedule_key_deletion(KeyId=key),
        "KMSInvalidStateException",
    ),
}


@pytest.mark.parametrize(("change", "said"), STATES.values(), ids=STATES)
def test_a_key_out_of_use_stops_reads_and_writes(
    secrets: Any, refused: Refused, change: Callable[[Any, str], Any], said: str
) -> None:
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    secrets.create_secret(Name="shop/db", SecretString="one", KmsKeyId=key)
    secrets.create_secret(Name="other", SecretString="two")
    change(kms, key)
    code, message = refused(secrets.get_secret_value, SecretId="shop/db")
    assert code == "DecryptionFailure"
    assert message.startswith(f"Secrets Manager can't decrypt the secret value: {key} is ")
    assert f"Error Code: {said}" in message
    write = {"SecretId": "shop/db", "SecretString": "x"}
    assert refused(secrets.put_secret_value, **write)[0] == "EncryptionFailure"
    assert refused(secrets.create_secret, Name="a", SecretString="x", KmsKeyId=key)[0] == (
        "EncryptionFailure"
    )
    batch = secrets.batch_get_secret_value(SecretIdList=["shop/db", "other"])
    assert [each["SecretString"] for each in batch["SecretValues"]] == ["two"]
    assert [each["ErrorCode"] for each in batch["Errors"]] == ["DecryptionFailure"]
    assert secrets.describe_secret(SecretId="shop/db")["KmsKeyId"] == key


def test_a_key_that_is_not_there(secrets: Any, refused: Refused) -> None:
    new = {"Name": "a", "SecretString": "x", "KmsKeyId": "alias/none"}
    code, message = refused(secrets.create_secret, **new)
    assert (code, "alias/none is not found." in message) == ("EncryptionFailure", True)


def statement(principal: Any = f"arn:aws:iam::{ACCOUNT}:root", **elements: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
        **elements,
    }


MALFORMED: dict[str, tuple[str, str]] = {
    "no JSON": ("{nothing", "This resource policy contains a syntax error."),
    "an unknown effect": (
        document(statement(Effect="AllowSomething")),
        "This resource policy contains a syntax error.",
    ),
    "a user that does not exist": (
        document(statement(own("nobody", "user"))),
        "This resource policy contains an unsupported principal.",
    ),
}


@pytest.mark.parametrize(("policy", "sentence"), MALFORMED.values(), ids=MALFORMED)
def test_a_policy_is_looked_at_when_it_is_set(
    secrets: Any, db: str, refused: Refused, policy: str, sentence: str
) -> None:
    given = {"SecretId": "shop/db", "ResourcePolicy": policy}
    expected = ("MalformedPolicyDocumentException", sentence)
    assert refused(secrets.put_resource_policy, **given) == expected
    assert refused(secrets.validate_resource_policy, **given) == expected
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="shop/db")


def test_a_policy_for_everybody_is_blocked_on_request(
    secrets: Any, db: str, refused: Refused
) -> None:
    given = {"SecretId": "shop/db", "ResourcePolicy": document(statement("*"))}
    code, _ = refused(secrets.put_resource_policy, BlockPublicPolicy=True, **given)
    assert code == "PublicPolicyException"
    checked = secrets.validate_resource_policy(**given)
    assert checked["PolicyValidationPassed"] is False
    assert len(checked["ValidationErrors"]) == 1
    secrets.put_resource_policy(**given)


def test_a_policy_for_somebody_is_taken(secrets: Any, db: str) -> None:
    boto3.client("iam").create_role(RoleName="app", AssumeRolePolicyDocument=trust())
    given = {"SecretId": db, "ResourcePolicy": document(statement(own("app", "role")))}
    assert secrets.validate_resource_policy(**given)["PolicyValidationPassed"] is True
    secrets.put_resource_policy(BlockPublicPolicy=True, **given)
    stored = secrets.get_resource_policy(SecretId="shop/db")["ResourcePolicy"]
    assert json.loads(stored) == json.loads(given["ResourcePolicy"])
