"""The sixteen questions of lab 9, each with its calls and its hints."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from rolelab.labs.answer_table import Call, Refused, Row, probed
from rolelab.labs.callers import Caller, as_account, as_role, as_service
from rolelab.labs.lab_9_world import (
    BUCKET,
    DEPLOYER,
    EXECUTION,
    EXTERNAL_ID,
    INKWELL,
    LOG_GROUP,
    MINE,
    ORDER,
    OTHER_ACCOUNT,
    PAYROLL,
    PAYROLL_LOG,
    PLATFORM,
    READER,
    STRANGER,
    TASK_ROLE,
    World,
    client,
    client_of,
)

_BOTH = (EXECUTION, TASK_ROLE)
_TASKS, _FUNCTIONS = "ecs-tasks.amazonaws.com", "lambda.amazonaws.com"


def _tries(
    who: Caller, action: str, resource: str = "*", hint: str = "", **parameters: Any
) -> Call:
    """One call of a caller; the table says with which parameters."""
    details = ", ".join(f"{name}={value!r}" for name, value in parameters.items())
    about = f"{resource} ({details})" if details else resource
    return probed(who, action, resource, hint, about=about, **parameters)


def _each(who: Caller, hint: str, *asked: tuple[Any, ...]) -> Iterator[Call]:
    """Several calls of one caller: (action, resource) or (action, resource, parameters)."""
    for action, resource, *rest in asked:
        yield _tries(who, action, resource, hint, **(rest[0] if rest else {}))


def _found(
    who: str,
    action: str,
    resource: str,
    problem: Exception | None,
    hint: str,
    by: str = "the launch",
) -> Call:
    """A call that was made before: `problem` is what refused it, `by` who did if no policy did."""

    def make() -> None:
        from botocore.exceptions import ClientError

        if isinstance(problem, ClientError):
            if problem.response["Error"]["Code"] in _NO_DENIALS:
                raise Refused(problem.response["Error"]["Message"], by) from None
            raise problem
        if problem is not None:
            raise Refused(str(problem), by)

    return Call(who, action, resource, make, hint)


_NO_DENIALS = frozenset(
    {"ClientException", "InvalidParameterException", "ResourceNotFoundException"}
)


def _must(
    holds: bool,
    who: str,
    action: str,
    resource: str,
    problem: str,
    hint: str,
    by: str = "the launch",
) -> Call:
    """Something that is looked up rather than called: it is refused unless it holds."""
    return _found(who, action, resource, None if holds else ValueError(problem), hint, by)


# --- six things that must be possible -------------------------------------------------------------


def _ecs_steps_in(world: World) -> Iterator[Call]:
    for role in _BOTH:
        yield _tries(as_service(_TASKS), "sts:AssumeRole", world.role(role), _ECS)


def _ships(world: World) -> Iterator[Call]:
    launch, who = world.launch(), f"role {DEPLOYER}"
    yield _found(who, "ecs:RegisterTaskDefinition", "orders", launch.registered, _DEPLOYS)
    yield _found(who, "ecs:RunTask", "the cluster bookshop", launch.ran, _DEPLOYS)
    yield _must(not launch.ended, "the container", "takes in a new order", "", launch.ended, _WORKS)


def _by_the_right_role(world: World) -> Iterator[Call]:
    launch = world.launch()
    for role, calls in _WHO_CALLS.items():
        for call in calls:
            others = sorted(who for who, made in launch.calls if made == call and who != role)
            made = (role, call) in launch.calls
            problem = f"it was made by {', '.join(others)}" if others else "nobody made it"
            yield _must(made and not others, f"role {role}", call, "", problem, _ONE_EACH)


_WHO_CALLS = {
    EXECUTION: (
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "secretsmanager:GetSecretValue",
        "logs:CreateLogStream",
    ),
    TASK_ROLE: ("s3:ListObjectsV2", "s3:GetObject", "dynamodb:PutItem", "dynamodb:GetItem"),
}


def _log_is_read(world: World) -> Iterator[Call]:
    launch = world.launch()
    problem = launch.registered or launch.ran or launch.read
    yield _found(f"role {DEPLOYER}", "logs:GetLogEvents", LOG_GROUP, problem, _LOG)


def _inkwell_reads(world: World) -> Iterator[Call]:
    given = {"ExternalId": EXTERNAL_ID}
    yield _tries(as_account(INKWELL), "sts:AssumeRole", world.role(READER), _INKWELL, **given)
    yield _tries(as_role(READER), "s3:GetObject", world.object(ORDER), _INKWELL)


def _key_is_looked_after(world: World) -> Iterator[Call]:
    keys = world.customer_keys()
    what, problem = f"orders/db and {BUCKET}", "not both are under a key of the account's own"
    yield _must(bool(keys), "the check", "kms:DescribeKey", what, problem, _OWN_KEY, "no such key")
    for key in keys:
        for action in ("kms:GetKeyPolicy", "kms:PutKeyPolicy"):
            yield _tries(world.you, action, key, _LOCKED_OUT)
    what, problem = "key and password", "neither of them is renewed by itself"
    yield _must(
        _is_renewed(keys),
        "the check",
        "kms:GetKeyRotationStatus",
        what,
        problem,
        _RENEWED,
        "no rotation",
    )


def _is_renewed(keys: Iterable[str]) -> bool:
    from rolelab.sandbox import gate

    kms, secrets = client("kms"), client("secretsmanager")
    with gate.bypassed():
        if secrets.describe_secret(SecretId="orders/db").get("RotationEnabled"):
            return True
        return all(kms.get_key_rotation_status(KeyId=each)["KeyRotationEnabled"] for each in keys)


# --- ten things that must not be possible ---------------------------------------------------------


def _others_step_in(world: World) -> Iterator[Call]:
    for role in _BOTH:
        arn = world.role(role)
        for who in (
            as_service(_TASKS, source_account=OTHER_ACCOUNT),
            as_service(_FUNCTIONS),
            as_role(DEPLOYER),
            world.you,
            as_account(STRANGER),
        ):
            yield _tries(who, "sts:AssumeRole", arn, _DEPUTY)


def _beyond_the_launch(world: World) -> Iterator[Call]:
    yield from _each(
        as_role(EXECUTION),
        _AGENT,
        ("s3:GetObject", world.object(ORDER)),
        ("s3:ListBucket", f"arn:aws:s3:::{BUCKET}", {"Prefix": "incoming/"}),
        ("dynamodb:PutItem", world.table("orders")),
        ("dynamodb:GetItem", world.table("orders")),
        ("secretsmanager:GetSecretValue", world.payroll_secret),
        ("secretsmanager:PutSecretValue", world.secret),
        ("ecr:BatchGetImage", world.repository("payroll")),
        ("ecr:BatchDeleteImage", world.repository("orders")),
        ("logs:CreateLogStream", world.log(PAYROLL_LOG)),
        ("logs:GetLogEvents", world.log(LOG_GROUP)),
        ("logs:CreateLogGroup", world.log("/ecs/anything")),
        ("iam:ListUsers", "*"),
    )


def _beyond_the_work(world: World) -> Iterator[Call]:
    bucket, orders = f"arn:aws:s3:::{BUCKET}", world.table("orders")
    yield from _each(
        as_role(TASK_ROLE),
        _PROGRAM,
        ("s3:GetObject", world.object("invoices/1000.csv")),
        ("s3:GetObject", world.object("incoming-archive/0001.json")),
        ("s3:GetObject", world.object("2026/november.csv", PAYROLL)),
        ("s3:ListBucket", bucket),
        ("s3:ListBucket", bucket, {"Prefix": "invoices/"}),
        ("s3:PutObject", world.object(ORDER)),
        ("s3:DeleteObject", world.object(ORDER)),
        ("s3:PutBucketPolicy", bucket),
        ("dynamodb:Scan", orders),
        ("dynamodb:DeleteItem", orders),
        ("dynamodb:DeleteTable", orders),
        ("dynamodb:GetItem", world.table("payroll")),
        ("iam:ListUsers", "*"),
    )
    yield from _each(
        as_role(TASK_ROLE),
        _NOT_BOTH,
        ("secretsmanager:GetSecretValue", world.secret),
        ("ecr:GetAuthorizationToken", "*"),
        ("ecr:BatchGetImage", world.repository("orders")),
        ("logs:CreateLogStream", world.log(LOG_GROUP)),
    )


def _no_profit(world: World) -> Iterator[Call]:
    for role in _BOTH:
        world.attach(role, "AdministratorAccess")
        yield from _each(
            as_role(role),
            _GUARDRAIL,
            ("iam:CreateUser", f"arn:aws:iam::{world.account}:user/{MINE}"),
            ("iam:PutRolePolicy", world.role(DEPLOYER)),
            ("dynamodb:Scan", world.table("payroll")),
            ("s3:ListBucket", f"arn:aws:s3:::{PAYROLL}"),
        )


def _deployer_stays_small(world: World) -> Iterator[Call]:
    deployer, task_role = as_role(DEPLOYER), world.role(TASK_ROLE)
    yield _registers(world, PLATFORM)
    yield from _each(
        deployer,
        _ONLY_DEPLOYS,
        ("iam:PutRolePolicy", task_role),
        ("iam:AttachRolePolicy", world.role(DEPLOYER)),
        ("iam:UpdateAssumeRolePolicy", task_role),
        ("iam:CreateUser", f"arn:aws:iam::{world.account}:user/{MINE}"),
        ("secretsmanager:GetSecretValue", world.secret),
        ("s3:GetObject", world.object(ORDER)),
        ("logs:GetLogEvents", world.log(PAYROLL_LOG)),
        *(("sts:AssumeRole", each) for each in world.roles() if not each.endswith(f"/{DEPLOYER}")),
    )
    world.grant(DEPLOYER, "lambda:CreateFunction", "*")
    yield _hands_to_lambda(task_role)


def _registers(world: World, task_role: str) -> Call:
    container = {"name": "app", "image": "orders:1.0", "memory": 512}
    make = partial(
        client_of(DEPLOYER, "ecs").register_task_definition,
        family=MINE,
        taskRoleArn=world.role(task_role),
        containerDefinitions=[container],
    )
    return Call(f"role {DEPLOYER}", "iam:PassRole", task_role, make, _TWO_ROLES)


def _hands_to_lambda(role: str) -> Call:
    make = partial(
        client_of(DEPLOYER, "lambda").create_function,
        FunctionName=MINE,
        Role=role,
        Runtime="python3.12",
        Handler="app.handler",
        Code={"ZipFile": _program()},
    )
    # Whether Lambda can step into the role comes after the question whether it may be passed.
    answered = frozenset({"InvalidParameterValueException"})
    return Call(f"role {DEPLOYER}", "iam:PassRole", f"{role} to Lambda", make, _TO_ECS, answered)


def _program() -> bytes:
    """The smallest archive that Lambda takes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("app.py", "def handler(event, context):\n    return None\n")
    return archive.getvalue()


