"""The picture of a gateway's requests counts at each lock what the table has."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from matplotlib.collections import PathCollection

from rolelab.figures import DescribedFigure, request_paths

TASK, RESEARCH = "gateway-task-role/11aa", "research-role/llm-gateway"
LITE, PRO = "bedrock/amazon.nova-lite-v1:0", "bedrock/amazon.nova-pro-v1:0"
HAIKU = "bedrock/anthropic.claude-3-haiku-20240307-v1:0"
BLUE, VERMILION, WHITE = (0, 114, 178), (213, 94, 0), (255, 255, 255)


def call(**changes: Any) -> dict[str, Any]:
    """One row: a call that was answered."""
    row = {"client": "shop", "model": LITE, "status": 200, "role": TASK, "aws_error": None}
    return {**row, **changes}


ANSWERED = call()
REFUSED = call(status=429, role=None)
STRANGER = call(client=None, model="", status=401, role=None)
DENIED = call(model=PRO, status=403, aws_error="AccessDeniedException")
RESEARCHED = call(model=PRO, role=RESEARCH)
OUTSIDE = call(model="openai/gpt-4o-mini", role=None)


def draw(*rows: dict[str, Any]) -> DescribedFigure:
    return request_paths(pd.DataFrame(list(rows)))


def texts(figure: DescribedFigure) -> list[str]:
    return [each.get_text() for each in figure.axes[0].texts]


def marks(figure: DescribedFigure) -> list[tuple[int, ...]]:
    found = [e for e in figure.axes[0].collections if isinstance(e, PathCollection)]
    colours: list[Any] = [mark.get_facecolor() for mark in found]
    return [tuple(round(part * 255) for part in each[0][:3]) for each in colours]


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        pytest.param(
            [ANSWERED], "1 key, 1 role: the gateway refused 0, AWS refused 0", id="an answer"
        ),
        pytest.param(
            [ANSWERED, REFUSED, STRANGER],
            "1 key, 1 role: the gateway refused 2, AWS refused 0",
            id="what the gateway refuses is no call of AWS",
        ),
        pytest.param(
            [ANSWERED, DENIED, DENIED],
            "1 key, 1 role: the gateway refused 0, AWS refused 2",
            id="what AWS refuses was let through by the gateway",
        ),
        pytest.param(
            [ANSWERED, RESEARCHED, call(client="lab")],
            "2 keys, 2 roles: the gateway refused 0, AWS refused 0",
            id="sessions of one role are one role",
        ),
        pytest.param(
            [OUTSIDE],
            "1 key, 0 roles: the gateway refused 0, AWS refused 0",
            id="a model outside AWS is called without a role",
        ),
    ],
)
def test_the_title_states_who_refused_how_many(rows: list[dict[str, Any]], title: str) -> None:
    figure = draw(*rows)
    assert texts(figure)[0] == title
    assert figure.description.startswith(f"{title}. ")


def test_each_lock_has_its_counts() -> None:
    figure = draw(ANSWERED, ANSWERED, REFUSED, DENIED)
    # The gateway: three passed, one refused. AWS: two answered, one refused.
    assert [each for each in texts(figure) if each.isdigit()] == ["3", "1", "2", "1"]
    assert marks(figure) == [BLUE, VERMILION, BLUE, VERMILION]


def test_a_call_outside_aws_is_an_open_circle_at_the_lock_of_aws() -> None:
    assert marks(draw(OUTSIDE)) == [BLUE, WHITE]


def test_the_description_has_every_way() -> None:
    said = draw(ANSWERED, REFUSED, STRANGER, DENIED, OUTSIDE).description
    for sentence in (
        "shop, as gateway-task-role: 1 answered by nova-lite.",
        "shop, as gateway-task-role: 1 refused by nova-pro.",
        "shop, as no AWS role: 1 answered by gpt-4o-mini.",
        "shop: 1 refused by the gateway.",
        "no valid key: 1 refused by the gateway.",
    ):
        assert sentence in said


@pytest.mark.parametrize(
    ("model", "name"),
    [(LITE, "nova-lite"), (HAIKU, "claude-3-haiku"), ("openai/gpt-4o-mini", "gpt-4o-mini")],
)
def test_a_model_is_named_without_its_maker_date_and_version(model: str, name: str) -> None:
    assert name in texts(draw(call(model=model)))


def test_nothing_is_cut_off() -> None:
    figure = draw(ANSWERED, call(model=HAIKU), STRANGER, DENIED, RESEARCHED, OUTSIDE)
    figure.draw_without_rendering()
    edge = figure.bbox
    for each in figure.axes[0].texts:
        box = each.get_window_extent()
        assert box.x0 >= edge.x0, each.get_text()
        assert box.x1 <= edge.x1, each.get_text()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        pytest.param(pd.DataFrame([ANSWERED]).iloc[:0], "no requests", id="no rows"),
        pytest.param(pd.DataFrame([{"client": "shop"}]), "with_trail", id="missing columns"),
    ],
)
def test_a_table_that_cannot_be_drawn(table: pd.DataFrame, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        request_paths(table)
