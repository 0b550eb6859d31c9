"""The evenings and nights of September that were not ordinary.

Lab 8 asks what happened. Whoever wants to find it in the records should stop reading here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rolelab.trails.bookshop import (
    BUCKETS,
    CLUSTER,
    EXECUTION_ROLE,
    PAYMENTS_KEY,
    PAYMENTS_SECRET,
    SERVICES,
    arn,
    definition,
)
from rolelab.trails.people import assumed
from rolelab.trails.services import launched, run_task
from rolelab.trails.wire import Caller
from rolelab.trails.world import Activity, World, moment

FIRST_ADDRESS, SECOND_ADDRESS = "192.0.2.77", "192.0.2.201"
CLI = (
    "aws-cli/2.22.0 md/awscrt#0.23.0 ua/2.0 os/linux#6.11.2-amd64 md/arch#x86_64 lang/python#3.12.6"
)
SDK = (
    "Boto3/1.35.36 md/Botocore#1.35.36 ua/2.0 os/linux#6.11.2-amd64 md/arch#x86_64 "
    "lang/python#3.12.6 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.35.36"
)
FAMILY = "orders-debug"


def of_day(day: int) -> Iterator[tuple[float, Callable[[World], Activity]]]:
    """What is unusual on one day."""
    yield from {
        10: [(moment(10, 18, 52, 10), look_around)],
        14: [(moment(14, 23, 38, 41), step_in)],
        20: [(moment(20, 3, 20, 17), come_back)],
    }.get(day, [])


def look_around(world: World) -> Activity:
    """Somebody has got the credentials of a running task of the orders service."""
    thief = world.programs["orders"].moved(FIRST_ADDRESS, CLI)
    call, attempt = world.wire.call, world.wire.attempt
    call(thief, "sts", "get_caller_identity")
    yield 14
    call(thief, "s3", "list_buckets")
    yield 22
    for bucket in BUCKETS:
        call(thief, "s3", "list_objects_v2", Bucket=bucket)
        yield world.chance.uniform(4, 15)
    for service, method in (
        ("iam", "list_roles"),
        ("secretsmanager", "list_secrets"),
        ("kms", "list_keys"),
        ("ecs", "list_clusters"),
    ):
        attempt(thief, service, method)
        yield world.chance.uniform(3, 9)
    call(thief, "dynamodb", "list_tables")
    yield 8
    for _ in range(3):
        call(thief, "dynamodb", "scan", TableName="orders", Limit=100)
        yield 5
    for key in ("ci/build.yaml", "ci/chi.env"):
        call(thief, "s3", "get_object", Bucket="bookshop-config", Key=key)
        yield 11


def step_in(world: World) -> Activity:
    """The file had a developer's key. The developer may pass more roles than is good."""
    yield from _as_developer(world, FIRST_ADDRESS, CLI)
    developer = _developer(world, FIRST_ADDRESS, CLI)
    call, attempt = world.wire.call, world.wire.attempt
    yield 20
    call(developer, "iam", "list_roles")
    yield 45
    for role in ("orders-task-role", "migrations-task-role"):
        call(developer, "iam", "list_role_policies", RoleName=role)
        yield 12
    call(developer, "iam", "get_role_policy", RoleName="migrations-task-role", PolicyName="access")
    yield 60
    attempt(developer, "secretsmanager", "get_secret_value", SecretId=PAYMENTS_SECRET)
    yield 30
    call(developer, "ecs", "list_task_definitions")
    yield 15
    call(developer, "ecs", "describe_task_definition", taskDefinition="migrations")
    # Past midnight in UTC, and two hours further in Berlin.
    yield moment(15, 0, 6, 2) - world.clock.now
    yield from _debug(world, developer, "migrations-task-role", FIRST_ADDRESS, CLI, _take)


def come_back(world: World) -> Activity:
    """The same again from elsewhere, and the execution role as a task role."""
    yield from _as_developer(world, SECOND_ADDRESS, SDK)
    developer = _developer(world, SECOND_ADDRESS, SDK)
    yield 25
    yield from _debug(world, developer, EXECUTION_ROLE, SECOND_ADDRESS, SDK, _read_secrets)


def _as_developer(world: World, address: str, agent: str) -> Activity:
    """What somebody tries first who has a key and does not know whose."""
    key = world.machines["chi"].moved(address, agent)
    call, attempt = world.wire.call, world.wire.attempt
    call(key, "sts", "get_caller_identity")
    yield 9
    attempt(key, "iam", "list_users")
    yield 7
    attempt(key, "s3", "list_buckets")
    yield 12
    for role in ("bookshop-admin", "ci-deploy"):
        admin = arn("iam", f"role/{role}")
        attempt(key, "sts", "assume_role", RoleArn=admin, RoleSessionName="chi")
        yield 10


def _developer(world: World, address: str, agent: str) -> Caller:
    return assumed(world, "chi", "developer", address).moved(address, agent)


def _debug(
    world: World,
    developer: Caller,
    role: str,
    address: str,
    agent: str,
    use: Callable[[World, Caller], Activity],
) -> Activity:
    """Register a task with a role one does not have, run it, and take its credentials along."""
    wanted: dict[str, Any] = {
        **definition(world.shop, "orders"),
        "family": FAMILY,
        "taskRoleArn": arn("iam", f"role/{role}"),
    }
    registered = world.wire.call(developer, "ecs", "register_task_definition", **wanted)
    yield 28
    revision = registered["taskDefinition"]["revision"]
    let_in = run_task(world, developer, f"{FAMILY}:{revision}")
    yield 2
    tasks: list[str] = []

    def wait(world: World, running: Any) -> Activity:
        tasks.append(running.task.task_arn)
        yield 240
        yield from use(world, running.program.moved(address, agent))
        running.stop()

    yield from launched(world, let_in, wait)
    world.wire.call(developer, "ecs", "describe_tasks", cluster=CLUSTER, tasks=tasks)
    yield 1


def _take(world: World, thief: Caller) -> Activity:
    call = world.wire.call
    call(thief, "sts", "get_caller_identity")
    yield 18
    call(thief, "secretsmanager", "list_secrets")
    yield 33
    call(thief, "secretsmanager", "get_secret_value", SecretId=PAYMENTS_SECRET)
    yield 26
    call(thief, "kms", "describe_key", KeyId=PAYMENTS_KEY)
    yield 40
    for number in range(90):
        key = f"archive/{number:05}.json"
        call(thief, "s3", "get_object", Bucket="bookshop-orders", Key=key)
        yield 0.7


def _read_secrets(world: World, thief: Caller) -> Activity:
    call, attempt = world.wire.call, world.wire.attempt
    call(thief, "sts", "get_caller_identity")
    yield 6
    for service in SERVICES:
        call(thief, "secretsmanager", "get_secret_value", SecretId=f"{service}/db")
        yield 5
    attempt(thief, "secretsmanager", "get_secret_value", SecretId=PAYMENTS_SECRET)
    yield 9
    call(thief, "ecr", "get_authorization_token")
    yield 4
    attempt(thief, "ecr", "describe_repositories")
    yield 4
    attempt(thief, "s3", "list_buckets")
    yield 1
