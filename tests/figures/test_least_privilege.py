"""The picture says of every service what the comparison says."""

from __future__ import annotations

from typing import Any

import pytest

from rolelab.figures import least_privilege
from rolelab.least_privilege import from_trail
from tests.least_privilege import pictures
from tests.least_privilege.records import ROLE


def texts(figure: Any) -> list[str]:
    return [each.get_text() for each in figure.axes[0].texts]


def test_the_title_states_the_answer() -> None:
    figure = pictures.of_a_small_policy()
    assert texts(figure)[0] == "The policies grant 256 actions; the role needs 5"
    assert figure.description.startswith(texts(figure)[0])
    assert texts(pictures.of_a_role_that_did_nothing())[0].endswith("the role needs none")


def test_every_needed_service_has_a_row_and_its_numbers() -> None:
    figure = pictures.of_a_small_policy()
    comparison = from_trail(pictures.TRAIL, ROLE).compare(
        pictures.allow("s3:*", "sqs:*", "iam:PassRole", "ecs:*")
    )
    for row in comparison.table().itertuples():
        said = f"{row.service}: {row.granted:,} granted, {row.used:,} used, {row.needed:,} needed"
        assert said in figure.description
        assert row.service in texts(figure)


def test_services_that_nobody_needs_share_a_row() -> None:
    shown = texts(pictures.of_an_administrator())
    assert any(each.endswith(" other services") for each in shown)
    assert len([each for each in shown if each in ("iam", "s3", "dynamodb", "ecs", "kms")]) == 5


def test_a_proof_is_written_below() -> None:
    shown = texts(pictures.of_an_administrator())[-1]
    assert shown.startswith("Replay: 6 of 6 recorded requests allowed, ")
    assert shown.endswith(" forbidden ones denied")


def test_nothing_to_draw_is_an_error() -> None:
    deny = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
    }
    with pytest.raises(ValueError, match="nothing to draw"):
        least_privilege(from_trail([], ROLE).compare(deny))
