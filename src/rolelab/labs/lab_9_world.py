"""The account of lab 9 as its cells build it, and one launch of the orders service in it.

What is looked up or prepared here runs past the gate: it is the check's own, and no policy of the
learner's stops it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolelab.labs.callers import RUN_THE_CELLS, Caller, arn_of_role, as_account
from rolelab.labs.grader import CheckFailed

EXECUTION, TASK_ROLE, DEPLOYER = "csecstaskexecutionrole", "orders-task-role", "deployer"
PLATFORM, READER = "platform", "inkwell-reader"
INKWELL, STRANGER, OTHER_ACCOUNT = "999988887777", "444455556666", "210987654321"
EXTERNAL_ID = "inkwell-0417"
BUCKET, PAYROLL = "bookshop-orders", "bookshop-payroll"
ORDER, NEW_ORDER = "incoming/1001.json", "incoming/2026/1042.json"
SECRET, PAYROLL_SECRET = "orders/db", "payroll/db"
FAMILY, CLUSTER, LOG_GROUP, PAYROLL_LOG = "orders", "bookshop", "/ecs/orders", "/ecs/payroll"
MINE = "rolelab-check"

_BOOK = {"book": "Mansfield Park"}
_PATIENCE = 60.0
"""Seconds that a check waits for the end of a task."""
_SETTINGS = (
    "containerDefinitions",
    "cpu",
    "memory",
    "networkMode",
    "requiresCompatibilities",
    "runtimePlatform",
    "volumes",
    "executionRoleArn",
    "taskRoleArn",
)


@dataclass(frozen=True, slots=True)
class Launch:
    """What came of registering the newest definition of the service and running it once.

    Attributes:
        registered, ran, read: what refused the deployer each of the three calls: to register, to
            run, and to read the log. None if nothing did.
        ended: why the task is no success, in words; "" if it is one.
        calls: (who made it, the call) for every call of the launch, names of roles without path.
    """

    registered: Exception | None = None
    ran: Exception | None = None
    read: Exception | None = None
    ended: str = ""
    calls: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class World:
    """What the checks are about.

    Attributes:
        account, region: of the sandbox.
        secret, payroll_secret: the ARNs of the two secrets.
        secret_version: the id of the current version of the first.
        known: the launch, once it was made.
    """

    account: str
    region: str
    secret: str
    payroll_secret: str
    secret_version: str
    known: dict[str, Launch] = field(default_factory=dict)

    @property
    def you(self) -> Caller:
        """The account's administrator."""
        return as_account(self.account)

    def object(self, key: str, bucket: str = BUCKET) -> str:
        return f"arn:aws:s3:::{bucket}/{key}"

    def table(self, name: str) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{name}"

    def repository(self, name: str) -> str:
        return f"arn:aws:ecr:{self.region}:{self.account}:repository/{name}"

    def log(self, group: str, stream: str = MINE) -> str:
        return f"arn:aws:logs:{self.region}:{self.account}:log-group:{group}:log-stream:{stream}"

    def role(self, name: str) -> str:
        return arn_of_role(name)

    def roles(self) -> list[str]:
        """The ARNs of all roles of the account."""
        return [str(each.arn) for each in _iam(self.account).roles.values()]

    def grant(self, role: str, action: str, resource: str) -> None:
        """Allow a role one thing more, past the gate. The row that asks takes it back."""
        from rolelab.sandbox import gate

        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        with gate.bypassed():
            client("iam").put_role_policy(
                RoleName=role,
                PolicyName=f"{MINE}-{action.replace(':', '-')}",
                PolicyDocument=json.dumps(document),
            )

    def attach(self, role: str, policy: str) -> None:
        """Attach one of AWS's managed policies to a role, past the gate."""
        from rolelab.sandbox import gate

        with gate.bypassed():
            client("iam").attach_role_policy(
                RoleName=role, PolicyArn=f"arn:aws:iam::aws:policy/{policy}"
            )

    def active_keys(self) -> Iterator[tuple[str, dict[str, str]]]:
        """The users' access keys that count, as boto3 takes them."""
        for user in _iam(self.account).users.values():
            for key in user.access_keys:
                if key.status == "Active":
                    yield (
                        str(user.name),
                        {
                            "aws_access_key_id": key.access_key_id,
                            "aws_secret_access_key": key.secret_access_key,
                        },
                    )

    def customer_keys(self) -> list[str]:
        """The ARNs of the customer managed keys of the secret and of the bucket.

        Returns:
            One ARN or two; none if one of the two is not under such a key.
        """
        from rolelab.sandbox import gate
        from rolelab.sandbox.operations.s3_encryption import of_bucket

        default = of_bucket(BUCKET)
        with gate.bypassed():
            secret = client("secretsmanager").describe_secret(SecretId=SECRET)
            named = [secret.get("KmsKeyId"), None if default is None else default.key]
            found = [
                client("kms").describe_key(KeyId=each)["KeyMetadata"] for each in named if each
            ]
        arns = [each["Arn"] for each in found if each["KeyManager"] == "CUSTOMER"]
        return [] if len(arns) < 2 else list(dict.fromkeys(arns))

    def password(self) -> str:
        """The password that counts now.

        Raises:
            CheckFailed: the secret holds none.
        """
        from rolelab.sandbox import gate

        with gate.bypassed():
            found = client("secretsmanager").get_secret_value(SecretId=SECRET)
        text = str(found.get("SecretString", ""))
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        password = str(value.get("password", "") if isinstance(value, Mapping) else value)
        if not password:
            raise CheckFailed(
                f"The secret {SECRET} holds a password.",
                hint="It is a text, or JSON with the member password, as it was.",
            )
        return password

    def definitions(self) -> list[Mapping[str, Any]]:
        """Every revision of the service's task definition, the deregistered ones included."""
        from rolelab.sandbox import gate

        ecs = client("ecs")
        with gate.bypassed():
            arns = [
                arn
                for status in ("ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS")
                for arn in ecs.list_task_definitions(familyPrefix=FAMILY, status=status)[
                    "taskDefinitionArns"
                ]
            ]
            return [
                ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"] for arn in arns
            ]

    def printed(self) -> str:
        """Everything in the service's log group."""
        from rolelab.sandbox import gate

        logs = client("logs")
        with gate.bypassed():
            events = logs.filter_log_events(logGroupName=LOG_GROUP)["events"]
        return "\n".join(event["message"] for event in events)

    def launch(self) -> Launch:
        """Register the newest definition as the deployer, run it with a new order, and wait."""
        if MINE not in self.known:
            self.known[MINE] = _launched(self)
        return self.known[MINE]


