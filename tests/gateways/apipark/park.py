"""An APIPark with the sentiment API on it, in this process: what tests change one thing of."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

from starlette.testclient import TestClient

from rolelab.gateways.apipark.gateway import ApiPark
from rolelab.gateways.apipark.management import Management
from rolelab.gateways.core.app import application
from rolelab.gateways.core.bedrock import ModelAnswer, ModelCall
from rolelab.gateways.core.call_log import CallLog
from rolelab.gateways.core.exchange import Exchange
from rolelab.gateways.core.limits import Limit, Limiter

ADMIN_PASSWORD, API_KEY = "a-password-of-the-administrator", "a-key-of-the-open-api"
KEY = "the-key-of-the-shop"
PATH = "/sentiment/analyse"
MODEL = "amazon.nova-lite-v1:0"
ROUTER = {
    "name": "analyse",
    "path": "/analyse",
    "ai_prompt": {
        "prompt": "Answer with one word, positive, negative or mixed. {{Query}}",
        "variables": [{"key": "Query", "require": True}],
    },
    "ai_model": {"id": MODEL, "provider": "bedrock"},
    "timeout": 300_000,
    "retry": 0,
}
CHAT = {
    "messages": [{"role": "user", "content": "How do I secure my AWS environment?"}],
    "variables": {"Query": "Explain best practices."},
}


class Model:
    """Answers every prompt with the same text, or fails; remembers what it was asked.

    Attributes:
        text: what it answers.
        fails: what it raises, one after another, before it answers.
        calls: what it was asked.
    """

    def __init__(self) -> None:
        self.text = "positive"
        self.fails: list[Exception] = []
        self.calls: list[ModelCall] = []

    async def ask(self, exchange: Exchange, call: ModelCall) -> ModelAnswer:
        self.calls.append(call)
        exchange.backend_ms = 1.0
        if self.fails:
            raise self.fails.pop(0)
        return ModelAnswer(self.text, "end_turn", 20, 1)


class Park:
    """The gateway, its administrator, and the shop that calls it.

    Attributes:
        client: a client of the gateway; its cookies are the administrator's.
        model: who answers.
        service, app: the ids of the service and of the application.
        now: the time, seconds since 1970; tests move it.
    """

    def __init__(self, limits: Sequence[Limit] = (), *, published: bool = True) -> None:
        self.now = 1_800_000_000.0
        self.model = Model()
        self.printed = io.StringIO()
        management = Management(ADMIN_PASSWORD, clock=lambda: self.now)
        limiter = Limiter(lambda: self.now)
        self.gateway = ApiPark(
            management, self.model, api_key=API_KEY, limits=limits, limiter=limiter
        )
        self.web = application(self.gateway, CallLog(self.printed))
        self.client = TestClient(self.web, raise_server_exceptions=False)
        self.sign_in()
        self.service = self.make_service("sentiment")
        self.app = self.do("POST", "team/app", {"name": "shop"}, team="books")["app"]["id"]
        if published:
            self.put_router()
            self.publish()
            self.authorize("apikey", {"apikey": KEY})
            self.do("POST", "service/subscriber", {"application": self.app}, service=self.service)

    def sign_in(self) -> None:
        answer = self.client.post(
            "/api/v1/account/login/username", json={"name": "admin", "password": ADMIN_PASSWORD}
        )
        assert answer.json()["code"] == 0

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> dict[str, Any]:
        """Make a management call, and give its whole answer."""
        answer = self.client.request(method, f"/api/v1/{path}", params=query, json=body)
        whole: dict[str, Any] = answer.json()
        return whole

    def do(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """Make a management call that works, and give its data."""
        answer = self.ask(method, path, body, **query)
        assert answer["code"] == 0, answer
        return answer["data"]

    def make_service(self, prefix: str, **changes: Any) -> str:
        body = {
            "name": prefix,
            "prefix": prefix,
            "service_kind": "ai",
            "provider": "bedrock",
            "model": MODEL,
            **changes,
        }
        return str(self.do("POST", "team/service", body, team="books")["service"]["id"])

    def put_router(self, service: str | None = None, **changes: Any) -> str:
        body = {**ROUTER, **changes}
        answer = self.do("POST", "service/ai-router", body, service=service or self.service)
        return str(answer["api"]["id"])

    def publish(self, service: str | None = None, version: str = "1.0") -> None:
        self.do(
            "POST",
            "service/publish/release/do",
            {"version": version},
            service=service or self.service,
        )

    def authorize(self, driver: str, config: Any, **changes: Any) -> str:
        body = {"name": driver, "driver": driver, "config": config, **changes}
        answer = self.do("POST", "app/authorization", body, app=self.app)
        return str(answer["authorization"]["id"])

    def call(self, token: str | None = KEY, body: Any = None, **changes: Any) -> Any:
        """Call the sentiment API as the shop does."""
        headers = {"authorization": token} if token is not None else {}
        headers |= changes.pop("headers", {})
        if "content" not in changes:
            changes["json"] = CHAT if body is None else body
        return self.client.post(changes.pop("path", PATH), headers=headers, **changes)

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of the log so far."""
        return [json.loads(line) for line in self.printed.getvalue().splitlines()]
