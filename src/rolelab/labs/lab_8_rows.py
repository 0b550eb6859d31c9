"""The thirteen questions of lab 8: four things that the shop needs, nine that the intruder had."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from rolelab.labs.answer_table import Call, Refused, Row, probed
from rolelab.labs.callers import Caller, arn_of_role, as_account, as_role, as_service, as_user
from rolelab.labs.grader import CheckFailed
from rolelab.labs.lab_8_intruder import ELSEWHERE, NAT, TASKS, Held, Intruder, client, credentials
from rolelab.trails.bookshop import CLUSTER, EXECUTION_ROLE, PAYMENTS_SECRET, SERVICES, arn

MINE = "rolelab-check"
_SCHEDULE, _PIPELINE, _DEVELOPER = "shop-schedule", "ci-deploy", "developer"
_PROGRAM = "orders-task-role"
_ORDER, _BOOK = "incoming/990001.json", "Northanger Abbey"
_PATIENCE = 60.0
"""Seconds that a check waits for the end of a task."""


# --- calls --------------------------------------------------------------------------------------


def _makes(who: str, action: str, resource: str, hint: str, make: Callable[[], object]) -> Call:
    """One call, of which a refusal that is no denial is a refusal, too."""

    def tried() -> None:
        from botocore.exceptions import ClientError

        from rolelab.sandbox.denial import AUTHENTICATION_CODES

        try:
            make()
        except ClientError as error:
            code, said = error.response["Error"]["Code"], error.response["Error"]["Message"]
            if code in AUTHENTICATION_CODES:
                raise Refused(f"{code}: {said}", "the credentials") from None
            if code in _NO_DENIALS:
                raise Refused(f"{code}: {said}", "the state of the account") from None
            raise

    return Call(who, action, resource, tried, hint)


_NO_DENIALS = frozenset(
    {
        *("ClientException", "InvalidParameterException", "InvalidRequestException"),
        *("ResourceNotFoundException", "NoSuchBucket", "NoSuchKey"),
    }
)
"""Answers to callers who are allowed, about something that is not there or not so."""


def _new(role: str, *, assumed_by: str | None = TASKS) -> Caller:
    """A session of a role that begins now.

    Raises:
        CheckFailed: the role is gone, or does not let the service in any more.
    """
    try:
        return as_role(_there(role), assumed_by=assumed_by)
    except CheckFailed as failed:
        if not failed.attempts:
            raise
        raise _stopped(role, failed, _TRUST_IS_NEEDED) from None


def _there(role: str) -> str:
    """The ARN of a role that the shop needs.

    Raises:
        CheckFailed: there is no such role.
    """
    try:
        return arn_of_role(role)
    except CheckFailed as failed:
        raise _stopped(role, failed, _ROLE_IS_NEEDED) from None


def _stopped(role: str, failed: CheckFailed, hint: str) -> CheckFailed:
    goal = f"The shop goes on working with the role {role}."
    return CheckFailed(goal, verdict=failed.goal, attempts=failed.attempts, hint=hint)


def _client_of(role: str, service: str) -> Any:
    """A boto3 client with a session of a role that begins now. Its trust policy is not asked."""
    from rolelab.sandbox import sessions

    made = sessions.issue("assumed-role", issuer_arn=_there(role), name=MINE, duration=900)
    keys = credentials(made.access_key_id, made.secret_access_key, made.session_token)
    return client(service, **keys)


def _run(ecs: Any, world: Intruder, definition: str, **more: Any) -> None:
    """Call RunTask, and start no container: the question is who may."""
    from rolelab.trails.launches import launched_on_paper

    with launched_on_paper():
        ecs.run_task(**_request(world, definition), **more)


def _request(world: Intruder, definition: str) -> dict[str, Any]:
    (first, *_) = (each["requestParameters"] for each in world.incident.done("RunTask"))
    return {
        "cluster": CLUSTER,
        "taskDefinition": definition,
        "launchType": "FARGATE",
        "networkConfiguration": first["networkConfiguration"],
    }


def _definition(world: Intruder, family: str, task_role: str) -> dict[str, Any]:
    """The task definition of the orders service, with another family and another task role."""
    (first, *_) = (
        each["requestParameters"] for each in world.incident.done("RegisterTaskDefinition")
    )
    return {**first, "family": family, "taskRoleArn": arn("iam", f"role/{task_role}")}


def _wide(world: Intruder) -> str:
    """The role that was passed because of what it may do."""
    return next(each for each in world.incident.passed if each != EXECUTION_ROLE)


# --- what the shop needs --------------------------------------------------------------------------


def _takes_in(world: Intruder) -> Iterator[Call]:
    from rolelab.sandbox import gate

    body = json.dumps({"book": _BOOK}).encode()
    with gate.bypassed():
        client("s3").put_object(Bucket="bookshop-orders", Key=_ORDER, Body=body)
    yield _makes(
        f"role {_SCHEDULE}",
        "ecs:RunTask",
        "orders, with a new order waiting",
        _LAUNCH,
        partial(_launch, world),
    )


def _launch(world: Intruder) -> None:
    """Run the service once, as EventBridge does.

    Raises:
        Refused: it was let in, and did not take in the order.
        botocore.exceptions.ClientError: EventBridge may not step into its role, or not run it.
    """
    from rolelab.ecs import agent
    from rolelab.sandbox import gate

    events = as_service("events.amazonaws.com")
    ecs = events.assume(_there(_SCHEDULE), session_name=MINE).client("ecs")
    task_arn = ecs.run_task(**_request(world, "orders"))["tasks"][0]["taskArn"]
    task = agent.current().task(task_arn)
    assert task is not None
    if not task.wait_until(lambda each: each.last_status == "STOPPED", _PATIENCE):
        raise Refused("the task has not ended", "the launch")
    described = task.described()
    if described["containers"][0].get("exitCode") != 0:
        raise Refused(str(described.get("stoppedReason")), "the launch")
    with gate.bypassed():
        kept = client("dynamodb").get_item(TableName="orders", Key={"id": {"S": "990001"}})
    if kept.get("Item", {}).get("book", {}).get("S") != _BOOK:
        raise Refused("the order is not in the table orders", "the launch")


def _programs_work(world: Intruder) -> Iterator[Call]:
    agent = _new(EXECUTION_ROLE)
    for name in SERVICES:
        yield _makes(
            agent.name,
            "secretsmanager:GetSecretValue",
            f"{name}/db",
            _AGENT,
            partial(_password, f"{name}/db"),
        )
    yield probed(agent, "ecr:GetAuthorizationToken", "*", _AGENT)
    yield probed(agent, "ecr:BatchGetImage", arn("ecr", "repository/orders"), _AGENT)
    stream = arn("logs", f"log-group:/ecs/orders:log-stream:{MINE}")
    yield probed(agent, "logs:CreateLogStream", stream, _AGENT)
    orders, table = "arn:aws:s3:::bookshop-orders", arn("dynamodb", "table/orders")
    program = _new(_PROGRAM)
    yield probed(program, "s3:ListBucket", orders, _WORK, Prefix="incoming/")
    yield probed(program, "s3:GetObject", f"{orders}/{_ORDER}", _WORK)
    yield probed(program, "dynamodb:PutItem", table, _WORK)
    yield probed(program, "dynamodb:GetItem", table, _WORK)
    migrations = _new(_wide(world))
    yield probed(migrations, "s3:GetObject", f"{orders}/archive/00001.json", _MIGRATION)
    yield probed(migrations, "dynamodb:PutItem", table, _MIGRATION)


def _password(name: str) -> None:
    """Read a secret as the agent does: the task definitions name its key `password`."""
    secrets = _client_of(EXECUTION_ROLE, "secretsmanager")
    text = secrets.get_secret_value(SecretId=name)["SecretString"]
    try:
        json.loads(text)["password"]
    except (ValueError, KeyError, TypeError):
        raise Refused(f"{name} has no key password any more", "the secret") from None


def _developers_work(world: Intruder) -> Iterator[Call]:
    for name in ("ana", world.incident.user):
        yield _steps_in(name)
    new = _new(_DEVELOPER, assumed_by=None)
    yield probed(new, "iam:ListRoles", "*", _DEVELOPERS)
    yield probed(
        new, "s3:GetObject", "arn:aws:s3:::bookshop-orders/archive/00001.json", _DEVELOPERS
    )
    yield probed(new, "dynamodb:GetItem", arn("dynamodb", "table/orders"), _DEVELOPERS)
    ecs = _client_of(_DEVELOPER, "ecs")
    described = partial(ecs.describe_task_definition, taskDefinition="orders")
    yield _makes(new.name, "ecs:DescribeTaskDefinition", "orders", _DEVELOPERS, described)
    run = partial(_run, ecs, world, "dispatch")
    yield _makes(new.name, "ecs:RunTask", "dispatch", _RUNS_DISPATCH, run)


def _steps_in(user: str) -> Call:
    role = _there(_DEVELOPER)
    try:
        who = as_user(user)
    except CheckFailed as failed:
        said = failed.goal

        def refuse() -> None:
            raise Refused(said, "the state of the account")

        return Call(f"user {user}", "sts:AssumeRole", role, refuse, _COLLEAGUE)
    return probed(who, "sts:AssumeRole", role, _COLLEAGUE)


def _pipeline_works(world: Intruder) -> Iterator[Call]:
    ecs = _client_of(_PIPELINE, "ecs")
    register = partial(ecs.register_task_definition, **_definition(world, "orders", _PROGRAM))
    what = "orders, as before"
    yield _makes(f"role {_PIPELINE}", "ecs:RegisterTaskDefinition", what, _OTHERS, register)
    admin = as_account(world.sandbox.account_id).name
    own = client("ecs")
    run = partial(_run, own, world, "migrations")
    yield _makes(admin, "ecs:RunTask", "migrations", _OTHERS, run)
    read = partial(client("secretsmanager").get_secret_value, SecretId=PAYMENTS_SECRET)
    yield _makes(admin, "secretsmanager:GetSecretValue", PAYMENTS_SECRET, _OTHERS, read)


# --- what the intruder had ------------------------------------------------------------------------


def _from_everywhere(
    world: Intruder,
    held: Held,
    hint: str,
    tried: Mapping[str, tuple[str, Callable[[], object]]],
) -> Iterator[Call]:
    """Calls with the intruder's credentials: from the last address, a new one, and a task."""
    for address in (world.incident.addresses[-1], ELSEWHERE, NAT):
        for action, (resource, make) in tried.items():
            who = f"the intruder at {address} as {held.name}"
            yield _makes(who, action, resource, hint, partial(_sent_from, address, make))


