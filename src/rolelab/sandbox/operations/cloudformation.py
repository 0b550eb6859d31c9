"""What the operations of CloudFormation ask.

Only the call to CloudFormation itself: what CloudFormation calls to make the resources of a stack
is decided as calls of their own.

A stack that exists is asked about by its full ARN, one that does not as `stack/NAME/*`.

Pages: *Actions, resources, and condition keys for AWS CloudFormation* (Service Authorization
Reference); *Control CloudFormation access with AWS Identity and Access Management*; *Example IAM
identity-based policies for CloudFormation*; *CloudFormation service role*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.cloudformation.stacks import change_set, find, stack_of
from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import (
    Derived,
    Entry,
    Key,
    Resource,
    Row,
    Table,
    resource_tag_context,
)

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

Keys = Mapping[str, Key]

SERVICE = "cloudformation.amazonaws.com"

TEMPLATE_URL: Keys = {"cloudformation:TemplateUrl": "TemplateURL"}
ROLE_ARN: Keys = {"cloudformation:RoleArn": "RoleARN"}
DEPLOYS: Keys = {
    **TEMPLATE_URL,
    **ROLE_ARN,
    "cloudformation:ResourceTypes": "ResourceTypes",
    "cloudformation:StackPolicyUrl": "StackPolicyURL",
}

ALL_STACKS = "arn:{partition}:cloudformation:{region}:{account}:stack/*/*"
STACK_SET = "arn:{partition}:cloudformation:{region}:{account}:stackset/{StackSetName}:*"


def _stack_arn(named: str, call: Call) -> str:
    found = find(named, call.account, call.region)
    if found is not None:
        return found.stack_id
    if named.startswith("arn:"):
        return named
    return f"arn:{call.partition}:cloudformation:{call.region}:{call.account}:stack/{named}/*"


def _stack(call: Call) -> str:
    """Give the ARN of the stack that the call names; all stacks where it names none."""
    named = call.parameters.get("StackName")
    if named:
        return _stack_arn(str(named), call)
    return f"arn:{call.partition}:cloudformation:{call.region}:{call.account}:stack/*/*"


def _stack_of_change_set(call: Call) -> str:
    """Give the stack of a change set, which the change set's ARN alone can name."""
    owner = stack_of(str(call.parameters.get("ChangeSetName")), call.account, call.region)
    return _stack(call) if owner is None else owner.stack_id


def _change_set_name(call: Call) -> Value | None:
    """Give the name of a change set, also where the call gives its ARN."""
    named = call.parameters.get("ChangeSetName")
    if not named:
        return None
    stack = call.parameters.get("StackName")
    known = change_set(str(named), stack and str(stack), call.account, call.region)
    if known is not None:
        return known.name
    return str(named).split("/")[1] if str(named).startswith("arn:") else str(named)


CHANGE_SET: Keys = {"cloudformation:ChangeSetName": _change_set_name}


def _imported_types(call: Call) -> Value | None:
    given = call.parameters.get("ResourcesToImport")
    return [str(each.get("ResourceType", "")) for each in given] if given else None


def _stack_tags(call: Call, arn: str) -> Mapping[str, Value]:
    found = find(arn, call.account, call.region)
    if found is None or found.inputs is None:
        return {}
    return resource_tag_context(found.inputs.tags)


def _on_stack(operation: str, keys: Keys | None = None, **columns: Any) -> Row:
    return Row(
        operation,
        f"cloudformation:{operation}",
        _stack,
        keys=keys or {},
        context=(_stack_tags,),
        **columns,
    )


def _on_change_set(operation: str) -> Row:
    return Row(
        operation,
        f"cloudformation:{operation}",
        _stack_of_change_set,
        keys=CHANGE_SET,
        context=(_stack_tags,),
    )


def _plain(operation: str, resource: Resource = "*", **columns: Any) -> Row:
    return Row(operation, f"cloudformation:{operation}", resource, **columns)


def _tags_on(operation: str) -> Row:
    """Give the row of the tags that an operation sets.

    Page: *Example IAM identity-based policies for CloudFormation*, "Control access based on
    resource-mutating API actions": TagResource with `cloudformation:CreateAction`.
    """
    return Row(
        operation,
        "cloudformation:TagResource",
        _stack,
        keys={"cloudformation:CreateAction": lambda call: operation},
        context=(_stack_tags,),
        request_tags="Tags",
        when="Tags",
    )


def _passes(member: str) -> Callable[[Call], Iterable[Check]]:
    """Page: *CloudFormation service role*: whoever gives a role needs iam:PassRole."""

    def checks(call: Call) -> Iterable[Check]:
        role = call.parameters.get(member)
        if role:
            yield pass_role(call, str(role), SERVICE)

    return checks


