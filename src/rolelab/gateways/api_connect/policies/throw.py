"""`throw` 2.x: an error of one's own. Page: *throw*."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.gateways.api_connect.context import Context
from rolelab.gateways.api_connect.errors import ApiError
from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.core.refused import Reason


async def throw(context: Context, properties: Mapping[str, Any], _: Services) -> None:
    """Throw it. The status is 500 unless `error-status-code` says otherwise."""
    status = context.text(str(properties.get("error-status-code", "500")))
    known = status.isdecimal() and 200 <= int(status) <= 599
    raise ApiError(
        str(properties["name"]),
        Reason.BACKEND_REFUSED,
        int(status) if known else 500,
        context.text(str(properties.get("message", properties["name"]))),
        phrase=context.text(str(properties.get("error-status-reason", ""))),
        detail=f"throw {properties['name']}",
    )
