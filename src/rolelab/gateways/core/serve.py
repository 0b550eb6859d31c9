"""Running a gateway: a socket, a server, and what is printed on start."""

from __future__ import annotations

import errno
import logging
import socket
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from rolelab.gateways.core.app import application
from rolelab.gateways.core.call_log import CallLog
from rolelab.gateways.core.dialect import Dialect
from rolelab.gateways.core.exchange import Exchange
from rolelab.gateways.core.message import Request
from rolelab.gateways.core.refused import Reason, Refused

CONTAINER_PORT = 8080
"""The port on which a gateway listens in its container."""


def serve(dialect: Dialect, port: int = CONTAINER_PORT, *, log: CallLog | None = None) -> None:
    """Serve until the process is asked to end (SIGTERM). Prints JSON lines only.

    Args:
        dialect: the product.
        port: where to listen. In a container of the sandbox this is the container's port; the
            sandbox maps it to a free one on loopback.
        log: None writes to standard output.

    Raises:
        SystemExit: the port is in use, or may not be used.
    """
    log = log or CallLog()
    try:
        listening = bound(port)
    except OSError as error:
        why = "is in use: another process listens there"
        if error.errno != errno.EADDRINUSE:
            why = f"cannot be used: {error.strerror}"
        log.write({"type": "error", "message": f"port {port} {why}", "port": port})
        sys.exit(1)
    log.write(
        {
            "type": "start",
            "message": dialect.simulation.sentence,
            "simulation": dialect.simulation.header[1],
            "port": port,
        }
    )
    _log_as_json(log)
    server_of(dialect, log).run(sockets=[listening])


def server_of(dialect: Dialect, log: CallLog) -> uvicorn.Server:
    """The server of a gateway. `run(sockets=[bound(port)])` serves until it is asked to end."""
    return uvicorn.Server(
        uvicorn.Config(
            application(dialect, log),
            http=_protocol(dialect, log),
            ws="none",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )


def bound(port: int) -> socket.socket:
    """A socket that listens on 127.0.0.1.

    Args:
        port: 0 is any free one.

    Raises:
        OSError: the port is in use, or may not be used.
    """
    # With the protocol named, asyncio sends small replies at once (TCP_NODELAY).
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(2048)
    except OSError:
        listening.close()
        raise
    return listening


def _protocol(dialect: Dialect, log: CallLog) -> type[H11Protocol]:
    """uvicorn's protocol, with the product's words for what is no HTTP."""

    class Protocol(H11Protocol):
        def send_400_response(self, msg: str) -> None:
            exchange = Exchange(Request(id=uuid4().hex, method="", path=""))
            reply = dialect.refuse(exchange, Refused(Reason.BAD_REQUEST, "this is not HTTP/1.1"))
            simulation = dialect.simulation.header
            log.write(
                {
                    "type": "call",
                    "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "request_id": exchange.request.id,
                    "status": 400,
                    "stage": "receive",
                    "reason": "not-http",
                    "simulation": simulation[1],
                }
            )
            fields = (
                ("content-type", reply.value("content-type") or "application/json"),
                ("content-length", str(len(reply.body))),
                ("x-request-id", exchange.request.id),
                simulation,
                ("connection", "close"),
            )
            head = "".join(f"{name}: {value}\r\n" for name, value in fields)
            self.transport.write(
                f"HTTP/1.1 400 Bad Request\r\n{head}\r\n".encode("latin-1") + reply.body
            )
            self.transport.close()

    return Protocol


def _log_as_json(log: CallLog) -> None:
    """What the server itself has to say becomes a line of the log, too."""
    handler = _LineHandler(log)
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.ERROR)


class _LineHandler(logging.Handler):
    def __init__(self, log: CallLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        error: Any = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        self._log.write({"type": "error", "message": str(record.msg), "error": error})
