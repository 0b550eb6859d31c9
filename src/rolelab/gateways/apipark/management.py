"""The objects behind the management calls, and what the gateway serves of them."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rolelab.gateways.apipark import masking, publishing
from rolelab.gateways.apipark.answers import Failure
from rolelab.gateways.apipark.authentication import Holders
from rolelab.gateways.apipark.drivers import oauth2
from rolelab.gateways.apipark.state import (
    Application,
    Authorization,
    Publish,
    Release,
    Router,
    Service,
    State,
    Strategy,
    Subscription,
    found,
    new_id,
)
from rolelab.gateways.apipark.statistics import Statistics
from rolelab.gateways.apipark.subscriptions import (
    CANCELLED,
    REFUSED,
    REVIEW,
    SUBSCRIBED,
    UNSUBSCRIBED,
)
from rolelab.gateways.core.credentials import same
from rolelab.gateways.core.definition_error import DefinitionError
from rolelab.gateways.core.message import Json
from rolelab.gateways.core.route import Route, RouteTable

Body = dict[str, Json]

_RESERVED = frozenset({"api", "openapi", "oauth2", "openapi.json"})
_SESSION_SECONDS = 24 * 3600
_MOST_SESSIONS = 1000


@dataclass(frozen=True, slots=True)
class Live:
    """Where a published path leads.

    Attributes:
        service: the id of the service.
        router: the router; None for the service's own `chat/completions`.
    """

    service: str
    router: Router | None


class Management:
    """Everything that is defined, and the routes that are live.

    Attributes:
        state: what is defined.
        holders: who holds which credential.
        routes: the live routes.
        statistics: counts of the client calls.
    """

    def __init__(self, admin_password: str, *, clock: Callable[[], float] = time.time) -> None:
        """Define nothing yet.

        Args:
            admin_password: the password of the user `admin`.
            clock: seconds since 1970.
        """
        self.state = State()
        self.holders = Holders(clock)
        self.routes: RouteTable[Live] = RouteTable()
        self.statistics = Statistics()
        self._admin_password = admin_password
        self._clock = clock
        self._sessions: dict[str, float] = {}

    # --- signing in ---------------------------------------------------------------------------

    def sign_in(self, name: str, password: str) -> str:
        """Sign the administrator in, and give the session.

        Raises:
            Failure: another name, or the wrong password.
        """
        if not (same(name, "admin") & same(password, self._admin_password)):
            raise Failure("invalid username or password")
        now = self._clock()
        self._sessions = {each: end for each, end in self._sessions.items() if end > now}
        while len(self._sessions) >= _MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        session = secrets.token_hex(16)
        self._sessions[session] = now + _SESSION_SECONDS
        return session

    def signed_in(self, session: str | None) -> bool:
        """Whether a session is one that was given out and has not ended."""
        return self._sessions.get(session or "", 0.0) > self._clock()

    def sign_out(self, session: str) -> None:
        """End a session."""
        self._sessions.pop(session, None)

    # --- services and routers -----------------------------------------------------------------

    def create_service(self, team: str, body: Body) -> Service:
        """Create an AI service. Nothing is served before it is published."""
        prefix = str(body["prefix"]).strip("/")
        if prefix.partition("/")[0] in _RESERVED:
            raise Failure(f"prefix: {prefix.partition('/')[0]} is a path of the gateway itself")
        service = Service(
            id=new_id(self.state.services, body.get("id"), "service"),
            name=body["name"],
            prefix=prefix,
            team=team,
            provider=body["provider"],
            model=body["model"],
            service_type=body.get("service_type", "inner"),
            approval_type=body.get("approval_type", "manual"),
            description=body.get("description", ""),
        )
        self.state.services[service.id] = service
        return service

    def delete_service(self, service: Service) -> None:
        """Delete a service, and take it from the gateway."""
        del self.state.services[service.id]
        self.state.running.pop(service.id, None)
        for table in (self.state.subscriptions, self.state.releases, self.state.publishes):
            items: dict[str, Any] = table
            for each in [key for key, item in items.items() if item.service == service.id]:
                del items[each]
        self.routes = self._built()

    def put_router(self, service: Service, body: Body, identifier: str | None = None) -> Router:
        """Create a router, or write over the one with this id."""
        path = str(body["path"]).strip("/")
        for each in service.routers.values():
            if each.path == path and each.id != identifier:
                raise Failure(f"path: the router {each.name} of this service has it already")
        prompt, model = body["ai_prompt"], body["ai_model"]
        router = Router(
            id=identifier or new_id(service.routers, body.get("id"), "router"),
            name=body["name"],
            path=path,
            prompt=prompt["prompt"],
            variables={
                each["key"]: each.get("require", False) for each in prompt.get("variables", ())
            },
            model=model["id"],
            provider=model["provider"],
            timeout_ms=body.get("timeout", 300_000),
            retry=body.get("retry", 0),
            disabled=body.get("disabled", False),
            description=body.get("description", ""),
        )
        service.routers[router.id] = router
        return router

    # --- applications -------------------------------------------------------------------------

    def create_application(self, team: str, body: Body) -> Application:
        """Create an application."""
        identifier = new_id(self.state.applications, body.get("id"), "application")
        application = Application(identifier, body["name"], team, body.get("description", ""))
        self.state.applications[identifier] = application
        return application

    def add_authorization(self, application: Application, body: Body) -> Authorization:
        """Give an application a credential."""
        config = dict(body["config"])
        authorization = Authorization(
            id=new_id(self.state.authorizations, body.get("uuid"), "authorization"),
            application=application.id,
            name=body["name"],
            driver=body["driver"],
            config=config,
            position=body.get("position", "Header"),
            token_name=body.get("token_name", "Authorization"),
            expire_time=body.get("expire_time", 0),
            hide_credential=body.get("hide_credential", True),
        )
        self.holders.put(authorization)
        if authorization.driver == "oauth2" and config.get("hash_secret"):
            config["client_secret"] = oauth2.hashed(config["client_secret"])
        self.state.authorizations[authorization.id] = authorization
        return authorization

    def delete_authorization(self, authorization: Authorization) -> None:
        """Take a credential away; it counts no more at once."""
        self.holders.remove(authorization)
        del self.state.authorizations[authorization.id]

    # --- subscriptions ------------------------------------------------------------------------

    def subscribe(self, service: Service, application: Application, reason: str) -> Subscription:
        """Ask for a subscription. With the approval type `auto` it counts at once."""
        status = SUBSCRIBED if service.approval_type == "auto" else REVIEW
        return self._subscription(service, application, status, reason)

    def add_subscriber(self, service: Service, application: Application) -> Subscription:
        """Subscribe an application without asking for approval."""
        return self._subscription(service, application, SUBSCRIBED, "")

    def _subscription(
        self, service: Service, application: Application, status: str, reason: str
    ) -> Subscription:
        known = self.subscription_of(service.id, application.id)
        if known is None:
            known = Subscription(
                new_id(self.state.subscriptions, None, "subscription"),
                service.id,
                application.id,
                status,
            )
            self.state.subscriptions[known.id] = known
        elif known.status != SUBSCRIBED:
            known.status = status
        known.reason = reason
        return known

    def subscription_of(self, service: str, application: str) -> Subscription | None:
        """The subscription of an application to a service, in whatever status."""
        return next(
            (
                each
                for each in self.state.subscriptions.values()
                if (each.service, each.application) == (service, application)
            ),
            None,
        )

    def is_subscribed(self, service: str, application: str) -> bool:
        """Whether an application may call a service."""
        known = self.subscription_of(service, application)
        return known is not None and known.status == SUBSCRIBED

    def approve(self, subscription: Subscription, operate: str) -> None:
        """Grant or refuse a subscription that is under review."""
        if subscription.status != REVIEW:
            raise Failure("the apply has been approved")
        subscription.status = SUBSCRIBED if operate == "pass" else REFUSED

    def cancel(self, subscription: Subscription) -> None:
        """End a subscription."""
        if subscription.status != SUBSCRIBED:
            raise Failure("subscription can not be revoked")
        subscription.status = UNSUBSCRIBED

    def cancel_apply(self, subscription: Subscription) -> None:
        """Take back the wish for a subscription."""
        if subscription.status != REVIEW:
            raise Failure("apply can not be revoked")
        subscription.status = CANCELLED

    # --- publishing ---------------------------------------------------------------------------

    def release(self, service: Service, body: Body) -> Release:
        """Make a version of the routers as they are now."""
        if not service.routers:
            raise Failure("latest completeness check failed: the service has no router")
        known = self.state.releases.values()
        if any((each.service, each.version) == (service.id, body["version"]) for each in known):
            raise Failure(f"version {body['version']} exists")
        release = Release(
            new_id(self.state.releases, None, "release"),
            service.id,
            body["version"],
            tuple(service.routers.values()),
            str(body.get("version_remark") or body.get("remark") or ""),
        )
        self.state.releases[release.id] = release
        return release

    def apply(self, service: Service, release: Release) -> Publish:
        """Ask for a release to be published."""
        mine = [each for each in self.state.publishes.values() if each.service == service.id]
        if any(each.status in publishing.OPEN for each in mine):
            raise Failure("a publication of this service is under way")
        if self.state.running.get(service.id) == release.id:
            raise Failure("this release is running already")
        publish = Publish(
            new_id(self.state.publishes, None, "publish"),
            service.id,
            release.id,
            publishing.APPLY,
        )
        self.state.publishes[publish.id] = publish
        return publish

    def move(self, publish: Publish, operation: str, comments: str = "") -> None:
        """Take a publication one step on: accept, refuse, execute, stop or close.

        Raises:
            Failure: its status does not allow that; or its routes collide with others, then its
                status is `error` and the gateway serves what it served before.
        """
        status = publishing.after(operation, publish.status)
        if status is None:
            raise Failure(f"{operation} is not allowed in the status {publish.status}")
        publish.comments = comments or publish.comments
        if operation == "execute":
            self._go_live(publish)
        publish.status = status

    def _go_live(self, publish: Publish) -> None:
        before = self.state.running.get(publish.service)
        self.state.running[publish.service] = publish.release
        try:
            self.routes = self._built()
        except DefinitionError as error:
            publish.status = publishing.ERROR
            del self.state.running[publish.service]
            if before is not None:
                self.state.running[publish.service] = before
            raise Failure(f"online error: {error.problem}") from None

    def _built(self) -> RouteTable[Live]:
        return RouteTable(
            route
            for service, release in self.state.running.items()
            for route in _routes(self.state.services[service], self.state.releases[release])
        )

    # --- strategies ---------------------------------------------------------------------------

    def create_strategy(self, body: Body, service: str | None) -> Strategy:
        """Create a data masking strategy; it counts at once."""
        masking.check(body["config"]["rules"])
        strategy = Strategy(
            id=new_id(self.state.strategies, body.get("id"), "strategy"),
            name=body["name"],
            rules=body["config"]["rules"],
            filters=body.get("filters", []),
            priority=body.get("priority", 0),
            service=service,
            desc=body.get("desc", ""),
        )
        self.state.strategies[strategy.id] = strategy
        return strategy

    def masking_rules(self, service: str, application: str, api: str) -> list[dict[str, Any]]:
        """The rules for an answer: of the first strategy that fits, by priority."""
        facts = {"application": application, "api": api}
        strategies = sorted(self.state.strategies.values(), key=lambda each: each.priority)
        for each in strategies:
            fits = all(facts[one["name"]] in one["values"] for one in each.filters)
            if each.enabled and each.service in (None, service) and fits:
                return each.rules
        return []


def _routes(service: Service, release: Release) -> list[Route[Live]]:
    own = Route(
        "POST",
        f"/{service.prefix}/chat/completions",
        Live(service.id, None),
        f"chat of the service {service.name}",
    )
    return [
        own,
        *(
            Route(
                "POST",
                f"/{service.prefix}/{router.path}",
                Live(service.id, router),
                f"router {router.name} of the service {service.name}",
            )
            for router in release.routers
            if not router.disabled
        ),
    ]


def shown(item: Any) -> dict[str, Json]:
    """The members of an object, for an answer."""
    members: dict[str, Json] = dataclasses.asdict(item)
    return members


__all__ = ["Live", "Management", "found", "shown"]
