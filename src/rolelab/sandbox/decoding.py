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
from typing import Any

_HEAD = 4096


class Undecodable(Exception):  # noqa: N818 - it is an answer, not a fault
    """The request names no operation of the service, or its parameters cannot be read."""


def decode(service: str, request: Any, body: Any) -> tuple[str, dict[str, Any]]:
    """Read the operation and the parameters of a request.

    Args:
        service: the boto3 name of the service.
        request: moto's request (a werkzeug request).
        body: the request body, decompressed.

    Returns:
        The botocore name of the operation, and its input members as boto3 spells them.

    Raises:
        Undecodable: the request fits no operation of the service.
    """
    try:
        operation, in_path = _router(service).match(request)
        parser = _parser(service, operation.name, _protocol(service, request.content_type))
        parameters = parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": body,
                "url_path": request.path,
                "url_params": in_path,
            }
        )
    except Exception as error:
        # Whatever went wrong, nothing may be served that was not understood.
        raise Undecodable(f"{request.method} {request.path} fits no operation") from error
    return operation.name, parameters


def identify(
    service: str, signed_for: str | None, request: Any, body: Any
) -> tuple[str, str, dict[str, Any]]:
    """Read which service, operation and parameters a request means.

    Several services can share an address, and moto has one class for some of them; what the
    request was signed for tells them apart.

    Args:
        service: the boto3 name of the service that moto took the request for.
        signed_for: the service in the signature's scope; None if the request is not signed.
        request: moto's request.
        body: the request body, decompressed.

    Returns:
        The boto3 name of the service, the operation and its parameters.

    Raises:
        Undecodable: the request fits no operation of any service it may be meant for.
    """
    failure: Undecodable | None = None
    for candidate in _candidates(service, signed_for):
        try:
            return (candidate, *decode(candidate, request, body))
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
    from moto.core.parse import PROTOCOL_PARSERS

    model = model_of(service).operation_model(operation)
    return PROTOCOL_PARSERS[protocol](model, map_type=dict)


def headers_of(environ: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a request with lower-case names, read straight from its environment."""
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name, header in (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length")):
        if environ.get(name):
            headers[header] = environ[name]
    for key, name in environ.get("moto.preserved_header_names", {}).items():
        headers[name.lower()] = environ[key]
    return headers
