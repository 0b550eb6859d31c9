"""Launches on paper leave the same records as real ones."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

import rolelab
from rolelab.account import Account
from rolelab.trails import services
from rolelab.trails.bookshop import ACCOUNT, CLUSTER, REGION, Bookshop, build
from rolelab.trails.launches import NAT, launched_on_paper
from rolelab.trails.simulated import Clock
from rolelab.trails.wire import Caller, Wire, keys_of
from rolelab.trails.world import World

ROOT = Path(__file__).resolve().parents[2]
NOT_IN_CLOUDTRAIL = {"PutLogEvents"}


@pytest.fixture
def sandbox() -> Iterator[Account]:
    yield rolelab.start(ACCOUNT, REGION)
    rolelab.stop()


def with_the_program(sandbox: Account) -> Bookshop:
    """The account, where the image `orders:1` is the orders service of the lessons."""
    shop = build(sandbox)
    sandbox.push_image("orders:1", ROOT / "data" / "apps" / "orders" / "app.py")
    order = json.dumps({"book": "Emma"})
    s3 = boto3.client("s3")
    s3.put_object(Bucket="bookshop-orders", Key="incoming/000001.json", Body=order)
    return shop


def shape(record: dict[str, Any]) -> tuple[Any, ...]:
    """What has to be the same: who, what, and which elements the record has."""
    identity = record["userIdentity"]
    issuer = identity.get("sessionContext", {}).get("sessionIssuer", {}).get("arn")
    asked = record["requestParameters"]
    return (
        record["eventSource"],
        record["eventName"],
        record.get("errorCode"),
        issuer,
        tuple(identity),
        identity.get("invokedBy"),
        record["sourceIPAddress"] if identity["type"] == "AWSService" else "an address",
        tuple(record),
        tuple(asked) if asked else None,
        tuple(record["responseElements"] or ()),
        tuple(tuple(each) for each in record.get("resources", ())),
    )


def shapes(records: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """The shapes of a launch and of what its program calls, RunTask first."""
    names = [record["eventName"] for record in records]
    launch = records[names.index("RunTask") :]
    return [
        shape(record)
        for record in launch
        if record["eventName"] not in NOT_IN_CLOUDTRAIL | {"DescribeTasks"}
    ]


def really_launched(sandbox: Account) -> list[tuple[Any, ...]]:
    shop = with_the_program(sandbox)
    ecs = boto3.client("ecs")
    ran = ecs.run_task(
        cluster=CLUSTER,
        taskDefinition="orders",
        launchType="FARGATE",
        networkConfiguration=shop.network,
    )
    arn = ran["tasks"][0]["taskArn"]
    ecs.get_waiter("tasks_stopped").wait(
        cluster=CLUSTER, tasks=[arn], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    (container,) = ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"][0]["containers"]
    assert container["exitCode"] == 0
    return shapes(sandbox.trail[:])


def launched_without_a_process(sandbox: Account) -> list[tuple[Any, ...]]:
    clock, chance = Clock(time.time()), random.Random(1)
    with launched_on_paper() as tasks:
        shop = with_the_program(sandbox)
        world = World(shop, clock, Wire(clock, chance, REGION), tasks, chance, {})
        world.waiting = ["incoming/000001.json"]
        chance.randint = lambda *_: 0  # type: ignore[method-assign] # no order comes in meanwhile
        administrator = Caller(keys_of(sandbox.admin()), NAT, "aws-cli/2")
        let_in = services.run_task(world, administrator, "orders")
        for _ in services.launched(world, let_in, services.take_in):
            pass
    return shapes(sandbox.trail[:])


@pytest.mark.cost(6)
def test_a_launch_on_paper_leaves_the_records_of_a_real_one(sandbox: Account) -> None:
    real = really_launched(sandbox)
    paper = launched_without_a_process(rolelab.start(ACCOUNT, REGION))
    # Between the steps of one role the order is the same; the two roles' AssumeRole come before
    # RunTask has answered, so RunTask is first in both.
    assert [each[:4] for each in paper] == [each[:4] for each in real]
    assert paper == real
