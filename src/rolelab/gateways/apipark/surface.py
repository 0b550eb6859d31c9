"""The OpenAPI document of the gateway's own surface: management, tokens, and what is published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.gateways.apipark import bodies
from rolelab.gateways.apipark.drivers import oauth2
from rolelab.gateways.apipark.management import Live
from rolelab.gateways.apipark.operations import OPERATIONS, Operation
from rolelab.gateways.core.dialect import Simulation
from rolelab.gateways.core.message import Json
from rolelab.gateways.core.route import Route, RouteTable

_ANSWER = {
    "type": "object",
    "properties": {
        "code": {"type": "integer"},
        "success": {"type": "string"},
        "msg": {"type": "string"},
        "data": {"type": "object"},
    },
    "required": ["code"],
}
_ERROR = {
    "type": "object",
    "properties": {"code": {"const": -1}, "error": {"type": "string"}},
    "required": ["code", "error"],
}
_COMPLETION = {
    "type": "object",
    "required": ["id", "object", "created", "model", "choices", "usage"],
    "properties": {
        "id": {"type": "string"},
        "object": {"const": "chat.completion"},
        "created": {"type": "integer"},
        "model": {"type": "string"},
        "choices": {"type": "array", "items": {"type": "object"}},
        "usage": {"type": "object"},
    },
}
_MESSAGE = {
    "type": "object",
    "required": ["role", "content"],
    "properties": {
        "role": {"enum": ["user", "assistant", "system"]},
        "content": {"type": "string", "pattern": r"\S"},
    },
}


def document(simulation: Simulation, routes: RouteTable[Live]) -> dict[str, Json]:
    """Write the document.

    Args:
        simulation: what is simulated.
        routes: the live routes.
    """
    paths: dict[str, dict[str, Json]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _managed(operation)
    paths["/api/v1/account/login/username"] = {"post": _sign_in()}
    paths["/api/v1/account/logout"] = {"get": _sign_out()}
    paths[oauth2.TOKEN_PATH] = {"post": _token()}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _called(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{simulation.product} (simulated by rolelab)",
            "version": simulation.version,
            "description": simulation.sentence,
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "session"},
                "key": {"type": "http", "scheme": "bearer"},
                "application": {"type": "apiKey", "in": "header", "name": "Authorization"},
            }
        },
    }


def _json(description: str, schema: Mapping[str, Any]) -> dict[str, Json]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _plain(description: str) -> dict[str, Json]:
    return {
        "description": description,
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }


_MANAGED = {
    "200": _json("Done, or a code that says why not", _ANSWER),
    "400": _json("The request cannot be read", _ANSWER),
    "413": _json("The body is too large", _ANSWER),
}
_FORBIDDEN = {"403": _json("Not signed in, or no key", _ANSWER)}


def _managed(operation: Operation) -> dict[str, Json]:
    security = "key" if operation.path.startswith("/openapi/") else "session"
    return {
        "summary": operation.summary,
        "security": [{security: []}],
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": True,
                "schema": {"type": "string", "minLength": 1},
            }
            for name in operation.query
        ],
        **_body(operation.body),
        "responses": {**_MANAGED, **_FORBIDDEN},
    }


def _body(schema: Mapping[str, Any] | None) -> dict[str, Json]:
    if schema is None:
        return {}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _sign_in() -> dict[str, Json]:
    return {
        "summary": "Sign in; the answer sets the cookie of the session",
        **_body(bodies.SIGN_IN),
        "responses": _MANAGED,
    }


def _sign_out() -> dict[str, Json]:
    return {
        "summary": "Sign out",
        "security": [{"session": []}],
        "responses": {**_MANAGED, **_FORBIDDEN},
    }


def _token() -> dict[str, Json]:
    schema = {
        "type": "object",
        "required": ["grant_type", "client_id", "client_secret"],
        "properties": {
            "grant_type": {"const": "client_credentials"},
            "client_id": {"type": "string"},
            "client_secret": {"type": "string"},
        },
    }
    token = {
        "type": "object",
        "required": ["token_type", "expires_in", "access_token"],
        "properties": {
            "token_type": {"const": "bearer"},
            "expires_in": {"type": "integer"},
            "access_token": {"type": "string"},
        },
    }
    return {
        "summary": "Get a token for a registered client",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": schema},
                "application/x-www-form-urlencoded": {"schema": schema},
            },
        },
        "responses": {
            "200": _json("A token", token),
            "400": _plain("The request cannot be read"),
            "403": _plain("The grant or the secret is wrong"),
            "404": _plain("There is no such client"),
            "413": _plain("The body is too large"),
        },
    }


def _called(route: Route[Live]) -> dict[str, Json]:
    variables = route.target.router.variables if route.target.router else {}
    required = [key for key, needed in variables.items() if needed]
    model = {"model": {"type": "string", "minLength": 1}} if route.target.router is None else {}
    schema = {
        "type": "object",
        "required": ["messages", *(["variables"] if required else [])],
        "properties": {
            "messages": {"type": "array", "minItems": 1, "items": _MESSAGE},
            "variables": {
                "type": "object",
                "required": required,
                "additionalProperties": {"type": "string"},
            },
            **model,
        },
    }
    errors = {
        "400": "The body is not as it should be",
        "413": "The body is too large",
        "500": "The gateway made a mistake",
        "502": "The model did not answer as it should",
        "504": "The model did not answer in time",
    }
    return {
        "summary": route.name,
        "security": [{"application": []}],
        **_body(schema),
        "responses": {
            "200": _json("What the model answers", _COMPLETION),
            "401": _plain("No credential, or one that does not count"),
            "403": _plain("The application has no subscription"),
            "429": _plain("The limit is reached"),
            **{status: _json(text, _ERROR) for status, text in errors.items()},
        },
    }
