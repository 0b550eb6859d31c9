"""One decoded AWS API call, as every part of the sandbox sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """An authenticated request, decoded with botocore's own model of the service.

    Attributes:
        service: the boto3 name of the service, such as ``"s3"``.
        operation: the botocore name of the operation, such as ``"PutObject"``.
        parameters: the members of the operation's input, as boto3 spells them.
        account: the caller's account id (the sandbox's own account if anonymous).
        region: the Region the request was sent to.
        partition: the partition of that Region, such as ``"aws"``.
        principal: the caller's ARN, or ``"*"`` if the request was not signed.
        context: condition keys that hold for the whole request.
        headers: the HTTP headers, with lower-case names.
        access_key_id: the access key that signed the request; None if nothing did.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    account: str
    region: str
    partition: str = "aws"
    principal: str
    context: Mapping[str, str | list[str]]
    headers: Mapping[str, str]
    access_key_id: str | None = None
