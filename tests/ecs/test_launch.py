"""A task that runs: what it is given, what it works as, how it ends."""

from __future__ import annotations

import json
import os
from datetime import timedelta

import boto3
import pytest

from rolelab.ecs import agent, task_roles
from tests.ecs.bookshop import CLUSTER, EXECUTION, TASK, Bookshop, role_arn
from tests.sandbox.people import ACCOUNT, document

WHO = "import boto3\nprint(boto3.client('sts').get_caller_identity()['Arn'])\n"
WAIT = "import time\nprint('up', flush=True)\ntime.sleep(60)\n"


class TestOfItsLife:
    def test_statuses_and_moments_come_in_order(self, shop: Bookshop) -> None:
        """*Amazon ECS task lifecycle*."""
        answer = shop.ecs.run_task(
            cluster=CLUSTER,
            taskDefinition=shop.register(),
            launchType="FARGATE",
            networkConfiguration=shop.network,
        )
        assert answer["failures"] == []
        first = answer["tasks"][0]
        assert first["lastStatus"] in ("PROVISIONING", "PENDING")
        assert first["desiredStatus"] == "RUNNING"
        task = shop.ended(first["taskArn"])
        assert (task["lastStatus"], task["desiredStatus"]) == ("STOPPED", "STOPPED")
        assert task["stopCode"] == "EssentialContainerExited"
        assert task["stoppedReason"] == "Essential container in task exited"
        moments = [
            task[each]
            for each in (
                "createdAt",
                "pullStartedAt",
                "pullStoppedAt",
                "startedAt",
                "stoppingAt",
                "executionStoppedAt",
                "stoppedAt",
            )
        ]
        assert moments == sorted(moments)

    @pytest.mark.parametrize(
        ("source", "code"),
        [
            pytest.param("print('fine')\n#", 0, id="0 after success"),
            pytest.param("import sys\nsys.exit(3)", 3, id="its own code"),
            pytest.param("x = 1\nraise ValueError('no')", 1, id="1 after an exception"),
            pytest.param("import os\nos.kill(os.getpid(), 11)", 139, id="128 and the signal"),
        ],
    )
    def test_the_exit_code_is(self, shop: Bookshop, source: str, code: int) -> None:
        task = shop.run(shop.register(shop.container(image=shop.push(source, "try"))))
        assert shop.ended(task)["containers"][0]["exitCode"] == code

    def test_a_crash_is_in_the_log_as_the_program_wrote_it(self, shop: Bookshop) -> None:
        lines = shop.output_of("def f():\n    raise ValueError('no such order')\n\nf()\n")
        assert lines[0] == "Traceback (most recent call last):"
        assert "bootstrap" not in "".join(lines)
        assert lines[-1] == "ValueError: no such order"

    def test_stop_task_ends_it_with_sigterm(self, shop: Bookshop) -> None:
        """*StopTask*."""
        source = (
            "import signal, sys, time\n"
            "def end(*_):\n    print('closing', flush=True)\n    sys.exit(0)\n"
            "signal.signal(signal.SIGTERM, end)\nprint('up', flush=True)\ntime.sleep(60)\n"
        )
        task = shop.run(shop.register(shop.container(image=shop.push(source, "try"))))
        assert shop.look(task)["lastStatus"] == "RUNNING"
        _wait_for_line(shop, task, "up")
        shop.ecs.stop_task(cluster=CLUSTER, task=task, reason="closing time")
        ended = shop.ended(task)
        assert (ended["stopCode"], ended["stoppedReason"]) == ("UserInitiated", "closing time")
        assert shop.printed(task) == ["up", "closing"]

    def test_who_ignores_sigterm_is_killed_after_the_stop_timeout(self, shop: Bookshop) -> None:
        source = "import signal\nsignal.signal(15, signal.SIG_IGN)\n" + WAIT
        container = shop.container(image=shop.push(source, "try"), stopTimeout=2)
        task = shop.run(shop.register(container))
        _wait_for_line(shop, task, "up")
        shop.ecs.stop_task(cluster=CLUSTER, task=task)
        ended = shop.ended(task)
        assert ended["containers"][0]["exitCode"] == 137
        assert ended["stoppedReason"] == "Task stopped by user"

    def test_more_memory_than_it_has_ends_it(self, shop: Bookshop) -> None:
        """*Troubleshooting Amazon ECS OutOfMemoryError errors*."""
        source = "import time\nkept = bytearray(300 * 2**20)\ntime.sleep(20)\n"
        container = shop.container(image=shop.push(source, "try"), memory=128)
        ended = shop.ended(shop.run(shop.register(container)))
        assert ended["containers"][0]["exitCode"] == 137
        assert ended["containers"][0]["reason"].startswith("OutOfMemoryError: ")
        assert ended["stopCode"] == "EssentialContainerExited"


