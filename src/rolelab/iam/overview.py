"""A decision in one line for each policy type, for pictures: in AWS's order, and what it means.

AWS page: *How AWS enforcement code logic evaluates requests to allow or deny access*.
"""

from __future__ import annotations

from dataclasses import dataclass

from rolelab.iam.decision import Decision
from rolelab.iam.report import MARKS, layer_name, statement_name
from rolelab.iam.trace import Layer


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """One policy type's answer.

    Attributes:
        name: the policy type, as AWS names it.
        effect: "Allow", "ImplicitDeny", "ExplicitDeny" or "NotApplicable".
        why: the statements that matched, or the one that came nearest, or a note.
        decisive: whether this answer decided the request.
    """

    name: str
    effect: str
    why: str
    decisive: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """What a picture of a decision shows.

    Attributes:
        title: the answer in one sentence.
        rows: every policy type's answer, in the order of evaluation.
    """

    title: str
    rows: tuple[OverviewRow, ...]

    @property
    def description(self) -> str:
        """The same in sentences, for those who cannot see a picture."""
        parts = [f"{row.name} {MARKS[row.effect].word}: {row.why}" for row in self.rows]
        return f"{self.title}. In the order of evaluation: {'. '.join(parts)}."


def overview(decision: Decision) -> Overview:
    """Sum a decision up, from `rolelab.why()` or `rolelab.iam.evaluate`."""
    rows = tuple(_row(layer, decision) for layer in decision.layers)
    return Overview(_title(decision, rows), rows)


def _title(decision: Decision, rows: tuple[OverviewRow, ...]) -> str:
    action = decision.request.action
    name = next((row.name for row in rows if row.decisive), "policy")
    if decision.allowed:
        return f"Allowed: the {name} grants {action}"
    if decision.effect == "ExplicitDeny":
        return f"Denied: a {name} forbids {action}".replace("a identity", "an identity")
    return f"Denied: no {name} allows {action}"


def _row(layer: Layer, decision: Decision) -> OverviewRow:
    matched = [trace for trace in layer.statements if trace.matched]
    if matched:
        why = "; ".join(f"{trace.effect} in {statement_name(trace)}" for trace in matched)
    elif layer.statements:
        nearest = layer.statements[0]
        why = f"{statement_name(nearest)}: {nearest.why_not}"
    else:
        why = layer.note or "no statement is about this action"
    return OverviewRow(layer_name(layer, decision), layer.effect, why, layer.decisive)
