"""Requests that moto would answer by itself, past the gate, or hand to the wrong service.

moto answers 404 for a service it lacks, and decides about S3 requests with a partial reading of
bucket policies and ACLs. Here the first reach the gate, and the second is left to it. And a bucket
named like a service is a bucket.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rolelab.sandbox.decoding import signed_as
from rolelab.sandbox.denial import ServiceError, plain_response

Replace = Callable[[Any, str, Any], None]

_AWS_HOST = re.compile(r"https?://[^/]*\.(amazonaws\.com(\.cn)?|api\.aws|on\.aws)(:\d+)?/")
# Page: *Virtual hosting of general purpose buckets*.
_BUCKET_HOST = re.compile(
    r"https?://[^/]+\.s3(\.dualstack)?(\.[a-z0-9-]+)?\.amazonaws\.com(?![^:/])"
)
_SCOPE = re.compile(r"Credential(?:=|%3D)[^/%]+(?:/|%2F)\d{8}(?:/|%2F)[^/%]+(?:/|%2F)([^/%]+)")


def catch(replace: Replace) -> None:
    """Send in-process requests to services that moto lacks through the gate.

    Args:
        replace: sets an attribute and remembers how to take it back.
    """
    from moto.core.botocore_stubber import BotocoreStubber

    original = BotocoreStubber.process_request

    def process_request(self: Any, request: Any) -> Any:
        try:
            response = original(self, request)
        except ModuleNotFoundError:
            # moto's module of this service needs a package that is not installed.
            return _answer(request)
        if response is None and _AWS_HOST.match(request.url):
            return _answer(request)
        if response is not None and response[2] == "Not yet implemented":
            return _answer(request)
        return response

    replace(BotocoreStubber, "process_request", process_request)


def put_buckets_first(replace: Replace) -> None:
    """Let moto ask about a bucket's address before that of any service.

    It asks in alphabetical order, and CloudWatch Logs claims `logs.s3.amazonaws.com`.

    Args:
        replace: sets an attribute and remembers how to take it back.
    """
    from moto import backend_index

    patterns = [("s3", _BUCKET_HOST), *backend_index.backend_url_patterns]
    replace(backend_index, "backend_url_patterns", patterns)


def leave_s3_to_gate(replace: Replace) -> None:
    """Keep moto's S3 from reading bucket policies, ACLs and presigned URLs: the gate has."""
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket
    from moto.s3.responses import S3Response

    replace(FakeBucket, "get_permission", lambda *_: PermissionResult.PERMITTED)
    replace(S3Response, "_invalid_headers", lambda *_: False)


def application(environ: Any, start_response: Any) -> Any:
    """A WSGI application that sends a request for what moto lacks through the gate."""
    from moto.core.request import Request
    from werkzeug.wrappers import Response

    request = Request(environ)
    request.from_wsgi_server = True
    status, headers, body = _answer(request)
    return Response(body, status, headers)(environ, start_response)


def _answer(request: Any) -> Any:
    """Pass the gate with a handler that models nothing, so that only a fix can answer."""
    from moto.core.request import normalize_request
    from moto.core.responses import BaseResponse
    from werkzeug.exceptions import HTTPException

    scope = _SCOPE.search(f"{request.headers.get('Authorization', '')} {request.url}")
    services = signed_as(scope.group(1)) if scope else ()
    if not services:
        nobody = ServiceError("NotImplemented", "The sandbox does not model this service.", 501)
        return plain_response(nobody, request.headers.get("Content-Type"))
    normalized = normalize_request(request)
    try:
        return BaseResponse(services[0])._dispatch(
            normalized, normalized.raw_url, normalized.headers
        )
    except HTTPException as error:
        return error.code, error.get_headers(), error.get_body()
