"""The playground's answer as HTML: what is wrong with the texts, the decision, the picture.

Colours follow the notebook's theme and never stand alone; nothing is loaded from anywhere.
"""

from __future__ import annotations

from html import escape

from rolelab.iam.report import MARKS, as_html
from rolelab.policy_playground.fault import ExcerptLine, Fault
from rolelab.policy_playground.fields import LABELS
from rolelab.policy_playground.picture import picture
from rolelab.policy_playground.state import State
from rolelab.policy_playground.style import LIVE

OUT_OF_DATE = "Out of date: the answer to the last texts that could be read."

_FAULT = MARKS["ExplicitDeny"]


def answer_html(state: State) -> str:
    """The faults, if any, and the decision; an older decision is marked as out of date."""
    faults = _faults_html(state.faults) if state.faults else ""
    if state.decision is None:
        return sendable(faults)
    return sendable(f"{faults}{_dated(state, as_html(state.decision))}")


def status_html(state: State) -> str:
    """One sentence for those who listen: the faults by line, or AWS's message."""
    said = [fault.place_and_reason for fault in state.faults]
    if state.decision is not None and not said:
        said = [state.decision.message]
    return sendable(LIVE + escape(" ".join(said)))


def picture_html(state: State) -> str:
    """The picture; empty before the first decision."""
    if state.decision is None:
        return ""
    return sendable(_dated(state, picture(state.decision)))


def field_label(name: str, faults: tuple[Fault, ...]) -> str:
    """What a field is called, with a mark when something is wrong with it."""
    label = LABELS[name]
    return f"{_FAULT.sign} {label}" if any(fault.field == name for fault in faults) else label


def state_text(state: State) -> str:
    """The whole state in plain text, for where there are no widgets."""
    parts = [_fault_text(fault) for fault in state.faults]
    if state.decision is not None:
        parts += [OUT_OF_DATE] if state.out_of_date else []
        parts.append(str(state.decision))
    return "\n".join(parts)


def sendable(text: str) -> str:
    """The text without lone surrogates, which JSON can spell and no message can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _dated(state: State, html: str) -> str:
    if not state.out_of_date:
        return f"<div>{html}</div>"
    return f'<div class="rolelab-old"><div class="rolelab-old-note">{OUT_OF_DATE}</div>{html}</div>'


def _faults_html(faults: tuple[Fault, ...]) -> str:
    count = "This text" if len(faults) == 1 else "These texts"
    items = "".join(_fault_html(fault) for fault in faults)
    return (
        f'<div class="rolelab-faults" style="border-left-color:{_FAULT.colour}">'
        f'<div class="rolelab-faults-title"><span style="color:{_FAULT.colour}" '
        f'aria-hidden="true">{_FAULT.sign}</span> {count} cannot be read yet</div>{items}</div>'
    )


def _fault_html(fault: Fault) -> str:
    lines = "\n".join(_line_html(line, fault.column or 1) for line in fault.excerpt)
    excerpt = f"<pre>{lines}</pre>" if lines else ""
    return f"<div>{escape(fault.sentence)}</div>{excerpt}"


def _line_html(line: ExcerptLine, column: int) -> str:
    number = f"{line.number:>4}"
    if not line.marked:
        return f"  {number}  {escape(line.text)}"
    before, after = line.text[: column - 1], line.text[column - 1 :]
    at, rest = (after[:1], after[1:]) if after else (" ", "")
    style = f"border-bottom-color:{_FAULT.colour}"
    return (
        f'<span style="color:{_FAULT.colour}">▸</span> {number}  <mark style="{style}">'
        f"{escape(before)}<b>{escape(at)}</b>{escape(rest)}</mark>"
    )


def _fault_text(fault: Fault) -> str:
    lines = [f"{_FAULT.sign} {fault.sentence}"]
    for line in fault.excerpt:
        lines.append(f"  {'>' if line.marked else ' '} {line.number:>4}  {line.text}")
        if line.marked:
            lines.append(f"  {' ' * (7 + (fault.column or 1))}^")
    return "\n".join(lines)
