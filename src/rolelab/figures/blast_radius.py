"""Who can become administrator, and by which steps.

AWS pages: *Policy evaluation logic*; *Grant a user permissions to pass a role to an AWS service*.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from rolelab.blast_radius import ADMINISTRATOR, BlastRadius, Edge
from rolelab.blast_radius.radius import kind_of, short
from rolelab.figures.described_figure import FONT_SIZE, WIDTH, DescribedFigure

_BLUE, _VERMILION, _GREY, _INK = "#0072B2", "#D55E00", "#767676", "#222222"
_MARGIN, _TOP, _ROW, _BOX, _GAP = 0.2, 0.66, 0.66, 0.46, 1.15
"""Inches: around the picture, above the rows, from row to row, a box's height, between columns."""
_CHARACTER = 0.076
"""Inches that a character of a box takes."""
_NOTE, _LABEL = 9, FONT_SIZE - 3
"""Points."""


@dataclass(frozen=True, slots=True)
class _Step:
    """The step by which a node comes nearer to the administrator.

    Attributes:
        edge: the first way.
        others: how many other ways make the same step.
    """

    edge: Edge
    others: int

    @property
    def words(self) -> str:
        """For the arrow."""
        after = self.edge.after
        whose = f" of {short(after[-1]).partition('/')[2]}" if after else ""
        more = f" (or {self.others} other way{'s' * (self.others > 1)})" if self.others else ""
        return self.edge.rule.label + whose + more


def blast_radius(
    radius: BlastRadius, source: str | None = None, *, limit: int = 10
) -> DescribedFigure:
    """Draw who can become administrator: everybody's shortest way, from left to right.

    Each box is a principal, or one that somebody has changed; each arrow says what the principal
    at its start does. Administrators have a thick vermilion frame and a square, others a blue frame
    and a circle. Below stand the principals who cannot become administrator.

    Args:
        radius: from `rolelab.blast_radius.of_account`.
        source: draw the ways of this principal alone: an ARN, or a name such as "role/deployer".
        limit: draw at most so many principals, those with the shortest ways; without effect where
            `source` is given.

    Returns:
        A matplotlib figure with a description; a notebook shows both.

    Raises:
        KeyError: the account has no such principal.
        ValueError: the limit is below 1.
    """
    if limit < 1:
        raise ValueError(f"Draw at least one principal; got limit={limit}.")
    start = None if source is None else radius.node(source)
    steps = _steps(radius, _chosen(radius, start, limit))
    stuck = start if start is not None and start not in steps else None
    depth = _depths(steps) | ({stuck: 1} if stuck else {})
    rows = _rows(steps, depth, stuck)
    title, notes = _title(radius, start), _notes(radius, start, steps)
    columns = _columns(depth)
    wide = max(WIDTH, columns[0] + _width(ADMINISTRATOR) + _MARGIN)
    lines = [line for note in notes for line in textwrap.wrap(note, int(wide / 0.072))]
    height = _TOP + _ROW * (max(rows.values()) + 1) + 0.19 * len(lines) + 0.15
    figure = DescribedFigure(_description(title, steps, depth, notes), width=wide, height=height)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, wide)
    axes.set_ylim(height, 0)
    axes.text(
        _MARGIN, 0.32, title, fontsize=FONT_SIZE + 1.5, weight="bold", color=_INK, va="center"
    )
    places = {node: (columns[depth[node]], _TOP + _ROW * (row + 0.5)) for node, row in rows.items()}
    for node, step in steps.items():
        _draw_step(axes, places[node], places[step.edge.target], node, step)
    if stuck:
        x, y = places[stuck][0] + _width(stuck), places[stuck][1]
        axes.text(x + 0.12, y, "no way leads to", fontsize=_LABEL, color="#555555", va="center")
    for node, place in places.items():
        _draw_box(axes, place, node, node == ADMINISTRATOR or node in radius.administrators)
    for number, line in enumerate(lines):
        y = height - 0.19 * (len(lines) - number) - 0.02
        axes.text(_MARGIN, y, line, fontsize=_NOTE, color="#555555", va="center")
    return figure


