"""One request on its way through every policy type.

AWS page: *How AWS enforcement code logic evaluates requests to allow or deny access*.
"""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes

from rolelab.figures.described_figure import FONT_SIZE, DescribedFigure
from rolelab.iam import Decision
from rolelab.iam.overview import OverviewRow, overview
from rolelab.iam.report import MARKS

_ROW = 0.52
"""Inches for each policy type."""

_WHY_WIDTH = 66
_INK = "#222222"

_MARKERS = {"Allow": "o", "ImplicitDeny": "X", "ExplicitDeny": "X", "NotApplicable": "o"}


def evaluation(decision: Decision) -> DescribedFigure:
    """Draw a decision: a row for each policy type, in AWS's order, and where it was decided.

    Blue circles allow, vermilion crosses deny or fail to allow, open grey circles do not apply.

    Args:
        decision: from `rolelab.why()` or `rolelab.iam.evaluate`.

    Returns a matplotlib figure with a description; a notebook shows both.
    """
    summary = overview(decision)
    rows = summary.rows
    figure = DescribedFigure(summary.description, height=0.85 + _ROW * len(rows))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, figure.get_figwidth())
    axes.set_ylim(figure.get_figheight(), 0)
    _draw_title(axes, summary.title, decision)
    tops = [1.1 + _ROW * position for position in range(len(rows))]
    axes.plot([0.3, 0.3], [tops[0], tops[-1]], color="#BBBBBB", linewidth=1.5, zorder=1)
    for row, y in zip(rows, tops, strict=True):
        _draw_row(axes, row, y)
    return figure


def _draw_title(axes: Axes, title: str, decision: Decision) -> None:
    axes.text(0.2, 0.3, title, fontsize=FONT_SIZE + 2, fontweight="bold", color=_INK, va="center")
    request = decision.request
    who = request.principal.rpartition(":")[2]
    line = textwrap.shorten(f"{who} on {request.resource}", 96, placeholder=" ...")
    axes.text(0.2, 0.62, line, fontsize=FONT_SIZE - 2, color="#555555", va="center")


def _draw_row(axes: Axes, row: OverviewRow, y: float) -> None:
    mark = MARKS[row.effect]
    applies = row.effect != "NotApplicable"
    axes.scatter(
        [0.3],
        [y],
        s=110,
        marker=_MARKERS[row.effect],
        facecolor=mark.colour if applies else "white",
        edgecolor=mark.colour,
        linewidth=1.5,
        zorder=2,
    )
    if row.decisive:
        axes.axhspan(y - _ROW / 2, y + _ROW / 2, color="#F0E442", alpha=0.28, linewidth=0)
    weight = "bold" if row.decisive else "normal"
    colour = _INK if applies else mark.colour
    axes.text(
        0.55, y, row.name, fontsize=FONT_SIZE - 1, fontweight=weight, color=colour, va="center"
    )
    why = textwrap.wrap(f"{mark.word}: {row.why}" if applies else row.why, _WHY_WIDTH)
    shown = [*why[:1], textwrap.shorten(" ".join(why[1:]), _WHY_WIDTH, placeholder=" ...")]
    text = "\n".join(line for line in shown if line)
    axes.text(2.55, y, text, fontsize=FONT_SIZE - 2.5, color=colour, va="center", linespacing=1.15)
