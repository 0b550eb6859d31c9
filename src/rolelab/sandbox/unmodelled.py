"""Requests that moto would answer by itself, past the gate.

moto answers 404 for a service it lacks, and decides about S3 requests with a partial reading of
bucket policies and ACLs. Here the first reach the gate, and the second is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

Replace = Callable[[Any, str, Any], None]

_SCOPE = re.compile(r"Credential(?:=|%3D)[^/%]+(?:/|%2F)\d{8}(?:/|%2F)[^/%]+(?:/|%2F)([^/%]+)")


def catch(replace: Replace) -> None:
    """Send in-process requests to services that moto lacks through the gate.

    Args:
        replace: sets an attribute and remembers how to take it back.
    """
    from moto.core.botocore_stubber import BotocoreStubber

    original = BotocoreStubber.process_request

    def process_request(self: Any, request: Any) -> Any:
        response = original(self, request)
        if response is not None and response[2] == "Not yet implemented":
            return _answer(request) or response
        return response

    replace(BotocoreStubber, "process_request", process_request)


def leave_s3_to_gate(replace: Replace) -> None:
    """Keep moto's S3 from reading bucket policies, ACLs and presigned URLs: the gate has."""
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket
    from moto.s3.responses import S3Response

    replace(FakeBucket, "get_permission", lambda *_: PermissionResult.PERMITTED)
    replace(S3Response, "_invalid_headers", lambda *_: False)


def _answer(request: Any) -> Any:
    from moto.core.exceptions import HTTPException
    from moto.core.request import normalize_request
    from moto.core.responses import BaseResponse

    scope = _SCOPE.search(f"{request.headers.get('Authorization', '')} {request.url}")
    service = scope and service_signed_as(scope.group(1))
    if service is None:
        return None
    normalized = normalize_request(request)
    try:
        return BaseResponse(service)._dispatch(normalized, normalized.raw_url, normalized.headers)
    except HTTPException as error:
        return error.code, error.get_headers(), error.get_body()


@cache
def service_signed_as(name: str) -> str | None:
    """The boto3 name of the service whose requests are signed for ``name``."""
    from botocore.session import Session
    from moto.core.utils import get_service_model

    services = Session().get_available_services()
    if name in services:
        return name
    return next((each for each in services if get_service_model(each).signing_name == name), None)
