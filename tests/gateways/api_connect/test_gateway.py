"""The gateway, called over HTTP: who gets in, what the refusals look like, what is logged."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

import httpx
import pytest

from tests.gateways.api_connect.bookshop import (
    ASK,
    CLIENT_ID,
    CLIENT_SECRET,
    INVOKE,
    KEYS,
    Backend,
    Gateway,
    api,
    policy,
    product,
    setting,
)

UNAUTHORIZED = {
    "httpCode": "401",
    "httpMessage": "Unauthorized",
    "moreInformation": "Invalid client id or secret.",
}


def test_a_subscriber_reaches_the_backend(backend: Backend) -> None:
    gateway = Gateway(api(backend=backend.url))
    answer = gateway.ask()
    assert (answer.status_code, answer.json()) == (200, {"sentiment": "positive"})
    assert answer.headers["x-ratelimit-limit"] == "name=default,100;"
    assert answer.headers["x-ratelimit-remaining"] == "name=default,99;"
    assert answer.headers["x-simulation"] == "IBM API Connect v10 (rolelab)"
    assert json.loads(backend.seen[0]["body"]) == ASK


def test_the_transaction_id_joins_client_log_and_backend(backend: Backend) -> None:
    gateway = Gateway(api(backend=backend.url))
    answer = gateway.ask({"X-Global-Transaction-ID": "chosen-by-the-client"})
    transaction = answer.headers["x-global-transaction-id"]
    assert len(transaction) == 24
    assert gateway.log[0]["global_transaction_id"] == transaction
    assert backend.seen[0]["headers"]["x-global-transaction-id"] == transaction


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"X-IBM-Client-Id": None, "X-IBM-Client-Secret": None}, id="no credentials"),
        pytest.param({"X-IBM-Client-Secret": None}, id="no secret"),
        pytest.param({"X-IBM-Client-Id": None}, id="no id"),
        pytest.param({"X-IBM-Client-Secret": "wrong"}, id="a wrong secret"),
        pytest.param({"X-IBM-Client-Secret": CLIENT_SECRET[:-1]}, id="most of the secret"),
        pytest.param({"X-IBM-Client-Id": "somebody-else"}, id="an unknown id"),
        pytest.param({"X-IBM-Client-Secret": ""}, id="an empty secret"),
        pytest.param(
            {"X-IBM-Client-Id": CLIENT_SECRET, "X-IBM-Client-Secret": CLIENT_ID}, id="swapped"
        ),
        pytest.param(
            {"X-IBM-Client-Secret": None, "Authorization": f"Bearer {CLIENT_SECRET}"},
            id="the secret in the wrong place",
        ),
    ],
)
def test_whoever_is_not_known_gets_401_in_the_products_shape(
    headers: dict[str, str], backend: Backend
) -> None:
    gateway = Gateway(api(backend=backend.url))
    answer = gateway.ask(headers)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    assert backend.seen == []
    assert CLIENT_SECRET not in gateway.printed


def test_two_values_of_the_client_id_are_refused(backend: Backend) -> None:
    gateway = Gateway(api(backend=backend.url))
    twice = [*KEYS.items(), ("X-IBM-Client-Id", "other")]
    answer = gateway.client.post("/sentiment/analyse", headers=twice, json=ASK)
    assert (answer.status_code, answer.json()["httpCode"]) == (400, "400")
    assert backend.seen == []


def test_an_application_without_a_plan_for_the_api_gets_401(backend: Backend) -> None:
    gateway = Gateway(api(backend=backend.url))
    gateway.app.subscriptions.clear()
    assert gateway.ask().json() == UNAUTHORIZED
    assert gateway.log[0]["reason"] == "no-subscription"


def test_a_disabled_application_gets_403(backend: Backend) -> None:
    gateway = Gateway(api(backend=backend.url))
    gateway.app.enabled = False
    answer = gateway.ask()
    assert (answer.status_code, answer.json()["httpMessage"]) == (403, "Forbidden")


def test_a_plan_with_approval_lets_nobody_in_before_it(backend: Backend) -> None:
    gateway = Gateway(api(backend=backend.url), product(approval=True))
    assert gateway.ask().status_code == 401
    gateway.dialect.services.consumers.approve(gateway.app, "reviews:1.0.0")
    assert gateway.ask().status_code == 200


def test_an_operation_without_security_is_open_and_counted_against_no_plan(
    backend: Backend,
) -> None:
    gateway = Gateway(api(backend=backend.url, operation={"security": []}))
    answer = gateway.ask({"X-IBM-Client-Id": None, "X-IBM-Client-Secret": None})
    assert answer.status_code == 200
    assert "x-ratelimit-limit" not in answer.headers
    assert gateway.log[0]["plan_name"] == "N/A"


def test_a_client_id_may_stand_in_the_query(backend: Backend) -> None:
    schemes = {
        "id": {"type": "apiKey", "in": "query", "name": "client_id"},
        "secret": {"type": "apiKey", "in": "query", "name": "client_secret"},
    }
    gateway = Gateway(
        api(
            backend=backend.url,
            components={"securitySchemes": schemes},
            security=[{"id": [], "secret": []}],
        )
    )
    keys = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    answer = gateway.client.post("/sentiment/analyse", params=keys, json=ASK)
    assert answer.status_code == 200
    assert CLIENT_SECRET not in gateway.printed
    assert gateway.log[0]["query_string"] == f"client_id={CLIENT_ID}&client_secret=********"


class TestLimits:
    def test_beyond_a_hard_limit_is_429_and_no_catch_takes_it(self, backend: Backend) -> None:
        catch = [{"default": [setting({"set": "message.status.code", "value": "200"})]}]
        gateway = Gateway(
            api(catch=catch, backend=backend.url), product({"default": {"value": "2/1week"}})
        )
        assert [gateway.ask().status_code for _ in range(4)] == [200, 200, 429, 429]
        answer = gateway.ask()
        assert answer.json() == {
            "httpCode": "429",
            "httpMessage": "Too Many Requests",
            "moreInformation": "Rate Limit exceeded",
        }
        assert answer.headers["x-ratelimit-remaining"] == "name=default,0;"
        assert len(backend.seen) == 2
        assert gateway.log[-1]["rateLimit"]["default"]["reject"] == "true"

    def test_beyond_a_soft_limit_is_only_logged(self, backend: Backend) -> None:
        soft = {"default": {"value": "1/1week", "hard-limit": False}}
        gateway = Gateway(api(backend=backend.url), product(soft))
        assert [gateway.ask().status_code for _ in range(2)] == [200, 200]
        assert gateway.log[-1]["warnings"] == ["beyond the soft limit default of default"]

    def test_a_burst_limit_is_always_hard(self, backend: Backend) -> None:
        burst = {"burst-limits": {"burst": {"value": "1/600000minute"}}}
        gateway = Gateway(api(backend=backend.url), product(**burst))
        assert [gateway.ask().status_code for _ in range(2)] == [200, 429]

    def test_fifty_clients_at_once_never_get_one_call_too_many(self) -> None:
        """And every call is one line of the log."""
        gateway = Gateway(
            api([setting({"set": "message.body", "value": "in"})]),
            product({"default": {"value": "100/1week"}}),
        )

        async def ask_all() -> list[int]:
            transport = httpx.ASGITransport(gateway.asgi)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                turn = asyncio.Semaphore(50)

                async def ask() -> int:
                    async with turn:
                        answer = await client.post("/sentiment/analyse", headers=KEYS, json=ASK)
                        return answer.status_code

                return await asyncio.gather(*(ask() for _ in range(400)))

        assert Counter(asyncio.run(ask_all())) == {200: 100, 429: 300}
        assert len({one["request_id"] for one in gateway.log}) == 400

    def test_a_refused_client_uses_up_nothing(self, backend: Backend) -> None:
        gateway = Gateway(api(backend=backend.url), product({"default": {"value": "1/1week"}}))
        assert gateway.ask({"X-IBM-Client-Secret": "wrong"}).status_code == 401
        assert gateway.ask().status_code == 200


@pytest.mark.parametrize(
    ("request_", "status", "sentence"),
    [
        pytest.param({"path": "/nowhere"}, 404, "API not found for requested URI", id="no API"),
        pytest.param(
            {"path": "/sentiment/analyze"}, 404, "No resources match requested URI", id="no path"
        ),
        pytest.param(
            {"method": "DELETE"}, 405, "The method is not allowed for the requested URL", id="verb"
        ),
        pytest.param(
            {"content": b""},
            400,
            "One or more required API parameters are missing in the API request.",
            id="no body",
        ),
        pytest.param(
            {"content": b"{'single': 'quotes'}"}, 400, "The body is not valid JSON", id="no JSON"
        ),
        pytest.param({"content": b"\xff\xfe"}, 400, "The body is not valid JSON", id="no text"),
        pytest.param(
            {"content": b"[" * 100_000}, 400, "The body is not valid JSON", id="nested too deep"
        ),
        pytest.param(
            {"content": b"1" * (2**20 + 1)}, 413, "a body has at most 1048576 bytes", id="too large"
        ),
    ],
)
def test_a_bad_request_is_refused_in_the_products_shape(
    request_: dict[str, Any], status: int, sentence: str, backend: Backend
) -> None:
    gateway = Gateway(api(backend=backend.url))
    answer = gateway.ask({"Content-Type": "application/json"}, **request_)
    assert (answer.status_code, answer.json()["moreInformation"]) == (status, sentence)
    assert answer.json()["httpCode"] == str(status)
    assert backend.seen == []
    assert gateway.ask().status_code == 200


def test_a_required_parameter_is_asked_for(backend: Backend) -> None:
    needed = [{"name": "lang", "in": "query", "required": True, "schema": {"type": "string"}}]
    gateway = Gateway(api(backend=backend.url, operation={"parameters": needed}))
    assert gateway.ask().status_code == 400
    assert gateway.ask(params={"lang": "en"}).status_code == 200


def test_a_path_with_a_line_feed_is_logged_and_refused_like_another(backend: Backend) -> None:
    gateway = Gateway(api(backend=backend.url))
    answer = gateway.ask(path="/sentiment/%0A")
    assert (answer.status_code, answer.json()["httpCode"]) == (404, "404")
    assert len(gateway.log) == 1


def test_smuggling_is_refused(backend: Backend) -> None:
    gateway = Gateway(api(backend=backend.url))
    answer = gateway.ask({"Transfer-Encoding": "chunked", "Content-Length": "5"})
    assert (answer.status_code, answer.json()["httpCode"]) == (400, "400")
    assert backend.seen == []


class TestBackends:
    def test_one_that_is_down(self) -> None:
        gateway = Gateway(api())
        answer = gateway.ask()
        assert (answer.status_code, answer.json()) == (
            500,
            {
                "httpCode": "500",
                "httpMessage": "Internal Server Error",
                "moreInformation": "Failed to establish a backside connection",
            },
        )
        assert gateway.log[0]["reason"] == "backend-down"

    def test_one_that_is_slow(self, backend: Backend) -> None:
        invoke = policy(
            "invoke",
            target_url=f"{backend.url}/slow",
            timeout=0.1,
            stop_on_error=["ConnectionError"],
        )
        gateway = Gateway(api([invoke]))
        answer = gateway.ask()
        assert answer.json()["moreInformation"] == "No response from the backend within 0.1 seconds"
        assert gateway.log[0]["reason"] == "backend-slow"

    def test_one_that_speaks_garbage(self, backend: Backend) -> None:
        gateway = Gateway(api(backend=f"{backend.url}/garbage#"))
        assert gateway.ask().status_code == 500
        assert gateway.log[0]["reason"] == "backend-garbage"

    def test_one_that_says_no_is_an_operation_error(self, backend: Backend) -> None:
        gateway = Gateway(api(backend=f"{backend.url}/503#"))
        answer = gateway.ask()
        assert (answer.status_code, answer.json()["httpCode"]) == (503, "503")

    def test_without_stop_on_error_its_own_answer_goes_through(self, backend: Backend) -> None:
        gateway = Gateway(api([policy("invoke", target_url=f"{backend.url}/503")]))
        answer = gateway.ask()
        assert (answer.status_code, answer.json()) == (503, {"sentiment": "positive"})

    def test_without_stop_on_error_a_dead_one_is_500_without_a_word(self) -> None:
        gateway = Gateway(api([policy("invoke", target_url="http://127.0.0.1:1/")]))
        answer = gateway.ask()
        assert (answer.status_code, answer.content) == (500, b"")
        assert "stop-on-error does not list it" in gateway.log[0]["warnings"][0]


class TestSecretsStayOutOfTheLog:
    """Whatever is logged, and however much, no credential is in it."""

    @pytest.mark.parametrize("content", ["activity", "header", "payload"])
    @pytest.mark.parametrize("working", [True, False])
    def test_of_a_call(self, content: str, working: bool, backend: Backend) -> None:
        extension = {"activity-log": {"success-content": content, "error-content": content}}
        invoke = {} if working else {"target-url": "http://127.0.0.1:1/"}
        gateway = Gateway(
            api(
                [{"invoke": {**INVOKE["invoke"], **invoke}}],
                extension=extension,
                backend=backend.url,
            )
        )
        body = {**ASK, "password": "open-sesame-1234", "deep": [{"Access_Token": "tok-5678"}]}
        gateway.ask(
            {"Authorization": "Bearer bearer-secret", "Cookie": "session=cookie-secret"},
            json=body,
            params={"access_token": "query-secret"},
        )
        for secret in (
            *(CLIENT_SECRET, "open-sesame-1234", "tok-5678"),
            *("bearer-secret", "cookie-secret", "query-secret"),
        ):
            assert secret not in gateway.printed
        assert ("request_body" in gateway.log[0]) == (content == "payload")
        assert ("request_http_headers" in gateway.log[0]) == (content != "activity")

    def test_of_a_form(self, backend: Backend) -> None:
        security = policy(
            "client-security",
            extract_credential_method="form",
            id_name="who",
            secret_name="magic",
        )
        operation = {"security": [], "requestBody": {"content": {"*/*": {}}}}
        gateway = Gateway(api([security], operation=operation))
        form = {"who": CLIENT_ID, "magic": "wrong-secret-shown"}
        answer = gateway.client.post("/sentiment/analyse", data=form)
        assert answer.status_code == 401
        assert "wrong-secret-shown" not in gateway.printed
        assert gateway.log[0]["log_policy"] == "payload"


def test_the_event_record_has_the_products_fields(backend: Backend) -> None:
    gateway = Gateway(api(backend=backend.url))
    gateway.ask({"User-Agent": "website/1.0"})
    record = gateway.log[0]
    expected = {
        "api_name": "sentiment",
        "api_version": "1.0.0",
        "api_resource_id": "sentiment:1.0.0:post:/analyse",
        "app_name": "website",
        "developer_org_name": "readers",
        "client_id": CLIENT_ID,
        "product_name": "reviews",
        "plan_name": "default",
        "plan_id": "reviews:1.0.0:default",
        "org_name": "bookshop",
        "catalog_name": "sandbox",
        "request_method": "POST",
        "uri_path": "/sentiment/analyse",
        "status_code": "200 OK",
        "http_user_agent": "website/1.0",
        "log_policy": "activity",
        "rateLimit": {
            "default": {
                "count": 99,
                "limit": 100,
                "interval": 1,
                "period": 1,
                "unit": "hour",
                "reject": "false",
            }
        },
    }
    assert {name: record[name] for name in expected} == expected


def test_activity_log_none_leaves_the_core_of_the_record_only(backend: Backend) -> None:
    extension = {"activity-log": {"success-content": "none"}}
    gateway = Gateway(api(backend=backend.url, extension=extension))
    gateway.ask()
    assert gateway.log[0]["log_policy"] == "none"
    assert "client_id" not in gateway.log[0]


def test_the_clients_own_headers_do_not_come_back() -> None:
    gateway = Gateway(api([setting({"set": "message.body", "value": "hello"})]))
    answer = gateway.ask({"X-Mine": "1"})
    assert answer.text == "hello"
    assert "x-mine" not in answer.headers
    assert "x-ibm-client-secret" not in answer.headers


def test_a_failure_inside_the_gateway_is_a_500_without_details(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gateway = Gateway(api())

    def broken(*_: object) -> None:
        raise RuntimeError(CLIENT_SECRET)

    monkeypatch.setattr("rolelab.gateways.api_connect.dialect.check_parameters", broken)
    answer = gateway.ask()
    assert (answer.status_code, answer.json()["httpCode"]) == (500, "500")
    assert CLIENT_SECRET not in gateway.printed + answer.text
