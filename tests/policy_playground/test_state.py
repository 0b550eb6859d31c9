"""The state follows the texts: a decision when they can be read, else their faults."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rolelab.policy_playground.fields import FIELD_NAMES, Texts
from rolelab.policy_playground.state import State

from .sample import READ, TEXTS, texts

FIRST = State(TEXTS).after(TEXTS)


def test_texts_that_can_be_read_are_decided() -> None:
    assert FIRST.decision is not None
    assert (FIRST.decision.effect, FIRST.faults, FIRST.out_of_date) == ("Allow", (), False)


def test_the_answer_changes_with_the_texts() -> None:
    state = FIRST.after(texts(action="s3:DeleteObject"))
    assert state.decision is not None
    assert state.decision.effect == "ExplicitDeny"


def test_a_broken_text_keeps_the_last_answer_and_says_that_it_is_old() -> None:
    broken = FIRST.after(texts(identity=READ[:40]))
    assert broken.out_of_date
    assert broken.decision is FIRST.decision
    assert [fault.field for fault in broken.faults] == ["identity"]


def test_a_mended_text_is_decided_anew() -> None:
    state = FIRST.after(texts(identity="{")).after(texts(identity=""))
    assert not state.out_of_date
    assert state.decision is not None
    assert state.decision.effect == "ImplicitDeny"


def test_without_a_first_answer_there_is_none_to_show() -> None:
    state = State(TEXTS).after(texts(action=""))
    assert (state.decision, len(state.faults)) == (None, 1)


def test_each_field_at_fault_is_named_once() -> None:
    state = FIRST.after(texts(action="x", identity="{", boundary="[", service_control="7"))
    assert [fault.field for fault in state.faults] == [
        "action",
        "identity",
        "boundary",
        "service_control",
    ]


def test_levels_of_an_organization_are_asked_one_by_one() -> None:
    allow = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
    both = FIRST.after(texts(service_control=f"[{allow}, {allow}]"))
    silent = FIRST.after(texts(service_control=f"[[], {allow}]"))
    assert both.decision is not None
    assert silent.decision is not None
    assert both.decision.allowed
    assert silent.decision.decided_by == "service control policy"


def test_every_prefix_of_a_policy_is_answered() -> None:
    """What somebody types key by key: a fault with a line, or a decision."""
    state = FIRST
    for end in range(len(READ) + 1):
        state = state.after(texts(identity=READ[:end]))
        for fault in state.faults:
            assert fault.line is not None
            assert 1 <= fault.line <= READ[:end].count("\n") + 1
    assert not state.out_of_date


@given(st.dictionaries(st.sampled_from(FIELD_NAMES), st.text(max_size=60)))
def test_no_text_is_an_exception(given_texts: dict[str, str]) -> None:
    state = FIRST.after(Texts(**given_texts))
    assert state.faults or state.decision is not None


@given(st.sampled_from(FIELD_NAMES[5:]), st.integers(0, len(READ)), st.text(max_size=3))
def test_no_slip_of_the_fingers_is_an_exception(name: str, at: int, slip: str) -> None:
    state = FIRST.after(texts(**{name: READ[:at] + slip + READ[at:]}))
    assert state.faults or state.decision is not None
