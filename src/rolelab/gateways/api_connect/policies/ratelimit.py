"""`ratelimit` 2.x: limits at any point of an assembly.

Page: *ratelimit*. `plan-default` is the limit of the plan; `plan-named`, `catalog-named` and
`gateway-named` are looked up by name. Calls of one application are counted together; without an
application, all calls are. What is beyond a hard limit is an AssemblyRateLimitError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.gateways.api_connect.context import Context
from rolelab.gateways.api_connect.errors import ASSEMBLY_LIMIT, ApiError
from rolelab.gateways.api_connect.policies.services import Services
from rolelab.gateways.core.limits import Limit
from rolelab.gateways.core.refused import Reason


async def ratelimit(context: Context, properties: Mapping[str, Any], services: Services) -> None:
    """Count this call, or refuse it."""
    limits = _limits(context, properties, services)
    who = context.subscriber
    key = f"assembly/{properties['source']}/{context.api.key}/{who.key if who else ''}"
    taken = services.limiter.take(key, limits)
    context.exchange.taken += taken
    for one in taken:
        if one.exceeded and one.limit.hard:
            raise ApiError(
                "AssemblyRateLimitError",
                Reason.LIMIT_EXCEEDED,
                429,
                ASSEMBLY_LIMIT,
                detail=f"beyond the limit {one.limit.name}",
            )
        if one.exceeded:
            context.warnings.append(f"beyond the soft limit {one.limit.name}")


def _limits(
    context: Context, properties: Mapping[str, Any], services: Services
) -> tuple[Limit, ...]:
    source, who = str(properties["source"]), context.subscriber
    plan = who.plan if who else None
    if source == "plan-default":
        return (*plan.rate_limits, *plan.burst_limits) if plan else ()
    if source == "plan-named":
        both = (*plan.rate_limits, *plan.burst_limits) if plan else ()
        known: Mapping[str, Limit] = {one.name: one for one in both}
    else:
        known = services.named_limits.get(source, {})
    wanted = [*properties.get("rate-limit", ()), *properties.get("burst-limit", ())]
    missing = [name for name in wanted if name not in known]
    if missing:
        raise ApiError(
            "RuntimeError", Reason.INTERNAL, 500, f"there is no {source} limit {missing[0]}"
        )
    return tuple(known[name] for name in wanted)
