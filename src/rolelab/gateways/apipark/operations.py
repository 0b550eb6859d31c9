"""The management calls: one row for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rolelab.gateways.apipark import bodies
from rolelab.gateways.apipark.management import Body, Management, found, shown
from rolelab.gateways.apipark.shape import Schema
from rolelab.gateways.apipark.state import Authorization, Router, Service, Subscription
from rolelab.gateways.apipark.subscriptions import STATUSES
from rolelab.gateways.core.message import Json

Query = dict[str, str]
Run = Callable[[Management, Query, Body], dict[str, Json]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One management call.

    Attributes:
        method, path: where it is. A segment in braces is a path parameter.
        summary: what it does.
        query: the query parameters it needs.
        body: the schema of its body; None without one.
        run: does it; gets the management, query and path parameters, and the body.
    """

    method: str
    path: str
    summary: str
    query: tuple[str, ...]
    body: Schema | None
    run: Run


# --- how things look in answers ---------------------------------------------------------------


def _service(service: Service) -> dict[str, Json]:
    members = shown(service)
    del members["routers"]
    return {**members, "service_kind": "ai", "as_server": True, "as_app": False}


def _router(router: Router) -> dict[str, Json]:
    return {
        "id": router.id,
        "name": router.name,
        "path": router.path,
        "description": router.description,
        "disabled": router.disabled,
        "ai_prompt": {
            "prompt": router.prompt,
            "variables": [
                {"key": key, "require": required} for key, required in router.variables.items()
            ],
        },
        "ai_model": {"id": router.model, "provider": router.provider},
        "timeout": router.timeout_ms,
        "retry": router.retry,
    }


def _authorization(authorization: Authorization) -> dict[str, Json]:
    """With its settings: APIPark gives them back to whoever may manage the application."""
    return shown(authorization)


def _listed_authorization(authorization: Authorization) -> dict[str, Json]:
    members = shown(authorization)
    del members["config"]
    return members


def _subscription(subscription: Subscription) -> dict[str, Json]:
    return {
        "id": subscription.id,
        "service": subscription.service,
        "application": subscription.application,
        "apply_status": STATUSES.index(subscription.status),
        "reason": subscription.reason,
    }


# --- looking up -------------------------------------------------------------------------------


def _get_service(management: Management, query: Query) -> Service:
    return found(management.state.services, query["service"], "service")


def _get_authorization(management: Management, query: Query) -> Authorization:
    authorization = found(management.state.authorizations, query["authorization"], "authorization")
    found({authorization.application: authorization}, query["app"], "authorization")
    return authorization


def _get_subscription(management: Management, query: Query, name: str) -> Subscription:
    subscription = found(management.state.subscriptions, query[name], name)
    owners = {subscription.service: subscription, subscription.application: subscription}
    return found(owners, query.get("service") or query["application"], name)


# --- what they do -----------------------------------------------------------------------------


def _create_service(management: Management, query: Query, body: Body) -> dict[str, Json]:
    return {"service": _service(management.create_service(query["team"], body))}


def _show_service(management: Management, query: Query, body: Body) -> dict[str, Json]:
    return {"service": _service(_get_service(management, query))}


def _list_services(management: Management, query: Query, body: Body) -> dict[str, Json]:
    services = management.state.services.values()
    return {"services": [_service(each) for each in services if each.team == query["team"]]}


def _delete_service(management: Management, query: Query, body: Body) -> dict[str, Json]:
    management.delete_service(_get_service(management, query))
    return {}


def _create_router(management: Management, query: Query, body: Body) -> dict[str, Json]:
    return {"api": _router(management.put_router(_get_service(management, query), body))}


def _edit_router(management: Management, query: Query, body: Body) -> dict[str, Json]:
    service = _get_service(management, query)
    router = found(service.routers, query["router"], "router")
    return {"api": _router(management.put_router(service, body, router.id))}


def _show_router(management: Management, query: Query, body: Body) -> dict[str, Json]:
    service = _get_service(management, query)
    return {"api": _router(found(service.routers, query["router"], "router"))}


def _list_routers(management: Management, query: Query, body: Body) -> dict[str, Json]:
    routers = _get_service(management, query).routers.values()
    return {"apis": [_router(each) for each in routers]}


def _delete_router(management: Management, query: Query, body: Body) -> dict[str, Json]:
    service = _get_service(management, query)
    del service.routers[found(service.routers, query["router"], "router").id]
    return {}


def _create_application(management: Management, query: Query, body: Body) -> dict[str, Json]:
    return {"app": shown(management.create_application(query["team"], body))}


def _list_applications(management: Management, query: Query, body: Body) -> dict[str, Json]:
    applications = management.state.applications.values()
    return {"apps": [shown(each) for each in applications if each.team == query["team"]]}


def _add_authorization(management: Management, query: Query, body: Body) -> dict[str, Json]:
    application = found(management.state.applications, query["app"], "app")
    return {"authorization": _authorization(management.add_authorization(application, body))}


def _show_authorization(management: Management, query: Query, body: Body) -> dict[str, Json]:
    return {"authorization": _authorization(_get_authorization(management, query))}


