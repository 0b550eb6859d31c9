"""`invoke` 2.x: call the backend.

Pages: *invoke*; *API properties*, which shows that the API Gateway, unlike the v5 compatible one,
sends `X-IBM-Client-Id` on unless `header-control` suppresses it. Every header field of the message
is sent, the client secret too: `header-control` or `set-variable` has to keep it back. Query
parameters are sent only as far as `parameter-control` lets them.

An error that `stop-on-error` does not list lets the assembly go on: after an error of the
connection with status 500 and no body, as seen on a gateway; after an unsuccessful status with the
backend's own answer. Redirects are not followed, so that a backend cannot send the gateway
elsewhere.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from rolelab.gateways.api_connect.context import GLOBAL_TRANSACTION, Context
from rolelab.gateways.api_connect.errors import NO_BACKEND, ApiError, phrase_of
from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.api_connect.policies.set_variable import wrong
from rolelab.gateways.api_connect.references import as_text, substitute
from rolelab.gateways.core.backend import BackendCall
from rolelab.gateways.core.message import Reply
from rolelab.gateways.core.refused import Reason, Refused

_TIMEOUT_SECONDS = 60.0
# What the API's author wrote goes into a URL as it is, and so do whole parts of the request's URL.
_AS_IT_IS = (
    "api.",
    "plan.",
    "request.path",
    "request.search",
    "request.querystring",
    "request.uri",
)


async def invoke(context: Context, properties: Mapping[str, Any], services: Services) -> None:
    """Send the message to the backend, and put the answer into `output`, or into the message."""
    try:
        reply = await _answer(context, properties, services)
        if not 200 <= reply.status < 400:
            _stop(properties, _operation_error(reply), reply, context)
    except ApiError as error:
        if error.name != "ConnectionError" or "ConnectionError" in _stops(properties):
            raise
        context.warnings.append(f"invoke: {error.detail}; stop-on-error does not list it")
        reply = Reply(500)
    _keep(context, properties, reply)


def _stops(properties: Mapping[str, Any]) -> Sequence[str]:
    found: Sequence[str] = properties.get("stop-on-error", ())
    return found


def _operation_error(reply: Reply) -> ApiError:
    return ApiError(
        "OperationError",
        Reason.BACKEND_REFUSED,
        reply.status,
        f"The backend answered {reply.status} {phrase_of(reply.status)}",
    )


def _stop(properties: Mapping[str, Any], error: ApiError, reply: Reply, context: Context) -> None:
    if error.name in _stops(properties):
        _keep(context, properties, reply)
        raise error


def _keep(context: Context, properties: Mapping[str, Any], reply: Reply) -> None:
    output = str(properties.get("output", "message"))
    if output == "message":
        context.message.take(reply)
        return
    context.assign(
        output,
        {
            "body": reply.body.decode("utf-8", "replace"),
            "headers": dict(reply.headers),
            "status": {"code": reply.status, "reason": phrase_of(reply.status)},
        },
    )


async def _answer(context: Context, properties: Mapping[str, Any], services: Services) -> Reply:
    verb = str(properties.get("verb", "Keep"))
    method = context.request.method if verb.lower() == "keep" else verb
    seconds = float(properties.get("timeout", _TIMEOUT_SECONDS))
    call = BackendCall(
        method=method,
        url=_url(context, properties),
        headers=tuple(_headers(context, properties).items()),
        body=b"" if method in ("GET", "HEAD", "OPTIONS") else context.message.body,
        timeout_seconds=seconds,
    )
    backend = services.backend(str(properties.get("tls-profile", "")))
    try:
        # The core's limit is for each step; a backend that drips would stay below it for ever.
        async with asyncio.timeout(seconds):
            return await backend.send(context.exchange, call)
    except TimeoutError:
        raise _slow(seconds) from None
    except Refused as error:
        if error.reason is Reason.BACKEND_SLOW:
            raise _slow(seconds) from None
        raise ApiError(
            "ConnectionError", error.reason, 500, NO_BACKEND, detail=error.detail
        ) from None


def _slow(seconds: float) -> ApiError:
    return ApiError(
        "ConnectionError",
        Reason.BACKEND_SLOW,
        500,
        f"No response from the backend within {seconds:g} seconds",
    )


def _url(context: Context, properties: Mapping[str, Any]) -> str:
    def look_up(name: str) -> Any:
        value = as_text(context.look_up(name))
        if name in context.api.properties or name.startswith(_AS_IT_IS):
            return value
        return quote(value, safe="")

    url = as_text(substitute(str(properties["target-url"]), look_up))
    if not re.match(r"https?://[^/\s]", url):
        raise wrong("target-url is no http or https URL")
    passed = _controlled(
        parse_qsl(context.request.query, keep_blank_values=True),
        properties.get("parameter-control", {"type": "whitelist", "values": []}),
    )
    return url + (("&" if "?" in url else "?") + urlencode(passed) if passed else "")


def _headers(context: Context, properties: Mapping[str, Any]) -> dict[str, str]:
    sent = dict(
        _controlled(
            [*context.message.headers.items()],
            properties.get("header-control", {"type": "blacklist", "values": []}),
        )
    )
    if not properties.get("inject-proxy-headers", False):
        sent = {name: value for name, value in sent.items() if not name.startswith("x-forwarded-")}
    if properties.get("username"):
        pair = f"{context.text(properties['username'])}:{context.text(properties['password'])}"
        sent["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    # The gateway decodes the answer, so it names the codings that it knows.
    sent.pop("accept-encoding", None)
    sent[GLOBAL_TRANSACTION] = context.transaction
    return sent


def _controlled(
    pairs: Sequence[tuple[str, str]], control: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Pairs that a control lets pass. Its patterns match names without case, as header names do."""
    patterns = [re.compile(one, re.IGNORECASE) for one in control["values"]]
    only_listed = control["type"] in ("whitelist", "allowlist")
    return [
        (name, value)
        for name, value in pairs
        if any(one.search(name) for one in patterns) == only_listed
    ]
