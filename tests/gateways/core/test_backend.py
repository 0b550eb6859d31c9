"""Calling a backend: one that is down, slow, speaks garbage, or has the wrong certificate."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import trustme

from rolelab.gateways.core.backend import BackendCall, HttpBackend, forwarded
from rolelab.gateways.core.exchange import Exchange
from rolelab.gateways.core.message import Reply, Request
from rolelab.gateways.core.refused import Reason, Refused

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Shop: open\r\nConnection: close\r\n\r\nok"


@contextmanager
def backend(
    answer: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """A server that answers each connection in its own way; gives its port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            try:
                if tls is not None:
                    connection = tls.wrap_socket(connection, server_side=True)
                connection.recv(65536)
                answer(connection)
            except OSError:
                pass
            finally:
                connection.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()


def send(url: str, tls: ssl.SSLContext | None = None, **changes: float) -> Reply:
    async def ask() -> Reply:
        client = HttpBackend(tls)
        exchange = Exchange(Request(id="1", method="POST", path="/"))
        try:
            return await client.send(exchange, BackendCall("POST", url, **changes))  # type: ignore[arg-type]
        finally:
            assert exchange.backend_ms is not None
            await client.close()

    return asyncio.run(ask())


def test_an_answer_comes_back_without_the_fields_of_the_connection() -> None:
    with backend(lambda connection: connection.sendall(ANSWER)) as port:
        reply = send(f"http://127.0.0.1:{port}/")
    assert (reply.status, reply.body, reply.headers) == (200, b"ok", (("x-shop", "open"),))


def test_a_redirect_is_not_followed() -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n"
    with backend(lambda connection: connection.sendall(answer)) as port:
        assert send(f"http://127.0.0.1:{port}/").status == 302


FAILURES: list[object] = [
    pytest.param(lambda connection: connection.sendall(b"garbage\r\n\r\n"), Reason.BACKEND_GARBAGE,
                 id="no HTTP"),
    pytest.param(lambda connection: None, Reason.BACKEND_GARBAGE, id="hangs up"),
    pytest.param(lambda connection: connection.sendall(ANSWER[:-1]), Reason.BACKEND_GARBAGE,
                 id="hangs up within the body"),
    pytest.param(lambda connection: time.sleep(1), Reason.BACKEND_SLOW, id="says nothing"),
    pytest.param(lambda connection: connection.sendall(ANSWER.replace(b": 2", b": 200000")
                 .replace(b"ok", b"x" * 200000)), Reason.BACKEND_GARBAGE, id="says too much"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "reason"), FAILURES)
def test_a_backend_that(answer: Callable[[socket.socket], None], reason: Reason) -> None:
    with backend(answer) as port, pytest.raises(Refused) as refused:
        send(f"http://127.0.0.1:{port}/", timeout_seconds=0.2, most_bytes=1000)
    assert refused.value.reason is reason


def test_a_backend_that_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Refused) as refused:
        send(f"http://127.0.0.1:{port}/")
    assert refused.value.reason is Reason.BACKEND_DOWN


def test_tls_is_verified() -> None:
    authority, server = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with backend(lambda connection: connection.sendall(ANSWER), server) as port:
        assert send(f"https://localhost:{port}/", trusting).status == 200
        for url, context in (
            (f"https://localhost:{port}/", ssl.create_default_context()),
            (f"https://127.0.0.1:{port}/", trusting),
        ):
            with pytest.raises(Refused) as refused:
                send(url, context)
            assert refused.value.reason is Reason.BACKEND_TLS


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        pytest.param("accept", True, id="what the client says to the backend"),
        pytest.param("connection", False, id="a field of the connection"),
        pytest.param("x-hop", False, id="what Connection names"),
        pytest.param("transfer-encoding", False, id="how the body was sent"),
        pytest.param("content-length", False, id="how long it was"),
        pytest.param("x-forwarded-for", False, id="where the client says it calls from"),
        pytest.param("x-forwarded-host", False, id="what it says it called"),
        pytest.param("x-real-ip", False, id="its own word for its address"),
        pytest.param("x-consumer-id", False, id="which application it says it is"),
        pytest.param("x_forwarded_for", False, id="a name with an underscore"),
        pytest.param("authorization", False, id="the credential, where the dialect names it"),
    ],
)
def test_what_a_backend_gets_to_see(name: str, kept: bool) -> None:
    headers = ((name, "given"), ("connection", "x-hop"))
    request = Request(id="7", method="GET", path="/", headers=headers, client="127.0.0.9")
    sent = forwarded(request, without=["Authorization"])
    assert ((name, "given") in sent) is kept
    assert ("x-request-id", "7") in sent
    assert ("x-forwarded-for", "127.0.0.9") in sent
