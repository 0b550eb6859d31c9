"""Checking the bodies of management calls: what is wrong, and where."""

from __future__ import annotations

from typing import Any

import pytest

from rolelab.gateways.apipark import bodies
from rolelab.gateways.apipark.operations import OPERATIONS
from rolelab.gateways.apipark.shape import Schema, faults

ITEM = bodies.members({"name": bodies.NAME}, {"count": bodies.WHOLE, "on": bodies.SWITCH})
LIST = bodies.members({"items": bodies.listed(ITEM)}, {"kind": bodies.one_of("a", "b")})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"items": []}, [], id="what is required is enough"),
        pytest.param({"items": [{"name": "x", "count": 0, "on": False}], "kind": "b"}, [],
                     id="everything"),
        pytest.param([], ["must be an object"], id="a list for an object"),
        pytest.param({}, ["items is required"], id="a member is missing"),
        pytest.param({"item": []}, ["unknown member 'item', did you mean 'items'?",
                                    "items is required"], id="a typo comes first"),
        pytest.param({"items": {}}, ["items: must be a list"], id="an object for a list"),
        pytest.param({"items": [{"name": ""}]}, ["items.0.name: must not be empty"], id="empty"),
        pytest.param({"items": [{"name": None}]}, ["items.0.name: must be a text"], id="null"),
        pytest.param({"items": [{"name": "x", "count": True}]},
                     ["items.0.count: must be a whole number"], id="true is no number"),
        pytest.param({"items": [{"name": "x", "count": 1.0}]},
                     ["items.0.count: must be a whole number"], id="1.0 is no whole number"),
        pytest.param({"items": [{"name": "x", "count": -1}]},
                     ["items.0.count: must be 0 or more"], id="too small"),
        pytest.param({"items": [{"name": "x", "on": 1}]},
                     ["items.0.on: must be true or false"], id="1 is not true"),
        pytest.param({"items": [], "kind": "c"}, ["kind: must be one of a, b"], id="another word"),
        pytest.param({"items": [{"name": "x"}] * 101}, ["items: has at most 100 items"],
                     id="too many"),
    ],
)  # fmt: skip
def test_faults(value: Any, expected: list[str]) -> None:
    assert list(faults(value, LIST)) == expected


KNOWN = {
    *("type", "properties", "required", "additionalProperties", "items"),
    *("enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "maxItems"),
}


def keywords(schema: Schema) -> set[str]:
    found = set(schema)
    for each in schema.get("properties", {}).values():
        found |= keywords(each)
    return found | (keywords(schema["items"]) if "items" in schema else set())


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.path}")
def test_every_schema_uses_only_what_is_checked(operation: Any) -> None:
    if operation.body is not None:
        assert keywords(operation.body) <= KNOWN
