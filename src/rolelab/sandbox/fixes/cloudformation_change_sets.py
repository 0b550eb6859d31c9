"""Change sets: what an update would do, and carrying it out.

Pages: *CreateChangeSet*, *DescribeChangeSet*, *ExecuteChangeSet*, *DeleteChangeSet*,
*ListChangeSets* of the CloudFormation API Reference; *Example change sets for CloudFormation*.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from rolelab.sandbox.call import Call
from rolelab.sandbox.cloudformation import deployment, stacks
from rolelab.sandbox.cloudformation.errors import invalid
from rolelab.sandbox.cloudformation.plan import PERHAPS, Change, Plan, plan, replacing_properties
from rolelab.sandbox.cloudformation.run import INITIATED
from rolelab.sandbox.cloudformation.stacks import ChangeSet, Stack
from rolelab.sandbox.cloudformation.update import update
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.cloudformation_described import filled, shown_inputs
from rolelab.sandbox.fixes.cloudformation_requests import (
    already_exists,
    beyond,
    caller_for,
    check_name,
    inputs_of,
    serialize_as_given,
    template_of,
)
from rolelab.sandbox.fixes.cloudformation_stacks import check_updatable

REVIEW = "REVIEW_IN_PROGRESS"
NO_CHANGES = (
    "The submitted information didn't contain changes. "
    "Submit different information to create a change set."
)


@fix("cloudformation", "CreateChangeSet")
def create_change_set(call: Call, response: Any, serve: Any) -> Answer:
    """A change set for a new stack makes a stack without resources, in review."""
    given = call.parameters
    kind = str(given.get("ChangeSetType") or "UPDATE")
    if kind == "IMPORT" or given.get("ResourcesToImport"):
        raise beyond(call, "Imports are not modelled.")
    stack = _stack_for(call, kind)
    name = str(given["ChangeSetName"])
    if any(each.name == name for each in stack.change_sets.values()):
        raise already_exists(f"ChangeSet {name} already exists")
    text = template_of(call, stack)
    role = given.get("RoleARN") or stack.role_arn
    caller = caller_for(call, role)
    inputs = inputs_of(call, caller, text, stack.inputs)
    planned = plan(stack, inputs, caller)
    empty = planned.empty
    made = ChangeSet(
        f"arn:{call.partition}:cloudformation:{call.region}:{call.account}:changeSet/{name}"
        f"/{uuid4()}",
        name,
        inputs,
        kind,
        _changes(stack, planned),
        "FAILED" if empty else "CREATE_COMPLETE",
        "UNAVAILABLE" if empty else "AVAILABLE",
        NO_CHANGES if empty else None,
        given.get("Description"),
        role,
        given.get("OnStackFailure"),
    )
    if stacks.find(stack.stack_id, call.account, call.region) is None:
        stacks.keep(stack)
        stack.says(REVIEW, INITIATED)
    stack.change_sets[made.change_set_id] = made
    return Answer({"Id": made.change_set_id, "StackId": stack.stack_id})


def _stack_for(call: Call, kind: str) -> Stack:
    named = str(call.parameters["StackName"])
    found = stacks.find(named, call.account, call.region)
    if kind == "UPDATE":
        if found is None:
            raise invalid(f"Stack [{named}] does not exist")
        check_updatable(found)
        return found
    if found is None:
        check_name(named)
        return stacks.build(named, call.account, call.region, call.partition)
    if found.status != REVIEW:
        name = call.parameters["ChangeSetName"]
        raise invalid(
            f"Stack [{found.name}] already exists and cannot be created again with the changeSet "
            f"[{name}]."
        )
    return found


def _changes(stack: Stack, planned: Plan) -> list[dict[str, Any]]:
    return [
        {"Type": "Resource", "ResourceChange": _resource_change(stack, each)}
        for each in planned.changes
    ]


def _resource_change(stack: Stack, change: Change) -> dict[str, Any]:
    scope: list[str] = []
    details: list[dict[str, Any]] = []
    if change.action == "Modify":
        scope = ["Metadata"] if change.metadata else ["Properties"]
        causes = replacing_properties(change.type)
        for name in change.properties:
            again = "Never"
            if name in causes:
                again = "Conditionally" if change.replacement == PERHAPS else "Always"
            target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": again}
            details.append(
                {"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"}
            )
    return filled(
        {
            "Action": change.action,
            "LogicalResourceId": change.logical_id,
            "PhysicalResourceId": change.physical_id,
            "ResourceType": change.type,
            "Replacement": change.replacement,
            "Scope": scope,
            "Details": details,
        }
    )


def _named(call: Call) -> ChangeSet:
    given = call.parameters
    named = str(given["ChangeSetName"])
    if not given.get("StackName") and not named.startswith("arn:"):
        raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
    found = stacks.change_set(named, given.get("StackName"), call.account, call.region)
    if found is None:
        raise ServiceError("ChangeSetNotFound", f"ChangeSet [{named}] does not exist", 404)
    return found


def _stack_of(call: Call, found: ChangeSet) -> Stack:
    stack = stacks.stack_of(found.change_set_id, call.account, call.region)
    if stack is None:
        raise ServiceError("ChangeSetNotFound", f"ChangeSet [{found.name}] does not exist", 404)
    return stack


def _summary(stack: Stack, found: ChangeSet) -> dict[str, Any]:
    return filled(
        {
            "ChangeSetName": found.name,
            "ChangeSetId": found.change_set_id,
            "StackId": stack.stack_id,
            "StackName": stack.name,
            "Description": found.description,
            "CreationTime": found.created,
            "ExecutionStatus": found.execution_status,
            "Status": found.status,
            "StatusReason": found.reason,
            "IncludeNestedStacks": False,
        }
    )


@fix("cloudformation", "DescribeChangeSet")
def describe_change_set(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers from its own stacks."""
    serialize_as_given(response)
    found = _named(call)
    stack = _stack_of(call, found)
    more = filled({"OnStackFailure": found.on_failure})
    return Answer(
        {**_summary(stack, found), **shown_inputs(found.inputs), **more, "Changes": found.changes}
    )


