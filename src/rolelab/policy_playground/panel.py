"""The panel: widgets that hand their texts to the state, and show what it says. Nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets as widgets  # type: ignore[import-untyped]

from rolelab.iam import Decision, Policies, Request
from rolelab.policy_playground.examples import EXAMPLES, Example
from rolelab.policy_playground.fields import POLICY_FIELDS, REQUEST_LABELS, PolicyField, Texts
from rolelab.policy_playground.given import texts_of, texts_of_decision
from rolelab.policy_playground.python_code import as_python
from rolelab.policy_playground.rendering import (
    OUT_OF_DATE,
    answer_html,
    field_label,
    picture_html,
    sendable,
    state_text,
    status_html,
)
from rolelab.policy_playground.state import State
from rolelab.policy_playground.style import STYLE

_WITHOUT_WIDGETS = (
    "The playground is a panel of widgets: run this cell in JupyterLab to edit policies and the "
    "request and see the decision change. Its answer as text:"
)
_YOURS = "Your request and policies"
_PLACEHOLDERS = {
    "principal": "arn:aws:iam::123456789012:user/mara",
    "action": "s3:GetObject",
    "resource_arn": "arn:aws:s3:::bookshop-orders/1001.json, or *",
    "resource_account": "empty: the principal's own account",
    "context": "aws:SourceIp = 10.0.0.1",
}


def playground(
    decision: Decision | None = None,
    *,
    request: Request | None = None,
    policies: Policies | None = None,
) -> Playground:
    """Open a panel to edit policies and a request, and watch AWS's decision change as you type.

    It needs no account: nothing is called, only decided. Every text is checked as AWS would check
    it, and a fault is shown with its line. The panel holds ready examples, and the Python code
    that makes the decision again.

    Args:
        decision: start from its request and policies, as in `playground(rolelab.why())`.
        request: start from this request.
        policies: start from these policies; alone, they meet the request of the first example.

    Returns:
        The panel. Its `decision` is the answer to what stands in the fields.

    Raises:
        TypeError: an argument is of another type, or a decision is given together with others.
    """
    for name, value, wanted in (
        ("decision", decision, Decision),
        ("request", request, Request),
        ("policies", policies, Policies),
    ):
        if value is not None and not isinstance(value, wanted):
            raise TypeError(
                f"{name} must be a rolelab.iam.{wanted.__name__}, not {type(value).__name__}: "
                "playground(rolelab.why()), or playground(request=Request(...), "
                "policies=Policies(...))"
            )
    if decision is not None and (request is not None or policies is not None):
        raise TypeError("a decision has its own request and policies: give one or the others")
    return Playground(_examples(decision, request, policies))


def _examples(
    decision: Decision | None, request: Request | None, policies: Policies | None
) -> Sequence[Example]:
    """The situations to choose from; what the caller gave comes first."""
    if decision is not None:
        texts = texts_of_decision(decision)
    elif request is not None:
        texts = texts_of(request, policies or Policies())
    elif policies is not None:
        first = EXAMPLES[0].texts
        given = texts_of(Request("*", "*"), policies)
        texts = replace(given, **{name: getattr(first, name) for name in REQUEST_LABELS})
    else:
        return EXAMPLES
    task = "This is what you gave. Change a policy or the request below."
    return (Example(_YOURS, task, texts), *EXAMPLES)


class Playground:
    """An open playground. Made by `rolelab.playground`; it shows itself in a notebook.

    Attributes:
        state: the texts in the fields, and the decision or the faults they lead to.
        widget: the panel, to lay out with other widgets.
    """

    def __init__(self, examples: Sequence[Example]) -> None:
        self.state = State(examples[0].texts)
        self._examples = examples
        self._loading = False
        self._chooser = widgets.Dropdown(
            options=[(each.title, number) for number, each in enumerate(examples)],
            description="Start from",
        )
        self._again = widgets.Button(description="Start over", tooltip="Undo every change")
        self._task = widgets.HTML()
        self._fields = {name: _request_field(name) for name in REQUEST_LABELS}
        self._fields |= {field.name: _policy_field(field) for field in POLICY_FIELDS}
        self._tabs = widgets.Tab([self._fields[field.name] for field in POLICY_FIELDS])
        self._answer, self._picture, self._status = (widgets.HTML() for _ in range(3))
        self._status.add_class("rolelab-status")
        self._code = widgets.Textarea(
            description="Copy as Python", rows=8, layout=widgets.Layout(margin="8px 2px 2px 2px")
        )
        self.widget = self._laid_out()
        for widget in self._fields.values():
            widget.observe(self._changed, "value")
        self._chooser.observe(self._chosen, "value")
        self._again.on_click(self._chosen)
        self._chosen()

    @property
    def decision(self) -> Decision | None:
        """The answer to what stands in the fields; None while they cannot be read."""
        return None if self.state.out_of_date else self.state.decision

    def __repr__(self) -> str:
        return f"{_WITHOUT_WIDGETS}\n\n{state_text(self.state)}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The panel, and a text for where no widgets are."""
        shown: dict[str, Any] = self.widget._repr_mimebundle_()
        return {**shown, "text/plain": sendable(repr(self))}

    def _laid_out(self) -> Any:
        request = [self._fields[name] for name in REQUEST_LABELS if name != "context"]
        grid = widgets.Layout(
            grid_template_columns="minmax(0, 3fr) minmax(0, 2fr)", grid_gap="0 8px"
        )
        note = widgets.HTML(
            '<div class="rolelab-note">• holds a policy, ✕ cannot be read. A tab takes one JSON '
            "document or a list of them. Tab leaves a field; arrow keys move along the tabs.</div>"
        )
        answer = _box("rolelab-answer", [self._status, self._answer])
        body = [_box("rolelab-policies", [self._tabs, note]), answer, self._picture]
        top = widgets.Box(
            [self._chooser, self._again],
            layout=widgets.Layout(flex_flow="row wrap", align_items="flex-end"),
        )
        self._chooser.layout.flex = "1 1 300px"
        panel = widgets.VBox(
            [
                widgets.HTML(STYLE, layout=widgets.Layout(height="0", margin="0")),
                top,
                self._task,
                widgets.GridBox(request, layout=grid),
                self._fields["context"],
                _box("rolelab-body", body),
                self._code,
            ]
        )
        panel.add_class("rolelab-playground")
        return panel

    def _chosen(self, _: Any = None) -> None:
        """Put an example into the fields."""
        example = self._examples[self._chooser.value]
        self._task.value = f'<div class="rolelab-task"><b>Try:</b> {escape(example.task)}</div>'
        with self._one_change():
            for name, text in example.texts.fields().items():
                self._fields[name].value = sendable(text)
        self._show(State(example.texts).after(example.texts))
        self._tabs.selected_index = _telling_tab(self.state)

    @contextmanager
    def _one_change(self) -> Iterator[None]:
        """Answer once, after all fields were set."""
        self._loading = True
        try:
            yield
        finally:
            self._loading = False

    def _changed(self, _: Any) -> None:
        """A key was pressed in a field."""
        if self._loading:
            return
        given = {name: widget.value for name, widget in self._fields.items()}
        self._show(self.state.after(Texts(**given, names=self.state.texts.names)))

    def _show(self, state: State) -> None:
        self.state = state
        self._answer.value = answer_html(state)
        self._picture.value = picture_html(state)
        self._status.value = status_html(state)
        self._code.value = _code(state)
        wrong = {fault.field for fault in state.faults}
        for name, widget in self._fields.items():
            # The classes of a widget are sent only when they change.
            (widget.add_class if name in wrong else widget.remove_class)("rolelab-wrong")
            if widget.description != field_label(name, state.faults):
                widget.description = field_label(name, state.faults)
        self._tabs.titles = tuple(_tab_title(field, state) for field in POLICY_FIELDS)


