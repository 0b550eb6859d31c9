"""Application Auto Scaling: who scales, and who has let it.

AWS page: *Application Auto Scaling identity-based policy examples*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from rolelab.sandbox import gate
from rolelab.sandbox.account import Sandbox
from tests.sandbox.people import allow

ACCOUNT = "123456789012"
NAME = "AWSServiceRoleForApplicationAutoScaling_ECSService"
TARGET: dict[str, Any] = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/web",
    "ScalableDimension": "ecs:service:DesiredCount",
    "MinCapacity": 1,
    "MaxCapacity": 2,
}
SCALE = ["application-autoscaling:*", "ecs:DescribeServices", "ecs:UpdateService"]


@pytest.fixture
def service(sandbox: Sandbox) -> None:
    """A service `web` in a cluster `shop`."""
    ecs = boto3.client("ecs")
    ecs.create_cluster(clusterName="shop")
    container = {"name": "app", "image": "app", "memory": 64}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    ecs.create_service(cluster="shop", serviceName="web", taskDefinition="web", desiredCount=0)


def roles() -> list[str]:
    return [each["RoleName"] for each in boto3.client("iam").list_roles()["Roles"]]


@pytest.mark.usefixtures("service")
def test_the_first_target_makes_the_service_linked_role_for_the_caller(sandbox: Sandbox) -> None:
    scaling = boto3.client("application-autoscaling")
    scaling.register_scalable_target(**TARGET)
    scaling.register_scalable_target(**TARGET)
    assert roles().count(NAME) == 1
    made = [each for each in sandbox.trail if each["eventName"] == "CreateServiceLinkedRole"]
    assert len(made) == 1
    assert made[0]["userIdentity"]["invokedBy"] == "application-autoscaling.amazonaws.com"


@pytest.mark.usefixtures("service")
def test_who_may_not_make_the_role_cannot_register(role: Callable[..., boto3.Session]) -> None:
    scaling = role("deployer", allow(SCALE)).client("application-autoscaling")
    with pytest.raises(scaling.exceptions.ClientError) as caught:
        scaling.register_scalable_target(**TARGET)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith("Unable to assume IAM role: ")
    assert NAME not in roles()
    boto3.client("application-autoscaling").register_scalable_target(**TARGET)
    scaling.register_scalable_target(**TARGET)


@pytest.mark.usefixtures("service")
def test_scaling_a_service_needs_to_update_it(role: Callable[..., boto3.Session]) -> None:
    scaling = role("deployer", allow("application-autoscaling:*")).client("application-autoscaling")
    with pytest.raises(scaling.exceptions.ClientError, match="ecs:DescribeServices"):
        scaling.register_scalable_target(**TARGET)


@pytest.mark.usefixtures("service")
def test_moto_is_still_wrong_and_makes_no_role() -> None:
    gate.remove()
    boto3.client("application-autoscaling").register_scalable_target(**TARGET)
    assert NAME not in roles()