def _others_use_the_key(world: World) -> Iterator[Call]:
    for key in world.customer_keys():
        for who in (world.you, as_role(DEPLOYER)):
            yield _tries(who, "kms:Decrypt", key, _MANAGE)
            yield _tries(who, "kms:GenerateDataKey", key, _MANAGE)
        for role, context in _contexts(world).items():
            given = {"EncryptionContext": context}
            yield _tries(as_role(role), "kms:Decrypt", key, _VIA, **given)
        for role in (*_BOTH, DEPLOYER, READER):
            yield _tries(as_role(role), "kms:CreateGrant", key, _NO_GRANTS)
    yield _tries(world.you, "s3:GetObject", world.object(ORDER), _MANAGE)
    # From here on IAM allows more than it did, so that the key has to say no.
    for role, secret in ((EXECUTION, world.payroll_secret), (TASK_ROLE, world.secret)):
        world.grant(role, "secretsmanager:GetSecretValue", secret)
        yield _tries(as_role(role), "secretsmanager:GetSecretValue", secret, _CONTEXT)
    pay = world.object("2026/november.csv", PAYROLL)
    for role in (TASK_ROLE, READER):
        world.grant(role, "s3:GetObject", pay)
        yield _tries(as_role(role), "s3:GetObject", pay, _CONTEXT)


