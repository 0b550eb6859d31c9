"""The LLM gateway as the course runs it: LiteLLM in a container, under a task role.

Two gateways run in one account for the whole file: the course's, and a naive one to attack.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pandas as pd
import pytest

import rolelab
from rolelab.gateways.litellm import request_log
from tests.gateways.litellm.gateway import (
    ALLOWED,
    APP,
    BUCKET,
    CHAT,
    HURRIED,
    LAB,
    MASTER_KEY,
    PARTNER_KEY,
    QUESTION,
    RESEARCH,
    SHOP,
    TASK,
    WORDY,
    Client,
    Gateways,
    Running,
    eventually,
    model_arn,
)
from tests.sandbox.people import ACCOUNT

AT_ONCE = 50


@pytest.fixture(scope="module")
def gateways() -> Iterator[Gateways]:
    """The account."""
    account = Gateways(rolelab.start(account_id=ACCOUNT))
    yield account
    account.partner.close()
    rolelab.stop()


@pytest.fixture(scope="module")
def gateway(gateways: Gateways) -> Running:
    """The course's gateway."""
    return Running(gateways.sandbox, gateways.run("config.yaml"))


@pytest.fixture(scope="module")
def naive(gateways: Gateways) -> Running:
    """The gateway whose author trusted the keys' lists of models."""
    return Running(gateways.sandbox, gateways.run("naive.yaml"))


def text_of(answer: Any) -> str:
    """What the model says."""
    assert answer.status_code == 200, answer.text
    return str(answer.json()["choices"][0]["message"]["content"])


def error_of(answer: Any) -> tuple[int, str]:
    """Status and type of an error in LiteLLM's own shape."""
    error = answer.json()["error"]
    assert error["code"] == str(answer.status_code)
    return answer.status_code, error["type"]


# --- Bedrock, with the credentials of the task role -------------------------------------------


def test_bedrock_is_asked_as_the_task_role(gateways: Gateways, gateway: Running) -> None:
    answer = gateway.ask(SHOP, "nova-lite")
    assert text_of(answer) == "[stand-in] positive"
    joined = request_log.with_trail(
        gateway.lines_of(answer), gateways.sandbox.trail.to_frame()
    ).iloc[0]
    assert joined["event"] == "Converse"
    assert joined["role"] == f"{TASK}/{gateway.task.rpartition('/')[2]}"
    assert joined["client"] == "shop"


def test_a_model_can_be_asked_as_a_role_of_its_own(gateways: Gateways, gateway: Running) -> None:
    answer = gateway.ask(SHOP, "research")
    assert text_of(answer) == "[stand-in] positive"
    joined = request_log.with_trail(
        gateway.lines_of(answer), gateways.sandbox.trail.to_frame()
    ).iloc[0]
    assert joined["role"] == f"{RESEARCH}/llm-gateway"


def test_streaming_is_a_permission_of_its_own(gateways: Gateways, gateway: Running) -> None:
    answer = gateway.ask(SHOP, "nova-lite", stream=True)
    assert answer.status_code == 403
    assert "bedrock:InvokeModelWithResponseStream" in answer.text
    assert gateways.calls("ConverseStream")["error"].iloc[-1] == "AccessDeniedException"


def test_tokens_and_cost_are_counted(gateway: Running) -> None:
    answer = gateway.ask(SHOP, "nova-lite")
    usage = answer.json()["usage"]
    # Dollars for a token of Nova Lite in the price list that LiteLLM ships.
    prices = json.loads((_package("litellm") / PRICES).read_text())["amazon.nova-lite-v1:0"]
    cost = (
        usage["prompt_tokens"] * prices["input_cost_per_token"]
        + usage["completion_tokens"] * prices["output_cost_per_token"]
    )
    assert cost > 0
    line = gateway.lines_of(answer).iloc[0]
    assert line["cost"] == pytest.approx(cost)
    assert float(answer.headers["x-litellm-response-cost"]) == pytest.approx(cost)
    assert line["prompt_tokens"] == usage["prompt_tokens"]
    assert line["completion_tokens"] == usage["completion_tokens"]


PRICES = "model_prices_and_context_window_backup.json"


def _package(name: str) -> Path:
    from importlib.util import find_spec

    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


# --- routing ----------------------------------------------------------------------------------


def test_an_alias_is_another_name(gateway: Running) -> None:
    line = gateway.lines_of(gateway.ask(SHOP, "reviews")).iloc[0]
    assert line["asked"] == "reviews"
    assert line["model"] == "bedrock/amazon.nova-lite-v1:0"


