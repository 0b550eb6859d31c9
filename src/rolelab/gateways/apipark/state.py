"""What is defined in an APIPark: services, routers, applications, and how they belong together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

from rolelab.gateways.apipark.answers import Failure

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Router:
    """An AI router: a path, a prompt, and the model that answers.

    Attributes:
        prompt: with `{{Key}}` for each variable; it becomes the system message.
        variables: whether each is required, by its key.
        timeout_ms: how long the model may take, in milliseconds.
    """

    id: str
    name: str
    path: str
    prompt: str
    variables: dict[str, bool]
    model: str
    provider: str
    timeout_ms: int = 300_000
    retry: int = 0
    disabled: bool = False
    description: str = ""


@dataclass(slots=True)
class Service:
    """An AI service. Its routers are what is edited; clients meet the running release."""

    id: str
    name: str
    prefix: str
    team: str
    provider: str
    model: str
    service_type: str = "inner"
    approval_type: str = "manual"
    description: str = ""
    routers: dict[str, Router] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Application:
    """A consumer of services."""

    id: str
    name: str
    team: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Authorization:
    """One way in which an application shows who it is.

    Attributes:
        config: the driver's settings, secrets among them. APIPark keeps them readable too.
        expire_time: seconds since 1970; 0 never.
        hide_credential: do not hand the credential on.
    """

    id: str
    application: str
    name: str
    driver: str
    config: dict[str, Any] = field(repr=False)
    position: str = "Header"
    token_name: str = "Authorization"
    expire_time: int = 0
    hide_credential: bool = True


@dataclass(slots=True)
class Subscription:
    """An application's subscription to a service; `status` is a word of `subscriptions`."""

    id: str
    service: str
    application: str
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """The routers of a service as they were when the version was made."""

    id: str
    service: str
    version: str
    routers: tuple[Router, ...]
    remark: str = ""


@dataclass(slots=True)
class Publish:
    """The way of a release to the gateway; `status` is a word of `publishing`."""

    id: str
    service: str
    release: str
    status: str
    comments: str = ""


@dataclass(slots=True)
class Strategy:
    """A data masking strategy, for all services or for one."""

    id: str
    name: str
    rules: list[dict[str, Any]]
    filters: list[dict[str, Any]]
    priority: int = 0
    service: str | None = None
    enabled: bool = True
    desc: str = ""


@dataclass(slots=True)
class State:
    """All of it, by id."""

    services: dict[str, Service] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    authorizations: dict[str, Authorization] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    publishes: dict[str, Publish] = field(default_factory=dict)
    strategies: dict[str, Strategy] = field(default_factory=dict)
    running: dict[str, str] = field(default_factory=dict)
    """The release that clients meet, by service."""


def found(table: dict[str, Item], identifier: str, kind: str) -> Item:
    """Look something up.

    Raises:
        Failure: there is no such thing.
    """
    item = table.get(identifier)
    if item is None:
        raise Failure(f"{kind} not found")
    return item


def new_id(table: dict[str, Any], wanted: str | None, kind: str) -> str:
    """The id of something new: as asked for, or made up.

    Raises:
        Failure: the id is taken, or there are too many already.
    """
    if len(table) >= _MOST:
        raise Failure(f"there are {_MOST} {kind}s already")
    if wanted and wanted in table:
        raise Failure(f"{kind} {wanted} exists")
    return wanted or str(uuid4())


_MOST = 10_000
