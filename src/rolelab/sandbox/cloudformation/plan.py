"""What deploying a template would do, as far as it is known before it is done.

A template is planned before anything happens, so that what is wrong with it refuses the call and
starts nothing. The same plan is a change set.

Page: *Intrinsic function reference*; *Update behaviors of stack resources*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolelab.sandbox.cloudformation import graph, registry
from rolelab.sandbox.cloudformation.errors import in_brackets, invalid, malformed
from rolelab.sandbox.cloudformation.intrinsics import (
    KNOWN_AFTER_APPLY,
    Scope,
    Unknown,
    canonical,
    text,
)
from rolelab.sandbox.cloudformation.parameters import Values, typed
from rolelab.sandbox.cloudformation.resources import Caller, Refused, modelled
from rolelab.sandbox.cloudformation.resources.work import tags_of
from rolelab.sandbox.cloudformation.stacks import Inputs, Output, Stack, StackResource, exports
from rolelab.sandbox.cloudformation.template import Definition, references

REPLACED = "True"
IN_PLACE = "False"
PERHAPS = "Conditional"


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource.

    Attributes:
        action: `Add`, `Modify` or `Remove`, as change sets say.
        replacement: whether a modified resource is replaced.
        properties: the names of the properties that change.
        metadata: whether only its metadata changes.
    """

    action: str
    logical_id: str
    type: str
    physical_id: str | None = None
    replacement: str | None = None
    properties: tuple[str, ...] = ()
    metadata: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A template with its conditions decided.

    Attributes:
        definitions: the resources whose condition is true.
        needs: what each resource has to wait for.
        order: the logical ids in the order in which they are made.
        changes: what differs from the stack as it is.
        others: whether outputs or the tags of the stack differ.
        imports: the exports of other stacks that are used.
    """

    definitions: Mapping[str, Definition]
    needs: Mapping[str, frozenset[str]]
    order: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    others: bool = False
    imports: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        """Whether nothing at all would happen."""
        return not self.changes and not self.others


@dataclass(slots=True)
class _Guess:
    """Resources as far as they are known."""

    stack: Stack
    unknown: set[str] = field(default_factory=set)

    def resource(self, name: str) -> str:
        known = self.stack.resources.get(name)
        if known is None or known.physical_id is None or name in self.unknown:
            return Unknown(KNOWN_AFTER_APPLY)
        return known.physical_id

    def attribute(self, name: str, attribute: str) -> Any:
        if isinstance(self.resource(name), Unknown):
            return Unknown(KNOWN_AFTER_APPLY)
        return attribute_of(self.stack.resources[name], attribute)


def attribute_of(resource: StackResource, attribute: str) -> Any:
    """Give an attribute of a resource that is there: its own, or the property of that name."""
    if attribute in resource.attributes:
        return resource.attributes[attribute]
    return resource.properties.get(attribute, "")


def scope_of(
    stack: Stack,
    inputs: Inputs,
    caller: Caller,
    resource: Callable[[str], str],
    attribute: Callable[[str, str], Any],
) -> Scope:
    """Give the scope in which a template's functions are carried out."""
    template = inputs.template
    values = typed(template, Values(inputs.parameters, inputs.resolved))
    suffix = "amazonaws.com.cn" if stack.partition == "aws-cn" else "amazonaws.com"
    values |= {
        "AWS::AccountId": stack.account,
        "AWS::NotificationARNs": list(inputs.notification_arns),
        "AWS::Partition": stack.partition,
        "AWS::Region": stack.region,
        "AWS::StackId": stack.stack_id,
        "AWS::StackName": stack.name,
        "AWS::URLSuffix": suffix,
    }

    def exported(name: str) -> str | None:
        found = exports(stack.account, stack.region).get(name)
        return None if found is None else found[1]

    return Scope(template, values, resource, attribute, exported, caller.zones)


def plan(stack: Stack, inputs: Inputs, caller: Caller) -> Plan:
    """Compare a template with the stack as it is.

    Raises:
        ServiceError: ValidationError; the template cannot be deployed.
    """
    template = inputs.template
    _check_types(stack, inputs)
    _check_attributes(inputs)
    guess = _Guess(stack)
    scope = scope_of(stack, inputs, caller, guess.resource, guess.attribute)
    known = scope.exported
    # That an export is missing is found out on the way, and the stack rolls back.
    scope.exported = lambda name: known(name) or Unknown(KNOWN_AFTER_APPLY)
    try:
        definitions = graph.wanted(template, scope.holds)
        _check_taken(inputs, scope, definitions)
        needs = graph.dependencies(definitions, scope.holds)
        order = graph.in_order(needs)
        changes = []
        for name in order:
            change = _change(stack, definitions[name], inputs, scope)
            if change is not None:
                changes.append(change)
                if change.action == "Add" or change.replacement == REPLACED:
                    guess.unknown.add(name)
        changes += [
            Change("Remove", name, each.type, each.physical_id)
            for name, each in stack.resources.items()
            if name not in definitions
        ]
        others = _others(stack, inputs, scope)
    except Refused as refused:
        raise invalid(refused.message) from refused
    return Plan(definitions, needs, tuple(order), tuple(changes), others, frozenset(scope.imports))


