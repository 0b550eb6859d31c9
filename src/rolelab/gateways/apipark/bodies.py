"""The bodies of management calls: JSON Schemas, and reading a body with one."""

from __future__ import annotations

from collections.abc import Mapping

from rolelab.gateways.apipark.answers import Failure
from rolelab.gateways.apipark.shape import Schema, faults
from rolelab.gateways.core.message import Json, Request
from rolelab.gateways.core.refused import Refused

TEXT: Schema = {"type": "string", "maxLength": 2000}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
SWITCH: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}


def members(required: Mapping[str, Schema], optional: Mapping[str, Schema]) -> Schema:
    """A schema of an object with these members and no others."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def listed(items: Schema) -> Schema:
    """A schema of a list of at most 100."""
    return {"type": "array", "items": items, "maxItems": 100}


def one_of(*values: str) -> Schema:
    """A schema of one of some words."""
    return {"type": "string", "enum": list(values)}


SIGN_IN = members({"name": NAME, "password": NAME}, {})
SERVICE = members(
    {
        "name": NAME,
        "prefix": {"type": "string", "pattern": "^/?[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$"},
        "service_kind": one_of("ai"),
        "provider": NAME,
        "model": NAME,
    },
    {
        "id": NAME,
        "description": TEXT,
        "service_type": one_of("public", "inner"),
        "approval_type": one_of("auto", "manual"),
        "logo": TEXT,
        "tags": listed(TEXT),
        "catalogue": TEXT,
        "as_server": SWITCH,
        "as_app": SWITCH,
    },
)
VARIABLE = members({"key": NAME}, {"description": TEXT, "require": SWITCH})
ROUTER = members(
    {
        "name": NAME,
        "path": {"type": "string", "pattern": "^/?[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$"},
        "ai_prompt": members(
            {"prompt": {"type": "string", "maxLength": 20000}}, {"variables": listed(VARIABLE)}
        ),
        "ai_model": members({"id": NAME, "provider": NAME}, {"name": TEXT, "config": TEXT}),
    },
    {
        "id": NAME,
        "description": TEXT,
        "disabled": SWITCH,
        "timeout": {"type": "integer", "minimum": 1, "maximum": 600_000},
        "retry": {"type": "integer", "minimum": 0, "maximum": 10},
    },
)
APPLICATION = members({"name": NAME}, {"id": NAME, "description": TEXT})
AUTHORIZATION = members(
    {
        "name": NAME,
        "driver": one_of("apikey", "basic", "jwt", "aksk", "oauth2"),
        "config": {"type": "object"},
    },
    {
        "uuid": NAME,
        "position": one_of("Header", "Query"),
        "token_name": {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"},
        "expire_time": {"type": "integer", "minimum": 0},
        "hide_credential": SWITCH,
    },
)
SUBSCRIBE = members({"service": NAME, "applications": listed(NAME)}, {"reason": TEXT})
ADD_SUBSCRIBER = members({"application": NAME}, {"applier": TEXT})
APPROVE = members({"operate": one_of("pass", "refuse")}, {"opinion": TEXT})
RELEASE = members({"version": NAME}, {"version_remark": TEXT, "remark": TEXT})
APPLY = members({"release": NAME}, {"remark": TEXT})
COMMENTS = members({}, {"comments": TEXT})
TOP10 = members({"data_type": one_of("api", "provider", "application")}, {})
SUMMARY = members({}, {})
_REPLACE = members({"type": one_of("random", "custom")}, {"value": TEXT})
MASKING_RULE = members(
    {
        "match": members(
            {"type": one_of("inner", "keyword", "regex", "json_path"), "value": NAME}, {}
        ),
        "mask": members(
            {
                "type": one_of(
                    "partial-display", "partial-masking", "truncation", "replacement", "shuffling"
                )
            },
            {
                "begin": WHOLE,
                "length": {"type": "integer", "minimum": -1, "maximum": 2**31 - 1},
                "replace": _REPLACE,
            },
        ),
    },
    {},
)
STRATEGY = members(
    {"name": NAME, "config": members({"rules": listed(MASKING_RULE)}, {})},
    {
        "id": NAME,
        "priority": WHOLE,
        "desc": TEXT,
        "filters": listed(
            members(
                {"name": one_of("application", "api"), "values": listed(NAME)},
                {"type": TEXT, "label": TEXT, "title": TEXT},
            )
        ),
    },
)


def read(request: Request, schema: Schema) -> dict[str, Json]:
    """Read the body of a management call.

    Raises:
        Failure: it is no JSON object, or does not have the shape; the message names the place.
    """
    try:
        body = request.json()
    except Refused as refused:
        raise Failure(f"invalid request: {refused.detail}") from None
    require(body, schema)
    return body


def require(value: Json, schema: Schema, name: str = "") -> None:
    """Check a value against a schema. The message never quotes the value.

    Raises:
        Failure: the value does not fit.
    """
    fault = next(faults(value, schema, name), None)
    if fault is not None:
        raise Failure(f"invalid request: {fault}")
