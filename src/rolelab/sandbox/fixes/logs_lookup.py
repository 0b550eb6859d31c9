"""Log groups, streams and their events in moto's backend, as calls name them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Response, Serve
from rolelab.sandbox.fixes.constraints import check
from rolelab.sandbox.fixes.logs_errors import invalid_parameter, no_log_group, no_log_stream
from rolelab.sandbox.resource_policies.logs import log_group, log_group_arn


def well_formed(call: Call, response: Any, serve: Serve) -> Response:
    """Refuse a call whose parameters lie outside the limits of the API reference; else go on.

    Raises:
        ServiceError: InvalidParameterException, naming every parameter at fault.
    """
    check_parameters(call)
    return serve()


def check_parameters(call: Call) -> None:
    """Compare a call's parameters with the limits of the API reference.

    Raises:
        ServiceError: InvalidParameterException, naming every parameter at fault.
    """
    try:
        check(call)
    except ServiceError as error:
        raise invalid_parameter(error.message) from error


def find_group(call: Call, named: Any) -> Any:
    """Find a log group by its name or its ARN.

    Raises:
        ServiceError: ResourceNotFoundException.
    """
    found = log_group(log_group_arn(str(named), call.account, call.region, call.partition))
    if found is None or found.region != call.region:
        raise no_log_group()
    return found


def group_of(call: Call) -> Any:
    """Find the log group that `logGroupName` or `logGroupIdentifier` names.

    Raises:
        ServiceError: InvalidParameterException, where both are given or none;
            ResourceNotFoundException.
    """
    name = call.parameters.get("logGroupName")
    identifier = call.parameters.get("logGroupIdentifier")
    if bool(name) == bool(identifier):
        raise invalid_parameter("Exactly one of logGroupName and logGroupIdentifier is required.")
    return find_group(call, name or identifier)


def stream_in(group: Any, name: Any) -> Any:
    """Find a stream of a log group.

    Raises:
        ServiceError: ResourceNotFoundException.
    """
    found = group.streams.get(str(name))
    if found is None:
        raise no_log_stream()
    return found


def events_of(group: Any) -> Iterator[tuple[Any, Any]]:
    """Give every stream and event of a log group, oldest first."""
    found = [(stream, event) for stream in list(group.streams.values()) for event in stream.events]
    return iter(sorted(found, key=lambda pair: pair[1].timestamp))
