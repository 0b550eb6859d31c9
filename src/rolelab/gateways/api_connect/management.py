"""The management API, as far as a course needs it: publish, register, subscribe, switch off.

Paths and bodies follow the REST API of API Connect (`/api/consumer-orgs/...`, `/api/apps/...`),
with two differences: `publish` takes product and APIs in one JSON body, not as files, and a fixed
token takes the place of a sign-in. The words of its errors are this simulation's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rolelab.gateways.api_connect.api import read_api
from rolelab.gateways.api_connect.catalog import Catalog
from rolelab.gateways.api_connect.consumers import Application, check_name
from rolelab.gateways.api_connect.errors import phrase_of
from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.api_connect.product import Product, read_product
from rolelab.gateways.api_connect.service_check import check_services
from rolelab.gateways.core.credentials import bearer, required, same
from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.exchange import Caller, Exchange
from rolelab.gateways.core.message import Json, Reply
from rolelab.gateways.core.refused import Reason, Refused
from rolelab.gateways.core.route import Route, RouteTable

Step = Callable[["Management", Mapping[str, str], Mapping[str, Json]], Reply]

PUBLISH = "/api/catalogs/{org}/{catalog}/publish"
APPS = "/api/consumer-orgs/{org}/{catalog}/{consumer_org}/apps"
APP = "/api/apps/{org}/{catalog}/{consumer_org}/{app}"
SUBSCRIPTIONS = f"{APP}/subscriptions"
SUBSCRIPTION = f"{APP}/subscriptions/{{product}}"


class Management:
    """Changes a catalog and its consumers."""

    def __init__(self, catalog: Catalog, services: Services, token: str) -> None:
        self._catalog, self._services, self._token = catalog, services, token
        self._consumers = services.consumers

    def handle(self, exchange: Exchange) -> Reply:
        """Do what a request asks for.

        Raises:
            Refused: nobody may, the path is unknown, or the body is wrong.
        """
        request = exchange.request
        self._authenticate(exchange)
        matched = _ROUTES.match(request.method, request.path)
        exchange.operation = matched.route.name
        values = matched.parameters
        if (values["org"], values["catalog"]) != (self._catalog.organization, self._catalog.name):
            raise Refused(Reason.NO_ROUTE, "there is no such organization and catalog")
        body = request.json() if request.method != "GET" else {}
        try:
            return matched.route.target(self, values, body)
        except DefinitionError as error:
            raise Refused(Reason.BODY_NOT_VALID, str(error)) from None

    def _authenticate(self, exchange: Exchange) -> None:
        token = bearer(required(exchange.request, "authorization"))
        if not self._token or not same(token, self._token):
            raise Refused(Reason.CREDENTIALS_WRONG, "the token is not accepted")
        exchange.caller = Caller("management", driver="token")

    def refuse(self, refused: Refused) -> Reply:
        """Word a refusal."""
        status = refused.reason.status
        detail = refused.detail or phrase_of(status)
        return Reply.of_json(status, {"status": status, "message": [detail]})

    def _publish(self, _: Mapping[str, str], body: Mapping[str, Json]) -> Reply:
        _only(body, {"product": dict, "openapis": list})
        apis = {}
        for number, one in enumerate(body["openapis"]):
            if not isinstance(one, dict):
                raise DefinitionError(f"openapis[{number}]", "an API is an object")
            api = read_api(one, self._catalog.name)
            check_services(api, self._services)
            apis[api.key] = api
        product = read_product(body["product"], apis)
        self._catalog.publish(product)
        return Reply.of_json(201, _shown_product(product))

    def _register(self, values: Mapping[str, str], body: Mapping[str, Json]) -> Reply:
        _only(body, {"name": str})
        application, client_id, secret = self._consumers.register(
            values["consumer_org"], body["name"]
        )
        shown = {"client_id": client_id, "client_secret": secret}
        return Reply.of_json(201, {**_shown(application), **shown})

    def _list(self, values: Mapping[str, str], _: Mapping[str, Json]) -> Reply:
        check_name("consumer organization", values["consumer_org"])
        found = [
            _shown(one)
            for one in self._consumers.applications()
            if one.organization == values["consumer_org"]
        ]
        return Reply.of_json(200, {"total_results": len(found), "results": found})

    def _switch(self, values: Mapping[str, str], body: Mapping[str, Json]) -> Reply:
        application = self._application(values)
        application.enabled = _state(body, ("enabled", "disabled")) == "enabled"
        return Reply.of_json(200, _shown(application))

    def _subscribe(self, values: Mapping[str, str], body: Mapping[str, Json]) -> Reply:
        _only(body, {"product": str, "plan": str})
        application = self._application(values)
        enabled = self._consumers.subscribe(
            application, body["product"], body["plan"], self._catalog.products
        )
        state = "enabled" if enabled else "pending"
        shown = {"product": body["product"], "plan": body["plan"], "state": state}
        return Reply.of_json(201, shown)

    def _approve(self, values: Mapping[str, str], body: Mapping[str, Json]) -> Reply:
        application = self._application(values)
        _state(body, ("enabled",))
        product = values["product"]
        self._consumers.approve(application, product)
        plan = application.subscriptions[product]
        return Reply.of_json(200, {"product": product, "plan": plan, "state": "enabled"})

    def _application(self, values: Mapping[str, str]) -> Application:
        try:
            return self._consumers.find(values["consumer_org"], values["app"])
        except DefinitionError as error:
            raise Refused(Reason.NO_ROUTE, str(error)) from None


def _only(body: Mapping[str, Json], members: Mapping[str, type]) -> None:
    for name, kind in members.items():
        if not isinstance(body.get(name), kind):
            raise DefinitionError(name, "this is missing, or of another kind")
    unknown = [name for name in body if name not in members]
    if unknown:
        raise DefinitionError("", f"there is no member {unknown[0][:40]!r} here")


def _state(body: Mapping[str, Json], known: tuple[str, ...]) -> str:
    _only(body, {"state": str})
    state = str(body["state"])
    if state not in known:
        raise DefinitionError("state", f"this is none of {', '.join(known)}")
    return state


def _shown(application: Application) -> dict[str, Any]:
    return {
        "name": application.name,
        "consumer_org": application.organization,
        "state": "enabled" if application.enabled else "disabled",
        "client_ids": [*application.credentials],
        "subscriptions": [
            {"product": product, "plan": plan, "state": state}
            for state, found in (
                ("enabled", application.subscriptions),
                ("pending", application.pending),
            )
            for product, plan in found.items()
        ],
    }


def _shown_product(product: Product) -> dict[str, Any]:
    return {
        "name": product.name,
        "version": product.version,
        "state": "published",
        "plans": [*product.plans],
        "apis": sorted(api.key for api in product.apis.values()),
    }


ROUTES: tuple[Route[Step], ...] = (
    Route("POST", PUBLISH, Management._publish, "products:publish"),
    Route("POST", APPS, Management._register, "apps:create"),
    Route("GET", APPS, Management._list, "apps:list"),
    Route("PATCH", APP, Management._switch, "apps:update"),
    Route("POST", SUBSCRIPTIONS, Management._subscribe, "subscriptions:create"),
    Route("PATCH", SUBSCRIPTION, Management._approve, "subscriptions:update"),
)
_ROUTES: RouteTable[Step] = RouteTable(ROUTES)
