"""Create, update and delete stacks.

moto makes the resources of a stack inside its backends: no policy is asked, capabilities and
roles are ignored, types it does not know are CREATE_COMPLETE.

Pages: *CreateStack*, *UpdateStack*, *DeleteStack*, *CancelUpdateStack*, *SetStackPolicy*,
*UpdateTerminationProtection* of the CloudFormation API Reference.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.cloudformation import deployment, stacks
from rolelab.sandbox.cloudformation.errors import invalid
from rolelab.sandbox.cloudformation.plan import plan
from rolelab.sandbox.cloudformation.stacks import Stack
from rolelab.sandbox.cloudformation.update import update
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.cloudformation_requests import (
    already_exists,
    caller_for,
    check_name,
    existing,
    inputs_of,
    policy_of,
    template_of,
)

UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "CREATE_FAILED",
        "IMPORT_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_COMPLETE",
    }
)
"""Page: *Stack status codes*: from which a stack can be updated."""


@fix("cloudformation", "CreateStack")
def create_stack(call: Call, response: Any, serve: Any) -> Answer:
    """Deploys by ordinary calls, in the caller's name or under the service role."""
    given = call.parameters
    name = str(given["StackName"])
    check_name(name)
    if "OnFailure" in given and "DisableRollback" in given:
        raise invalid("Either DisableRollback or OnFailure can be specified, not both.")
    text = template_of(call)
    if stacks.find(name, call.account, call.region) is not None:
        raise already_exists(f"Stack [{name}] already exists")
    stack = stacks.build(name, call.account, call.region, call.partition)
    stack.role_arn = given.get("RoleARN")
    caller = caller_for(call, stack.role_arn)
    inputs = inputs_of(call, caller, text, None)
    planned = plan(stack, inputs, caller)
    stack.policy = policy_of(call)
    stack.termination_protection = bool(given.get("EnableTerminationProtection"))
    stack.timeout = given.get("TimeoutInMinutes")
    stack.token = given.get("ClientRequestToken")
    on_failure = str(given.get("OnFailure") or deployment.ROLLBACK)
    if given.get("DisableRollback"):
        on_failure = deployment.DO_NOTHING
    stack.disable_rollback = on_failure == deployment.DO_NOTHING
    stacks.keep(stack)
    deployment.create(
        stack, inputs, planned, caller, on_failure, bool(given.get("RetainExceptOnCreate"))
    )
    return Answer({"StackId": stack.stack_id})


@fix("cloudformation", "UpdateStack")
def update_stack(call: Call, response: Any, serve: Any) -> Answer:
    """Changes resources in place or replaces them, as the page of each type says."""
    given = call.parameters
    stack = existing(call)
    check_updatable(stack)
    text = template_of(call, stack)
    role = given.get("RoleARN") or stack.role_arn
    caller = caller_for(call, role)
    inputs = inputs_of(call, caller, text, stack.inputs)
    planned = plan(stack, inputs, caller)
    if planned.empty:
        raise invalid("No updates are to be performed.")
    stack.role_arn = role
    stack.policy = policy_of(call) or stack.policy
    stack.token = given.get("ClientRequestToken")
    stack.disable_rollback = bool(given.get("DisableRollback", False))
    update(stack, inputs, planned, caller, stack.disable_rollback)
    return Answer({"StackId": stack.stack_id})


def check_updatable(stack: Stack) -> None:
    """Refuse to update a stack that has failed, or that is deleted."""
    if stack.status not in UPDATABLE:
        raise invalid(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")


@fix("cloudformation", "DeleteStack")
def delete_stack(call: Call, response: Any, serve: Any) -> Answer:
    """A stack that is not there is deleted already, as in AWS."""
    given = call.parameters
    stack = stacks.find(str(given["StackName"]), call.account, call.region)
    if stack is None or stack.deleted is not None:
        return Answer()
    if stack.termination_protection:
        raise invalid(
            f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
        )
    retained = given.get("RetainResources") or ()
    if retained and stack.status != "DELETE_FAILED":
        raise invalid(
            f"Invalid operation on stack {stack.stack_id}. RetainResources can only be specified "
            "for a stack in the DELETE_FAILED state."
        )
    role = given.get("RoleARN") or stack.role_arn
    caller = caller_for(call, role)
    stack.role_arn = role
    stack.token = given.get("ClientRequestToken")
    deployment.delete(stack, caller, retained)
    return Answer()


@fix("cloudformation", "CancelUpdateStack")
def cancel_update_stack(call: Call, response: Any, serve: Any) -> Answer:
    """An update is over before its call returns, so there is never one to cancel."""
    existing(call)
    raise invalid("CancelUpdateStack cannot be called from current stack status")


@fix("cloudformation", "SetStackPolicy")
def set_stack_policy(call: Call, response: Any, serve: Any) -> Answer:
    """The policy is kept and given back; updates do not ask it."""
    existing(call).policy = policy_of(call)
    return Answer()


@fix("cloudformation", "GetStackPolicy")
def get_stack_policy(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers from its own stacks."""
    policy = existing(call).policy
    return Answer() if policy is None else Answer({"StackPolicyBody": policy})


@fix("cloudformation", "UpdateTerminationProtection")
def update_termination_protection(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers from its own stacks."""
    stack = existing(call)
    stack.termination_protection = bool(call.parameters["EnableTerminationProtection"])
    return Answer({"StackId": stack.stack_id})
