"""The context of one API call: what policies read and write.

Pages: *API Connect context variables*; *Using context variables in GatewayScript and XSLT policies
with the DataPower API Gateway*. `request` can only be read. `message` begins as a copy of it, the
client's credentials included, is what `invoke` sends, and holds the backend's answer afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from rolelab.gateways.api_connect.api import Api, Operation
from rolelab.gateways.api_connect.consumers import Subscriber
from rolelab.gateways.api_connect.errors import ApiError, phrase_of
from rolelab.gateways.api_connect.references import as_text, substitute
from rolelab.gateways.core.backend import forwarded
from rolelab.gateways.core.exchange import Exchange
from rolelab.gateways.core.message import Headers, Reply, Request
from rolelab.gateways.core.refused import Reason

GLOBAL_TRANSACTION = "x-global-transaction-id"


@dataclass(slots=True)
class Message:
    """A message.

    Attributes:
        headers: by name in lower case; several values of one name are joined by a comma.
        body: the whole body.
        status: the HTTP status; None as long as nothing has set it.
        phrase: the reason phrase.
        own: names of the header fields that a policy set, or a backend sent: what a client sees.
        cookies: the values of `Set-Cookie`, which no comma can join.
    """

    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int | None = None
    phrase: str = ""
    own: set[str] = field(default_factory=set)
    cookies: tuple[str, ...] = ()

    def take(self, reply: Reply) -> None:
        """Become the answer of a backend."""
        self.cookies = tuple(value for name, value in reply.headers if name == "set-cookie")
        self.headers = joined(tuple(one for one in reply.headers if one[0] != "set-cookie"))
        self.body, self.status, self.phrase = reply.body, reply.status, phrase_of(reply.status)
        self.own = set(self.headers)

    def set_header(self, name: str, value: str) -> None:
        """Set a header field.

        Raises:
            ApiError: PropertyError; the value would end the field and begin another one.
        """
        if not name.isascii() or any(ord(sign) < 32 or ord(sign) == 127 for sign in name + value):
            raise ApiError(
                "PropertyError", Reason.BAD_REQUEST, 400, f"header {name[:40]!r} has control signs"
            )
        self.headers[name.lower()] = value
        self.own.add(name.lower())

    def clear_header(self, name: str) -> None:
        """Take a header field away."""
        self.headers.pop(name.lower(), None)
        self.own.discard(name.lower())
        if name.lower() == "set-cookie":
            self.cookies = ()


@dataclass(slots=True)
class Context:
    """One call on its way through an assembly.

    Attributes:
        exchange: the core's view of it.
        api: the API that is called.
        operation: the operation of it.
        parameters: path and query parameters by name.
        message: see the module.
        subscriber: who calls, once known.
        variables: what policies set, as a tree.
        error: what a catch is for.
        transaction: the value of `X-Global-Transaction-ID`.
        base: what stands before the API's base path, organization and catalog.
        warnings: for the event record.
    """

    exchange: Exchange
    api: Api
    operation: Operation
    parameters: Mapping[str, str]
    message: Message
    transaction: str
    subscriber: Subscriber | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    error: ApiError | None = None
    base: str = ""
    warnings: list[str] = field(default_factory=list)

    @property
    def request(self) -> Request:
        """What the client sent."""
        return self.exchange.request

    def look_up(self, name: str) -> Any:
        """The value of a variable; None if it is not there."""
        if name in self.api.properties:
            return self.api.properties[name]
        root, _, rest = name.partition(".")
        part = _ROOTS.get(root)
        return part(self, rest) if part else _within(self.variables, name)

    def fill(self, text: str) -> Any:
        """A value of the definition with its references resolved."""
        return substitute(text, self.look_up)

    def text(self, text: str) -> str:
        """The same, as text."""
        return as_text(self.fill(text))

    def assign(self, name: str, value: Any) -> None:
        """Set a variable that is no part of a message."""
        *branches, leaf = name.split(".")
        here = self.variables
        for branch in branches:
            there = here.get(branch)
            if not isinstance(there, dict):
                there = here[branch] = {}
            here = there
        here[leaf] = value

    def clear(self, name: str) -> None:
        """Forget a variable that is no part of a message."""
        *branches, leaf = name.split(".")
        here: Any = self.variables
        for branch in branches:
            here = here.get(branch) if isinstance(here, dict) else None
        if isinstance(here, dict):
            here.pop(leaf, None)


def first_message(request: Request, transaction: str) -> Message:
    """The message as an assembly finds it: a copy of the request.

    Fields of one connection and those that only a gateway may set are not in it.
    """
    headers = joined(forwarded(request))
    headers[GLOBAL_TRANSACTION] = transaction
    return Message(headers, request.body)


def joined(headers: Headers) -> dict[str, str]:
    """Header fields by name, values of one name joined by a comma."""
    found: dict[str, str] = {}
    for name, value in headers:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _within(tree: Any, path: str) -> Any:
    here = tree
    for step in filter(None, path.split(".")):
        if isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            return None
    return here


def _of_body(body: bytes, rest: str) -> Any:
    if not rest:
        return body.decode("utf-8", "replace")
    try:
        return _within(json.loads(body), rest)
    except (ValueError, RecursionError):
        return None


def _of_request(context: Context, rest: str) -> Any:
    request, (part, _, name) = context.request, rest.partition(".")
    if part == "headers":
        return ", ".join(request.values(name)) or None
    if part == "body":
        return _of_body(request.body, name)
    if part == "parameters":
        return context.parameters.get(name)
    search = f"?{request.query}" if request.query else ""
    return {
        "verb": request.method,
        # From the base path of the API on; encoded again, as it was received.
        "path": quote(request.path.removeprefix(context.base)),
        "search": search,
        "querystring": request.query,
        "uri": quote(request.path) + search,
        "content-type": request.value("content-type"),
    }.get(part)


def _of_message(context: Context, rest: str) -> Any:
    message, (part, _, name) = context.message, rest.partition(".")
    if part == "headers":
        return message.headers.get(name.lower())
    if part == "body":
        return _of_body(message.body, name)
    return {"status.code": message.status or 200, "status.reason": message.phrase}.get(rest)


def _of_client(context: Context, rest: str) -> Any:
    who = context.subscriber
    if who is None:
        return None
    return {
        "app.id": who.client_id,
        "app.name": who.application,
        "org.name": who.organization,
        "org.id": who.organization,
    }.get(rest)


def _of_plan(context: Context, rest: str) -> Any:
    plan = context.subscriber.plan if context.subscriber else None
    product = context.subscriber.product if context.subscriber else None
    if plan is None or product is None:
        return None
    return {
        "name": plan.name,
        "id": f"{product.key}:{plan.name}",
        "version": product.version,
    }.get(rest)


def _of_api(context: Context, rest: str) -> Any:
    api, operation = context.api, context.operation
    if rest.startswith("properties."):
        return api.properties.get(rest.partition(".")[2])
    return {
        "name": api.name,
        "version": api.version,
        "root": api.base_path,
        "type": "REST",
        "operation.id": operation.id,
        "operation.path": operation.path,
    }.get(rest)


def _of_error(context: Context, rest: str) -> Any:
    error = context.error
    if error is None:
        return None
    return {
        "name": error.name,
        "message": error.message,
        "status.code": error.status,
        "status.reason": error.phrase,
    }.get(rest)


_ROOTS: Mapping[str, Callable[[Context, str], Any]] = {
    "request": _of_request,
    "message": _of_message,
    "client": _of_client,
    "plan": _of_plan,
    "api": _of_api,
    "error": _of_error,
}
