"""The picture of a launch: one lane for each identity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from rolelab.ecs.agent_call import ALLOWED, CALLER, DENIED, EXECUTION, FAILED, TASK
from rolelab.ecs.task import Step
from rolelab.ecs.timeline import Timeline
from rolelab.figures import launch

START = datetime(2026, 1, 1, tzinfo=UTC)
ROLES = {
    CALLER: "arn:aws:sts::123456789012:assumed-role/Administrator/learner",
    EXECUTION: "arn:aws:iam::123456789012:role/csecstaskexecutionrole",
    TASK: "arn:aws:iam::123456789012:role/orders-task-role",
}
ASKED: tuple[tuple[str, str, str], ...] = (
    (CALLER, "ecs:RunTask", ALLOWED),
    (CALLER, "iam:PassRole", ALLOWED),
    (CALLER, "iam:PassRole", ALLOWED),
    (EXECUTION, "sts:AssumeRole", ALLOWED),
    (TASK, "sts:AssumeRole", ALLOWED),
)
PULLED = ((EXECUTION, "ecr:GetAuthorizationToken", ALLOWED),)


def _timeline(
    calls: Sequence[tuple[str, str, str]], *, started: bool, reason: str | None = None
) -> Timeline:
    steps = tuple(
        Step("step", ROLES[lane], lane, call, "*", verdict, START + timedelta(seconds=number), 1.0)
        for number, (lane, call, verdict) in enumerate(calls)
    )
    moments = {"startedAt": START + timedelta(seconds=len(calls))} if started else {}
    return Timeline("arn:aws:ecs:us-east-1:123456789012:task/c/1", steps, moments, reason)


TITLES = {
    "a launch that went well": (
        _timeline([*ASKED, *PULLED, (TASK, "s3:GetObject", ALLOWED)], started=True),
        "The execution role prepared the task; the application works as the task role",
    ),
    "an application that was denied is still a launch that went well": (
        _timeline([*ASKED, *PULLED, (TASK, "s3:GetObject", DENIED)], started=True),
        "The launch went well; then orders-task-role was denied s3:GetObject",
    ),
    "a denied step": (
        _timeline(
            [*ASKED, (EXECUTION, "ecr:GetAuthorizationToken", DENIED)],
            started=False,
            reason="ResourceInitializationError: unable to pull secrets or registry auth",
        ),
        "The launch ended where csecstaskexecutionrole was denied ecr:GetAuthorizationToken",
    ),
    "a step that was allowed and found nothing": (
        _timeline([*ASKED, (EXECUTION, "logs:CreateLogStream", FAILED)], started=False),
        "The launch ended where csecstaskexecutionrole did not get logs:CreateLogStream",
    ),
}


@pytest.mark.parametrize(("timeline", "title"), TITLES.values(), ids=TITLES)
def test_the_title_states_the_answer(timeline: Timeline, title: str) -> None:
    figure = launch(timeline)
    assert figure.description.startswith(f"{title}. ")
    shown = " ".join(figure.axes[0].texts[0].get_text().split())
    assert shown == title


def test_every_verdict_has_a_shape_and_a_word_of_its_own() -> None:
    calls = [
        *ASKED,
        (EXECUTION, "ecr:BatchGetImage", ALLOWED),
        (EXECUTION, "logs:CreateLogStream", FAILED),
        (EXECUTION, "ssm:GetParameters", DENIED),
    ]
    figure = launch(_timeline(calls, started=False))
    shapes = {
        (line.get_marker(), str(line.get_markerfacecolor()))
        for line in figure.axes[0].lines
        if line.get_marker() not in ("None", "")
    }
    assert len({shape for shape, _ in shapes}) == 3
    words = [text.get_text() for text in figure.axes[0].texts]
    assert {"allowed", "denied", "allowed, and it did not work"} <= set(words)


def test_equal_steps_share_a_column() -> None:
    figure = launch(_timeline(ASKED, started=True))
    assert "iam:PassRole \u00d72" in [text.get_text() for text in figure.axes[0].texts]
    assert "caller Administrator/learner: iam:PassRole allowed, 2 times" in figure.description


def test_the_application_stands_behind_the_line() -> None:
    figure = launch(_timeline([*ASKED, *PULLED, (TASK, "s3:GetObject", ALLOWED)], started=True))
    texts = {text.get_text(): text.get_position()[0] for text in figure.axes[0].texts}
    assert texts["ecr:GetAuthorizationToken"] < texts["RUNNING"] < texts["s3:GetObject"]


def test_all_text_lies_inside_the_picture() -> None:
    reason = "ResourceInitializationError: " + "RequestID: 3F103CED-10EB-42A6, api error " * 8
    calls = [*ASKED, (EXECUTION, "secretsmanager:GetSecretValue", DENIED)]
    figure = launch(_timeline(calls, started=False, reason=reason))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    width, height = figure.bbox.width, figure.bbox.height
    for text in figure.axes[0].texts:
        box = text.get_window_extent(renderer)
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= width, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.y1 <= height, text.get_text()