def test_weights_share_the_requests_of_one_name(gateway: Running) -> None:
    answers = [gateway.ask(SHOP, "sentiment") for _ in range(30)]
    used = Counter(each.headers["x-litellm-model-name"] for each in answers)
    assert set(used) <= {"bedrock/amazon.nova-micro-v1:0", "bedrock/amazon.nova-lite-v1:0"}
    assert used["bedrock/amazon.nova-micro-v1:0"] > used["bedrock/amazon.nova-lite-v1:0"]


def test_the_fallback_takes_over_when_iam_denies_a_model(
    gateways: Gateways, gateway: Running
) -> None:
    answer = gateway.ask(SHOP, "nova-pro")
    assert text_of(answer) == "[stand-in] positive"
    assert answer.headers["x-litellm-attempted-fallbacks"] == "1"
    joined = request_log.with_trail(
        gateway.lines_of(answer, count=2), gateways.sandbox.trail.to_frame()
    )
    assert list(joined["asked"]) == ["nova-pro", "nova-lite"]
    assert list(joined["status"]) == [403, 200]
    assert list(joined["aws_error"].fillna("")) == ["AccessDeniedException", ""]


def test_the_fallback_steps_back_as_soon_as_the_role_may(
    gateways: Gateways, gateway: Running
) -> None:
    gateways.allow_models(*ALLOWED, *model_arn("amazon.nova-pro-v1:0"))
    answer = gateway.ask(SHOP, "nova-pro")
    gateways.allow_models(*ALLOWED)
    assert answer.headers["x-litellm-model-name"] == "bedrock/amazon.nova-pro-v1:0"
    assert answer.headers["x-litellm-attempted-fallbacks"] == "0"


def test_denied_everywhere_is_the_clients_403(gateways: Gateways, gateway: Running) -> None:
    gateways.allow_models(*model_arn("amazon.nova-micro-v1:0"))
    answer = gateway.ask(SHOP, "nova-pro")
    gateways.allow_models(*ALLOWED)
    assert answer.status_code == 403
    assert "not authorized to perform: bedrock:InvokeModel" in answer.json()["error"]["message"]
    assert text_of(gateway.ask(SHOP, "nova-pro"))


# --- the keys of clients ----------------------------------------------------------------------


def test_a_naive_gateway_does_not_look_at_a_keys_models(naive: Running) -> None:
    assert LAB.models == ("nova-micro",)
    assert text_of(naive.ask(LAB, "nova-lite"))


def test_the_gateway_looks_at_a_keys_models(gateway: Running) -> None:
    assert text_of(gateway.ask(LAB, "nova-micro"))
    assert error_of(gateway.ask(LAB, "nova-lite")) == (403, "key_model_access_denied")
    line = gateway.lines_with(LAB.key, 403).iloc[-1]
    assert line["client"] == "lab"
    assert pd.isna(line["aws_request_id"])


def test_a_client_cannot_bring_its_own_fallback(gateway: Running) -> None:
    answer = gateway.ask(LAB, "nova-micro", fallbacks=["nova-lite"], mock_testing_fallbacks=True)
    assert error_of(answer) == (403, "key_model_access_denied")


@pytest.mark.parametrize("member", ["api_base", "aws_role_name", "aws_bedrock_runtime_endpoint"])
def test_a_client_cannot_steer_the_call(gateway: Running, member: str) -> None:
    answer = gateway.ask(LAB, "nova-micro", **{member: "http://127.0.0.1:9"})
    assert answer.status_code in (400, 401)
    assert member in answer.json()["error"]["message"]


def test_a_client_sees_its_own_models_only(gateway: Running) -> None:
    answer = gateway.http.get("/v1/models", headers={"Authorization": f"Bearer {LAB.key}"})
    assert [each["id"] for each in answer.json()["data"]] == ["nova-micro"]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("POST /bedrock/model/amazon.nova-lite-v1:0/converse", id="Bedrock itself"),
        pytest.param("GET /model/info", id="the configuration of the models"),
        pytest.param("GET /health", id="asks every model"),
        pytest.param("POST /key/generate", id="makes keys"),
        pytest.param("POST /v1/embeddings", id="another kind of model"),
    ],
)
def test_a_clients_key_opens_no_other_path(gateway: Running, path: str) -> None:
    headers = {"Authorization": f"Bearer {LAB.key}"}
    answer = gateway.http.request(*path.split(), headers=headers, json={"model": "nova-micro"})
    assert error_of(answer) == (403, "auth_error")


