"""A dialect as a web application: receive, hand to the dialect, log, reply."""

from __future__ import annotations

import asyncio
import time
import traceback
from datetime import UTC, datetime
from pathlib import PurePath
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as Received
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from rolelab.gateways.core.call_log import CallLog
from rolelab.gateways.core.dialect import Dialect
from rolelab.gateways.core.exchange import Exchange
from rolelab.gateways.core.message import Headers, Reply, Request
from rolelab.gateways.core.refused import Reason, Refused

OPENAPI = "/openapi.json"
_BODY_SECONDS = 15.0
_HEARD_OUT_BYTES = 16 * 2**20
_ONCE = ("transfer-encoding", "content-length", "host")


def application(dialect: Dialect, log: CallLog | None = None) -> Starlette:
    """Make the web application of a gateway.

    `GET /openapi.json` is the document of its surface; every other request goes to the dialect and
    is one line in the log, written before the reply is sent. Every reply has `x-request-id` and
    the header that says what is simulated. Nothing that a request does ends the application.

    Args:
        dialect: the product.
        log: None writes to standard output.
    """
    gateway = _Gateway(dialect, log or CallLog())

    async def openapi(_: Received) -> Response:
        return JSONResponse(dialect.openapi(), headers=dict([dialect.simulation.header]))

    return Starlette(routes=[Route(OPENAPI, openapi, methods=["GET"]), _EveryOther(gateway)])


class _EveryOther(BaseRoute):
    """Takes every path, also one with a line feed in it, which `Mount("/")` lets past the log."""

    def __init__(self, gateway: ASGIApp) -> None:
        self._gateway = gateway

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL if scope["type"] == "http" else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._gateway(scope, receive, send)


class _Gateway:
    """The ASGI application behind every path."""

    def __init__(self, dialect: Dialect, log: CallLog) -> None:
        self._dialect, self._log = dialect, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers_of(scope)
        exchange, refused = Exchange(_request_of(scope, headers, b"")), None
        try:
            _refuse_smuggling(headers)
            body = await _body_of(Received(scope, receive), self._dialect.most_body_bytes)
            exchange = Exchange(_request_of(scope, headers, body, exchange.request.id))
            reply = await self._dialect.handle(exchange)
        except ClientDisconnect:
            refused = Refused(Reason.BAD_REQUEST, "the client left before its request was complete")
            reply = self._refusal(exchange, refused)
        except Refused as error:
            refused, reply = error, self._refusal(exchange, error)
        except Exception as error:
            exchange.notes["error"] = _where(error)
            refused = Refused(Reason.INTERNAL, "the gateway made a mistake")
            reply = self._refusal(exchange, refused)
        self._write(exchange, reply, refused)
        await _sent(reply, exchange.request, self._dialect)(scope, receive, send)

    def _refusal(self, exchange: Exchange, refused: Refused) -> Reply:
        return self._dialect.refuse(exchange, refused).with_headers(refused.headers)

    def _write(self, exchange: Exchange, reply: Reply, refused: Refused | None) -> None:
        about = (
            {}
            if refused is None
            else {
                "stage": refused.reason.stage,
                "reason": refused.reason.value,
                "detail": refused.detail,
            }
        )
        self._log.write(
            {
                "type": "call",
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "request_id": exchange.request.id,
                "method": exchange.request.method,
                "path": exchange.request.path,
                **self._dialect.log_record(exchange, reply),
                "status": reply.status,
                **about,
                "request_time": round((time.monotonic() - exchange.began) * 1000, 3),
                "backend_time": exchange.backend_ms and round(exchange.backend_ms, 3),
                "aws_calls": [each.logged() for each in exchange.aws_calls],
                **exchange.notes,
                "simulation": self._dialect.simulation.header[1],
            }
        )


def _headers_of(scope: Scope) -> Headers:
    return tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in scope["headers"]
    )


def _request_of(scope: Scope, headers: Headers, body: bytes, known: str = "") -> Request:
    client = scope.get("client")
    return Request(
        id=known or uuid4().hex,
        method=scope["method"].upper(),
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        client=client[0] if client else "",
    )


def _refuse_smuggling(headers: Headers) -> None:
    """Refuse a request that two servers could take for two different ones, and hang up.

    Page: RFC 9112 section 6.3 lets a server refuse a message with both fields.
    """
    names = [name for name, _ in headers]
    twice = [each for each in _ONCE if names.count(each) > 1]
    both = "transfer-encoding" in names and "content-length" in names
    if twice or both:
        detail = (
            f"the header {twice[0]} is there more than once"
            if twice
            else "Transfer-Encoding and Content-Length do not go together"
        )
        raise Refused(Reason.SMUGGLING, detail, (("connection", "close"),))


async def _body_of(received: Received, most: int) -> bytes:
    """Read a body that has at most so many bytes.

    A client that sends more is heard out to a point: who hangs up while the other still sends takes
    the reply away with the connection. A client that asks first (`Expect`) is told at once.
    """
    declared = received.headers.get("content-length", "0")
    too_large = declared.isdigit() and int(declared) > most
    chunks, size = [], 0
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            if not (too_large and "expect" in received.headers):
                async for chunk in received.stream():
                    size += len(chunk)
                    if size <= most:
                        chunks.append(chunk)
                    elif size > most + _HEARD_OUT_BYTES:
                        break
    except TimeoutError:
        raise Refused(Reason.BAD_REQUEST, "the body did not come in time") from None
    if too_large or size > most:
        raise Refused(Reason.BODY_TOO_LARGE, f"a body has at most {most} bytes")
    return b"".join(chunks)


def _where(error: Exception) -> str:
    """Where an error came from. Its text could hold what a client sent, so it is left out."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name} ({PurePath(last.filename).name}:{last.lineno})"


def _sent(reply: Reply, request: Request, dialect: Dialect) -> ASGIApp:
    response = Response(reply.body, status_code=reply.status)
    added: Headers = (("x-request-id", request.id), dialect.simulation.header)
    ours = {name for name, _ in added}
    response.raw_headers[:] = [
        *(each for each in response.raw_headers if each[0] == b"content-length"),
        *(
            (name.encode("latin-1"), _on_one_line(value))
            for name, value in (*(each for each in reply.headers if each[0] not in ours), *added)
        ),
    ]
    return response


def _on_one_line(value: str) -> bytes:
    return value.replace("\r", " ").replace("\n", " ").encode("latin-1", "replace")
