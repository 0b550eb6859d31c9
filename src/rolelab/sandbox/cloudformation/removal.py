"""Resources that go: each before what it needs, unless a policy keeps it.

Page: *DeletionPolicy attribute*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rolelab.sandbox.cloudformation import graph
from rolelab.sandbox.cloudformation.errors import ResourceFailed, handler_code, unexpected_fails
from rolelab.sandbox.cloudformation.resources import Caller, Refused, modelled
from rolelab.sandbox.cloudformation.run import work_on
from rolelab.sandbox.cloudformation.stacks import Stack, StackResource


def kept(resource: StackResource) -> bool:
    """Say whether the deletion policy keeps a resource."""
    return resource.deletion_policy in ("Retain", "RetainExceptOnCreate")


def delete_all(
    stack: Stack,
    caller: Caller,
    resources: Iterable[StackResource],
    kept: Callable[[StackResource], bool],
) -> list[str]:
    """Delete resources, each before what it needs; give those that could not be deleted."""
    found = {each.logical_id: each for each in resources if each.status != "DELETE_COMPLETE"}
    needs = {name: each.depends_on & found.keys() for name, each in found.items()}
    failed: list[str] = []
    blocked: set[str] = set()
    for name in reversed(graph.in_order(needs)):
        resource = found[name]
        if name in blocked:
            blocked |= needs[name]
        elif kept(resource) and resource.physical_id is not None:
            stack.resource_says(resource, "DELETE_SKIPPED")
        elif not _delete(stack, caller, resource):
            failed.append(name)
            blocked |= needs[name]
    return failed


def _delete(stack: Stack, caller: Caller, resource: StackResource) -> bool:
    kind = modelled(resource.type)
    if resource.physical_id is None or kind is None:
        stack.resource_says(resource, "DELETE_COMPLETE")
        return True
    stack.resource_says(resource, "DELETE_IN_PROGRESS")
    try:
        with unexpected_fails():
            kind.delete(work_on(stack, caller, resource))
    except Refused as refused:
        # What is gone already is what was asked for.
        if handler_code(refused.code) != "NotFound":
            stack.resource_says(resource, "DELETE_FAILED", str(refused))
            return False
    except ResourceFailed as failed:
        stack.resource_says(resource, "DELETE_FAILED", str(failed))
        return False
    stack.resource_says(resource, "DELETE_COMPLETE")
    return True
