"""How stacks are created and deleted, and how a creation that fails is undone.

Every step is done within the call that asks for it. The history tells it in the order in which
AWS does; what AWS does at the same time is done here one after the other.

Pages: *Stack status codes*; *Choose how to handle failures when provisioning resources*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rolelab.sandbox.cloudformation.exports import check_imports, give_outputs, in_use
from rolelab.sandbox.cloudformation.plan import Plan
from rolelab.sandbox.cloudformation.removal import delete_all, kept
from rolelab.sandbox.cloudformation.resources import Caller
from rolelab.sandbox.cloudformation.run import (
    INITIATED,
    Run,
    Stopped,
    create_resource,
    failed_to,
)
from rolelab.sandbox.cloudformation.stacks import Inputs, Stack, StackResource, importers, now

ROLLBACK = "ROLLBACK"
DELETE = "DELETE"
DO_NOTHING = "DO_NOTHING"
"""What becomes of a creation that fails (`OnFailure`)."""


def create(
    stack: Stack,
    inputs: Inputs,
    plan: Plan,
    caller: Caller,
    on_failure: str = ROLLBACK,
    retain_except_on_create: bool = False,
) -> None:
    """Make the resources of a new stack.

    Args:
        stack: the stack, without resources.
        inputs: what it shall be.
        plan: what `plan` found out about it.
        caller: makes the calls.
        on_failure: `ROLLBACK`, `DELETE` or `DO_NOTHING`.
        retain_except_on_create: a rollback deletes also what has the policy Retain.
    """
    stack.inputs = inputs
    run = Run(stack, inputs, plan, caller, retain_except_on_create)
    stack.says("CREATE_IN_PROGRESS", INITIATED)
    try:
        check_imports(run)
        for name in plan.order:
            create_resource(run, plan.definitions[name])
        give_outputs(run)
    except Stopped as stopped:
        _undo_create(run, str(stopped), on_failure)
    else:
        stack.says("CREATE_COMPLETE")


def _undo_create(run: Run, why: str, on_failure: str) -> None:
    stack = run.stack
    if on_failure == DO_NOTHING:
        stack.says("CREATE_FAILED", why)
        return
    rolls_back = on_failure == ROLLBACK
    status, word = ("ROLLBACK", "Rollback") if rolls_back else ("DELETE", "Delete")
    stack.says(f"{status}_IN_PROGRESS", f"{why} {word} requested by user.")
    failed = delete_all(run.stack, run.caller, run.stack.resources.values(), _kept_on_create(run))
    if failed:
        stack.says(f"{status}_FAILED", failed_to("delete", failed))
        return
    stack.outputs, stack.imports = [], frozenset()
    stack.says(f"{status}_COMPLETE")
    if not rolls_back:
        stack.deleted = now()


def _kept_on_create(run: Run) -> Callable[[StackResource], bool]:
    if run.retain_except_on_create:
        return lambda resource: False
    return lambda resource: resource.deletion_policy == "Retain"


def delete(stack: Stack, caller: Caller, retain: Iterable[str] = ()) -> None:
    """Delete the resources of a stack, and the stack.

    Args:
        stack: the stack.
        caller: makes the calls.
        retain: logical ids of resources that stay (`RetainResources`).
    """
    for output in stack.outputs:
        if output.export is None:
            continue
        users = importers(output.export, stack.account, stack.region)
        users = [each for each in users if each is not stack]
        if users:
            stack.says(stack.status, in_use(output.export, "deleted", users))
            return
    stack.says("DELETE_IN_PROGRESS", INITIATED)
    staying = frozenset(retain)
    failed = delete_all(
        stack,
        caller,
        stack.resources.values(),
        lambda resource: kept(resource) or resource.logical_id in staying,
    )
    if failed:
        stack.says("DELETE_FAILED", failed_to("delete", failed))
        return
    stack.outputs, stack.imports = [], frozenset[str]()
    stack.says("DELETE_COMPLETE")
    stack.deleted = now()
