"""Event buses and rules in moto's backend, as calls name them."""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes.constraints import check
from rolelab.sandbox.fixes.events_errors import no_bus, no_rule, validation

DEFAULT_BUS = "default"


def check_parameters(call: Call) -> None:
    """Compare a call's parameters with the limits of the API reference.

    Raises:
        ServiceError: ValidationException, naming every parameter at fault.
    """
    try:
        check(call)
    except ServiceError as error:
        raise validation(error.message) from error


def find_bus(call: Call, named: Any) -> Any:
    """Find an event bus by its name or its ARN; without one, the default bus.

    An account has its default bus before it has used any.

    Raises:
        ServiceError: ResourceNotFoundException.
    """
    from moto.events.models import events_backends

    text = str(named or DEFAULT_BUS)
    account, region, name = call.account, call.region, text
    if text.startswith("arn:"):
        parts = text.split(":", 5)
        region, account, name = parts[3], parts[4], parts[5].removeprefix("event-bus/")
    if account != call.account and account not in events_backends:
        raise no_bus(name)
    found = events_backends[account][region].event_buses.get(name)
    if found is None:
        raise no_bus(name)
    return found


def find_rule(call: Call, name: Any) -> Any:
    """Find a rule on the bus that a call names.

    Raises:
        ServiceError: ResourceNotFoundException.
    """
    bus = find_bus(call, call.parameters.get("EventBusName"))
    found = bus.rules.get(str(name))
    if found is None:
        raise no_rule(str(name), bus.name)
    return found
