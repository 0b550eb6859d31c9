"""The account of the records, to act in."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

import rolelab
from rolelab.account import Account
from rolelab.trails import load, reopened
from rolelab.trails.files import log_files
from tests.trails.test_dataset import TRAILS


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Account]:
    yield reopened.start()
    rolelab.stop()


def test_nothing_is_recorded_yet(sandbox: Account) -> None:
    assert len(sandbox.trail) == 0


def test_keys_and_roles_are_those_of_the_records(sandbox: Account) -> None:
    day = load(log_files(TRAILS)[0])
    users = day[day["identity"] == "IAMUser"].drop_duplicates("user")
    iam = boto3.client("iam")
    assert len(users) >= 4
    for user, key in zip(users["user"], users["access_key"], strict=True):
        (found,) = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
        assert found["AccessKeyId"] == key
    session = day[day["role"] == "orders-task-role"].iloc[0]["record"]
    role = iam.get_role(RoleName="orders-task-role")["Role"]
    assert session["userIdentity"]["principalId"].startswith(role["RoleId"])


def test_one_acts_in_it_as_its_administrator(sandbox: Account) -> None:
    boto3.client("iam").update_access_key(
        UserName="chi",
        AccessKeyId=boto3.client("iam").list_access_keys(UserName="chi")["AccessKeyMetadata"][0][
            "AccessKeyId"
        ],
        Status="Inactive",
    )
    assert sandbox.trail[-1]["eventName"] == "UpdateAccessKey"
