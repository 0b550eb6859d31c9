"""The gateway and its backend as ECS tasks, each under its own task role.

One request is found in the gateway's log, the backend's log and the trail.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest

import rolelab
from content.build import ROOT
from tests.ecs.bookshop import GROUP, TASK, TRUST, Bookshop, role_arn
from tests.gateways.api_connect.bookshop import ASK, CLIENT_ID, CLIENT_SECRET, KEYS
from tests.sandbox.people import ACCOUNT

APPS = ROOT / "data" / "apps"
MODEL = "amazon.nova-lite-v1:0"
MODEL_ARN = f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"
GATEWAY_ROLE = "gateway-task-role"
PORTS = [{"containerPort": 8080}]


class Stage:
    """The bookshop with the sentiment service and the gateway's secrets."""

    def __init__(self, shop: Bookshop) -> None:
        self.shop = shop
        shop.iam.create_role(RoleName=GATEWAY_ROLE, AssumeRolePolicyDocument=TRUST)
        secrets = boto3.client("secretsmanager")
        website = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        for name, value in (("website", website), ("management", {"token": "m" * 32})):
            secrets.create_secret(Name=f"gateway/{name}", SecretString=json.dumps(value))
        self.images = {
            tag: shop.sandbox.push_image(f"orders:{tag}", APPS / tag)
            for tag in ("sentiment-api", "api-connect")
        }

    def let_the_gateway_read(self) -> None:
        self.shop.allow(
            GATEWAY_ROLE,
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:gateway/*",
        )

    def run(self, app: str, role: str, **environment: str) -> str:
        container = self.shop.container(
            image=self.images[app],
            portMappings=PORTS,
            environment=[{"name": name, "value": value} for name, value in environment.items()],
        )
        return self.shop.run(self.shop.register(container, taskRoleArn=role_arn(role)))

    def gateway(self, backend_url: str) -> str:
        task = self.run("api-connect", GATEWAY_ROLE, BACKEND_URL=backend_url)
        return f"http://{self.shop.sandbox.address(task)}"


@pytest.fixture
def stage(shop: Bookshop) -> Stage:
    return Stage(shop)


@pytest.fixture
def shop() -> Iterator[Bookshop]:
    yield Bookshop(rolelab.start(account_id=ACCOUNT))
    rolelab.stop()


def logged(kind: str) -> list[dict[str, Any]]:
    """The records of a kind in the log group, as soon as there are any."""
    logs = boto3.client("logs")
    for _ in range(50):
        events = logs.filter_log_events(logGroupName=GROUP)["events"]
        found = [json.loads(one["message"]) for one in events if one["message"].startswith("{")]
        of_kind = [one for one in found if one.get("type") == kind]
        if of_kind:
            return of_kind
        time.sleep(0.1)
    raise AssertionError(f"nothing of type {kind} was logged")


@pytest.mark.cost(8)
def test_one_request_is_found_in_gateway_log_backend_log_and_trail(stage: Stage) -> None:
    stage.let_the_gateway_read()
    stage.shop.allow(TASK, "bedrock:InvokeModel", MODEL_ARN)
    backend = stage.run("sentiment-api", TASK, MODEL_ID=MODEL)
    gateway = stage.gateway(f"http://{stage.shop.sandbox.address(backend)}")
    answer = httpx.post(f"{gateway}/sentiment/analyse", headers=KEYS, json=ASK, trust_env=False)
    assert answer.status_code == 200, answer.text
    transaction = answer.headers["x-global-transaction-id"]

    (call,) = logged("call")
    # The backend has begun as well, and the gateway's lines come in their order.
    (start,) = [one for one in logged("start") if "simulation" in one]
    assert start["message"].startswith("This is a simulation of IBM API Connect by rolelab")
    assert (call["global_transaction_id"], call["app_name"]) == (transaction, "website")
    (behind,) = logged("backend")
    assert behind["transaction"] == transaction
    assert behind["received_client_secret"] is False
    trail = stage.shop.sandbox.trail
    (record,) = [one for one in trail if one["requestID"] == behind["aws_request_id"]]
    assert record["eventName"] == "Converse"
    assert record["userAgent"].endswith(f" gateway-request/{call['request_id']}")
    assert f"assumed-role/{TASK}/" in record["userIdentity"]["arn"]


def test_a_backend_whose_role_may_not_is_a_502_of_the_backend(stage: Stage) -> None:
    stage.let_the_gateway_read()
    backend = stage.run("sentiment-api", TASK, MODEL_ID=MODEL)
    gateway = stage.gateway(f"http://{stage.shop.sandbox.address(backend)}")
    answer = httpx.post(f"{gateway}/sentiment/analyse", headers=KEYS, json=ASK, trust_env=False)
    assert (answer.status_code, answer.json()) == (
        502,
        {"message": "Amazon Bedrock refused the call: AccessDeniedException"},
    )


def test_a_backend_that_is_down_is_a_503_as_the_catch_says(stage: Stage) -> None:
    stage.let_the_gateway_read()
    gateway = stage.gateway("http://127.0.0.1:1")
    answer = httpx.post(f"{gateway}/sentiment/analyse", headers=KEYS, json=ASK, trust_env=False)
    assert answer.status_code == 503
    assert CLIENT_SECRET not in json.dumps(logged("call"))


def test_a_gateway_whose_role_may_not_read_its_secret_says_so_and_ends(stage: Stage) -> None:
    task = stage.run("api-connect", GATEWAY_ROLE, BACKEND_URL="http://127.0.0.1:1")
    ended = stage.shop.ended(task)
    assert ended["containers"][0]["exitCode"] == 1
    (error,) = logged("error")
    assert "the secret gateway/management cannot be read" in error["message"] or (
        "the secret gateway/website cannot be read" in error["message"]
    )
    assert "secretsmanager:GetSecretValue" in error["message"]
