"""Every case is put to rolelab here and now: it answers like AWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scorecard.cases import Case, areas, load
from scorecard.run import answer

CASES = load()
AT_ONCE = 20
"""Few enough that the workers of a test run share an area."""


def portions() -> Iterator[tuple[str, list[Case]]]:
    for area in areas(CASES):
        asked = [case for case in CASES if case.area == area]
        for start in range(0, len(asked), AT_ONCE):
            yield f"{area}-{start // AT_ONCE + 1}", asked[start : start + AT_ONCE]


@pytest.mark.parametrize(
    "cases",
    [
        pytest.param(cases, id=name, marks=pytest.mark.cost(len(cases)))
        for name, cases in portions()
    ],
)
def test_rolelab_answers_like_aws(cases: list[Case]) -> None:
    runs, faults = answer("rolelab", cases)
    assert faults == []
    got = {case.case: runs[case.case].outcome.answer for case in cases}
    assert got == {case.case: case.aws for case in cases}