# --- what is drawn ----------------------------------------------------------------------------


def _chosen(radius: BlastRadius, start: str | None, limit: int) -> set[str]:
    """The nodes of the picture."""
    import networkx

    if start is not None:
        return {node for path in radius.paths(start, limit=limit) for node in path.nodes}
    steps = networkx.single_target_shortest_path_length(radius.graph, ADMINISTRATOR)
    length = dict(steps)
    able = sorted(radius.can_become_administrator, key=lambda node: (length[node], node))[:limit]
    ways = {node for each in able for node in radius.paths(each, limit=1)[0].nodes}
    # Without anybody on the way, those at its end are the picture.
    return ways or {*radius.administrators[:limit], ADMINISTRATOR}


def _steps(radius: BlastRadius, chosen: set[str]) -> dict[str, _Step]:
    """For each node the first step of its shortest way."""
    import networkx

    found = {}
    shown = radius.graph.subgraph(chosen)
    for node in sorted(chosen - {ADMINISTRATOR}):
        way = networkx.shortest_path(shown, node, ADMINISTRATOR)
        ways = radius.graph.edges[node, way[1]]["edges"]
        found[node] = _Step(ways[0], len(ways) - 1)
    return found


def _depths(steps: Mapping[str, _Step]) -> dict[str, int]:
    """How many steps each node is away from the administrator."""
    depth = {ADMINISTRATOR: 0}
    for node in steps:
        way = [node]
        while way[-1] not in depth:
            way.append(steps[way[-1]].edge.target)
        for number, each in enumerate(reversed(way)):
            depth.setdefault(each, depth[way[-1]] + number)
    return depth


def _rows(
    steps: Mapping[str, _Step], depth: Mapping[str, int], stuck: str | None
) -> dict[str, float]:
    """A row for each start of a way; the others in the middle of those that lead to them."""
    before: dict[str, list[str]] = {ADMINISTRATOR: [stuck]} if stuck else {}
    for node, step in steps.items():
        before.setdefault(step.edge.target, []).append(node)
    rows: dict[str, float] = {}
    count = 0

    def place(node: str) -> None:
        nonlocal count
        leading = sorted(before.get(node, ()), key=lambda each: (-depth_below[each], each))
        for each in leading:
            place(each)
        if leading:
            rows[node] = (rows[leading[0]] + rows[leading[-1]]) / 2
        else:
            rows[node] = count
            count += 1

    depth_below = {node: _longest(node, before) for node in depth}
    place(ADMINISTRATOR)
    return rows


def _longest(node: str, before: Mapping[str, Sequence[str]]) -> int:
    return max((1 + _longest(each, before) for each in before.get(node, ())), default=0)


def _columns(depth: Mapping[str, int]) -> dict[int, float]:
    """Where the boxes of each distance begin, in inches, the farthest at the left."""
    columns, x = {}, _MARGIN
    for far in sorted(set(depth.values()), reverse=True):
        columns[far] = x
        x += max(_width(node) for node in depth if depth[node] == far) + _GAP
    return columns


def _names(node: str) -> tuple[str, str]:
    """What stands in a box: what it is, and its name."""
    if node == ADMINISTRATOR:
        return "allowed everything", ADMINISTRATOR
    name, joined, change = short(node).partition(" with ")
    kind, _, name = name.partition("/")
    return (f"{kind}{joined}{change}" if joined else kind), name


def _width(node: str) -> float:
    small, large = _names(node)
    return max(_CHARACTER * len(large), 0.07 * len(small)) + 0.4


# --- drawing ----------------------------------------------------------------------------------


