"""Lab 3, The task that won't start: graded by launching, and by what the two roles reach."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rolelab.labs.callers import RUN_THE_CELLS, Caller, arn_of_role, as_role
from rolelab.labs.grader import SEE_WHY, Attempt, CheckFailed, Passed, Question, prove
from rolelab.labs.undo import unchanged

if TYPE_CHECKING:
    from rolelab.ecs.task import Step

CLUSTER, FAMILY = "bookshop", "orders"
EXECUTION_ROLE, TASK_ROLE = "csecstaskexecutionrole", "orders-task-role"
SECRET = "orders/db"
OTHER_SECRET, OTHER_SECRET_WITH_KEY = "payroll/mail", "payroll/db"
LOG_GROUP = "/ecs/orders"

_IT_RUNS = (
    f"The newest revision of {FAMILY} is prepared by {EXECUTION_ROLE} and runs as {TASK_ROLE}."
)
_NO_MORE = f"{EXECUTION_ROLE} prepares this one task, {TASK_ROLE} runs it, and neither does more."
_LENGTH = 23
_WIDTH = 96


def check_launch() -> Passed:
    """Task 1: the newest revision starts, with its secret and its log, and ends well.

    The check runs one task, as a learner would. For its time the secret has another value, so that
    only a password that really comes from Secrets Manager passes.

    Returns:
        The calls of the launch.

    Raises:
        CheckFailed: where the launch ended, or what is missing of it.
    """
    return Passed(_IT_RUNS, tuple(_attempt(each) for each in _launch_that_works().steps))


def check_reach() -> Passed:
    """Task 2: it still starts, and the two roles reach nothing that the service does not need.

    Returns:
        The proofs.

    Raises:
        CheckFailed: where the launch ended, or what is still reachable.
    """
    _launch_that_works()
    execution, task = as_role(EXECUTION_ROLE), as_role(TASK_ROLE)
    return prove(
        _NO_MORE,
        possible=[],
        impossible=[*_beyond_the_launch(execution), *_beyond_the_application(task)],
    )


# --- the launch -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Launched:
    """A task that has stopped.

    Attributes:
        task: as `describe_tasks` shows it.
        steps: the calls of its launch and of its containers.
    """

    task: Mapping[str, Any]
    steps: tuple[Step, ...]

    @property
    def ended_well(self) -> bool:
        return all(each.get("exitCode") == 0 for each in self.task["containers"])


def _launch_that_works() -> _Launched:
    """Launch a task, and prove that it worked in the right way.

    Raises:
        CheckFailed: it did not.
    """
    _require_own_key()
    with _another_password():
        launched = _launched()
    if launched.task["stopCode"] == "TaskFailedToStart":
        raise _not_started(launched)
    _require_roles(launched.steps)
    printed = _printed(launched.task)
    if printed is None:
        raise CheckFailed(_IT_RUNS, verdict=_NOT_LOGGED, hint=_LOG)
    if not launched.ended_well:
        raise CheckFailed(_IT_RUNS, verdict=_told(_CRASHED, printed[-1:]), hint=_TASK)
    if f"DB_PASSWORD has {_LENGTH} characters" not in printed:
        raise CheckFailed(_IT_RUNS, verdict=_told(_NO_PASSWORD, printed[:1]), hint=_PASSWORD)
    return launched


def _launched() -> _Launched:
    import boto3
    from botocore.exceptions import ClientError

    from rolelab.ecs import timeline
    from rolelab.sandbox import account

    ecs = boto3.client("ecs")
    try:
        ran = ecs.run_task(
            cluster=CLUSTER,
            taskDefinition=FAMILY,
            launchType="FARGATE",
            networkConfiguration=_network(),
        )
    except ClientError as error:
        answer = error.response["Error"]
        said = f"{answer['Code']}: {answer['Message']}"
        raise CheckFailed(_IT_RUNS, verdict=_told(_REFUSED, [said]), hint=_RUN_TASK) from None
    which = {"cluster": CLUSTER, "tasks": [ran["tasks"][0]["taskArn"]]}
    ecs.get_waiter("tasks_stopped").wait(**which, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})
    task = ecs.describe_tasks(**which)["tasks"][0]
    steps = timeline.of(task["taskArn"], account.current().trail).steps
    return _Launched(task, steps)


def _network() -> dict[str, Any]:
    import boto3

    subnets = boto3.client("ec2").describe_subnets()["Subnets"]
    return {
        "awsvpcConfiguration": {
            "subnets": [subnets[0]["SubnetId"]],
            "assignPublicIp": "ENABLED",
        }
    }


@contextmanager
def _another_password() -> Iterator[None]:
    """Let the secret hold a password of a known length, past the gate and out of the trail."""
    import boto3

    from rolelab.sandbox import gate

    value = json.dumps({"username": "orders", "password": "x" * _LENGTH})
    with unchanged("secretsmanager"):
        with gate.bypassed():
            boto3.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=value)
        yield


def _require_own_key() -> None:
    """The secret was not to be moved away from the bookshop's key."""
    key = _key_of(SECRET)
    if key is None or key.endswith("alias/aws/secretsmanager"):
        raise CheckFailed(_IT_RUNS, verdict=_OTHER_KEY, hint=_KEY)