def _contexts(world: World) -> dict[str, dict[str, str]]:
    """What each role's service sends as encryption context; whoever may list can write it down.

    Pages: *Secret encryption and decryption in AWS Secrets Manager*; *Using server-side encryption
    with AWS KMS keys (SSE-KMS)*.
    """
    return {
        EXECUTION: {"SecretARN": world.secret, "SecretVersionId": world.secret_version},
        TASK_ROLE: {"aws:s3:arn": world.object(ORDER)},
        READER: {"aws:s3:arn": world.object(ORDER)},
    }


def _plain_http(world: World) -> Iterator[Call]:
    from rolelab.sandbox import account

    plain = {"endpoint_url": account.current().endpoint_url}
    yours: Callable[..., Any] = client("s3", **plain).list_objects_v2
    theirs: Callable[..., Any] = client_of(TASK_ROLE, "s3", **plain).list_objects_v2
    incoming = {"Bucket": BUCKET, "Prefix": "incoming/"}
    for who, make in ((f"role {TASK_ROLE}", theirs), (world.you.name, yours)):
        resource = f"{BUCKET}, over plain HTTP"
        yield Call(who, "s3:ListBucket", resource, partial(make, **incoming), _TRANSPORT)
    yield Call(
        world.you.name,
        "s3:GetBucketLocation",
        f"{BUCKET}, over plain HTTP",
        partial(client("s3", **plain).get_bucket_location, Bucket=BUCKET),
        _TRANSPORT,
    )


