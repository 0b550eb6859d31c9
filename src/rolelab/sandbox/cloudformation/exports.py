"""Outputs of a stack, and the exports that tie stacks together.

Page: *Get exported outputs from a deployed CloudFormation stack*.
"""

from __future__ import annotations

from collections.abc import Iterable

from rolelab.sandbox.cloudformation.errors import ResourceFailed, unexpected_fails
from rolelab.sandbox.cloudformation.plan import outputs
from rolelab.sandbox.cloudformation.run import Run, Stopped
from rolelab.sandbox.cloudformation.stacks import Output, Stack, exports, importers
from rolelab.sandbox.denial import ServiceError


def check_imports(run: Run) -> None:
    """Stop before any resource is made if an export is missing.

    AWS's history of such a stack has no resource in it.
    """
    known = exports(run.stack.account, run.stack.region)
    for name in sorted(run.plan.imports):
        if name not in known:
            raise Stopped(f"No export named {name} found.")


def give_outputs(run: Run) -> None:
    """Set outputs and exports, which is the last thing a deployment does.

    Raises:
        Stopped: an export's name is taken, or one that others use would change.
    """
    try:
        with unexpected_fails():
            new = outputs(run.inputs, run.scope)
    except ServiceError as error:
        raise Stopped(error.message) from error
    except ResourceFailed as failed:
        raise Stopped(f"{failed}.") from failed
    stack = run.stack
    known = exports(stack.account, stack.region)
    named = {each.export: each.value for each in new if each.export is not None}
    for name in named:
        if name in known and known[name][0] is not stack:
            raise Stopped(
                f"Export with name {name} is already exported by stack {known[name][0].name}."
            )
    for old in stack.outputs:
        if old.export is not None and named.get(old.export) != old.value:
            verb = "updated" if old.export in named else "deleted"
            _refuse_if_used(stack, old.export, verb)
    stack.outputs, stack.imports = new, frozenset(run.scope.imports)


def _refuse_if_used(stack: Stack, export: str, verb: str) -> None:
    users = [each for each in importers(export, stack.account, stack.region) if each is not stack]
    if users:
        raise Stopped(in_use(export, verb, users))


def in_use(export: str, verb: str, users: list[Stack]) -> str:
    """Give the reason why an export cannot change."""
    names = [each.name for each in users]
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"Export {export} cannot be {verb} as it is in use by {listed}"


def describe_outputs(outputs: Iterable[Output]) -> list[dict[str, str]]:
    """Give outputs as DescribeStacks answers them."""
    shown = []
    for each in outputs:
        entry = {"OutputKey": each.key, "OutputValue": each.value}
        if each.description is not None:
            entry["Description"] = each.description
        if each.export is not None:
            entry["ExportName"] = each.export
        shown.append(entry)
    return shown
