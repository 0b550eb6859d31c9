"""Asking Bedrock: what the gateway makes of every way in which AWS can fail it."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config

from rolelab.gateways.core.bedrock import BedrockBackend, ModelCall
from rolelab.gateways.core.exchange import Exchange
from rolelab.gateways.core.message import Request
from rolelab.gateways.core.refused import Reason, Refused

CALL = ModelCall("amazon.nova-lite-v1:0", [("user", "hello")], "be kind", 10, 0.0)
GOOD = {
    "output": {"message": {"role": "assistant", "content": [{"text": "hello"}, {"text": "!"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
    "metrics": {"latencyMs": 1},
}


def http(status: int, body: bytes, error: str = "") -> bytes:
    lines = [
        f"HTTP/1.1 {status} x",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
        "x-amzn-RequestId: 11111111-2222-3333-4444-555555555555",
        *([f"x-amzn-ErrorType: {error}"] if error else []),
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def endpoint(answer: Callable[[socket.socket], None], seen: list[bytes]) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                seen.append(connection.recv(65536))
                answer(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()


def client(url: str) -> Any:
    session = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="us-east-1")
    config = Config(connect_timeout=1, read_timeout=0.2, retries={"total_max_attempts": 1})
    return session.client("bedrock-runtime", endpoint_url=url, config=config)


def ask(url: str) -> tuple[Exchange, Any]:
    """The exchange, and the answer or the refusal."""
    exchange = Exchange(Request(id="7" * 32, method="POST", path="/"))
    backend = BedrockBackend(client(url))
    try:
        return exchange, asyncio.run(backend.ask(exchange, CALL))
    except Refused as refused:
        return exchange, refused
    finally:
        backend.close()


def test_the_answer_its_tokens_and_the_call_are_noted() -> None:
    seen: list[bytes] = []
    body = json.dumps(GOOD).encode()
    with endpoint(lambda connection: connection.sendall(http(200, body)), seen) as url:
        exchange, answer = ask(url)
    assert (answer.text, answer.reason) == ("hello!", "end_turn")
    assert (answer.input_tokens, answer.output_tokens) == (3, 2)
    (call,) = exchange.aws_calls
    assert call.request_id == "11111111-2222-3333-4444-555555555555"
    assert (call.operation, call.status, call.error) == ("Converse", 200, "")
    assert f"gateway-request/{'7' * 32}\r\n".encode() in seen[0]


REFUSED: list[Any] = [
    pytest.param(http(403, b'{"message": "User: arn:aws:sts::1:x is not authorized"}',
                      "AccessDeniedException"),
                 Reason.BACKEND_REFUSED, "AccessDeniedException", id="IAM denies the call"),
    pytest.param(http(429, b"{}", "ThrottlingException"),
                 Reason.BACKEND_REFUSED, "ThrottlingException", id="the model is busy"),
    pytest.param(http(408, b"{}", "ModelTimeoutException"),
                 Reason.BACKEND_SLOW, "ModelTimeoutException", id="the model is slow"),
    pytest.param(http(500, b"{}", "InternalServerException"),
                 Reason.BACKEND_DOWN, "InternalServerException", id="the service fails"),
    pytest.param(http(502, b"<html>"), Reason.BACKEND_DOWN, None, id="a proxy before it fails"),
    pytest.param(http(200, b"{}"), Reason.BACKEND_GARBAGE, "", id="an answer without an answer"),
    pytest.param(http(200, b"{not json"), Reason.BACKEND_GARBAGE, None, id="no JSON"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "reason", "code"), REFUSED)
def test_what_aws_refuses(raw: bytes, reason: Reason, code: str | None) -> None:
    seen: list[bytes] = []
    with endpoint(lambda connection: connection.sendall(raw), seen) as url:
        exchange, refused = ask(url)
    assert isinstance(refused, Refused)
    assert refused.reason is reason
    assert "arn:aws" not in refused.detail
    assert len(seen) == len(exchange.aws_calls) == 1
    if code is not None:
        assert exchange.aws_calls[0].error == code


def test_an_endpoint_that_says_nothing_in_time() -> None:
    with endpoint(lambda connection: time.sleep(1), []) as url:
        exchange, refused = ask(url)
    assert refused.reason is Reason.BACKEND_SLOW
    assert exchange.aws_calls[0].error == "ReadTimeoutError"


def test_a_call_that_nobody_waits_for_any_more_is_noted() -> None:
    exchange = Exchange(Request(id="1", method="POST", path="/"))

    async def impatient(backend: BedrockBackend) -> None:
        async with asyncio.timeout(0.05):
            await backend.ask(exchange, CALL)

    with endpoint(lambda connection: time.sleep(0.5), []) as url:
        backend = BedrockBackend(client(url))
        with pytest.raises(TimeoutError):
            asyncio.run(impatient(backend))
        backend.close()
    assert exchange.aws_calls[0].error == "Abandoned"
    assert exchange.backend_ms is not None


def test_an_endpoint_that_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    exchange, refused = ask(url)
    assert refused.reason is Reason.BACKEND_DOWN
    assert exchange.aws_calls[0].status == 0


def test_a_gateway_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    session = boto3.Session(region_name="us-east-1")
    bare = session.client("bedrock-runtime", endpoint_url="http://127.0.0.1:1")
    exchange = Exchange(Request(id="1", method="POST", path="/"))
    with pytest.raises(Refused) as refused:
        asyncio.run(BedrockBackend(bare).ask(exchange, CALL))
    assert refused.value.reason is Reason.BACKEND_REFUSED