def test_the_master_key_is_no_clients_key(gateway: Running) -> None:
    answer = gateway.http.get("/model/info", headers={"Authorization": f"Bearer {MASTER_KEY}"})
    assert answer.status_code == 200
    assert PARTNER_KEY not in answer.text


_MALFORMED = "c2hvcDpwYXNzd29yZA"
_LIKE_A_HASH = "4fc82b26aecb47d2868c4efbe3581732a3e7cbcc6c2efb32062c08170a05eeb8"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no key"),
        pytest.param({"Authorization": ""}, id="an empty key"),
        pytest.param({"Authorization": "Bearer"}, id="a scheme without a key"),
        pytest.param({"Authorization": "Bearer sk-shop-of-yesterday"}, id="a wrong key"),
        pytest.param({"Authorization": f"Bearer {SHOP.key}x"}, id="a key and one letter more"),
        pytest.param({"Authorization": f"Bearer {SHOP.key[:-1]}"}, id="a key and one less"),
        pytest.param({"Authorization": f"Basic {_MALFORMED}"}, id="another scheme"),
        pytest.param({"Authorization": "Bearer key with 'quotes'"}, id="malformed"),
        pytest.param({"Authorization": f"Bearer {_LIKE_A_HASH}"}, id="what looks like a hash"),
        pytest.param({"Authorization": f"Bearer {SHOP.entry()['sha256']}"}, id="a key's hash"),
        pytest.param({"Authorization": b"Bearer \xff\xfe"}, id="not ASCII"),
    ],
)
def test_a_key_that_is_none_is_told_so(gateway: Running, headers: dict[str, Any]) -> None:
    body = {"model": "nova-lite", "messages": [{"role": "user", "content": "Hello"}]}
    answer = gateway.http.post(CHAT, headers=headers, json=body)
    assert error_of(answer) == (401, "auth_error")
    assert "Invalid API key" in answer.json()["error"]["message"]


def test_the_hash_of_a_key_does_not_pass_for_its_client(gateway: Running) -> None:
    sent = SHOP.entry()["sha256"]
    assert error_of(gateway.ask(sent, "nova-lite")) == (401, "auth_error")
    assert gateway.lines_with(sent, 401)["client"].isna().all()


def test_a_client_that_steers_is_named_in_the_log(gateway: Running) -> None:
    assert gateway.ask(LAB, "nova-micro", api_base="http://127.0.0.1:9").status_code == 401
    assert set(gateway.lines_with(LAB.key, 401)["client"]) == {"lab"}


# --- limits -----------------------------------------------------------------------------------


