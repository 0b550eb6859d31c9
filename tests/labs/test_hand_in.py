"""From the learner's variable to the account."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from rolelab.labs import CheckFailed, Passed
from rolelab.labs.hand_in import FROM_NOTEBOOK, graded

PASSED = Passed("All is well.", ())
POLICY = {"Version": "2012-10-17", "Statement": []}


def met() -> Passed:
    return PASSED


def not_met() -> Passed:
    raise CheckFailed("All is not well.")


def hand_in(given: object, check: Any = met) -> tuple[list[str], Passed]:
    stored: list[str] = []
    return stored, graded("answer", given, stored.append, check)


def test_a_dict_is_stored_as_json() -> None:
    stored, passed = hand_in(POLICY)
    assert stored == ['{"Version": "2012-10-17", "Statement": []}']
    assert passed is PASSED


def test_text_is_stored_as_it_is() -> None:
    assert hand_in("{ }")[0] == ["{ }"]


def test_the_notebooks_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["__main__"], "answer", POLICY, raising=False)
    assert len(hand_in(FROM_NOTEBOOK)[0]) == 1


@pytest.mark.parametrize("stub", [..., None, "", FROM_NOTEBOOK], ids=repr)
def test_a_stub_is_not_stored_and_the_account_is_checked(stub: object) -> None:
    assert hand_in(stub) == ([], PASSED)
    with pytest.raises(CheckFailed, match=r"still empty|no variable answer"):
        hand_in(stub, not_met)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param([POLICY], "holds a list", id="a list"),
        pytest.param(object, "holds a type", id="a class"),
        pytest.param({"a": {"b": [1, ...]}}, r"answer\['a'\]\['b'\]\[1\]", id="a gap inside"),
        pytest.param({"a": {1, 2}}, "cannot be written as JSON", id="a set inside"),
    ],
)
def test_what_is_no_policy_is_not_stored(given: object, said: str) -> None:
    stored: list[str] = []
    with pytest.raises(CheckFailed, match=said):
        graded("answer", given, stored.append, met)
    assert stored == []
