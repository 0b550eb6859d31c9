"""The picture of one decision says in words and marks what the decision says."""

from __future__ import annotations

import pytest
from matplotlib.collections import PathCollection

from rolelab.figures import evaluation
from rolelab.iam import Decision, Policies, Request, evaluate

SESSION = "arn:aws:sts::123456789012:assumed-role/orders-task-role/task"


def statement(effect: str, action: str) -> dict[str, object]:
    body = {"Effect": effect, "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [body]}


EVERYTHING = statement("Allow", "*")
NOTHING = statement("Deny", "*")
READ = statement("Allow", "s3:Get*")


def decide(**policies: object) -> Decision:
    request = Request(SESSION, "s3:PutObject", "arn:aws:s3:::bookshop-orders/1")
    return evaluate(request, Policies(**policies))  # type: ignore[arg-type]


CASES = [
    ("allowed", {"identity": [EVERYTHING]}, "Allowed: the identity-based policy grants", 1),
    (
        "boundary",
        {"identity": [EVERYTHING], "boundary": [READ]},
        "Denied: no permissions boundary",
        2,
    ),
    ("explicit", {"identity": [NOTHING]}, "Denied: an identity-based policy forbids", 1),
]


@pytest.mark.parametrize(
    ("policies", "title", "applicable"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_the_title_states_the_answer_and_every_layer_has_a_mark(
    policies: dict[str, object], title: str, applicable: int
) -> None:
    decision = decide(**policies)
    figure = evaluation(decision)
    (axes,) = figure.axes
    marks = [item for item in axes.collections if isinstance(item, PathCollection)]
    filled = [mark for mark in marks if tuple(mark.get_facecolor()[0]) != (1, 1, 1, 1)]
    assert axes.texts[0].get_text().startswith(title)
    assert len(marks) == len(decision.layers)
    assert len(filled) == applicable
    assert figure.get_figwidth() == 7


def test_a_notebook_gets_an_image_with_a_description_and_loads_nothing() -> None:
    html = evaluation(decide(identity=[READ]))._repr_html_()
    assert 'alt="Denied: no identity-based policy allows s3:PutObject.' in html
    assert 'src="data:image/png;base64,' in html
