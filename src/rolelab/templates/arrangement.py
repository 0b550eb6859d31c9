"""Resources that name each other: break the circle, as CloudFormation makes one after the other.

Page: *Troubleshooting CloudFormation*, "Circular dependency".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from rolelab.templates.found import Found, LeftOut, Named, Reading, given
from rolelab.templates.logical_ids import logical_ids
from rolelab.templates.references import Use, Writer

_SPLIT = {"AWS::IAM::Role": "Role", "AWS::IAM::User": "User", "AWS::IAM::Group": "Group"}


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Resources with their references written, and no circle among them.

    Attributes:
        reading: the account, with policies taken out of roles where that was needed.
        logical_ids: by the keys of the resources.
        properties: of each resource, by key.
        writer: the one that wrote them.
        left_out: resources that nothing can arrange.
    """

    reading: Reading
    logical_ids: Mapping[str, str]
    properties: Mapping[str, Mapping[str, Any]]
    writer: Writer
    left_out: tuple[LeftOut, ...]


def arrange(reading: Reading) -> Arrangement:
    """Write the references of all resources so that CloudFormation can make them in some order.

    Where resources name each other, the inline policies of an identity become resources of their
    own. If that is not enough, policies name by its name what they only compare with. What still
    stands in a circle is left out, and named.
    """
    barred: frozenset[tuple[str, str]] = frozenset()
    left_out: list[LeftOut] = []
    while True:
        names = logical_ids(reading.found)
        writer = Writer(reading, names, barred)
        properties = {found.key: writer.properties(found) for found in reading.found}
        circle = _a_circle(writer.uses)
        if not circle:
            return Arrangement(reading, names, properties, writer, tuple(left_out))
        apart = _taken_apart(reading.found, circle)
        compared = _only_compared(reading.found, writer.uses, circle)
        if apart is not None:
            reading = replace(reading, found=apart)
        elif compared:
            barred |= compared
        else:
            left_out += _unarranged(reading.found, circle)
            kept = tuple(found for found in reading.found if found.key not in circle)
            reading = replace(reading, found=kept)


def _a_circle(uses: Iterable[Use]) -> frozenset[str]:
    """The keys of some resources that name each other in a circle; none, if there are no such."""
    graph: TopologicalSorter[str] = TopologicalSorter()
    for use in sorted(uses):
        graph.add(use.by, use.of)
    try:
        graph.prepare()
    except CycleError as found:
        return frozenset(found.args[1])
    return frozenset()


def _taken_apart(found: Iterable[Found], circle: frozenset[str]) -> tuple[Found, ...] | None:
    """The resources, with the policies of identities in a circle on their own.

    An inline policy becomes a resource; a managed policy says itself whom it is attached to.
    """
    listed = list(found)
    holders = [each for each in listed if each.key in circle and each.type in _SPLIT]
    apart: dict[str, list[Found]] = {}
    attached: dict[str, list[Found]] = {}
    for holder in holders:
        inline = holder.properties.get("Policies", ())
        managed = [arn for arn in holder.properties.get("ManagedPolicyArns", ()) if arn in circle]
        if not inline and not managed:
            continue
        apart[holder.key] = [_bare(holder, managed), *(_own(holder, each) for each in inline)]
        for arn in managed:
            attached.setdefault(arn, []).append(holder)
    if not apart:
        return None
    return tuple(
        part
        for each in listed
        for part in apart.get(each.key) or [_attaching(each, attached.get(each.key, ()))]
    )


def _bare(holder: Found, managed: Iterable[str]) -> Found:
    rest = {name: value for name, value in holder.properties.items() if name != "Policies"}
    others = [arn for arn in rest.pop("ManagedPolicyArns", ()) if arn not in managed]
    return replace(holder, properties={**rest, **given(ManagedPolicyArns=others)})


def _attaching(policy: Found, holders: Iterable[Found]) -> Found:
    properties = dict(policy.properties)
    for holder in holders:
        member = f"{_SPLIT[holder.type]}s"
        properties[member] = [*properties.get(member, ()), Named(holder.name, holder.key)]
    return replace(policy, properties=properties)


def _own(holder: Found, policy: Mapping[str, Any]) -> Found:
    kind = _SPLIT[holder.type]
    name = str(policy["PolicyName"])
    return Found(
        f"AWS::IAM::{kind}Policy",
        f"{holder.name} {name}",
        f"{holder.key}/policy/{name}",
        f"{name}|{holder.physical_id}",
        {
            f"{kind}Name": Named(holder.name, holder.key),
            "PolicyName": name,
            "PolicyDocument": policy["PolicyDocument"],
        },
    )


def _only_compared(
    found: Iterable[Found], uses: Iterable[Use], circle: frozenset[str]
) -> frozenset[tuple[str, str]]:
    lasting = {each.key for each in found if each.lasting_name}
    inside = [use for use in uses if use.by in circle and use.of in circle]
    needed = {(use.by, use.of) for use in inside if use.needed}
    return frozenset((use.by, use.of) for use in inside if use.of in lasting) - needed


def _unarranged(found: Iterable[Found], circle: frozenset[str]) -> list[LeftOut]:
    names = sorted(f"{each.type} {each.name}" for each in found if each.key in circle)
    return [
        LeftOut(name, f"{', '.join(names)} need each other, and none can be made first")
        for name in names
    ]
