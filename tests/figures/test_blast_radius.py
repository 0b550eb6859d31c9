"""The picture of who can become administrator says what the search found."""

from __future__ import annotations

from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.patches import FancyBboxPatch

from rolelab.blast_radius import BlastRadius
from rolelab.figures import blast_radius
from rolelab.figures.described_figure import DescribedFigure
from tests.blast_radius.accounts import allow, holder, radius, small_shop

BLUE, VERMILION = (0, 114, 178), (213, 94, 0)


@pytest.fixture
def shop() -> BlastRadius:
    return small_shop()


def texts(figure: DescribedFigure) -> list[str]:
    return [each.get_text() for each in figure.axes[0].texts if each.get_text()]


def boxes(figure: DescribedFigure) -> list[FancyBboxPatch]:
    return [each for each in figure.axes[0].patches if isinstance(each, FancyBboxPatch)]


def marks(figure: DescribedFigure) -> list[tuple[int, ...]]:
    found = [each for each in figure.axes[0].collections if isinstance(each, PathCollection)]
    return [
        tuple(round(float(part) * 255) for part in mark.get_facecolor()[0][:3]) for mark in found
    ]


def test_the_title_says_how_many_can(shop: BlastRadius) -> None:
    assert texts(blast_radius(shop))[0] == "3 of 6 principals can become administrator"


def test_everybody_on_the_way_has_a_box_and_the_others_a_line(shop: BlastRadius) -> None:
    figure = blast_radius(shop)
    assert {"ann", "bob", "cem", "deployer", "administrator"} <= set(texts(figure))
    assert "user with group operators" in texts(figure)
    assert texts(figure)[-1] == "Cannot: user/auditor, role/orders-task-role."
    assert len(boxes(figure)) == len(marks(figure)) == 6
    assert sorted(marks(figure)) == [BLUE] * 4 + [VERMILION] * 2


def test_an_arrow_says_what_the_principal_does(shop: BlastRadius) -> None:
    said = [each.replace("\n", " ") for each in texts(blast_radius(shop))]
    assert "makes an access key" in said
    assert "attaches a policy (or 1 other way)" in said


def test_the_description_tells_every_step(shop: BlastRadius) -> None:
    description = blast_radius(shop).description
    for sentence in (
        "3 of 6 principals can become administrator.",
        "user/bob makes an access key for user/ann and has the powers of user/ann.",
        "user/ann assumes role/deployer and has the powers of role/deployer.",
        "user/cem adds itself to group/operators and has the powers of user/cem with group",
        "role/deployer is allowed everything.",
        "Cannot: user/auditor, role/orders-task-role.",
    ):
        assert sentence in description


# Whose picture, and its title.
SOURCES = {
    "bob": "user/bob can become administrator in 2 steps",
    "ann": "user/ann can become administrator in 1 step",
    "auditor": "user/auditor cannot become administrator",
    "deployer": "role/deployer is an administrator",
}


@pytest.mark.parametrize(("source", "title"), SOURCES.items(), ids=SOURCES.keys())
def test_one_principal_alone(shop: BlastRadius, source: str, title: str) -> None:
    figure = blast_radius(shop, source)
    assert texts(figure)[0] == title
    assert figure.description.startswith(f"{title}.")
    assert source in texts(figure)


def test_when_every_way_is_closed_the_title_says_so() -> None:
    figure = blast_radius(radius(holder("user/ann"), holder("role/deployer", allow("*"))))
    assert texts(figure)[0] == "No way to become administrator is open to the other principal"
    assert marks(figure) == [VERMILION] * 2


def test_an_empty_account_has_a_picture_too() -> None:
    assert texts(blast_radius(radius()))[0] == "This account has no principals"


def test_what_is_not_drawn_is_counted() -> None:
    people = [holder(f"user/u{number}", allow("iam:PutUserPolicy")) for number in range(12)]
    figure = blast_radius(radius(*people), limit=4)
    assert texts(figure)[0] == "12 of 12 principals can become administrator"
    assert texts(figure)[-1] == "Not drawn: 8 more who can."
    assert len(boxes(figure)) == 5


@pytest.mark.parametrize("source", [None, "bob", "cem"])
def test_no_text_lies_on_another_or_outside(shop: BlastRadius, source: str | None) -> None:
    figure = blast_radius(shop, source)
    renderer = FigureCanvasAgg(figure).get_renderer()
    places = [each.get_window_extent(renderer) for each in figure.axes[0].texts if each.get_text()]
    for one, other in combinations(places, 2):
        assert not one.overlaps(other)
    whole = figure.bbox
    for place in places:
        assert whole.x0 <= place.x0 < place.x1 <= whole.x1
        assert whole.y0 <= place.y0 < place.y1 <= whole.y1


def test_bad_input_is_told(shop: BlastRadius) -> None:
    with pytest.raises(ValueError, match="at least one principal"):
        blast_radius(shop, limit=0)
    with pytest.raises(KeyError, match="there is no principal 'nobody'"):
        blast_radius(shop, "nobody")