def find() -> World:
    """Find what the lab is about.

    Raises:
        CheckFailed: the cells that build the lab have not been run.
    """
    from botocore.exceptions import ClientError

    from rolelab.sandbox import account, gate

    try:
        sandbox = account.current()
        with gate.bypassed():
            secrets = client("secretsmanager")
            secret, payroll = (
                secrets.describe_secret(SecretId=each) for each in (SECRET, PAYROLL_SECRET)
            )
            client("s3").head_object(Bucket=BUCKET, Key=ORDER)
    except (RuntimeError, ClientError):
        raise CheckFailed(
            "The orders service with its data is not there, or not complete.", hint=RUN_THE_CELLS
        ) from None
    versions = secret["VersionIdsToStages"].items()
    current = next(each for each, stages in versions if "AWSCURRENT" in stages)
    return World(sandbox.account_id, sandbox.region, secret["ARN"], payroll["ARN"], current)


def client_of(role: str, service: str, **settings: Any) -> Any:
    """A boto3 client with a session of a role of this account. Its trust policy is not asked."""
    from rolelab.sandbox import sessions

    made = sessions.issue("assumed-role", issuer_arn=arn_of_role(role), name=MINE, duration=900)
    return client(
        service,
        aws_access_key_id=made.access_key_id,
        aws_secret_access_key=made.secret_access_key,
        aws_session_token=made.session_token,
        **settings,
    )


def client(service: str, **settings: Any) -> Any:
    import boto3

    make: Any = boto3.client
    return make(service, **settings)


