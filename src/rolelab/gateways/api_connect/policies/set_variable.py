"""`set-variable` 2.0.0: set, add or clear a variable or a part of the message.

Page: *set-variable*. `clear: message.headers.X-IBM-Client-Secret` is how a secret stays here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rolelab.gateways.api_connect.context import Context
from rolelab.gateways.api_connect.errors import ApiError
from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.api_connect.references import as_text
from rolelab.gateways.core.refused import Reason


async def set_variable(context: Context, properties: Mapping[str, Any], _: Services) -> None:
    """Do the actions, in order."""
    for action in properties["actions"]:
        if "clear" in action:
            _clear(context, str(action["clear"]))
            continue
        value = action["value"]
        filled = context.fill(value) if isinstance(value, str) else value
        typed = _TYPES[str(action.get("type", "any"))](filled)
        if "add" in action:
            _add(context, str(action["add"]), as_text(typed))
        else:
            _set(context, str(action["set"]), typed)


def _set(context: Context, name: str, value: Any) -> None:
    message = context.message
    if name.startswith("message.headers."):
        message.set_header(name.split(".", 2)[2], as_text(value))
    elif name == "message.body":
        message.body = as_text(value).encode()
        if not isinstance(value, str):
            message.set_header("content-type", "application/json")
    elif name == "message.status.code":
        message.status = _status(as_text(value))
    elif name == "message.status.reason":
        message.phrase = as_text(value)
    else:
        context.assign(name, value)


def _add(context: Context, name: str, value: str) -> None:
    field = name.split(".", 2)[2]
    before = context.message.headers.get(field.lower())
    context.message.set_header(field, f"{before}, {value}" if before else value)


def _clear(context: Context, name: str) -> None:
    if name.startswith("message.headers."):
        context.message.clear_header(name.split(".", 2)[2])
    elif name == "message.body":
        context.message.body = b""
    elif name.startswith("message.status."):
        context.message.status = None
    else:
        context.clear(name)


def _status(text: str) -> int:
    if not text.isdecimal() or not 200 <= int(text) <= 599:
        raise wrong("the value of message.status.code is no HTTP status that ends a call")
    return int(text)


def wrong(message: str) -> ApiError:
    """The error for a property that cannot be used."""
    return ApiError("PropertyError", Reason.INTERNAL, 500, message)


def _number(value: Any) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        return json.loads(as_text(value), parse_constant=_number)  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        raise wrong("the value of set-variable is no number") from None


def _boolean(value: Any) -> bool:
    text = as_text(value)
    if text not in ("true", "false"):
        raise wrong("the value of set-variable is neither true nor false")
    return text == "true"


_TYPES: Mapping[str, Callable[[Any], Any]] = {
    "any": lambda value: value,
    "string": as_text,
    "number": _number,
    "boolean": _boolean,
}
