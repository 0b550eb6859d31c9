"""Which of the edges that a search finds tell something new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rolelab.blast_radius.radius import ADMINISTRATOR, WITH, Edge


def relevant(edges: Iterable[Edge]) -> list[Edge]:
    """Leave out what follows from other edges.

    Args:
        edges: all that were found.

    Returns those that are left:

    - whoever can change itself by a rule need not change others by it;
    - a changed principal that can make itself administrator needs no other way;
    - a principal that gains nothing by a change is not shown as changed, and neither is one that
      nobody can change.
    """
    kept = _by_oneself(list(edges))
    while True:
        gaining = _gaining(kept)
        reached = _reached(kept)
        left = [
            edge
            for edge in kept
            if all(node in gaining and node in reached for node in _changed(edge))
        ]
        if len(left) == len(kept):
            return left
        kept = left


def _changed(edge: Edge) -> tuple[str, ...]:
    return tuple(node for node in (edge.source, edge.target) if WITH in node)


def _by_oneself(edges: Sequence[Edge]) -> list[Edge]:
    alone = {(edge.source, edge.rule.name) for edge in edges if not edge.after}
    at_once = {
        edge.source
        for edge in edges
        if edge.target == ADMINISTRATOR and not edge.after and WITH in edge.source
    }
    return [
        edge
        for edge in edges
        if (not edge.after or (edge.source, edge.rule.name) not in alone)
        and (edge.source not in at_once or (edge.target == ADMINISTRATOR and not edge.after))
    ]


def _targets(edges: Iterable[Edge]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for edge in edges:
        found.setdefault(edge.source, set()).add(edge.target)
    return found


def _gaining(edges: Sequence[Edge]) -> set[str]:
    """The changed principals who lead to something that they do not lead to as they are."""
    targets = _targets(edges)
    return {node for node in targets if WITH in node and _gain(node, targets)}


def _gain(node: str, targets: Mapping[str, set[str]]) -> set[str]:
    unchanged = node.partition(WITH)[0]
    return targets[node] - targets.get(unchanged, set()) - {unchanged}


def _reached(edges: Sequence[Edge]) -> set[str]:
    """What can be reached from principals as they are."""
    targets = _targets(edges)
    waiting = [node for node in targets if WITH not in node]
    reached = set(waiting)
    while waiting:
        fresh = targets.get(waiting.pop(), set()) - reached
        reached |= fresh
        waiting.extend(fresh)
    return reached
