"""What the bookshop's people and their tools do on an ordinary day.

Berlin is two hours ahead of UTC in September: a working day from 8 to 17 is 6 to 15 in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rolelab.trails.bookshop import (
    CLUSTER,
    EXECUTION_ROLE,
    PAYMENTS_SECRET,
    SERVICES,
    WORKING_SESSION,
    arn,
    definition,
)
from rolelab.trails.services import launched, run_task
from rolelab.trails.wire import Caller
from rolelab.trails.world import Activity, World, is_working_day, moment

OFFICE = "203.0.113.10"
_CLI = "aws-cli/2.{minor} md/awscrt#0.27.6 ua/2.1 os/{os} md/arch#{arch} lang/python#3.13.7"


@dataclass(frozen=True, slots=True)
class Machine:
    """Where somebody sits.

    Attributes:
        office: the address during a working day.
        home: the address otherwise.
        agent: the user agent of the command line or the tool.
    """

    office: str
    home: str
    agent: str


MACHINES: Mapping[str, Machine] = {
    "ana": Machine(
        OFFICE, "203.0.113.41", _CLI.format(minor="31.4", os="macos#24.6.0", arch="arm64")
    ),
    "ben": Machine(
        OFFICE, "203.0.113.57", _CLI.format(minor="30.7", os="linux#6.8.0-79", arch="x86_64")
    ),
    "chi": Machine(
        OFFICE, "203.0.113.73", _CLI.format(minor="31.4", os="macos#24.6.0", arch="arm64")
    ),
    "nora": Machine(
        OFFICE, "203.0.113.88", _CLI.format(minor="28.16", os="macos#24.5.0", arch="arm64")
    ),
    "ines": Machine(
        OFFICE, "203.0.113.64", _CLI.format(minor="31.0", os="windows#11", arch="amd64")
    ),
    "pipeline": Machine(
        "198.51.100.60",
        "198.51.100.60",
        _CLI.format(minor="31.2", os="linux#6.12.40", arch="x86_64"),
    ),
    "inventory": Machine(
        "198.51.100.140", "198.51.100.140", "inventory-agent/4.2.1 aws-sdk-java/2.32.19"
    ),
}

ABROAD = "192.0.2.140"
"""Where Ana's laptop is from the 18th to the 25th."""
_HOLIDAY = range(18, 26)

Read = tuple[str, str, Callable[[World], dict[str, Any]]]


Begin = tuple[float, Callable[[World], Activity]]


def of_day(day: int) -> Iterator[Begin]:
    """What people and tools do on one day, each with when it begins."""
    for hour in (1, 7, 13, 19):
        yield moment(day, hour, 30), inventory
    yield from _of_the_administrator(day)
    yield from _of_developers(day)
    yield from _of_the_pipeline(day)
    if day % 7 == _AUDITS:
        yield moment(day, 9, 30), audit


_AUDITS = 3
"""The audit is on Thursdays: the first one of September 2026 is the 3rd."""


def _of_the_administrator(day: int) -> Iterator[Begin]:
    if is_working_day(day):
        yield moment(day, 8, 20), lambda world: administrate(world, 26)
        yield moment(day, 12, 40), lambda world: administrate(world, 34)
    else:
        home = MACHINES["nora"].home
        yield moment(day, 8, 20), lambda world: administrate(world, 12, home)
    once: Mapping[int, Begin] = {
        3: (moment(3, 11, 15), rotate),
        5: (moment(5, 9, 5), migrate),
        6: (moment(6, 22, 48), on_call),
        12: (moment(12, 9, 5), migrate),
        26: (moment(26, 9, 5), migrate),
    }
    if day in once:
        yield once[day]


def _of_developers(day: int) -> Iterator[Begin]:
    if day in _HOLIDAY:
        # Ana has promised to look in once a day.
        yield moment(day, 18, 12), lambda world: develop(world, "ana", 14, ABROAD)
    if not is_working_day(day):
        return
    for user, hours in _HOURS.items():
        if user == "ana" and day in _HOLIDAY:
            continue
        for number, hour in enumerate(hours):
            at = moment(day, hour, 26 - 9 * number)
            yield at, lambda world, who=user: develop(world, who)  # type: ignore[misc]


_HOURS: Mapping[str, Sequence[int]] = {"ana": (6, 11), "ben": (7, 12), "chi": (7, 13)}


def _of_the_pipeline(day: int) -> Iterator[Begin]:
    if is_working_day(day):
        for hour in (8, 10, 14):
            yield moment(day, hour, 50), deploy
    if day == _LATE_DEPLOYMENT:
        yield moment(day, 19, 35), deploy


_LATE_DEPLOYMENT = 22


