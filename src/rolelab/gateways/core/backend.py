"""Calling an HTTP service behind the gateway."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass

import httpx

from rolelab.gateways.core.exchange import Exchange
from rolelab.gateways.core.message import Headers, Reply, Request
from rolelab.gateways.core.refused import Reason, Refused

_OF_ONE_CONNECTION = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te"),
        *("trailer", "transfer-encoding", "upgrade", "content-length", "host", "expect"),
    }
)
"""Never handed on. Page: RFC 9110 section 7.6.1; the last three are made anew."""

_OF_THE_GATEWAY = ("x-forwarded-", "x-real-ip", "forwarded", "x-request-id", "x-consumer-")
"""Only the gateway says these to a backend; what a client writes there is dropped."""


@dataclass(frozen=True, slots=True)
class BackendCall:
    """A request to a backend.

    Attributes:
        method: in upper case.
        url: absolute, `http://127.0.0.1:8001/sentiment/analyse`.
        headers: see `forwarded`.
        body: the whole body.
        timeout_seconds: for each of connecting, sending and reading.
        most_bytes: a longer answer is garbage.
    """

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""
    timeout_seconds: float = 30.0
    most_bytes: int = 4 * 2**20


def forwarded(request: Request, without: Iterable[str] = ()) -> Headers:
    """The header fields of a client that a backend may see, and those the gateway adds.

    Left out are fields of one connection, fields that only the gateway may set, names with `_`
    (some servers read them as `-`), and credentials, which the dialect names. Added are
    `x-request-id` and `x-forwarded-for`, both from what the gateway itself knows.

    Args:
        request: what the client sent.
        without: further names to leave out: where the product takes credentials.
    """
    dropped = {each.lower() for each in without} | _OF_ONE_CONNECTION
    for value in request.values("connection"):
        dropped.update(each.strip().lower() for each in value.split(","))
    kept = (
        (name, value)
        for name, value in request.headers
        if name not in dropped and "_" not in name and not name.startswith(_OF_THE_GATEWAY)
    )
    return (*kept, ("x-request-id", request.id), ("x-forwarded-for", request.client))


class HttpBackend:
    """Sends requests over kept connections. Follows no redirect, and takes no proxy setting."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        """Connect to nothing yet.

        Args:
            tls: whom to trust, and which certificate to show; None trusts what the system trusts.
        """
        self._client = httpx.AsyncClient(
            verify=tls if tls is not None else True,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=50),
        )

    async def send(self, exchange: Exchange, call: BackendCall) -> Reply:
        """Send a request, and note in the exchange how long it took.

        Raises:
            Refused: BACKEND_DOWN, BACKEND_TLS, BACKEND_SLOW, or BACKEND_GARBAGE. A status of 4xx
                or 5xx is a reply like another.
        """
        began = time.monotonic()
        try:
            return await self._send(call)
        except httpx.HTTPError as error:
            raise _refused(error) from error
        except ssl.SSLError as error:
            # TLS 1.3 tells a client without a certificate only after the handshake.
            raise Refused(Reason.BACKEND_TLS, "the TLS connection to the backend failed") from error
        except httpx.InvalidURL as error:
            raise Refused(Reason.BACKEND_DOWN, "the backend's address is not a URL") from error
        finally:
            exchange.backend_ms = (time.monotonic() - began) * 1000

    async def _send(self, call: BackendCall) -> Reply:
        request = self._client.build_request(
            call.method,
            call.url,
            # As bytes: httpx takes text in ASCII only, and a client may send any byte.
            headers=[(name.encode("latin-1"), _in_bytes(value)) for name, value in call.headers],
            content=call.body,
            timeout=call.timeout_seconds,
        )
        response = await self._client.send(request, stream=True)
        try:
            chunks, size = [], 0
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > call.most_bytes:
                    raise Refused(Reason.BACKEND_GARBAGE, "the backend's answer is too long")
                chunks.append(chunk)
        finally:
            await response.aclose()
        headers = tuple(
            (name.lower(), value)
            for name, value in response.headers.multi_items()
            # The body is decoded by now.
            if name.lower() not in _OF_ONE_CONNECTION | {"content-encoding", "date", "server"}
        )
        return Reply(response.status_code, b"".join(chunks), headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _in_bytes(value: str) -> bytes:
    return value.encode("latin-1", "replace")


def _refused(error: httpx.HTTPError) -> Refused:
    if _causes(error, ssl.SSLError):
        return Refused(Reason.BACKEND_TLS, "the TLS connection to the backend failed")
    if isinstance(error, httpx.TimeoutException):
        return Refused(Reason.BACKEND_SLOW, "the backend did not answer in time")
    if isinstance(error, httpx.RemoteProtocolError | httpx.DecodingError):
        return Refused(Reason.BACKEND_GARBAGE, "the backend's answer is not HTTP")
    return Refused(Reason.BACKEND_DOWN, "the backend cannot be reached")


def _causes(error: BaseException, kind: type[BaseException]) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, kind):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
