"""The API event record: what the gateway knows about one call afterwards.

Pages: *API event record field reference*; *Activity logging with the DataPower API Gateway*: a good
call leaves `activity`, a failed one `payload`, unless `activity-log` says otherwise. The form of
the values is that of records of real gateways. IBM says that records are not redacted; this
simulation takes credentials out of them, so that no log holds a secret.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from rolelab.gateways.api_connect.catalog import Catalog
from rolelab.gateways.api_connect.context import Context
from rolelab.gateways.api_connect.errors import phrase_of
from rolelab.gateways.api_connect.limits import period_of
from rolelab.gateways.core.exchange import Exchange
from rolelab.gateways.core.limits import Taken
from rolelab.gateways.core.message import Headers, Reply

REDACTED = "********"

_ALWAYS_SECRET = frozenset(
    {
        *("authorization", "proxy-authorization", "cookie", "set-cookie", "password"),
        *("x-ibm-client-secret", "client_secret", "access_token", "refresh_token", "id_token"),
        *("x-amz-security-token", "api_key", "apikey", "x-api-key"),
    }
)


def event_record(
    exchange: Exchange, reply: Reply, catalog: Catalog, transaction: str, context: Context | None
) -> dict[str, Any]:
    """Make the record of a call.

    Args:
        exchange: the call.
        reply: what the client gets.
        catalog: where it was called.
        transaction: the value of `X-Global-Transaction-ID`.
        context: None if no API was found.

    Returns:
        The fields, as far as the API's activity log wants them; `log_policy` says how far.
    """
    level = _level(context, reply.status)
    if level == "none":
        return {"log_policy": level, "global_transaction_id": transaction}
    record = {
        **_about_call(exchange, reply, catalog, transaction),
        **_about_api(context),
        **_about_client(context),
        "log_policy": level,
        "rateLimit": {one.limit.name: _about_limit(one) for one in exchange.taken},
    }
    secret = _secret_names(context) if context else _ALWAYS_SECRET
    record["query_string"] = _query(exchange.request.query, secret)
    if level in ("header", "payload"):
        record["request_http_headers"] = _headers(exchange.request.headers, secret)
        record["response_http_headers"] = _headers(reply.headers, secret)
    if level == "payload":
        record["request_body"] = _body(exchange.request.body, secret)
        record["response_body"] = _body(reply.body, secret)
    if context and context.warnings:
        record["warnings"] = [*context.warnings]
    return record


def _level(context: Context | None, status: int) -> str:
    if context is None:
        return "activity"
    return context.api.success_content if status < 400 else context.api.error_content


def _about_call(
    exchange: Exchange, reply: Reply, catalog: Catalog, transaction: str
) -> dict[str, Any]:
    request = exchange.request
    return {
        "datetime": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "global_transaction_id": transaction,
        "transaction_id": str(int(transaction[-8:], 16)),
        "org_name": catalog.organization,
        "catalog_name": catalog.name,
        "gateway_service_name": "rolelab",
        "request_method": request.method,
        "request_protocol": "http",
        "uri_path": request.path,
        "http_user_agent": ", ".join(request.values("user-agent")),
        "client_ip": request.client,
        "bytes_received": len(request.body),
        "bytes_sent": len(reply.body),
        "status_code": f"{reply.status} {phrase_of(reply.status)}",
        "time_to_serve_request": round((time.monotonic() - exchange.began) * 1000),
    }


def _about_api(context: Context | None) -> dict[str, Any]:
    if context is None:
        return {"api_name": "N/A", "api_version": "N/A", "resource_id": "N/A"}
    api, operation = context.api, context.operation
    resource = f"{api.key}:{operation.verb.lower()}:{operation.path}"
    return {
        "api_name": api.name,
        "api_version": api.version,
        "api_type": "rest",
        "api_resource_id": resource,
        "resource_id": resource,
    }


def _about_client(context: Context | None) -> dict[str, Any]:
    who = context.subscriber if context else None
    product = who.product if who else None
    plan = who.plan if who else None
    return {
        "client_id": who.client_id if who else "",
        "app_name": who.application if who else "N/A",
        "developer_org_name": who.organization if who else "",
        "product_name": product.name if product else "N/A",
        "product_version": product.version if product else "N/A",
        "plan_name": plan.name if plan else "N/A",
        "plan_id": f"{product.key}:{plan.name}" if product and plan else "",
    }


def _about_limit(taken: Taken) -> dict[str, Any]:
    interval, unit = period_of(taken.limit)
    return {
        "count": taken.remaining,
        "limit": taken.limit.count,
        "interval": interval,
        "period": 1,
        "unit": unit,
        "reject": str(taken.exceeded and taken.limit.hard).lower(),
    }


def _secret_names(context: Context) -> frozenset[str]:
    """The names, in lower case, under which a caller of an API shows something secret.

    Where nobody is known, a client id is no client id: it may be a secret in the wrong place.
    """
    api, known = context.api, context.subscriber is not None
    found = {
        key.name
        for one in api.operations
        for keys in one.keys
        for key in keys
        if key.part == "client_secret" or not known
    }
    for _, (name, properties) in api.policies():
        if name == "client-security":
            parts = ("secret-name",) if known else ("id-name", "secret-name")
            found |= {str(properties.get(one, "")).rsplit(".", 1)[-1] for one in parts}
        if name == "jwt-validate" and "jwt" in properties:
            found.add(str(properties["jwt"]).rsplit(".", 1)[-1])
    return _ALWAYS_SECRET | {one.lower() for one in found}


def _headers(headers: Headers, secret: frozenset[str]) -> list[dict[str, str]]:
    return [{name: REDACTED if name in secret else value} for name, value in headers]


def _query(query: str, secret: frozenset[str]) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    if not any(name.lower() in secret for name, _ in pairs):
        return query
    return urlencode(
        [(name, REDACTED if name.lower() in secret else value) for name, value in pairs], safe="*"
    )


def _body(body: bytes, secret: frozenset[str]) -> str:
    text = body.decode("utf-8", "replace")
    try:
        return json.dumps(_redacted(json.loads(text), secret), ensure_ascii=False)
    except (ValueError, RecursionError):
        return _query(text, secret) if "=" in text else text


def _redacted(value: Any, secret: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {
            name: REDACTED if name.lower() in secret else _redacted(one, secret)
            for name, one in value.items()
        }
    return [_redacted(one, secret) for one in value] if isinstance(value, list) else value
