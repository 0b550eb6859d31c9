"""The management calls: who may make them, what they refuse, and the lifecycles they move."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateways.apipark.park import ADMIN_PASSWORD, API_KEY, KEY, MODEL, ROUTER, Park

LOGIN = "/api/v1/account/login/username"


# --- who may make them ------------------------------------------------------------------------


def test_without_a_session_the_management_is_forbidden(park: Park) -> None:
    park.client.cookies.clear()
    answer = park.client.get("/api/v1/team/services", params={"team": "books"})
    assert (answer.status_code, answer.json()) == (403, {"code": 403, "message": "not login"})


@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("admin", "12345678", id="the product's default where another was set"),
        pytest.param("Admin", ADMIN_PASSWORD, id="another name"),
        pytest.param("admin", ADMIN_PASSWORD[:-1], id="a part of the password"),
    ],
)
def test_a_wrong_password_gives_no_session(park: Park, name: str, password: str) -> None:
    park.client.cookies.clear()
    answer = park.client.post(LOGIN, json={"name": name, "password": password})
    assert answer.json()["code"] == -1
    assert "set-cookie" not in answer.headers
    assert password not in park.printed.getvalue()


def test_a_session_ends_when_it_is_signed_out_and_after_a_day(park: Park) -> None:
    assert park.client.get("/api/v1/account/logout").json()["code"] == 0
    assert park.ask("GET", "team/services", team="books")["code"] == 403
    park.sign_in()
    park.now += 24 * 3600
    assert park.ask("GET", "team/services", team="books")["code"] == 403


@pytest.mark.parametrize(
    ("key", "status"),
    [
        pytest.param(f"Bearer {API_KEY}", 200, id="the key"),
        pytest.param("Bearer 37eb0ebf", 403, id="the product's default where another was set"),
        pytest.param("", 403, id="an empty header"),
        pytest.param(None, 403, id="no header"),
    ],
)
def test_openapi_calls_take_the_key_as_a_bearer(park: Park, key: str | None, status: int) -> None:
    park.client.cookies.clear()
    headers = {} if key is None else {"authorization": key}
    body = {"name": "x", "driver": "apikey", "config": {"apikey": "one-more"}}
    answer = park.client.post(
        "/openapi/v1/app/authorization", params={"app": park.app}, json=body, headers=headers
    )
    assert answer.status_code == status
    if status == 403:
        assert answer.json() == {"code": -8, "success": "fail", "msg": "invalid token"}
    else:
        assert park.call("one-more").status_code == 200


# --- what they refuse -------------------------------------------------------------------------

SERVICE = {
    "name": "x",
    "prefix": "x",
    "service_kind": "ai",
    "provider": "bedrock",
    "model": MODEL,
}
REFUSED: list[Any] = [
    pytest.param("team/service", {"team": "t"}, {**SERVICE, "prefx": "y"}, "did you mean 'prefix'",
                 id="a typo in a service"),
    pytest.param("team/service", {"team": "t"}, {**SERVICE, "service_kind": "rest"},
                 "must be one of ai", id="a kind that is not modelled"),
    pytest.param("team/service", {"team": "t"}, {**SERVICE, "prefix": "api"}, "the gateway itself",
                 id="a prefix of the gateway itself"),
    pytest.param("team/service", {"team": "t"}, {**SERVICE, "prefix": "a b"}, "not fit pattern",
                 id="a prefix that is no path"),
    pytest.param("team/service", {}, SERVICE, "query parameter team is required",
                 id="a query parameter is missing"),
    pytest.param("service/ai-router", {"service": "none"}, ROUTER, "service not found",
                 id="a router of no service"),
    pytest.param("app/authorization", {"app": "none"},
                 {"name": "x", "driver": "apikey", "config": {}}, "app not found",
                 id="a credential of no application"),
    pytest.param("app/authorization", {"app": "none"},
                 {"name": "x", "driver": "apiKey", "config": {}}, "must be one of apikey",
                 id="a driver that there is not"),
    pytest.param("catalogue/service/subscribe", {}, {"service": "none", "applications": ["x"]},
                 "service not found", id="a subscription to no service"),
    pytest.param("monitor/overview/top10", {}, {"data_type": "x"}, "must be one of",
                 id="statistics of nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "query", "body", "says"), REFUSED)
def test_a_definition_that_cannot_be_used_says_why(
    park: Park, path: str, query: dict[str, str], body: Any, says: str
) -> None:
    answer = park.ask("POST", path, body, **query)
    assert (answer["code"], answer["success"]) == (-1, "fail")
    assert says in answer["msg"]


def test_a_management_path_that_there_is_not_has_status_404(park: Park) -> None:
    answer = park.client.get("/api/v1/unknown")
    assert (answer.status_code, answer.json()["success"]) == (404, "fail")


def test_two_routers_of_a_service_cannot_have_one_path(park: Park) -> None:
    answer = park.ask("POST", "service/ai-router", ROUTER, service=park.service)
    assert "the router analyse of this service has it already" in answer["msg"]


def test_the_settings_of_a_credential_are_shown_to_the_administrator(park: Park) -> None:
    listed = park.do("GET", "app/authorizations", app=park.app)["authorizations"]
    assert "config" not in listed[0]
    one = park.do("GET", "app/authorization", app=park.app, authorization=listed[0]["id"])
    assert one["authorization"]["config"] == {"apikey": KEY}


# --- publishing -------------------------------------------------------------------------------


@pytest.fixture
def draft() -> Park:
    """A service with a router that nobody has published."""
    park = Park(published=False)
    park.put_router()
    park.authorize("apikey", {"apikey": KEY})
    park.do("POST", "service/subscriber", {"application": park.app}, service=park.service)
    return park


def applied(park: Park, version: str = "1.0") -> str:
    release = park.do("POST", "service/release", {"version": version}, service=park.service)
    body = {"release": release["release"]["id"]}
    return str(
        park.do("POST", "service/publish/apply", body, service=park.service)["publish"]["id"]
    )


def status(park: Park, publish: str) -> str:
    answer = park.do("GET", "service/publish", service=park.service, id=publish)
    return str(answer["publish"]["status"])


STEPS: dict[str, tuple[str, Any]] = {
    "accept": ("PUT", {}),
    "refuse": ("PUT", {}),
    "execute": ("PUT", None),
    "stop": ("DELETE", None),
    "close": ("DELETE", None),
}


def step(park: Park, publish: str, name: str) -> dict[str, Any]:
    method, body = STEPS[name]
    path = f"service/publish/{name}"
    return park.ask(method, path, body, service=park.service, id=publish)


def test_what_is_not_published_is_not_served(draft: Park) -> None:
    assert draft.call().status_code == 404
    publish = applied(draft)
    assert draft.call().status_code == 404
    step(draft, publish, "accept")
    assert draft.call().status_code == 404
    step(draft, publish, "execute")
    assert draft.call().status_code == 200


@pytest.mark.parametrize(
    ("steps", "ends"),
    [
        pytest.param([], "apply", id="a publication begins with the wish"),
        pytest.param(["accept"], "accept", id="accepted"),
        pytest.param(["refuse"], "refuse", id="refused"),
        pytest.param(["close"], "close", id="closed by whoever asked"),
        pytest.param(["stop"], "close", id="stopped before it was accepted: closed"),
        pytest.param(["accept", "stop"], "stop", id="stopped after it was accepted"),
        pytest.param(["accept", "execute"], "done", id="brought to the gateway"),
    ],
)
def test_the_lifecycle_of_a_publication(draft: Park, steps: list[str], ends: str) -> None:
    publish = applied(draft)
    for each in steps:
        assert step(draft, publish, each)["code"] == 0
    assert status(draft, publish) == ends


@pytest.mark.parametrize(
    ("steps", "last"),
    [
        pytest.param([], "execute", id="nothing is published that was not accepted"),
        pytest.param(["refuse"], "accept", id="what was refused stays refused"),
        pytest.param(["accept", "execute"], "stop", id="what is done cannot be stopped"),
    ],
)
def test_steps_that_the_lifecycle_does_not_have(draft: Park, steps: list[str], last: str) -> None:
    publish = applied(draft)
    for each in steps:
        step(draft, publish, each)
    before = status(draft, publish)
    assert "not allowed in the status" in step(draft, publish, last)["msg"]
    assert status(draft, publish) == before


def test_clients_meet_the_release_and_not_what_is_edited_since(park: Park) -> None:
    router = park.do("GET", "service/ai-routers", service=park.service)["apis"][0]["id"]
    changed = {**ROUTER, "ai_prompt": {"prompt": "Say no.", "variables": []}}
    park.do("PUT", "service/ai-router", changed, service=park.service, router=router)
    park.call()
    assert "Say no." not in park.model.calls[-1].system
    park.publish(version="1.1")
    park.call()
    assert park.model.calls[-1].system == "Say no."


def test_two_services_with_one_route_collide_when_they_are_published(park: Park) -> None:
    other = park.make_service("sentiment", name="copy")
    park.put_router(other)
    answer = park.ask("POST", "service/publish/release/do", {"version": "1"}, service=other)
    assert "collides with POST /sentiment/" in answer["msg"]
    assert "of the service sentiment" in answer["msg"]
    assert park.call().status_code == 200


def test_a_deleted_service_is_served_no_more(park: Park) -> None:
    park.do("DELETE", "team/service", service=park.service)
    assert park.call().status_code == 404


def test_a_second_publication_waits_for_the_first(draft: Park) -> None:
    publish = applied(draft)
    release = draft.do("POST", "service/release", {"version": "2"}, service=draft.service)
    body = {"release": release["release"]["id"]}
    answer = draft.ask("POST", "service/publish/apply", body, service=draft.service)
    assert "under way" in answer["msg"]
    assert status(draft, publish) == "apply"


# --- subscriptions ----------------------------------------------------------------------------

REFUSED_STATUS, REVIEW, SUBSCRIBED, UNSUBSCRIBED, CANCELLED = range(5)


@pytest.fixture
def asked() -> Park:
    """An application that has asked for a subscription and waits."""
    park = Park(published=False)
    park.put_router()
    park.publish()
    park.authorize("apikey", {"apikey": KEY})
    wish = {"service": park.service, "applications": [park.app], "reason": "reviews"}
    park.do("POST", "catalogue/service/subscribe", wish)
    return park


def subscription(park: Park) -> dict[str, Any]:
    answer = park.do("GET", "application/subscriptions", application=park.app)
    (one,) = answer["subscriptions"]
    found: dict[str, Any] = one
    return found


def approve(park: Park, operate: str) -> dict[str, Any]:
    return park.ask("POST", "service/approval/subscribe", {"operate": operate},
                    service=park.service, apply=subscription(park)["id"])  # fmt: skip


def test_a_subscription_counts_when_it_is_approved_and_until_it_ends(asked: Park) -> None:
    assert subscription(asked)["apply_status"] == REVIEW
    assert asked.call().status_code == 403
    assert approve(asked, "pass")["code"] == 0
    assert subscription(asked)["apply_status"] == SUBSCRIBED
    assert asked.call().status_code == 200
    identifier = subscription(asked)["id"]
    query = {"application": asked.app, "subscription": identifier}
    asked.do("POST", "application/subscription/cancel", None, **query)
    assert subscription(asked)["apply_status"] == UNSUBSCRIBED
    assert asked.call().status_code == 403


def test_a_subscription_that_is_refused_does_not_count(asked: Park) -> None:
    approve(asked, "refuse")
    assert subscription(asked)["apply_status"] == REFUSED_STATUS
    assert asked.call().status_code == 403
    assert approve(asked, "pass")["code"] == -1


def test_the_wish_for_a_subscription_can_be_taken_back(asked: Park) -> None:
    query = {"application": asked.app, "subscription": subscription(asked)["id"]}
    asked.do("POST", "application/subscription/cancel_apply", None, **query)
    assert subscription(asked)["apply_status"] == CANCELLED
    assert asked.call().status_code == 403


def test_a_service_of_the_approval_type_auto_is_subscribed_at_once(park: Park) -> None:
    service = park.make_service("open", approval_type="auto")
    wish = {"service": service, "applications": [park.app]}
    park.do("POST", "catalogue/service/subscribe", wish)
    park.put_router(service)
    park.publish(service)
    assert park.call(path="/open/analyse").status_code == 200
