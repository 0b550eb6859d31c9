"""Every fix of Secrets Manager is still needed: raw moto, without the gate, still answers wrongly.

A row that fails is good news: moto has become right, and the fix that the row names can go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.sandbox.fixes.test_moto_is_still_wrong import answer, taken, unsupported

pytestmark = pytest.mark.usefixtures("raw_moto")

Wrong = Callable[[Any], bool]


@pytest.fixture
def raw(raw_moto: None) -> Any:
    """A client of raw moto, and a secret `x`."""
    client = boto3.client("secretsmanager")
    client.create_secret(Name="x", SecretString="one")
    return client


def disabled(raw: Any) -> bool:
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    raw.create_secret(Name="y", SecretString="y", KmsKeyId=key)
    kms.disable_key(KeyId=key)
    return taken(raw.get_secret_value, SecretId="y") and bool(
        raw.batch_get_secret_value(SecretIdList=["y"])["SecretValues"]
    )


def marked(raw: Any, operation: Callable[..., Any], **given: Any) -> tuple[str, str]:
    raw.delete_secret(SecretId="x")
    return answer(operation, **given)


def the_old_value_after_a_move(raw: Any) -> bool:
    first = raw.describe_secret(SecretId="x")["VersionIdsToStages"]
    second = raw.put_secret_value(SecretId="x", SecretString="two")["VersionId"]
    (before,) = first
    raw.update_secret_version_stage(
        SecretId="x",
        VersionStage="AWSCURRENT",
        MoveToVersionId=before,
        RemoveFromVersionId=second,
    )
    return bool(raw.get_secret_value(SecretId="x")["SecretString"] == "two")


def unreadable_after_a_rotation(raw: Any) -> bool:
    raw.rotate_secret(SecretId="x")
    return not taken(raw.get_secret_value, SecretId="x")


def a_schedule_is_nought_days(raw: Any) -> bool:
    raw.rotate_secret(SecretId="x", RotationRules={"ScheduleExpression": "rate(10 days)"})
    return bool(raw.describe_secret(SecretId="x")["RotationRules"] == {"AutomaticallyAfterDays": 0})


def shown_without_a_label(raw: Any) -> bool:
    for text in ("two", "three"):
        raw.put_secret_value(SecretId="x", SecretString=text)
    return len(raw.describe_secret(SecretId="x")["VersionIdsToStages"]) == 3


def not_found(operation: Callable[..., Any], **given: Any) -> bool:
    """Does moto itself fail where a secret is missing?"""
    try:
        operation(**given)
    except ClientError:
        return False
    except Exception:
        return True
    return False


ROWS: dict[str, Wrong] = {
    "create_secret: any name": lambda raw: taken(raw.create_secret, Name="a b", SecretString="x"),
    "create_secret: beside one that is about to be deleted": lambda raw: (
        "scheduled for deletion"
        not in marked(raw, raw.create_secret, Name="x", SecretString="x")[1]
    ),
    "one_value: two": lambda raw: taken(
        raw.create_secret, Name="a", SecretString="x", SecretBinary=b"x"
    ),
    "not_marked_for_deletion: in its own words": lambda raw: (
        "An error occurred" in marked(raw, raw.get_secret_value, SecretId="x")[1]
    ),
    "not_marked_for_deletion: a new value": lambda raw: (
        marked(raw, raw.put_secret_value, SecretId="x", SecretString="two") == ("", "")
    ),
    "delete_secret: in its own words": lambda raw: (
        "An error occurred" in answer(raw.delete_secret, SecretId="x", RecoveryWindowInDays=3)[1]
    ),
    "keys: a disabled key": disabled,
    "written_under_a_key: any text is a key": lambda raw: taken(
        raw.create_secret, Name="a", SecretString="x", KmsKeyId="none"
    ),
    "get_secret_value: which label": lambda raw: (
        "label" not in answer(raw.get_secret_value, SecretId="x", VersionStage="none")[1]
    ),
    "list_secret_version_ids: the name is the ARN": lambda raw: (
        raw.list_secret_version_ids(SecretId="x")["ARN"] == "x"
    ),
    "list_secret_version_ids: there is none": lambda raw: not_found(
        raw.list_secret_version_ids, SecretId="none"
    ),
    "update_secret_version_stage: the old value": the_old_value_after_a_move,
    "put_resource_policy: any text is a policy": lambda raw: taken(
        raw.put_resource_policy, SecretId="x", ResourcePolicy="{nothing"
    ),
    "validate_resource_policy: missing": lambda raw: unsupported(
        raw.validate_resource_policy, ResourcePolicy="{}"
    ),
    "rotate_secret: without a function": unreadable_after_a_rotation,
    "cancel_rotate_secret: in other words": lambda raw: (
        "tried to enable rotation" in answer(raw.cancel_rotate_secret, SecretId="x")[1]
    ),
    "describe_secret: a schedule": a_schedule_is_nought_days,
    "only_labelled_versions: one without a label": shown_without_a_label,
}


@pytest.mark.parametrize("wrong", [pytest.param(wrong, id=name) for name, wrong in ROWS.items()])
def test_raw_moto_still_answers_otherwise_than_aws(raw: Any, wrong: Wrong) -> None:
    assert wrong(raw), "moto answers this as AWS does now: the fix can go"
