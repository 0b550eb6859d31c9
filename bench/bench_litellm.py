"""How long the LLM gateway takes until it answers, as a task and started bare; and its log.

The same folder, configuration and secrets, in turns: once as a task of Amazon ECS under a task
role, once as a plain process beside it with credentials of the same role in its environment. Then
requests with a stand-in model: every answer's request id must stand in the log group once.

    python bench/bench_litellm.py [starts] [requests]

Targets: ready as a task within 1.2 times the bare start; no line lost.
"""

from __future__ import annotations

import hashlib
import json
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

import rolelab
from rolelab.gateways.litellm import request_log

RATIO = 1.2
AT_ONCE = 20
APP = Path(__file__).resolve().parents[1] / "data" / "apps" / "llm-gateway"
CLIENT_KEY = "sk-bench-5994471abb01112afcc18159f6cc74b4"
READY_SECONDS = 120
BODY = {"model": "nova-lite", "messages": [{"role": "user", "content": "Hello"}]}
CHAT = "/v1/chat/completions"
HEADERS = {"Authorization": f"Bearer {CLIENT_KEY}"}


class Account:
    """An account with what the gateway needs."""

    def __init__(self) -> None:
        self.sandbox = rolelab.start()
        import boto3

        self.ecs, self.logs = boto3.client("ecs"), boto3.client("logs")
        iam, secrets = boto3.client("iam"), boto3.client("secretsmanager")
        account = self.sandbox.account_id
        principals = {"Service": "ecs-tasks.amazonaws.com", "AWS": account}
        trust = {"Effect": "Allow", "Principal": principals, "Action": "sts:AssumeRole"}
        may = ["bedrock:InvokeModel", "secretsmanager:GetSecretValue", "s3:PutObject", "logs:*"]
        allow = {"Effect": "Allow", "Action": [*may, "ecr:*"], "Resource": "*"}
        iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=_document(trust))
        iam.put_role_policy(RoleName="gateway", PolicyName="all", PolicyDocument=_document(allow))
        self.role = f"arn:aws:iam::{account}:role/gateway"
        digest = hashlib.sha256(CLIENT_KEY.encode()).hexdigest()
        clients = [{"name": "bench", "sha256": digest, "models": ["nova-lite"]}]
        secrets.create_secret(Name="clients", SecretString=json.dumps(clients))
        secrets.create_secret(Name="PARTNER_API_KEY", SecretString="none")
        boto3.client("s3").create_bucket(Bucket="gateway-logs")
        boto3.client("ecr").create_repository(repositoryName="llm-gateway")
        self.logs.create_log_group(logGroupName="/ecs/llm-gateway")
        self.ecs.create_cluster(clusterName="bench")
        subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        self.network = {"awsvpcConfiguration": {"subnets": [subnet]}}
        self.definition = self._define(self.sandbox.push_image("llm-gateway:1", APP))

    def _define(self, image: str) -> str:
        log = {
            "awslogs-group": "/ecs/llm-gateway",
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "llm",
        }
        container = {
            "name": "gateway",
            "image": image,
            "portMappings": [{"containerPort": 8000}],
            "environment": [{"name": name, "value": SETTINGS[name]} for name in SETTINGS],
            "logConfiguration": {"logDriver": "awslogs", "options": log},
        }
        answer = self.ecs.register_task_definition(
            family="llm-gateway",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="1024",
            memory="2048",
            executionRoleArn=self.role,
            taskRoleArn=self.role,
            containerDefinitions=[container],
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def run(self) -> str:
        answer = self.ecs.run_task(
            cluster="bench",
            taskDefinition=self.definition,
            launchType="FARGATE",
            networkConfiguration=self.network,
        )
        return str(answer["tasks"][0]["taskArn"])

    def stop(self, task: str) -> None:
        self.ecs.stop_task(cluster="bench", task=task)
        self.ecs.get_waiter("tasks_stopped").wait(
            cluster="bench", tasks=[task], WaiterConfig={"Delay": 0.1, "MaxAttempts": 600}
        )

    def printed(self, task: str) -> list[str]:
        asked = {
            "logGroupName": "/ecs/llm-gateway",
            "logStreamName": f"llm/gateway/{task.rpartition('/')[2]}",
            "startFromHead": True,
        }
        lines: list[str] = []
        while events := (answer := self.logs.get_log_events(**asked))["events"]:
            lines += [each["message"] for each in events]
            asked["nextToken"] = answer["nextForwardToken"]
        return lines


SETTINGS = {
    "CLIENTS_SECRET": "clients",
    "LOG_BUCKET": "gateway-logs",
    "LITELLM_MASTER_KEY": "sk-master-of-a-bench",
    "PARTNER_API_BASE": "http://127.0.0.1:9/v1",
}


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass(frozen=True, slots=True)
class Start:
    """What one start took: seconds, processor seconds, and MB when ready."""

    seconds: float
    processor: float
    memory: float


def started(process: psutil.Process, began: float) -> Start:
    """Look at a gateway that has become ready."""
    seconds = time.perf_counter() - began
    used = process.cpu_times()
    return Start(seconds, used.user + used.system, process.memory_info().rss / 2**20)


def ready(address: str) -> None:
    """Wait until a gateway says that it is ready. Looking must cost little: two cores are few."""
    until = time.monotonic() + READY_SECONDS
    with httpx.Client(base_url=f"http://{address}", trust_env=False) as client:
        while time.monotonic() < until:
            try:
                if client.get("/health/readiness").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.02)
    sys.exit(f"no gateway answers at {address}")


