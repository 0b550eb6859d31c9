"""How a stack turns into what a new template says, and back again when that fails.

Pages: *Update behaviors of stack resources*; *UpdateReplacePolicy attribute*; *Stack status codes*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rolelab.sandbox.cloudformation import registry
from rolelab.sandbox.cloudformation.dynamic_references import filled_in
from rolelab.sandbox.cloudformation.errors import ResourceFailed, in_brackets, unexpected_fails
from rolelab.sandbox.cloudformation.exports import check_imports, give_outputs
from rolelab.sandbox.cloudformation.plan import Plan, replacing
from rolelab.sandbox.cloudformation.removal import delete_all, kept
from rolelab.sandbox.cloudformation.resources import Caller, ResourceType, Work, modelled
from rolelab.sandbox.cloudformation.run import (
    INITIATED,
    Run,
    Stopped,
    checked,
    create_resource,
    described,
    desired_properties,
    failed_to,
    make,
    told,
    work_on,
)
from rolelab.sandbox.cloudformation.stacks import Inputs, Stack, StackResource, now
from rolelab.sandbox.cloudformation.template import Definition


def update(
    stack: Stack, inputs: Inputs, plan: Plan, caller: Caller, disable_rollback: bool = False
) -> None:
    """Turn a stack into what a new template says.

    Args:
        stack: the stack.
        inputs: what it shall be.
        plan: what `plan` found out about it.
        caller: makes the calls.
        disable_rollback: a failed update stays as it is.
    """
    before, settled, imports = stack.inputs, stack.outputs, stack.imports
    run = Run(stack, inputs, plan, caller)
    stack.inputs, stack.updated = inputs, now()
    stack.says("UPDATE_IN_PROGRESS", INITIATED)
    try:
        check_imports(run)
        for name in plan.order:
            _create_or_update(run, plan.definitions[name])
        give_outputs(run)
    except Stopped as stopped:
        if disable_rollback:
            stack.says("UPDATE_FAILED", str(stopped))
            return
        stack.says("UPDATE_ROLLBACK_IN_PROGRESS", str(stopped))
        stack.inputs, stack.outputs, stack.imports = before, settled, imports
        _undo_update(run)
        return
    stack.says("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    _clean_up(run)
    stack.says("UPDATE_COMPLETE")


def _create_or_update(run: Run, definition: Definition) -> None:
    known = run.stack.resources.get(definition.logical_id)
    if known is None or known.physical_id is None:
        create_resource(run, definition)
        return
    try:
        with unexpected_fails():
            new = desired_properties(run, definition)
            if registry.changed(known.properties, new):
                _update(run, definition, known, new)
    except ResourceFailed as failed:
        run.stack.resource_says(known, "UPDATE_FAILED", str(failed), told(run, known))
        raise Stopped(failed_to("update", [definition.logical_id])) from failed
    current = run.stack.resources[definition.logical_id]
    wanted = described(run, definition)
    current.depends_on, current.metadata = wanted.depends_on, wanted.metadata
    current.deletion_policy = wanted.deletion_policy
    current.update_replace_policy = wanted.update_replace_policy


def _update(run: Run, definition: Definition, old: StackResource, new: Mapping[str, Any]) -> None:
    """Change a resource in place, or put a new one in its place."""
    kind = checked(replace(old, properties=new))
    if replacing(old.type, old.properties, new):
        _replace(run, definition, old, kind, new)
        return
    changed = registry.changed(old.properties, new)
    beyond = [] if kind.updates is None else sorted(set(changed) - kind.updates)
    if kind.update is None or beyond:
        raise ResourceFailed(
            f"The sandbox does not model an update of {in_brackets(beyond or changed)} of "
            f"{old.type}."
        )
    name = old.logical_id
    run.changed[name] = replace(old)
    run.stack.resource_says(old, "UPDATE_IN_PROGRESS", None, told(run, old))
    _change(run, old, kind.update, new)
    run.stack.resource_says(old, "UPDATE_COMPLETE", None, told(run, old))


def _change(
    run: Run,
    resource: StackResource,
    carry_out: Callable[[Work], Any],
    new: Mapping[str, Any],
) -> None:
    previous = filled_in(resource.properties, run.caller)
    resource.properties = new
    made = carry_out(work_on(run.stack, run.caller, resource, previous=previous))
    resource.attributes = made.attributes


def _replace(
    run: Run,
    definition: Definition,
    old: StackResource,
    kind: ResourceType,
    new: Mapping[str, Any],
) -> None:
    """Make a new resource; the old one goes when everything else is done."""
    name = definition.logical_id
    if (
        kind.name is not None
        and new.get(kind.name)
        and (new.get(kind.name) == old.properties.get(kind.name))
    ):
        raise ResourceFailed(
            "CloudFormation cannot update a stack when a custom-named resource requires "
            f"replacing. Rename {new[kind.name]} and update the stack again."
        )
    why = "Requested update requires the creation of a new physical resource; hence creating one."
    run.stack.resource_says(old, "UPDATE_IN_PROGRESS", why, told(run, old))
    fresh = described(run, definition)
    run.replaced[name] = old
    run.stack.resources[name] = fresh
    make(run, definition, fresh, "UPDATE_IN_PROGRESS", "Resource creation Initiated")
    run.stack.resource_says(fresh, "UPDATE_COMPLETE", None, told(run, fresh))


def _clean_up(run: Run) -> None:
    """Delete what the new template no longer has. What cannot be deleted is left behind.

    Page: *Update behaviors of stack resources*; *Stack status codes*,
    UPDATE_COMPLETE_CLEANUP_IN_PROGRESS.
    """
    stack = run.stack
    removed = [each for name, each in stack.resources.items() if name not in run.plan.definitions]
    delete_all(
        stack,
        run.caller,
        run.replaced.values(),
        lambda resource: resource.update_replace_policy == "Retain",
    )
    delete_all(stack, run.caller, removed, kept)
    for each in removed:
        stack.resources.pop(each.logical_id, None)


def _undo_update(run: Run) -> None:
    """Bring the stack back to what it was."""
    stack = run.stack
    failed = []
    for name, old in reversed(run.changed.items()):
        resource = stack.resources[name]
        stack.resource_says(resource, "UPDATE_IN_PROGRESS", None, None)
        kind = modelled(resource.type)
        try:
            if kind is not None and kind.update is not None:
                with unexpected_fails():
                    _change(run, resource, kind.update, old.properties)
        except ResourceFailed as refused:
            stack.resource_says(resource, "UPDATE_FAILED", str(refused))
            failed.append(name)
            continue
        stack.resources[name] = replace(old)
        stack.resource_says(stack.resources[name], "UPDATE_COMPLETE")
    if failed:
        stack.says("UPDATE_ROLLBACK_FAILED", failed_to("update", failed))
        return
    fresh = []
    for name, old in run.replaced.items():
        fresh.append(stack.resources[name])
        stack.resources[name] = old
        stack.resource_says(old, "UPDATE_COMPLETE")
    new = [stack.resources[name] for name in run.created]
    stack.says("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    delete_all(stack, run.caller, [*fresh, *new], kept)
    for each in new:
        stack.resources.pop(each.logical_id, None)
    stack.says("UPDATE_ROLLBACK_COMPLETE")
