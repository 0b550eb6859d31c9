"""Short ways to write statements and documents, so that a table row fits on a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


def statement(effect: str, action: Any, resource: Any, elements: Mapping[str, Any]) -> Json:
    """A statement; None leaves Action or Resource out, elements are added as they are."""
    body: dict[str, Any] = {"Effect": effect}
    if action is not None:
        body["Action"] = action
    if resource is not None:
        body["Resource"] = resource
    return body | dict(elements)


def allow(action: Any = "*", resource: Any = "*", **elements: Any) -> Json:
    """An Allow statement: `allow("s3:GetObject", OBJECT, Principal={"AWS": USER})`."""
    return statement("Allow", action, resource, elements)


def deny(action: Any = "*", resource: Any = "*", **elements: Any) -> Json:
    """A Deny statement."""
    return statement("Deny", action, resource, elements)


def trust(action: Any, principal: Any, **elements: Any) -> Json:
    """A statement of a role trust policy: it has no Resource."""
    return statement("Allow", action, None, {"Principal": principal, **elements})


def policy(*statements: Json, version: str | None = "2012-10-17") -> Json:
    """A document of these statements; version None leaves the Version element out."""
    head = {} if version is None else {"Version": version}
    return {**head, "Statement": list(statements)}


ALLOW_ALL = policy(allow())
FULL_AWS_ACCESS = ALLOW_ALL
RCP_FULL_AWS_ACCESS = policy(allow(Principal="*"))
