"""Where moto differs from AWS: one file per service, one function per operation.

A fix is a function around moto's own handler. The gate calls it once a request has been
authenticated and allowed, so a fix never decides about permissions::

    @fix("iam", "CreateRole")
    def create_role(call: Call, response: Any, serve: Serve) -> Response:
        if not call.parameters["RoleName"]:
            raise ServiceError("ValidationError", "...")
        return serve()
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from rolelab.sandbox import service_modules
from rolelab.sandbox.call import Call

#: What moto's handlers return: HTTP status, headers, body.
Response = tuple[int, dict[str, Any], str | bytes]
#: Runs what lies inside a fix: the next fix, or moto's own handler.
Serve = Callable[[], Response]
#: ``fix(call, moto's response object, serve)``. ``None`` is an answer without members.
Fix = Callable[[Call, Any, Serve], "Response | Mapping[str, Any] | None"]

_Registered = TypeVar("_Registered", bound=Fix)


class Answer(dict[str, Any]):
    """The output members of an operation; moto's serializer turns them into a response."""


#: The fixes of each (service, operation), outermost first.
FIXES: defaultdict[tuple[str, str], list[Fix]] = defaultdict(list)


def fix(service: str, operation: str) -> Callable[[_Registered], _Registered]:
    """Register a fix around moto's handler of one operation.

    Args:
        service: the boto3 name of the service.
        operation: the botocore name of the operation.

    Returns:
        A decorator that leaves the function as it is. Several fixes of one operation run
        from the outside in, in order of registration.
    """

    def register(function: _Registered) -> _Registered:
        FIXES[service, operation].append(function)
        return function

    return register


#: Where modules of fixes are found, by the name of a service.
_PACKAGES = [__name__]


def extend(package: str) -> None:
    """Look for fixes in another package, too. Harmless when called again.

    Args:
        package: the full name of a package with a module for each service. Its fixes lie inside
            those of the packages before.
    """
    if package not in _PACKAGES:
        _PACKAGES.append(package)


def fixes_of(service: str, operation: str) -> list[Fix]:
    """The fixes of one operation, outermost first.

    The service's module is imported when the first request for it arrives, so that an
    account starts without paying for services nobody calls.
    """
    for package in _PACKAGES:
        service_modules.load(package, service)
    return FIXES.get((service, operation), [])
