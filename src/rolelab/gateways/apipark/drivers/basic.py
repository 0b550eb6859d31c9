"""The driver `basic`: a user name and a password. Page: RFC 7617."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Any

from rolelab.gateways.apipark.bodies import NAME, members
from rolelab.gateways.apipark.drivers.driver import Driver, Holder
from rolelab.gateways.core import credentials
from rolelab.gateways.core.message import Request
from rolelab.gateways.core.refused import Reason, Refused


def _prepare(config: dict[str, Any]) -> tuple[bytes, bytes]:
    return (
        credentials.fingerprint(config["user_name"]),
        credentials.fingerprint(config["password"]),
    )


def _find(token: str, request: Request, holders: Sequence[Holder]) -> Holder:
    name, password = (credentials.fingerprint(each) for each in credentials.basic(token))
    holder = None
    for each in holders:
        known_name, known_password = each.prepared
        # Both are compared in every case: an unknown name takes as long as a wrong password.
        right = hmac.compare_digest(known_name, name) & hmac.compare_digest(
            known_password, password
        )
        if right:
            holder = each
    if holder is None:
        raise Refused(Reason.CREDENTIALS_WRONG, "no such user name and password")
    return holder


DRIVER = Driver(
    "basic",
    members({"user_name": NAME, "password": NAME}, {"label": {"type": "object"}}),
    _prepare,
    lambda config: str(config["user_name"]),
    _find,
)
