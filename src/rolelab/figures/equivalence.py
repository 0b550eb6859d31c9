"""Where two accounts answer alike and where they do not: who asks, and about which service.

AWS page: *Policy evaluation logic*.
"""

from __future__ import annotations

from collections import Counter

from matplotlib.axes import Axes

from rolelab.figures.described_figure import FONT_SIZE, DescribedFigure
from rolelab.iam.report import MARKS
from rolelab.templates import Comparison

_ROW = 0.38
"""Inches for each principal."""
_FIRST, _LAST, _TOP = 2.5, 6.4, 1.8
_INK, _PALE = "#222222", "#DDDDDD"
_ALIKE, _DIFFER = MARKS["Allow"], MARKS["ExplicitDeny"]


def equivalence(compared: Comparison) -> DescribedFigure:
    """Draw a comparison: a row for each principal, a column for each service.

    A blue circle: all answers are the same. A vermilion cross with a number: so many differ.

    Args:
        compared: from `rolelab.templates.compare`.

    Returns:
        A matplotlib figure with a description; a notebook shows both.

    Raises:
        ValueError: nothing was asked.
    """
    if not compared.asked:
        raise ValueError("Nothing was asked: the two accounts share no resource.")
    differ = Counter((each.principal, each.action.split(":")[0]) for each in compared.differences)
    principals = [each.principal for each in compared.asked]
    title = _title(compared, len(differ))
    height = _TOP + _ROW * len(principals) + 0.2
    figure = DescribedFigure(_description(title, compared, differ), height=height)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, figure.get_figwidth())
    axes.set_ylim(height, 0)
    axes.text(0.2, 0.32, title, fontsize=FONT_SIZE + 1.5, weight="bold", color=_INK, va="center")
    asked = f"{compared.decisions:,} questions to {compared.first} and to {compared.second}"
    axes.text(0.2, 0.62, asked, fontsize=FONT_SIZE - 2, color="#555555", va="center")
    places = _places(len(compared.services))
    for service, x in zip(compared.services, places, strict=True):
        axes.text(
            x,
            _TOP - 0.25,
            service,
            fontsize=FONT_SIZE - 2,
            color=_INK,
            rotation=45,
            ha="left",
            va="bottom",
            rotation_mode="anchor",
        )
    for number, principal in enumerate(principals):
        y = _TOP + _ROW * number
        axes.text(0.2, y, principal, fontsize=FONT_SIZE - 2, color=_INK, va="center")
        axes.plot([_FIRST, _LAST], [y, y], color=_PALE, linewidth=0.8, zorder=1)
        for service, x in zip(compared.services, places, strict=True):
            _draw_mark(axes, x, y, differ[principal, service])
    return figure


def _places(count: int) -> list[float]:
    """Where the columns stand, in inches."""
    step = (_LAST - _FIRST) / max(count, 1)
    return [_FIRST + step * number for number in range(count)]


def _draw_mark(axes: Axes, x: float, y: float, differ: int) -> None:
    shown = _DIFFER if differ else _ALIKE
    marker, size = ("X", 95) if differ else ("o", 40)
    axes.scatter(
        [x], [y], s=size, marker=marker, facecolor=shown.colour, edgecolor="white", zorder=2
    )
    if differ:
        count = f"{differ:,}"
        axes.text(x, y - 0.17, count, fontsize=FONT_SIZE - 3, color=_INK, ha="center", va="center")


def _title(compared: Comparison, places: int) -> str:
    if places:
        who = len({each.principal for each in compared.differences})
        principals = "one principal" if who == 1 else f"{who} principals"
        verb = "gets" if who == 1 else "get"
        return f"{principals} {verb} different answers in the two accounts".capitalize()
    return "Everybody gets the same answers in both accounts"


def _description(title: str, compared: Comparison, differ: Counter[tuple[str, str]]) -> str:
    asked = f"{compared.decisions:,} questions about {', '.join(compared.services)}"
    if not differ:
        names = ", ".join(each.principal for each in compared.asked)
        return f"{title}. {asked}, by {names}."
    found = [
        f"{principal}, {service}: {count:,} differ"
        for (principal, service), count in differ.items()
    ]
    return f"{title}. {asked}. {'. '.join(found)}. All other answers are the same."
