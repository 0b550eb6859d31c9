"""Names, sizes and types of parameters: what Parameter Store does not take.

AWS pages: *PutParameter* and *GetParametersByPath* (AWS Systems Manager API Reference),
"Name", "Tier", "AllowedPattern", "Errors"; *Working with parameter hierarchies in Parameter Store*;
*Managing parameter tiers*; *Working with parameters in Parameter Store* for the sentences.
"""

from __future__ import annotations

import re
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Response, Serve, fix
from rolelab.sandbox.operations.ssm_parameters import is_advanced, parameter_arn, versions

LEVELS = 15
STANDARD_SIZE, ADVANCED_SIZE = 4096, 8192

_NAME = re.compile(r"[a-zA-Z0-9_.\-/]+")
_SYMBOLS = (
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can '
    "consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of "
    "letters, numbers and the following 3 symbols .-_"
)
_PATH = (
    "The parameter doesn't meet the parameter name requirements. The parameter name must begin "
    'with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It '
    "must use only letters, numbers, or the following symbols: . (period), - (hyphen), "
    "_ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the "
    'forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.'
)


@fix("ssm", "PutParameter")
def well_formed(call: Call, response: Any, serve: Serve) -> Response:
    """moto takes names, sizes and changes of type that AWS refuses."""
    given = call.parameters
    name = str(given["Name"])
    _check_name(name)
    known = versions(parameter_arn(name, call))
    if known and given.get("Overwrite"):
        _check_change(call, known[-1])
    _check_size(call)
    _check_pattern(str(given["Value"]), given.get("AllowedPattern"))
    return serve()


def _check_name(name: str) -> None:
    if "/" in name and not name.startswith("/"):
        raise _invalid("Parameter name must be a fully qualified name.")
    if not _NAME.fullmatch(name):
        raise _invalid(_SYMBOLS)
    if len(name.strip("/").split("/")) > LEVELS:
        raise ServiceError(
            "HierarchyLevelLimitExceededException",
            f"A hierarchy can have a maximum of {LEVELS} levels.",
        )


def _check_change(call: Call, known: Any) -> None:
    kind, tier = call.parameters.get("Type"), call.parameters.get("Tier")
    if kind is not None and kind != known.parameter_type:
        raise ServiceError(
            "HierarchyTypeMismatchException",
            "Parameter Store doesn't support changing a parameter type in a hierarchy. For "
            "example, you can't change a parameter from a String type to a SecureString type. You "
            "must create a new, unique parameter.",
        )
    if tier == "Standard" and known.tier == "Advanced":
        raise _invalid(
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from "
            "the advanced-parameter tier to the standard-parameter tier."
        )


def _check_size(call: Call) -> None:
    size = len(str(call.parameters["Value"]).encode())
    if is_advanced(call):
        if size > ADVANCED_SIZE:
            raise _invalid(
                "Advanced tier parameters support a maximum parameter value of "
                f"{ADVANCED_SIZE} characters."
            )
    elif size > STANDARD_SIZE:
        raise _invalid(
            f"Standard tier parameters support a maximum parameter value of {STANDARD_SIZE} "
            "characters. To create a larger parameter value, upgrade the parameter to use the "
            "advanced-parameter tier. For more information, see https://docs.aws.amazon.com/"
            "systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
        )
    elif call.parameters.get("Policies"):
        raise _invalid("Parameter policies are supported for advanced parameters only.")


def _check_pattern(value: str, pattern: str | None) -> None:
    if not pattern:
        return
    try:
        fits = re.fullmatch(pattern, value)
    except re.error as error:
        raise ServiceError(
            "InvalidAllowedPatternException",
            "The request doesn't meet the regular expression requirement.",
        ) from error
    if fits is None:
        raise ServiceError(
            "ParameterPatternMismatchException",
            f"Parameter value, cannot be validated against allowedPattern: {pattern}",
        )


@fix("ssm", "GetParametersByPath")
def qualified_path(call: Call, response: Any, serve: Serve) -> Response:
    """moto looks for a path that no hierarchy has."""
    path = str(call.parameters["Path"])
    if not path.startswith("/") or not _NAME.fullmatch(path):
        raise _invalid(_PATH)
    return serve()


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
