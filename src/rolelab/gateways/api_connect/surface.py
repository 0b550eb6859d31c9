"""What the gateway answers, as one OpenAPI 3.1 document: the published APIs, and the management
API.

The bodies of an API's own answers are its backend's, and no part of the gateway's promise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from rolelab.gateways.api_connect.api import Api, ApiKey, Operation
from rolelab.gateways.api_connect.catalog import Catalog
from rolelab.gateways.api_connect.management import APP, APPS, PUBLISH, SUBSCRIPTION, SUBSCRIPTIONS
from rolelab.gateways.core.dialect import Simulation

_TEXT = {"type": "string"}
_ERROR = {
    "type": "object",
    "required": ["httpCode", "httpMessage", "moreInformation"],
    "additionalProperties": False,
    "properties": {
        "httpCode": {"type": "string", "pattern": "^[1-5][0-9][0-9]$"},
        "httpMessage": _TEXT,
        "moreInformation": _TEXT,
    },
}
_REFUSAL = {
    "type": "object",
    "required": ["status", "message"],
    "additionalProperties": False,
    "properties": {
        "status": {"type": "integer"},
        "message": {"type": "array", "items": _TEXT, "minItems": 1},
    },
}
_NAME = {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$"}
_SUBSCRIBED = {
    "type": "object",
    "required": ["product", "plan", "state"],
    "properties": {
        "product": _TEXT,
        "plan": _TEXT,
        "state": {"enum": ["enabled", "pending"]},
    },
}
_APPLICATION = {
    "type": "object",
    "required": ["name", "consumer_org", "state", "client_ids", "subscriptions"],
    "properties": {
        "name": _NAME,
        "consumer_org": _NAME,
        "state": {"enum": ["enabled", "disabled"]},
        "client_ids": {"type": "array", "items": _TEXT},
        "subscriptions": {"type": "array", "items": _SUBSCRIBED},
    },
}
_REGISTERED = {
    **_APPLICATION,
    "required": [*_APPLICATION["required"], "client_id", "client_secret"],
    "properties": {**_APPLICATION["properties"], "client_id": _TEXT, "client_secret": _TEXT},  # type: ignore[dict-item]
}
_PUBLISHED = {
    "type": "object",
    "required": ["name", "version", "state", "plans", "apis"],
    "properties": {
        "name": _TEXT,
        "version": _TEXT,
        "state": {"enum": ["published"]},
        "plans": {"type": "array", "items": _TEXT},
        "apis": {"type": "array", "items": _TEXT},
    },
}
_LISTED = {
    "type": "object",
    "required": ["total_results", "results"],
    "properties": {
        "total_results": {"type": "integer"},
        "results": {"type": "array", "items": _APPLICATION},
    },
}

#: path, verb, operation, the members of the body, the status and the schema of the answer.
_MANAGEMENT: tuple[tuple[str, str, str, Mapping[str, Any] | None, str, Mapping[str, Any]], ...] = (
    (
        PUBLISH,
        "post",
        "products:publish",
        {"product": {"type": "object"}, "openapis": {"type": "array", "items": {"type": "object"}}},
        "201",
        _PUBLISHED,
    ),
    (APPS, "post", "apps:create", {"name": _NAME}, "201", _REGISTERED),
    (APPS, "get", "apps:list", None, "200", _LISTED),
    (
        APP,
        "patch",
        "apps:update",
        {"state": {"enum": ["enabled", "disabled"]}},
        "200",
        _APPLICATION,
    ),
    (
        SUBSCRIPTIONS,
        "post",
        "subscriptions:create",
        {"product": _TEXT, "plan": _TEXT},
        "201",
        _SUBSCRIBED,
    ),
    (
        SUBSCRIPTION,
        "patch",
        "subscriptions:update",
        {"state": {"enum": ["enabled"]}},
        "200",
        _SUBSCRIBED,
    ),
)


def surface(catalog: Catalog, simulation: Simulation) -> dict[str, Any]:
    """Make the document for what is published now.

    Args:
        catalog: what is published.
        simulation: said in the description.
    """
    names = {
        "org": {"enum": [catalog.organization]},
        "catalog": {"enum": [catalog.name]},
        "consumer_org": _NAME,
        "app": _NAME,
        "product": _TEXT,
    }
    paths: dict[str, dict[str, Any]] = {}
    schemes: dict[str, Any] = {"management": {"type": "http", "scheme": "bearer"}}
    for api in catalog.apis.values():
        for operation in api.operations:
            path = catalog.path_of(api, operation)
            security = _security(operation, schemes)
            described = _described(api, operation)
            described["security"] = security
            paths.setdefault(path, {})[operation.verb.lower()] = described
    for path, verb, name, members, status, answer in _MANAGEMENT:
        parameters = [
            {"name": one, "in": "path", "required": True, "schema": names[one]}
            for one in re.findall(r"\{(\w+)\}", path)
        ]
        paths.setdefault(path, {})[verb] = _managed(name, parameters, members, status, answer)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{catalog.organization}, catalog {catalog.name}",
            "version": simulation.version,
            "description": simulation.sentence,
        },
        "paths": paths,
        "components": {"securitySchemes": schemes},
    }


def _security(operation: Operation, schemes: dict[str, Any]) -> list[dict[str, list[str]]]:
    alternatives: list[dict[str, list[str]]] = []
    for keys in operation.keys:
        for key in keys:
            schemes[_scheme_name(key)] = {"type": "apiKey", "in": key.place, "name": key.name}
        alternatives.append({_scheme_name(key): [] for key in keys})
    return alternatives


def _scheme_name(key: ApiKey) -> str:
    return f"{key.part}.{key.place}.{re.sub(r'[^A-Za-z0-9_-]', '_', key.name)}"


def _described(api: Api, operation: Operation) -> dict[str, Any]:
    item = api.document["paths"][operation.path]
    # The document's own references lead nowhere in this one.
    whole = _resolved(item[operation.verb.lower()], api.document, 0)
    shared = _resolved(item.get("parameters", []), api.document, 0)
    own = {(one["in"], one["name"]) for one in whole.get("parameters", [])}
    found: dict[str, Any] = {
        "operationId": f"{api.key}:{operation.id or operation.verb + operation.path}",
        "parameters": [
            *(one for one in shared if (one["in"], one["name"]) not in own),
            *whole.get("parameters", []),
        ],
        "responses": {
            **whole.get("responses", {}),
            "default": {
                "description": "An error of the gateway, or an answer of the backend.",
                "content": {"application/json": {"schema": {}}},
            },
            **{
                status: {
                    "description": description,
                    "content": {"application/json": {"schema": _ERROR}},
                }
                for status, description in (
                    ("401", "The client is not known, or has no plan with this API."),
                    ("403", "The application is switched off."),
                    ("413", "The body is too large."),
                    ("429", "A limit of the plan or of the assembly is reached."),
                )
            },
        },
    }
    if "requestBody" in whole:
        found["requestBody"] = whole["requestBody"]
    return found


def _resolved(value: Any, document: Mapping[str, Any], depth: int) -> Any:
    if depth > 20:
        return {}
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            found: Any = document
            for step in reference[2:].split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            return _resolved(found, document, depth + 1)
        return {name: _resolved(one, document, depth) for name, one in value.items()}
    if isinstance(value, list):
        return [_resolved(one, document, depth) for one in value]
    return value


def _managed(
    name: str,
    parameters: list[dict[str, Any]],
    members: Mapping[str, Any] | None,
    status: str,
    answer: Mapping[str, Any],
) -> dict[str, Any]:
    refusals = ("400", "401", "404", "405", "413")
    found: dict[str, Any] = {
        "operationId": name,
        "security": [{"management": []}],
        "parameters": parameters,
        "responses": {
            status: {
                "description": "Done.",
                "content": {"application/json": {"schema": answer}},
            },
            **{
                one: {
                    "description": "Refused.",
                    "content": {"application/json": {"schema": _REFUSAL}},
                }
                for one in refusals
            },
        },
    }
    if members is not None:
        schema = {
            "type": "object",
            "required": [*members],
            "additionalProperties": False,
            "properties": members,
        }
        found["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]
