"""Lab 4, The container that reads too much: what the dispatch service's task does, and could do.

The check starts a task of the service and looks whether its round was done, and with whose
permissions. Then it tries, as the roles of the service's task definition, what must be denied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rolelab.labs.callers import RUN_THE_CELLS, Caller, as_role
from rolelab.labs.grader import SEE_WHY, Attempt, CheckFailed, Passed, Question, prove
from rolelab.labs.hand_in import FROM_NOTEBOOK, graded
from rolelab.labs.undo import unchanged

CLUSTER = "bookshop"
SERVICE = "dispatch"
TASK_ROLE = "dispatch-task-role"
TASK_POLICY = "dispatch-access"

BUCKET = "arn:aws:s3:::bookshop-orders"
PAYROLL = "arn:aws:s3:::bookshop-payroll"
TOMORROW = "arn:aws:s3:::bookshop-returns"
_SECRET = "orders/db"  # the name of a secret, which is none
_ORDER = "incoming/2026/12/1003.json"
_CUSTOMER = {"id": {"S": "c-42"}, "name": {"S": "Fanny Price"}, "town": {"S": "Portsmouth"}}
_LABEL = b"Fanny Price, Portsmouth"


def check_work(dispatch_policy: object = FROM_NOTEBOOK) -> Passed:
    """Task 1: the service does its round, and its roles reach nothing beyond.

    Args:
        dispatch_policy: the inline policy of the task role, as a dict or JSON text. By default the
            notebook's variable `dispatch_policy`.

    Returns:
        The proofs.

    Raises:
        CheckFailed: what the container still lacks, or what can still be reached.
    """
    return graded("dispatch_policy", dispatch_policy, _put, _only_its_work)


def check_customers(customers_policy: object = FROM_NOTEBOOK) -> Passed:
    """Task 2: as Task 1, and of the table `people` only the customers.

    Args, result and errors as in `check_work`; the variable is `customers_policy`.
    """
    return graded("customers_policy", customers_policy, _put, _only_customers)


def _put(text: str) -> None:
    import boto3

    boto3.client("iam").put_role_policy(
        RoleName=TASK_ROLE, PolicyName=TASK_POLICY, PolicyDocument=text
    )


def _only_its_work() -> Passed:
    return _proved("The dispatch service does its round, and can do nothing else.", _no_more)


def _only_customers() -> Passed:
    return _proved(
        "The dispatch service does its round, and of all people it can read the customers only.",
        lambda service, task: [*_staff(service, task), *_no_more(service, task)],
    )


def _proved(goal: str, beyond: Callable[[_Service, Caller], list[Question]]) -> Passed:
    service = _service()
    done = _round(goal, service)
    task = as_role(service.task_role)
    refused = prove(goal, possible=[], impossible=[*beyond(service, task), *_agent(service)])
    return Passed(goal, (*done, *refused.attempts))


# --- the service, and one task of it ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Service:
    """The service as it is now.

    Attributes:
        described: what describe_services says of it.
        definition: the task definition it runs.
        account: the account.
        region: the Region.
    """

    described: Mapping[str, Any]
    definition: Mapping[str, Any]
    account: str
    region: str

    @property
    def task_role(self) -> str:
        return _role_in(self.definition, "taskRoleArn", "a task role")

    @property
    def execution_role(self) -> str:
        return _role_in(self.definition, "executionRoleArn", "an execution role")

    def table(self, name: str) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{name}"


def _role_in(definition: Mapping[str, Any], member: str, what: str) -> str:
    found = definition.get(member)
    if not found:
        raise CheckFailed(f"The service's task definition names {what}.", hint=_NO_ROLE)
    return str(found).rsplit("/", 1)[-1]


def _service() -> _Service:
    import boto3
    from botocore.exceptions import ClientError

    from rolelab.sandbox import account

    try:
        sandbox = account.current()
        ecs = boto3.client("ecs", region_name=sandbox.region)
        described = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
        definition = ecs.describe_task_definition(taskDefinition=described[0]["taskDefinition"])
    except (RuntimeError, ClientError, IndexError):
        raise CheckFailed(f"There is no service {SERVICE}.", hint=RUN_THE_CELLS) from None
    return _Service(described[0], definition["taskDefinition"], sandbox.account_id, sandbox.region)


def _round(goal: str, service: _Service) -> list[Attempt]:
    """Let a task of the service do one round, with an order that nobody has seen yet."""
    # Asked first, so that the last denial afterwards, for why(), is the container's.
    hint = _hint_for(service)
    with _one_more_order():
        task = _run(service)
        written = _label()
    container = task["containers"][0]
    if task.get("stopCode") == "TaskFailedToStart":
        raise CheckFailed(
            goal,
            verdict="A task of the service does not start any more:",
            hint=f"{task['stoppedReason']}\n{_LAUNCH}",
        )
    steps = [each for each in _steps(task["taskArn"]) if each.call != "sts:AssumeRole"]
    if container.get("exitCode") != 0 or written != _LABEL:
        raise CheckFailed(
            goal,
            verdict="The container does not get through its round:",
            attempts=_denial(task, service),
            hint=f"{hint}\n{SEE_WHY}",
        )
    if not steps:
        raise CheckFailed(goal, verdict="The round was done, and not by the role.", hint=_KEYS)
    calls = {(each.call, each.resource): each for each in steps}
    return [
        Attempt(f"container, as {service.task_role}", each.call, each.resource, {}, True, "done")
        for each in calls.values()
    ]


@contextmanager
def _one_more_order() -> Iterator[None]:
    """An order and its customer for the time of the check, past the gate and out of the trail."""
    import boto3

    from rolelab.sandbox import gate

    with unchanged("s3", "dynamodb"):
        with gate.bypassed():
            boto3.client("s3").put_object(
                Bucket="bookshop-orders",
                Key=_ORDER,
                Body=b'{"book": "Mansfield Park", "customer": "c-42"}',
            )
            boto3.client("dynamodb").put_item(TableName="people", Item=_CUSTOMER)
        yield


def _run(service: _Service) -> Mapping[str, Any]:
    """Run one task as the service would, and describe it once it has stopped."""
    import boto3
    from botocore.exceptions import ClientError, WaiterError

    ecs = boto3.client("ecs", region_name=service.region)
    name = service.definition["containerDefinitions"][0]["name"]
    once = {"name": name, "environment": [{"name": "ONCE", "value": "yes"}]}
    request = {
        "cluster": CLUSTER,
        "taskDefinition": service.definition["taskDefinitionArn"],
        "launchType": service.described.get("launchType", "FARGATE"),
        "networkConfiguration": service.described["networkConfiguration"],
        "overrides": {"containerOverrides": [once]},
    }
    try:
        arn = ecs.run_task(**request)["tasks"][0]["taskArn"]
    except ClientError as error:
        raise CheckFailed(
            "A task of the service can be started.",
            hint=f"{error.response['Error']['Message']}\n{_LAUNCH}",
        ) from None
    try:
        ecs.get_waiter("tasks_stopped").wait(
            cluster=CLUSTER, tasks=[arn], WaiterConfig={"Delay": 0.1, "MaxAttempts": 600}
        )
    except WaiterError:
        ecs.stop_task(cluster=CLUSTER, task=arn)
        raise CheckFailed("The container ends after one round.", hint=_ONCE) from None
    described: Mapping[str, Any] = ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"][0]
    return described


def _label() -> bytes | None:
    """What the container wrote for the new order."""
    import boto3
    from botocore.exceptions import ClientError

    from rolelab.sandbox import gate

    with gate.bypassed():
        try:
            found = boto3.client("s3").get_object(Bucket="bookshop-orders", Key="labels/1003.txt")
        except ClientError:
            return None
        return bytes(found["Body"].read())


def _steps(task_arn: str) -> list[Any]:
    """The calls that the container made as its task role."""
    from rolelab.ecs import timeline
    from rolelab.ecs.agent_call import TASK
    from rolelab.sandbox import account

    found = timeline.of(task_arn, account.current().trail)
    return [each for each in found.steps if each.lane == TASK]


def _denial(task: Mapping[str, Any], service: _Service) -> list[Attempt]:
    """The denial that stopped the container; none if it was no denial of its role."""
    from rolelab.sandbox.explain import why

    try:
        decision = why()
    except LookupError:
        return []
    asked = decision.request
    if not asked.principal.endswith(task["taskArn"].rsplit("/", 1)[-1]):
        return []
    who = f"container, as {service.task_role}"
    return [Attempt(who, asked.action, asked.resource, {}, False, decision.message)]


def _hint_for(service: _Service) -> str:
    """Where to look: at the other role, if that one could have done it."""
    agent = as_role(service.execution_role)
    could = agent.attempt("s3:GetObject", f"{BUCKET}/incoming/1001.json").allowed
    return _MOVED if could else _NEEDS


# --- what must be denied ------------------------------------------------------------------------


def _staff(service: _Service, task: Caller) -> list[Question]:
    people = service.table("people")
    staff, customer = {"id": {"S": "s-03"}}, {"id": {"S": "c-17"}}
    both = {"RequestItems": {"people": {"Keys": [customer, staff]}}}
    return [
        Question(task, "dynamodb:GetItem", people, _ROWS, {"Key": staff}),
        Question(task, "dynamodb:GetItem", people, _ROWS, {"Key": {"id": {"S": "admin"}}}),
        Question(task, "dynamodb:BatchGetItem", people, _ROWS, both),
    ]


def _no_more(service: _Service, task: Caller) -> list[Question]:
    return [
        *_other_places(service, task),
        *_other_directions(task),
        *_other_actions(service, task),
    ]


def _other_places(service: _Service, task: Caller) -> list[Question]:
    payroll = f"{PAYROLL}/2026/november.csv"
    return [
        Question(task, "s3:GetObject", payroll, _PLACES),
        Question(task, "s3:ListBucket", PAYROLL, _PLACES, {"Prefix": "incoming/"}),
        Question(task, "s3:GetObject", f"{BUCKET}/invoices/1000.csv", _PREFIXES),
        Question(task, "s3:GetObject", f"{BUCKET}/incoming-archive/0001.json", _PREFIXES),
        Question(task, "s3:ListBucket", BUCKET, _LISTING),
        Question(task, "s3:ListBucket", BUCKET, _LISTING, {"Prefix": "invoices/"}),
        Question(task, "dynamodb:GetItem", service.table("orders"), _PLACES),
        Question(task, "secretsmanager:GetSecretValue", _secret(service), _PLACES),
        Question(task, "s3:GetObject", f"{TOMORROW}/2026/1.json", _LATER),
        Question(task, "s3:PutObject", f"{TOMORROW}/labels/1.txt", _LATER),
        Question(task, "dynamodb:GetItem", service.table("returns"), _LATER),
    ]


def _other_directions(task: Caller) -> list[Question]:
    return [
        Question(task, "s3:GetObject", f"{BUCKET}/labels/1000.txt", _DIRECTIONS),
        Question(task, "s3:PutObject", f"{BUCKET}/incoming/1001.json", _DIRECTIONS),
        Question(task, "s3:PutObject", f"{BUCKET}/invoices/1000.csv", _DIRECTIONS),
        Question(task, "s3:DeleteObject", f"{BUCKET}/incoming/1001.json", _DIRECTIONS),
        Question(task, "s3:DeleteObject", f"{BUCKET}/labels/1000.txt", _DIRECTIONS),
    ]


def _other_actions(service: _Service, task: Caller) -> list[Question]:
    people = service.table("people")
    order = f"{BUCKET}/incoming/1001.json"
    of_table = (
        "dynamodb:Scan",
        "dynamodb:Query",
        "dynamodb:BatchGetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:DeleteTable",
    )
    return [
        *(Question(task, action, people, _ACTIONS) for action in of_table),
        Question(task, "s3:GetObjectVersion", order, _ACTIONS),
        Question(task, "s3:GetObjectTagging", order, _ACTIONS),
        Question(task, "s3:PutObjectAcl", f"{BUCKET}/labels/1000.txt", _ACTIONS),
        Question(task, "s3:ListAllMyBuckets", "*", _ACTIONS),
        Question(task, "s3:GetBucketPolicy", BUCKET, _ACTIONS),
        Question(task, "s3:PutBucketPolicy", BUCKET, _ACTIONS),
        Question(task, "ecr:GetAuthorizationToken", "*", _ONE_ROLE),
        Question(task, "iam:ListUsers", "*", _ACTIONS),
    ]


def _agent(service: _Service) -> list[Question]:
    """What the execution role must not have got for it."""
    agent = as_role(service.execution_role)
    return [
        Question(agent, "s3:GetObject", f"{BUCKET}/incoming/1001.json", _AGENT),
        Question(agent, "s3:PutObject", f"{BUCKET}/labels/1001.txt", _AGENT),
        Question(agent, "s3:GetObject", f"{PAYROLL}/2026/november.csv", _AGENT),
        Question(
            agent,
            "dynamodb:GetItem",
            service.table("people"),
            _AGENT,
            {"Key": {"id": {"S": "c-17"}}},
        ),
        Question(agent, "secretsmanager:GetSecretValue", _secret(service), _AGENT),
    ]


def _secret(service: _Service) -> str:
    """The secret's ARN, with the characters that Secrets Manager added."""
    import boto3
    from botocore.exceptions import ClientError

    from rolelab.sandbox import gate

    with gate.bypassed():
        try:
            found = boto3.client("secretsmanager").describe_secret(SecretId=_SECRET)
        except ClientError:
            raise CheckFailed(f"There is no secret {_SECRET}.", hint=RUN_THE_CELLS) from None
        return str(found["ARN"])


