"""Which way the requests of a gateway went: from a client's key through two locks to a model.

The first lock is the gateway's: it knows keys. The second is AWS's: it knows roles, and all that
the gateway lets through comes to it as one of a few.

Page: *Monitor Amazon Bedrock API calls using CloudTrail*.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path

from rolelab.figures.described_figure import FONT_SIZE, DescribedFigure
from rolelab.iam.report import MARKS

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("client", "model", "status", "role", "aws_error")
"""What the table must have; `rolelab.gateways.litellm.request_log.with_trail` gives it."""

NO_KEY, NO_ROLE = "no valid key", "no AWS role"

_INK, _PALE, _GREY = "#222222", "#BBBBBB", "#555555"
_BLUE, _VERMILION = MARKS["Allow"].colour, MARKS["ImplicitDeny"].colour
_CLIENT, _GATE, _ROLE_LEFT, _ROLE_RIGHT, _END, _MODEL = 1.15, 2.05, 2.75, 4.2, 5.05, 5.5
"""Inches from the left: the end of a client's name, the gateway, the role, AWS's lock, a model."""
_TOP, _ROW, _BOTTOM = 1.2, 0.55, 0.2
_UP, _DOWN = 0.08, 0.12
"""Inches above and below a name where its answers and its refusals are drawn."""
_NAME: dict[str, Any] = {"fontsize": FONT_SIZE - 1, "color": _INK, "va": "center"}
_THIN, _THICK = 1.0, 9.0
"""Points: the width of a line for one request, and for as many as there are at most."""


@dataclass(frozen=True, slots=True)
class _Way:
    """What became of some equal requests.

    Attributes:
        client: whose key it was.
        role: as whom the call was made; None: the gateway refused the request.
        model: what was called; None as with the role.
        answered: whether the model answered.
    """

    client: str
    role: str | None
    model: str | None
    answered: bool


def request_paths(requests: pd.DataFrame) -> DescribedFigure:
    """Draw the way of every request from a key, through the gateway and a role, to a model.

    Lines are as thick as they carry requests. Vermilion crosses are refusals: beside the clients
    those of the gateway, which AWS never saw; beside the models those of AWS, which made no
    difference between the clients. Blue circles are answers; an open circle is a call that AWS had
    no part in.

    Args:
        requests: one row for each call of a model and each refusal, with the columns `client`
            (missing: nobody's key), `model`, `status` (of the answer), `role` (`name/session`;
            missing: no call of AWS) and `aws_error` (missing: none).

    Returns:
        A matplotlib figure with a description; a notebook shows both.

    Raises:
        ValueError: there are no requests, or a column is missing.
    """
    missing = [name for name in COLUMNS if name not in requests.columns]
    if missing:
        raise ValueError(f"The table has no column {', '.join(missing)}; see with_trail().")
    if requests.empty:
        raise ValueError("There are no requests in the table, so there is nothing to draw.")
    ways = Counter(_way(row) for row in requests[list(COLUMNS)].itertuples(index=False))
    clients = sorted({way.client for way in ways}, key=lambda name: (name == NO_KEY, name))
    roles = sorted({way.role for way in ways if way.role}, key=lambda name: (name == NO_ROLE, name))
    outside = {way.model for way in ways if way.role == NO_ROLE}
    models = sorted(
        {way.model for way in ways if way.model}, key=lambda name: (name in outside, name)
    )
    rows = max(len(clients), len(models), 2 * len(roles))
    figure = DescribedFigure(_description(ways), height=_TOP + _ROW * rows + _BOTTOM)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, figure.get_figwidth())
    axes.set_ylim(figure.get_figheight(), 0)
    title: dict[str, Any] = {
        "fontsize": FONT_SIZE + 1.5,
        "weight": "bold",
        "color": _INK,
        "va": "center",
    }
    axes.text(0.2, 0.32, _title(ways), **title)
    _draw_headings(axes)
    left, middle, right = (_places(names, rows) for names in (clients, roles, models))
    _draw_lines(axes, ways, left, middle, right)
    _draw_clients(axes, ways, left)
    _draw_roles(axes, middle)
    _draw_models(axes, ways, right)
    return figure


def _way(row: Any) -> _Way:
    import pandas as pd

    client = NO_KEY if pd.isna(row.client) else str(row.client)
    called = not pd.isna(row.role)
    if not called and row.status >= 400:
        return _Way(client, None, None, answered=False)
    role = str(row.role).partition("/")[0] if called else NO_ROLE
    return _Way(client, role, _short(str(row.model)), answered=bool(row.status < 400))


def _short(model: str) -> str:
    """The name of a model without its maker, date and version: `nova-lite`."""
    name = re.sub(r"(-\d{8})?(-v\d+(:\d+)?)?$", "", model.rpartition("/")[2])
    return name.partition(".")[2] if re.match(r"[a-z]+\.", name) else name


def _refused(ways: Counter[_Way]) -> tuple[int, int]:
    """How many requests the gateway refused, and how many calls AWS did."""
    gateway = sum(count for way, count in ways.items() if way.role is None)
    aws = sum(count for way, count in ways.items() if way.role and not way.answered)
    return gateway, aws


def _title(ways: Counter[_Way]) -> str:
    gateway, aws = _refused(ways)
    keys = len({way.client for way in ways if way.role})
    roles = len({way.role for way in ways if way.role and way.role != NO_ROLE})
    return (
        f"{_plural(keys, 'key')}, {_plural(roles, 'role')}: "
        f"the gateway refused {gateway}, AWS refused {aws}"
    )


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _description(ways: Counter[_Way]) -> str:
    lines = []
    for way, count in sorted(ways.items(), key=lambda each: (each[0].client, -each[1])):
        if way.role is None:
            lines.append(f"{way.client}: {count} refused by the gateway")
        else:
            end = "answered" if way.answered else "refused"
            lines.append(f"{way.client}, as {way.role}: {count} {end} by {way.model}")
    return f"{_title(ways)}. {'. '.join(lines)}."


def _places(names: Sequence[str], rows: int) -> dict[str, float]:
    """Where names stand, in inches from the top: spread over all rows."""
    step = _ROW * rows / max(len(names), 1)
    return {name: _TOP + step * (number + 0.5) for number, name in enumerate(names)}


def _draw_headings(axes: Axes) -> None:
    style: dict[str, Any] = {"fontsize": FONT_SIZE - 2, "color": _GREY, "va": "center"}
    middle = (_ROLE_LEFT + _ROLE_RIGHT) / 2
    for x, text, side in (
        (0.2, "whose key", "left"),
        (_GATE, "gateway:\nmay the key?", "center"),
        (middle, "called as", "center"),
        (_END, "AWS: may\nthe role?", "center"),
        (_MODEL, "model", "left"),
    ):
        axes.text(x, 0.82, text, ha=side, **style)
    for x in (_GATE, _END):
        bottom = axes.get_ylim()[0] - 0.1
        axes.plot([x, x], [1.1, bottom], color=_PALE, linewidth=0.8, zorder=0)


def _draw_lines(
    axes: Axes,
    ways: Counter[_Way],
    left: dict[str, float],
    middle: dict[str, float],
    right: dict[str, float],
) -> None:
    """Draw one line between each two places, however many kinds of requests took it."""
    lines: Counter[tuple[float, float, float, float, str]] = Counter()
    for way, count in ways.items():
        start = left[way.client]
        if way.role is None or way.model is None:
            lines[_CLIENT, start + _DOWN, _GATE, start + _DOWN, _VERMILION] += count
            continue
        role, end = middle[way.role], right[way.model] + (-_UP if way.answered else _DOWN)
        colour = _BLUE if way.answered else _VERMILION
        lines[_CLIENT, start - _UP, _GATE, start - _UP, _BLUE] += count
        lines[_GATE, start - _UP, _ROLE_LEFT, role, _BLUE] += count
        lines[_ROLE_RIGHT, role, _END, end, colour] += count
    most = max(lines.values())
    for (x0, y0, x1, y1, colour), count in lines.items():
        width = _THIN + (_THICK - _THIN) * (count / most) ** 0.5
        _draw_curve(axes, (x0, y0), (x1, y1), colour, width)


def _draw_curve(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, width: float
) -> None:
    half = (start[0] + end[0]) / 2
    points = [start, (half, start[1]), (half, end[1]), end]
    path = Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    axes.add_patch(PathPatch(path, facecolor="none", edgecolor=colour, linewidth=width, alpha=0.4))


def _draw_clients(axes: Axes, ways: Counter[_Way], places: dict[str, float]) -> None:
    for client, y in places.items():
        axes.text(0.2, y, client, **_NAME)
        passed = sum(n for way, n in ways.items() if way.client == client and way.role)
        refused = sum(n for way, n in ways.items() if way.client == client and not way.role)
        _draw_count(axes, (_GATE, y - _UP), passed, "Allow")
        _draw_count(axes, (_GATE, y + _DOWN), refused, "ImplicitDeny")


def _draw_roles(axes: Axes, places: dict[str, float]) -> None:
    for role, y in places.items():
        axes.add_patch(
            FancyBboxPatch(
                (_ROLE_LEFT, y - 0.2),
                _ROLE_RIGHT - _ROLE_LEFT,
                0.4,
                boxstyle="round,pad=0,rounding_size=0.08",
                facecolor="white",
                edgecolor=_INK if role != NO_ROLE else _PALE,
                zorder=4,
            )
        )
        name = "\n".join(textwrap.wrap(role, 18))
        axes.text((_ROLE_LEFT + _ROLE_RIGHT) / 2, y, name, ha="center", zorder=5, **_NAME)


def _draw_models(axes: Axes, ways: Counter[_Way], places: dict[str, float]) -> None:
    for model, y in places.items():
        axes.text(_MODEL, y, model, **_NAME)
        calls = {way: n for way, n in ways.items() if way.model == model}
        answered = sum(n for way, n in calls.items() if way.answered)
        refused = sum(n for way, n in calls.items() if not way.answered)
        outside = all(way.role == NO_ROLE for way in calls)
        _draw_count(axes, (_END, y - _UP), answered, "NotApplicable" if outside else "Allow")
        _draw_count(axes, (_END, y + _DOWN), refused, "ImplicitDeny")


_SHAPES = {"Allow": "o", "ImplicitDeny": "X", "NotApplicable": "o"}


def _draw_count(axes: Axes, place: tuple[float, float], count: int, effect: str) -> None:
    """Draw what a lock said, and how often. An open circle: it was not asked."""
    if not count:
        return
    (x, y), colour, asked = place, MARKS[effect].colour, effect != "NotApplicable"
    axes.scatter(
        [x],
        [y],
        s=75,
        marker=_SHAPES[effect],
        facecolor=colour if asked else "white",
        edgecolor="white" if asked else colour,
        zorder=5,
    )
    behind = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
    axes.text(
        x + 0.13,
        y,
        str(count),
        fontsize=FONT_SIZE - 3,
        color=_INK,
        va="center_baseline",
        bbox=behind,
        zorder=6,
    )
