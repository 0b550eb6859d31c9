"""Refusals of IAM Access Analyzer, with the members of its API reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from rolelab.sandbox.denial import ServiceError

T = TypeVar("T")


def invalid(message: str) -> ServiceError:
    """A parameter is not well formed."""
    return ServiceError("ValidationException", message, 400, reason="other")


def missing(kind: str, name: str) -> ServiceError:
    """The call names something that does not exist."""
    return ServiceError(
        "ResourceNotFoundException",
        f"{kind} {name} not found",
        404,
        resourceId=name,
        resourceType=kind,
    )


def exists(kind: str, name: str) -> ServiceError:
    """The call would make a second thing of the same name."""
    return ServiceError(
        "ConflictException",
        f"{kind} {name} already exists",
        409,
        resourceId=name,
        resourceType=kind,
    )


def page(
    found: Sequence[T], asked: Mapping[str, Any], most: int = 100
) -> tuple[list[T], str | None]:
    """Give one page of a list and the token of the next."""
    token = asked.get("nextToken") or "0"
    if not token.isdigit():
        raise invalid("Invalid nextToken.")
    start = int(token)
    end = start + int(asked.get("maxResults") or most)
    return list(found[start:end]), str(end) if end < len(found) else None