def _sent_from(address: str, make: Callable[[], object]) -> object:
    from rolelab.sandbox import gate

    with gate.sent_from(address):
        return make()


def _old_key(world: Intruder) -> Iterator[Call]:
    sts, role = world.key.client("sts"), _there(_DEVELOPER)
    assume = partial(sts.assume_role, RoleArn=role, RoleSessionName=MINE)
    yield from _from_everywhere(
        world,
        world.key,
        _KEY,
        {
            "sts:AssumeRole": (_DEVELOPER, assume),
            "sts:GetCallerIdentity": ("", sts.get_caller_identity),
        },
    )


def _old_developer(world: Intruder) -> Iterator[Call]:
    held = world.sessions[world.incident.entered_role]
    ecs, s3 = held.client("ecs"), held.client("s3")
    read = partial(s3.get_object, Bucket="bookshop-orders", Key="archive/00001.json")
    yield from _from_everywhere(
        world,
        held,
        _SESSION,
        {
            "iam:ListRoles": ("*", held.client("iam").list_roles),
            "ecs:RunTask": ("dispatch", partial(_run, ecs, world, "dispatch")),
            "s3:GetObject": ("bookshop-orders/archive/00001.json", read),
        },
    )


def _old_wide(world: Intruder) -> Iterator[Call]:
    held = world.sessions[_wide(world)]
    secrets, s3 = held.client("secretsmanager"), held.client("s3")
    read = partial(s3.get_object, Bucket="bookshop-orders", Key="archive/00001.json")
    yield from _from_everywhere(
        world,
        held,
        _SESSION,
        {
            "secretsmanager:GetSecretValue": (
                PAYMENTS_SECRET,
                partial(secrets.get_secret_value, SecretId=PAYMENTS_SECRET),
            ),
            "s3:GetObject": ("bookshop-orders/archive/00001.json", read),
            "s3:ListAllMyBuckets": ("*", s3.list_buckets),
            "dynamodb:Scan": (
                "table orders",
                partial(held.client("dynamodb").scan, TableName="orders", Limit=1),
            ),
        },
    )


