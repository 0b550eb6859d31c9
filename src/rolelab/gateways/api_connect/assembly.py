"""The interpreter: policies in order, and `catch` for what they throw.

Pages: *execute*; *catch*; *Error cases supported by assembly catches*; *Handling errors in the
assembly*: the first catch that fits is taken, so a default catch before others hides them.

A catch that sets no status answers 200, whatever went wrong, unless the backend's own answer is in
the message: seen in the v5 gateway, and kept here because the documentation names no other status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rolelab.gateways.api_connect.api import Catch, Policy
from rolelab.gateways.api_connect.context import Context
from rolelab.gateways.api_connect.errors import NOT_BY_DEFAULT, ApiError
from rolelab.gateways.api_connect.policies.client_security import client_security
from rolelab.gateways.api_connect.policies.invoke import invoke
from rolelab.gateways.api_connect.policies.jwt_validate import jwt_validate
from rolelab.gateways.api_connect.policies.ratelimit import ratelimit
from rolelab.gateways.api_connect.policies.services import PolicyFunction, Services
from rolelab.gateways.api_connect.policies.set_variable import set_variable
from rolelab.gateways.api_connect.policies.throw import throw


async def run_assembly(context: Context, services: Services) -> None:
    """Run the assembly of the API that is called.

    Raises:
        ApiError: a policy threw it, and no catch took it.
    """
    try:
        await _execute(context, context.api.execute, services)
    except ApiError as error:
        taken = _catch_for(error, context.api.catches)
        if taken is None:
            raise
        context.error = error
        await _execute(context, taken.execute, services)
        if context.message.status is None:
            context.warnings.append(f"the catch of {error.name} sets no message.status.code: 200")


def _catch_for(error: ApiError, catches: Sequence[Catch]) -> Catch | None:
    for one in catches:
        if one.errors is None and error.name not in NOT_BY_DEFAULT:
            return one
        if one.errors is not None and error.name in one.errors:
            return one
    return None


async def _execute(context: Context, policies: Sequence[Policy], services: Services) -> None:
    for name, properties in policies:
        await _POLICIES[name](context, properties, services)


async def _operation_switch(
    context: Context, properties: Mapping[str, Any], services: Services
) -> None:
    """Run the first case that lists the operation; none is no error."""
    here = context.operation
    for case in properties["case"]:
        if any(
            one["operationId"] == here.id
            if "operationId" in one
            else (one["verb"].upper(), one["path"]) == (here.verb, here.path)
            for one in case["operations"]
        ):
            found = tuple((name, rest) for one in case["execute"] for name, rest in one.items())
            await _execute(context, found, services)
            return


_POLICIES: Mapping[str, PolicyFunction] = {
    "client-security": client_security,
    "jwt-validate": jwt_validate,
    "ratelimit": ratelimit,
    "invoke": invoke,
    "set-variable": set_variable,
    "operation-switch": _operation_switch,
    "throw": throw,
}
