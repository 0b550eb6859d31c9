"""The gateways of lab 7 as they run: found in the cluster, read as an insider can, run once more.

What is written in an image or in a task definition is read by everybody who may pull the one or
describe the other. `Gateway.written` is what such a person finds.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rolelab.labs.callers import RUN_THE_CELLS
from rolelab.labs.grader import CheckFailed

if TYPE_CHECKING:
    from rolelab.account import Account

CLUSTER = "bookshop"
API_CONNECT, APIPARK, SCORING = "api-connect", "apipark", "scoring"

_DOCUMENTS = (".yaml", ".yml", ".json")
_LOG_SECONDS = 5.0
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Gateway:
    """A task that runs a gateway.

    Attributes:
        task: as `describe_tasks` shows it.
        definition: its task definition.
        url: where it answers, `http://127.0.0.1:54321`.
    """

    task: Mapping[str, Any]
    definition: Mapping[str, Any]
    url: str

    @property
    def name(self) -> str:
        """Family and revision, `api-connect:3`."""
        return f"{self.definition['family']}:{self.definition['revision']}"

    @property
    def role(self) -> str | None:
        """The ARN of the task role; None without one."""
        return self._override("taskRoleArn")

    @property
    def execution_role(self) -> str | None:
        """The ARN of the task execution role; None without one."""
        return self._override("executionRoleArn")

    @property
    def image_digest(self) -> str:
        """The digest of the image that its container was made from."""
        return str(self.task["containers"][0]["imageDigest"])

    @property
    def injected(self) -> list[str]:
        """The secrets that the agent puts into the environment, as `valueFrom` names them."""
        containers = self.definition["containerDefinitions"]
        return [each["valueFrom"] for one in containers for each in one.get("secrets", ())]

    def written(self) -> dict[str, str]:
        """Every value in its image and in its environment, and where it stands.

        Of a YAML or JSON file each value, of another file each line, of a program none.
        """
        found: dict[str, str] = {}
        for name, content in self.files().items():
            if name.endswith(_DOCUMENTS):
                found |= dict.fromkeys(_scalars(content), name)
            elif not name.endswith(".py"):
                found |= dict.fromkeys(map(str.strip, content.splitlines()), name)
        return found | {
            value: f"the environment, {name}" for name, value in self._environment().items()
        }

    def written_pairs(self) -> dict[tuple[str, str], str]:
        """Every two values that stand side by side in its YAML files, such as an id and a secret.

        Returns:
            The pairs in both orders, and where they stand.
        """
        return {
            pair: name
            for name, content in self.files().items()
            if name.endswith(_DOCUMENTS)
            for mapping in _mappings(content)
            for pair in permutations(_texts(mapping.values()), 2)
        }

    def files(self) -> dict[str, str]:
        """The text files of its image, by path."""
        import boto3

        from rolelab.ecs import oci_image
        from rolelab.sandbox import gate
        from rolelab.sandbox.fixes.ecr_layers import layer

        image = str(self.task["containers"][0]["image"])
        registry, _, rest = image.partition("/")
        account, region = registry.split(".")[0], registry.split(".")[3]
        repository = rest.partition("@")[0].partition(":")[0]
        with gate.bypassed():
            answer = boto3.client("ecr").batch_get_image(
                repositoryName=repository, imageIds=[{"imageDigest": self.image_digest}]
            )
        if not answer["images"]:
            verdict = f"The image that {self.name} runs is not in the repository any more."
            raise CheckFailed("The image can be read.", verdict=verdict, hint=_PUSH)
        manifest = answer["images"][0]["imageManifest"]
        blobs = {each: layer(account, region, each) for each in oci_image.blobs_of(manifest)}
        with tempfile.TemporaryDirectory() as folder:
            oci_image.unpack(manifest, blobs, Path(folder))
            return {
                each.relative_to(folder).as_posix(): each.read_text("utf-8", "replace")
                for each in sorted(Path(folder).rglob("*"))
                if each.is_file()
            }

    def printed(self, *, holding: str) -> list[dict[str, Any]]:
        """The JSON lines in its log that hold a text, as soon as there is one; [] if none comes."""
        import boto3

        from rolelab.sandbox import gate

        logs = boto3.client("logs")
        until = time.monotonic() + _LOG_SECONDS
        while time.monotonic() < until:
            with gate.bypassed():
                lines = [line for where in self._streams() for line in _lines(logs, *where)]
            found = [json.loads(line) for line in lines if line.startswith("{") and holding in line]
            if found:
                return found
            time.sleep(_PAUSE)
        return []

    def _override(self, member: str) -> str | None:
        overrides = self.task.get("overrides") or {}
        return overrides.get(member) or self.definition.get(member)

    def _environment(self) -> dict[str, str]:
        overridden = (self.task.get("overrides") or {}).get("containerOverrides", [])
        return {
            each["name"]: each["value"]
            for one in (*self.definition["containerDefinitions"], *overridden)
            for each in one.get("environment", ())
        }

    def _streams(self) -> Iterator[tuple[str, str]]:
        """Log group and log stream of each container.

        Page: *Amazon ECS container logs for EC2 and Fargate launch types*.
        """
        for container in self.definition["containerDefinitions"]:
            options = (container.get("logConfiguration") or {}).get("options", {})
            if "awslogs-group" in options and "awslogs-stream-prefix" in options:
                task_id = str(self.task["taskArn"]).rpartition("/")[2]
                stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{task_id}"
                yield options["awslogs-group"], stream


def running(family: str, goal: str) -> list[Gateway]:
    """The running tasks of a family.

    Args:
        family: of their task definitions.
        goal: of the check that asks.

    Raises:
        CheckFailed: none runs.
    """
    sandbox, ecs = _sandbox(goal)
    arns = ecs.list_tasks(cluster=CLUSTER, family=family, desiredStatus="RUNNING")["taskArns"]
    if not arns:
        verdict = f"No task of the family {family} runs in the cluster {CLUSTER}."
        said = _last_words(ecs, family)
        raise CheckFailed(goal, verdict=f"{verdict} {said}".strip(), hint=_LAUNCH)
    return [_gateway(sandbox, ecs, arn, goal) for arn in arns]


@contextmanager
def copy_of(gateway: Gateway, goal: str) -> Iterator[Gateway]:
    """Run the task definition of a gateway once more, with nothing counted yet; stop it afterwards.

    Raises:
        CheckFailed: it does not come up, or has another image than the gateway itself.
    """
    sandbox, ecs = _sandbox(goal)
    subnet = sandbox.admin().client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    ran = ecs.run_task(
        cluster=CLUSTER,
        taskDefinition=gateway.definition["taskDefinitionArn"],
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
        overrides=gateway.task.get("overrides") or {},
        startedBy="rolelab-check",
    )
    arn = ran["tasks"][0]["taskArn"]
    try:
        copy = _gateway(sandbox, ecs, arn, goal)
        if copy.image_digest != gateway.image_digest:
            verdict = f"{gateway.name} still runs an image that its tag does not mean any more."
            raise CheckFailed(goal, verdict=verdict, hint=_AGAIN)
        yield copy
    finally:
        ecs.stop_task(cluster=CLUSTER, task=arn)


def secret_value(name: str, goal: str) -> dict[str, str]:
    """The members of a secret, read past the gate: what its client holds.

    Raises:
        CheckFailed: there is none, or it is not a JSON object of texts.
    """
    import boto3
    from botocore.exceptions import ClientError

    from rolelab.sandbox import gate

    try:
        with gate.bypassed():
            text = boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
        return {str(key): str(value) for key, value in dict(json.loads(text)).items()}
    except (ClientError, KeyError, ValueError, TypeError):
        verdict = f"The secret {name} is not there, or holds no JSON object."
        raise CheckFailed(goal, verdict=verdict, hint=_SECRET) from None


def secret_arns() -> dict[str, str]:
    """The ARN of every secret of the account, by name."""
    import boto3

    from rolelab.sandbox import gate

    with gate.bypassed():
        listed = boto3.client("secretsmanager").list_secrets()["SecretList"]
    return {each["Name"]: each["ARN"] for each in listed}


def _sandbox(goal: str) -> tuple[Account, Any]:
    from rolelab.account import Account
    from rolelab.sandbox import account

    try:
        sandbox = account.current()
    except RuntimeError as error:
        raise CheckFailed(goal, verdict=str(error), hint=RUN_THE_CELLS) from None
    assert isinstance(sandbox, Account)
    ecs = sandbox.admin().client("ecs")
    if CLUSTER not in {each.rpartition("/")[2] for each in ecs.list_clusters()["clusterArns"]}:
        raise CheckFailed(goal, verdict=f"There is no cluster {CLUSTER}.", hint=RUN_THE_CELLS)
    return sandbox, ecs


def _gateway(sandbox: Account, ecs: Any, arn: str, goal: str) -> Gateway:
    try:
        address = sandbox.address(arn)
    except (LookupError, TimeoutError) as error:
        raise CheckFailed(goal, verdict=_did_not_come_up(ecs, arn, error), hint=_LOG) from None
    task = ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"][0]
    definition = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])
    return Gateway(task, definition["taskDefinition"], f"http://{address}")


def _last_words(ecs: Any, family: str) -> str:
    """Why the last task of a family ended, if it said an error."""
    arns = ecs.list_tasks(cluster=CLUSTER, family=family, desiredStatus="STOPPED")["taskArns"]
    if not arns:
        return ""
    tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
    last = max(tasks, key=lambda each: each["createdAt"])
    said = _error_of(ecs, last)
    return f"The last one ended with: {said}" if said else ""


def _error_of(ecs: Any, task: Mapping[str, Any]) -> str:
    """The last error that a task wrote into its log; "" without one."""
    definition = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])
    gateway = Gateway(task, definition["taskDefinition"], "")
    if task["lastStatus"] != "STOPPED" or task.get("stopCode") == "UserInitiated":
        return ""
    said = [str(line["message"]) for line in gateway.printed(holding='"type":"error"')]
    return "".join(said[-1:])


def _did_not_come_up(ecs: Any, arn: str, error: Exception) -> str:
    task = ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"][0]
    family = task["taskDefinitionArn"].rpartition("/")[2]
    return f"{family} does not come up. {_error_of(ecs, task) or error}"


def _lines(logs: Any, group: str, stream: str) -> list[str]:
    try:
        events = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [str(each["message"]) for each in events["events"]]


def _scalars(text: str) -> Iterator[str]:
    """Every value of a YAML or JSON text."""
    for node in _nodes(text):
        if not isinstance(node, Mapping | list) and node is not None:
            yield str(node)


def _mappings(text: str) -> Iterator[Mapping[str, Any]]:
    """Every mapping of a YAML or JSON text."""
    return (node for node in _nodes(text) if isinstance(node, Mapping))


def _texts(values: Iterable[Any]) -> list[str]:
    return [each for each in values if isinstance(each, str)]


def _nodes(text: str) -> Iterator[Any]:
    import yaml

    waiting: list[Any] = [*yaml.safe_load_all(text)]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Mapping):
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


_PUSH = "Push the image again and launch the gateway with it."
_LAUNCH = "Register a task definition of this family and run it, as launch(...) does."
_AGAIN = "A push changes no task that runs already. Launch the gateway again."
_LOG = (
    "A gateway reads its definitions and its secrets when it starts, and says what it cannot use "
    "in its log. sandbox.launch(task) shows the calls that were refused."
)
_SECRET = "The client reads its credentials there. Put back what the set-up cells wrote."
