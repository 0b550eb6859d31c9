"""Services: tasks are started, replaced and stopped. Page: *Amazon ECS services*."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.ecs.bookshop import CLUSTER, EXECUTION, EXECUTION_POLICY, Bookshop
from tests.sandbox.people import document

WAIT = "import time\nprint('up', flush=True)\ntime.sleep(600)\n"


def _create(shop: Bookshop, count: int = 2, **changes: Any) -> dict[str, Any]:
    definition = shop.register(shop.container(image=shop.push(WAIT, "wait")))
    answer: dict[str, Any] = shop.ecs.create_service(
        cluster=CLUSTER,
        serviceName="web",
        taskDefinition=definition,
        desiredCount=count,
        launchType="FARGATE",
        networkConfiguration=shop.network,
        **changes,
    )["service"]
    return answer


def _stable(shop: Bookshop) -> dict[str, Any]:
    shop.ecs.get_waiter("services_stable").wait(
        cluster=CLUSTER, services=["web"], WaiterConfig={"Delay": 0.1, "MaxAttempts": 300}
    )
    return _service(shop)


def _service(shop: Bookshop) -> dict[str, Any]:
    found: dict[str, Any] = shop.ecs.describe_services(cluster=CLUSTER, services=["web"])[
        "services"
    ][0]
    return found


def _tasks(shop: Bookshop) -> list[str]:
    arns: list[str] = shop.ecs.list_tasks(cluster=CLUSTER, serviceName="web")["taskArns"]
    return arns


def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(300):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come true")


def test_as_many_tasks_run_as_are_desired(shop: Bookshop) -> None:
    created = _create(shop)
    assert (created["desiredCount"], created["runningCount"]) == (2, 0)
    service = _stable(shop)
    assert (service["runningCount"], service["pendingCount"]) == (2, 0)
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"
    assert service["events"][0]["message"] == "(service web) has reached a steady state."
    described = shop.ecs.describe_tasks(cluster=CLUSTER, tasks=_tasks(shop))["tasks"]
    assert {each["group"] for each in described} == {"service:web"}


def test_a_task_that_ends_is_replaced(shop: Bookshop) -> None:
    _create(shop, count=1)
    _stable(shop)
    first = _tasks(shop)
    shop.ecs.stop_task(cluster=CLUSTER, task=first[0])
    _until(lambda: bool(_tasks(shop)) and _tasks(shop) != first)
    assert _stable(shop)["runningCount"] == 1


def test_it_scales_in_and_says_why_a_task_stopped(shop: Bookshop) -> None:
    _create(shop)
    _stable(shop)
    before = _tasks(shop)
    shop.ecs.update_service(cluster=CLUSTER, service="web", desiredCount=1)
    _until(lambda: len(_tasks(shop)) == 1)
    (stopped,) = set(before) - set(_tasks(shop))
    task = shop.ended(stopped)
    assert task["stopCode"] == "ServiceSchedulerInitiated"
    assert task["stoppedReason"].startswith("Scaling activity initiated by (deployment ecs-svc/")


def test_a_new_definition_takes_the_place_of_the_old(shop: Bookshop) -> None:
    _create(shop, count=1)
    _stable(shop)
    old = _tasks(shop)[0]
    definition = shop.register(
        shop.container(image=shop.push(WAIT, "wait")), cpu="512", memory="1024"
    )
    shop.ecs.update_service(cluster=CLUSTER, service="web", taskDefinition=definition)
    _until(lambda: old not in _tasks(shop))
    assert len(_stable(shop)["deployments"]) == 1
    new = shop.look(_tasks(shop)[0])
    assert new["taskDefinitionArn"] == definition


def test_a_deployment_that_cannot_start_leaves_the_old_tasks_running(shop: Bookshop) -> None:
    _create(shop, count=1)
    _stable(shop)
    old = _tasks(shop)
    shop.iam.detach_role_policy(RoleName=EXECUTION, PolicyArn=EXECUTION_POLICY)
    shop.ecs.update_service(cluster=CLUSTER, service="web", forceNewDeployment=True)
    _until(lambda: _service(shop)["deployments"][0]["failedTasks"] > 0)
    assert old[0] in _tasks(shop)
    said = "(service web) was unable to place a task. Reason: ResourceInitializationError: "
    assert any(each["message"].startswith(said) for each in _service(shop)["events"])
    shop.iam.attach_role_policy(RoleName=EXECUTION, PolicyArn=EXECUTION_POLICY)
    _until(lambda: old[0] not in _tasks(shop))


def test_a_role_that_lets_ecs_in_no_more_is_an_event(shop: Bookshop) -> None:
    _create(shop, count=1)
    _stable(shop)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    shop.iam.update_assume_role_policy(RoleName=EXECUTION, PolicyDocument=document(statement))
    shop.ecs.stop_task(cluster=CLUSTER, task=_tasks(shop)[0])
    said = "failed to launch a task with (error ECS was unable to assume the role"
    _until(lambda: any(said in each["message"] for each in _service(shop)["events"]))


def test_its_tasks_end_with_it(shop: Bookshop) -> None:
    _create(shop, count=1)
    _stable(shop)
    task = _tasks(shop)[0]
    shop.ecs.delete_service(cluster=CLUSTER, service="web", force=True)
    assert shop.ended(task)["lastStatus"] == "STOPPED"
    time.sleep(0.3)
    assert _tasks(shop) == []


def test_security_groups_may_be_left_to_the_vpc(shop: Bookshop) -> None:
    del shop.network["awsvpcConfiguration"]["securityGroups"]
    _create(shop, count=1)
    assert _stable(shop)["runningCount"] == 1
