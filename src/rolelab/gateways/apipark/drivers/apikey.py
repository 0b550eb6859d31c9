"""The driver `apikey`: the value of the header is the key, all of it."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from rolelab.gateways.apipark.bodies import NAME, members
from rolelab.gateways.apipark.drivers.driver import Driver, Holder
from rolelab.gateways.core.credentials import fingerprint
from rolelab.gateways.core.message import Request
from rolelab.gateways.core.refused import Reason, Refused


def _find(token: str, request: Request, holders: Sequence[Holder]) -> Holder:
    given, holder = fingerprint(token), None
    for each in holders:
        if hmac.compare_digest(each.prepared, given):
            holder = each
    if holder is None:
        raise Refused(Reason.CREDENTIALS_WRONG, "no application has this key")
    return holder


DRIVER = Driver(
    "apikey",
    members({"apikey": NAME}, {"label": {"type": "object"}}),
    lambda config: fingerprint(config["apikey"]),
    lambda config: str(config["apikey"]),
    _find,
)
