"""What CloudFormation remembers of stacks: their state, resources, events and change sets.

Page: *View stack information from the CloudFormation console*, "Stack status codes".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from rolelab.sandbox.state import Store

if TYPE_CHECKING:
    from rolelab.sandbox.cloudformation.template import Template

STACK_TYPE = "AWS::CloudFormation::Stack"


def now() -> datetime:
    """The time that goes into records."""
    return datetime.now(UTC)


@dataclass(slots=True)
class StackResource:
    """One resource of a stack.

    Attributes:
        properties: what was asked for, with all functions but dynamic references resolved.
        attributes: what `Fn::GetAtt` gives.
        depends_on: logical ids that have to be there before it, and go after it.
    """

    logical_id: str
    type: str
    physical_id: str | None = None
    status: str = ""
    reason: str | None = None
    changed: datetime = field(default_factory=now)
    properties: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    depends_on: frozenset[str] = frozenset()
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    metadata: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One line in the history of a stack."""

    event_id: str
    logical_id: str
    physical_id: str
    type: str
    at: datetime
    status: str
    reason: str | None
    properties: str | None
    token: str | None


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a stack."""

    key: str
    value: str
    description: str | None = None
    export: str | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a caller says about what a stack shall be.

    Attributes:
        parameters: the values that were given, by name.
        resolved: SSM parameter types: the value behind the name.
    """

    template: Template
    parameters: Mapping[str, str] = field(default_factory=dict)
    resolved: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    notification_arns: tuple[str, ...] = ()


@dataclass(slots=True)
class ChangeSet:
    """A proposal for a stack."""

    change_set_id: str
    name: str
    inputs: Inputs
    kind: str
    changes: list[dict[str, Any]]
    status: str
    execution_status: str
    reason: str | None = None
    description: str | None = None
    role_arn: str | None = None
    on_failure: str | None = None
    created: datetime = field(default_factory=now)


@dataclass(slots=True)
class Stack:
    """A stack.

    Attributes:
        inputs: what is deployed. None as long as there are only change sets.
        imports: the names of the exports that it uses.
        role_arn: the service role; CloudFormation keeps using it once it was given.
        token: the client request token of the operation that is going on.
    """

    stack_id: str
    name: str
    account: str
    region: str
    partition: str = "aws"
    inputs: Inputs | None = None
    status: str = ""
    reason: str | None = None
    role_arn: str | None = None
    resources: dict[str, StackResource] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    imports: frozenset[str] = frozenset()
    events: list[Event] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    executed_change_set: str | None = None
    created: datetime = field(default_factory=now)
    updated: datetime | None = None
    deleted: datetime | None = None
    disable_rollback: bool = False
    termination_protection: bool = False
    policy: str | None = None
    timeout: int | None = None
    token: str | None = None

    def says(self, status: str, reason: str | None = None) -> None:
        """Take on a status, and put it into the history."""
        self.status, self.reason = status, reason
        self._add(str(uuid4()), self.name, self.stack_id, STACK_TYPE, status, reason, None)

    def resource_says(
        self,
        resource: StackResource,
        status: str,
        reason: str | None = None,
        properties: str | None = None,
    ) -> None:
        """Put the status of a resource into the history; it stays what the resource says last."""
        resource.status, resource.reason, resource.changed = status, reason, now()
        moment = resource.changed.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        event_id = f"{resource.logical_id}-{status}-{moment}Z"
        physical_id = resource.physical_id or ""
        self._add(
            event_id, resource.logical_id, physical_id, resource.type, status, reason, properties
        )

    def _add(
        self,
        event_id: str,
        logical_id: str,
        physical_id: str,
        kind: str,
        status: str,
        reason: str | None,
        properties: str | None,
    ) -> None:
        self.events.append(
            Event(
                event_id,
                logical_id,
                physical_id,
                kind,
                now(),
                status,
                reason,
                properties,
                self.token,
            )
        )


STACKS: Store[dict[str, Stack]] = Store(dict)
"""The stacks of an account and Region, by id, with those that are deleted."""


def find(named: str, account: str, region: str) -> Stack | None:
    """Find a stack by name, or by id, by which a deleted one is found too."""
    stacks = STACKS.of(account, region)
    if named.startswith("arn:"):
        return stacks.get(named)
    return next((each for each in living(account, region) if each.name == named), None)


def living(account: str, region: str) -> Iterator[Stack]:
    """Give the stacks that are not deleted, in the order in which they were created."""
    return (each for each in list(STACKS.of(account, region).values()) if each.deleted is None)


def build(name: str, account: str, region: str, partition: str) -> Stack:
    """Make a stack that nobody knows of yet."""
    stack_id = f"arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{uuid4()}"
    return Stack(stack_id, name, account, region, partition)


def keep(stack: Stack) -> None:
    """Remember a stack."""
    STACKS.of(stack.account, stack.region)[stack.stack_id] = stack


def exports(account: str, region: str) -> dict[str, tuple[Stack, str]]:
    """Give each export of an account and Region: the stack that exports it, and its value."""
    return {
        output.export: (stack, output.value)
        for stack in living(account, region)
        for output in stack.outputs
        if output.export is not None
    }


def importers(export: str, account: str, region: str) -> list[Stack]:
    """Give the stacks that use an export."""
    return [stack for stack in living(account, region) if export in stack.imports]


def change_set(named: str, stack: str | None, account: str, region: str) -> ChangeSet | None:
    """Find a change set by its id, or by its name and the stack's name or id."""
    known = find(stack, account, region) if stack else None
    searched = [known] if known is not None else list(living(account, region))
    for each in searched:
        for found in each.change_sets.values():
            if named == found.change_set_id or (known is not None and named == found.name):
                return found
    return None


def stack_of(change_set_id: str, account: str, region: str) -> Stack | None:
    """Find the stack that a change set belongs to, by the change set's id."""
    return next(
        (each for each in living(account, region) if change_set_id in each.change_sets), None
    )
