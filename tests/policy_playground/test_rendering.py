"""What the playground shows: words beside every mark, faults with their line, a picture in text."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from rolelab.figures import evaluation
from rolelab.policy_playground.examples import EXAMPLES, Example
from rolelab.policy_playground.picture import picture
from rolelab.policy_playground.rendering import (
    OUT_OF_DATE,
    answer_html,
    field_label,
    picture_html,
    state_text,
    status_html,
)
from rolelab.policy_playground.state import State

from .sample import READ, TEXTS, texts

GOOD = State(TEXTS).after(TEXTS)
BROKEN = GOOD.after(texts(identity=READ.replace('"Allow",', '"Allow"')))
EVERYTHING = [answer_html, picture_html, status_html]


def plain(html: str) -> str:
    """The text of HTML."""
    return re.sub(r"<[^>]+>", "", re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL))


def test_the_answer_is_what_why_shows() -> None:
    assert GOOD.decision is not None
    assert GOOD.decision._repr_html_() in answer_html(GOOD)


def test_a_fault_is_shown_with_its_line_marked() -> None:
    shown = plain(answer_html(BROKEN))
    assert "✕ This text cannot be read yet" in shown
    assert "Identity-based policy, line 6, column 24: a comma" in shown
    assert "▸    6        &quot;Effect&quot;: &quot;Allow&quot;" in shown


def test_several_faults_are_all_shown() -> None:
    shown = plain(answer_html(GOOD.after(texts(action="x", identity="{"))))
    assert "These texts cannot be read yet" in shown
    assert "Action: x is not an action" in shown
    assert "Identity-based policy, line 1, column 2" in shown


@pytest.mark.parametrize("render", [answer_html, picture_html, state_text])
def test_an_older_answer_says_that_it_is_old(render: object) -> None:
    assert OUT_OF_DATE in render(BROKEN)  # type: ignore[operator]
    assert OUT_OF_DATE not in render(GOOD)  # type: ignore[operator]


def test_without_any_answer_only_the_faults_are_shown() -> None:
    state = State(TEXTS).after(texts(action=""))
    assert "one action" in answer_html(state)
    assert picture_html(state) == ""
    assert "one action" in state_text(state)


def test_a_listener_hears_the_message_or_the_fault() -> None:
    assert "is authorized to perform: s3:GetObject" in plain(status_html(GOOD))
    assert plain(status_html(BROKEN)).startswith("Identity-based policy, line 6: a comma")


def test_the_text_points_at_the_column() -> None:
    lines = state_text(BROKEN).split("\n")
    at = next(position for position, line in enumerate(lines) if line.startswith("  > "))
    assert lines[at].endswith('"Allow"')
    assert lines[at + 1].index("^") == len(lines[at])


def test_a_label_carries_a_mark_when_its_field_is_at_fault() -> None:
    assert field_label("identity", BROKEN.faults) == "✕ Identity-based policy"
    assert field_label("action", BROKEN.faults) == "Action"


@pytest.mark.parametrize("render", EVERYTHING)
@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\ud800"]
)
def test_what_somebody_types_is_shown_and_never_run(render: object, text: str) -> None:
    for state in (
        GOOD.after(texts(action=text)),
        GOOD.after(texts(resource_arn=f"arn:aws:s3:::{text}")),
        GOOD.after(texts(identity=READ.replace("ReadOrders", text))),
        GOOD.after(texts(identity=READ.replace("orders/*", text.replace('"', "'")))),
        GOOD.after(texts(context=text)),
    ):
        html = render(state)  # type: ignore[operator]
        assert "<script" not in html
        assert "<img" not in html
        html.encode()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_the_picture_says_what_the_figure_says(example: Example) -> None:
    decision = State(example.texts).after(example.texts).decision
    assert decision is not None
    figure = evaluation(decision)
    drawing = ElementTree.fromstring(picture(decision))
    assert drawing.get("role") == "img"
    assert drawing.get("aria-label") == figure.description
    words = " ".join(text.strip() for text in drawing.itertext() if text.strip())
    assert words.startswith(figure.axes[0].texts[0].get_text()[:50])
    shapes = [
        element
        for element in drawing.iter()
        if element.tag == "circle" or element.get("fill") == "none"
    ]
    assert len(shapes) == len(decision.layers)


@pytest.mark.parametrize("render", EVERYTHING)
def test_nothing_is_loaded_from_anywhere(render: object) -> None:
    assert not re.search(r"https?:|src=|href=|url\(", render(GOOD))  # type: ignore[operator]
