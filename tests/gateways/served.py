"""A gateway behind a real socket, in a thread of this process."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rolelab.gateways.core.call_log import CallLog
from rolelab.gateways.core.dialect import Dialect
from rolelab.gateways.core.serve import bound, server_of


@contextmanager
def served(dialect: Dialect, printed: io.StringIO | None = None) -> Iterator[tuple[str, int]]:
    """Serve a gateway on a free port of loopback, and give its address."""
    listening = bound(0)
    server = server_of(dialect, CallLog(printed if printed is not None else io.StringIO()))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield listening.getsockname()
    finally:
        server.should_exit = True
        thread.join(10)


def exchange(address: tuple[str, int], raw: bytes) -> bytes:
    """Send bytes, and read until the other side closes or falls silent."""
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(raw)
        connection.settimeout(1)
        answer = b""
        try:
            while chunk := connection.recv(65536):
                answer += chunk
        except TimeoutError:
            pass
        return answer
