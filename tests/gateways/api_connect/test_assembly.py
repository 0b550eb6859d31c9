"""Each policy, and `catch`: the assembly does what the definition says."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.core.limits import Limit
from tests.gateways.api_connect.bookshop import (
    CLIENT_ID,
    CLIENT_SECRET,
    INVOKE,
    Backend,
    Gateway,
    api,
    policy,
    product,
    setting,
)

OPEN: dict[str, Any] = {"security": []}


def says(value: str, **more: Any) -> dict[str, Any]:
    """A policy that makes the answer: some text."""
    return setting({"set": "message.body", "value": value, **more})


class TestTheTraps:
    """What the real gateways do, and a definition has to prevent."""

    def test_the_client_secret_reaches_the_backend(self, backend: Backend) -> None:
        Gateway(api(backend=backend.url)).ask()
        assert backend.seen[0]["headers"]["x-ibm-client-secret"] == CLIENT_SECRET

    def test_set_variable_keeps_it_here(self, backend: Backend) -> None:
        clear = setting({"clear": "message.headers.X-IBM-Client-Secret"})
        Gateway(api([clear, INVOKE], backend=backend.url)).ask()
        assert "x-ibm-client-secret" not in backend.seen[0]["headers"]

    def test_header_control_keeps_it_here(self, backend: Backend) -> None:
        control = {"type": "blacklist", "values": ["^X-IBM-Client-Secret$"]}
        invoke = {"invoke": {**INVOKE["invoke"], "header-control": control}}
        Gateway(api([invoke], backend=backend.url)).ask()
        assert "x-ibm-client-secret" not in backend.seen[0]["headers"]
        assert backend.seen[0]["headers"]["x-ibm-client-id"] == CLIENT_ID

    def test_a_catch_without_a_status_answers_200_and_the_log_says_so(self) -> None:
        catch = [{"errors": ["ConnectionError"], "execute": [says("backend down")]}]
        gateway = Gateway(api(catch=catch))
        answer = gateway.ask()
        assert (answer.status_code, answer.text) == (200, "backend down")
        assert gateway.log[0]["warnings"] == [
            "the catch of ConnectionError sets no message.status.code: 200"
        ]

    def test_a_catch_with_a_status_tells_the_truth(self) -> None:
        status = setting({"set": "message.status.code", "value": "503"})
        catch = [{"errors": ["ConnectionError"], "execute": [status, says("backend down")]}]
        assert Gateway(api(catch=catch)).ask().status_code == 503


class TestCatch:
    def test_without_a_fitting_catch_the_error_is_the_answer(self) -> None:
        catch = [{"errors": ["OperationError"], "execute": [says("no")]}]
        assert Gateway(api(catch=catch)).ask().json()["httpCode"] == "500"

    def test_a_default_catch_takes_what_nothing_else_does(self) -> None:
        catch = [{"errors": ["OperationError"], "execute": []}, {"default": [says("any")]}]
        assert Gateway(api(catch=catch)).ask().text == "any"

    def test_a_default_catch_before_another_hides_it(self) -> None:
        catch = [
            {"default": [says("any")]},
            {"errors": ["ConnectionError"], "execute": [says("never")]},
        ]
        assert Gateway(api(catch=catch)).ask().text == "any"

    def test_a_default_catch_does_not_take_an_unauthorized_client(self) -> None:
        security = policy("client-security", id_name="X-Id", secret_name="X-Secret")
        catch = [{"default": [says("any")]}]
        assert Gateway(api([security], catch)).ask().status_code == 401

    def test_by_its_name_it_does(self) -> None:
        security = policy("client-security", id_name="X-Id", secret_name="X-Secret")
        status = setting({"set": "message.status.code", "value": "401"})
        catch = [{"errors": ["UnauthorizedError"], "execute": [status, says("who are you")]}]
        answer = Gateway(api([security], catch)).ask()
        assert (answer.status_code, answer.text) == (401, "who are you")

    def test_the_error_can_be_told(self) -> None:
        catch = [{"default": [says("$(error.name), $(error.status.code): $(error.message)")]}]
        assert Gateway(api(catch=catch)).ask().text == (
            "ConnectionError, 500: Failed to establish a backside connection"
        )

    def test_after_an_operation_error_the_backends_status_is_in_the_message(
        self, backend: Backend
    ) -> None:
        catch = [{"errors": ["OperationError"], "execute": [says("sorry")]}]
        answer = Gateway(api(catch=catch, backend=f"{backend.url}/404#")).ask()
        assert (answer.status_code, answer.text) == (404, "sorry")

    def test_an_error_in_a_catch_is_the_answer(self) -> None:
        catch = [{"default": [policy("throw", "2.1.0", name="x", error_status_code="418")]}]
        assert Gateway(api(catch=catch)).ask().status_code == 418


class TestThrow:
    def test_the_status_and_the_message_are_the_definitions(self) -> None:
        throwing = policy(
            "throw",
            "2.1.0",
            name="too-sad",
            error_status_code="422",
            error_status_reason="Too Sad",
            message="$(request.body.variables.Query) is too sad",
        )
        assert Gateway(api([throwing])).ask().json() == {
            "httpCode": "422",
            "httpMessage": "Too Sad",
            "moreInformation": "Good. is too sad",
        }

    def test_without_a_status_it_is_500(self) -> None:
        assert Gateway(api([policy("throw", name="x")])).ask().status_code == 500


class TestSetVariable:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("$(request.verb) $(request.path)", "POST /sentiment/analyse"),
            ("$(request.body.messages.0.content)", "How is it?"),
            ("$(request.headers.x-mine)", "1"),
            ("$(request.parameters.lang)", "en"),
            ("$(request.querystring)", "lang=en"),
            ("$(client.app.id) of $(client.org.name)", f"{CLIENT_ID} of readers"),
            ("$(client.app.name)", "website"),
            ("$(plan.name) $(plan.id)", "default reviews:1.0.0:default"),
            ("$(api.name) $(api.version) $(api.root)", "sentiment 1.0.0 /sentiment"),
            ("$(api.operation.id)", "analyse"),
            ("$(backend-url) $(api.properties.backend-url)", "http://b http://b"),
            ("[$(request.headers.not-there)]", "[]"),
            ("[$(request.body.not.there)]", "[]"),
            ("$(message.headers.x-mine)", "1"),
            ("cost: $5", "cost: $5"),
        ],
    )
    def test_references_are_resolved(self, value: str, text: str) -> None:
        gateway = Gateway(api([says(value)], backend="http://b"))
        assert gateway.ask({"X-Mine": "1"}, params={"lang": "en"}).text == text

    def test_a_whole_reference_keeps_its_kind(self) -> None:
        answer = Gateway(api([says("$(request.body.variables)")])).ask()
        assert answer.json() == {"Query": "Good."}
        assert answer.headers["content-type"] == "application/json"

    def test_own_variables_are_a_tree(self) -> None:
        steps = setting(
            {"set": "book.title", "value": "Emma"},
            {"set": "book.year", "value": "1815", "type": "number"},
            {"clear": "book.title"},
        )
        assert Gateway(api([steps, says("$(book)")])).ask().json() == {"year": 1815}

    def test_headers_are_set_and_added(self) -> None:
        steps = setting(
            {"set": "message.headers.X-Shop", "value": "a"},
            {"add": "message.headers.x-shop", "value": "b"},
        )
        assert Gateway(api([steps])).ask().headers["x-shop"] == "a, b"

    def test_a_value_cannot_begin_another_header(self, backend: Backend) -> None:
        steps = setting({"set": "message.headers.x-query", "value": "$(request.body.variables.Q)"})
        gateway = Gateway(api([steps, INVOKE], backend=backend.url))
        answer = gateway.ask(json={"variables": {"Q": "a\r\nX-Admin: yes"}})
        assert (answer.status_code, answer.json()["httpCode"]) == (400, "400")
        assert backend.seen == []

    @pytest.mark.parametrize(
        "action",
        [
            {"set": "message.status.code", "value": "abc"},
            {"set": "message.status.code", "value": "99"},
            {"set": "n", "value": "many", "type": "number"},
            {"set": "b", "value": "maybe", "type": "boolean"},
        ],
        ids=lambda action: action["value"],
    )
    def test_a_value_that_does_not_fit_is_a_property_error(self, action: dict[str, Any]) -> None:
        catch = [{"errors": ["PropertyError"], "execute": [says("caught")]}]
        assert Gateway(api([setting(action)])).ask().json()["httpCode"] == "500"
        assert Gateway(api([setting(action)], catch)).ask().text == "caught"


class TestOperationSwitch:
    def gateway(self, *cases: dict[str, Any]) -> Gateway:
        document = api([policy("operation-switch", case=[*cases])])
        analyse = document["paths"]["/analyse"]["post"]
        document["paths"]["/learn"] = {"put": {**analyse, "operationId": "learn"}}
        nameless = {name: value for name, value in analyse.items() if name != "operationId"}
        document["paths"]["/forget/{id}"] = {
            "post": nameless,
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
            ],
        }
        return Gateway(document)

    def test_the_first_case_that_lists_the_operation_runs(self) -> None:
        gateway = self.gateway(
            {"operations": [{"operationId": "learn"}], "execute": [says("learned")]},
            {
                "operations": [{"verb": "POST", "path": "/analyse"}, {"operationId": "learn"}],
                "execute": [says("analysed")],
            },
            {
                "operations": [{"verb": "post", "path": "/forget/{id}"}],
                "execute": [says("forgot $(request.parameters.id)")],
            },
        )
        assert gateway.ask().text == "analysed"
        assert gateway.ask(method="PUT", path="/sentiment/learn").text == "learned"
        assert gateway.ask(path="/sentiment/forget/7").text == "forgot 7"

    def test_an_operation_without_an_id_fits_no_case_by_id(self) -> None:
        gateway = self.gateway(
            {"operations": [{"operationId": "learn"}], "execute": [says("learned")]}
        )
        assert gateway.ask(path="/sentiment/forget/7").text != "learned"


class TestClientSecurity:
    """The policy finds the application wherever the definition says; `security` is off here."""

    def ask(self, method: str, request: dict[str, Any], **properties: Any) -> Any:
        names = {"id_name": "my-id", "secret_name": "my-secret"} if method != "http" else {}
        security = policy(
            "client-security", extract_credential_method=method, **{**names, **properties}
        )
        operation = {**OPEN, "requestBody": {"content": {"*/*": {}}}}
        gateway = Gateway(api([security, says("hello $(client.app.name)")], operation=operation))
        return gateway.client.post("/sentiment/analyse", **request)

    @pytest.mark.parametrize(
        ("method", "request_"),
        [
            ("header", {"headers": {"My-Id": CLIENT_ID, "My-Secret": CLIENT_SECRET}}),
            ("query", {"params": {"my-id": CLIENT_ID, "my-secret": CLIENT_SECRET}}),
            ("form", {"data": {"my-id": CLIENT_ID, "my-secret": CLIENT_SECRET}}),
            (
                "cookie",
                {"headers": {"Cookie": f"my-id={CLIENT_ID}; my-secret={CLIENT_SECRET}"}},
            ),
            ("http", {"auth": (CLIENT_ID, CLIENT_SECRET)}),
        ],
    )
    def test_credentials_are_found(self, method: str, request_: dict[str, Any]) -> None:
        assert self.ask(method, request_).text == "hello website"

    def test_a_variable_of_the_context_may_hold_them(self) -> None:
        names = {"id_name": "request.body.id", "secret_name": "request.body.secret"}
        body = {"json": {"id": CLIENT_ID, "secret": CLIENT_SECRET}}
        assert self.ask("context-var", body, **names).text == "hello website"

    @pytest.mark.parametrize(
        ("method", "request_"),
        [
            ("header", {}),
            ("header", {"headers": {"My-Id": CLIENT_ID}}),
            ("header", {"headers": {"My-Id": CLIENT_ID, "My-Secret": "wrong"}}),
            ("query", {"params": {"my-id": CLIENT_ID, "my-secret": "wrong"}}),
            ("form", {"content": f"my-id={CLIENT_ID}&my-secret={CLIENT_SECRET}"}),
            ("form", {"content": b"\xff", "headers": {"Content-Type": "multipart/form-data"}}),
            ("cookie", {"headers": {"Cookie": "=;;;=\x01"}}),
            ("http", {"headers": {"Authorization": "Basic !!!"}}),
            ("http", {"headers": {"Authorization": "Bearer x"}}),
            (
                "http",
                {"headers": {"Authorization": b"Basic " + base64.b64encode(b"no-colon")}},
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_wrong_malformed_and_missing_ones_are_401(
        self, method: str, request_: dict[str, Any]
    ) -> None:
        answer = self.ask(method, request_)
        assert (answer.status_code, answer.json()["moreInformation"]) == (
            401,
            "Invalid client id or secret.",
        )

    def test_without_secret_required_the_id_is_enough(self) -> None:
        request = {"headers": {"My-Id": CLIENT_ID}}
        assert self.ask("header", request, secret_required=False).text == "hello website"

    def test_with_stop_on_error_off_the_assembly_goes_on_without_a_client(self) -> None:
        assert self.ask("header", {}, stop_on_error=False).text == "hello "


class TestRateLimit:
    def test_the_plans_default_counts_at_this_point(self) -> None:
        limit = policy("ratelimit", source="plan-default")
        gateway = Gateway(api([limit, says("in")]), product({"default": {"value": "3/1week"}}))
        answers = [gateway.ask() for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert answers[0].headers["x-ratelimit-limit"] == "name=default,3; name=default,3;"

    def test_a_named_limit_of_the_catalog_refuses_by_its_own_error(self) -> None:
        limit = policy("ratelimit", "2.3.0", source="catalog-named", rate_limit=["twice"])
        services = Services(named_limits={"catalog-named": {"twice": Limit(2, 604800, "twice")}})
        gateway = Gateway(api([limit, says("in")]), services=services)
        assert [gateway.ask().status_code for _ in range(3)] == [200, 200, 429]
        answer = gateway.ask().json()
        assert answer["moreInformation"] == "Assembly Rate Limit exceeded"

    def test_its_error_can_be_caught(self) -> None:
        limit = policy("ratelimit", source="gateway-named", rate_limit=["none"])
        services = Services(named_limits={"gateway-named": {"none": Limit(0, 60, "none")}})
        throwing = policy("throw", "2.1.0", name="later", error_status_code="503")
        catch = [{"errors": ["AssemblyRateLimitError"], "execute": [throwing]}]
        gateway = Gateway(api([limit], catch), services=services)
        assert gateway.ask().status_code == 503

    def test_a_limit_of_the_plan_by_name(self) -> None:
        limit = policy("ratelimit", source="plan-named", rate_limit=["dear"])
        limits = {"default": {"value": "9/1week"}, "dear": {"value": "2/1week"}}
        gateway = Gateway(api([limit, says("in")]), product(limits))
        assert [gateway.ask().status_code for _ in range(3)] == [200, 200, 429]

    def test_calls_without_a_client_are_counted_together(self) -> None:
        limit = policy("ratelimit", source="catalog-named", rate_limit=["once"])
        services = Services(named_limits={"catalog-named": {"once": Limit(1, 604800, "once")}})
        gateway = Gateway(api([limit, says("in")], operation=OPEN), services=services)
        assert [gateway.ask({"X-IBM-Client-Id": str(n)}).status_code for n in range(2)] == [
            200,
            429,
        ]


class TestInvoke:
    def seen(self, backend: Backend, request: dict[str, Any] | None = None, **properties: Any):  # type: ignore[no-untyped-def]
        invoke = policy("invoke", **{"target_url": f"{backend.url}/analyse", **properties})
        answer = Gateway(api([invoke])).ask(**(request or {}))
        assert answer.status_code == 200, answer.text
        return backend.seen[0]

    def test_verb_keep_is_the_default(self, backend: Backend) -> None:
        assert self.seen(backend)["method"] == "POST"

    def test_a_get_carries_no_body(self, backend: Backend) -> None:
        seen = self.seen(backend, verb="GET")
        assert (seen["method"], seen["body"]) == ("GET", "")

    def test_query_parameters_stay_here_by_default(self, backend: Backend) -> None:
        assert self.seen(backend, {"params": {"a": "1"}})["path"] == "/analyse"

    def test_parameter_control_lets_them_pass(self, backend: Backend) -> None:
        control = {"type": "blacklist", "values": ["^secret$"]}
        asked = {"params": {"a": "1 2", "secret": "x"}}
        assert self.seen(backend, asked, parameter_control=control)["path"] == "/analyse?a=1+2"

    def test_an_allowlist_of_headers(self, backend: Backend) -> None:
        control = {"type": "allowlist", "values": ["^content-type$"]}
        headers = self.seen(backend, {"headers": {"X-Mine": "1"}}, header_control=control)
        assert "x-mine" not in headers["headers"]
        assert headers["headers"]["content-type"] == "application/json"

    def test_user_and_password_become_basic_authentication(self, backend: Backend) -> None:
        seen = self.seen(backend, username="shop", password="p")
        assert seen["headers"]["authorization"] == f"Basic {base64.b64encode(b'shop:p').decode()}"

    def test_what_a_client_sent_cannot_leave_its_place_in_the_url(self, backend: Backend) -> None:
        seen = self.seen(
            backend,
            {"params": {"id": "../admin?x=1#"}},
            target_url=f"{backend.url}/books/$(request.parameters.id)",
        )
        assert seen["path"] == "/books/..%2Fadmin%3Fx%3D1%23"

    def test_path_and_query_can_be_handed_on_whole(self, backend: Backend) -> None:
        seen = self.seen(
            backend,
            {"params": {"a": "1 2"}},
            target_url=f"{backend.url}$(request.path)$(request.search)",
            verb="keep",
        )
        assert seen["path"] == "/sentiment/analyse?a=1+2"

    def test_an_empty_user_is_none(self, backend: Backend) -> None:
        assert "authorization" not in self.seen(backend, username="", password="")["headers"]

    def test_the_answer_goes_into_a_variable(self, backend: Backend) -> None:
        invoke = policy("invoke", target_url=f"{backend.url}/analyse", output="first")
        told = says("$(first.status.code) $(first.headers.x-backend) $(first.body)")
        answer = Gateway(api([invoke, told])).ask()
        assert answer.text == '200 sentiment {"sentiment": "positive"}'

    def test_the_backends_headers_reach_the_client(self, backend: Backend) -> None:
        answer = Gateway(api(backend=backend.url)).ask()
        assert answer.headers["x-backend"] == "sentiment"
        assert answer.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; Path=/"]

    def test_a_coding_that_the_gateway_cannot_decode_is_not_asked_for(
        self, backend: Backend
    ) -> None:
        seen = self.seen(backend, {"headers": {"Accept-Encoding": "exotic"}})
        assert "exotic" not in seen["headers"]["accept-encoding"]

    @pytest.mark.parametrize("url", ["ftp://x", "$(request.parameters.url)", "http://[::1", "x"])
    def test_an_address_that_is_none_is_an_error(self, url: str) -> None:
        gateway = Gateway(
            api([policy("invoke", target_url=url, stop_on_error=["ConnectionError"])])
        )
        answer = gateway.ask(params={"url": "http://elsewhere"})
        assert (answer.status_code, answer.json()["httpCode"]) == (500, "500")

    def test_a_header_that_is_no_ascii_is_passed_on_or_refused(self, backend: Backend) -> None:
        gateway = Gateway(api(backend=backend.url))
        answer = gateway.client.post(
            "/sentiment/analyse",
            headers=[
                (b"x-ibm-client-id", CLIENT_ID.encode()),
                (b"x-ibm-client-secret", CLIENT_SECRET.encode()),
                (b"x-name", b"Bront\xeb"),
            ],
            json={},
        )
        assert answer.status_code == 200, answer.text