def _old_execution(world: Intruder) -> Iterator[Call]:
    held = world.sessions[EXECUTION_ROLE]
    secrets, ecr = held.client("secretsmanager"), held.client("ecr")
    yield from _from_everywhere(
        world,
        held,
        _SESSION,
        {
            "secretsmanager:GetSecretValue": (
                "orders/db",
                partial(secrets.get_secret_value, SecretId="orders/db"),
            ),
            "ecr:GetAuthorizationToken": ("*", ecr.get_authorization_token),
        },
    )


def _old_program(world: Intruder) -> Iterator[Call]:
    held = world.sessions[world.incident.first_role]
    s3, dynamodb = held.client("s3"), held.client("dynamodb")
    orders = {"Bucket": "bookshop-orders"}
    yield from _from_everywhere(
        world,
        held,
        _FIRST_SESSION,
        {
            "s3:ListBucket": (
                "bookshop-orders/incoming/",
                partial(s3.list_objects_v2, **orders, Prefix="incoming/"),
            ),
            "dynamodb:GetItem": (
                "table orders",
                partial(dynamodb.get_item, TableName="orders", Key={"id": {"S": "1"}}),
            ),
        },
    )


def _passes_wide(world: Intruder) -> Iterator[Call]:
    yield from _passes(world, _wide(world), _PASSES_WIDE)
    ecs = _client_of(_DEVELOPER, "ecs")
    who, overrides = f"role {_DEVELOPER}", {"taskRoleArn": arn("iam", f"role/{_wide(world)}")}
    run = partial(_run, ecs, world, "migrations")
    yield _makes(who, "ecs:RunTask", "migrations", _PASSES_WIDE, run)
    run = partial(_run, ecs, world, "dispatch", overrides=overrides)
    what = f"dispatch, with {_wide(world)} in its place"
    yield _makes(who, "ecs:RunTask", what, _PASSES_WIDE, run)


