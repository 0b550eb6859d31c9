"""What CloudFormation tells about stacks.

Pages: *DescribeStacks*, *DescribeStackEvents*, *DescribeStackResource*, *DescribeStackResources*,
*ListStacks*, *ListStackResources*, *ListExports*, *ListImports* (CloudFormation API Reference).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.cloudformation import parameters, stacks
from rolelab.sandbox.cloudformation.errors import invalid
from rolelab.sandbox.cloudformation.exports import describe_outputs
from rolelab.sandbox.cloudformation.parameters import Values
from rolelab.sandbox.cloudformation.resources.work import tag_list
from rolelab.sandbox.cloudformation.stacks import STACKS, Event, Inputs, Stack, StackResource
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.cloudformation_requests import existing, serialize_as_given

_NO_DRIFT = {"StackDriftStatus": "NOT_CHECKED"}
_NO_RESOURCE_DRIFT = {"StackResourceDriftStatus": "NOT_CHECKED"}


def filled(members: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the members that have no value."""
    return {name: value for name, value in members.items() if value is not None}


def shown_inputs(inputs: Inputs | None) -> dict[str, Any]:
    """Give the members that say what a stack or a change set was asked to be."""
    if inputs is None:
        return {"Parameters": [], "Tags": [], "Capabilities": [], "NotificationARNs": []}
    values = Values(inputs.parameters, inputs.resolved)
    return {
        "Parameters": parameters.shown(inputs.template, values),
        "Tags": tag_list(inputs.tags),
        "Capabilities": list(inputs.capabilities),
        "NotificationARNs": list(inputs.notification_arns),
    }


@fix("cloudformation", "DescribeStacks")
def describe_stacks(call: Call, response: Any, serve: Any) -> Answer:
    """A deleted stack is found by its id alone."""
    serialize_as_given(response)
    if call.parameters.get("StackName"):
        found = [existing(call)]
    else:
        found = list(stacks.living(call.account, call.region))[::-1]
    return Answer({"Stacks": [_described(stack) for stack in found]})


def _described(stack: Stack) -> dict[str, Any]:
    return filled(
        {
            "StackId": stack.stack_id,
            "StackName": stack.name,
            "ChangeSetId": stack.executed_change_set,
            "Description": _description(stack),
            **shown_inputs(stack.inputs),
            "CreationTime": stack.created,
            "LastUpdatedTime": stack.updated,
            "DeletionTime": stack.deleted,
            "RollbackConfiguration": {},
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason,
            "DisableRollback": stack.disable_rollback,
            "TimeoutInMinutes": stack.timeout,
            "Outputs": describe_outputs(stack.outputs),
            "RoleARN": stack.role_arn,
            "EnableTerminationProtection": stack.termination_protection,
            "DriftInformation": _NO_DRIFT,
        }
    )


def _description(stack: Stack) -> str | None:
    return None if stack.inputs is None else stack.inputs.template.description


@fix("cloudformation", "DescribeStackEvents")
def describe_stack_events(call: Call, response: Any, serve: Any) -> Answer:
    """The latest event comes first."""
    stack = existing(call)
    return Answer({"StackEvents": [_event(stack, each) for each in reversed(stack.events)]})


def _event(stack: Stack, event: Event) -> dict[str, Any]:
    return filled(
        {
            "StackId": stack.stack_id,
            "EventId": event.event_id,
            "StackName": stack.name,
            "LogicalResourceId": event.logical_id,
            "PhysicalResourceId": event.physical_id,
            "ResourceType": event.type,
            "Timestamp": event.at,
            "ResourceStatus": event.status,
            "ResourceStatusReason": event.reason,
            "ResourceProperties": event.properties,
            "ClientRequestToken": event.token,
        }
    )


@fix("cloudformation", "DescribeStackResource")
def describe_stack_resource(call: Call, response: Any, serve: Any) -> Answer:
    """Answers with the metadata of the template, too."""
    stack = existing(call)
    name = str(call.parameters["LogicalResourceId"])
    resource = stack.resources.get(name)
    if resource is None:
        raise invalid(f"Resource {name} does not exist for stack {stack.name}")
    detail = {
        **_resource(stack, resource, "LastUpdatedTimestamp"),
        "Metadata": resource.metadata or "{}",
    }
    return Answer({"StackResourceDetail": detail})


def _resource(stack: Stack, resource: StackResource, time: str) -> dict[str, Any]:
    return filled(
        {
            "StackName": stack.name,
            "StackId": stack.stack_id,
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.physical_id,
            "ResourceType": resource.type,
            time: resource.changed,
            "ResourceStatus": resource.status,
            "ResourceStatusReason": resource.reason,
            "DriftInformation": _NO_RESOURCE_DRIFT,
        }
    )


@fix("cloudformation", "DescribeStackResources")
def describe_stack_resources(call: Call, response: Any, serve: Any) -> Answer:
    """A resource is found by the stack, or by its physical id."""
    given = call.parameters
    if bool(given.get("StackName")) == bool(given.get("PhysicalResourceId")):
        raise invalid("Exactly one of StackName and PhysicalResourceId must be specified")
    if given.get("StackName"):
        stack = existing(call)
    else:
        stack = _owner(call, str(given["PhysicalResourceId"]))
    wanted = given.get("LogicalResourceId")
    return Answer(
        {
            "StackResources": [
                _resource(stack, each, "Timestamp")
                for each in stack.resources.values()
                if wanted in (None, "", each.logical_id)
            ]
        }
    )


def _owner(call: Call, physical_id: str) -> Stack:
    for stack in stacks.living(call.account, call.region):
        if any(each.physical_id == physical_id for each in stack.resources.values()):
            return stack
    raise invalid(f"Stack for {physical_id} does not exist")


@fix("cloudformation", "ListStacks")
def list_stacks(call: Call, response: Any, serve: Any) -> Answer:
    """Deleted stacks are listed, too."""
    wanted = call.parameters.get("StackStatusFilter") or ()
    found = list(STACKS.of(call.account, call.region).values())[::-1]
    summaries = [
        filled(
            {
                "StackId": stack.stack_id,
                "StackName": stack.name,
                "TemplateDescription": _description(stack),
                "CreationTime": stack.created,
                "LastUpdatedTime": stack.updated,
                "DeletionTime": stack.deleted,
                "StackStatus": stack.status,
                "StackStatusReason": stack.reason,
                "DriftInformation": _NO_DRIFT,
            }
        )
        for stack in found
        if not wanted or stack.status in wanted
    ]
    return Answer({"StackSummaries": summaries})


@fix("cloudformation", "ListStackResources")
def list_stack_resources(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers from its own stacks."""
    stack = existing(call)
    found = [_resource(stack, each, "LastUpdatedTimestamp") for each in stack.resources.values()]
    for each in found:
        del each["StackName"], each["StackId"]
    return Answer({"StackResourceSummaries": found})


@fix("cloudformation", "ListExports")
def list_exports(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers from its own stacks."""
    found = stacks.exports(call.account, call.region)
    return Answer(
        {
            "Exports": [
                {"ExportingStackId": stack.stack_id, "Name": name, "Value": value}
                for name, (stack, value) in sorted(found.items())
            ]
        }
    )


@fix("cloudformation", "ListImports")
def list_imports(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers from its own stacks."""
    name = str(call.parameters["ExportName"])
    users = stacks.importers(name, call.account, call.region)
    if not users:
        raise invalid(f"Export '{name}' is not imported by any stack.")
    return Answer({"Imports": [each.name for each in users]})
