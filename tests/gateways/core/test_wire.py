"""What arrives on the wire: smuggling, garbage, many clients at once; no log line is lost."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import subprocess
import sys

import httpx
import pytest

from rolelab.gateways.core.limits import Limit
from rolelab.gateways.core.serve import bound
from tests.gateways.apipark.park import CHAT, KEY, PATH, Park
from tests.gateways.served import exchange, served

BODY = json.dumps(CHAT).encode()
LINES = (f"POST {PATH} HTTP/1.1", "Host: shop", f"Authorization: {KEY}", "Connection: close")
HEAD = "".join(f"{line}\r\n" for line in LINES).encode()
LENGTH = f"Content-Length: {len(BODY)}\r\n".encode()
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = f"{len(BODY):x}\r\n".encode() + BODY + b"\r\n0\r\n\r\n"

SMUGGLED: list[object] = [
    pytest.param(HEAD + LENGTH + CHUNKED + b"\r\n" + CHUNKS, id="both lengths of the body"),
    pytest.param(HEAD + LENGTH + b"Content-Length: 5\r\n\r\n" + BODY, id="two lengths"),
    pytest.param(HEAD + b"Content-Length: -1\r\n\r\n" + BODY, id="a length below zero"),
    pytest.param(HEAD + b"Content-Length: 1e3\r\n\r\n" + BODY, id="a length that is no number"),
    pytest.param(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKS, id="another coding"),
    pytest.param(HEAD + CHUNKED + CHUNKED + b"\r\n" + CHUNKS, id="the coding twice"),
    pytest.param(HEAD + b"Host: other\r\n" + LENGTH + b"\r\n" + BODY, id="two hosts"),
    pytest.param(HEAD + b"Authorization: x\r\n" + LENGTH + b"\r\n" + BODY, id="two credentials"),
    pytest.param(HEAD + b"X : y\r\n" + LENGTH + b"\r\n" + BODY, id="a blank before the colon"),
    pytest.param(HEAD + b"X: a\rb\r\n" + LENGTH + b"\r\n" + BODY, id="a bare carriage return"),
    pytest.param(HEAD + CHUNKED + b"\r\nzz\r\n", id="a chunk without a length"),
    pytest.param(b"\x16\x03\x01\x02\x00\x01", id="TLS to a port that speaks none"),
    pytest.param(b"GET\r\n\r\n", id="no request line"),
]


@pytest.mark.parametrize("raw", SMUGGLED)
def test_what_two_servers_could_read_differently_is_refused_with_400(raw: bytes) -> None:
    park, printed = Park(), io.StringIO()
    with served(park.gateway, printed) as address:
        answer = exchange(address, raw)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"x-simulation: APIPark 9192b39 (rolelab)" in answer
        assert b'"code":-1' in answer
        assert exchange(address, HEAD + LENGTH + b"\r\n" + BODY).startswith(b"HTTP/1.1 200 ")
    assert not any(call.messages != park.model.calls[-1].messages for call in park.model.calls)
    assert KEY not in printed.getvalue()


def test_a_body_in_chunks_is_a_body_like_another() -> None:
    with served(Park().gateway) as address:
        assert exchange(address, HEAD + CHUNKED + b"\r\n" + CHUNKS).startswith(b"HTTP/1.1 200 ")


MUCH = b"x" * 0x100000
TOO_MUCH: list[object] = [
    pytest.param(HEAD + CHUNKED + b"\r\n100000\r\n" + MUCH + b"\r\n0\r\n\r\n", id="in chunks"),
    pytest.param(HEAD + b"Content-Length: 1048576\r\n\r\n" + MUCH, id="and says how long it is"),
    pytest.param(HEAD + b"Expect: 100-continue\r\nContent-Length: 9999999999\r\n\r\n",
                 id="and asks before it is sent"),
]  # fmt: skip


@pytest.mark.parametrize("raw", TOO_MUCH)
def test_a_body_that_is_too_large_is_told_so(raw: bytes) -> None:
    with served(Park().gateway) as address:
        answer = exchange(address, raw)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b'"code":-1' in answer


def test_a_websocket_is_a_request_like_another() -> None:
    ask = f"GET {PATH} HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    with served(Park().gateway) as address:
        answer = exchange(address, (ask + key).encode())
        assert answer.startswith(b"HTTP/1.1 405 ")
        assert b"x-simulation: " in answer


def test_another_method_on_the_document_is_an_answer_of_the_gateway() -> None:
    answer = Park().client.post("/openapi.json")
    assert (answer.status_code, answer.json()["code"]) == (404, -1)
    assert "x-simulation" in answer.headers


def test_a_client_that_leaves_early_is_a_line_in_the_log() -> None:
    park, printed = Park(), io.StringIO()
    with served(park.gateway, printed) as address:
        with socket.create_connection(address) as connection:
            connection.sendall(HEAD + LENGTH + b"\r\n{")
        answer = exchange(address, HEAD + LENGTH + b"\r\n" + BODY)
        assert answer.startswith(b"HTTP/1.1 200 ")
    lines = [json.loads(line) for line in printed.getvalue().splitlines()]
    assert sorted(line["status"] for line in lines) == [200, 400]


def test_fifty_clients_at_once_never_get_one_request_too_many_and_no_log_line_is_lost() -> None:
    park, printed = Park([Limit(300, 3600, "hour")]), io.StringIO()

    async def clients(base: str) -> list[int]:
        async with httpx.AsyncClient(
            base_url=base, limits=httpx.Limits(max_connections=50), timeout=60
        ) as client:

            async def one() -> list[int]:
                headers = {"authorization": KEY}
                answers = [await client.post(PATH, headers=headers, json=CHAT) for _ in range(20)]
                return [each.status_code for each in answers]

            found = await asyncio.gather(*(one() for _ in range(50)))
            return [status for each in found for status in each]

    with served(park.gateway, printed) as (host, port):
        statuses = asyncio.run(clients(f"http://{host}:{port}"))
    lines = [json.loads(line) for line in printed.getvalue().splitlines()]
    assert (statuses.count(200), statuses.count(429)) == (300, 700)
    assert len(park.model.calls) == 300
    assert len({line["request_id"] for line in lines}) == 1000
    assert sorted(line["status"] for line in lines) == sorted(statuses)


def test_a_port_in_use_ends_the_gateway_with_a_line_that_says_so() -> None:
    program = (
        "from rolelab.gateways.core.serve import serve\n"
        "from tests.gateways.apipark.park import Park\n"
        "import sys\n"
        "serve(Park().gateway, int(sys.argv[1]))\n"
    )
    with bound(0) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-c", program, str(port)], capture_output=True, text=True, check=False
        )
    line = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 1
    assert line["message"] == f"port {port} is in use: another process listens there"
