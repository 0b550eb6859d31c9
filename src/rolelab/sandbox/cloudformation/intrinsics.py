"""The functions of a template, and its conditions.

moto's own (`moto.cloudformation.parsing.clean_json`) work on moto's model objects, leave out a
`Ref` they cannot resolve, and know four made-up zones; none of that is AWS's behaviour.

Page: *Intrinsic function reference* and the page of each function; *Get AWS values using pseudo
parameters*.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolelab.sandbox.cloudformation.errors import ResourceFailed, invalid
from rolelab.sandbox.cloudformation.template import Template, sub_variables


class Unknown(str):
    """A value that is known only after a resource is made.

    Change sets show it as AWS does.
    """

    __slots__ = ()


KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"


class _NoValue:
    """What `AWS::NoValue` stands for: the member is left out."""


NO_VALUE = _NoValue()


@dataclass(slots=True)
class Scope:
    """Where a template's names get their values from.

    Attributes:
        values: parameters and pseudo parameters by name.
        resource: the physical id of a resource, by logical id.
        attribute: an attribute of a resource, by logical id and name.
        exported: the value of an export. None: there is none.
        zones: the Availability Zones of a Region.
        imports: the exports that were asked for.
    """

    template: Template
    values: Mapping[str, Any]
    resource: Callable[[str], str]
    attribute: Callable[[str, str], Any]
    exported: Callable[[str], str | None]
    zones: Callable[[str], list[str]]
    imports: set[str] = field(default_factory=set)
    conditions: dict[str, bool] = field(default_factory=dict)

    def holds(self, condition: str) -> bool:
        """Say whether a condition of the template is true."""
        if condition not in self.conditions:
            if condition not in self.template.conditions:
                raise invalid(f"Template error: unresolved condition dependency {condition}.")
            self.conditions[condition] = _boolean(self, self.template.conditions[condition])
        return self.conditions[condition]

    def resolve(self, value: Any) -> Any:
        """Give a part of a template with all its functions carried out.

        Raises:
            ServiceError: ValidationError, a function is used wrongly.
            ResourceFailed: there is no such export.
        """
        if isinstance(value, list):
            return [each for each in map(self.resolve, value) if each is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, argument)
            if name.startswith("Fn::"):
                raise invalid(f"Template error: {name} is not modelled by the sandbox")
        resolved = {name: self.resolve(each) for name, each in value.items()}
        return {name: each for name, each in resolved.items() if each is not NO_VALUE}


def text(value: Any) -> str:
    """Write a value as CloudFormation does where it needs text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(text(each) for each in value)
    return value if isinstance(value, str) else str(value)


def _ref(scope: Scope, name: Any) -> Any:
    if name == "AWS::NoValue":
        return NO_VALUE
    if name in scope.values:
        return scope.values[name]
    return scope.resource(name)


def _get_att(scope: Scope, argument: Any) -> Any:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) != 2:
        raise invalid(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, "
            "the resource name and the resource attribute"
        )
    return scope.attribute(str(parts[0]), text(scope.resolve(parts[1])))


def _sub(scope: Scope, argument: Any) -> str:
    template, own = argument, {}
    if isinstance(argument, list):
        if len(argument) != 2 or not isinstance(argument[1], dict):
            raise _wrong_sub()
        template, own = argument
    if not isinstance(template, str):
        raise _wrong_sub()
    values = {name: scope.resolve(value) for name, value in own.items()}
    unknown = False
    for name in dict.fromkeys(sub_variables(template)):
        if name not in values:
            head, _, attribute = name.partition(".")
            values[name] = scope.attribute(head, attribute) if attribute else _ref(scope, name)
        unknown = unknown or isinstance(values[name], Unknown)

    def value_of(found: re.Match[str]) -> str:
        if found.group(1).startswith("!"):
            return "${" + found.group(1)[1:] + "}"
        return text(values[found.group(1).strip()])

    result = re.sub(r"\$\{([^{}]+)\}", value_of, template)
    return Unknown(result) if unknown else result


def _wrong_sub() -> Exception:
    return invalid(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. "
        "Specify a string as first argument, and an optional second argument to specify a mapping "
        "of values to replace in the string"
    )


def _join(scope: Scope, argument: Any) -> str:
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):
        raise invalid(
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter "
            "and (2) a list of strings to be joined or a function that returns a list of strings "
            "(such as Fn::GetAZs) to be joined."
        )
    values = scope.resolve(argument[1])
    if not isinstance(values, list):
        values = [values]
    joined = argument[0].join(text(each) for each in values)
    return Unknown(joined) if any(isinstance(each, Unknown) for each in values) else joined