def _box(name: str, children: Sequence[Any]) -> Any:
    """A box that the style sheet lays out by its name."""
    box = widgets.VBox(children)
    box.add_class(name)
    return box


def _request_field(name: str) -> Any:
    make = widgets.Textarea if name == "context" else widgets.Text
    more = {"rows": 2} if name == "context" else {}
    label = REQUEST_LABELS[name]
    return make(description=label, placeholder=_PLACEHOLDERS[name], continuous_update=True, **more)


def _policy_field(field: PolicyField) -> Any:
    levels = " One entry for each level: the root, each OU, the account." if field.levels else ""
    return widgets.Textarea(
        description=field.label,
        placeholder=f"Empty: {field.empty}.{levels}",
        rows=18,
        continuous_update=True,
    )


def _telling_tab(state: State) -> int:
    """The tab of the policy that decided, if there is one; else the first."""
    decided = state.decision.decided_by.casefold() if state.decision is not None else ""
    for position, field in enumerate(POLICY_FIELDS):
        if field.label.casefold() == decided and getattr(state.texts, field.name).strip():
            return position
    return 0


def _tab_title(field: PolicyField, state: State) -> str:
    if any(fault.field == field.name for fault in state.faults):
        return f"✕ {field.tab}"
    return f"{field.tab} •" if getattr(state.texts, field.name).strip() else field.tab


def _code(state: State) -> str:
    if state.decision is None:
        return ""
    comment = f"# {OUT_OF_DATE}\n" if state.out_of_date else ""
    return sendable(comment + as_python(state.decision))
