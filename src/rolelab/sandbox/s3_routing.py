"""Which S3 operation a request means: by its method, bucket, key, query and headers.

S3 has a hundred operations on three paths. moto's general router matches each request against
patterns; here the three paths are told apart at once, and only the candidates of one path and
method are compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import unquote

_LEVELS = {"/": "account", "/{Bucket}": "bucket", "/{Bucket}/{Key+}": "object"}
_RESPOND_PATH = "/WriteGetObjectResponse"  # no bucket: their names have no capitals


class _Candidate(NamedTuple):
    """An operation, and what the query and the headers must hold for it to be meant."""

    operation: str
    query: tuple[tuple[str, str | None], ...]
    headers: tuple[str, ...]
    weight: int


def match(request: Any, headers: Mapping[str, str]) -> tuple[str, dict[str, str]] | None:
    """The operation of an S3 request and what its path says.

    Args:
        request: moto's request.
        headers: its headers, with lower-case names.

    Returns:
        The botocore name of the operation with ``Bucket`` and ``Key`` as far as given, or None
        if no operation fits.
    """
    if request.raw_path == _RESPOND_PATH:
        return "WriteGetObjectResponse", {}
    bucket, _, key = _path_style(request).lstrip("/").partition("/")
    level = "object" if key else "bucket" if bucket else "account"
    arguments = request.args
    for candidate in _candidates().get((request.method, level), ()):
        if all(
            name in arguments and value in (None, arguments[name])
            for name, value in candidate.query
        ) and all(name in headers for name in candidate.headers):
            in_path = {"Bucket": unquote(bucket)} if bucket else {}
            if key:
                in_path["Key"] = unquote(key)
            return candidate.operation, in_path
    return None


def _path_style(request: Any) -> str:
    """The path with the bucket in front, wherever the request has it."""
    bucket = _bucket_in_host(request)
    path = str(request.raw_path)
    return f"/{bucket}{path}" if bucket else path


_buckets_of_hosts: dict[str, str | None] = {}


def _bucket_in_host(request: Any) -> str | None:
    """The bucket of a virtual-hosted request, as moto reads it from the host."""
    host = request.environ.get("HTTP_HOST", "")
    if host not in _buckets_of_hosts:
        from moto.s3.responses import S3Response
        from moto.s3.utils import bucket_name_from_url

        in_host = S3Response.subdomain_based_buckets(request)
        _buckets_of_hosts[host] = bucket_name_from_url(request.url) if in_host else None
    return _buckets_of_hosts[host]


@cache
def _candidates() -> Mapping[tuple[str, str], list[_Candidate]]:
    """The operations of each method and level, those with most demands first."""
    from moto.core.utils import get_service_model

    model = get_service_model("s3")
    found: defaultdict[tuple[str, str], list[_Candidate]] = defaultdict(list)
    for name in model.operation_names:
        operation = model.operation_model(name)
        trait, shape = operation.http_trait, operation.input_shape
        level = _LEVELS.get(trait.path.rstrip("/") or "/")
        if level is None:
            continue
        demanded = dict.fromkeys(shape.required_query_args if shape else ())
        query = {**demanded, **{key: value or None for key, value in trait.query_args.items()}}
        headers = tuple(header.lower() for header in (shape.required_headers if shape else ()))
        weight = 10 * (len(query) + len(headers)) - 5 * bool(operation.deprecated)
        candidate = _Candidate(name, tuple(query.items()), headers, weight)
        found[trait.method, level].append(candidate)
    for candidates in found.values():
        candidates.sort(key=lambda candidate: candidate.weight, reverse=True)
    return found