def at_once(gateway: Running, client: Client, model: str, requests: int = 120) -> Counter[int]:
    """Ask from fifty clients at the same time, and count the statuses."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: gateway.ask(client, model), range(requests)))
    return Counter(each.status_code for each in answers)


def test_a_keys_limit_is_exact(gateway: Running) -> None:
    assert at_once(gateway, HURRIED, "nova-lite") == {200: 10, 429: 110}
    answer = gateway.ask(HURRIED, "nova-lite")
    assert error_of(answer) == (429, "throttling_error")
    assert int(answer.headers["retry-after"]) > 0


def wait_for_a_whole_minute() -> None:
    """LiteLLM counts for a model from one full minute of the clock to the next."""
    left = 60 - time.time() % 60
    if left < 15:
        time.sleep(left + 0.1)


def test_a_models_limit_is_exact(gateways: Gateways, gateway: Running) -> None:
    wait_for_a_whole_minute()
    gateways.allow_models(*ALLOWED, *model_arn("anthropic.claude-3-haiku-20240307-v1:0"))
    counted = at_once(gateway, SHOP, "claude-haiku", 60)
    gateways.allow_models(*ALLOWED)
    assert counted == {200: 20, 429: 40}


def test_a_naive_gateway_does_not_count_for_a_model(naive: Running) -> None:
    assert at_once(naive, LAB, "nova-micro", 12) == {200: 12}


def test_a_keys_tokens_are_limited(gateway: Running) -> None:
    answers = [gateway.ask(WORDY, "nova-lite", max_tokens=20) for _ in range(4)]
    assert {each.status_code for each in answers} == {200, 429}
    assert "tokens" in answers[-1].json()["error"]["message"]


# --- secrets ----------------------------------------------------------------------------------


def test_the_partners_key_comes_from_secrets_manager(gateways: Gateways, gateway: Running) -> None:
    assert text_of(gateway.ask(SHOP, "partner")) == "positive, says the partner"
    assert gateways.partner.authorizations[-1] == f"Bearer {PARTNER_KEY}"
    reads = gateways.calls("GetSecretValue")
    by_task = reads[reads["user"] == f"{TASK}/{gateway.task.rpartition('/')[2]}"]
    assert {each["secretId"] for each in by_task["request"]} == {
        "llm-gateway/clients",
        "PARTNER_API_KEY",
    }
    assert not by_task["error"].notna().any()


@pytest.mark.parametrize("path", sorted(APP.iterdir()), ids=lambda path: path.name)
def test_no_file_of_the_image_holds_a_key(path: Path) -> None:
    text = path.read_text() if path.is_file() else ""
    assert re.findall(r"sk-\w{8,}|AKIA\w{8,}", text) == []


# --- bad input --------------------------------------------------------------------------------

_HELLO = [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b"{not json", (400, "invalid_request_error"), id="not JSON"),
        pytest.param(b"", (400, "invalid_request_error"), id="nothing"),
        pytest.param(b"[1]", (400, "invalid_request_error"), id="a list"),
        pytest.param({"model": "nova-lite"}, (400, "invalid_request_error"), id="without messages"),
        pytest.param({"messages": _HELLO}, (400, "invalid_request_error"), id="without a model"),
        pytest.param(
            {"model": "gpt-9", "messages": _HELLO},
            (403, "key_model_access_denied"),
            id="an unknown model",
        ),
        pytest.param(
            {"model": "nova-lite", "messages": [{"role": "user", "content": "x" * 70_000}]},
            (413, "invalid_request_error"),
            id="too large",
        ),
    ],
)
def test_a_bad_body_is_refused(gateway: Running, body: Any, expected: tuple[int, str]) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {SHOP.key}", "Content-Type": "application/json"}
    answer = gateway.http.post(CHAT, headers=headers, content=content)
    assert error_of(answer) == expected
    assert text_of(gateway.ask(SHOP, "nova-lite"))


def test_an_unknown_model_is_named_to_who_may_know(gateway: Running) -> None:
    answer = gateway.ask(MASTER_KEY, "gpt-9")
    assert error_of(answer) == (400, "invalid_request_error")
    assert "Invalid model name passed in model=gpt-9" in answer.json()["error"]["message"]


def test_a_port_in_use_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [sys.executable, APP / "app.py"],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"], "PORT": port},
        )
    assert ended.returncode == 1
    assert ended.stderr == f"llm-gateway: port {port} cannot be used: Address already in use\n"


# --- the logs: what the tests above left ------------------------------------------------------


def test_no_line_is_lost(gateway: Running) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: gateway.ask(SHOP, "nova-lite"), range(100)))
    asked = {each.headers["x-litellm-call-id"] for each in answers}
    assert len(asked) == 100
    found = eventually(
        lambda: [each for each in gateway.requests()["request_id"] if each in asked],
        lambda found: len(found) >= 100,
    )
    assert Counter(found) == dict.fromkeys(asked, 1)


def in_the_bucket(part: str = "") -> list[str]:
    """The objects of the log bucket with something in their keys."""
    s3 = boto3.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    return [
        s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys if part in key
    ]


def test_the_bucket_has_a_record_of_each_request(gateway: Running) -> None:
    answer = gateway.ask(SHOP, "nova-lite", user="reader-7")
    # The key of an object ends in the id of the answer.
    identifier = answer.json()["id"]
    stored = eventually(lambda: in_the_bucket(identifier), lambda found: len(found) == 1)
    record = json.loads(stored[0])
    assert record["litellm_call_id"] == answer.headers["x-litellm-call-id"]
    assert record["metadata"]["user_api_key_alias"] == "shop"
    assert record["end_user"] == "reader-7"


def test_no_log_holds_a_key_a_prompt_or_an_answer(gateway: Running, naive: Running) -> None:
    told = {
        "the printed lines": "\n".join([*gateway.printed(), *naive.printed()]),
        "the bucket": "\n".join(in_the_bucket()),
    }
    secrets = {
        MASTER_KEY,
        PARTNER_KEY,
        *(each.key for each in (SHOP, LAB, HURRIED, WORDY)),
        _MALFORMED,
        _LIKE_A_HASH,
        "key with 'quotes'",
        QUESTION,
        "[stand-in]",
    }
    for place, text in told.items():
        assert len(text) > 10_000, place
        assert [each for each in secrets if each in text] == [], place


def test_nothing_looks_for_the_network(gateway: Running) -> None:
    assert [each for each in gateway.printed() if "offline" in each] == []
