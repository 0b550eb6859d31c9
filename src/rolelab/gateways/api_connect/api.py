"""An API: its OpenAPI 3 document with `x-ibm-configuration`.

Pages: *IBM extensions to the OpenAPI specification*; *execute*; *catch*. The document is checked by
openapi-spec-validator, the extension by `extension.schema.json`, and what a schema cannot say here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import openapi_spec_validator
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from referencing.exceptions import Unresolvable

from rolelab.gateways.api_connect import schema_check
from rolelab.gateways.api_connect.documents import read_document
from rolelab.gateways.api_connect.errors import ERROR_NAMES
from rolelab.gateways.api_connect.near_words import did_you_mean
from rolelab.gateways.api_connect.references import references
from rolelab.gateways.core.definition_error import DefinitionError

Policy = tuple[str, Mapping[str, Any]]
"""The name of a policy and its properties."""

_EXTENSION = "x-ibm-configuration"
_VERBS = ("get", "put", "post", "delete", "options", "head", "patch")
_KEY_TYPES = {"x-ibm-client-id": "client_id", "x-ibm-client-secret": "client_secret"}
_QUERY_TYPES = {"client_id": "client_id", "client_secret": "client_secret"}
# The contexts that are there without any policy, and those that `catch` adds.
_CONTEXTS = (
    "request", "message", "client", "plan", "api", "error", "system", "log"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Where a client shows its id or its secret.

    Attributes:
        part: `client_id` or `client_secret`.
        place: `header` or `query`.
        name: of the header field or query parameter.
    """

    part: str
    place: str
    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb on one path.

    Attributes:
        id: its `operationId`; empty without one.
        verb: in upper case.
        path: as the document has it, `/analyse`.
        keys: the alternatives by which a client identifies itself, each of which is enough;
            empty for an operation that anybody may call.
        required: the required parameters, as `(place, name)` with place header or query.
        needs_body: a request without a body is refused.
        takes_json: the only body that it takes is JSON.
    """

    id: str
    verb: str
    path: str
    keys: tuple[tuple[ApiKey, ...], ...] = ()
    required: tuple[tuple[str, str], ...] = ()
    needs_body: bool = False
    takes_json: bool = False


@dataclass(frozen=True, slots=True)
class Catch:
    """One entry of `catch`.

    Attributes:
        errors: the names that it takes; None for a default catch.
        execute: what it runs.
    """

    errors: frozenset[str] | None
    execute: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class Api:
    """An API as the gateway runs it.

    Attributes:
        name: `info.x-ibm-name`.
        version: `info.version`.
        base_path: the path of the first server, `/sentiment`; may be empty.
        operations: in the document's order.
        execute: the policies, in order.
        catches: in the document's order, which decides.
        properties: API properties, the catalog's values applied.
        success_content: what a good call leaves in the event record.
        error_content: what a failed call leaves there.
        document: the whole document.
    """

    name: str
    version: str
    base_path: str
    operations: tuple[Operation, ...]
    execute: tuple[Policy, ...]
    catches: tuple[Catch, ...]
    properties: Mapping[str, str]
    success_content: str
    error_content: str
    document: Mapping[str, Any]

    @property
    def key(self) -> str:
        """`name:version`, by which a product refers to it."""
        return f"{self.name}:{self.version}"

    def policies(self) -> Iterator[tuple[str, Policy]]:
        """Every policy with its path in the document, those in cases and catches too."""
        yield from _walk(self.execute, f"{_EXTENSION}.assembly.execute")
        for number, one in enumerate(self.catches):
            part = "default" if one.errors is None else "execute"
            yield from _walk(one.execute, f"{_EXTENSION}.assembly.catch[{number}].{part}")


def read_api(
    source: str | Path | Mapping[str, Any],
    catalog: str = "sandbox",
    properties: Mapping[str, str] | None = None,
) -> Api:
    """Read and check an API.

    Args:
        source: the document, its YAML or JSON text, or its file.
        catalog: whose values of API properties count.
        properties: values that go before those of the document, for the properties it declares.

    Raises:
        DefinitionError: the gateway cannot use it.
    """
    document = read_document(source)
    _check_openapi(document)
    if _EXTENSION not in document:
        raise DefinitionError("", f"{_EXTENSION} is missing: this API has no assembly")
    extension = document[_EXTENSION]
    schema_check.check(extension, "extension", _EXTENSION)
    info = document["info"]
    if not isinstance(info.get("x-ibm-name"), str):
        raise DefinitionError("info", "x-ibm-name is missing; products refer to the API by it")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", info["x-ibm-name"]):
        raise DefinitionError("info.x-ibm-name", "a name has letters, digits, - and _ only")
    schemes = _schemes(document)
    assembly = extension.get("assembly", {})
    activity = extension.get("activity-log", {})
    enabled = activity.get("enabled", True)
    api = Api(
        name=info["x-ibm-name"],
        version=str(info["version"]),
        base_path=_base_path(document),
        operations=tuple(_operations(document, schemes)),
        execute=_policies(assembly.get("execute", [])),
        catches=tuple(_catches(assembly.get("catch", []))),
        properties=_properties(extension, catalog, properties or {}),
        success_content=activity.get("success-content", "activity") if enabled else "none",
        error_content=activity.get("error-content", "payload") if enabled else "none",
        document=document,
    )
    _check_assembly(api)
    return api


def _check_openapi(document: Mapping[str, Any]) -> None:
    version = str(document.get("openapi", ""))
    if "swagger" in document:
        raise DefinitionError("swagger", "this is OpenAPI 2; the simulation reads OpenAPI 3")
    if not re.fullmatch(r"3\.[01]\.\d+", version):
        raise DefinitionError("openapi", f"{version or 'nothing'} is no version 3.0.x or 3.1.x")
    try:
        openapi_spec_validator.validate(document)
    except OpenAPIValidationError as error:
        place = schema_check.where("", getattr(error, "absolute_path", ()))
        # The rest of the message repeats the schema.
        first = str(getattr(error, "message", None) or error).split("\n", 1)[0]
        raise DefinitionError(place, first) from None
    except RecursionError:
        raise DefinitionError(
            "", "references lead in a circle, or the document is nested too deep"
        ) from None
    except Unresolvable as error:
        raise DefinitionError("", f"the reference {error.ref} leads nowhere") from None


def _base_path(document: Mapping[str, Any]) -> str:
    servers = document.get("servers") or [{"url": "/"}]
    url = urlsplit(str(servers[0]["url"]))
    if "{" in url.path:
        raise DefinitionError("servers[0].url", "the base path of an API has no variables")
    return url.path.rstrip("/")


def _operations(document: Mapping[str, Any], schemes: Mapping[str, ApiKey]) -> Iterator[Operation]:
    for path, item in document.get("paths", {}).items():
        for verb in _VERBS:
            if verb not in item:
                continue
            found = item[verb]
            at = f"paths.{path}.{verb}.security" if "security" in found else "security"
            asked = found.get("security", document.get("security", []))
            both = [*item.get("parameters", []), *found.get("parameters", [])]
            parameters = [_resolved(document, one) for one in both]
            body = _resolved(document, found.get("requestBody", {}))
            yield Operation(
                id=str(found.get("operationId", "")),
                verb=verb.upper(),
                path=path,
                keys=_keys(asked, schemes, at),
                required=tuple(
                    (one["in"], one["name"])
                    for one in parameters
                    if one.get("required") and one["in"] in ("header", "query")
                ),
                needs_body=bool(body.get("required")),
                takes_json=[*body.get("content", {})] == ["application/json"],
            )


def _resolved(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = part.get("$ref")
    if not isinstance(reference, str):
        return part
    if not reference.startswith("#/"):
        raise DefinitionError("", f"{reference}: references to other files are not read")
    found: Any = document
    for step in reference[2:].split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return _resolved(document, found)


def _schemes(document: Mapping[str, Any]) -> dict[str, ApiKey]:
    found: dict[str, ApiKey] = {}
    for name, scheme in document.get("components", {}).get("securitySchemes", {}).items():
        at = f"components.securitySchemes.{name}"
        if scheme["type"] != "apiKey":
            raise DefinitionError(
                f"{at}.type", f"API Connect has {scheme['type']} here; this simulation runs apiKey"
            )
        place, field = scheme["in"], scheme["name"]
        known = _KEY_TYPES if place == "header" else _QUERY_TYPES
        part = scheme.get("x-key-type") or known.get(field.lower())
        if part not in ("client_id", "client_secret"):
            hint = did_you_mean(field, ["X-IBM-Client-Id", "X-IBM-Client-Secret", *_QUERY_TYPES])
            raise DefinitionError(
                f"{at}.name",
                f"{field} holds neither client id nor secret: x-key-type is not client_id or "
                f"client_secret{hint}",
            )
        if place not in ("header", "query"):
            raise DefinitionError(f"{at}.in", f"a client shows its {part} in header or query")
        found[name] = ApiKey(part, place, field)
    return found


def _keys(
    asked: Sequence[Mapping[str, Any]], schemes: Mapping[str, ApiKey], at: str
) -> tuple[tuple[ApiKey, ...], ...]:
    alternatives = []
    for number, one in enumerate(asked):
        for name in one:
            if name not in schemes:
                raise DefinitionError(
                    f"{at}[{number}]", f"there is no scheme {name}{did_you_mean(name, schemes)}"
                )
        keys = tuple(schemes[name] for name in one)
        if keys and "client_id" not in {key.part for key in keys}:
            raise DefinitionError(f"{at}[{number}]", "a client secret alone names no client")
        alternatives.append(keys)
    # An empty alternative lets anybody in, as OpenAPI says.
    return () if () in alternatives else tuple(alternatives)


def _properties(
    extension: Mapping[str, Any], catalog: str, given: Mapping[str, str]
) -> dict[str, str]:
    declared = extension.get("properties", {})
    values = {name: str(one.get("value", "")) for name, one in declared.items()}
    for name, value in extension.get("catalogs", {}).get(catalog, {}).get("properties", {}).items():
        if name not in declared:
            raise DefinitionError(
                f"{_EXTENSION}.catalogs.{catalog}.properties",
                f"{name} is not among the API's properties{did_you_mean(name, declared)}",
            )
        values[name] = value
    return {name: given.get(name, value) for name, value in values.items()}


def _policies(execute: Sequence[Mapping[str, Any]]) -> tuple[Policy, ...]:
    return tuple((name, properties) for one in execute for name, properties in one.items())


def _catches(found: Sequence[Mapping[str, Any]]) -> Iterator[Catch]:
    for one in found:
        if "errors" in one:
            yield Catch(frozenset(one["errors"]), _policies(one["execute"]))
        if "default" in one:
            yield Catch(None, _policies(one["default"]))


def _walk(execute: Sequence[Policy], at: str) -> Iterator[tuple[str, Policy]]:
    for number, (name, properties) in enumerate(execute):
        here = f"{at}[{number}].{name}"
        yield here, (name, properties)
        for case, one in enumerate(properties.get("case", ())):
            yield from _walk(_policies(one["execute"]), f"{here}.case[{case}].execute")


def _check_assembly(api: Api) -> None:
    everything = [*api.policies()]
    for at, (name, properties) in everything:
        if name in _RULES:
            _RULES[name](api, at, properties)
    thrown = {str(properties["name"]) for _, (name, properties) in everything if name == "throw"}
    known = [*ERROR_NAMES, *thrown]
    for number, one in enumerate(api.catches):
        for error in sorted(one.errors or ()):
            if error not in known:
                raise DefinitionError(
                    f"{_EXTENSION}.assembly.catch[{number}].errors",
                    f"no policy here throws {error}{did_you_mean(error, known)}",
                )
    _check_references(api, everything)


def _check_references(api: Api, everything: Iterable[tuple[str, Policy]]) -> None:
    """A reference to what nothing makes is a typo; it is found here, before any call."""
    found = [*everything]
    made = {root for _, policy in found for root in _made_by(policy)}
    known = [*_CONTEXTS, *made, *api.properties]
    for at, (_, properties) in found:
        for name in references({k: v for k, v in properties.items() if k != "case"}):
            if name.split(".", 1)[0] not in known and name not in api.properties:
                root = name.split(".", 1)[0]
                raise DefinitionError(
                    at, f"$({name}): there is no variable {root}{did_you_mean(root, known)}"
                )


def _made_by(policy: Policy) -> Iterator[str]:
    name, properties = policy
    if name == "set-variable":
        for action in properties["actions"]:
            yield str(action.get("set") or action.get("add") or "").split(".", 1)[0]
    if name == "invoke" and "output" in properties:
        yield str(properties["output"]).split(".", 1)[0]
    if name == "jwt-validate":
        yield str(properties.get("output-claims", "decoded.claims")).split(".", 1)[0]


def _switch_rule(api: Api, at: str, properties: Mapping[str, Any]) -> None:
    ids = [one.id for one in api.operations if one.id]
    pairs = {(one.verb, one.path) for one in api.operations}
    for case, one in enumerate(properties["case"]):
        here = f"{at}.case[{case}]"
        if any("operation-switch" in policy for policy in one["execute"]):
            raise DefinitionError(f"{here}.execute", "an operation-switch holds no other one")
        for number, operation in enumerate(one["operations"]):
            place = f"{here}.operations[{number}]"
            wanted = operation.get("operationId")
            if wanted is not None and wanted not in ids:
                hint = did_you_mean(wanted, ids)
                raise DefinitionError(place, f"there is no operationId {wanted}{hint}")
            if "verb" in operation:
                verb, path = operation["verb"].upper(), operation["path"]
                if (verb, path) not in pairs:
                    hint = did_you_mean(path, [known for _, known in pairs])
                    raise DefinitionError(place, f"there is no operation {verb} {path}{hint}")


def _variable_rule(api: Api, at: str, properties: Mapping[str, Any]) -> None:
    for number, action in enumerate(properties["actions"]):
        here = f"{at}.actions[{number}]"
        said = [key for key in ("set", "add", "clear") if key in action]
        if len(said) != 1:
            raise DefinitionError(here, "write one of set, add and clear")
        target = str(action[said[0]])
        root = target.split(".", 1)[0]
        if root in ("request", "client", "plan", "error", "system"):
            raise DefinitionError(here, f"{target} can only be read; headers are message.headers")
        if root in ("api", "log"):
            raise DefinitionError(
                here, f"API Connect lets {target} be written; this simulation does not"
            )
        if said[0] == "add" and not target.startswith("message.headers."):
            raise DefinitionError(here, "add is for header fields: message.headers.name")
        if root == "message":
            _message_rule(here, target)


def _message_rule(here: str, target: str) -> None:
    known = ("message.body", "message.status.code", "message.status.reason", "message.headers.")
    if not (target in known[:3] or (target.startswith(known[3]) and len(target) > len(known[3]))):
        raise DefinitionError(here, f"there is no {target}{did_you_mean(target, known)}")


def _token_rule(api: Api, at: str, properties: Mapping[str, Any]) -> None:
    if "jws-jwk" not in properties and "jws-crypto" not in properties:
        raise DefinitionError(
            at, "jws-jwk or jws-crypto is missing: no key, no signature that counts"
        )


def _limit_rule(api: Api, at: str, properties: Mapping[str, Any]) -> None:
    named = "rate-limit" in properties or "burst-limit" in properties
    if properties["source"] == "plan-default":
        if named:
            raise DefinitionError(at, "plan-default takes no names; it is the plan's default limit")
    elif not named:
        raise DefinitionError(
            at, f"rate-limit or burst-limit is missing, for {properties['source']}"
        )


def _throw_rule(api: Api, at: str, properties: Mapping[str, Any]) -> None:
    status = str(properties.get("error-status-code", "500"))
    if properties["version"] == "2.0.0" and "error-status-code" in properties:
        raise DefinitionError(at, "error-status-code came with version 2.1.0 of throw")
    if not re.fullmatch(r"[1-5][0-9][0-9]", status) and "$(" not in status:
        raise DefinitionError(at, f"error-status-code {status} is no HTTP status")


_RULES = {
    "operation-switch": _switch_rule,
    "set-variable": _variable_rule,
    "jwt-validate": _token_rule,
    "ratelimit": _limit_rule,
    "throw": _throw_rule,
}