def _key_of(secret: str) -> str | None:
    import boto3
    from botocore.exceptions import ClientError

    from rolelab.sandbox import gate

    with gate.bypassed():
        try:
            found = boto3.client("secretsmanager").describe_secret(SecretId=secret)
        except ClientError:
            raise CheckFailed(f"There is no secret {secret}.", hint=RUN_THE_CELLS) from None
    key: str | None = found.get("KmsKeyId")
    return key


def _printed(task: Mapping[str, Any]) -> list[str] | None:
    """What the task's container wrote to the log of the service; None if nothing arrived there."""
    import boto3

    from rolelab.sandbox import gate

    logs = boto3.client("logs")
    task_id = str(task["taskArn"]).rpartition("/")[2]
    with gate.bypassed():
        try:
            streams = logs.describe_log_streams(logGroupName=LOG_GROUP)["logStreams"]
        except logs.exceptions.ResourceNotFoundException:
            return None
        for stream in streams:
            if stream["logStreamName"].endswith(task_id):
                events = logs.get_log_events(
                    logGroupName=LOG_GROUP,
                    logStreamName=stream["logStreamName"],
                    startFromHead=True,
                )["events"]
                return [str(event["message"]) for event in events] or None
    return None


def _require_roles(steps: tuple[Step, ...]) -> None:
    """Each step was made by the role whose work it is."""
    from rolelab.ecs.agent_call import EXECUTION, TASK

    for lane, role, hint in ((EXECUTION, EXECUTION_ROLE, _PREPARES), (TASK, TASK_ROLE, _RUNS)):
        wrong = [_attempt(each) for each in steps if each.lane == lane and _name(each) != role]
        if wrong:
            raise CheckFailed(_IT_RUNS, verdict=_SWAPPED, attempts=wrong, hint=hint)


def _not_started(launched: _Launched) -> CheckFailed:
    last = launched.steps[-1]
    verdict = f"The launch ended after {last.call}, a call of {_name(last)}:"
    hint = _HINTS.get(last.call, "") if _name(last) == EXECUTION_ROLE else _PREPARES
    reason = str(launched.task["stoppedReason"])
    return CheckFailed(_IT_RUNS, verdict=_told(verdict, [reason]), hint=hint or SEE_WHY)