def bare(account: Account) -> Start:
    """Start a plain process, and end it when it is ready."""
    import boto3

    answer = boto3.client("sts").assume_role(RoleArn=account.role, RoleSessionName="bare")
    keys = answer["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    environment = {**account.sandbox.environment(session), **SETTINGS, "PORT": port}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=APP,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        ready(f"127.0.0.1:{port}")
        return started(psutil.Process(process.pid), began)
    finally:
        process.terminate()
        process.wait()


def as_task(account: Account) -> tuple[Start, str]:
    """Start a task, and give its ARN too."""
    before = set(psutil.Process().children())
    began = time.perf_counter()
    task = account.run()
    ready(account.sandbox.address(task, 8000))
    [process] = set(psutil.Process().children()) - before
    return started(process, began), task


def starts(account: Account, count: int) -> bool:
    """Start in turns, and compare."""
    alone, tasks = [], []
    for _ in range(count):
        alone.append(bare(account))
        start, task = as_task(account)
        tasks.append(start)
        account.stop(task)
    ratio = _median(tasks, "seconds") / _median(alone, "seconds")
    print(f"{count} starts in turns, medians of seconds, processor seconds and MB when ready:")
    for name, found in (("bare", alone), ("as a task", tasks)):
        print(
            f"{name:10} {_median(found, 'seconds'):6.2f} {_median(found, 'processor'):6.2f}"
            f" {_median(found, 'memory'):5.0f}"
        )
    print(f"as a task {ratio:.2f} times the bare start (at most {RATIO})")
    return ratio <= RATIO


def _median(found: list[Start], name: str) -> float:
    return statistics.median(getattr(each, name) for each in found)


def lines(account: Account, requests: int) -> bool:
    """Ask many times, and look for each request in the log group."""
    _, task = as_task(account)
    address = account.sandbox.address(task, 8000)
    client = httpx.Client(base_url=f"http://{address}", timeout=60, trust_env=False)

    def ask(_: int) -> tuple[str, float]:
        began = time.perf_counter()
        answer = client.post(CHAT, headers=HEADERS, json=BODY).raise_for_status()
        return answer.headers["x-litellm-call-id"], time.perf_counter() - began

    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, range(requests)))
    rate = requests / (time.perf_counter() - began)
    child = psutil.Process().children()[-1]
    memory = child.memory_info().rss / 2**20
    # Stopping a task sends what its log driver still holds.
    account.stop(task)
    asked = Counter(identifier for identifier, _ in answers)
    logged = Counter(request_log.to_frame(account.printed(task))["request_id"])
    lost = sum((asked - logged).values())
    twice = sum(count - 1 for count in logged.values())
    slow = statistics.quantiles([seconds for _, seconds in answers], n=100)[98]
    print(
        f"{requests} requests from {AT_ONCE} clients: {rate:.0f} a second, p99 {slow * 1000:.0f} ms"
        f", memory {memory:.0f} MB; log lines lost: {lost}, written twice: {twice}"
    )
    return lost == twice == 0 and len(asked) == requests


def main(count: int = 3, requests: int = 1000) -> int:
    """Measure and print; 1 where a target is missed."""
    account = Account()
    good = [starts(account, count), lines(account, requests)]
    rolelab.stop()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
