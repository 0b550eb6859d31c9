"""A decision as text and as HTML: the verdict, AWS's message, the deciding statement, every layer.

Colours never stand alone: each has a mark beside it. Nothing is loaded from anywhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from rolelab.iam.evaluation import is_role_action
from rolelab.iam.policy_types import RESOURCE, TRUST
from rolelab.iam.trace import Layer, StatementTrace

if TYPE_CHECKING:
    from rolelab.iam.decision import Decision


@dataclass(frozen=True, slots=True)
class Mark:
    """How an effect is shown: a colour of the Okabe-Ito palette, a sign, a word."""

    colour: str
    sign: str
    word: str


MARKS = {
    "Allow": Mark("#0072B2", "●", "allows"),
    "ImplicitDeny": Mark("#D55E00", "✕", "does not allow"),
    "ExplicitDeny": Mark("#D55E00", "✕", "denies"),
    "NotApplicable": Mark("#767676", "○", "does not apply"),
}

_VERDICTS = {
    "Allow": "Allowed",
    "ImplicitDeny": "Denied: nothing that had to allow it did (implicit deny)",
    "ExplicitDeny": "Denied: a statement forbids it (explicit deny)",
}


def layer_name(layer: Layer, decision: Decision) -> str:
    """The layer's policy type; a role's resource-based policy is called its trust policy."""
    request = decision.request
    if layer.policy_type == RESOURCE.name and is_role_action(request.action, request.resource):
        return TRUST.name
    return layer.policy_type


def deciding_statement(decision: Decision) -> StatementTrace | None:
    """The statement that decided, or the one that came nearest; None when none is near."""
    for layer in decision.layers:
        if layer.decisive and layer.statements:
            return layer.statements[0]
    return None


def statement_name(trace: StatementTrace) -> str:
    """Such as "managed policy orders-read, statement 2"."""
    where = f"{trace.policy}, " if trace.policy else ""
    return f"{where}statement {trace.label}"


def marked_lines(trace: StatementTrace) -> list[tuple[bool, str]]:
    """The statement as JSON lines, each with whether it holds an element that decided.

    A matched statement is marked at its Effect, one that failed at what failed.
    """
    marked = _deciding_elements(trace)
    lines: list[tuple[bool, str]] = [(False, "{")]
    for position, (element, value) in enumerate(trace.source.items(), start=1):
        comma = "," if position < len(trace.source) else ""
        text = f"{json.dumps(element)}: {json.dumps(value, indent=2, ensure_ascii=False)}{comma}"
        for line in text.splitlines():
            lines.append((_is_marked(element, line, marked), f"  {line}"))
    return [*lines, (False, "}")]


def _deciding_elements(trace: StatementTrace) -> list[str]:
    if trace.matched:
        return ["Effect"]
    return [element.element for element in trace.elements if not element.met]


def _is_marked(element: str, line: str, marked: list[str]) -> bool:
    if element != "Condition":
        return element in marked
    keys = [name.rpartition(" ")[2] for name in marked if name.startswith("Condition ")]
    return any(json.dumps(key) in line for key in keys)


def as_text(decision: Decision) -> str:
    """The whole explanation in plain text."""
    mark = MARKS[decision.effect]
    lines = [
        f"{mark.sign} {_VERDICTS[decision.effect]}",
        f"  {decision.message}",
        "",
    ]
    trace = deciding_statement(decision)
    if trace is not None:
        lines.append(_statement_heading(trace))
        lines += [f"  {'>' if marked else ' '} {text}" for marked, text in marked_lines(trace)]
        lines.append("")
    width = max(len(layer_name(layer, decision)) for layer in decision.layers)
    for layer in decision.layers:
        lines += _layer_lines(layer, layer_name(layer, decision).ljust(width))
    return "\n".join(lines)


def _statement_heading(trace: StatementTrace) -> str:
    name = statement_name(trace)
    return f"  {name} decided:" if trace.matched else f"  {name} came nearest, but {trace.why_not}:"


def _layer_lines(layer: Layer, name: str) -> list[str]:
    mark = MARKS[layer.effect]
    arrow = "  <- decides" if layer.decisive else ""
    note = f" ({layer.note})" if layer.note else ""
    lines = [f"  {mark.sign} {name}  {mark.word}{note}{arrow}"]
    lines += [f"      {_outcome(trace)}" for trace in layer.statements]
    return lines


def _outcome(trace: StatementTrace) -> str:
    if trace.matched:
        return f"{statement_name(trace)}: {trace.effect}, matches"
    return f"{statement_name(trace)}: {trace.effect}, but {trace.why_not}"


_CARD = "border-left:5px solid {colour};padding:2px 0 2px 14px;margin:4px 0;max-width:62em"
_PRE = (
    "margin:4px 0 10px 0;padding:8px;border:1px solid rgba(128,128,128,.4);border-radius:3px;"
    "font-size:90%;line-height:1.35;background:transparent;white-space:pre-wrap;"
    "overflow-wrap:anywhere"
)
_CELL = "text-align:left;vertical-align:top;padding:3px 14px 3px 0"
_WRAPS = ("nowrap", "nowrap", "normal")
"""The last column takes the room that the others leave."""


def as_html(decision: Decision) -> str:
    """The whole explanation for a notebook; it follows the notebook's own colours."""
    mark = MARKS[decision.effect]
    verdict = escape(_VERDICTS[decision.effect])
    parts = [
        f'<div class="rolelab-decision" style="{_CARD.format(colour=mark.colour)}">',
        f'<div style="font-weight:600;font-size:110%"><span style="color:{mark.colour}" '
        f'aria-hidden="true">{mark.sign}</span> {verdict}</div>',
        f'<div style="margin:4px 0 10px 0;overflow-wrap:anywhere">{escape(decision.message)}</div>',
        _statement_html(deciding_statement(decision), mark),
        _layers_html(decision),
        "</div>",
    ]
    return "".join(parts)