def _iam(account: str) -> Any:
    from moto.iam.models import iam_backends

    return iam_backends[account]["aws"]


# --- one launch -----------------------------------------------------------------------------------


def _launched(world: World) -> Launch:
    from botocore.exceptions import ClientError

    ecs = client_of(DEPLOYER, "ecs")
    try:
        definition = ecs.register_task_definition(**_newest(world))["taskDefinition"]
    except ClientError as error:
        return Launch(registered=error, ended="the task was never run")
    _one_more_order()
    network = {"subnets": [_subnet(world)], "assignPublicIp": "ENABLED"}
    try:
        answer = ecs.run_task(
            cluster=CLUSTER,
            taskDefinition=definition["taskDefinitionArn"],
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
        )
    except ClientError as error:
        return Launch(ran=error, ended=error.response["Error"]["Message"])
    return _ended(world, answer["tasks"][0]["taskArn"], definition)


def _newest(world: World) -> dict[str, Any]:
    """The settings of the newest active revision, to register once more under another family."""
    active = [each for each in world.definitions() if each["status"] == "ACTIVE"]
    if not active:
        raise CheckFailed(
            f"There is a task definition {FAMILY}.",
            hint="Every revision of it is deregistered. ecs.register_task_definition makes one.",
        )
    newest = max(active, key=lambda each: int(each["revision"]))
    settings = {name: newest[name] for name in _SETTINGS if newest.get(name)}
    return {"family": FAMILY, **settings}


def _one_more_order() -> None:
    """An order that nobody has seen yet, past the gate."""
    from rolelab.sandbox import gate

    with gate.bypassed():
        client("s3").put_object(Bucket=BUCKET, Key=NEW_ORDER, Body=json.dumps(_BOOK).encode())


def _subnet(world: World) -> str:
    """A subnet of the account's default VPC."""
    from moto.ec2.models import ec2_backends

    zones = ec2_backends[world.account][world.region].subnets.values()
    return next(str(name) for zone in zones for name in zone)


def _ended(world: World, arn: str, definition: Mapping[str, Any]) -> Launch:
    from rolelab.ecs import agent, timeline
    from rolelab.ecs.agent_call import ALLOWED
    from rolelab.sandbox import account, gate

    task = agent.current().task(arn)
    assert task is not None
    if not task.wait_until(lambda each: each.last_status == "STOPPED", _PATIENCE):
        with gate.bypassed():
            client("ecs").stop_task(cluster=CLUSTER, task=arn)
        return Launch(ended="the task has not ended")
    steps = timeline.of(arn, account.current().trail).steps
    return Launch(
        read=_deployer_reads(task.id, definition),
        ended=_why_no_success(task.described()),
        calls=frozenset(
            (each.role.rsplit("/", 1)[-1], each.call) for each in steps if each.verdict == ALLOWED
        ),
    )


def _why_no_success(described: Mapping[str, Any]) -> str:
    from rolelab.sandbox import gate

    if described["containers"][0].get("exitCode") != 0:
        return str(described.get("stoppedReason"))
    number = NEW_ORDER.rsplit("/", 1)[-1].removesuffix(".json")
    with gate.bypassed():
        kept = client("dynamodb").get_item(TableName="orders", Key={"id": {"S": number}})
    if kept.get("Item", {}).get("book", {}).get("S") != _BOOK["book"]:
        return f"order {number} lies in {BUCKET}/incoming/2026/ and is not in the table orders"
    return ""


def _deployer_reads(task: str, definition: Mapping[str, Any]) -> Exception | None:
    """What keeps the deployer from the log of a task."""
    from botocore.exceptions import ClientError

    container = definition["containerDefinitions"][0]
    options = container.get("logConfiguration", {}).get("options", {})
    prefix = options.get("awslogs-stream-prefix", FAMILY)
    try:
        events = client_of(DEPLOYER, "logs").get_log_events(
            logGroupName=LOG_GROUP, logStreamName=f"{prefix}/{container['name']}/{task}"
        )["events"]
    except ClientError as error:
        return error
    lines = [event["message"] for event in events]
    return None if lines else ValueError("the log of the task is empty")
