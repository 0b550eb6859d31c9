"""The LLM gateway of the course, running as a task in a fresh account: what its tests call."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import boto3
import httpx
import pandas as pd

from content.build import ROOT
from rolelab.account import Account
from rolelab.gateways.litellm import request_log
from rolelab.gateways.litellm.outside_provider import OutsideProvider
from tests.sandbox.people import ACCOUNT, document

APP = ROOT / "data" / "apps" / "llm-gateway"
PORT = 8000
TASK, EXECUTION, RESEARCH = "gateway-task-role", "gateway-execution-role", "research-role"
GROUP, BUCKET, CLUSTER = "/ecs/llm-gateway", "gateway-logs", "gateways"
EXECUTION_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
CHAT = "/v1/chat/completions"
QUESTION = "What is the sentiment of this review: I loved the book"

MASTER_KEY = "sk-master-e3b0c44298fc1c149afbf4c8996fb924"
PARTNER_KEY = "sk-partner-27ae41e4649b934ca495991b7852b855"


@dataclass(frozen=True, slots=True)
class Client:
    """A client of the gateway: its name is its key, its models and limits."""

    name: str
    models: tuple[str, ...]
    rpm: int | None = None
    tpm: int | None = None

    @property
    def key(self) -> str:
        """What the client sends."""
        return f"sk-{self.name}-{hashlib.sha256(self.name.encode()).hexdigest()[:24]}"

    def entry(self) -> dict[str, Any]:
        """What the gateway keeps of it."""
        return {
            "name": self.name,
            "sha256": hashlib.sha256(self.key.encode()).hexdigest(),
            "models": self.models,
            "rpm": self.rpm,
            "tpm": self.tpm,
        }


_ALL = ("nova-pro", "nova-lite", "reviews", "sentiment", "claude-haiku", "research", "partner")
SHOP = Client("shop", _ALL)
LAB = Client("lab", ("nova-micro",))
HURRIED = Client("hurried", ("nova-lite",), rpm=10)
WORDY = Client("wordy", ("nova-lite",), tpm=60)


def model_arn(*names: str) -> list[str]:
    """The ARNs of foundation models."""
    return [f"arn:aws:bedrock:us-east-1::foundation-model/{name}" for name in names]


ALLOWED = model_arn("amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0")


class Running:
    """One running gateway.

    Attributes:
        task: the ARN of its task.
        http: a client of its address.
    """

    def __init__(self, sandbox: Account, task: str) -> None:
        self.sandbox, self.task = sandbox, task
        self._logs = boto3.client("logs")
        self.http = httpx.Client(
            base_url=f"http://{_address(sandbox, task)}", timeout=60, trust_env=False
        )

    def ask(self, client: Client | str, model: str, text: str = QUESTION, **more: Any) -> Any:
        """Ask a model with the key of a client, or with any other text as key."""
        key = client if isinstance(client, str) else client.key
        return self.http.post(
            CHAT,
            headers={"Authorization": f"Bearer {key}"},
            json={"model": model, "messages": [{"role": "user", "content": text}], **more},
        )

    def printed(self) -> list[str]:
        """All lines of the container's log so far."""
        stream = f"llm/gateway/{self.task.rpartition('/')[2]}"
        asked = {"logGroupName": GROUP, "logStreamName": stream, "startFromHead": True}
        lines: list[str] = []
        token: dict[str, str] = {}
        while True:
            answer = self._logs.get_log_events(**asked, **token)
            if not answer["events"]:
                return lines
            lines += [str(each["message"]) for each in answer["events"]]
            token = {"nextToken": answer["nextForwardToken"]}

    def requests(self) -> pd.DataFrame:
        """The request log so far."""
        return request_log.to_frame(self.printed())

    def lines_of(self, answer: Any, count: int = 1) -> pd.DataFrame:
        """The lines of one request, once there are so many: they are written after the answer."""
        request = answer.headers["x-litellm-call-id"]
        return eventually(
            lambda: (frame := self.requests())[frame["request_id"] == request],
            lambda found: len(found) >= count,
        )

    def lines_with(self, key: str, status: int) -> pd.DataFrame:
        """The lines of the requests with a key that got a status, once there is one."""
        digest = hashlib.sha256(key.encode()).hexdigest()

        def look() -> pd.DataFrame:
            frame = self.requests()
            return frame[(frame["key_hash"] == digest) & (frame["status"] == status)]

        return eventually(look, lambda found: len(found) > 0)


