"""The decision as a picture drawn in the page itself: what `rolelab.figures.evaluation` draws.

A matplotlib figure takes longer than a keystroke may; this one is text. It follows the colours of
the notebook, light or dark, and has the same marks, words and description as the figure.
"""

from __future__ import annotations

import textwrap
from html import escape

from rolelab.iam import Decision
from rolelab.iam.overview import OverviewRow, overview
from rolelab.iam.report import MARKS

_WIDTH, _TOP, _ROW = 560, 60, 42
"""Units of the drawing; about pixels."""

_MARK_X, _NAME_X, _WHY_X = 20, 38, 216
_WHY_LETTERS = 52
_TITLE_LETTERS = 54

_SHAPES = {
    "Allow": '<circle cx="{x}" cy="{y}" r="7.5" fill="{colour}"/>',
    "ImplicitDeny": '<path d="{cross}" stroke="{colour}" stroke-width="4.5" fill="none"/>',
    "ExplicitDeny": '<path d="{cross}" stroke="{colour}" stroke-width="4.5" fill="none"/>',
    "NotApplicable": (
        '<circle cx="{x}" cy="{y}" r="6.5" class="rolelab-open" stroke="{colour}" '
        'stroke-width="1.8"/>'
    ),
}


def picture(decision: Decision) -> str:
    """An SVG element with a row for each policy type, and a description."""
    summary = overview(decision)
    height = _TOP + _ROW * len(summary.rows)
    middle = _TOP + _ROW / 2
    rows = "".join(_row(row, middle + _ROW * position) for position, row in enumerate(summary.rows))
    request = decision.request
    who = _shortened(f"{request.principal.rpartition(':')[2]} on {request.resource}", 80)
    return (
        f'<svg role="img" aria-label="{escape(summary.description, quote=True)}" '
        f'viewBox="0 0 {_WIDTH} {height}" class="rolelab-picture">'
        f'<text x="8" y="22" font-size="15" font-weight="600">'
        f"{escape(_shortened(summary.title, _TITLE_LETTERS))}</text>"
        f'<text x="8" y="44" font-size="12" class="rolelab-pale">{escape(who)}</text>'
        f'<path d="M{_MARK_X} {middle}V{height - _ROW / 2}" stroke="#8a8a8a" stroke-width="1.5"/>'
        f"{rows}</svg>"
    )


def _row(row: OverviewRow, y: float) -> str:
    mark = MARKS[row.effect]
    applies = row.effect != "NotApplicable"
    cross = f"M{_MARK_X - 6} {y - 6}l12 12m0 -12l-12 12"
    shape = _SHAPES[row.effect].format(x=_MARK_X, y=y, cross=cross, colour=mark.colour)
    band, weight, name = "", "", row.name
    if row.decisive:
        band = f'<rect y="{y - _ROW / 2 + 1}" width="{_WIDTH}" height="{_ROW - 2}" fill="#F0E442" '
        band += 'fill-opacity=".22"/>'
        weight = ' font-weight="600"'
    tone = "" if applies else ' class="rolelab-pale"'
    why = f"{mark.word}: {row.why}" if applies else row.why
    return (
        f"{band}{shape}"
        f'<text x="{_NAME_X}" y="{y + 4.5}" font-size="13.5"{weight}{tone}>{escape(name)}</text>'
        f"<text{tone}>{_lines(why, y)}</text>"
    )


def _lines(text: str, y: float) -> str:
    wrapped = textwrap.wrap(text, _WHY_LETTERS) or [""]
    shown = wrapped[:1]
    if len(wrapped) > 1:
        shown.append(_shortened(" ".join(wrapped[1:]), _WHY_LETTERS))
    first = y + 4 - 8 * (len(shown) - 1)
    return "".join(
        f'<tspan x="{_WHY_X}" y="{first + 16 * number}" font-size="12">{escape(line)}</tspan>'
        for number, line in enumerate(shown)
    )


def _shortened(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"