def _statement_html(trace: StatementTrace | None, mark: Mark) -> str:
    if trace is None:
        return ""
    heading = escape(_statement_heading(trace).strip())
    lines = "\n".join(_line_html(marked, text, mark) for marked, text in marked_lines(trace))
    return f'<div>{heading}</div><pre style="{_PRE}">{lines}</pre>'


def _line_html(marked: bool, text: str, mark: Mark) -> str:
    if not marked:
        return f"  {escape(text)}"
    style = f"color:inherit;background:transparent;border-bottom:2px solid {mark.colour}"
    return f'<span style="color:{mark.colour}">▸</span> <mark style="{style}">{escape(text)}</mark>'


def _layers_html(decision: Decision) -> str:
    rows = "".join(_layer_html(layer, layer_name(layer, decision)) for layer in decision.layers)
    heads = "".join(
        f'<th scope="col" style="{_CELL}">{text}</th>' for text in ("policy type", "answer", "why")
    )
    return (
        '<table style="border-collapse:collapse;margin:0">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _layer_html(layer: Layer, name: str) -> str:
    mark = MARKS[layer.effect]
    weights = ("600", "600", "400") if layer.decisive else ("400",) * 3
    why = [escape(layer.note)] if layer.note else []
    why += [escape(_outcome(trace)) for trace in layer.statements]
    cells = (
        escape(name) + (" (decides)" if layer.decisive else ""),
        f'<span style="color:{mark.colour}">{mark.sign}</span>&nbsp;{mark.word}',
        "<br>".join(why),
    )
    columns = "".join(
        f'<td style="{_CELL};white-space:{wrap};font-weight:{weight}">{cell}</td>'
        for cell, wrap, weight in zip(cells, _WRAPS, weights, strict=True)
    )
    return f"<tr>{columns}</tr>"
