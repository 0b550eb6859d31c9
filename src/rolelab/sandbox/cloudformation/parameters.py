"""The parameters of a template: types, defaults, constraints, and what a caller gives for them.

Page: *CloudFormation template Parameters syntax*; *Specify existing resources at runtime with
CloudFormation-supplied parameter types*.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolelab.sandbox.cloudformation.errors import in_brackets, invalid, malformed
from rolelab.sandbox.cloudformation.intrinsics import text
from rolelab.sandbox.cloudformation.template import Template

HIDDEN = "****"
"""What CloudFormation shows of a NoEcho parameter."""

_PLAIN = frozenset({"String", "Number", "List<Number>", "CommaDelimitedList"})
_PROPERTIES = frozenset(
    {
        "AllowedPattern",
        "AllowedValues",
        "ConstraintDescription",
        "Default",
        "Description",
        "MaxLength",
        "MaxValue",
        "MinLength",
        "MinValue",
        "NoEcho",
        "Type",
    }
)
# The types of AWS values; the sandbox passes them on and leaves it to the resource to find them.
_AWS_SPECIFIC = re.compile(
    r"(List<)?AWS::(EC2::(AvailabilityZone::Name|(Image|Instance|SecurityGroup|Subnet|Volume|VPC)"
    r"::Id|KeyPair::KeyName|SecurityGroup::GroupName)|Route53::HostedZone::Id)>?"
)
_SSM = re.compile(
    r"AWS::SSM::Parameter::(Name|Value<(String|List<.+>|CommaDelimitedList|AWS::.+)>)"
)

Lookup = Callable[[str], str]
"""Gives the value of an SSM parameter by name."""


@dataclass(frozen=True, slots=True)
class Values:
    """What the parameters of a stack are.

    Attributes:
        given: the text of each parameter, as DescribeStacks shows it.
        resolved: the value behind the name, for parameters of an SSM type.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    resolved: Mapping[str, str] = field(default_factory=dict)


def check_declarations(template: Template) -> None:
    """Refuse a type or a property of a parameter that does not exist."""
    for name, declared in template.parameters.items():
        for each in declared:
            if each not in _PROPERTIES:
                raise invalid(f"Invalid template parameter property '{each}'")
        kind = declared.get("Type")
        if kind is None:
            raise malformed(f"Every Parameters object must contain a Type member: {name}")
        known = kind in _PLAIN or _AWS_SPECIFIC.fullmatch(kind) or _SSM.fullmatch(kind)
        if not known:
            raise malformed(f"Unrecognized parameter type: {kind}")


def values_for(
    template: Template,
    given: Iterable[Mapping[str, Any]],
    previous: Mapping[str, str],
    lookup: Lookup,
) -> Values:
    """Give every parameter its value.

    Args:
        given: `Parameters` of the call.
        previous: the values of the stack as it is, for `UsePreviousValue`.
        lookup: gives the value of an SSM parameter.

    Raises:
        ServiceError: ValidationError; a value is missing or outside its constraints.
    """
    check_declarations(template)
    asked = {str(each["ParameterKey"]): _asked(each, previous) for each in given}
    extra = [name for name in asked if name not in template.parameters]
    if extra:
        raise invalid(f"Parameters: {in_brackets(extra)} do not exist in the template")
    for name, declared in template.parameters.items():
        if name not in asked and "Default" in declared:
            asked[name] = text(declared["Default"])
    missing = [name for name in template.parameters if name not in asked]
    if missing:
        raise invalid(f"Parameters: {in_brackets(missing)} must have values")
    for name, declared in template.parameters.items():
        _check(name, declared, asked[name])
    resolved = {
        name: lookup(asked[name])
        for name, declared in template.parameters.items()
        if "Parameter::Value<" in declared["Type"]
    }
    return Values({name: asked[name] for name in template.parameters}, resolved)


def _asked(entry: Mapping[str, Any], previous: Mapping[str, str]) -> str:
    """Give the value that an entry of `Parameters` asks for."""
    name = str(entry["ParameterKey"])
    about = f"Invalid input for parameter key {name}."
    if entry.get("UsePreviousValue"):
        if name not in previous:
            raise invalid(
                f"{about} Cannot specify usePreviousValue as true for a parameter key not in the "
                "previous template"
            )
        return previous[name]
    if entry.get("ParameterValue") is None:
        raise invalid(
            f"{about} Either specify usePreviousValue as true or specify a value for the parameter"
        )
    return str(entry["ParameterValue"])


def typed(template: Template, values: Values) -> dict[str, Any]:
    """Give the values as `Ref` does: lists as lists, everything else as text."""
    return {
        name: _as_type(template.parameters[name]["Type"], values.resolved.get(name, given))
        for name, given in values.given.items()
    }


def _as_type(kind: str, value: str) -> Any:
    if "List<" in kind or "CommaDelimitedList" in kind:
        return [each.strip() for each in value.split(",")] if value else []
    return value


def shown(template: Template, values: Values) -> list[dict[str, str]]:
    """Give `Parameters` as DescribeStacks answers them; what has NoEcho stays hidden."""
    entries = []
    for name, value in values.given.items():
        hidden = text(template.parameters[name].get("NoEcho", "")).lower() == "true"
        entry = {"ParameterKey": name, "ParameterValue": HIDDEN if hidden else value}
        if name in values.resolved:
            entry["ResolvedValue"] = values.resolved[name]
        entries.append(entry)
    return entries


def _check(name: str, declared: Mapping[str, Any], value: str) -> None:
    items = _as_type(declared["Type"], value) if declared["Type"] != "String" else value
    for each in items if isinstance(items, list) else [value]:
        fault = _fault(name, declared, each)
        if fault and "ConstraintDescription" in declared:
            fault = (
                f"Parameter '{name}' failed to satisfy constraint: "
                f"{declared['ConstraintDescription']}"
            )
        if fault:
            raise invalid(fault)


def _fault(name: str, declared: Mapping[str, Any], value: str) -> str | None:
    """Say which constraint of a parameter its value breaks first."""
    for member, holds, said in _CONSTRAINTS:
        if member in declared and not holds(declared[member], value):
            return f"Parameter '{name}' must {said.format(declared[member])}"
    return None


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return float("nan")


_CONSTRAINTS: tuple[tuple[str, Callable[[Any, str], bool], str], ...] = (
    (
        "AllowedValues",
        lambda allowed, value: value in [text(each) for each in allowed],
        "be one of AllowedValues",
    ),
    (
        "AllowedPattern",
        lambda pattern, value: re.fullmatch(str(pattern), value) is not None,
        "match pattern {}",
    ),
    (
        "MinLength",
        lambda limit, value: len(value) >= int(limit),
        "contain at least {} characters",
    ),
    (
        "MaxLength",
        lambda limit, value: len(value) <= int(limit),
        "contain at most {} characters",
    ),
    (
        "Type",
        lambda kind, value: "Number" not in kind or not math.isnan(_number(value)),
        "be a number",
    ),
    (
        "MinValue",
        lambda limit, value: _number(value) >= float(limit),
        "be a number not less than {}",
    ),
    (
        "MaxValue",
        lambda limit, value: _number(value) <= float(limit),
        "be a number not greater than {}",
    ),
)
