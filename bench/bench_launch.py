"""How long a task takes from RunTask to RUNNING, and many tasks at once.

Beside it stands the floor: a bare Python process that imports boto3, started in the same run, in
turns. `describe_tasks` answers when a launch has come to rest, so what is timed is what a learner
waits for.

    python bench/bench_launch.py [tasks]

Targets: RUNNING within 0.6 s; twenty tasks at once all end right, at most 60 MB each, and leave
no port and no file; the credentials endpoint answers at least 500 requests a second.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from typing import Any

import psutil

import rolelab

RUNNING_SECONDS, MEMORY_MB, REQUESTS = 0.6, 60, 500
AT_ONCE = 20
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
EXECUTION_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
PROGRAM = """
import time
import boto3
print(boto3.client("sts").get_caller_identity()["Arn"], flush=True)
time.sleep(SECONDS)
"""


class Cluster:
    """An account with what a task needs."""

    def __init__(self) -> None:
        self.sandbox = rolelab.start()
        import boto3

        self.ecs, self.logs = boto3.client("ecs"), boto3.client("logs")
        iam, ec2 = boto3.client("iam"), boto3.client("ec2")
        for name in ("execution", "task"):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
        iam.attach_role_policy(RoleName="execution", PolicyArn=EXECUTION_POLICY)
        boto3.client("ecr").create_repository(repositoryName="bench")
        self.logs.create_log_group(logGroupName="/ecs/bench")
        self.ecs.create_cluster(clusterName="bench")
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        self.network = {"awsvpcConfiguration": {"subnets": [subnet]}}

    def define(self, seconds: float) -> str:
        """Register a task that works for some seconds after its first call."""
        image = self.sandbox.push_image("bench:1", PROGRAM.replace("SECONDS", str(seconds)))
        log = {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/ecs/bench",
                "awslogs-region": "us-east-1",
                "awslogs-stream-prefix": "bench",
            },
        }
        answer = self.ecs.register_task_definition(
            family="bench",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn=f"arn:aws:iam::{self.sandbox.account_id}:role/execution",
            taskRoleArn=f"arn:aws:iam::{self.sandbox.account_id}:role/task",
            containerDefinitions=[{"name": "app", "image": image, "logConfiguration": log}],
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def run(self, definition: str, count: int = 1) -> list[str]:
        answer = self.ecs.run_task(
            cluster="bench",
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=self.network,
            count=count,
        )
        return [str(each["taskArn"]) for each in answer["tasks"]]

    def look(self, tasks: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ecs.describe_tasks(cluster="bench", tasks=tasks)["tasks"]
        return found

    def wait(self, tasks: list[str]) -> list[dict[str, Any]]:
        self.ecs.get_waiter("tasks_stopped").wait(
            cluster="bench", tasks=tasks, WaiterConfig={"Delay": 0.1, "MaxAttempts": 1200}
        )
        return self.look(tasks)


def floor() -> float:
    """Seconds of a bare Python process that imports boto3."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import boto3"], check=True)
    return time.perf_counter() - began


def one_after_another(cluster: Cluster, tasks: int) -> bool:
    """Time single launches against the floor."""
    definition = cluster.define(0)
    cluster.wait(cluster.run(definition))
    floors, running, ended = [], [], []
    for _ in range(tasks):
        floors.append(floor())
        began = time.perf_counter()
        arns = cluster.run(definition)
        cluster.look(arns)
        running.append(time.perf_counter() - began)
        cluster.wait(arns)
        ended.append(time.perf_counter() - began)
    bare, run, end = map(statistics.median, (floors, running, ended))
    print(f"{tasks} launches, medians: bare Python with boto3 {bare:.2f} s")
    print(
        f"RunTask to RUNNING {run:.2f} s, {run / bare:.2f} times that (at most {RUNNING_SECONDS} s)"
    )
    print(f"RunTask to STOPPED, one call made and logged: {end:.2f} s")
    return run <= RUNNING_SECONDS


def all_at_once(cluster: Cluster) -> bool:
    """Run twenty tasks at the same time, and look at what they take and leave."""
    me = psutil.Process()
    before = len(me.net_connections("tcp4"))
    definition = cluster.define(2)
    began = time.perf_counter()
    tasks = cluster.run(definition, 10) + cluster.run(definition, AT_ONCE - 10)
    peaks: dict[int, int] = {}
    while any(each["lastStatus"] != "STOPPED" for each in cluster.look(tasks)):
        for child in me.children(recursive=True):
            try:
                peaks[child.pid] = max(peaks.get(child.pid, 0), child.memory_info().rss)
            except psutil.NoSuchProcess:
                continue
    codes = {each["containers"][0].get("exitCode") for each in cluster.look(tasks)}
    largest = max(peaks.values()) / 2**20
    left = [child for child in me.children(recursive=True) if child.is_running()]
    from rolelab.ecs import agent

    files = list(agent.current()._directory.iterdir())
    ports = len(me.net_connections("tcp4")) - before
    print(f"{AT_ONCE} tasks at once: {time.perf_counter() - began:.1f} s, exit codes {codes}")
    print(
        f"largest {largest:.0f} MB; left: {len(left)} processes, {len(files)} files, {ports} ports"
    )
    return codes == {0} and largest <= MEMORY_MB and not left and not files


def credentials(cluster: Cluster, requests: int = 3000) -> bool:
    """Ask the credentials endpoint of a running task, over one kept connection."""
    import urllib3

    from rolelab.ecs import agent

    task = cluster.run(cluster.define(30))[0]
    cluster.look([task])
    running = agent.current()
    launch, _ = running._launches[task]
    task_id = task.rpartition("/")[2]
    variables = running._endpoint.variables(task_id, "bench")
    url = variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    headers = {"Authorization": variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
    pool = urllib3.PoolManager()
    began = time.perf_counter()
    for _ in range(requests):
        assert pool.request("GET", url, headers=headers).status == 200
    rate = requests / (time.perf_counter() - began)
    launch.end()
    print(f"credentials endpoint: {rate:.0f} requests a second (at least {REQUESTS})")
    return rate >= REQUESTS


def main(tasks: int = 10) -> int:
    """Measure and print; 1 where a target is missed."""
    cluster = Cluster()
    good = [one_after_another(cluster, tasks), all_at_once(cluster), credentials(cluster)]
    rolelab.stop()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
