"""An exercise's check speaks and lets the lesson go on; with ROLELAB_STRICT=1 it fails."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from rolelab.labs import CheckFailed, your_turn

REFUSED = ClientError({"Error": {"Code": "NoSuchEntity", "Message": "no role x"}}, "GetRole")
NOT_DONE = [
    pytest.param(CheckFailed("The role must open."), "The role must open.", id="a failed check"),
    pytest.param(REFUSED, "no role x", id="a call that AWS refuses"),
    pytest.param(NameError("name 'app' is not defined"), "'app'", id="a name not set yet"),
    pytest.param(AssertionError(), "does not hold yet", id="an assert without a message"),
]


def test_an_exercise_that_is_done_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with your_turn("the door is open"):
        pass
    assert capsys.readouterr().out == "● Done: the door is open.\n"


@pytest.mark.parametrize(("error", "words"), NOT_DONE)
def test_one_that_is_not_says_what_is_missing(
    error: Exception, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with your_turn("the door is open"):
        raise error
    out = capsys.readouterr().out
    assert out.startswith("○ Not yet: the door is open.")
    assert words in out


@pytest.mark.parametrize(("error", "words"), NOT_DONE)
def test_strict_mode_raises_what_is_missing(
    error: Exception, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLELAB_STRICT", "1")
    with pytest.raises(type(error)), your_turn("the door is open"):
        raise error


def test_a_mistake_in_the_notebook_is_always_raised() -> None:
    with pytest.raises(ZeroDivisionError), your_turn("the door is open"):
        _ = 1 / 0
