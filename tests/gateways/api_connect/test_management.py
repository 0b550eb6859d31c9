"""The management API: publish, register, subscribe, switch off; and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateways.api_connect.bookshop import (
    CLIENT_ID,
    CLIENT_SECRET,
    TOKEN,
    Backend,
    Gateway,
    api,
    product,
)

BEARER = {"Authorization": f"Bearer {TOKEN}"}
PUBLISH = "/api/catalogs/bookshop/sandbox/publish"
APPS = "/api/consumer-orgs/bookshop/sandbox/readers/apps"
WEBSITE = "/api/apps/bookshop/sandbox/readers/website"


def send(of: Gateway, method: str, path: str, body: Any = None, **more: Any) -> Any:
    """A call of somebody who may."""
    return of.client.request(method, path, headers=BEARER, json=body, **more)


@pytest.fixture
def gateway(backend: Backend) -> Gateway:
    return Gateway(api(backend=backend.url))


def test_from_publishing_to_the_first_call(gateway: Gateway, backend: Backend) -> None:
    document = api(
        backend=backend.url,
        info={"title": "Reviews", "version": "2.0.0", "x-ibm-name": "reviews"},
        servers=[{"url": "/reviews"}],
    )
    offered = product() | {
        "info": {"name": "more", "title": "More", "version": "1.0.0"},
        "apis": {"reviews": {"name": "reviews:2.0.0"}},
    }
    published = send(gateway, "POST", PUBLISH, {"product": offered, "openapis": [document]})
    assert (published.status_code, published.json()["apis"]) == (201, ["reviews:2.0.0"])
    app = send(gateway, "POST", APPS, {"name": "mobile"}).json()
    keys = {
        "X-IBM-Client-Id": app["client_id"],
        "X-IBM-Client-Secret": app["client_secret"],
    }
    call = {"method": "POST", "url": "/reviews/analyse", "headers": keys, "json": {}}
    assert gateway.client.request(**call).status_code == 401
    path = "/api/apps/bookshop/sandbox/readers/mobile/subscriptions"
    subscribed = send(gateway, "POST", path, {"product": "more:1.0.0", "plan": "default"})
    assert (subscribed.status_code, subscribed.json()["state"]) == (201, "enabled")
    assert gateway.client.request(**call).status_code == 200


def test_a_secret_is_shown_once_and_kept_as_a_hash(gateway: Gateway) -> None:
    app = send(gateway, "POST", APPS, {"name": "mobile"}).json()
    listed = send(gateway, "GET", APPS)
    assert app["client_id"] in listed.text
    assert app["client_secret"] not in listed.text + gateway.printed
    kept = gateway.dialect.services.consumers.find("readers", "mobile")
    assert app["client_secret"] not in repr(kept)


def test_an_application_is_switched_off_and_on(gateway: Gateway) -> None:
    assert send(gateway, "PATCH", WEBSITE, {"state": "disabled"}).json()["state"] == "disabled"
    assert gateway.ask().status_code == 403
    send(gateway, "PATCH", WEBSITE, {"state": "enabled"})
    assert gateway.ask().status_code == 200


def test_a_plan_with_approval_waits_for_it(backend: Backend) -> None:
    gateway = Gateway(api(backend=backend.url), product(approval=True))
    path = f"{WEBSITE}/subscriptions/reviews:1.0.0"
    assert gateway.ask().status_code == 401
    assert send(gateway, "PATCH", path, {"state": "enabled"}).json()["state"] == "enabled"
    assert gateway.ask().status_code == 200
    assert send(gateway, "PATCH", path, {"state": "enabled"}).status_code == 400


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"bearer  {TOKEN} x", TOKEN],
)
def test_nobody_else_may(authorization: str | None, gateway: Gateway) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = gateway.client.get(APPS, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (401, 401)
    assert TOKEN not in gateway.printed


def test_a_client_of_the_api_may_not(gateway: Gateway) -> None:
    keys = {"X-IBM-Client-Id": CLIENT_ID, "X-IBM-Client-Secret": CLIENT_SECRET}
    assert gateway.client.get(APPS, headers=keys).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "sentence"),
    [
        ("GET", "/api/nothing", None, 404, "no API has this path"),
        ("PUT", APPS, {}, 405, "this path takes GET, POST"),
        ("GET", APPS.replace("sandbox", "production"), None, 404, "there is no such organization"),
        ("POST", APPS, {"name": "website"}, 400, "readers/website: this application is there"),
        ("POST", APPS, {"name": "Web Site"}, 400, "application: 'Web Site' has other signs than"),
        ("POST", APPS, {}, 400, "name: this is missing, or of another kind"),
        ("POST", APPS, {"name": "a", "colour": "x"}, 400, "there is no member 'colour' here"),
        ("POST", APPS, [], 400, "the body is not a JSON object"),
        ("PATCH", WEBSITE, {"state": "asleep"}, 400, "state: this is none of enabled, disabled"),
        ("PATCH", WEBSITE.replace("website", "webiste"), {"state": "enabled"}, 404,
         "readers/webiste: there is no such application; did you mean website?"),
        ("POST", f"{WEBSITE}/subscriptions", {"product": "review:1.0.0", "plan": "default"}, 400,
         "product: review:1.0.0 is not published; did you mean reviews:1.0.0?"),
        ("POST", f"{WEBSITE}/subscriptions", {"product": "reviews:1.0.0", "plan": "gold"}, 400,
         "plan: reviews:1.0.0 has no plan gold"),
        ("POST", PUBLISH, {"product": product(), "openapis": [api([{"invok": {}}])]}, 400,
         "x-ibm-configuration.assembly.execute[0]: there is no policy invok; did you mean invoke?"),
        ("POST", PUBLISH, {"product": product(), "openapis": []}, 400,
         "apis.sentiment.name: there is no API sentiment:1.0.0"),
        ("POST", PUBLISH, {"product": product(), "openapis": [7]}, 400,
         "openapis[0]: an API is an object"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    method: str, path: str, body: Any, status: int, sentence: str, gateway: Gateway
) -> None:
    answer = send(gateway, method, path, body)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.json()["message"][0].startswith(sentence)
    assert gateway.ask().status_code == 200


def test_without_a_token_of_its_own_the_management_api_is_closed(gateway: Gateway) -> None:
    gateway.dialect._management._token = ""
    assert gateway.client.get(APPS, headers={"Authorization": "Bearer x"}).status_code == 401
