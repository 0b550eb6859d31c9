"""The panel: what is typed into its fields reaches the state, and what the state says is shown."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import pytest
from IPython.core.interactiveshell import InteractiveShell

import rolelab
from rolelab.iam import Policies, Request, evaluate
from rolelab.policy_playground.examples import EXAMPLES
from rolelab.policy_playground.panel import Playground

from .sample import ORDER, READ, SESSION

REQUEST = Request(SESSION, "s3:GetObject", ORDER)
POLICIES = Policies(identity=[READ])


def parts(widget: Any) -> list[Any]:
    """A widget and all inside it."""
    return [widget, *(part for child in getattr(widget, "children", ()) for part in parts(child))]


def of_label(panel: Playground, label: str) -> Any:
    """The field that is called so, whether or not it is marked as wrong."""
    (found,) = (
        part
        for part in parts(panel.widget)
        if getattr(part, "description", "").removeprefix("✕ ") == label
    )
    return found


def shown(panel: Playground) -> str:
    return "\n".join(part.value for part in parts(panel.widget) if isinstance(part, widgets.HTML))


def tabs(panel: Playground) -> Any:
    return next(part for part in parts(panel.widget) if isinstance(part, widgets.Tab))


def test_it_opens_without_an_account_and_with_the_first_example() -> None:
    panel = rolelab.playground()
    assert panel.state.texts == EXAMPLES[0].texts
    assert panel.decision is not None
    assert EXAMPLES[0].task.replace("'", "&#x27;") in shown(panel)


def test_it_starts_from_a_decision() -> None:
    panel = rolelab.playground(evaluate(REQUEST, POLICIES))
    assert panel.decision is not None
    assert panel.decision.message == evaluate(REQUEST, POLICIES).message
    assert of_label(panel, "Start from").options[0] == ("Your request and policies", 0)


def test_it_starts_from_the_last_denial() -> None:
    import boto3

    sandbox = rolelab.start()
    iam = boto3.client("iam")
    iam.create_user(UserName="mara")
    key = iam.create_access_key(UserName="mara")["AccessKey"]
    mara = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"]).client("iam")
    with rolelab.expect_denied("iam:GetUser"):
        mara.get_user(UserName="mara")
    panel = rolelab.playground(rolelab.why())
    assert of_label(panel, "Principal").value == f"arn:aws:iam::{sandbox.account_id}:user/mara"
    assert panel.decision is not None
    assert panel.decision.message == rolelab.why().message
    rolelab.stop()


def test_it_starts_from_a_request_and_policies() -> None:
    both = rolelab.playground(request=REQUEST, policies=POLICIES)
    assert (of_label(both, "Resource").value, both.decision is not None) == (ORDER, True)
    request = rolelab.playground(request=REQUEST)
    assert of_label(request, "Identity-based policy").value == ""
    policies = rolelab.playground(policies=POLICIES)
    assert of_label(policies, "Action").value == EXAMPLES[0].texts.action
    assert "ReadOrders" in of_label(policies, "Identity-based policy").value


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"decision": REQUEST}, "decision must be a rolelab.iam.Decision, not Request"),
        ({"request": "s3:GetObject"}, "request must be a rolelab.iam.Request, not str"),
        ({"policies": [READ]}, "policies must be a rolelab.iam.Policies, not list"),
        (
            {"decision": evaluate(REQUEST, POLICIES), "request": REQUEST},
            "give one or the others",
        ),
    ],
)
def test_what_it_cannot_start_from_is_refused(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        rolelab.playground(**given)


def test_every_key_is_answered() -> None:
    panel = rolelab.playground(request=REQUEST, policies=POLICIES)
    policy = of_label(panel, "Identity-based policy")
    effects = []
    for text in (READ, READ.replace("GetObject", "GetObjec"), READ[:50], READ):
        policy.value = text
        effects.append(panel.decision and panel.decision.effect)
    assert effects == ["Allow", "ImplicitDeny", None, "Allow"]


def test_a_fault_marks_field_tab_and_answer_and_goes_away_again() -> None:
    panel = rolelab.playground(request=REQUEST, policies=POLICIES)
    policy = of_label(panel, "Identity-based policy")
    policy.value = READ[:50]
    assert policy.description == "✕ Identity-based policy"
    assert "rolelab-wrong" in policy._dom_classes
    assert tabs(panel).titles[0] == "✕ Identity"
    assert "cannot be read yet" in shown(panel)
    assert of_label(panel, "Copy as Python").value.startswith("# Out of date")
    policy.value = READ
    assert policy.description == "Identity-based policy"
    assert "rolelab-wrong" not in policy._dom_classes
    assert tabs(panel).titles[:2] == ("Identity •", "Resource")
    assert "cannot be read yet" not in shown(panel)
    assert of_label(panel, "Copy as Python").value.startswith("from rolelab.iam")


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=[each.title for each in EXAMPLES])
def test_an_example_fills_every_field_and_opens_the_policy_that_decides(number: int) -> None:
    panel = rolelab.playground()
    of_label(panel, "Start from").value = (number + 1) % len(EXAMPLES)
    of_label(panel, "Context").value = "aws:SourceIp = 10.0.0.1"
    of_label(panel, "Start from").value = number
    assert panel.state.texts == EXAMPLES[number].texts
    assert of_label(panel, "Context").value == EXAMPLES[number].texts.context
    assert panel.decision is not None
    opened = tabs(panel).children[tabs(panel).selected_index]
    assert opened.description.lower() in (panel.decision.decided_by, "identity-based policy")


def test_start_over_undoes_every_change() -> None:
    panel = rolelab.playground()
    of_label(panel, "Action").value = "s3:"
    of_label(panel, "Start over").click()
    assert panel.state.texts == EXAMPLES[0].texts
    assert panel.state.faults == ()


def test_typing_changes_no_text_of_another_field() -> None:
    """What somebody types next must not land in a field that was rewritten."""
    panel = rolelab.playground()
    fields = [
        part
        for part in parts(panel.widget)
        if isinstance(part, widgets.Text | widgets.Textarea)
        and part.description != "Copy as Python"
    ]
    before = [part.value for part in fields]
    of_label(panel, "Action").value = "s3:x"
    changed = [
        part.description for part, old in zip(fields, before, strict=True) if part.value != old
    ]
    assert changed == ["Action"]


def test_every_field_has_a_label() -> None:
    panel = rolelab.playground()
    fields = [
        part
        for part in parts(panel.widget)
        if isinstance(part, widgets.Text | widgets.Textarea | widgets.Dropdown | widgets.Button)
    ]
    assert all(part.description for part in fields)
    assert all(part.continuous_update for part in fields if isinstance(part, widgets.Text))


def test_a_notebook_gets_the_panel_and_a_text_beside_it() -> None:
    shell = InteractiveShell.instance()
    data, _ = shell.display_formatter.format(rolelab.playground())  # type: ignore[union-attr]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "run this cell in JupyterLab" in data["text/plain"]
    assert "Denied: nothing that had to allow it did" in data["text/plain"]


def test_a_terminal_gets_the_answer_as_text() -> None:
    assert "run this cell in JupyterLab" in repr(rolelab.playground())


def test_the_function_stays_the_function_when_its_package_is_imported() -> None:
    import rolelab.policy_playground.state

    assert callable(rolelab.playground)
