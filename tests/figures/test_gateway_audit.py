"""The picture of an audit counts, for each key of each gateway, what the table has."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from matplotlib.collections import PathCollection

from rolelab.figures import DescribedFigure, gateway_audit

PARK, BACKEND = "apipark-task-role/11aa", "sentiment-api-task-role/22bb"
LITE, HAIKU = "amazon.nova-lite-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"
BLUE, VERMILION = (0, 114, 178), (213, 94, 0)


def call(**changes: Any) -> dict[str, Any]:
    """One row: a call that was answered."""
    row = {
        "gateway": "APIPark",
        "client": "website",
        "key": "cd57c61c-4a51",
        "status": 200,
        "role": PARK,
        "model": LITE,
        "aws_error": None,
        "cost": 0.25,
    }
    return {**row, **changes}


def refused(status: int, **changes: Any) -> dict[str, Any]:
    """One row: a request that the gateway refused, so that no call was made."""
    return call(status=status, role=None, model=None, cost=None, **changes)


ANSWERED, LIMITED = call(), refused(429)
DENIED = call(status=502, aws_error="AccessDeniedException", cost=0.0)
STRANGER = refused(401, client=None, key=None)
ELSEWHERE = call(gateway="IBM API Connect", key="8iby0HGD", role=BACKEND)


def draw(*rows: dict[str, Any]) -> DescribedFigure:
    return gateway_audit(pd.DataFrame(list(rows)))


def texts(figure: DescribedFigure) -> list[str]:
    return [each.get_text() for each in figure.axes[0].texts]


def marks(figure: DescribedFigure) -> list[tuple[int, ...]]:
    found = [each for each in figure.axes[0].collections if isinstance(each, PathCollection)]
    colours: list[Any] = [each.get_facecolor() for each in found]
    return [tuple(round(part * 255) for part in colour[0][:3]) for colour in colours]


TITLES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "one request": ([ANSWERED], "1 request with 1 key: AWS saw 1 of them, as 1 role"),
    "AWS sees nothing of what the gateway refuses": (
        [ANSWERED, LIMITED, STRANGER],
        "3 requests with 1 key: AWS saw 1 of them, as 1 role",
    ),
    "AWS sees what it refuses": (
        [DENIED],
        "1 request with 1 key: AWS saw 1 of them, as 1 role",
    ),
    "two clients of a gateway are one role": (
        [ANSWERED, call(client="batch", key="2df3985f")],
        "2 requests with 2 keys: AWS saw 2 of them, as 1 role",
    ),
    "one client at two gateways is two roles": (
        [ANSWERED, ELSEWHERE],
        "2 requests with 2 keys: AWS saw 2 of them, as 2 roles",
    ),
    "two tasks of a role are one role": (
        [ANSWERED, call(role="apipark-task-role/33cc")],
        "2 requests with 1 key: AWS saw 2 of them, as 1 role",
    ),
    "nobody called AWS": ([STRANGER], "1 request with 0 keys: AWS saw 0 of them, as 0 roles"),
}


@pytest.mark.parametrize(("rows", "title"), TITLES.values(), ids=TITLES)
def test_the_title_says_how_much_aws_saw(rows: list[dict[str, Any]], title: str) -> None:
    figure = draw(*rows)
    assert texts(figure)[0] == title
    assert figure.description.startswith(f"{title}. ")


def test_a_row_says_who_refused_and_what_the_answers_cost() -> None:
    figure = draw(refused(403), *[LIMITED] * 15, DENIED, ANSWERED, ANSWERED)
    assert {"1 \u00d7 403, 15 \u00d7 429", "1 \u00d7 AccessDenied", "2", "$0.50"} <= set(
        texts(figure)
    )
    assert marks(figure) == [VERMILION, VERMILION, BLUE]
    sentence = (
        "website with key cd57c61c, 19 requests: the gateway refused 16 (1 \u00d7 403, 15 \u00d7 "
        "429); AWS refused 1 (1 \u00d7 AccessDeniedException); 2 answered for $0.50"
    )
    assert sentence in figure.description


def test_a_gateway_is_drawn_with_the_role_and_the_model_that_aws_saw() -> None:
    assert "as apipark-task-role, nova-lite" in texts(draw(ANSWERED, STRANGER))
    assert "as apipark-task-role, 2 models" in texts(draw(ANSWERED, call(model=HAIKU)))
    assert "as 2 roles, nova-lite" in texts(draw(ANSWERED, call(role=BACKEND)))
    assert "AWS was not called" in texts(draw(STRANGER))


def test_wrong_keys_share_a_row_and_a_client_with_two_keys_has_two() -> None:
    rows = [STRANGER, refused(401, client=None, key="made-up"), ANSWERED, call(key="99ffee00")]
    shown = texts(draw(*rows))
    assert shown.count("no valid key") == 1
    assert "2 \u00d7 401" in shown
    assert shown.count("website") == 2
    assert "made-up" not in shown


def test_a_key_is_shown_by_the_beginning_of_its_name_only() -> None:
    shown = texts(draw(ANSWERED))
    assert "cd57c61c" in shown
    assert not any("4a51" in each for each in shown)


def test_many_statuses_and_errors_are_cut_in_the_picture_and_whole_in_the_description() -> None:
    rows = [refused(400), refused(403), *[LIMITED] * 3]
    rows += [DENIED, call(status=503, aws_error="ThrottlingException", cost=0.0)]
    figure = draw(*rows)
    assert "1 \u00d7 400, 3 \u00d7 429, \u2026" in texts(figure)
    assert "2 \u00d7 an error" in texts(figure)
    assert "1 \u00d7 400, 1 \u00d7 403, 3 \u00d7 429" in figure.description
    assert "1 \u00d7 AccessDeniedException, 1 \u00d7 ThrottlingException" in figure.description


def test_small_amounts_keep_their_digits() -> None:
    assert "$0.000002" in texts(draw(call(cost=1.98e-06)))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame([ANSWERED]).drop(columns=["role", "cost"]), "no column role, cost"),
        (pd.DataFrame([ANSWERED]).iloc[:0], "no requests"),
        (pd.DataFrame([call(role=None)]), "Join the gateway's log with the trail"),
    ],
    ids=["a column is missing", "there are no rows", "an answer without a call was not joined"],
)
def test_a_table_that_cannot_be_drawn_is_an_error(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gateway_audit(frame)
