"""A client's call: prompt variables, answers, errors in APIPark's words, limits, the log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolelab.gateways.core.limits import Limit
from rolelab.gateways.core.refused import Reason, Refused
from tests.gateways.apipark.park import CHAT, KEY, MODEL, PATH, Park


def test_the_variable_of_the_body_becomes_part_of_the_system_message(park: Park) -> None:
    answer = park.call().json()
    (call,) = park.model.calls
    assert call.system.endswith("positive, negative or mixed. Explain best practices.")
    assert call.messages == (("user", "How do I secure my AWS environment?"),)
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": "positive"}
    assert answer["usage"] == {"prompt_tokens": 20, "completion_tokens": 1, "total_tokens": 21}


def test_a_value_that_looks_like_a_variable_is_not_filled_in_again(park: Park) -> None:
    park.call(body={**CHAT, "variables": {"Query": "{{Query}} {{Other}}"}})
    assert park.model.calls[0].system.endswith("{{Query}} {{Other}}")


@pytest.mark.parametrize(
    ("asked", "used"),
    [
        pytest.param({}, MODEL, id="the service's own model"),
        pytest.param({"model": "meta.llama3-8b-instruct-v1:0"}, "meta.llama3-8b-instruct-v1:0",
                     id="the model of the body"),
        pytest.param({"model": "bedrock/amazon.nova-pro-v1:0"}, "amazon.nova-pro-v1:0",
                     id="provider/model"),
    ],
)  # fmt: skip
def test_the_chat_of_the_service_takes_a_model(park: Park, asked: Any, used: str) -> None:
    answer = park.call(path="/sentiment/chat/completions", body={**CHAT, **asked})
    assert answer.status_code == 200
    assert park.model.calls[0].model == used


BODIES: list[Any] = [
    pytest.param(b"{", "not valid JSON", id="a body that is not JSON"),
    pytest.param(b"[]", "not a JSON object", id="a body that is a list"),
    pytest.param(b'{"a": 1, "a": 2}', "not valid JSON", id="a member that is there twice"),
    pytest.param(b'{"a": NaN}', "not valid JSON", id="NaN"),
    pytest.param(b"[" * 100_000, "not valid JSON", id="a body that is nested too deep"),
    pytest.param(b"\xff\xfe", "not valid JSON", id="a body that is no text"),
    pytest.param({}, "messages is a list", id="no messages"),
    pytest.param({**CHAT, "messages": []}, "messages is a list", id="an empty list of messages"),
    pytest.param({**CHAT, "messages": ["x"]}, "a message is an object", id="a text as a message"),
    pytest.param({**CHAT, "messages": [{"role": "root", "content": "x"}]}, "a role is one of",
                 id="an unknown role"),
    pytest.param({**CHAT, "messages": [{"role": "user", "content": 1}]}, "content is a text",
                 id="a number as content"),
    pytest.param({**CHAT, "messages": [{"role": "user", "content": " "}]}, "not blank",
                 id="blank content"),
    pytest.param({**CHAT, "variables": {}}, "variables is required", id="no variables"),
    pytest.param({**CHAT, "variables": {"query": "x"}}, "variable Query is required",
                 id="a required variable is missing"),
    pytest.param({**CHAT, "variables": {"Query": 1}}, "an object of strings",
                 id="a number as a variable"),
    pytest.param({**CHAT, "variables": "x"}, "an object of strings", id="variables are no object"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "says"), BODIES)
def test_a_body_that_does_not_fit_is_refused_in_apiparks_shape(
    park: Park, body: Any, says: str
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = park.call(content=content)
    assert answer.status_code == 400
    assert answer.json()["code"] == -1
    assert says in answer.json()["error"]
    assert park.call().status_code == 200


def test_a_body_that_is_too_large_is_refused(park: Park) -> None:
    answer = park.call(content=b"x" * 1_000_001)
    assert (answer.status_code, answer.json()["code"]) == (413, -1)


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        pytest.param(Reason.BACKEND_DOWN, 502, id="a backend that is down"),
        pytest.param(Reason.BACKEND_SLOW, 504, id="a backend that is slow"),
        pytest.param(Reason.BACKEND_GARBAGE, 502, id="a backend that speaks garbage"),
        pytest.param(Reason.BACKEND_REFUSED, 502, id="a backend that refuses the gateway"),
    ],
)
def test_a_backend_that_fails(park: Park, reason: Reason, status: int) -> None:
    park.model.fails = [Refused(reason, "the model failed")]
    answer = park.call()
    assert (answer.status_code, answer.json()) == (
        status,
        {"code": -1, "error": "the model failed"},
    )
    assert park.log[-1]["reason"] == reason.value
    assert park.call().status_code == 200


def test_a_mistake_of_the_gateway_shows_no_secret_and_the_gateway_stays_up(park: Park) -> None:
    park.model.fails = [RuntimeError(f"something with {KEY}")]
    answer = park.call()
    assert (answer.status_code, answer.json()["code"]) == (500, -1)
    assert KEY not in park.printed.getvalue() + answer.text
    assert park.log[-1]["error"].startswith("RuntimeError in ask (park.py:")
    assert park.call().status_code == 200


def test_a_router_asks_again_only_where_the_model_could_not_be_reached(park: Park) -> None:
    service = park.make_service("patient")
    park.put_router(service, retry=2)
    park.publish(service)
    park.do("POST", "service/subscriber", {"application": park.app}, service=service)
    park.model.fails = [Refused(Reason.BACKEND_DOWN), Refused(Reason.BACKEND_DOWN)]
    assert park.call(path="/patient/analyse").status_code == 200
    park.model.fails = [Refused(Reason.BACKEND_REFUSED, "no"), Refused(Reason.BACKEND_DOWN)]
    assert park.call(path="/patient/analyse").status_code == 502


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        pytest.param("/sentiment/unknown", "POST", 404, id="a path that no API has"),
        pytest.param(PATH, "GET", 405, id="a method that the path does not take"),
        pytest.param("/", "POST", 404, id="the root"),
    ],
)
def test_no_route(park: Park, path: str, method: str, status: int) -> None:
    answer = park.client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, -1)


# --- subscriptions and limits -----------------------------------------------------------------


def test_an_application_without_a_subscription_is_forbidden(park: Park) -> None:
    other = park.make_service("other")
    park.put_router(other)
    park.publish(other)
    answer = park.call(path="/other/analyse")
    assert (answer.status_code, answer.text) == (403, "Forbidden")


def test_the_limit_is_counted_down_in_headers_and_then_refuses_with_429() -> None:
    park = Park([Limit(2, 60, "minute")])
    shown = [park.call().headers["x-rate-limit-count-minute"] for _ in range(2)]
    assert shown == ["1/2", "2/2"]
    refused = park.call()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert refused.text == "[rate_limiting] API rate limit of minute exceeded"
    park.now += 60
    assert park.call().status_code == 200


def test_a_call_without_a_credential_uses_nothing_up() -> None:
    park = Park([Limit(1, 60, "minute")])
    for _ in range(3):
        assert park.call(token="wrong").status_code == 401
    assert park.call().status_code == 200


# --- masking, log, statistics -----------------------------------------------------------------


def test_data_masking_hides_a_phone_number_in_the_answer(park: Park) -> None:
    rule = {
        "match": {"type": "inner", "value": "phone"},
        "mask": {"type": "partial-masking", "begin": 3, "length": 4},
    }
    strategy = {"name": "phones", "config": {"rules": [rule]}}
    park.do("POST", "strategy/service/data-masking", strategy, service=park.service)
    park.model.text = "call 13812345678"
    assert "138****5678" in park.call().text


def test_the_log_line_has_apiparks_fields_and_no_secret(park: Park) -> None:
    answer = park.call()
    line = park.log[-1]
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["application"], line["provider"]) == (park.app, park.service)
    assert (line["ai_provider"], line["ai_model"]) == ("bedrock", MODEL)
    assert (line["ai_model_input_token"], line["ai_model_total_token"]) == (20, 21)
    assert (line["status"], line["src_ip"]) == (200, "testclient")
    assert line["request_time"] > 0
    for secret in (KEY, "How do I secure", "Explain best"):
        assert secret not in park.printed.getvalue()


def test_every_answer_says_that_it_is_a_simulation_and_of_which_version(park: Park) -> None:
    answers = (park.call(), park.call("wrong"), park.client.get("/openapi.json"))
    for answer in answers:
        assert answer.headers["x-simulation"] == "APIPark 9192b39 (rolelab)"


def test_statistics_count_client_calls_and_not_management(park: Park) -> None:
    park.call()
    park.call("wrong")
    park.model.fails = [Refused(Reason.BACKEND_DOWN)]
    park.call()
    summary = park.do("POST", "monitor/overview/summary", {})
    assert summary["request_summary"] == {
        "total": 3, "success": 1, "fail": 2, "status_4xx": 1, "status_5xx": 1,
    }  # fmt: skip
    assert summary["proxy_summary"]["total"] == 2
    (top,) = park.do("POST", "monitor/overview/top10", {"data_type": "application"})["top10"]
    assert (top["id"], top["request_total"], top["request_rate"]) == (park.app, 2, 0.5)
    logs = park.do("GET", "service/logs/ai", service=park.service)
    assert (logs["total"], logs["logs"][0]["status"]) == (3, 502)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x-request-id", id="the gateway makes the request id itself"),
        pytest.param("x-simulation", id="a client cannot say what is simulated"),
        pytest.param("x-forwarded-for", id="a client cannot say where it calls from"),
        pytest.param("x-consumer-id", id="a client cannot say which application it is"),
    ],
)
def test_headers_that_only_the_gateway_writes(park: Park, name: str) -> None:
    answer = park.call(headers={name: "forged"})
    assert answer.status_code == 200
    assert "forged" not in str(answer.headers) + park.printed.getvalue()