def _told(verdict: str, lines: list[str]) -> str:
    """A verdict, and below it what AWS or the container said."""
    said = [
        textwrap.fill(
            line,
            _WIDTH,
            initial_indent="    ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines
    ]
    return "\n".join([verdict, *said])


def _attempt(step: Step) -> Attempt:
    allowed = step.verdict == "allowed"
    answer = "the call went through" if allowed else step.verdict
    return Attempt(f"{step.lane} {_name(step)}", step.call, step.resource, {}, allowed, answer)


def _name(step: Step) -> str:
    """Who made a call: the name of a role, or of the caller's session."""
    return step.role.rpartition("/")[2]


# --- what nobody needs ----------------------------------------------------------------------------


def _beyond_the_launch(execution: Caller) -> list[Question]:
    """What the execution role must not reach."""
    other_secret, other_key = _arn_of(OTHER_SECRET), _key_of(OTHER_SECRET_WITH_KEY)
    return [
        Question(execution, "secretsmanager:GetSecretValue", other_secret, _ONE_SECRET),
        Question(execution, "secretsmanager:PutSecretValue", _arn_of(SECRET), _READS),
        Question(execution, "kms:Decrypt", str(other_key), _ONE_KEY),
        Question(execution, "ecr:BatchGetImage", _here("ecr", "repository/payroll"), _ONE_IMAGE),
        Question(
            execution, "ecr:GetDownloadUrlForLayer", _here("ecr", "repository/payroll"), _ONE_IMAGE
        ),
        Question(execution, "ecr:BatchDeleteImage", _here("ecr", "repository/orders"), _READS),
        Question(execution, "logs:CreateLogStream", _group("/ecs/payroll"), _ONE_LOG),
        Question(execution, "logs:CreateLogGroup", _group("/ecs/payroll"), _ONE_LOG),
        Question(execution, "logs:GetLogEvents", _group(LOG_GROUP), _ONE_LOG),
        Question(execution, "ssm:GetParameters", _here("ssm", "parameter/payroll/db"), _ONE_SECRET),
        Question(execution, "s3:GetObject", _ORDER, _APPLICATION),
        Question(execution, "dynamodb:GetItem", _here("dynamodb", "table/orders"), _APPLICATION),
        Question(execution, "dynamodb:PutItem", _here("dynamodb", "table/orders"), _APPLICATION),
        Question(execution, "iam:ListUsers", "*", _READS),
        Question(execution, "iam:PutRolePolicy", arn_of_role(EXECUTION_ROLE), _READS),
    ]


def _beyond_the_application(task: Caller) -> list[Question]:
    """What the task role must not reach."""
    return [
        Question(task, "secretsmanager:GetSecretValue", _arn_of(SECRET), _PREPARED),
        Question(task, "kms:Decrypt", str(_key_of(SECRET)), _PREPARED),
        Question(task, "ecr:GetAuthorizationToken", "*", _PREPARED),
        Question(task, "ecr:BatchGetImage", _here("ecr", "repository/orders"), _PREPARED),
        Question(task, "logs:CreateLogStream", _group(LOG_GROUP), _PREPARED),
        Question(task, "s3:DeleteObject", _ORDER, _ORDERS_ONLY),
        Question(task, "dynamodb:DeleteTable", _here("dynamodb", "table/orders"), _ORDERS_ONLY),
        Question(task, "iam:ListUsers", "*", _ORDERS_ONLY),
    ]


def _arn_of(secret: str) -> str:
    import boto3

    from rolelab.sandbox import gate

    _key_of(secret)
    with gate.bypassed():
        return str(boto3.client("secretsmanager").describe_secret(SecretId=secret)["ARN"])


def _here(service: str, resource: str) -> str:
    from rolelab.sandbox import account

    current = account.current()
    return f"arn:aws:{service}:{current.region}:{current.account_id}:{resource}"


def _group(name: str) -> str:
    return _here("logs", f"log-group:{name}:log-stream:rolelab-check")


_ORDER = "arn:aws:s3:::bookshop-orders/incoming/1001.json"

_REFUSED = "run_task itself was refused, so there is no task:"
_CRASHED = "The container ran, and its program failed. The last line of its log:"
_NO_PASSWORD = "The container ran without the password from Secrets Manager. Its log begins:"
_NOT_LOGGED = f"The container ran, and nothing of it is in {LOG_GROUP} of this Region."
_SWAPPED = "The container ran, and another role did the work:"
_OTHER_KEY = f"The secret {SECRET} is not under the bookshop's key any more."

_HINTS = {
    "ecr:GetAuthorizationToken": (
        "Compare the resource in the answer with the Resource of the statement that has this "
        "action. This action is about no single repository."
    ),
    "secretsmanager:GetSecretValue": (
        "Reading this secret takes two services. If the reason does not say which action was "
        "refused, rolelab.why() does."
    ),
    "logs:CreateLogStream": (
        "Read the ARN in the answer part by part, before you allow it. Is this the place where "
        "the log of the service should be?"
    ),
    "ecr:BatchGetImage": (
        "The registry's answer names no action. The trail has the call that was refused."
    ),
    "ecr:GetDownloadUrlForLayer": (
        "The image was read, and one of its parts was not, or its program was not found."
    ),
}
_RUN_TASK = "A refusal of run_task is about the caller, or about who may step into the roles."
_PREPARES = (
    f"executionRoleArn names the role that prepares the task. It should be {EXECUTION_ROLE}."
)
_RUNS = f"taskRoleArn names the role of the application. It should be {TASK_ROLE}."
_TASK = "What a program calls is decided by the task role, not by the execution role."
_LOG = "The options of logConfiguration say where the log goes: group, Region and prefix."
_PASSWORD = (
    "DB_PASSWORD comes from the member password of the secret orders/db, by `secrets` of the "
    "container. A value in `environment` can be read by everybody who may describe the definition."
)
_KEY = "The key was there for a reason. Let the role use it instead."
_ONE_SECRET = "One secret is needed. A * in the Resource, or AdministratorAccess, means them all."
_ONE_KEY = "One key is needed: the one under which orders/db is. Name its ARN."
_ONE_IMAGE = "One repository is needed. AWS's ready-made policy means them all."
_ONE_LOG = "The launch opens one log and writes to it."
_READS = "The execution role prepares a task. It changes nothing, and grants nothing."
_APPLICATION = f"Orders and table are the application's: that is {TASK_ROLE}."
_PREPARED = (
    f"The container gets the secret and the image from ECS. Only {EXECUTION_ROLE} must read them."
)
_ORDERS_ONLY = "The application reads orders and keeps them in its table. Nothing else."