def _check_types(stack: Stack, inputs: Inputs) -> None:
    kinds = {each.type for each in inputs.template.resources.values()}
    unknown = sorted(
        kind for kind in kinds if not kind.startswith("Custom::") and not registry.exists(kind)
    )
    if unknown:
        raise malformed(f"Unrecognized resource types: {in_brackets(unknown)}")
    turned = [
        name
        for name, each in inputs.template.resources.items()
        if name in stack.resources and stack.resources[name].type != each.type
    ]
    if turned:
        raise invalid(
            "Update of resource type is not permitted. The new template modifies resource type "
            f"of the following resources: {in_brackets(turned)}"
        )


def _check_attributes(inputs: Inputs) -> None:
    template = inputs.template
    parts = [each.properties for each in template.resources.values()]
    for reference in references([*parts, *template.outputs.values()]):
        if reference.function == "Fn::GetAtt" and reference.attribute is not None:
            kind = template.resources[reference.name].type
            if modelled(kind) is not None:
                registry.check_attribute(kind, reference.name, reference.attribute)


def _check_taken(inputs: Inputs, scope: Scope, definitions: Mapping[str, Definition]) -> None:
    """Refuse references to resources whose condition is false."""
    for block, parts in (
        ("Resources", [each.properties for each in definitions.values()]),
        ("Outputs", [each for each in inputs.template.outputs.values() if shown(each, scope)]),
    ):
        missing = {
            each.name
            for each in references(graph.taken(parts, scope.holds))
            if each.function in ("Ref", "Fn::GetAtt")
            and each.name in inputs.template.resources
            and each.name not in definitions
        }
        if missing:
            raise malformed(
                f"Unresolved resource dependencies {in_brackets(sorted(missing))} in the {block} "
                "block of the template"
            )


def shown(output: Mapping[str, Any], scope: Scope) -> bool:
    """Say whether an output's condition is true."""
    condition = output.get("Condition")
    return condition is None or scope.holds(str(condition))


def desired(definition: Definition, inputs: Inputs, scope: Scope) -> dict[str, Any]:
    """Give the properties of a resource, with the tags of the stack among its own.

    Page: *Resource tag* (Template reference): tags of the stack go to all resources that take
    tags; the resource's own tag of the same key wins.
    """
    properties: dict[str, Any] = scope.resolve(dict(definition.properties))
    if not inputs.tags or modelled(definition.type) is None:
        return properties
    member = registry.kind(definition.type).tags
    kind = modelled(definition.type)
    if member is None or kind is None or member not in kind.models:
        return properties
    merged = {**inputs.tags, **tags_of(properties.get(member))}
    if registry.kind(definition.type).properties[member].get("type") == "object":
        return {**properties, member: merged}
    return {**properties, member: [{"Key": key, "Value": merged[key]} for key in merged]}


def _change(stack: Stack, definition: Definition, inputs: Inputs, scope: Scope) -> Change | None:
    name, kind = definition.logical_id, definition.type
    new = desired(definition, inputs, scope)
    resource = stack.resources.get(name)
    if resource is None or resource.physical_id is None:
        return Change("Add", name, kind)
    metadata = canonical(definition.metadata) if definition.metadata is not None else None
    changed = registry.changed(resource.properties, new)
    if not changed:
        if metadata == resource.metadata:
            return None
        return Change("Modify", name, kind, resource.physical_id, IN_PLACE, (), True)
    replaced = replacing(kind, resource.properties, new)
    sure = [each for each in replaced if not _unknown(new.get(each))]
    replacement = REPLACED if sure else PERHAPS if replaced else IN_PLACE
    return Change("Modify", name, kind, resource.physical_id, replacement, tuple(changed))


def replacing(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Give the changed properties that replace a resource."""
    known = modelled(kind)
    own = known.replaces if known is not None else frozenset()
    changed = set(registry.changed(old, new))
    return sorted({*registry.needs_replacement(kind, old, new), *(own & changed)})


def replacing_properties(kind: str) -> frozenset[str]:
    """Give the properties of a type whose change replaces the resource."""
    known = modelled(kind)
    own = known.replaces if known is not None else frozenset()
    return own | {path[0] for path in registry.kind(kind).create_only}


def _unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(_unknown(each) for each in value)
    return isinstance(value, Unknown)


def _others(stack: Stack, inputs: Inputs, scope: Scope) -> bool:
    tags = stack.inputs.tags if stack.inputs is not None else {}
    return dict(tags) != dict(inputs.tags) or outputs(inputs, scope) != stack.outputs


def outputs(inputs: Inputs, scope: Scope) -> list[Output]:
    """Give the outputs of a template.

    Raises:
        ServiceError: ValidationError; an output is no text.
    """
    found = []
    for key, written in inputs.template.outputs.items():
        if not shown(written, scope):
            continue
        value = scope.resolve(written.get("Value"))
        if value is None or isinstance(value, dict | list):
            raise malformed("The Value field of every Outputs member must evaluate to a String.")
        export = scope.resolve((written.get("Export") or {}).get("Name"))
        found.append(
            Output(
                key,
                text(value),
                written.get("Description"),
                None if export is None else text(export),
            )
        )
    return found
