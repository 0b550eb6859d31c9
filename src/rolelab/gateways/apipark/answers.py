"""What management calls answer: HTTP 200, and a code that says whether it worked."""

from __future__ import annotations

from collections.abc import Mapping

from rolelab.gateways.core.message import Json, Reply

FAILED = -1
NOT_SIGNED_IN = 403
INVALID_TOKEN = -8


class Failure(Exception):  # noqa: N818 - it is what the answer says
    """A management call did not work. The text is the answer's `msg`."""


def success(data: Mapping[str, Json]) -> Reply:
    """The answer of a call that worked, with the objects by name."""
    return Reply.of_json(200, {"data": dict(data), "code": 0, "success": "success"})


def failure(message: str, code: int = FAILED, status: int = 200) -> Reply:
    """The answer of a call that did not. Its status is 200 all the same, as APIPark's is."""
    return Reply.of_json(status, {"code": code, "success": "fail", "msg": message})


def not_signed_in() -> Reply:
    """The answer of `/api/` without a session."""
    return Reply.of_json(403, {"code": NOT_SIGNED_IN, "message": "not login"})


def invalid_token() -> Reply:
    """The answer of `/openapi/` without its key."""
    return failure("invalid token", INVALID_TOKEN, 403)