def _password_lies_about(world: World) -> Iterator[Call]:
    password = world.password()
    for definition in world.definitions():
        name = f"{definition['family']}:{definition['revision']}, {definition['status'].lower()}"
        yield _must(
            password in json.dumps(definition, default=str),
            "whoever may describe it",
            "ecs:DescribeTaskDefinition",
            name,
            "the password that counts is not in it",
            _PLAIN,
        )
    yield _must(
        password in world.printed(),
        "whoever may read it",
        "logs:GetLogEvents",
        LOG_GROUP,
        "the password that counts is not in it",
        _PRINTED,
    )


def _inkwell_otherwise(world: World) -> Iterator[Call]:
    reader = world.role(READER)
    for who, given in (
        (as_account(INKWELL), {}),
        (as_account(INKWELL), {"ExternalId": "inkwell-0512"}),
        (as_account(STRANGER), {"ExternalId": EXTERNAL_ID}),
        (as_service(_TASKS), {}),
    ):
        yield _tries(who, "sts:AssumeRole", reader, _EXTERNAL, **given)
    yield from _each(
        as_role(READER),
        _READS_ORDERS,
        ("s3:PutObject", world.object(ORDER)),
        ("s3:DeleteObject", world.object(ORDER)),
        ("s3:GetObject", world.object("invoices/1000.csv")),
        ("s3:GetObject", world.object("2026/november.csv", PAYROLL)),
        ("s3:PutBucketPolicy", f"arn:aws:s3:::{BUCKET}"),
    )


def _left_open(world: World) -> Iterator[Call]:
    for role in world.roles():
        yield _tries(as_account(STRANGER), "sts:AssumeRole", role, _DOORS)
    for user, keys in world.active_keys():
        who = f"user {user}, with an access key"
        listing = partial(client("s3", **keys).list_objects_v2, Bucket=BUCKET)
        yield Call(who, "iam:ListUsers", "*", client("iam", **keys).list_users, _OLD_KEYS)
        yield Call(who, "s3:ListBucket", BUCKET, listing, _OLD_KEYS)


_SERVICES = ("iam", "s3", "kms", "secretsmanager")
_LAUNCHES = (*_SERVICES, "ecs", "logs", "dynamodb", "ecr")

ROWS: tuple[Row[World], ...] = (
    Row(1, "ECS steps into both roles, for this account", True, _ecs_steps_in, ("iam",)),
    Row(2, "deployer ships, and a new order arrives", True, _ships, _LAUNCHES),
    Row(3, "each call of the task by the right role", True, _by_the_right_role, _LAUNCHES),
    Row(4, "deployer reads the log of the task", True, _log_is_read, _LAUNCHES),
    Row(5, "Inkwell reads an order, with its external ID", True, _inkwell_reads, _SERVICES),
    Row(6, "the key is looked after and renewed", True, _key_is_looked_after, _SERVICES),
    Row(7, "anybody else steps into the two roles", False, _others_step_in, ("iam",)),
    Row(8, "the execution role goes beyond the launch", False, _beyond_the_launch, _LAUNCHES),
    Row(9, "the task role goes beyond its work", False, _beyond_the_work, _LAUNCHES),
    Row(10, "AdministratorAccess opens more to them", False, _no_profit, _LAUNCHES),
    Row(
        11,
        "deployer passes other roles, or widens one",
        False,
        _deployer_stays_small,
        (*_LAUNCHES, "lambda"),
    ),
    Row(12, "the key opens for others, or other data", False, _others_use_the_key, _SERVICES),
    Row(13, f"{BUCKET} answers over plain HTTP", False, _plain_http, ("s3",)),
    Row(14, "the password lies outside its secret", False, _password_lies_about, ("ecs",)),
    Row(15, "Inkwell gets in otherwise, or further", False, _inkwell_otherwise, _SERVICES),
    Row(16, "somebody uses what the trial left open", False, _left_open, _SERVICES),
)