@fix("cloudformation", "ListChangeSets")
def list_change_sets(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers from its own stacks."""
    named = str(call.parameters["StackName"])
    stack = stacks.find(named, call.account, call.region)
    if stack is None:
        raise invalid(f"Stack [{named}] does not exist")
    return Answer({"Summaries": [_summary(stack, each) for each in stack.change_sets.values()]})


@fix("cloudformation", "DeleteChangeSet")
def delete_change_set(call: Call, response: Any, serve: Any) -> Answer:
    """A change set that is not there is deleted already. The stack in review stays."""
    given = call.parameters
    named, stack_name = str(given["ChangeSetName"]), given.get("StackName")
    found = stacks.change_set(named, stack_name, call.account, call.region)
    if found is not None:
        del _stack_of(call, found).change_sets[found.change_set_id]
    return Answer()


@fix("cloudformation", "ExecuteChangeSet")
def execute_change_set(call: Call, response: Any, serve: Any) -> Answer:
    """The other change sets of the stack no longer fit, so they go."""
    given = call.parameters
    found = _named(call)
    stack = _stack_of(call, found)
    if found.execution_status != "AVAILABLE":
        status = found.execution_status if found.status == "CREATE_COMPLETE" else found.status
        raise ServiceError(
            "InvalidChangeSetStatus",
            f"ChangeSet [{found.change_set_id}] cannot be executed in its current status of "
            f"[{status}]",
            400,
        )
    caller = caller_for(call, found.role_arn)
    planned = plan(stack, found.inputs, caller)
    stack.role_arn = found.role_arn
    stack.token = given.get("ClientRequestToken")
    stack.executed_change_set = found.change_set_id
    stack.change_sets = {found.change_set_id: found}
    found.execution_status = "EXECUTE_IN_PROGRESS"
    disabled = bool(given.get("DisableRollback")) or found.on_failure == deployment.DO_NOTHING
    stack.disable_rollback = disabled
    if stack.status == REVIEW:
        on_failure = found.on_failure or deployment.ROLLBACK
        deployment.create(
            stack,
            found.inputs,
            planned,
            caller,
            deployment.DO_NOTHING if disabled else on_failure,
            bool(given.get("RetainExceptOnCreate")),
        )
    else:
        update(stack, found.inputs, planned, caller, disabled)
    done = stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    found.execution_status = "EXECUTE_COMPLETE" if done else "EXECUTE_FAILED"
    return Answer()