class TestOfWhatItIsGiven:
    def test_it_works_as_the_task_role(self, shop: Bookshop) -> None:
        task = shop.run(shop.register(shop.container(image=shop.push(WHO, "try"))))
        shop.ended(task)
        session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{TASK}/{task.rpartition('/')[2]}"
        assert shop.printed(task) == [session]

    def test_the_execution_roles_permissions_are_not_the_applications(self, shop: Bookshop) -> None:
        """*Amazon ECS task execution IAM role*: not directly accessible by the containers."""
        shop.allow(EXECUTION, "s3:ListAllMyBuckets")
        source = "import boto3\nboto3.client('s3').list_buckets()\n"
        assert "assumed-role/orders-task-role/" in shop.output_of(source)[-1]
        assert "not authorized to perform: s3:ListAllMyBuckets" in shop.output_of(source)[-1]
        shop.allow(TASK, "s3:ListAllMyBuckets")
        assert shop.output_of(source) == []

    def test_without_a_task_role_it_has_no_credentials(self, shop: Bookshop) -> None:
        lines = shop.output_of(WHO, taskRoleArn=None)
        assert lines[-1] == "botocore.exceptions.NoCredentialsError: Unable to locate credentials"

    def test_keys_in_the_environment_win_over_the_role(self, shop: Bookshop) -> None:
        """The SDKs look at the environment before they ask the container provider."""
        shop.iam.create_user(UserName="anna")
        key = shop.iam.create_access_key(UserName="anna")["AccessKey"]
        environment = [
            {"name": "AWS_ACCESS_KEY_ID", "value": key["AccessKeyId"]},
            {"name": "AWS_SECRET_ACCESS_KEY", "value": key["SecretAccessKey"]},
        ]
        container = shop.container(image=shop.push(WHO, "try"), environment=environment)
        task = shop.run(shop.register(container))
        shop.ended(task)
        assert shop.printed(task) == [f"arn:aws:iam::{ACCOUNT}:user/anna"]

    def test_only_what_it_declares_of_the_notebooks_environment(
        self, shop: Bookshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NOTEBOOK_SECRET", "do not tell")
        source = "import json, os\nprint(json.dumps(dict(os.environ), sort_keys=True))\n"
        variables = json.loads(shop.output_of(source)[0])
        own = boto3.Session().get_credentials()
        assert own is not None
        for hidden in ("do not tell", own.secret_key, str(own.token), os.environ["HOME"]):
            assert hidden not in variables.values()
        assert "AWS_ACCESS_KEY_ID" not in variables
        assert variables["AWS_EXECUTION_ENV"] == "AWS_ECS_FARGATE"

    def test_environment_secrets_files_and_overrides(self, shop: Bookshop) -> None:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="bookshop-settings")
        s3.put_object(
            Bucket="bookshop-settings", Key="orders.env", Body=b"# shop\nTOWN=Bath\nSHOP=file\n"
        )
        boto3.client("ssm").put_parameter(Name="/orders/port", Value="5432", Type="SecureString")
        actions = [
            "secretsmanager:GetSecretValue",
            "ssm:GetParameters",
            "s3:GetObject",
            "s3:GetBucketLocation",
            "kms:Decrypt",
        ]
        shop.allow(EXECUTION, actions)
        source = (
            "import os\n"
            "print(*(os.environ[n] for n in ('TOWN', 'SHOP', 'DB', 'ALL', 'PORT', 'LEVEL')))\n"
        )
        container = shop.container(
            image=shop.push(source, "try"),
            environment=[{"name": "SHOP", "value": "own"}, {"name": "LEVEL", "value": "low"}],
            environmentFiles=[{"value": "arn:aws:s3:::bookshop-settings/orders.env", "type": "s3"}],
            secrets=[
                {"name": "DB", "valueFrom": f"{shop.secret}:password::"},
                {"name": "ALL", "valueFrom": shop.secret},
                {"name": "PORT", "valueFrom": "/orders/port"},
            ],
        )
        changes = [{"name": "web", "environment": [{"name": "LEVEL", "value": "high"}]}]
        task = shop.run(shop.register(container), overrides={"containerOverrides": changes})
        shop.ended(task)
        all_of_it = json.dumps({"password": "emma", "port": 5432})
        assert shop.printed(task) == [f"Bath own emma {all_of_it} 5432 high"]

    def test_secrets_are_in_no_description_and_no_record(self, shop: Bookshop) -> None:
        shop.allow(EXECUTION, "secretsmanager:GetSecretValue")
        secrets = [{"name": "DB", "valueFrom": f"{shop.secret}:password::"}]
        task = shop.run(shop.register(shop.container(secrets=secrets)))
        shop.ended(task)
        assert "emma" not in json.dumps(shop.look(task), default=str)
        read = [each for each in shop.sandbox.trail if each["eventName"] == "GetSecretValue"]
        assert read
        assert "emma" not in json.dumps(read)

    def test_the_metadata_endpoint_says_what_runs(self, shop: Bookshop) -> None:
        """*Amazon ECS task metadata available for tasks on Fargate*."""
        source = (
            "import json, os, urllib.request\n"
            "uri = os.environ['ECS_CONTAINER_METADATA_URI_V4']\n"
            "for path in ('', '/task'):\n"
            "    print(urllib.request.urlopen(uri + path).read().decode())\n"
        )
        task = shop.run(shop.register(shop.container(image=shop.push(source, "try"))))
        shop.ended(task)
        container, whole = map(json.loads, shop.printed(task))
        assert whole["TaskARN"] == task
        assert (whole["Family"], whole["Revision"]) == ("orders", "1")
        assert whole["Limits"]["Memory"] == 512
        assert container["Name"] == "web"

    def test_credentials_are_behind_the_tasks_own_token(self, shop: Bookshop) -> None:
        source = (
            "import os, urllib.request, urllib.error\n"
            "uri = os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI']\n"
            "for token in ('guess', os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN']):\n"
            "    request = urllib.request.Request(uri, headers={'Authorization': token})\n"
            "    try:\n        print(urllib.request.urlopen(request).status)\n"
            "    except urllib.error.HTTPError as error:\n        print(error.code)\n"
        )
        assert shop.output_of(source) == ["401", "200"]

    def test_credentials_are_renewed_before_they_end(
        self, shop: Bookshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task = shop.run(shop.register(shop.container(image=shop.push(WAIT, "try"))))
        shop.look(task)
        launch, _ = agent.current()._launches[task]
        credentials = launch._credentials
        assert credentials is not None
        first = credentials()["AccessKeyId"]
        assert credentials()["AccessKeyId"] == first
        monkeypatch.setattr(task_roles, "_RENEW_BEFORE", timedelta(hours=2))
        assert credentials()["AccessKeyId"] != first
        shop.iam.update_assume_role_policy(
            RoleName=TASK,
            PolicyDocument=document(
                {
                    "Effect": "Deny",
                    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ),
        )
        with pytest.raises(task_roles.NoCredentials):
            credentials()


class TestOfSeveralContainers:
    def test_the_task_ends_with_an_essential_one(self, shop: Bookshop) -> None:
        beside = shop.container(name="beside", image=shop.push(WAIT, "wait"))
        ended = shop.ended(shop.run(shop.register(shop.container(), beside)))
        codes = {each["name"]: each["exitCode"] for each in ended["containers"]}
        assert codes == {"web": 0, "beside": 143}

    def test_it_goes_on_without_one_that_is_not(self, shop: Bookshop) -> None:
        first = shop.container(name="first", essential=False)
        main = shop.container(image=shop.push(WAIT, "wait"))
        task = shop.run(shop.register(main, first))
        _wait_for_line(shop, task, "hello world", container="first")
        assert shop.look(task)["lastStatus"] == "RUNNING"

    def test_it_waits_for_what_it_depends_on(self, shop: Bookshop) -> None:
        """*ContainerDependency*: SUCCESS."""
        source = "import time\ntime.sleep(0.3)\nprint(time.time())\n"
        image = shop.push(source, "stamp")
        first = shop.container(name="first", image=image, essential=False)
        depends = [{"containerName": "first", "condition": "SUCCESS"}]
        task = shop.run(shop.register(shop.container(image=image, dependsOn=depends), first))
        shop.ended(task)
        stamps = [float(shop.printed(task, name)[0]) for name in ("first", "web")]
        assert stamps[1] - stamps[0] > 0.3

    def test_it_waits_until_that_is_healthy(self, shop: Bookshop) -> None:
        """*ContainerDependency*: HEALTHY; *HealthCheck*: exit code 0 is success."""
        source = (
            "import pathlib, time\ntime.sleep(0.3)\npathlib.Path('ready').touch()\n"
            "print(time.time(), flush=True)\ntime.sleep(60)\n"
        )
        server = shop.container(
            name="server",
            image=shop.push(source, "server"),
            essential=False,
            healthCheck={"command": ["CMD-SHELL", "test -f ready"], "interval": 5, "retries": 2},
        )
        depends = [{"containerName": "server", "condition": "HEALTHY"}]
        image = shop.push("import time\nprint(time.time())\n", "stamp")
        task = shop.run(shop.register(shop.container(image=image, dependsOn=depends), server))
        ended = shop.ended(task)
        health = {each["name"]: each["healthStatus"] for each in ended["containers"]}
        assert health == {"web": "UNKNOWN", "server": "HEALTHY"}
        ready, started = (float(shop.printed(task, name)[0]) for name in ("server", "web"))
        assert started > ready

    def test_it_does_not_start_where_that_fails(self, shop: Bookshop) -> None:
        image = shop.push("import sys\nsys.exit(1)", "bad")
        first = shop.container(name="first", image=image, essential=False)
        depends = [{"containerName": "first", "condition": "SUCCESS"}]
        ended = shop.ended(shop.run(shop.register(shop.container(dependsOn=depends), first)))
        assert ended["stopCode"] == "TaskFailedToStart"
        assert "exitCode" not in next(e for e in ended["containers"] if e["name"] == "web")


class TestOfAProgramThatBehavesBadly:
    def test_bytes_that_are_no_text_are_replaced(self, shop: Bookshop) -> None:
        source = "import os\nos.write(1, b'caf\\xe9\\n')\nprint('after')\n"
        assert shop.output_of(source) == ["caf\ufffd", "after"]

    def test_a_flood_is_cut_and_the_account_stays_usable(self, shop: Bookshop) -> None:
        source = "line = 'x' * 1000\nfor _ in range(40_000):\n    print(line)\n"
        task = shop.run(shop.register(shop.container(image=shop.push(source, "try"))))
        shop.ended(task)
        assert boto3.client("sts").get_caller_identity()["Account"] == ACCOUNT

    def test_what_it_forked_ends_with_it(self, shop: Bookshop) -> None:
        source = (
            "import os, time\n"
            "child = os.fork()\n"
            "if child == 0:\n    time.sleep(60)\n"
            "print(child, flush=True)\n"
        )
        task = shop.run(shop.register(shop.container(image=shop.push(source, "try"))))
        shop.ended(task)
        assert not _runs(int(shop.printed(task)[0]))

    def test_it_reaches_loopback_only(self, shop: Bookshop) -> None:
        source = "import socket\nsocket.create_connection(('192.0.2.1', 80), 1)\n"
        assert "a connection to 192.0.2.1 was refused" in shop.output_of(source)[-1]


def test_the_trail_shows_who_did_what(shop: Bookshop) -> None:
    task = shop.run()
    shop.ended(task)
    session = f"assumed-role/{EXECUTION}/{task.rpartition('/')[2]}"
    by_execution = [
        each["eventName"]
        for each in shop.sandbox.trail
        if session in str(each["userIdentity"].get("arn"))
    ]
    assert by_execution[:4] == [
        "GetAuthorizationToken",
        "CreateLogStream",
        "BatchGetImage",
        "GetDownloadUrlForLayer",
    ]
    assumed = [
        each["requestParameters"]["roleArn"]
        for each in shop.sandbox.trail
        if each["userIdentity"].get("invokedBy") == "ecs-tasks.amazonaws.com"
    ]
    assert assumed == [role_arn(EXECUTION), role_arn(TASK)]


def _wait_for_line(
    shop: Bookshop, task: str, line: str, container: str = "web", tries: int = 200
) -> None:
    """Wait until a container has printed a line."""
    import time

    for _ in range(tries):
        stream = f"orders/{container}/{task.rpartition('/')[2]}"
        streams = boto3.client("logs").describe_log_streams(
            logGroupName="/ecs/orders", logStreamNamePrefix=stream
        )["logStreams"]
        if streams and line in shop.printed(task, container):
            return
        time.sleep(0.05)
    raise AssertionError(f"{container} of {task} did not print {line!r}")


def _runs(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
