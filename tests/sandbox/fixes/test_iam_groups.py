"""Groups, through boto3. AWS pages: *CreateGroup*, *UpdateGroup*, *DeleteGroup*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.sandbox.fixes.policies import READ_ONLY, own, policy

Refused = Callable[..., tuple[str, str]]


@pytest.fixture
def iam(sandbox: object) -> Any:
    iam = boto3.client("iam")
    iam.create_group(GroupName="staff")
    iam.create_user(UserName="alice")
    return iam


def test_a_group_has_an_agpa_id(iam: Any) -> None:
    assert iam.get_group(GroupName="staff")["Group"]["GroupId"].startswith("AGPA")


def test_names_do_not_differ_by_case_alone(iam: Any, refused: Refused) -> None:
    assert refused(iam.create_group, GroupName="STAFF") == (
        "EntityAlreadyExists",
        "Group with name STAFF already exists.",
    )


def test_a_group_that_is_not_there(iam: Any, refused: Refused) -> None:
    for operation in (
        iam.get_group,
        iam.delete_group,
        iam.update_group,
        iam.list_group_policies,
        iam.list_attached_group_policies,
    ):
        assert refused(operation, GroupName="none") == (
            "NoSuchEntity",
            "The group with name none cannot be found.",
        )


def test_a_group_can_move_without_a_new_name(iam: Any) -> None:
    iam.update_group(GroupName="staff", NewPath="/hq/")
    assert iam.get_group(GroupName="staff")["Group"]["Arn"] == own("hq/staff", "group")


def test_a_renamed_group_keeps_its_policies(iam: Any) -> None:
    iam.attach_group_policy(GroupName="staff", PolicyArn=READ_ONLY)
    iam.update_group(GroupName="staff", NewGroupName="crew")
    attached = iam.list_attached_group_policies(GroupName="crew")["AttachedPolicies"]
    assert [entry["PolicyArn"] for entry in attached] == [READ_ONLY]
    assert iam.get_policy(PolicyArn=READ_ONLY)["Policy"]["AttachmentCount"] == 1


def test_delete_group_says_what_stands_in_the_way(iam: Any, refused: Refused) -> None:
    iam.add_user_to_group(GroupName="staff", UserName="alice")
    iam.attach_group_policy(GroupName="staff", PolicyArn=READ_ONLY)
    iam.put_group_policy(GroupName="staff", PolicyName="p", PolicyDocument=policy())
    for sentence, remove, more in [
        ("remove users from group", iam.remove_user_from_group, {"UserName": "alice"}),
        ("detach all policies", iam.detach_group_policy, {"PolicyArn": READ_ONLY}),
        ("delete policies", iam.delete_group_policy, {"PolicyName": "p"}),
    ]:
        assert refused(iam.delete_group, GroupName="staff") == (
            "DeleteConflict",
            f"Cannot delete entity, must {sentence} first.",
        )
        remove(GroupName="staff", **more)
    iam.delete_group(GroupName="staff")


def test_a_user_is_in_ten_groups_at_most(iam: Any, refused: Refused) -> None:
    for number in range(10):
        iam.create_group(GroupName=f"g{number}")
        iam.add_user_to_group(GroupName=f"g{number}", UserName="alice")
    assert refused(iam.add_user_to_group, GroupName="staff", UserName="alice") == (
        "LimitExceeded",
        "Cannot exceed quota for GroupsPerUser: 10",
    )
    iam.add_user_to_group(GroupName="g0", UserName="alice")


def test_the_user_is_looked_for_before_the_group(iam: Any, refused: Refused) -> None:
    assert refused(iam.remove_user_from_group, GroupName="none", UserName="nobody") == (
        "NoSuchEntity",
        "The user with name nobody cannot be found.",
    )
