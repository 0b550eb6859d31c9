"""The text of a template, parsed and checked as CloudFormation does before it starts.

Pages: *Template sections*, *Resource attribute reference*, *CloudFormation template format*;
*How do I resolve template validation or template format errors?* (Knowledge Center) for the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolelab.sandbox.cloudformation import template_text
from rolelab.sandbox.cloudformation.errors import in_brackets, invalid, malformed

SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Hooks",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    }
)
PSEUDO_PARAMETERS = frozenset(
    {
        "AWS::AccountId",
        "AWS::NoValue",
        "AWS::NotificationARNs",
        "AWS::Partition",
        "AWS::Region",
        "AWS::StackId",
        "AWS::StackName",
        "AWS::URLSuffix",
    }
)
"""Page: *Get AWS values using pseudo parameters*."""

_OF_A_RESOURCE = frozenset(
    {
        "Condition",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
    }
)
_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
_SUB_VARIABLE = re.compile(r"\$\{([^!{}][^{}]*)\}")
_VERSION = "2010-09-09"


@dataclass(frozen=True, slots=True)
class Definition:
    """One resource as the template writes it."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    condition: str | None
    depends_on: tuple[str, ...]
    deletion_policy: str
    update_replace_policy: str
    metadata: Any


@dataclass(frozen=True, slots=True)
class Template:
    """A template whose references are known to lead somewhere.

    Attributes:
        text: what the caller sent.
        body: the same, parsed; short forms such as `!Ref` are written out.
    """

    text: str
    body: Mapping[str, Any]
    resources: Mapping[str, Definition]
    description: str | None = None
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    transforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A place where a template names something: `Ref`, `Fn::GetAtt`, `Condition`, `Fn::FindInMap`.

    A variable of `Fn::Sub` counts as `Ref` or `Fn::GetAtt`.
    """

    function: str
    name: str
    attribute: str | None = None


def parse(text: str) -> Template:
    """Read a template.

    Args:
        text: JSON or YAML.

    Raises:
        ServiceError: ValidationError, in CloudFormation's words.
    """
    body = _decoded(text)
    unknown = sorted(set(body) - SECTIONS)
    if unknown:
        raise invalid(f"Invalid template property or properties {in_brackets(unknown)}")
    if str(body.get("AWSTemplateFormatVersion", _VERSION)) != _VERSION:
        raise malformed(f"{body['AWSTemplateFormatVersion']} is not a supported value.")
    description = body.get("Description")
    if description is not None and not isinstance(description, str):
        raise malformed("Description must be a string.")
    sections = {name: _section(body, name) for name in ("Parameters", "Mappings", "Conditions")}
    if not body.get("Resources"):
        raise malformed("At least one Resources member must be defined.")
    resources = _section(body, "Resources")
    for name in resources.keys() & sections["Parameters"].keys():
        # Page: *CloudFormation template Parameters syntax*: unique among all logical names.
        raise malformed(f"Logical name {name} is used for a parameter and for a resource.")
    transforms = body.get("Transform") or ()
    template = Template(
        text,
        body,
        {name: _definition(name, each) for name, each in resources.items()},
        description,
        sections["Parameters"],
        sections["Mappings"],
        sections["Conditions"],
        _section(body, "Outputs"),
        (transforms,) if isinstance(transforms, str) else tuple(str(each) for each in transforms),
    )
    _check_references(template)
    return template


def _decoded(text: str) -> dict[str, Any]:
    body = template_text.decode(text)
    if not isinstance(body, dict):
        raise malformed("unsupported structure.")
    return body


def _section(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name) or {}
    if not isinstance(found, dict):
        raise malformed(f"[/{name}] '{name}' must be an object.")
    if name in ("Resources", "Parameters"):
        for key in found:
            if not key.isalnum():
                raise malformed(f"{name[:-1]} name {key} is non alphanumeric.")
    if name not in ("Conditions",):
        for key, each in found.items():
            if not isinstance(each, dict):
                raise malformed(f"[/{name}/{key}] Every {name} member must be an object.")
    return found


def _definition(name: str, written: Mapping[str, Any]) -> Definition:
    kind = written.get("Type")
    if not isinstance(kind, str):
        raise malformed(f"[/Resources/{name}] Every Resources object must contain a Type member.")
    for each in written:
        if each not in _OF_A_RESOURCE:
            raise invalid(f"Invalid template resource property '{each}'")
    properties = written.get("Properties") or {}
    if not isinstance(properties, dict):
        raise malformed(f"[/Resources/{name}/Properties] 'Properties' must be an object.")
    policies = {}
    for each, values in _POLICIES.items():
        policies[each] = written.get(each, "Delete")
        if policies[each] not in values:
            raise malformed(f"Unrecognized {each} {policies[each]} for resource {name}")
    after = written.get("DependsOn") or ()
    return Definition(
        name,
        kind,
        properties,
        written.get("Condition"),
        (after,) if isinstance(after, str) else tuple(after),
        policies["DeletionPolicy"],
        policies["UpdateReplacePolicy"],
        written.get("Metadata"),
    )


# References.


def references(value: Any, local: frozenset[str] = frozenset()) -> Iterator[Reference]:
    """Give every reference in a part of a template.

    Args:
        local: variables that an enclosing `Fn::Sub` defines itself.
    """
    if isinstance(value, list):
        for each in value:
            yield from references(each, local)
    if not isinstance(value, dict):
        return
    if len(value) == 1:
        ((name, argument),) = value.items()
        if name in _REFERRING:
            yield from _REFERRING[name](argument, local)
            return
    for each in value.values():
        yield from references(each, local)


def _ref(argument: Any, local: frozenset[str]) -> Iterator[Reference]:
    if isinstance(argument, str):
        yield Reference("Ref", argument)


def _get_att(argument: Any, local: frozenset[str]) -> Iterator[Reference]:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if isinstance(parts, list) and len(parts) == 2 and isinstance(parts[0], str):
        attribute = parts[1] if isinstance(parts[1], str) else None
        yield Reference("Fn::GetAtt", parts[0], attribute)
        yield from references(parts[1], local)


def _sub(argument: Any, local: frozenset[str]) -> Iterator[Reference]:
    text, variables = argument, {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
        text, variables = argument
    yield from references(list(variables.values()), local)
    for name in sub_variables(text) if isinstance(text, str) else ():
        if name in variables:
            continue
        head, _, attribute = name.partition(".")
        yield Reference("Fn::GetAtt", head, attribute) if attribute else Reference("Ref", name)


def _condition(argument: Any, local: frozenset[str]) -> Iterator[Reference]:
    if isinstance(argument, str):
        yield Reference("Condition", argument)
    else:
        # A policy statement whose only member here is its Condition.
        yield from references(argument, local)


def _if(argument: Any, local: frozenset[str]) -> Iterator[Reference]:
    if isinstance(argument, list) and argument and isinstance(argument[0], str):
        yield Reference("Condition", argument[0])
        yield from references(argument[1:], local)


def _find_in_map(argument: Any, local: frozenset[str]) -> Iterator[Reference]:
    if isinstance(argument, list) and argument and isinstance(argument[0], str):
        yield Reference("Fn::FindInMap", argument[0])
    yield from references(argument, local)


_REFERRING = {
    "Condition": _condition,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::Sub": _sub,
    "Ref": _ref,
}


def sub_variables(text: str) -> list[str]:
    """Give the names in `${Name}` of an `Fn::Sub` text. `${!Literal}` is none of them."""
    names = [found.group(1).strip() for found in _SUB_VARIABLE.finditer(text)]
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9_.:]+", name):
            raise invalid(
                "Template error: variable names in Fn::Sub syntax must contain only alphanumeric "
                "characters, underscores, periods, and colons"
            )
    return names


def _check_references(template: Template) -> None:
    """Refuse a template that names what it does not define."""
    names = set(template.parameters) | PSEUDO_PARAMETERS
    _check_block(template, "Conditions", template.conditions, names)
    _check_block(template, "Outputs", template.outputs, names | set(template.resources))
    for definition in template.resources.values():
        if definition.condition is not None and definition.condition not in template.conditions:
            raise _undefined_condition(definition.condition, "Resources")
        missing = [each for each in definition.depends_on if each not in template.resources]
        if missing:
            raise _unresolved(missing, "Resources")
    parts = {name: each.properties for name, each in template.resources.items()}
    _check_block(template, "Resources", parts, names | set(template.resources))


def _check_block(template: Template, block: str, parts: Mapping[str, Any], known: set[str]) -> None:
    missing = []
    for reference in references(list(parts.values())):
        if reference.function == "Condition":
            if reference.name not in template.conditions:
                raise _undefined_condition(reference.name, block)
        elif reference.function == "Fn::FindInMap":
            if reference.name not in template.mappings:
                raise invalid(
                    f"Template error: Mapping named '{reference.name}' is not present in the "
                    "'Mappings' section of template."
                )
        elif reference.function == "Fn::GetAtt" and block != "Conditions":
            if reference.name not in template.resources:
                raise invalid(
                    "Template error: instance of Fn::GetAtt references undefined resource "
                    f"{reference.name}"
                )
        elif reference.name not in known:
            missing.append(reference.name)
    if missing and block == "Conditions":
        raise malformed(
            f"Unresolved dependencies {in_brackets(dict.fromkeys(missing))}. Cannot reference "
            "resources in the Conditions block of the template"
        )
    if missing:
        raise _unresolved(missing, block)


def _undefined_condition(name: str, block: str) -> Exception:
    return malformed(f"Unresolved condition dependency {name} in the {block} block of the template")


def _unresolved(missing: list[str], block: str) -> Exception:
    names = in_brackets(dict.fromkeys(missing))
    return malformed(
        f"Unresolved resource dependencies {names} in the {block} block of the template"
    )
