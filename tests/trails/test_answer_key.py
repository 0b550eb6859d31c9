"""Answers are checked without being there."""

from __future__ import annotations

import inspect

import pytest

from rolelab.trails import answer_key
from rolelab.trails.answer_key import QUESTIONS, Found, found, matches
from tests.trails.stories import ANSWERS


def test_every_question_has_answers() -> None:
    assert set(QUESTIONS) == set(ANSWERS)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_key_is_made_of_the_answers(question: str) -> None:
    answers = ANSWERS[question]
    assert found(question, answers) == Found(len(answers), (), 0)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_source_does_not_give_the_answers_away(question: str) -> None:
    text = inspect.getsource(answer_key).lower()
    for answer in ANSWERS[question]:
        assert f'"{answer.lower()}"' not in text


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("203.0.113.10", id="the office"),
        pytest.param("192.0.2.140", id="the holiday"),
        pytest.param("198.51.100.20", id="the NAT gateway"),
        pytest.param("", id="nothing"),
    ],
)
def test_other_addresses_are_wrong(answer: str) -> None:
    assert not matches("first address", answer)
    assert found("addresses", [answer]) == Found(0, (answer,), 2)


def test_spaces_around_and_case_do_not_count() -> None:
    assert matches("stolen user", " Chi ")


def test_an_answer_to_one_question_is_none_to_another() -> None:
    assert not matches("overused by", "chi")


def test_an_unknown_question_is_named_with_those_there_are() -> None:
    with pytest.raises(KeyError, match="no question 'who'; there are: first stolen session"):
        matches("who", "chi")
