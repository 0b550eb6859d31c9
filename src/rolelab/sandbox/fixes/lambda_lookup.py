"""Functions and layers by name, and the errors for those that are not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.operations.lambda_ import function_arn
from rolelab.sandbox.resource_policies.lambda_ import function, stored

LATEST = "$LATEST"


@dataclass(frozen=True, slots=True)
class Found:
    """A function as a call names it.

    Attributes:
        arn: its ARN as named, with the qualifier if one was given.
        code: moto's version of the function that the qualifier stands for.
        version: `$LATEST` or the number of that version.
        policy: moto's policy object, which all versions and aliases share.
    """

    arn: str
    code: Any
    version: str
    policy: Any


def find(call: Call) -> Found:
    """Find the function, version or alias that a call names.

    Raises:
        ServiceError: ResourceNotFoundException.
    """
    given = call.parameters
    arn = function_arn(call, str(given["FunctionName"]), given.get("Qualifier"))
    latest = function(arn)
    if latest is None:
        raise not_found(f"Function not found: {arn}")
    qualifier = arn.split(":")[7] if arn.count(":") == 7 else LATEST
    version = _version(arn, qualifier)
    if version == LATEST:
        return Found(arn, latest, version, latest.policy)
    versions = _storage(arn)._functions[latest.function_name]["versions"]
    code = next((each for each in versions if str(each.version) == version), None)
    if code is None:
        raise not_found(f"Function not found: {arn}")
    return Found(arn, code, version, latest.policy)


def _version(arn: str, qualifier: str) -> str:
    """The version that a qualifier stands for: itself, or that of an alias."""
    if qualifier == LATEST or qualifier.isdigit():
        return qualifier
    home = arn.removesuffix(f":{qualifier}")
    alias = dict.get(_storage(arn)._aliases, home, {}).get(qualifier)
    return qualifier if alias is None else str(alias.function_version)


def _storage(arn: str) -> Any:
    _, _, _, region, account, *_ = arn.split(":")
    known = stored(account, region)
    assert known is not None
    return known._lambdas


def not_found(message: str) -> ServiceError:
    """The error for what is not there."""
    return ServiceError("ResourceNotFoundException", message, 404, Type="User")


def invalid_parameter(message: str) -> ServiceError:
    """The error for a value that Lambda does not take."""
    return ServiceError("InvalidParameterValueException", message, 400, Type="User")