def _passing(operation: str, member: str = "RoleARN") -> Derived:
    return Derived(operation, _passes(member), actions=("iam:PassRole",))


def _deploying(operation: str, keys: Keys) -> tuple[Entry, ...]:
    return (
        _on_stack(operation, keys, request_tags="Tags"),
        _tags_on(operation),
        _passing(operation),
    )


def _trail(call: Call) -> list[dict[str, str]]:
    """The events of CloudFormation name no resources."""
    return []


ON_STACKS = (
    "CancelUpdateStack",
    "CreateStackRefactor",
    "DescribeStackEvents",
    "DescribeStackRefactor",
    "DescribeStackResource",
    "DescribeStackResourceDrifts",
    "DescribeStackResources",
    "DescribeStacks",
    "DetectStackDrift",
    "DetectStackResourceDrift",
    "ExecuteStackRefactor",
    "GetStackPolicy",
    "GetTemplate",
    "ListChangeSets",
    "ListStackRefactorActions",
    "ListStackRefactors",
    "ListStackResources",
    "RecordHandlerProgress",
    "SignalResource",
    "UpdateTerminationProtection",
)
ON_STACK_SETS = (
    "DeleteStackSet",
    "DescribeStackInstance",
    "DescribeStackSet",
    "DescribeStackSetOperation",
    "DetectStackSetDrift",
    "ImportStacksToStackSet",
    "ListStackInstanceResourceDrifts",
    "ListStackInstances",
    "ListStackSetAutoDeploymentTargets",
    "ListStackSetOperationResults",
    "ListStackSetOperations",
    "StopStackSetOperation",
)

TABLE = Table(
    prefix="cloudformation",
    trail=_trail,
    rows=(
        *(_on_stack(operation) for operation in ON_STACKS),
        # Page: *DescribeStacks*: without a name it answers for the account, as ListStacks does.
        Row("DescribeStacks", "cloudformation:ListStacks", ALL_STACKS, unless="StackName"),
        _plain("ListStacks", ALL_STACKS),
        *_deploying("CreateStack", DEPLOYS),
        *_deploying("UpdateStack", DEPLOYS),
        *_deploying(
            "CreateChangeSet",
            {**DEPLOYS, **CHANGE_SET, "cloudformation:ImportResourceTypes": _imported_types},
        ),
        *(
            entry
            for operation in ("ContinueUpdateRollback", "DeleteStack", "RollbackStack")
            for entry in (_on_stack(operation, ROLE_ARN), _passing(operation))
        ),
        *(
            _on_change_set(operation)
            for operation in (
                "DeleteChangeSet",
                "DescribeChangeSet",
                "DescribeChangeSetHooks",
                "ExecuteChangeSet",
            )
        ),
        _on_stack("SetStackPolicy", {"cloudformation:StackPolicyUrl": "StackPolicyURL"}),
        Row("DescribeEvents", "cloudformation:DescribeEvents", _stack, context=(_stack_tags,)),
        _plain("GetTemplateSummary", _stack, keys=TEMPLATE_URL, when="StackName"),
        _plain("GetTemplateSummary", STACK_SET, keys=TEMPLATE_URL, when="StackSetName"),
        _plain(
            "GetTemplateSummary",
            keys=TEMPLATE_URL,
            unless=lambda call: bool(
                call.parameters.get("StackName") or call.parameters.get("StackSetName")
            ),
        ),
        _plain("ValidateTemplate", keys=TEMPLATE_URL),
        _plain("EstimateTemplateCost", keys=TEMPLATE_URL),
        *(_plain(operation, STACK_SET) for operation in ON_STACK_SETS),
        _plain(
            "CreateStackSet",
            keys={**TEMPLATE_URL, "cloudformation:RoleArn": "AdministrationRoleARN"},
            request_tags="Tags",
        ),
        _passing("CreateStackSet", "AdministrationRoleARN"),
        _plain(
            "UpdateStackSet",
            STACK_SET,
            keys={
                **TEMPLATE_URL,
                "cloudformation:RoleArn": "AdministrationRoleARN",
                "cloudformation:TargetRegion": "Regions",
            },
            request_tags="Tags",
        ),
        _passing("UpdateStackSet", "AdministrationRoleARN"),
        *(
            _plain(operation, STACK_SET, keys={"cloudformation:TargetRegion": "Regions"})
            for operation in (
                "CreateStackInstances",
                "DeleteStackInstances",
                "UpdateStackInstances",
            )
        ),
    ),
)
