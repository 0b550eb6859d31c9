"""The picture of a comparison says of every principal and service whether answers differ."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.collections import PathCollection

from rolelab.figures.described_figure import DescribedFigure
from rolelab.figures.equivalence import equivalence
from rolelab.templates.comparison import Asked, Comparison, Difference

WHO, SERVICES = ("role worker", "a stranger", "anonymous"), ("s3", "kms")
BLUE, VERMILION = (0, 114, 178), (213, 94, 0)


def compared(*differ: tuple[str, str]) -> Comparison:
    """A comparison in which these principals get another answer to these actions."""
    differences = tuple(
        Difference(who, action, "*", "an ordinary request", "Allow", "ImplicitDeny")
        for who, action in differ
    )
    asked = tuple(
        Asked(who, 500, 10, 10, sum(each.principal == who for each in differences)) for who in WHO
    )
    return Comparison("123456789012", "444455556666", asked, SERVICES, differences, (), ())


def colours(figure: DescribedFigure) -> list[tuple[int, ...]]:
    found: list[Any] = [e for e in figure.axes[0].collections if isinstance(e, PathCollection)]
    return [tuple(round(part * 255) for part in mark.get_facecolor()[0][:3]) for mark in found]


CASES: dict[str, tuple[list[tuple[str, str]], str, list[int]]] = {
    "all alike": ([], "Everybody gets the same answers in both accounts", []),
    "one principal": (
        [("role worker", "s3:GetObject"), ("role worker", "s3:PutObject")],
        "One principal gets different answers in the two accounts",
        [0],
    ),
    "two principals": (
        [("role worker", "kms:Decrypt"), ("anonymous", "s3:GetObject")],
        "2 principals get different answers in the two accounts",
        [1, 4],
    ),
}


@pytest.mark.parametrize(("differ", "title", "crossed"), CASES.values(), ids=CASES.keys())
def test_marks_and_title(differ: list[tuple[str, str]], title: str, crossed: list[int]) -> None:
    figure = equivalence(compared(*differ))
    assert figure.axes[0].texts[0].get_text() == title
    wanted = [VERMILION if place in crossed else BLUE for place in range(6)]
    assert colours(figure) == wanted


def test_a_cross_has_the_number_beside_it() -> None:
    figure = equivalence(compared(("role worker", "s3:GetObject"), ("role worker", "s3:PutObject")))
    assert "2" in [each.get_text() for each in figure.axes[0].texts]


def test_the_description_says_what_the_picture_shows() -> None:
    figure = equivalence(compared(("anonymous", "s3:GetObject")))
    assert figure.description == (
        "One principal gets different answers in the two accounts. 1,500 questions about s3, kms. "
        "anonymous, s3: 1 differ. All other answers are the same."
    )
    assert 'alt="One principal' in figure._repr_html_()


def test_nothing_asked_is_no_picture() -> None:
    nothing = Comparison("1" * 12, "2" * 12, (), (), (), (), ())
    with pytest.raises(ValueError, match="Nothing was asked"):
        equivalence(nothing)
