"""The gateway as a task: the article's curl, the task role, and one request in two logs."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

import rolelab
from tests.ecs.bookshop import CLUSTER, TASK, Bookshop
from tests.gateways.apipark.park import CHAT, MODEL, ROUTER
from tests.sandbox.people import ACCOUNT

APP = Path(__file__).resolve().parents[3] / "data" / "apps" / "apipark"
TOKEN = "your-acquired-token"
PASSWORD = "not-the-default-password"
ARTICLE = """curl --location 'http://your-api-endpoint/path' \\
--header 'Content-Type: application/json' \\
--header 'Authorization: Bearer your-acquired-token' \\
--data '{
  "messages": [
    {
      "role": "user",
      "content": "How do I secure my AWS environment?"
    }
  ],
  "variables": {
    "Query": "Explain best practices."
  }
}'"""


class Gateway:
    """The gateway that runs as a task, and its administrator."""

    def __init__(self) -> None:
        self.shop = Bookshop(rolelab.start(account_id=ACCOUNT))
        boto3.client("ecr").create_repository(repositoryName="apipark")
        image = self.shop.sandbox.push_image("apipark:1.0", APP)
        self.shop.allow(
            TASK, "bedrock:InvokeModel", f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"
        )
        container = self.shop.container(
            image=image,
            portMappings=[{"containerPort": 8080}],
            environment=[{"name": "ADMIN_PASSWORD", "value": PASSWORD}],
        )
        self.task = self.shop.run(self.shop.register(container))
        self.address = self.shop.sandbox.address(self.task)
        self.client = httpx.Client(base_url=f"http://{self.address}", timeout=60)
        self.client.post(
            "/api/v1/account/login/username", json={"name": "admin", "password": PASSWORD}
        )
        self._define()

    def _do(self, path: str, body: Any, **query: str) -> Any:
        answer = self.client.post(f"/api/v1/{path}", params=query, json=body).json()
        assert answer["code"] == 0, answer
        return answer["data"]

    def _define(self) -> None:
        kind = {"service_kind": "ai", "provider": "bedrock", "model": MODEL}
        body = {"name": "sentiment", "prefix": "sentiment", **kind}
        service = self._do("team/service", body, team="books")["service"]["id"]
        self._do("service/ai-router", ROUTER, service=service)
        self._do("service/publish/release/do", {"version": "1.0"}, service=service)
        app = self._do("team/app", {"name": "shop"}, team="books")["app"]["id"]
        key = {"name": "key", "driver": "apikey", "config": {"apikey": f"Bearer {TOKEN}"}}
        self._do("app/authorization", key, app=app)
        self._do("service/subscriber", {"application": app}, service=service)

    def call(self) -> httpx.Response:
        headers = {"authorization": f"Bearer {TOKEN}"}
        return self.client.post("/sentiment/analyse", headers=headers, json=CHAT)

    def printed(self, request_id: str) -> dict[str, Any]:
        """The line of a request in CloudWatch Logs."""
        for _ in range(100):
            for line in self.shop.printed(self.task):
                found: dict[str, Any] = json.loads(line)
                if found.get("request_id") == request_id:
                    return found
            time.sleep(0.1)
        raise AssertionError("no such line")

    def records(self, request_id: str) -> list[dict[str, Any]]:
        """The records of CloudTrail whose user agent names a request."""
        return [
            record
            for record in self.shop.sandbox.trail
            if record["userAgent"].endswith(f" gateway-request/{request_id}")
        ]


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    """One task for all tests here."""
    gateway = Gateway()
    yield gateway
    gateway.client.close()
    rolelab.stop()


@pytest.mark.skipif(shutil.which("curl") is None, reason="this machine has no curl")
def test_the_article_s_curl_works_word_for_word_with_address_and_token(gateway: Gateway) -> None:
    command = ARTICLE.replace("your-api-endpoint/path", f"{gateway.address}/sentiment/analyse")
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["choices"][0]["message"]["content"].startswith("[stand-in] ")


