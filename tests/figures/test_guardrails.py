"""The picture of what is left says of every action what a decision with these policies says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from matplotlib.collections import PathCollection

from rolelab.figures import guardrails
from rolelab.figures.described_figure import DescribedFigure
from rolelab.iam import Decision, Policies, Request, evaluate

SESSION = "arn:aws:sts::123456789012:assumed-role/bookshop-support/ticket-4711"
ORDER = "arn:aws:s3:::bookshop-orders/incoming/1001.json"
ACTIONS = dict.fromkeys(
    ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "sqs:SendMessage"), ORDER
)
BLUE, VERMILION = (0, 114, 178), (213, 94, 0)


def document(effect: str, *actions: str) -> dict[str, Any]:
    body = {"Effect": effect, "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [body]}


ALL, S3, READ = document("Allow", "*"), document("Allow", "s3:*"), document("Allow", "s3:Get*")
KEEP = document("Deny", "s3:DeleteObject")
SCPS = [[ALL], [ALL, KEEP]]


def decide(**policies: Any) -> Decision:
    return evaluate(Request(SESSION, "s3:PutObject", ORDER), Policies(**policies))


def marks(figure: DescribedFigure) -> list[tuple[int, ...]]:
    (axes,) = figure.axes
    found: list[Any] = [e for e in axes.collections if isinstance(e, PathCollection)]
    return [tuple(round(part * 255) for part in mark.get_facecolor()[0][:3]) for mark in found]


def texts(figure: DescribedFigure) -> list[str]:
    return [each.get_text() for each in figure.axes[0].texts]


CASES: list[tuple[str, dict[str, Any], str, int]] = [
    ("none", {}, "3 of 4 actions are allowed: no guardrail applies", 3),
    (
        "a boundary",
        {"boundary": [READ]},
        "Of 3 actions that the policy grants, 1 is left after one guardrail",
        1,
    ),
    (
        "an SCP",
        {"service_control": SCPS},
        "Of 3 actions that the policy grants, 2 are left after one guardrail",
        2,
    ),
    (
        "three",
        {"boundary": [ALL], "session": [ALL], "service_control": SCPS},
        "Of 3 actions that the policy grants, 2 are left after 3 guardrails",
        2,
    ),
]


@pytest.mark.parametrize(
    ("policies", "title", "left"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_the_title_and_the_last_column_say_what_is_left(
    policies: dict[str, Any], title: str, left: int
) -> None:
    decision = decide(identity=[S3], **policies)
    figure = guardrails(decision, ACTIONS)
    assert texts(figure)[0] == title
    assert texts(figure).count("allowed") == left
    assert texts(figure)[-1] == f"{left} of 4"
    for action in ACTIONS:
        truth = evaluate(replace(decision.request, action=action), decision.policies)
        said = "allowed" if truth.allowed else "denied"
        assert f"{action}, {said}: " in figure.description


def test_every_layer_that_applies_has_a_mark_of_its_own() -> None:
    figure = guardrails(decide(identity=[S3], boundary=[READ], service_control=SCPS), ACTIONS)
    assert marks(figure) == [
        *(BLUE, BLUE, BLUE),
        *(BLUE, VERMILION, BLUE),
        *(BLUE, VERMILION, VERMILION),
        *(VERMILION, VERMILION, BLUE),
    ]
    assert "the service control policy denies" in figure.description
    assert "the permissions boundary does not allow" in figure.description


def test_the_marks_differ_in_shape_and_not_in_colour_alone() -> None:
    figure = guardrails(decide(identity=[S3], boundary=[READ]), ACTIONS)
    (axes,) = figure.axes
    found: list[Any] = [each for each in axes.collections if isinstance(each, PathCollection)]
    shapes = {
        colour: len(mark.get_paths()[0].vertices)
        for colour, mark in zip(marks(figure), found, strict=True)
    }
    assert shapes[BLUE] != shapes[VERMILION]


def test_a_guardrail_gives_back_nothing_that_an_earlier_one_cut() -> None:
    figure = guardrails(decide(identity=[READ], boundary=[ALL], session=[ALL]), ACTIONS)
    assert texts(figure).count("allowed") == 1


def test_a_boundary_with_no_allow_is_a_guardrail_and_leaves_nothing() -> None:
    figure = guardrails(decide(identity=[ALL], boundary=[KEEP]), ACTIONS)
    assert texts(figure).count("denied") == len(ACTIONS)


def test_what_the_resource_grants_by_itself_is_not_in_the_picture() -> None:
    bucket = document("Allow", "s3:*")
    bucket["Statement"][0]["Principal"] = {"AWS": SESSION}
    figure = guardrails(decide(identity=[READ], resource=bucket), ACTIONS)
    assert texts(figure).count("allowed") == 1


def test_no_actions_are_an_error() -> None:
    with pytest.raises(ValueError, match="at least one action"):
        guardrails(decide(identity=[S3]), {})


def test_a_notebook_gets_an_image_with_a_description() -> None:
    html = guardrails(decide(identity=[S3]), ACTIONS)._repr_html_()
    assert 'alt="3 of 4 actions are allowed' in html
    assert 'src="data:image/png;base64,' in html


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sts:AssumeRole", "arn:aws:iam::123456789012:role/platform"),
        (
            "kms:Decrypt",
            "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
    ],
    ids=["a role to assume", "a key"],
)
def test_a_resource_whose_own_policy_must_allow_is_taken_to_leave_the_answer_to_iam(
    action: str, resource: str
) -> None:
    figure = guardrails(decide(identity=[ALL], boundary=[S3]), {action: resource})
    assert marks(figure) == [BLUE, VERMILION]
    assert f"{action}, denied: the identity-based policy allows" in figure.description


def test_columns_stand_behind_the_longest_action() -> None:
    action = "organizations:LeaveOrganization"
    figure = guardrails(decide(identity=[ALL], boundary=[S3]), {action: "*"})
    figure.canvas.draw()
    (label,) = (each for each in figure.axes[0].texts if each.get_text() == action)
    first: Any = figure.axes[0].collections[0]
    column = figure.axes[0].transData.transform(first.get_offsets())[0][0]
    assert label.get_window_extent().x1 < column - 8
