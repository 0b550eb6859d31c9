"""The limits that a service's own model sets on its parameters: lengths, patterns, values.

boto3 checks types and missing members before it sends a request; AWS checks the rest and answers
`ValidationError`. The limits are those of the API reference, read from the same model that boto3
uses, so there is no second list of them here.

The sentences have the form that AWS answers and that its pages quote, with the value in them. (IAM
has begun to leave the value out; it stays here because it helps.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Response, Serve


def well_formed(call: Call, response: Any, serve: Serve) -> Response:
    """Refuse a call whose parameters lie outside their limits; else go on.

    A fix for any operation of a service in the query protocol.

    Raises:
        ServiceError: ValidationError, naming every parameter at fault.

    AWS page: *Common Errors*, ValidationError.
    """
    check(call)
    return serve()


def check(call: Call) -> None:
    """Compare a call's parameters with the operation's model.

    Raises:
        ServiceError: ValidationError, naming every parameter at fault.
    """
    shape = _input(call.service, call.operation)
    if shape is None:
        return
    found = list(_members(shape, call.parameters, ""))
    if found:
        plural = "s" if len(found) > 1 else ""
        raise ServiceError(
            "ValidationError",
            f"{len(found)} validation error{plural} detected: {'; '.join(found)}",
        )


@cache
def _input(service: str, operation: str) -> Any | None:
    from moto.core.utils import get_service_model

    return get_service_model(service).operation_model(operation).input_shape


def _violations(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Every sentence about a value; `path` is how AWS names it, `tags.1.member.key`."""
    inside = _INSIDE.get(shape.type_name)
    shown = "Value" if shape.metadata.get("sensitive") else f"Value '{_text(value)}'"
    for fault in _faults(shape, value):
        yield f"{shown} at '{path}' failed to satisfy constraint: {fault}"
    if inside is not None:
        yield from inside(shape, value, path)


def _members(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        if value.get(name) is not None:
            spelled = name[:1].lower() + name[1:]
            yield from _violations(member, value[name], f"{path}.{spelled}" if path else spelled)


def _items(shape: Any, value: list[Any], path: str) -> Iterator[str]:
    """A list of structures is named item by item; a list of plain values is named as a whole."""
    if shape.member.type_name in _INSIDE:
        for position, item in enumerate(value, start=1):
            yield from _violations(shape.member, item, f"{path}.{position}.member")
    elif any(fault for item in value for fault in _faults(shape.member, item)):
        rules = ", ".join([*_rules(shape.member), "Member must not be null"])
        yield (
            f"Value '{_text(value)}' at '{path}' failed to satisfy constraint: "
            f"Member must satisfy constraint: [{rules}]"
        )


_INSIDE: Mapping[str, Callable[[Any, Any, str], Iterator[str]]] = {
    "structure": _members,
    "list": _items,
}


def _faults(shape: Any, value: Any) -> Iterator[str]:
    """The rules of a shape that a value breaks, in AWS's words."""
    if shape.type_name in {"structure", "map", "blob", "double", "float", "timestamp"}:
        return
    size = value if isinstance(value, int) else len(value)
    limits = shape.metadata
    if "max" in limits and size > limits["max"]:
        yield _MAX[isinstance(value, int)].format(limits["max"])
    if "min" in limits and size < limits["min"]:
        yield _MIN[isinstance(value, int)].format(limits["min"])
    if not isinstance(value, str):
        return
    if "pattern" in limits and not _compiled(limits["pattern"]).fullmatch(value):
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"
    if limits.get("enum") and value not in limits["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"


def _rules(shape: Any) -> Iterator[str]:
    limits = shape.metadata
    if "max" in limits:
        yield _MAX[False].format(limits["max"])
    if "min" in limits:
        yield _MIN[False].format(limits["min"])
    if "pattern" in limits:
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"


# By whether the value is a number.
_MAX = {
    False: "Member must have length less than or equal to {}",
    True: "Member must have value less than or equal to {}",
}
_MIN = {
    False: "Member must have length greater than or equal to {}",
    True: "Member must have value greater than or equal to {}",
}

# What the models' patterns say and Python's expressions spell differently.
_CLASSES = {r"\p{L}": r"\w", r"\p{Z}": r"\s", r"\p{N}": r"\d"}


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A model's pattern for Python. Outside the Unicode classes, `\\w` means ASCII."""
    if r"\p{" not in pattern:
        return re.compile(pattern, re.ASCII)
    for written, meant in _CLASSES.items():
        pattern = pattern.replace(written, meant)
    return re.compile(pattern)


def _text(value: Any) -> str:
    """A value as AWS prints it: lists in brackets, without quotes."""
    if isinstance(value, list):
        return f"[{', '.join(_text(item) for item in value)}]"
    return str(value)
