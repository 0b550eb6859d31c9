"""Service-linked roles, through boto3. AWS page: *Create a service-linked role*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.sandbox.fixes.policies import READ_ONLY, own, policy, trust

Refused = Callable[..., tuple[str, str]]

ROLE = {"RoleName": "AWSServiceRoleForECS"}
ECS_POLICY = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"


@pytest.fixture
def iam(sandbox: object) -> Any:
    iam = boto3.client("iam")
    iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    return iam


def test_the_service_chooses_name_path_and_policy(iam: Any) -> None:
    role = iam.get_role(**ROLE)["Role"]
    assert role["Arn"] == own("aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", "role")
    attached = iam.list_attached_role_policies(**ROLE)["AttachedPolicies"]
    assert [entry["PolicyArn"] for entry in attached] == [ECS_POLICY]


def test_there_is_one_for_each_service(iam: Any, refused: Refused) -> None:
    assert refused(iam.create_service_linked_role, AWSServiceName="ecs.amazonaws.com") == (
        "InvalidInput",
        "Service role name AWSServiceRoleForECS has been taken in this account, please try a "
        "different suffix.",
    )


def test_a_suffix_goes_with_the_services_that_take_one(iam: Any, refused: Refused) -> None:
    role = iam.create_service_linked_role(
        AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="blue"
    )["Role"]
    assert role["RoleName"] == "AWSServiceRoleForAutoScaling_blue"
    code, _ = refused(
        iam.create_service_linked_role, AWSServiceName="ecs.amazonaws.com", CustomSuffix="blue"
    )
    assert code == "InvalidInput"


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("delete_role", {}),
        ("attach_role_policy", {"PolicyArn": READ_ONLY}),
        ("detach_role_policy", {"PolicyArn": ECS_POLICY}),
        ("put_role_policy", {"PolicyName": "p", "PolicyDocument": policy()}),
        ("update_assume_role_policy", {"PolicyDocument": trust()}),
        ("put_role_permissions_boundary", {"PermissionsBoundary": READ_ONLY}),
        ("update_role", {"MaxSessionDuration": 7200}),
    ],
)
def test_only_the_service_changes_its_role(
    iam: Any, refused: Refused, operation: str, more: dict[str, Any]
) -> None:
    assert refused(getattr(iam, operation), **ROLE, **more) == (
        "UnmodifiableEntity",
        "Cannot perform the operation on the protected role 'AWSServiceRoleForECS' - this role "
        "is only modifiable by AWS",
    )


def test_its_description_can_be_changed(iam: Any) -> None:
    iam.update_role(**ROLE, Description="runs the bookshop")
    assert iam.get_role(**ROLE)["Role"]["Description"] == "runs the bookshop"


def test_it_is_deleted_by_a_task(iam: Any, refused: Refused) -> None:
    task = iam.delete_service_linked_role(**ROLE)["DeletionTaskId"]
    assert task.startswith("task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/")
    status = iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert status["Status"] == "SUCCEEDED"
    assert refused(iam.get_role, **ROLE)[0] == "NoSuchEntity"


def test_a_task_that_was_never_started(iam: Any, refused: Refused) -> None:
    code, _ = refused(iam.get_service_linked_role_deletion_status, DeletionTaskId="task/none")
    assert code == "NoSuchEntity"


def test_a_role_of_ones_own_is_not_deleted_this_way(iam: Any, refused: Refused) -> None:
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust())
    code, _ = refused(iam.delete_service_linked_role, RoleName="app")
    assert code == "InvalidInput"
    iam.get_role(RoleName="app")
