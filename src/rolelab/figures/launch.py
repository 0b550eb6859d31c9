"""The launch of a task: one lane for each identity, and every call in the lane of who made it."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from rolelab.ecs.agent_call import ALLOWED, CALLER, DENIED, EXECUTION, FAILED, TASK
from rolelab.ecs.task import Step
from rolelab.ecs.timeline import Timeline, name_of
from rolelab.figures.described_figure import FONT_SIZE, DescribedFigure

if TYPE_CHECKING:
    import pandas as pd

LANES = (CALLER, EXECUTION, TASK)

_INK, _PALE, _BAND = "#222222", "#9A9A9A", "#F3F3F3"
_ASSUME = "sts:AssumeRole"
_ACROSS = 0.62
"""Inches for each step."""
_LEFT, _RIGHT, _TOP, _LANE = 1.75, 1.55, 2.35, 0.9
_BOTTOM, _LINE = 0.55, 0.22


@dataclass(frozen=True, slots=True)
class _Mark:
    shape: str
    color: str
    filled: bool
    word: str


_MARKS = {
    ALLOWED: _Mark("o", "#0072B2", True, "allowed"),
    DENIED: _Mark("X", "#D55E00", True, "denied"),
    FAILED: _Mark("s", "#E69F00", False, "allowed, and it did not work"),
}
"""Each verdict has a colour of its own and a shape of its own."""


@dataclass(frozen=True, slots=True)
class _Column:
    """One or more equal steps in a row."""

    step: Step
    count: int


class LaunchView:
    """A launch as a notebook shows it. `sandbox.launch` gives it.

    Attributes:
        timeline: the steps and moments.
    """

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline

    def to_frame(self) -> pd.DataFrame:
        """The steps as a pandas table: step, role, call, resource, verdict, ms."""
        return self.timeline.to_frame()

    def figure(self) -> DescribedFigure:
        """The picture: one lane for each identity."""
        return launch(self.timeline)

    def __repr__(self) -> str:
        return self.figure().description

    def _repr_html_(self) -> str:
        return self.figure()._repr_html_()


def launch(timeline: Timeline) -> DescribedFigure:
    """Draw a launch: caller, execution role and task role, and what each of them called.

    Blue circles are allowed, vermilion crosses denied, open squares allowed without success.

    Args:
        timeline: from `sandbox.launch(task_arn).timeline`.

    Returns:
        A matplotlib figure with a description; a notebook shows both.
    """
    columns = _columns(timeline.steps)
    title = _title(timeline)
    width = _LEFT + _ACROSS * max(len(columns), 7) + _RIGHT
    ending = _ending(timeline, width)
    figure = DescribedFigure(
        _description(title, columns, timeline),
        width=width,
        height=_y(LANES[-1]) + _LANE * 0.45 + _BOTTOM + _LINE * len(ending),
    )
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(figure.get_figheight(), 0)
    shown = "\n".join(textwrap.wrap(title, int(width * 9.5)))
    axes.text(0.2, 0.15, shown, fontsize=FONT_SIZE + 1, weight="bold", color=_INK, va="top")
    _draw_lanes(axes, timeline, width)
    _draw_running(axes, timeline, columns)
    _draw_steps(axes, columns)
    _draw_key(axes, columns, _y(LANES[-1]) + _LANE * 0.45 + _BOTTOM / 2)
    for number, line in enumerate(ending):
        y = figure.get_figheight() - _LINE * (len(ending) - number) + 0.02
        axes.text(0.2, y, line, fontsize=FONT_SIZE - 2.5, color="#555555", va="center")
    return figure


def _ending(timeline: Timeline, width: float) -> list[str]:
    """Why the task stopped, in lines that fit."""
    if not timeline.stopped_reason:
        return []
    return textwrap.wrap(f"stoppedReason: {timeline.stopped_reason}", int(width * 13))


def _draw_running(axes: Axes, timeline: Timeline, columns: Sequence[_Column]) -> None:
    """A line where the containers started: what is right of it, the application did."""
    started = timeline.moments.get("startedAt")
    before = [each for each in columns if each.step.lane != TASK or each.step.call == _ASSUME]
    if started is None or not before:
        return
    x = _x(len(before)) - _ACROSS / 2
    bottom = _y(LANES[-1]) + _LANE * 0.45
    axes.plot([x, x], [_TOP - 0.32, bottom], color=_INK, linewidth=1, linestyle=(0, (3, 3)))
    axes.text(x, bottom + 0.14, "RUNNING", fontsize=FONT_SIZE - 3, color=_INK, ha="center")


def _columns(steps: Sequence[Step]) -> list[_Column]:
    """Equal steps that follow each other share a column."""
    columns: list[_Column] = []
    for step in steps:
        last = columns[-1] if columns else None
        if last is not None and _alike(last.step, step):
            columns[-1] = _Column(last.step, last.count + 1)
        else:
            columns.append(_Column(step, 1))
    return columns


def _alike(one: Step, other: Step) -> bool:
    return (one.lane, one.call, one.verdict) == (other.lane, other.call, other.verdict)


def _title(timeline: Timeline) -> str:
    if "startedAt" in timeline.moments:
        for each in timeline.steps:
            if each.lane == TASK and each.verdict == DENIED:
                return f"The launch went well; then {name_of(each)} was denied {each.call}"
        return "The execution role prepared the task; the application works as the task role"
    # A launch ends with the call that ends it. It goes on where only the log group was missing.
    last = timeline.steps[-1] if timeline.steps else None
    if last is not None and last.verdict != ALLOWED:
        verb = "was denied" if last.verdict == DENIED else "did not get"
        return f"The launch ended where {name_of(last)} {verb} {last.call}"
    if timeline.stopped_reason:
        return f"The task did not start: {timeline.stopped_reason.partition(':')[0]}"
    return "The task is being launched"


def _draw_lanes(axes: Axes, timeline: Timeline, width: float) -> None:
    names = {step.lane: name_of(step) for step in reversed(timeline.steps)}
    for lane in LANES:
        y = _y(lane)
        axes.axhspan(y - _LANE * 0.42, y + _LANE * 0.42, color=_BAND, zorder=0)
        axes.plot([_LEFT - 0.2, width - 0.2], [y, y], color="#D5D5D5", linewidth=1, zorder=1)
        axes.text(0.2, y - 0.11, lane, fontsize=FONT_SIZE, weight="bold", color=_INK, va="center")
        name = names.get(lane, "none")
        shown = name if len(name) <= 24 else f"{name[:23]}\u2026"
        axes.text(0.2, y + 0.15, shown, fontsize=FONT_SIZE - 3, color="#555555", va="center")


def _draw_steps(axes: Axes, columns: Sequence[_Column]) -> None:
    places = [(_x(number), _y(each.step.lane)) for number, each in enumerate(columns)]
    for (x, y), (after_x, after_y) in itertools.pairwise(places):
        axes.plot([x, after_x], [y, after_y], color=_PALE, linewidth=1.2, zorder=2)
    for (x, y), column in zip(places, columns, strict=True):
        mark = _MARKS[column.step.verdict]
        axes.plot(
            [x],
            [y],
            marker=mark.shape,
            markersize=12,
            markerfacecolor=mark.color if mark.filled else "white",
            markeredgecolor=mark.color if not mark.filled else "white",
            markeredgewidth=2.2 if not mark.filled else 1.0,
            linestyle="none",
            zorder=3,
        )
        axes.plot([x, x], [_TOP - 0.5, y - 0.14], color="#E2E2E2", linewidth=0.8, zorder=1)
        label = column.step.call + (f" \u00d7{column.count}" if column.count > 1 else "")
        axes.text(
            x,
            _TOP - 0.52,
            label,
            rotation=38,
            rotation_mode="anchor",
            fontsize=FONT_SIZE - 2.5,
            color=mark.color if column.step.verdict == DENIED else _INK,
            weight="bold" if column.step.verdict == DENIED else "normal",
            ha="left",
            va="center",
        )


def _draw_key(axes: Axes, columns: Sequence[_Column], y: float) -> None:
    x = 0.3
    for verdict in dict.fromkeys(each.step.verdict for each in columns):
        mark = _MARKS[verdict]
        axes.plot(
            [x],
            [y],
            marker=mark.shape,
            markersize=9,
            markerfacecolor=mark.color if mark.filled else "white",
            markeredgecolor=mark.color,
            linestyle="none",
        )
        axes.text(x + 0.14, y, mark.word, fontsize=FONT_SIZE - 2, color=_INK, va="center")
        x += 0.5 + 0.085 * len(mark.word)


def _x(number: int) -> float:
    return _LEFT + _ACROSS * number


def _y(lane: str) -> float:
    return _TOP + _LANE * (LANES.index(lane) + 0.12)


def _description(title: str, columns: Sequence[_Column], timeline: Timeline) -> str:
    lines = [
        f"{each.step.lane} {name_of(each.step)}: {each.step.call} {_MARKS[each.step.verdict].word}"
        + (f", {each.count} times" if each.count > 1 else "")
        for each in columns
    ]
    ending = f" Stopped reason: {timeline.stopped_reason}." if timeline.stopped_reason else ""
    return ". ".join([title, *lines]) + "." + ending
