"""The sentiment API of the bookshop, behind API Connect: what tests change one thing of."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from starlette.testclient import TestClient

from rolelab.gateways.api_connect.api import read_api
from rolelab.gateways.api_connect.catalog import Catalog
from rolelab.gateways.api_connect.dialect import ApiConnect
from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.api_connect.product import read_product
from rolelab.gateways.core.app import application
from rolelab.gateways.core.call_log import CallLog

CLIENT_ID, CLIENT_SECRET = "website-client-id", "website-client-secret-of-32-signs"
KEYS = {"X-IBM-Client-Id": CLIENT_ID, "X-IBM-Client-Secret": CLIENT_SECRET}
TOKEN = "management-token-of-the-tests"
PATH = "/sentiment/analyse"
OPEN: list[TestClient] = []
ASK = {"messages": [{"role": "user", "content": "How is it?"}], "variables": {"Query": "Good."}}

INVOKE: dict[str, Any] = {
    "invoke": {
        "version": "2.0.0",
        "target-url": "$(backend-url)/analyse",
        "stop-on-error": ["ConnectionError", "OperationError"],
    }
}
KEY_SCHEMES = {
    "clientId": {"type": "apiKey", "in": "header", "name": "X-IBM-Client-Id"},
    "clientSecret": {"type": "apiKey", "in": "header", "name": "X-IBM-Client-Secret"},
}


def api(
    execute: Sequence[Mapping[str, Any]] = (INVOKE,),
    catch: Sequence[Mapping[str, Any]] = (),
    *,
    backend: str = "http://127.0.0.1:1",
    extension: Mapping[str, Any] | None = None,
    operation: Mapping[str, Any] | None = None,
    **document: Any,
) -> dict[str, Any]:
    """The OpenAPI document of the sentiment API."""
    post = {
        "operationId": "analyse",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        "responses": {"200": {"description": "What the review says."}},
        **(operation or {}),
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Sentiment", "version": "1.0.0", "x-ibm-name": "sentiment"},
        "servers": [{"url": "/sentiment"}],
        "paths": {"/analyse": {"post": post}},
        "security": [{"clientId": [], "clientSecret": []}],
        "components": {"securitySchemes": KEY_SCHEMES},
        "x-ibm-configuration": {
            "phase": "realized",
            "testable": True,
            "enforced": True,
            "cors": {"enabled": True},
            "gateway": "datapower-api-gateway",
            "type": "rest",
            "properties": {"backend-url": {"value": backend, "encoded": False}},
            "assembly": {"execute": [*execute], **({"catch": [*catch]} if catch else {})},
            **(extension or {}),
        },
        **document,
    }


def product(limits: Mapping[str, Any] | None = None, **plan: Any) -> dict[str, Any]:
    """The product document, with the plan `default`."""
    return {
        "product": "1.0.0",
        "info": {"name": "reviews", "title": "Reviews", "version": "1.0.0"},
        "gateways": ["datapower-api-gateway"],
        "plans": {
            "default": {
                "title": "Default Plan",
                "rate-limits": limits or {"default": {"value": "100/1hour", "hard-limit": True}},
                **plan,
            }
        },
        "apis": {"sentiment": {"name": "sentiment:1.0.0"}},
    }


class Gateway:
    """A gateway with one published API and one subscriber, and what it logged."""

    def __init__(
        self,
        document: Mapping[str, Any],
        product_document: Mapping[str, Any] | None = None,
        services: Services | None = None,
    ) -> None:
        catalog = Catalog()
        read = read_api(document)
        catalog.publish(read_product(product_document or product(), {read.key: read}))
        self.dialect = ApiConnect(catalog, services, TOKEN)
        consumers = self.dialect.services.consumers
        self.app, _, _ = consumers.register(
            "readers", "website", client_id=CLIENT_ID, client_secret=CLIENT_SECRET
        )
        consumers.subscribe(self.app, "reviews:1.0.0", "default", catalog.products)
        self._stream = io.StringIO()
        self.asgi = application(self.dialect, CallLog(self._stream))
        self.client = TestClient(self.asgi, raise_server_exceptions=False)
        # One event loop for all requests, as in the server.
        self.client.__enter__()
        OPEN.append(self.client)

    def ask(self, headers: Mapping[str, str] | None = None, **request: Any) -> httpx.Response:
        """Call the API as the website does, some things changed."""
        if not {"json", "content", "data"} & set(request):
            request["json"] = ASK
        method, path = request.pop("method", "POST"), request.pop("path", PATH)
        sent = {**KEYS, **(headers or {})}
        sent = {name: value for name, value in sent.items() if value is not None}
        return self.client.request(method, path, headers=sent, **request)

    @property
    def printed(self) -> str:
        """All of the log."""
        return self._stream.getvalue()

    @property
    def log(self) -> list[dict[str, Any]]:
        """The log's records."""
        return [json.loads(line) for line in self.printed.splitlines()]


class Backend:
    """A backend that answers with what it was sent, or misbehaves, by its path."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                seen.append(
                    {
                        "method": self.command,
                        "path": self.path,
                        "headers": {k.lower(): v for k, v in self.headers.items()},
                        "body": body.decode(),
                    }
                )
                kind = self.path.split("?")[0].rsplit("/", 1)[-1]
                if kind == "garbage":
                    self.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")
                    self.close_connection = True
                    return
                if kind == "slow":
                    time.sleep(0.6)
                answer = json.dumps({"sentiment": "positive"}).encode()
                self.send_response(int(kind) if kind.isdigit() else 200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.send_header("x-backend", "sentiment")
                self.send_header("set-cookie", "a=1; Path=/")
                self.send_header("set-cookie", "b=2; Path=/")
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator[Backend]:
        """Serve as long as the block lasts."""
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


def policy(name: str, version: str = "2.0.0", /, **properties: Any) -> dict[str, Any]:
    """One entry of `execute`; `_` in property names stands for `-`."""
    return {name: {"version": version, **{k.replace("_", "-"): v for k, v in properties.items()}}}


def setting(*actions: Mapping[str, Any]) -> dict[str, Any]:
    """A set-variable policy."""
    return policy("set-variable", actions=[*actions])