def _address(sandbox: Account, task: str) -> str:
    """Where a gateway listens. On a busy machine LiteLLM needs longer than `address` waits."""
    for _ in range(3):
        with contextlib.suppress(TimeoutError):
            return sandbox.address(task, PORT)
    return sandbox.address(task, PORT)


Found = TypeVar("Found")


def eventually(look: Callable[[], Found], is_there: Callable[[Found], bool]) -> Found:
    """Look until something is there. After a minute nothing will come any more."""
    until = time.monotonic() + 60
    while not is_there(found := look()):
        assert time.monotonic() < until, f"still {found}"
        time.sleep(0.05)
    return found


class Gateways:
    """An account with all that gateways need, and a way to run one.

    Attributes:
        sandbox: the account.
        partner: the provider outside AWS.
    """

    def __init__(self, sandbox: Account) -> None:
        self.sandbox, self.partner = sandbox, OutsideProvider()
        self.iam, self._ecs = boto3.client("iam"), boto3.client("ecs")
        ecs_tasks = {"Service": "ecs-tasks.amazonaws.com"}
        task_role = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{TASK}"}
        for name, principal in ((EXECUTION, ecs_tasks), (TASK, ecs_tasks), (RESEARCH, task_role)):
            trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
        self.iam.attach_role_policy(RoleName=EXECUTION, PolicyArn=EXECUTION_POLICY)
        boto3.client("logs").create_log_group(logGroupName=GROUP)
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        boto3.client("ecr").create_repository(repositoryName="llm-gateway")
        self._ecs.create_cluster(clusterName=CLUSTER)
        clients = [each.entry() for each in (SHOP, LAB, HURRIED, WORDY)]
        self._master = _secret("llm-gateway/master-key", MASTER_KEY)
        self._secrets = [
            _secret("llm-gateway/clients", json.dumps(clients)),
            _secret("PARTNER_API_KEY", PARTNER_KEY),
        ]
        self.allow_models(*ALLOWED)
        self._allow(EXECUTION, "secret", "secretsmanager:GetSecretValue", [self._master])
        self._allow(TASK, "secrets", "secretsmanager:GetSecretValue", self._secrets)
        self._allow(TASK, "log", "s3:PutObject", [f"arn:aws:s3:::{BUCKET}/requests/*"])
        self._allow(TASK, "research", "sts:AssumeRole", [f"arn:aws:iam::{ACCOUNT}:role/{RESEARCH}"])
        self._allow(RESEARCH, "ask", "bedrock:InvokeModel", model_arn("amazon.nova-pro-v1:0"))
        self._image = sandbox.push_image("llm-gateway:1.0", APP)
        subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        self._network = {"awsvpcConfiguration": {"subnets": [subnet]}}

    def allow_models(self, *arns: str) -> None:
        """Let the task role invoke these models and no others."""
        self._allow(TASK, "models", "bedrock:InvokeModel", arns)

    def run(self, config: str) -> str:
        """Start a gateway with one of the image's configurations, and give its task's ARN."""
        variables = {
            "CONFIG": config,
            "CLIENTS_SECRET": "llm-gateway/clients",
            "LOG_BUCKET": BUCKET,
            "RESEARCH_ROLE": f"arn:aws:iam::{ACCOUNT}:role/{RESEARCH}",
            "PARTNER_API_BASE": self.partner.url,
        }
        log = {
            "awslogs-group": GROUP,
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "llm",
        }
        definition = self._ecs.register_task_definition(
            family="llm-gateway",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="1024",
            memory="2048",
            executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{EXECUTION}",
            taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{TASK}",
            containerDefinitions=[
                {
                    "name": "gateway",
                    "image": self._image,
                    "portMappings": [{"containerPort": PORT}],
                    "environment": [{"name": name, "value": variables[name]} for name in variables],
                    "secrets": [{"name": "LITELLM_MASTER_KEY", "valueFrom": self._master}],
                    "logConfiguration": {"logDriver": "awslogs", "options": log},
                }
            ],
        )["taskDefinition"]["taskDefinitionArn"]
        answer = self._ecs.run_task(
            cluster=CLUSTER,
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=self._network,
        )
        return str(answer["tasks"][0]["taskArn"])

    def calls(self, event: str) -> pd.DataFrame:
        """The calls of one kind in the account's trail."""
        trail = self.sandbox.trail.to_frame()
        return trail[trail["event"] == event]

    def _allow(self, role: str, name: str, action: str, resources: Sequence[str]) -> None:
        statement = {"Effect": "Allow", "Action": action, "Resource": list(resources)}
        self.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document(statement))


def _secret(name: str, text: str) -> str:
    return str(boto3.client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"])
