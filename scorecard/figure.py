"""The scorecard as a picture: for each area, the share of right answers of each account.

The accounts differ by shape as well as by shade, so the picture is the same in black and white.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rolelab.figures.described_figure import FONT_SIZE, DescribedFigure
from scorecard.accounts import ACCOUNTS
from scorecard.cases import ROOT
from scorecard.results import HEADINGS, Result, by_area, right

PICTURE = ROOT / "data" / "scorecard" / "scorecard.png"

_ROW = 0.3
"""Inches for each area."""

_LOOKS: dict[str, dict[str, Any]] = {
    "moto": {"marker": "o", "facecolor": "white", "edgecolor": "#222222", "s": 55, "zorder": 3},
    "moto_enforced": {"marker": "s", "facecolor": "#AAAAAA", "edgecolor": "#222222", "s": 80},
    "rolelab": {"marker": "D", "facecolor": "#222222", "edgecolor": "#222222", "s": 45},
}


def description(found: Sequence[Result]) -> str:
    """Say what the picture shows."""
    shares = ", ".join(f"{HEADINGS[name]} {right(found, name)}" for name in ACCOUNTS)
    return f"Right answers of {len(found)} cases, by area. In all: {shares}."


def picture(found: Sequence[Result]) -> DescribedFigure:
    """Draw the shares of right answers by area."""
    areas = by_area(found)
    height = 1.2 + _ROW * len(areas)
    figure = DescribedFigure(description(found), width=8.0, height=height)
    axes = figure.add_axes((0.31, 0.6 / height, 0.65, _ROW * len(areas) / height))
    for name in ACCOUNTS:
        shares = [100 * right(results, name) / len(results) for results in areas.values()]
        axes.scatter(
            shares,
            range(len(areas)),
            label=HEADINGS[name],
            linewidth=1.2,
            **{"zorder": 2, **_LOOKS[name]},
        )
    axes.set_yticks(range(len(areas)), list(areas))
    axes.set_ylim(len(areas) - 0.5, -0.5)
    axes.set_xlim(-3, 103)
    axes.set_xlabel("answers like AWS, in percent")
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.8)
    axes.tick_params(length=0, labelsize=FONT_SIZE - 1)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    figure.legend(loc="upper center", ncols=len(ACCOUNTS), frameon=False, fontsize=FONT_SIZE)
    return figure


def draw(found: Sequence[Result], path: Path = PICTURE) -> str:
    """Write the picture, and give its description."""
    drawn = picture(found)
    path.write_bytes(drawn.png())
    return drawn.description
