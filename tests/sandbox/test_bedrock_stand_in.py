"""What answers in the place of a model."""

from __future__ import annotations

import pytest

from rolelab.sandbox.bedrock_stand_in import LABEL, Prompt, complete, pieces, tokens


def asked(text: str, system: str = "", **more: object) -> str:
    answer = complete(Prompt((("user", text),), system, **more)).text  # type: ignore[arg-type]
    return answer.removeprefix(f"{LABEL} ")


FEELINGS = {
    "What is the sentiment of: I love this book, great service": "positive",
    "Is this review positive or negative? The parcel was late and damaged.": "negative",
    "Classify the sentiment.\nThe parcel came on Tuesday.": "neutral",
    'What is the sentiment of "not good at all", please?': "negative",
    "Give the sentiment: nothing was wrong, not slow, I am happy": "positive",
    "sentiment: good and bad": "neutral",
    "Sentiment of: it isn't bad and I don't hate it": "positive",
}


@pytest.mark.parametrize(("text", "feeling"), FEELINGS.items(), ids=FEELINGS)
def test_a_sentiment_follows_the_words_of_the_text(text: str, feeling: str) -> None:
    assert asked(text) == feeling


def test_the_instruction_may_be_the_system_prompt() -> None:
    system = "Answer with the sentiment of the review."
    assert asked("Excellent, I recommend it", system) == "positive"


def test_a_summary_is_the_first_sentence() -> None:
    assert asked("Summarize: Orders are packed at night. Vans leave at six.") == (
        "Orders are packed at night."
    )


def test_a_question_is_answered_from_the_prompt() -> None:
    facts = "Orders ship in two days. Refunds take a week."
    assert asked(f"{facts} How long does a refund take?") == "Refunds take a week."
    assert asked("When do orders ship?", system=facts) == "Orders ship in two days."


def test_an_earlier_message_counts_too() -> None:
    prompt = Prompt(
        (
            ("user", "My order number is 17."),
            ("assistant", "Noted."),
            ("user", "What is my order number?"),
        )
    )
    assert complete(prompt).text == f"{LABEL} My order number is 17."


def test_what_the_prompt_does_not_say_is_not_made_up() -> None:
    assert asked("Who wrote Hamlet?") == "The prompt does not say: Who wrote Hamlet?"


def test_the_same_question_has_the_same_answer_and_a_label() -> None:
    prompt = Prompt((("user", "Who are you?"),))
    assert complete(prompt) == complete(prompt)
    assert complete(prompt).text.startswith(LABEL)


def test_an_answer_ends_at_its_limit() -> None:
    completion = complete(Prompt((("user", "Summarize: one two three four"),), most=3))
    assert completion.text == f"{LABEL} one two"
    assert (completion.reason, completion.tokens) == ("max_tokens", 3)


def test_an_answer_ends_at_a_stop_sequence() -> None:
    prompt = Prompt((("user", "Summarize: one, two, three"),), stops=("three", ","))
    completion = complete(prompt)
    assert (completion.text, completion.reason, completion.stop) == (
        f"{LABEL} one",
        "stop_sequence",
        ",",
    )


def test_tokens_are_words_and_signs() -> None:
    assert tokens("Hello, world!") == 4
    assert Prompt((("user", "a b"), ("assistant", "c")), "d.").tokens == 5


@pytest.mark.parametrize("text", ["one two  three.", "", " lead"], ids=["words", "none", "space"])
def test_pieces_lose_nothing(text: str) -> None:
    assert "".join(pieces(text)) == text
