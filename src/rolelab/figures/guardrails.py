"""What is left of the identity-based policies after each guardrail.

AWS pages: *Policy evaluation logic*; *Permissions boundaries for IAM entities*; *SCP evaluation*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.axes import Axes

from rolelab.figures.described_figure import FONT_SIZE, WIDTH, DescribedFigure
from rolelab.iam import Decision, Policies, Request, evaluate
from rolelab.iam.evaluation import is_role_action, needs_resource_policy
from rolelab.iam.policies import PolicyDocument
from rolelab.iam.report import MARKS

_ROW = 0.46
"""Inches for each action."""
_ACTIONS, _VERDICTS, _TOP = 2.55, 5.55, 1.55
_NARROWEST = 0.84
"""Inches for a column, so that headings stay apart. With many columns the picture is wider."""
_LETTER = 0.085
"""Inches for each letter of an action."""
_INK, _PALE = "#222222", "#BBBBBB"

_EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
"""What stands for the identity-based policies where a guardrail is asked alone."""

_LAYERS: Mapping[str, tuple[str, str]] = {
    "identity": ("identity\npolicy", "identity-based policy"),
    "boundary": ("permissions\nboundary", "permissions boundary"),
    "session": ("session\npolicy", "session policy"),
    "service_control": ("SCP", "service control policy"),
    "resource_control": ("RCP", "resource control policy"),
}
"""The fields of `Policies` that this picture has a column for: heading and full name."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One action.

    Attributes:
        action: its name.
        effects: what each layer says by itself.
        after: whether the action is still allowed after this layer and those before it.
    """

    action: str
    effects: tuple[str, ...]
    after: tuple[bool, ...]

    @property
    def left(self) -> bool:
        return self.after[-1]


def guardrails(decision: Decision, actions: Mapping[str, str]) -> DescribedFigure:
    """Draw what one caller may still do after each guardrail: a row for each action.

    Every mark is a decision of its own: the identity-based policies alone, then each guardrail
    over an identity-based policy that allows everything. The counts below the rows are decisions
    too, with one guardrail more in each column. Blue circles allow, vermilion crosses cut.

    Args:
        decision: from `rolelab.why()` or `rolelab.iam.evaluate`. Whoever asked there asks here,
            under the same policies and with the same condition keys, the Region among them. The
            resource's own policy is left out, because it grants by itself; a key and a role to
            assume are taken to leave the answer to IAM policies.
        actions: the actions to ask about, each with its resource.

    Returns:
        A matplotlib figure with a description; a notebook shows both.

    Raises:
        ValueError: there are no actions.
    """
    if not actions:
        raise ValueError("Name at least one action, such as {'s3:GetObject': ARN}.")
    policies = decision.policies
    layers = [name for name in _LAYERS if _applies(getattr(policies, name), name)]
    rows = [
        _row(replace(decision.request, action=action, resource=resource), policies, layers)
        for action, resource in actions.items()
    ]
    title = _title(rows, layers)
    height = _TOP + _ROW * len(rows) + 0.55
    *places, verdicts = _places(len(layers), max(len(row.action) for row in rows))
    width = max(WIDTH, verdicts + WIDTH - _VERDICTS)
    figure = DescribedFigure(_description(title, rows, layers), width=width, height=height)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, figure.get_figwidth())
    axes.set_ylim(height, 0)
    axes.text(0.2, 0.32, title, fontsize=FONT_SIZE + 1.5, weight="bold", color=_INK, va="center")
    who = decision.request.principal.rpartition(":")[2]
    axes.text(0.2, 0.62, who, fontsize=FONT_SIZE - 2, color="#555555", va="center")
    _draw_headings(axes, layers, places)
    _draw_heading(axes, "what is left", verdicts, ha="left", weight="bold")
    for number, row in enumerate(rows):
        _draw_row(axes, row, places, verdicts, _TOP + _ROW * number)
    _draw_counts(axes, rows, places, verdicts, _TOP + _ROW * len(rows) + 0.05)
    return figure


def _applies(documents: Sequence[object] | None, name: str) -> bool:
    """Whether a layer is there. A boundary of no documents is one: it allows nothing."""
    limits = documents is not None and name in ("boundary", "session")
    return name == "identity" or limits or bool(documents)


def _row(request: Request, policies: Policies, layers: Sequence[str]) -> _Row:
    given = {name: getattr(policies, name) for name in layers}
    delegated = _delegation(request)
    effects, after = [], []
    for number, name in enumerate(layers):
        alone = Policies(**{"identity": [_EVERYTHING], name: given[name]}, resource=delegated)
        together = Policies(
            **{each: given[each] for each in layers[: number + 1]}, resource=delegated
        )
        effects.append(evaluate(request, alone).effect)
        after.append(evaluate(request, together).allowed)
    return _Row(request.action, tuple(effects), tuple(after))


def _delegation(request: Request) -> PolicyDocument | None:
    """What stands for the policy of a key or of a role: it leaves the answer to IAM policies.

    Without one no other policy counts (*Key policies in AWS KMS*; *AWS JSON policy elements:
    Principal*, AWS account principals).
    """
    if not needs_resource_policy(request.action.lower(), request.resource):
        return None
    root = f"arn:aws:iam::{request.principal.split(':')[4]}:root"
    statement = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "*", "Resource": "*"}
    if is_role_action(request.action, request.resource):
        del statement["Resource"]
    return {"Version": "2012-10-17", "Statement": [statement]}


def _title(rows: Sequence[_Row], layers: Sequence[str]) -> str:
    granted, left = sum(row.after[0] for row in rows), sum(row.left for row in rows)
    if len(layers) == 1:
        return f"{granted} of {len(rows)} actions are allowed: no guardrail applies"
    count = len(layers) - 1
    guardrail = "one guardrail" if count == 1 else f"{count} guardrails"
    verb = "is" if left == 1 else "are"
    return f"Of {granted} actions that the policy grants, {left} {verb} left after {guardrail}"


def _description(title: str, rows: Sequence[_Row], layers: Sequence[str]) -> str:
    lines = []
    for row in rows:
        said = [
            f"the {_LAYERS[name][1]} {MARKS[effect].word}"
            for name, effect in zip(layers, row.effects, strict=True)
        ]
        lines.append(f"{row.action}, {'allowed' if row.left else 'denied'}: {', '.join(said)}")
    return f"{title}. {'. '.join(lines)}."


def _places(count: int, longest: int) -> list[float]:
    """Where the columns stand, and behind them the verdicts, in inches.

    Args:
        count: of the columns.
        longest: letters of the longest name of an action, which stands before them.
    """
    start = max(_ACTIONS, 0.2 + _LETTER * longest + 0.3)
    step = max((_VERDICTS - start) / count, _NARROWEST)
    return [start + step * number for number in range(count + 1)]


def _draw_headings(axes: Axes, layers: Sequence[str], places: Sequence[float]) -> None:
    for name, x in zip(layers, places, strict=True):
        _draw_heading(axes, _LAYERS[name][0], x, ha="center")


def _draw_heading(axes: Axes, heading: str, x: float, **style: Any) -> None:
    axes.text(x, _TOP - 0.3, heading, fontsize=FONT_SIZE - 2, color=_INK, va="bottom", **style)


def _draw_row(axes: Axes, row: _Row, places: Sequence[float], verdicts: float, y: float) -> None:
    axes.text(0.2, y, row.action, fontsize=FONT_SIZE - 1, color=_INK, va="center")
    cut = next((x for x, still in zip(places, row.after, strict=True) if not still), None)
    end = verdicts - 0.1
    reached = end if cut is None else cut
    blue, dotted = MARKS["Allow"].colour, (0, (1, 2))
    axes.plot([places[0], reached], [y, y], color=blue, linewidth=2.2, zorder=1)
    if reached < end:
        axes.plot([reached, end], [y, y], color=_PALE, linewidth=1.2, linestyle=dotted, zorder=1)
    for x, effect in zip(places, row.effects, strict=True):
        allows = effect == "Allow"
        axes.scatter(
            [x],
            [y],
            s=105,
            marker="o" if allows else "X",
            facecolor=MARKS[effect].colour,
            edgecolor="white",
            linewidth=1.0,
            zorder=2,
        )
    word = "allowed" if row.left else "denied"
    weight, colour = ("bold", _INK) if row.left else ("normal", "#555555")
    axes.text(verdicts, y, word, fontsize=FONT_SIZE - 1, weight=weight, color=colour, va="center")


def _draw_counts(
    axes: Axes, rows: Sequence[_Row], places: Sequence[float], verdicts: float, y: float
) -> None:
    axes.plot([0.2, verdicts + 1.25], [y - 0.2, y - 0.2], color=_PALE, linewidth=0.8)
    style: dict[str, Any] = {"fontsize": FONT_SIZE - 1, "color": _INK, "va": "center"}
    axes.text(0.2, y + 0.08, "still allowed", **style)
    for number, x in enumerate(places):
        count = sum(row.after[number] for row in rows)
        axes.text(x, y + 0.08, str(count), ha="center", **style)
    left = sum(row.left for row in rows)
    axes.text(verdicts, y + 0.08, f"{left} of {len(rows)}", weight="bold", **style)
