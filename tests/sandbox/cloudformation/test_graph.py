"""The order in which resources are made. Page: *DependsOn attribute*."""

from __future__ import annotations

import pytest

from rolelab.sandbox.cloudformation.graph import in_order
from rolelab.sandbox.denial import ServiceError

ORDERED = {
    "as the template has them": ({"a": "", "b": ""}, ["a", "b"]),
    "what is needed comes first": ({"a": "b", "b": "c", "c": ""}, ["c", "b", "a"]),
    "one that two others need": ({"a": "c", "b": "c", "c": ""}, ["c", "a", "b"]),
}


def graph(needs: dict[str, str]) -> dict[str, frozenset[str]]:
    return {name: frozenset(after) for name, after in needs.items()}


@pytest.mark.parametrize(("needs", "order"), ORDERED.values(), ids=ORDERED)
def test_order(needs: dict[str, str], order: list[str]) -> None:
    assert in_order(graph(needs)) == order


CIRCLES = {
    "two": ({"a": "b", "b": "a", "c": ""}, "[a, b]"),
    "three, and one that needs them": ({"a": "b", "b": "c", "c": "a", "d": "a"}, "[a, b, c]"),
    "itself": ({"a": "a", "b": ""}, "[a]"),
}


@pytest.mark.parametrize(("needs", "named"), CIRCLES.values(), ids=CIRCLES)
def test_circles(needs: dict[str, str], named: str) -> None:
    with pytest.raises(ServiceError) as refused:
        in_order(graph(needs))
    assert refused.value.message == f"Circular dependency between resources: {named}"