def _passes_execution(world: Intruder) -> Iterator[Call]:
    yield from _passes(world, EXECUTION_ROLE, _PASSES_EXECUTION)


def _passes(world: Intruder, role: str, hint: str) -> Iterator[Call]:
    """What the intruder did with the role, by a session that begins now."""
    ecs, who = _client_of(_DEVELOPER, "ecs"), f"role {_DEVELOPER}"
    for family in (MINE, world.incident.family, "dispatch"):
        register = partial(ecs.register_task_definition, **_definition(world, family, role))
        what = f"a definition {family} with {role} as its task role"
        yield _makes(who, "ecs:RegisterTaskDefinition", what, hint, register)
    for number, record in enumerate(world.incident.done("RegisterTaskDefinition"), start=1):
        if record["requestParameters"]["taskRoleArn"].endswith(f"/{role}"):
            left = f"{world.incident.family}:{number}"
            run = partial(_run, ecs, world, left)
            yield _makes(who, "ecs:RunTask", left, _LEFT_BEHIND, run)


def _opens_more(world: Intruder) -> Iterator[Call]:
    program = _new(_PROGRAM)
    orders, table = "arn:aws:s3:::bookshop-orders", arn("dynamodb", "table/orders")
    for action, resource in (
        ("s3:GetObject", "arn:aws:s3:::bookshop-config/ci/build.yaml"),
        ("s3:GetObject", "arn:aws:s3:::bookshop-config/ci/deploy.env"),
        ("s3:GetObject", "arn:aws:s3:::bookshop-reports/daily/latest.csv"),
        ("s3:GetObject", f"{orders}/archive/00001.json"),
        ("s3:ListBucket", "arn:aws:s3:::bookshop-config"),
        ("s3:ListBucket", "arn:aws:s3:::bookshop-cloudtrail"),
        ("s3:ListAllMyBuckets", "*"),
        ("s3:PutObject", f"{orders}/{_ORDER}"),
        ("s3:DeleteObject", f"{orders}/archive/00001.json"),
        ("s3:PutBucketPolicy", orders),
        ("dynamodb:DeleteItem", table),
        ("iam:ListRoles", "*"),
    ):
        yield probed(program, action, resource, _OPENS)
    scan = partial(_client_of(_PROGRAM, "dynamodb").scan, TableName="orders", Limit=1)
    yield _makes(program.name, "dynamodb:Scan", "table orders", _OPENS, scan)


def _values(world: Intruder) -> Iterator[Call]:
    for name, value in world.secrets.items():
        yield _makes(
            "the intruder knows",
            f"the value of {name}",
            "*",
            _ROTATE,
            partial(_still_says, name, value),
        )


def _still_says(name: str, value: str) -> None:
    """Compare the value that was stolen with the current one.

    Raises:
        Refused: it is another one.
    """
    from rolelab.sandbox import gate

    with gate.bypassed():
        now = client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    if _bare(now) != _bare(value):
        raise Refused("it has another value", "the secret")


