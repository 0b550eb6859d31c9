"""What a policy grants, what a role used, and what it needs.

AWS pages: *Apply least-privilege permissions* (Security best practices in IAM); *Refining
permissions using last accessed information*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from rolelab.figures.described_figure import FONT_SIZE, DescribedFigure
from rolelab.iam.report import MARKS

if TYPE_CHECKING:
    from rolelab.least_privilege import Proof
    from rolelab.least_privilege.comparison import Comparison

_ROW, _TOP, _BOTTOM = 0.4, 1.5, 0.1
"""Inches: a row, what is above the rows, what is below them."""
_LEFT, _RIGHT = 1.75, 4.95
"""Inches from the left edge: where 0 actions and the largest number stand."""
_COLUMNS = {"granted": 5.45, "used": 6.0, "needed": 6.55}
_INK, _SOFT, _PALE = "#222222", "#555555", "#BBBBBB"
_ROWS = 9
"""At most this many services have a row of their own."""


@dataclass(frozen=True, slots=True)
class _Row:
    """The numbers of actions of one service, or of several together."""

    name: str
    granted: int
    used: int
    needed: int


def least_privilege(comparison: Comparison, proof: Proof | None = None) -> DescribedFigure:
    """Draw how many actions old policies grant, and how many of them a role used and needs.

    A row for each service: an open grey circle at what is granted, a filled blue circle at what is
    needed, a short bar at what was used. The line between them is what can go. The scale is
    logarithmic. Services beyond nine, and those of which nothing is needed, share a row.

    Args:
        comparison: from `Analysis.compare(old_policies)`.
        proof: from `Analysis.prove(new_policy)`; its result is written below the rows.

    Returns:
        A matplotlib figure with a description; a notebook shows both.

    Raises:
        ValueError: the policies grant nothing, and nothing is needed.
    """
    rows = _rows(comparison)
    if not rows:
        raise ValueError("The policies grant no action, and none is needed: nothing to draw.")
    title = _title(comparison)
    proven = _said(proof)
    height = _TOP + _ROW * len(rows) + _BOTTOM + (0.3 if proven else 0.0)
    figure = DescribedFigure(_description(title, rows, proven), height=height)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, figure.get_figwidth())
    axes.set_ylim(height, 0)
    axes.text(0.2, 0.32, title, fontsize=FONT_SIZE + 1.5, weight="bold", color=_INK, va="center")
    who = comparison.principal.rpartition(":")[2]
    axes.text(0.2, 0.62, who, fontsize=FONT_SIZE - 2, color=_SOFT, va="center")
    _draw_headings(axes)
    largest = max(max(row.granted, row.needed) for row in rows)
    for number, row in enumerate(rows):
        _draw_row(axes, row, largest, _TOP + _ROW * number)
    end = _TOP + _ROW * len(rows)
    if proven:
        axes.text(0.2, end + 0.2, proven, fontsize=FONT_SIZE - 1, color=_INK, va="center")
    return figure


def _rows(comparison: Comparison) -> list[_Row]:
    """A row for each service that is needed, then for those granted most, then the rest."""
    counted = [_by_service(each) for each in (comparison.granted, comparison.used)]
    needed = _by_service(comparison.needed)
    services = {*counted[0], *needed}
    order = sorted(
        services, key=lambda name: (-needed.get(name, 0), -counted[0].get(name, 0), name)
    )
    rows = [
        _Row(name, counted[0].get(name, 0), counted[1].get(name, 0), needed.get(name, 0))
        for name in order
    ]
    if len(rows) <= _ROWS:
        return rows
    own, rest = rows[: _ROWS - 1], rows[_ROWS - 1 :]
    # Where some services are needed, those that are not say more together than one by one.
    while own and not own[-1].needed and any(row.needed for row in own):
        rest.insert(0, own.pop())
    name = f"{len(rest):,} other services"
    totals = (sum(getattr(row, each) for row in rest) for each in ("granted", "used", "needed"))
    return [*own, _Row(name, *totals)]


def _by_service(actions: frozenset[str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for action in actions:
        service = action.partition(":")[0]
        found[service] = found.get(service, 0) + 1
    return found


def _title(comparison: Comparison) -> str:
    granted, needed = len(comparison.granted), len(comparison.needed)
    kept = "none" if needed == 0 else f"{needed:,}"
    return f"The policies grant {granted:,} {_actions(granted)}; the role needs {kept}"


def _actions(count: int) -> str:
    return "action" if count == 1 else "actions"


def _said(proof: Proof | None) -> str:
    if proof is None:
        return ""
    asked = [each for each in proof.questions if not each.wanted]
    denied = sum(not each.allowed for each in asked)
    allowed = sum(each.count for each in proof.questions if each.wanted and each.allowed)
    return (
        f"Replay: {allowed:,} of {proof.replayed:,} recorded requests allowed, "
        f"{denied:,} of {len(asked):,} forbidden ones denied"
    )


def _description(title: str, rows: Sequence[_Row], proven: str) -> str:
    lines = [
        f"{row.name}: {row.granted:,} granted, {row.used:,} used, {row.needed:,} needed"
        for row in rows
    ]
    return ". ".join([title, *lines, *([proven] if proven else [])]) + "."


def _place(count: int, largest: int) -> float:
    """Where a number of actions stands: logarithmic, with 0 at the left end."""
    width = log10(1 + max(largest, 9))
    return _LEFT + (_RIGHT - _LEFT) * log10(1 + count) / width


def _draw_headings(axes: Axes) -> None:
    y = _TOP - 0.42
    axes.text(_LEFT, y, "actions, logarithmic", fontsize=FONT_SIZE - 2, color=_SOFT, va="center")
    for name, x in _COLUMNS.items():
        axes.text(
            x, y, name, fontsize=FONT_SIZE - 2, weight="bold", color=_INK, ha="center", va="center"
        )
        _mark(axes, name, x, y - 0.22)


def _draw_row(axes: Axes, row: _Row, largest: int, y: float) -> None:
    axes.text(0.2, y, row.name, fontsize=FONT_SIZE - 1, color=_INK, va="center")
    places = {name: _place(getattr(row, name), largest) for name in _COLUMNS}
    axes.plot([places["needed"], places["granted"]], [y, y], color=_PALE, linewidth=2.0, zorder=1)
    for name, x in places.items():
        _mark(axes, name, x, y)
        axes.text(
            _COLUMNS[name],
            y,
            f"{getattr(row, name):,}",
            fontsize=FONT_SIZE - 1,
            weight="bold" if name == "needed" else "normal",
            color=_INK,
            ha="center",
            va="center",
        )


_STYLES: Mapping[str, dict[str, Any]] = {
    "granted": {"marker": "o", "s": 140, "facecolor": "white", "edgecolor": _SOFT, "zorder": 2},
    "needed": {
        "marker": "o",
        "s": 80,
        "facecolor": MARKS["Allow"].colour,
        "edgecolor": "white",
        "zorder": 3,
    },
    "used": {"marker": "|", "s": 190, "color": _INK, "linewidth": 1.8, "zorder": 4},
}


def _mark(axes: Axes, name: str, x: float, y: float) -> None:
    axes.scatter([x], [y], **_STYLES[name])