def _list_authorizations(management: Management, query: Query, body: Body) -> dict[str, Json]:
    found(management.state.applications, query["app"], "app")
    every = management.state.authorizations.values()
    mine = [each for each in every if each.application == query["app"]]
    return {"authorizations": [_listed_authorization(each) for each in mine]}


def _delete_authorization(management: Management, query: Query, body: Body) -> dict[str, Json]:
    management.delete_authorization(_get_authorization(management, query))
    return {}


def _subscribe(management: Management, query: Query, body: Body) -> dict[str, Json]:
    service = found(management.state.services, body["service"], "service")
    applications = [
        found(management.state.applications, each, "app") for each in body["applications"]
    ]
    for each in applications:
        management.subscribe(service, each, body.get("reason", ""))
    return {}


def _add_subscriber(management: Management, query: Query, body: Body) -> dict[str, Json]:
    service = _get_service(management, query)
    management.add_subscriber(
        service, found(management.state.applications, body["application"], "app")
    )
    return {}


def _list_subscriptions(management: Management, query: Query, body: Body) -> dict[str, Json]:
    every = management.state.subscriptions.values()
    mine = [each for each in every if each.application == query["application"]]
    return {"subscriptions": [_subscription(each) for each in mine]}


def _list_approvals(management: Management, query: Query, body: Body) -> dict[str, Json]:
    every = management.state.subscriptions.values()
    return {
        "approvals": [_subscription(each) for each in every if each.service == query["service"]]
    }


def _approve(management: Management, query: Query, body: Body) -> dict[str, Json]:
    management.approve(_get_subscription(management, query, "apply"), body["operate"])
    return {}


def _cancel(management: Management, query: Query, body: Body) -> dict[str, Json]:
    management.cancel(_get_subscription(management, query, "subscription"))
    return {}


def _cancel_apply(management: Management, query: Query, body: Body) -> dict[str, Json]:
    management.cancel_apply(_get_subscription(management, query, "subscription"))
    return {}


def _release(management: Management, query: Query, body: Body) -> dict[str, Json]:
    return {"release": _shown_release(management.release(_get_service(management, query), body))}


def _shown_release(release: object) -> dict[str, Json]:
    members = shown(release)
    members["apis"] = [each["id"] for each in members.pop("routers")]
    return members


def _list_releases(management: Management, query: Query, body: Body) -> dict[str, Json]:
    every = management.state.releases.values()
    return {
        "releases": [_shown_release(each) for each in every if each.service == query["service"]]
    }


def _apply(management: Management, query: Query, body: Body) -> dict[str, Json]:
    service = _get_service(management, query)
    release = found(management.state.releases, body["release"], "release")
    found({release.service: release}, service.id, "release")
    return {"publish": shown(management.apply(service, release))}


def _release_and_do(management: Management, query: Query, body: Body) -> dict[str, Json]:
    service = _get_service(management, query)
    publish = management.apply(service, management.release(service, body))
    for step in ("accept", "execute"):
        management.move(publish, step)
    return {"publish": shown(publish)}


def _show_publish(management: Management, query: Query, body: Body) -> dict[str, Json]:
    publish = found(management.state.publishes, query["id"], "publish")
    found({publish.service: publish}, query["service"], "publish")
    return {"publish": shown(publish)}


def _moving(step: str) -> Run:
    def move(management: Management, query: Query, body: Body) -> dict[str, Json]:
        publish = found(management.state.publishes, query["id"], "publish")
        found({publish.service: publish}, query["service"], "publish")
        management.move(publish, step, body.get("comments", ""))
        return {}

    return move


def _global_strategy(management: Management, query: Query, body: Body) -> dict[str, Json]:
    return {"strategy": shown(management.create_strategy(body, None))}


def _service_strategy(management: Management, query: Query, body: Body) -> dict[str, Json]:
    service = _get_service(management, query)
    return {"strategy": shown(management.create_strategy(body, service.id))}


def _list_strategies(management: Management, query: Query, body: Body) -> dict[str, Json]:
    strategies = [shown(each) for each in management.state.strategies.values()]
    return {"list": strategies, "total": len(strategies)}


def _switching(enabled: bool) -> Run:
    def switch(management: Management, query: Query, body: Body) -> dict[str, Json]:
        strategy = found(management.state.strategies, query["strategy"], "strategy")
        strategy.enabled = enabled
        return {}

    return switch


def _delete_strategy(management: Management, query: Query, body: Body) -> dict[str, Json]:
    del management.state.strategies[
        found(management.state.strategies, query["strategy"], "strategy").id
    ]
    return {}


def _summary(management: Management, query: Query, body: Body) -> dict[str, Json]:
    statistics = management.statistics
    return {
        "request_summary": statistics.requests.summary(),
        "proxy_summary": statistics.proxied.summary(),
    }


def _top10(management: Management, query: Query, body: Body) -> dict[str, Json]:
    return {"top10": management.statistics.top10(body["data_type"])}


def _logs(management: Management, query: Query, body: Body) -> dict[str, Json]:
    records = management.statistics.records(_get_service(management, query).id)
    return {"logs": records[:100], "total": len(records)}