def test_a_request_is_joined_with_the_call_to_aws_that_it_caused(gateway: Gateway) -> None:
    request_id = gateway.call().headers["x-request-id"]
    line, (record,) = gateway.printed(request_id), gateway.records(request_id)
    (call,) = line["aws_calls"]
    assert call["request_id"] == record["requestID"]
    assert (call["operation"], call["status"]) == ("Converse", 200)
    assert record["eventName"] == "Converse"
    assert f":assumed-role/{TASK}/" in record["userIdentity"]["arn"]
    assert line["ai_model"] == MODEL


def test_a_denial_by_iam_is_a_502_for_the_client_and_in_both_logs(gateway: Gateway) -> None:
    iam = boto3.client("iam")
    kept = iam.get_role_policy(RoleName=TASK, PolicyName="more")["PolicyDocument"]
    iam.delete_role_policy(RoleName=TASK, PolicyName="more")
    answer = gateway.call()
    iam.put_role_policy(RoleName=TASK, PolicyName="more", PolicyDocument=json.dumps(kept))
    assert answer.status_code == 502
    assert answer.json() == {"code": -1, "error": "the gateway may not call this model"}
    assert "arn:aws" not in answer.text
    request_id = answer.headers["x-request-id"]
    line, (record,) = gateway.printed(request_id), gateway.records(request_id)
    assert line["aws_calls"][0]["error"] == record["errorCode"] == "AccessDeniedException"
    assert line["aws_calls"][0]["request_id"] == record["requestID"]
    assert "bedrock:InvokeModel" in line["backend_error"]
    assert gateway.call().status_code == 200


def test_the_log_begins_with_what_is_simulated_and_holds_no_secret(gateway: Gateway) -> None:
    gateway.client.post("/sentiment/analyse", headers={"authorization": "wrong"}, json=CHAT)
    request_id = gateway.call().headers["x-request-id"]
    gateway.printed(request_id)
    lines = gateway.shop.printed(gateway.task)
    assert "This is a simulation of APIPark by rolelab" in json.loads(lines[0])["message"]
    for secret in (TOKEN, PASSWORD, "How do I secure"):
        assert not any(secret in line for line in lines)


def test_a_thousand_requests_are_a_thousand_lines_in_cloudwatch_logs(gateway: Gateway) -> None:
    async def requests() -> list[str]:
        async with httpx.AsyncClient(base_url=gateway.client.base_url, timeout=60) as client:

            async def some() -> list[str]:
                answers = [await client.post("/sentiment/analyse", json=CHAT) for _ in range(100)]
                return [each.headers["x-request-id"] for each in answers]

            found = await asyncio.gather(*(some() for _ in range(10)))
            return [each for ids in found for each in ids]

    made = asyncio.run(requests())
    logged: list[str] = []
    for _ in range(100):
        logged = [json.loads(line).get("request_id") for line in gateway.shop.printed(gateway.task)]
        if set(made) <= set(logged):
            break
        time.sleep(0.1)
    assert len(set(made)) == 1000
    assert [each for each in made if logged.count(each) != 1] == []


def test_a_setting_with_a_typo_ends_the_task_and_the_log_says_why(gateway: Gateway) -> None:
    shop = gateway.shop
    container = shop.container(
        image=f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/apipark:1.0",
        portMappings=[{"containerPort": 8080}],
        environment=[{"name": "RATE_LIMITING", "value": '{"minutes": 5}'}],
    )
    task = shop.run(shop.register(container))
    with pytest.raises(LookupError, match="exit code 1"):
        shop.sandbox.address(task)
    shop.ended(task)
    (line,) = shop.printed(task)
    assert "RATE_LIMITING: minutes is none of second, minute" in json.loads(line)["message"]


def test_a_stopped_task_ends_by_itself_within_its_time(gateway: Gateway) -> None:
    shop = gateway.shop
    definition = shop.look(gateway.task)["taskDefinitionArn"]
    task = shop.run(definition)
    shop.sandbox.address(task)
    shop.ecs.stop_task(cluster=CLUSTER, task=task)
    # SIGTERM ended it (128 + 15), not SIGKILL after the stop timeout (137).
    assert shop.ended(task)["containers"][0]["exitCode"] == 143