def assumed(world: World, user: str, role: str, address: str | None = None) -> Caller:
    """Let a user step into a role, and give what the user calls with then."""
    own = world.machines[user]
    own = own.moved(address or own.address, own.agent)
    answer = world.wire.call(
        own,
        "sts",
        "assume_role",
        RoleArn=arn("iam", f"role/{role}"),
        RoleSessionName=user,
        DurationSeconds=WORKING_SESSION,
    )
    keys = answer["Credentials"]
    return own.with_keys(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


# --- what developers read ---------------------------------------------------------------------


def _service(world: World) -> str:
    return world.chance.choice(SERVICES)


def _order(world: World) -> str:
    return f"{world.chance.randint(1, max(1, world.orders)):06}"


_READS: Sequence[Read] = (
    ("ecs", "list_tasks", lambda w: {"cluster": CLUSTER, "family": _service(w)}),
    ("ecs", "describe_task_definition", lambda w: {"taskDefinition": _service(w)}),
    ("ecs", "describe_clusters", lambda w: {"clusters": [CLUSTER]}),
    ("ecs", "list_task_definitions", lambda w: {"familyPrefix": _service(w)}),
    ("logs", "describe_log_streams", lambda w: {"logGroupName": f"/ecs/{_service(w)}", "limit": 5}),
    ("logs", "describe_log_groups", lambda w: {"logGroupNamePrefix": "/ecs/"}),
    ("ecr", "describe_images", lambda w: {"repositoryName": _service(w)}),
    ("s3", "list_objects_v2", lambda w: {"Bucket": "bookshop-orders", "Prefix": "archive/"}),
    (
        "s3",
        "get_object",
        lambda w: {
            "Bucket": "bookshop-orders",
            "Key": f"archive/{w.chance.randint(0, 119):05}.json",
        },
    ),
    ("dynamodb", "get_item", lambda w: {"TableName": "orders", "Key": {"id": {"S": _order(w)}}}),
    ("dynamodb", "describe_table", lambda w: {"TableName": "orders"}),
    ("iam", "list_roles", lambda w: {}),
    ("iam", "get_role", lambda w: {"RoleName": f"{_service(w)}-task-role"}),
)


def develop(world: World, user: str, calls: int = 24, address: str | None = None) -> Activity:
    """A developer looks around, now and then where a developer may not."""
    caller = assumed(world, user, "developer", address)
    for _ in range(world.chance.randint(calls - 6, calls + 6)):
        service, method, parameters = world.chance.choice(_READS)
        world.wire.call(caller, service, method, **parameters(world))
        yield world.chance.expovariate(1 / 90)
        if world.chance.random() < 0.02:
            # A slip: reports are not for developers.
            world.wire.attempt(
                caller, "s3", "get_object", Bucket="bookshop-reports", Key="daily/latest.csv"
            )
            yield 20
    if world.chance.random() < 0.12:
        let_in = run_task(world, caller, "dispatch", startedBy=user)
        yield from launched(world, let_in, _ends)


def _ends(world: World, running: Any) -> Activity:
    yield 5
    running.stop()


# --- the administrator ------------------------------------------------------------------------


def _reader(world: World) -> dict[str, Any]:
    return {"RoleName": f"{_service(world)}-task-role"}


_ADMIN_READS: Sequence[Read] = (
    *_READS,
    ("dynamodb", "scan", lambda w: {"TableName": "orders", "Limit": 20}),
    ("s3", "list_objects_v2", lambda w: {"Bucket": "bookshop-reports"}),
    ("iam", "list_attached_role_policies", _reader),
    ("iam", "list_users", lambda w: {}),
    ("secretsmanager", "list_secrets", lambda w: {}),
)


def administrate(world: World, calls: int, address: str | None = None) -> Activity:
    """Nora does all her work as an administrator, also what a developer could do."""
    caller = assumed(world, "nora", "bookshop-admin", address)
    for _ in range(world.chance.randint(calls - 8, calls + 8)):
        service, method, parameters = world.chance.choice(_ADMIN_READS)
        world.wire.call(caller, service, method, **parameters(world))
        yield world.chance.expovariate(1 / 70)
    if world.chance.random() < 0.25:
        role = f"{_service(world)}-task-role"
        tag = {"Key": "reviewed", "Value": str(int(world.clock.now))}
        world.wire.call(caller, "iam", "tag_role", RoleName=role, Tags=[tag])
        yield 1


def on_call(world: World) -> Activity:
    """A Sunday night in Berlin: orders do not come in, and Nora looks why."""
    caller = assumed(world, "nora", "bookshop-admin", MACHINES["nora"].home)
    for _ in range(16):
        service, method, parameters = world.chance.choice(_READS[:6])
        world.wire.call(caller, service, method, **parameters(world))
        yield world.chance.uniform(20, 120)
    let_in = run_task(world, caller, "orders", startedBy="nora")
    yield from launched(world, let_in, _ends)


def rotate(world: World) -> Activity:
    """The payment provider's key is exchanged, by day and with notice."""
    caller = assumed(world, "nora", "bookshop-admin")
    call = world.wire.call
    call(caller, "secretsmanager", "describe_secret", SecretId=PAYMENTS_SECRET)
    yield 30
    call(caller, "secretsmanager", "get_secret_value", SecretId=PAYMENTS_SECRET)
    yield 90
    call(
        caller,
        "secretsmanager",
        "put_secret_value",
        SecretId=PAYMENTS_SECRET,
        SecretString="not-a-key-either",
    )
    yield 5


def migrate(world: World) -> Activity:
    """A migration of data on a Saturday, announced."""
    caller = assumed(world, "nora", "bookshop-admin")
    let_in = run_task(world, caller, "migrations", startedBy="nora")
    yield from launched(world, let_in, _migration)


def _migration(world: World, running: Any) -> Activity:
    call, program = world.wire.call, running.program
    for number in range(40):
        key = f"archive/{number:05}.json"
        call(program, "s3", "get_object", Bucket="bookshop-orders", Key=key)
        yield 1
        item = {"id": {"S": f"archive-{number:05}"}, "book": {"S": "moved"}}
        call(program, "dynamodb", "put_item", TableName="orders", Item=item)
        yield 1
    running.stop()


# --- the pipeline -----------------------------------------------------------------------------


def deploy(world: World) -> Activity:
    """The pipeline pushes an image and registers a new revision."""
    from rolelab.ecs import oci_image

    caller = assumed(world, "pipeline", "ci-deploy")
    service = world.chance.choice(SERVICES[:3])
    call = world.wire.call
    call(caller, "ecr", "get_authorization_token")
    yield 3
    program = f"print('{service} {int(world.clock.now)}')\n".encode()
    image = oci_image.build({"app.py": program}, ["python", "app.py"])
    where = {"repositoryName": service}
    call(
        caller,
        "ecr",
        "batch_check_layer_availability",
        **where,
        layerDigests=sorted(image.blobs),
    )
    for digest, content in image.blobs.items():
        upload = call(caller, "ecr", "initiate_layer_upload", **where)["uploadId"]
        yield 1
        part = {"partFirstByte": 0, "partLastByte": len(content) - 1, "layerPartBlob": content}
        call(caller, "ecr", "upload_layer_part", **where, uploadId=upload, **part)
        yield 2
        call(
            caller,
            "ecr",
            "complete_layer_upload",
            **where,
            uploadId=upload,
            layerDigests=[digest],
        )
        yield 1
    call(
        caller,
        "ecr",
        "put_image",
        **where,
        imageManifest=image.manifest,
        imageManifestMediaType=oci_image.MANIFEST_TYPE,
        imageTag="1",
    )
    yield 4
    wanted = definition(world.shop, service)
    call(caller, "ecs", "register_task_definition", **wanted)
    yield 1


# --- the auditor and the inventory ------------------------------------------------------------


def audit(world: World) -> Activity:
    """The auditor reads roles, policies and trails, and no data."""
    caller = assumed(world, "ines", "auditor")
    call = world.wire.call
    for service, method in (("iam", "list_users"), ("iam", "list_roles"), ("s3", "list_buckets")):
        call(caller, service, method)
        yield 20
    for name in SERVICES:
        call(caller, "iam", "list_attached_role_policies", RoleName=f"{name}-task-role")
        yield 15
        call(caller, "iam", "get_role", RoleName=f"{name}-task-role")
        yield 15
        call(caller, "ecs", "describe_task_definition", taskDefinition=name)
        yield 40
    for bucket in ("bookshop-orders", "bookshop-labels", "bookshop-reports"):
        call(caller, "s3", "get_bucket_acl", Bucket=bucket)
        yield 30
    call(caller, "iam", "get_role", RoleName=EXECUTION_ROLE)
    yield 20
    call(caller, "iam", "get_account_summary")
    yield 1


_INVENTORY: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("ec2", "describe_instances", {}),
    ("ec2", "describe_vpcs", {}),
    ("ec2", "describe_security_groups", {}),
    ("s3", "list_buckets", {}),
    ("iam", "list_users", {}),
    ("iam", "list_roles", {}),
    ("ecs", "list_clusters", {}),
    ("dynamodb", "list_tables", {}),
    ("ecs", "describe_clusters", {"clusters": [CLUSTER]}),
    ("dynamodb", "describe_table", {"TableName": "orders"}),
    ("kms", "list_keys", {}),
    ("secretsmanager", "list_secrets", {}),
    ("logs", "describe_log_groups", {}),
    ("ecr", "describe_repositories", {}),
    ("sqs", "list_queues", {}),
    ("rds", "describe_db_instances", {}),
    ("lambda", "list_functions", {}),
    ("ec2", "describe_volumes", {}),
    ("ec2", "describe_subnets", {}),
    ("iam", "list_policies", {}),
    ("iam", "get_account_summary", {}),
    ("s3", "get_bucket_policy", {"Bucket": "bookshop-orders"}),
    ("s3", "get_bucket_acl", {"Bucket": "bookshop-reports"}),
)


def inventory(world: World) -> Activity:
    """The inventory tool asks for everything it knows of; half of it, nobody has granted."""
    caller = assumed(world, "inventory", "inventory-scanner")
    for service, method, parameters in _INVENTORY:
        world.wire.attempt(caller, service, method, **parameters)
        yield world.chance.uniform(0.3, 1.5)
