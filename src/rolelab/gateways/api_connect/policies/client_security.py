"""`client-security` 2.0.0: who calls, by a client id and secret that lie anywhere in the request.

Page: *client-security*. It counts no call against a plan, as the page says; `security` of the
OpenAPI document does. A failure is an UnauthorizedError, which a catch takes by name only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from rolelab.gateways.api_connect.consumers import Subscriber
from rolelab.gateways.api_connect.context import Context
from rolelab.gateways.api_connect.errors import INVALID_CLIENT, ApiError
from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.api_connect.references import as_text
from rolelab.gateways.core.credentials import basic
from rolelab.gateways.core.exchange import Caller
from rolelab.gateways.core.refused import Reason, Refused


async def client_security(
    context: Context, properties: Mapping[str, Any], services: Services
) -> None:
    """Find the application, or stop the assembly if `stop-on-error` is on, as it is by default."""
    try:
        context.subscriber = _identified(context, properties, services)
    except ApiError as error:
        if properties.get("stop-on-error", True):
            raise
        context.warnings.append(f"client-security: {error.detail}; stop-on-error is off")
        return
    note_caller(context, str(properties.get("extract-credential-method", "header")))


def note_caller(context: Context, driver: str) -> None:
    """Tell the core who calls."""
    who = context.subscriber
    if who is not None:
        context.exchange.caller = Caller(
            f"{who.organization}/{who.application}", who.application, who.client_id, driver
        )


def _identified(context: Context, properties: Mapping[str, Any], services: Services) -> Subscriber:
    client_id, secret = _credentials(context, properties)
    if not client_id:
        raise unauthorized(Reason.CREDENTIALS_MISSING, "the client id is missing")
    if properties.get("secret-required", True):
        if not secret:
            raise unauthorized(Reason.CREDENTIALS_MISSING, "the client secret is missing")
    else:
        secret = None
    application = services.consumers.authenticate(client_id, secret)
    if application is None:
        raise unauthorized(Reason.CREDENTIALS_WRONG, "no application has this id and secret")
    if not application.enabled:
        raise disabled()
    return Subscriber(application.organization, application.name, client_id)


def unauthorized(reason: Reason, detail: str) -> ApiError:
    """The error for a client that is not known. The client is not told which part was wrong."""
    return ApiError("UnauthorizedError", reason, 401, INVALID_CLIENT, detail=detail)


def disabled() -> ApiError:
    """The error for an application that is known and switched off."""
    return ApiError(
        "ForbiddenError",
        Reason.NO_SUBSCRIPTION,
        403,
        "The application making the API request has been disabled or is not active.",
    )


def _credentials(context: Context, properties: Mapping[str, Any]) -> tuple[str | None, str | None]:
    method = str(properties.get("extract-credential-method", "header"))
    if method == "http":
        try:
            return basic(context.request.value("authorization") or "")
        except Refused as error:
            raise unauthorized(Reason.CREDENTIALS_MALFORMED, error.detail) from None
    extract = _EXTRACT[method]
    names = (properties.get("id-name"), properties.get("secret-name"))
    client_id, secret = (extract(context, str(name)) if name else None for name in names)
    return client_id, secret


def _from_form(context: Context, name: str) -> str | None:
    if (context.request.value("content-type") or "").split(";")[0].strip() != (
        "application/x-www-form-urlencoded"
    ):
        return None
    try:
        fields = parse_qs(context.request.body.decode(), max_num_fields=200)
    except ValueError:
        return None
    return fields.get(name, [None])[0]


def _from_cookie(context: Context, name: str) -> str | None:
    try:
        cookies = SimpleCookie("; ".join(context.request.values("cookie")))
    except CookieError:
        return None
    return cookies[name].value if name in cookies else None


def _from_variable(context: Context, name: str) -> str | None:
    return as_text(context.look_up(name)) or None


_EXTRACT: Mapping[str, Callable[[Context, str], str | None]] = {
    "header": lambda context, name: context.request.value(name),
    "query": lambda context, name: context.request.parameter(name),
    "form": _from_form,
    "cookie": _from_cookie,
    "context-var": _from_variable,
}
