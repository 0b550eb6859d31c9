"""The order in which resources are made.

Page: *DependsOn attribute*: a reference makes an order just as DependsOn does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rolelab.sandbox.cloudformation.errors import in_brackets, invalid
from rolelab.sandbox.cloudformation.template import Definition, Template, references


def wanted(template: Template, holds: Callable[[str], bool]) -> dict[str, Definition]:
    """Give the resources whose condition is true."""
    return {
        name: each
        for name, each in template.resources.items()
        if each.condition is None or holds(each.condition)
    }


def dependencies(
    definitions: Mapping[str, Definition], holds: Callable[[str], bool]
) -> dict[str, frozenset[str]]:
    """Give the resources that each resource needs before it.

    Raises:
        ServiceError: ValidationError; a resource refers to one whose condition is false.
    """
    found = {}
    for name, definition in definitions.items():
        referred = [
            each.name
            for each in references(taken(definition.properties, holds))
            if each.function in ("Ref", "Fn::GetAtt")
        ]
        after = [*referred, *definition.depends_on]
        found[name] = frozenset(each for each in after if each in definitions)
    return found


def taken(value: Any, holds: Callable[[str], bool]) -> Any:
    """Leave out the branches of `Fn::If` that are not taken."""
    if isinstance(value, list):
        return [taken(each, holds) for each in value]
    if not isinstance(value, dict):
        return value
    branches = value.get("Fn::If")
    if len(value) == 1 and isinstance(branches, list) and len(branches) == 3:
        return taken(branches[1] if holds(branches[0]) else branches[2], holds)
    return {name: taken(each, holds) for name, each in value.items()}


def in_order(needs: Mapping[str, frozenset[str]]) -> list[str]:
    """Sort resources so that each comes after what it needs; else as the template has them.

    Raises:
        ServiceError: ValidationError; resources need each other.
    """
    order: list[str] = []
    left = dict(needs)
    while left:
        ready = [name for name, after in left.items() if not after & left.keys() - {name}]
        ready = [name for name in ready if name not in left[name]]
        if not ready:
            names = in_brackets(sorted(_in_circles(left)))
            raise invalid(f"Circular dependency between resources: {names}")
        order += ready
        for name in ready:
            del left[name]
    return order


def _in_circles(needs: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Give the resources that need themselves in the end."""
    for start in needs:
        seen: set[str] = set()
        todo = [start]
        while todo:
            for each in needs.get(todo.pop(), ()):
                if each not in seen:
                    seen.add(each)
                    todo.append(each)
        if start in seen:
            yield start
