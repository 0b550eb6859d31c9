"""From the bytes of an HTTP request to an operation and its parameters.

Both come from botocore's own model of the service, which moto's router and parsers follow, so
that a request means here what it means to moto's handlers.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from rolelab.sandbox import s3_forms, s3_routing

_HEAD = 4096


class Undecodable(Exception):  # noqa: N818 - it is an answer, not a fault
    """The request names no operation of the service, or its parameters cannot be read."""


class Headers(dict[str, str]):
    """Headers by lower-case name, found by any spelling, as moto's parsers ask for them."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a header, or the default."""
        return super().get(name.lower(), default)


def decode(service: str, request: Any, headers: Headers, body: Any) -> tuple[str, dict[str, Any]]:
    """Read the operation and the parameters of a request.

    Args:
        service: the boto3 name of the service.
        request: moto's request (a werkzeug request).
        headers: its headers.
        body: the request body, decompressed.

    Returns:
        The botocore name of the operation, and its input members as boto3 spells them.

    Raises:
        Undecodable: the request fits no operation of the service.
    """
    try:
        operation, in_path = _match(service, request, headers)
        if operation == s3_forms.OPERATION:
            return operation, s3_forms.parameters_of(request, in_path["Bucket"])
        protocol = _protocol(service, request.content_type)
        parameters: dict[str, Any] = _parser(service, operation, protocol).parse(
            {
                "method": request.method,
                "values": request.args if protocol.startswith("rest") else request.values,
                "headers": headers,
                "body": body,
                "url_path": request.path,
                "url_params": in_path,
            }
        )
    except Exception as error:
        # Whatever went wrong, nothing may be served that was not understood.
        raise Undecodable(f"{request.method} {request.path} fits no operation") from error
    return operation, parameters


def _match(service: str, request: Any, headers: Headers) -> tuple[str, dict[str, Any]]:
    if service == "s3":
        found = s3_routing.match(request, headers)
        if found is None:
            raise LookupError(request.path)
        return found
    operation, in_path = _router(service).match(request)
    return operation.name, in_path


def identify(
    service: str, signed_for: str | None, request: Any, headers: Headers, body: Any
) -> tuple[str, str, dict[str, Any]]:
    """Read which service, operation and parameters a request means.

    Several services can share an address, and moto has one class for some of them; what the
    request was signed for tells them apart.

    Args:
        service: the boto3 name of the service that moto took the request for.
        signed_for: the service in the signature's scope; None if the request is not signed.
        request: moto's request.
        headers: its headers.
        body: the request body, decompressed.

    Returns:
        The boto3 name of the service, the operation and its parameters.

    Raises:
        Undecodable: the request fits no operation of any service it may be meant for.
    """
    failure: Undecodable | None = None
    for candidate in _candidates(service, signed_for):
        try:
            return (candidate, *decode(candidate, request, headers, body))
        except Undecodable as error:
            failure = failure or error
    raise failure or Undecodable(f"{signed_for} is no service")


def _candidates(service: str, signed_for: str | None) -> Iterator[str]:
    own = model_of(service).signing_name
    if signed_for in (None, own):
        yield service
    yield from (name for name in signed_as(signed_for or own) if name != service)


def signed_as(name: str) -> tuple[str, ...]:
    """The boto3 names of the services whose requests are signed for ``name``."""
    return _signing_names().get(name, ())


@cache
def _signing_names() -> Mapping[str, tuple[str, ...]]:
    """Signing name -> services, from the first lines of botocore's models.

    Loading four hundred models takes seconds; their metadata stands at the beginning of each.
    """
    import botocore

    services: defaultdict[str, list[str]] = defaultdict(list)
    for directory in sorted((Path(botocore.__file__).parent / "data").iterdir()):
        models = sorted(directory.glob("*/service-2.json*")) if directory.is_dir() else []
        if models:
            metadata = _metadata(models[-1])
            services[metadata.get("signingName") or metadata["endpointPrefix"]].append(
                directory.name
            )
    return {name: tuple(found) for name, found in services.items()}


def _metadata(model: Path) -> dict[str, str]:
    with gzip.open(model, "rt") if model.suffix == ".gz" else model.open() as file:
        head = file.read(_HEAD)
    pairs = re.findall(r'"(endpointPrefix|signingName)"\s*:\s*("[^"]*")', head)
    return {name: json.loads(value) for name, value in pairs}


@cache
def model_of(service: str) -> Any:
    """botocore's model of a service."""
    from moto.core.utils import get_service_model

    return get_service_model(service)


@cache
def _router(service: str) -> Any:
    from moto.core.routing import get_service_router

    return get_service_router(service)


@cache
def _protocol(service: str, content_type: str | None) -> str:
    from moto.core.request import determine_request_protocol

    return determine_request_protocol(model_of(service), content_type)


@cache
def _parser(service: str, operation: str, protocol: str) -> Any:
    model = model_of(service).operation_model(operation)
    return _parser_class(protocol)(model, map_type=dict)


class _Plan(NamedTuple):
    """Where the members of an input stand: in which header, query argument, or elsewhere."""

    headers: dict[str, list[str]]
    query: dict[str, str]
    others: dict[str, Any]


def _plan_of(members: Mapping[str, Any]) -> _Plan:
    plan = _Plan({}, {}, {})
    for name, member in members.items():
        location = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        if location == "header":
            plan.headers.setdefault(wire.lower(), []).append(name)
        elif location == "querystring" and member.type_name != "map":
            plan.query[wire] = name
        elif location is not None:
            plan.others[name] = member
    return plan


@cache
def _parser_class(protocol: str) -> Any:
    """moto's parser; for REST one that looks at what a request has, not at all it could have.

    An S3 upload has ninety optional headers and query arguments, and a request sends five.
    """
    from moto.core.parse import PROTOCOL_PARSERS

    base: Any = PROTOCOL_PARSERS[protocol]
    if not protocol.startswith("rest"):
        return base

    class Planned(base):  # type: ignore[misc]
        plan: _Plan | None = None

        def _parse_non_payload_attrs(
            self, request: Any, shape: Any, members: Any, parsed: dict[str, Any]
        ) -> None:
            plan = self.plan = self.plan or _plan_of(members)
            for header, value in request["headers"].items():
                for name in plan.headers.get(header, ()):
                    parsed[name] = self._parse_shape(members[name], value)
            present = {
                name: members[name]
                for argument, name in plan.query.items()
                if argument in request["values"]
            }
            super()._parse_non_payload_attrs(request, shape, {**plan.others, **present}, parsed)

    return Planned


def headers_of(environ: Mapping[str, Any]) -> Headers:
    """The headers of a request, read straight from its environment."""
    headers = Headers()
    # WSGI folds `-` and `_`; moto keeps the spelling where the two differ, in S3 metadata.
    spelled = environ.get("moto.preserved_header_names") or {}
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            headers[spelled[name].lower() if name in spelled else _header_name(name)] = value
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[_header_name(name)] = environ[name]
    return headers


@cache
def _header_name(key: str) -> str:
    return key.removeprefix("HTTP_").replace("_", "-").lower()
