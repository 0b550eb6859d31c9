"""Every picture of the course: as it was when somebody looked at it, and readable."""

from __future__ import annotations

import inspect
import json
from collections import defaultdict

import pytest

import rolelab.figures
from rolelab.figures.described_figure import DescribedFigure
from tests.figures import gallery

EXPECTED = json.loads(gallery.EXPECTED.read_text("utf-8"))
CASES = [(function, case) for function, cases in gallery.PICTURES.items() for case in cases]
NAMES = [f"{function}: {case}" for function, case in CASES]

_DRAWN: dict[str, DescribedFigure] = {}


@pytest.fixture(params=CASES, ids=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    function, case = request.param
    name = f"{function}: {case}"
    if name not in _DRAWN:
        _DRAWN[name] = gallery.PICTURES[function][case]()
    return name


def test_every_public_function_has_a_picture_here() -> None:
    offered = {name: getattr(rolelab.figures, name) for name in rolelab.figures.__all__}
    functions = {name for name, each in offered.items() if inspect.isfunction(each)}
    assert set(gallery.PICTURES) == functions


def test_what_is_expected_is_drawn() -> None:
    assert list(EXPECTED) == NAMES


def test_the_picture_is_as_it_was(name: str) -> None:
    assert gallery.structure(_DRAWN[name]) == EXPECTED[name]


def test_the_description_begins_with_what_the_title_states(name: str) -> None:
    title = gallery.texts(_DRAWN[name])[0].replace("\n", " ")
    assert len(title.split()) >= 4
    assert _DRAWN[name].description.startswith(title)


def test_every_colour_comes_with_a_second_mark(name: str) -> None:
    """The same shape, full or open alike, never stands there in two colours."""
    colours = defaultdict(set)
    for shape, colour, fill in gallery.marks(_DRAWN[name]):
        colours[shape, fill].add(colour)
    assert {mark: found for mark, found in colours.items() if len(found) > 1} == {}


def test_no_text_reaches_over_the_edge(name: str) -> None:
    assert gallery.outside(_DRAWN[name]) == []


def test_no_text_lies_on_another_or_on_a_mark(name: str) -> None:
    assert gallery.overlaps(_DRAWN[name]) == []


def test_an_overlap_would_be_seen() -> None:
    figure = DescribedFigure("two texts")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.text(0.5, 0.5, "one")
    axes.text(0.51, 0.5, "two")
    axes.text(0.97, 0.1, "over the edge")
    assert gallery.overlaps(figure) == ["two"]
    assert gallery.outside(figure) == ["over the edge"]