def _draw_box(axes: Axes, place: tuple[float, float], node: str, administrator: bool) -> None:
    x, y = place
    colour = _VERMILION if administrator else _BLUE
    box = FancyBboxPatch(
        (x, y - _BOX / 2),
        _width(node),
        _BOX,
        boxstyle="round,pad=0,rounding_size=0.06",
        facecolor="white",
        edgecolor=colour,
        linewidth=2.6 if administrator else 1.3,
        linestyle=(0, (4, 2)) if kind_of(node) == "changed" else "solid",
        zorder=3,
    )
    axes.add_patch(box)
    axes.scatter(
        [x + 0.15], [y], s=45, marker="s" if administrator else "o", color=colour, zorder=4
    )
    small, large = _names(node)
    axes.text(x + 0.29, y - 0.1, small, fontsize=_LABEL, color="#555555", va="center", zorder=4)
    axes.text(x + 0.29, y + 0.09, large, fontsize=_NOTE, color=_INK, va="center", zorder=4)


def _draw_step(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], node: str, step: _Step
) -> None:
    """A line to the right, then to the row of the target, with the words above it."""
    x, y = start[0] + _width(node), start[1]
    at_once = step.edge.rule.name == "is-administrator"
    colour, style = (_GREY, (0, (2, 2))) if at_once else (_INK, "solid")
    bend = end[0] - 0.2
    axes.plot([x, bend, bend], [y, y, end[1]], color=colour, linewidth=1.2, linestyle=style)
    arrow = FancyArrowPatch(
        (bend, end[1]),
        end,
        arrowstyle="-|>",
        mutation_scale=11,
        color=colour,
        shrinkA=0,
        shrinkB=0,
    )
    axes.add_patch(arrow)
    words = "\n".join(textwrap.wrap(step.words, 15))
    axes.text(x + 0.06, y - 0.04, words, fontsize=_LABEL, color=_INK, va="bottom", linespacing=1.05)


# --- words ------------------------------------------------------------------------------------


def _title(radius: BlastRadius, start: str | None) -> str:
    if start is None:
        count, able = len(radius.account.principals), len(radius.can_become_administrator)
        others = count - len(radius.administrators)
        if able:
            return f"{able} of {count} principals can become administrator"
        if not count:
            return "This account has no principals"
        whom = "the other principal" if others == 1 else f"the other {others} principals"
        return f"No way to become administrator is open to {whom}"
    name = short(start)
    if start in radius.administrators:
        return f"{name} is an administrator"
    ways = radius.paths(start, limit=1)
    if not ways:
        return f"{name} cannot become administrator"
    steps = sum(edge.rule.name != "is-administrator" for edge in ways[0])
    return f"{name} can become administrator in {steps} step{'s' * (steps > 1)}"


def _notes(radius: BlastRadius, start: str | None, steps: Mapping[str, _Step]) -> list[str]:
    """What stands below: who is not drawn."""
    if start is not None:
        return []
    able = set(radius.can_become_administrator)
    undrawn = [node for node in radius.can_become_administrator if node not in steps]
    safe = [
        node
        for node in radius.account.principals
        if node not in able and node not in radius.administrators
    ]
    notes = [f"Not drawn: {len(undrawn)} more who can."] if undrawn else []
    if safe:
        names = ", ".join(short(node) for node in safe[:8])
        more = f" and {len(safe) - 8} more" if len(safe) > 8 else ""
        notes.append(f"Cannot: {names}{more}.")
    if radius.faults:
        notes.append(f"Not searched: {len(radius.faults)} things that could not be read.")
    return notes


def _description(
    title: str, steps: Mapping[str, _Step], depth: Mapping[str, int], notes: Sequence[str]
) -> str:
    said = [
        f"{step.edge} and has the powers of {short(step.edge.target)}"
        if step.edge.rule.name != "is-administrator"
        else str(step.edge)
        for node, step in sorted(steps.items(), key=lambda item: (-depth[item[0]], item[0]))
    ]
    return " ".join(f"{sentence.rstrip('.')}." for sentence in (title, *said, *notes))