_AUTHORIZATIONS = (
    ("POST", "app/authorization", "Give an application a credential", ("app",),
     bodies.AUTHORIZATION, _add_authorization),
    ("GET", "app/authorization", "Show a credential with its settings",
     ("app", "authorization"), None, _show_authorization),
    ("DELETE", "app/authorization", "Take a credential away",
     ("app", "authorization"), None, _delete_authorization),
    ("GET", "app/authorizations", "List the credentials of an application", ("app",),
     None, _list_authorizations),
)  # fmt: skip

_ROWS = (
    ("POST", "team/service", "Create an AI service", ("team",), bodies.SERVICE, _create_service),
    ("DELETE", "team/service", "Delete a service", ("service",), None, _delete_service),
    ("GET", "service/info", "Show a service", ("service",), None, _show_service),
    ("GET", "team/services", "List the services of a team", ("team",), None, _list_services),
    ("POST", "service/ai-router", "Create an AI router", ("service",), bodies.ROUTER,
     _create_router),
    ("PUT", "service/ai-router", "Write over an AI router", ("service", "router"), bodies.ROUTER,
     _edit_router),
    ("GET", "service/ai-router", "Show an AI router", ("service", "router"), None, _show_router),
    ("DELETE", "service/ai-router", "Delete an AI router", ("service", "router"), None,
     _delete_router),
    ("GET", "service/ai-routers", "List the AI routers", ("service",), None, _list_routers),
    ("POST", "team/app", "Create an application", ("team",), bodies.APPLICATION,
     _create_application),
    ("GET", "apps", "List the applications of a team", ("team",), None, _list_applications),
    *_AUTHORIZATIONS,
    ("POST", "catalogue/service/subscribe", "Ask for a subscription", (), bodies.SUBSCRIBE,
     _subscribe),
    ("POST", "service/subscriber", "Subscribe an application", ("service",),
     bodies.ADD_SUBSCRIBER, _add_subscriber),
    ("GET", "application/subscriptions", "List the subscriptions of an application",
     ("application",), None, _list_subscriptions),
    ("POST", "application/subscription/cancel", "End a subscription",
     ("application", "subscription"), None, _cancel),
    ("POST", "application/subscription/cancel_apply", "Take back the wish for a subscription",
     ("application", "subscription"), None, _cancel_apply),
    ("GET", "service/approval/subscribes", "List who asks for a service", ("service",), None,
     _list_approvals),
    ("POST", "service/approval/subscribe", "Grant or refuse a subscription",
     ("service", "apply"), bodies.APPROVE, _approve),
    ("POST", "service/release", "Make a version of the routers", ("service",), bodies.RELEASE,
     _release),
    ("GET", "service/releases", "List the versions", ("service",), None, _list_releases),
    ("POST", "service/publish/apply", "Ask for a version to be published", ("service",),
     bodies.APPLY, _apply),
    ("POST", "service/publish/release/do", "Make a version and publish it at once",
     ("service",), bodies.RELEASE, _release_and_do),
    ("GET", "service/publish", "Show a publication", ("service", "id"), None, _show_publish),
    ("PUT", "service/publish/accept", "Accept a publication", ("service", "id"),
     bodies.COMMENTS, _moving("accept")),
    ("PUT", "service/publish/refuse", "Refuse a publication", ("service", "id"),
     bodies.COMMENTS, _moving("refuse")),
    ("PUT", "service/publish/execute", "Bring a publication to the gateway", ("service", "id"),
     None, _moving("execute")),
    ("DELETE", "service/publish/stop", "Stop a publication", ("service", "id"), None,
     _moving("stop")),
    ("DELETE", "service/publish/close", "Close a publication", ("service", "id"), None,
     _moving("close")),
    ("POST", "strategy/global/data-masking", "Mask data of all services", (), bodies.STRATEGY,
     _global_strategy),
    ("POST", "strategy/service/data-masking", "Mask data of one service", ("service",),
     bodies.STRATEGY, _service_strategy),
    ("GET", "strategy/global/data-masking/list", "List the strategies", (), None,
     _list_strategies),
    ("PUT", "strategy/global/data-masking/enable", "Switch a strategy on", ("strategy",), None,
     _switching(True)),
    ("PUT", "strategy/global/data-masking/disable", "Switch a strategy off", ("strategy",), None,
     _switching(False)),
    ("DELETE", "strategy/global/data-masking", "Delete a strategy", ("strategy",), None,
     _delete_strategy),
    ("POST", "monitor/overview/summary", "Count calls", (), bodies.SUMMARY, _summary),
    ("POST", "monitor/overview/top10", "Show what is called most", (), bodies.TOP10, _top10),
    ("GET", "service/logs/ai", "Show the last calls of a service", ("service",), None, _logs),
)  # fmt: skip

OPERATIONS: tuple[Operation, ...] = (
    *(Operation(row[0], f"/api/v1/{row[1]}", *row[2:]) for row in _ROWS),
    *(Operation(row[0], f"/openapi/v1/{row[1]}", *row[2:]) for row in _AUTHORIZATIONS),
)