# --- hints ----------------------------------------------------------------------------------------

_ECS = "ecs-tasks.amazonaws.com steps into both roles, and it works for this account when it does."
_DEPLOYS = (
    "deployer registers definitions, runs tasks, and passes the two roles of the definition. "
    "iam:PassRole is about each role's ARN."
)
_WORKS = (
    "The container lists incoming/, reads each order, and puts and gets items of the table orders. "
    "ECS pulls, reads the secret and opens the log before. Orders may lie in folders below "
    "incoming/, and both bucket and secret are under a key."
)
_ONE_EACH = (
    "Image, secret and log belong to csecstaskexecutionrole, S3 and DynamoDB to orders-task-role. "
    "The definition names both roles, and the secret stands under secrets."
)
_LOG = "deployer reads the log group /ecs/orders: logs:GetLogEvents, on its log streams."
_INKWELL = (
    "Inkwell comes from account 999988887777 with the external ID inkwell-0417. Its role reads "
    "orders below incoming/, which are under the key."
)
_OWN_KEY = "To take the key away is no way to keep it: secret and bucket stay encrypted with one."
_LOCKED_OUT = "An administrator must be able to change the key policy next year, too: lab 5."
_RENEWED = (
    "kms.enable_key_rotation is one call. Rotating the secret by a function is right as well."
)
_DEPUTY = (
    "A trust policy says who, and can say for whom: aws:SourceAccount. Whoever else it names may "
    "step in."
)
_AGENT = (
    "csecstaskexecutionrole pulls one image, reads one secret and writes one log. A wildcard in "
    "Action or Resource allows what its name never says."
)
_PROGRAM = (
    "The program lists and reads what lies below incoming/, with the slash, and puts and gets "
    "items of one table. A wildcard allows what its name never says."
)
_NOT_BOTH = "Image, secret and log are the execution role's. The program has the value already."
_GUARDRAIL = (
    "Policies get attached in a hurry. A permissions boundary on the role, or a Deny, holds "
    "whatever is attached. A boundary is the most that the role may ever do."
)
_TWO_ROLES = (
    "With this role the deployer's task can do everything. Name the two roles by their ARNs."
)
_TO_ECS = "A role may be meant for one service: the condition key iam:PassedToService says which."
_ONLY_DEPLOYS = (
    "deployer registers, runs, passes two roles and reads one log. What else it can do, everybody "
    "can do who may change the pipeline."
)
_MANAGE = (
    "Who manages a key need not use it. kms:* for the account's root gives the use to everybody "
    "with AdministratorAccess: lab 5."
)
_VIA = (
    "The roles need the key through a service only. kms:ViaService tells a call of Secrets Manager "
    "or Amazon S3 from one of their own."
)
_CONTEXT = (
    "Pay and passwords of others are under the same key. The encryption context tells them apart: "
    "SecretARN for a secret, aws:s3:arn for an object."
)
_NO_GRANTS = "A grant hands on the use of a key, past its policy."
_TRANSPORT = (
    "An Allow with a condition takes nothing away. A Deny in the bucket policy does, on bucket and "
    "objects, where aws:SecureTransport is false."
)
_PLAIN = (
    "A definition takes the value from the secret: secrets, valueFrom. A deregistered revision can "
    "still be described, so what once stood in one must not count any more."
)
_PRINTED = "A log keeps what is printed, and more people read it than the secret."
_EXTERNAL = (
    "Any customer of Inkwell may tell it the ARN of your role. The external ID is how the trust "
    "policy knows for whom Inkwell works."
)
_READS_ORDERS = "Inkwell reads orders below incoming/, and that is all."
_DOORS = 'A role that trusts "*" trusts every account. Who still needs it?'
_OLD_KEYS = "Does anybody still need this user? Until its key is gone, whoever copied it can call."