def _select(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2:
        raise invalid(
            "Template error: Fn::Select requires a list argument with two elements: an integer "
            "index and a list"
        )
    index, values = scope.resolve(argument[0]), scope.resolve(argument[1])
    if isinstance(values, list) and any(isinstance(each, Unknown) for each in values):
        return Unknown(KNOWN_AFTER_APPLY)
    if isinstance(values, Unknown):
        return values
    if not isinstance(values, list) or not str(index).isdigit():
        raise invalid(
            "Template error: Fn::Select requires a list argument with two elements: an integer "
            "index and a list"
        )
    if int(index) >= len(values):
        raise invalid(
            f"Template error: Fn::Select cannot select nonexistent value at index {index}"
        )
    return values[int(index)]


def _split(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):
        raise invalid(
            "Template error: every Fn::Split object requires two parameters, (1) a string "
            "delimiter and (2) a string to be split or a function that returns a string to be "
            "split."
        )
    value = scope.resolve(argument[1])
    return [value] if isinstance(value, Unknown) else text(value).split(argument[0])


def _if(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 3:
        raise invalid("Template error: Fn::If requires a list argument with three elements")
    return scope.resolve(argument[1] if scope.holds(argument[0]) else argument[2])


def _find_in_map(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 3:
        raise invalid(
            "Template error: every Fn::FindInMap object requires three parameters, the map name, "
            "map key and the attribute for return value"
        )
    name, first, second = (text(scope.resolve(each)) for each in argument)
    try:
        return scope.template.mappings[name][first][second]
    except (KeyError, TypeError):
        raise invalid(
            f"Template error: Unable to get mapping for {name}::{first}::{second}"
        ) from None


def _import_value(scope: Scope, argument: Any) -> str:
    name = scope.resolve(argument)
    if isinstance(name, Unknown):
        raise invalid(
            "Template error: the attribute in Fn::ImportValue must not depend on any resources, "
            "imported values, or Fn::GetAZs"
        )
    scope.imports.add(text(name))
    value = scope.exported(text(name))
    if value is None:
        raise ResourceFailed(f"No export named {text(name)} found")
    return value


def _base64(scope: Scope, argument: Any) -> str:
    value = text(scope.resolve(argument))
    return base64.b64encode(value.encode()).decode()


def _get_azs(scope: Scope, argument: Any) -> list[str]:
    region = text(scope.resolve(argument)) if argument else ""
    return scope.zones(region or scope.values["AWS::Region"])


def _boolean(scope: Scope, expression: Any) -> bool:
    if isinstance(expression, dict) and len(expression) == 1:
        ((name, argument),) = expression.items()
        if name in _CONDITIONS:
            return _CONDITIONS[name](scope, argument)
    raise invalid(
        "Template format error: Every Condition member must be a condition function: "
        f"{', '.join(_CONDITIONS)}"
    )


def _equals(scope: Scope, argument: Any) -> bool:
    if not isinstance(argument, list) or len(argument) != 2:
        raise invalid("Template error: Fn::Equals requires a list argument with two elements")
    first, second = (scope.resolve(each) for each in argument)
    return text(first) == text(second)


def _several(name: str, decide: Callable[[list[bool]], bool]) -> Callable[[Scope, Any], bool]:
    def function(scope: Scope, argument: Any) -> bool:
        if not isinstance(argument, list) or not 2 <= len(argument) <= 10:
            raise invalid(
                f"Template error: every {name} object requires a list of at least 2 and at most "
                "10 boolean parameters."
            )
        return decide([_boolean(scope, each) for each in argument])

    return function


def _not(scope: Scope, argument: Any) -> bool:
    if not isinstance(argument, list) or len(argument) != 1:
        raise invalid("Template error: every Fn::Not object requires one boolean parameter.")
    return not _boolean(scope, argument[0])


def _to_json(scope: Scope, argument: Any) -> Any:
    raise invalid(
        "Template error: Fn::ToJsonString needs the transform AWS::LanguageExtensions, which the "
        "sandbox does not model"
    )


_CONDITIONS: Mapping[str, Callable[[Scope, Any], bool]] = {
    "Condition": lambda scope, argument: scope.holds(str(argument)),
    "Fn::And": _several("Fn::And", all),
    "Fn::Equals": _equals,
    "Fn::Not": _not,
    "Fn::Or": _several("Fn::Or", any),
}

_FUNCTIONS: Mapping[str, Callable[[Scope, Any], Any]] = {
    "Fn::Base64": _base64,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _get_azs,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": _to_json,
    "Ref": _ref,
}


def canonical(value: Any) -> str:
    """Write a resolved value so that two that mean the same look the same."""
    return json.dumps(value, sort_keys=True, default=str)