_NO_ROLE = "Both roles belong to the task: one for the launch, one for the program."
_LAUNCH = "The launch is the execution role's work; nothing about it had to change in this lab."
_ONCE = "With the variable ONCE the program ends after a round. Does the container still run it?"
_NEEDS = (
    "A round makes four calls: list incoming/, read an order, look up its customer, write a label. "
    "Compare the action and the ARN of the denial with your statements. New orders and new "
    "customers come every day, and orders may lie in folders below incoming/."
)
_MOVED = (
    "csecstaskexecutionrole could read the order, and the container is not csecstaskexecutionrole: "
    "that role's credentials stay with ECS. The denial names the role that the container has."
)
_KEYS = (
    "None of its calls came from the task role. Are there access keys in the definition? They win "
    "over the role."
)
_PLACES = "The service uses one bucket and one table. Name them by their ARNs."
_PREFIXES = "Orders lie below incoming/, with the slash. A * matches everything that follows."
_LISTING = (
    "s3:ListBucket is about the whole bucket. A condition on s3:prefix narrows it; a request "
    "without a prefix has no such key."
)
_LATER = (
    "This did not exist when you wrote your policy. A list of what is forbidden does not know "
    "what comes tomorrow; a list of what is allowed need not."
)
_DIRECTIONS = "Orders are read and labels are written. Two statements can say so."
_ACTIONS = "A wildcard in Action, or NotAction, allows what its name never says. List the actions."
_ONE_ROLE = "The image is pulled by the execution role. One role for both jobs is one too few."
_AGENT = (
    "csecstaskexecutionrole prepares the task and has no part in its work. What it may do beyond "
    "the launch is too much."
)
_ROWS = (
    "A condition on the partition keys of the request tells customers from staff. Every customer's "
    "id begins with c-."
)
