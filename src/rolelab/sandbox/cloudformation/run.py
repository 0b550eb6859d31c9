"""One run over a stack, and the steps on one resource that creating and updating share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolelab.sandbox.cloudformation import registry
from rolelab.sandbox.cloudformation.dynamic_references import filled_in
from rolelab.sandbox.cloudformation.errors import ResourceFailed, in_brackets, unexpected_fails
from rolelab.sandbox.cloudformation.intrinsics import Scope, canonical, text
from rolelab.sandbox.cloudformation.parameters import HIDDEN
from rolelab.sandbox.cloudformation.plan import Plan, attribute_of, desired, scope_of
from rolelab.sandbox.cloudformation.resources import Caller, ResourceType, Work, modelled
from rolelab.sandbox.cloudformation.stacks import Inputs, Stack, StackResource
from rolelab.sandbox.cloudformation.template import Definition
from rolelab.sandbox.denial import ServiceError

INITIATED = "User Initiated"
"""The reason of the first event of what a caller asked for."""


class Stopped(Exception):  # noqa: N818 - it is an outcome, not a fault
    """A deployment cannot go on; the text is why."""


@dataclass(slots=True)
class Run:
    """One run over a stack.

    Attributes:
        scope: where the functions of the template get their values.
        created: resources that were not there before.
        changed: resources as they were before they changed in place.
        replaced: resources as they were before a new one took their place.
    """

    stack: Stack
    inputs: Inputs
    plan: Plan
    caller: Caller
    retain_except_on_create: bool = False
    scope: Scope = field(init=False)
    created: list[str] = field(default_factory=list)
    changed: dict[str, StackResource] = field(default_factory=dict)
    replaced: dict[str, StackResource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        def resource(name: str) -> str:
            return str(self.stack.resources[name].physical_id)

        def attribute(name: str, attribute: str) -> Any:
            return attribute_of(self.stack.resources[name], attribute)

        self.scope = scope_of(self.stack, self.inputs, self.caller, resource, attribute)


def failed_to(verb: str, names: Iterable[str]) -> str:
    """Give the reason of a stack in which resources failed."""
    return f"The following resource(s) failed to {verb}: {in_brackets(names)}."


def create_resource(run: Run, definition: Definition) -> None:
    """Make a resource that is not there yet."""
    name = definition.logical_id
    resource = described(run, definition)
    run.stack.resources[name] = resource
    run.created.append(name)
    run.stack.resource_says(resource, "CREATE_IN_PROGRESS")
    try:
        with unexpected_fails():
            make(run, definition, resource, "CREATE_IN_PROGRESS", "Resource creation Initiated")
    except ResourceFailed as failed:
        run.stack.resource_says(resource, "CREATE_FAILED", str(failed), told(run, resource))
        raise Stopped(failed_to("create", [name])) from failed
    run.stack.resource_says(resource, "CREATE_COMPLETE", None, told(run, resource))


def described(run: Run, definition: Definition) -> StackResource:
    """Give a resource as the template describes it; there is nothing of it yet."""
    return StackResource(
        definition.logical_id,
        definition.type,
        depends_on=run.plan.needs[definition.logical_id],
        deletion_policy=definition.deletion_policy,
        update_replace_policy=definition.update_replace_policy,
        metadata=None if definition.metadata is None else canonical(definition.metadata),
    )


def make(
    run: Run, definition: Definition, resource: StackResource, status: str, initiated: str
) -> None:
    """Carry out the `create` of a type.

    Raises:
        ResourceFailed: why there is no such resource now.
    """
    resource.properties = desired_properties(run, definition)
    kind = checked(resource)

    def announce(physical_id: str) -> None:
        resource.physical_id = physical_id
        run.stack.resource_says(resource, status, initiated, told(run, resource))

    work = work_on(run.stack, run.caller, resource, announce=announce)
    made = kind.create(work)
    if resource.physical_id is None:
        announce(made.physical_id)
    resource.attributes = made.attributes


def desired_properties(run: Run, definition: Definition) -> dict[str, Any]:
    """Give what the template asks for, with its functions carried out.

    Raises:
        ResourceFailed: a function cannot be carried out.
    """
    try:
        return desired(definition, run.inputs, run.scope)
    except ServiceError as error:
        raise ResourceFailed(error.message) from error


def checked(resource: StackResource) -> ResourceType:
    """Give how the type is made.

    Raises:
        ResourceFailed: the sandbox does not model it, or a property is wrong.
    """
    kind = modelled(resource.type)
    if kind is None:
        raise ResourceFailed(f"The sandbox does not model the resource type {resource.type}.")
    registry.check_properties(resource.type, resource.logical_id, resource.properties)
    beyond = sorted(set(resource.properties) - kind.models)
    if beyond:
        raise ResourceFailed(
            f"The sandbox does not model {in_brackets(beyond)} of {resource.type}."
        )
    return kind


def work_on(stack: Stack, caller: Caller, resource: StackResource, **about: Any) -> Work:
    """Give what the functions of a resource type work with."""
    return Work(
        caller=caller,
        account=stack.account,
        partition=stack.partition,
        stack_name=stack.name,
        logical_id=resource.logical_id,
        type=resource.type,
        properties=filled_in(resource.properties, caller),
        physical_id=resource.physical_id,
        attributes=resource.attributes,
        **about,
    )


def told(run: Run, resource: StackResource) -> str:
    """Give the properties as events show them: NoEcho parameters stay hidden."""
    hidden = [
        run.inputs.parameters[name]
        for name, declared in run.inputs.template.parameters.items()
        if text(declared.get("NoEcho", "")).lower() == "true" and run.inputs.parameters[name]
    ]
    return json.dumps(_hide(resource.properties, hidden), default=str)


def _hide(value: Any, hidden: list[str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _hide(each, hidden) for name, each in value.items()}
    if isinstance(value, list):
        return [_hide(each, hidden) for each in value]
    if isinstance(value, str):
        for each in hidden:
            value = value.replace(each, HIDDEN)
    return value
