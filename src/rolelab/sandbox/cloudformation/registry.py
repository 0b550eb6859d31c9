"""What AWS publishes about each resource type: properties, attributes, and what needs replacement.

`registry.json` is taken from the schemas of the CloudFormation registry (`registry_extract`), from
which the pages of the *Template reference* are made. So there is no second list here.

Page: *Resource type schema* (CloudFormation CLI User Guide): createOnlyProperties,
readOnlyProperties, required, tagging.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rolelab.sandbox.cloudformation.errors import ResourceFailed, invalid
from rolelab.sandbox.cloudformation.intrinsics import text


@dataclass(frozen=True, slots=True)
class Kind:
    """What the registry says about a resource type.

    Attributes:
        properties: the properties, with their schemas.
        read_only: properties that a template cannot set.
        create_only: paths of properties whose change replaces the resource.
        required: properties that a template has to set.
        attributes: what `Fn::GetAtt` takes.
        tags: the name of the property that holds the tags. None: it takes none.
    """

    properties: Mapping[str, Any]
    read_only: frozenset[str]
    create_only: tuple[tuple[str, ...], ...]
    required: tuple[str, ...]
    attributes: frozenset[str]
    tags: str | None


def exists(type_name: str) -> bool:
    """Say whether AWS has such a resource type."""
    return type_name in _known()


@cache
def _known() -> frozenset[str]:
    return frozenset(_extracted()["types"])


@cache
def _extracted() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(Path(__file__).with_name("registry.json").read_text())
    return found


@cache
def kind(type_name: str) -> Kind:
    """Give what the registry says about a type that the sandbox models.

    Raises:
        LookupError: the sandbox does not model it.
    """
    found = _extracted()["kinds"].get(type_name)
    if found is None:
        raise LookupError(type_name)
    return Kind(
        found["properties"],
        frozenset(found["read_only"]),
        tuple(tuple(path) for path in found["create_only"]),
        tuple(found["required"]),
        frozenset(found["attributes"]),
        found["tags"],
    )


def check_properties(type_name: str, logical_id: str, properties: Mapping[str, Any]) -> None:
    """Refuse properties that the type does not have, and miss those that it needs.

    Raises:
        ResourceFailed: in the words of the registry's validation.
    """
    known = kind(type_name)
    faults = [
        f"#: extraneous key [{each}] is not permitted"
        for each in properties
        if each not in known.properties
    ]
    faults += [
        f"#: required key [{each}] not found" for each in known.required if each not in properties
    ]
    faults += [
        f"#/{each}: cannot be set, it is a read-only property"
        for each in properties
        if each in known.read_only and each in known.properties
    ]
    faults += [
        f"#/{name}: #: {text(value)} is not a valid enum value"
        for name, value in properties.items()
        if not _is_one_of(known.properties.get(name, {}).get("enum"), value)
    ]
    if faults:
        raise ResourceFailed(
            f"Properties validation failed for resource {logical_id} with message:\n"
            + "\n".join(faults)
        )


def _is_one_of(allowed: Any, value: Any) -> bool:
    if not allowed or isinstance(value, dict | list):
        return True
    return text(value) in [text(each) for each in allowed]


def check_attribute(type_name: str, logical_id: str, attribute: str) -> None:
    """Refuse an attribute that `Fn::GetAtt` does not know of a modelled type."""
    if type_name in _extracted()["kinds"] and attribute not in kind(type_name).attributes:
        raise invalid(
            f"Template error: resource {logical_id} does not support attribute type {attribute} "
            "in Fn::GetAtt"
        )


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Give the properties that differ."""
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def needs_replacement(type_name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Give the properties that differ and whose change replaces the resource."""
    return sorted(
        {path[0] for path in kind(type_name).create_only if _at(path, old) != _at(path, new)}
    )


def _at(path: tuple[str, ...], properties: Any) -> Any:
    for step in path:
        if not isinstance(properties, Mapping):
            return None
        properties = properties.get(step)
    return properties
