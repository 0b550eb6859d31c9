"""The code to copy makes the decision again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolelab.iam import Decision
from rolelab.policy_playground.examples import EXAMPLES, Example
from rolelab.policy_playground.layout import JSON, PYTHON
from rolelab.policy_playground.python_code import as_python
from rolelab.policy_playground.state import State

from .sample import READ, texts


def decided(state_texts: Any) -> Decision:
    decision = State(state_texts).after(state_texts).decision
    assert decision is not None
    return decision


def run(code: str) -> Decision:
    """What the last line of the code shows."""
    names: dict[str, Any] = {}
    *before, last = code.rstrip().split("\n")
    exec("\n".join(before), names)
    found: Decision = eval(last, names)
    return found


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_running_it_gives_the_same_decision(example: Example) -> None:
    decision = decided(example.texts)
    again = run(as_python(decision))
    assert (again.message, again.effect) == (decision.message, decision.effect)


ODD = [
    pytest.param({"context": 'aws:TagKeys = ["\\u00fc", "\\"x\\""]'}, id="quotes-and-umlauts"),
    pytest.param({"boundary": "[]"}, id="a-boundary-of-no-documents"),
    pytest.param({"service_control": f"[[], [{READ}, {READ}]]"}, id="levels"),
    pytest.param({"resource_account": "999988887777"}, id="another-account"),
    pytest.param({"identity": READ.replace("ReadOrders", "")}, id="an-empty-sid"),
]


@pytest.mark.parametrize("changed", ODD)
def test_it_keeps_what_is_unusual(changed: dict[str, str]) -> None:
    decision = decided(texts(**changed))
    again = run(as_python(decision))
    assert again.request == decision.request
    assert [layer.effect for layer in again.layers] == [layer.effect for layer in decision.layers]


def test_it_says_only_what_is_there() -> None:
    code = as_python(decided(texts()))
    assert "boundary" not in code
    assert "context" not in code


VALUES = [
    {},
    [],
    {"a": []},
    {"a": [1, 2.5, True, None, "x"], "b": {"c": "d" * 70, "e": ["f" * 40, "g" * 40]}},
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("width", [10, 40, 200])
def test_data_is_laid_out_without_changing_it(value: Any, width: int) -> None:
    assert json.loads(JSON.lay_out(value, width=width)) == value
    assert eval(PYTHON.lay_out(value, width=width)) == value


def test_a_line_is_broken_where_it_would_be_too_long() -> None:
    value = {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"}
    assert JSON.lay_out(value, width=50) == (
        '{\n  "Action": ["s3:GetObject", "s3:PutObject"],\n  "Resource": "*"\n}'
    )
    assert JSON.lay_out(value, width=80).count("\n") == 0