def _bare(text: str) -> object:
    """A password, however it is written around."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found.get("password", found) if isinstance(found, dict) else found


_TASK = ("ecs", "logs", "s3", "dynamodb")

ROWS: tuple[Row[Intruder], ...] = (
    Row(1, "the orders service takes in an order", True, _takes_in, _TASK),
    Row(2, "new sessions of three roles do their work", True, _programs_work, _TASK),
    Row(3, "developers come in, look, and run dispatch", True, _developers_work, ("ecs",)),
    Row(4, "the pipeline registers, you run migrations", True, _pipeline_works, ("ecs",)),
    Row(5, "use the long-term key", False, _old_key, ()),
    Row(6, "use the session of developer", False, _old_developer, ("ecs",)),
    Row(7, "use the session of the wide role", False, _old_wide, ()),
    Row(8, "use the session of the execution role", False, _old_execution, ()),
    Row(9, "use the session that was stolen first", False, _old_program, ()),
    Row(10, "developer: hand the wide role to a task", False, _passes_wide, ("ecs",)),
    Row(11, "developer: the execution role as a task role", False, _passes_execution, ("ecs",)),
    Row(12, "orders program: reach more than its work", False, _opens_more, _TASK),
    Row(13, "know a secret", False, _values, ()),
)
"""The questions, those that must be possible first."""

_LAUNCH = (
    "Row 1: EventBridge runs the orders service with new sessions of both roles. rolelab.why() and "
    "the stopped reason say which step is refused."
)
_ROLE_IS_NEEDED = (
    "To delete a role stops the intruder and the shop. Its old sessions can be refused, and new "
    "ones let through."
)
_TRUST_IS_NEEDED = (
    "The trust policy decides about new sessions; the intruder's are there already. Let ECS in."
)
_AGENT = (
    "Row 2: the execution role launches every task, so its new sessions must read the four "
    "passwords (JSON with a key password), pull images and open log streams."
)
_WORK = (
    "Row 2: a new task of the orders service lists and reads incoming/, and puts and gets items. A "
    "Deny for everybody, or for a moment that is still to come, hits it, too."
)
_MIGRATION = (
    "Row 2: the migrations go on, with new sessions. What is wrong with this role is who may pass "
    "it; and its old session."
)
_DEVELOPERS = (
    "Row 3: developers go on reading: tables, orders, roles, task definitions. Take away what the "
    "intruder used and nobody else did."
)
_RUNS_DISPATCH = (
    "Row 3: developers run dispatch by hand, 23 times in September. That needs ecs:RunTask on it, "
    "and iam:PassRole on both of its roles."
)
_COLLEAGUE = (
    "Row 3: the colleague is a victim and works again tomorrow, with a new key: the user, its "
    "policy and the trust policy of developer stay."
)
_OTHERS = "Row 4: the pipeline and you have nothing to do with it. Something stops them now."
_KEY = (
    "Row 5: a long-term key has no end and no time of issue, and it makes new sessions as long as "
    "it is Active. iam.update_access_key."
)
_SESSION = (
    "Rows 6 to 8: a session outlives the key that made it. Deny what was issued before now, with "
    "aws:TokenIssueTime, on each role that the intruder has a session of. An address is no help: "
    "there are others."
)
_FIRST_SESSION = (
    "Row 9: the session that all began with is valid, too. Less permission is no revocation: what "
    "the program may still do, the intruder may do as well."
)
_PASSES_WIDE = (
    "Row 10: iam:PassRole on role/*-task-role hands over every role that is called so. Name the "
    "roles that developers pass."
)
_PASSES_EXECUTION = (
    "Row 11: iam:PassRole does not know as what a role is passed, and developers need this one to "
    "run dispatch. Did anybody but the intruder register a task definition as developer?"
)
_LEFT_BEHIND = (
    "The intruder's task definitions are still registered, and running one needs no registration. "
    "Which definitions do developers run? ecs.deregister_task_definition takes one away."
)
_OPENS = (
    "Row 12: two AWS managed policies open every bucket and table. What did the program use in "
    "September? rolelab.least_privilege.from_trail knows, with leave_out."
)
_ROTATE = (
    "Row 13: what was read stays known. secretsmanager.put_secret_value, for every secret that was "
    "read, in the form that it had."
)
