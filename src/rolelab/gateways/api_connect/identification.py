"""What comes before the assembly: client identification, the plan's limit, required parameters.

The order is that of `latency_info` in event records of real gateways: routing, client
identification, rate limit, security, execute. Nothing here can be caught in the assembly; the 429
of a plan cannot, says *Can I capture the 429 error when rate limit exceeds in the Assembly* (IBM
Support).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from rolelab.gateways.api_connect.api import ApiKey
from rolelab.gateways.api_connect.consumers import Application, Subscriber
from rolelab.gateways.api_connect.context import Context
from rolelab.gateways.api_connect.errors import PARAMETER_MISSING, PLAN_LIMIT, ApiError
from rolelab.gateways.api_connect.policies.client_security import (
    disabled,
    note_caller,
    unauthorized,
)
from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.api_connect.product import Product
from rolelab.gateways.core.refused import Reason, Refused


def identify(context: Context, services: Services, products: Sequence[Product]) -> None:
    """Find out who calls, and under which plan. An operation without `security` asks nobody.

    Raises:
        ApiError: UnauthorizedError or ForbiddenError.
    """
    alternatives = context.operation.keys
    if not alternatives:
        return
    shown = next(
        (found for keys in alternatives if (found := _shown(context, keys)) is not None), None
    )
    if shown is None:
        raise unauthorized(Reason.CREDENTIALS_MISSING, "the client id or secret is missing")
    client_id, secret = shown
    application = services.consumers.authenticate(client_id, secret)
    if application is None:
        raise unauthorized(Reason.CREDENTIALS_WRONG, "no application has this id and secret")
    if not application.enabled:
        raise disabled()
    context.subscriber = _subscriber(context, application, client_id, products)
    note_caller(context, "client-id")
    plan = context.subscriber.plan
    context.exchange.plan = plan.name if plan else ""


def _shown(context: Context, keys: Sequence[ApiKey]) -> tuple[str, str | None] | None:
    """The id and the secret that a client shows as these keys ask; None if one is missing."""
    values = {key.part: _value(context, key) for key in keys}
    if not all(values.values()):
        return None
    return str(values["client_id"]), values.get("client_secret")


def _value(context: Context, key: ApiKey) -> str | None:
    read = context.request.value if key.place == "header" else context.request.parameter
    return read(key.name)


def _subscriber(
    context: Context, application: Application, client_id: str, products: Sequence[Product]
) -> Subscriber:
    for product in products:
        plan = product.plans.get(application.subscriptions.get(product.key, ""))
        if plan is not None and context.api.key in plan.apis:
            return Subscriber(application.organization, application.name, client_id, product, plan)
    raise unauthorized(Reason.NO_SUBSCRIPTION, "no plan of this application has the API")


def apply_plan(context: Context, services: Services) -> None:
    """Count the call against the plan's limits.

    Raises:
        Refused: LIMIT_EXCEEDED; the call is beyond a hard limit.
    """
    who = context.subscriber
    if who is None or who.plan is None:
        return
    taken = services.limiter.take(
        f"plan/{who.key}", (*who.plan.rate_limits, *who.plan.burst_limits)
    )
    context.exchange.taken = taken
    for one in taken:
        if one.exceeded and one.limit.hard:
            raise Refused(Reason.LIMIT_EXCEEDED, PLAN_LIMIT)
        if one.exceeded:
            context.warnings.append(f"beyond the soft limit {one.limit.name} of {who.plan.name}")


def check_parameters(context: Context) -> None:
    """Look for what the operation requires.

    Page: *How to use the Global Error Policy to Catch Errors* (IBM Support), for the sentence.

    Raises:
        ApiError: BadRequestError.
    """
    operation, request = context.operation, context.request
    for place, name in operation.required:
        there = request.values(name) if place == "header" else request.parameters().get(name)
        if not there:
            raise _bad(Reason.VARIABLE_MISSING, PARAMETER_MISSING, f"{place} {name} is missing")
    if operation.needs_body and not request.body:
        raise _bad(Reason.VARIABLE_MISSING, PARAMETER_MISSING, "the body is missing")
    if operation.takes_json and request.body:
        _check_json(request.body)


def _check_json(body: bytes) -> None:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        raise _bad(Reason.BODY_NOT_JSON, "The body is not valid JSON", "") from None


def _bad(reason: Reason, message: str, detail: str) -> ApiError:
    return ApiError("BadRequestError", reason, 400, message, detail=detail)
