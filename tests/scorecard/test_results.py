"""The results that are kept agree with the cases and with what the README shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from scorecard import figure, results
from scorecard.accounts import ACCOUNTS
from scorecard.cases import areas, load
from scorecard.results import Result

CASES = load()
KEPT = results.read()
README = results.README.read_text(encoding="utf-8")


def test_the_results_are_those_of_the_cases() -> None:
    assert [(kept.case, kept.area, kept.answers["aws"]) for kept in KEPT] == [
        (case.case, case.area, case.aws) for case in CASES
    ]


def test_every_answer_is_allow_or_deny() -> None:
    assert {answer for kept in KEPT for answer in kept.answers.values()} == {"allow", "deny"}


def test_the_file_has_the_columns_that_others_rely_on() -> None:
    header = results.RESULTS.read_text(encoding="utf-8").partition("\n")[0]
    assert header == "case,area,aws,moto,moto_enforced,rolelab"


def test_rolelab_is_right() -> None:
    assert [kept.case for kept in KEPT if not kept.right("rolelab")] == []


def test_the_readme_shows_these_results() -> None:
    assert results.in_readme(README) == results.shown(KEPT, figure.description(KEPT))


def test_every_area_has_its_row_in_the_readme() -> None:
    shown = results.in_readme(README)
    assert [area for area in areas(CASES) if f"| {area} |" not in shown] == []


SMALL = [
    Result(
        "a", "Keys", {"aws": "deny", "moto": "allow", "moto_enforced": "deny", "rolelab": "deny"}
    ),
    Result(
        "b", "Keys", {"aws": "allow", "moto": "allow", "moto_enforced": "deny", "rolelab": "allow"}
    ),
    Result(
        "c", "Roles", {"aws": "deny", "moto": "allow", "moto_enforced": "allow", "rolelab": "deny"}
    ),
]


def test_right_answers_are_counted_by_area() -> None:
    assert results.table(SMALL).splitlines()[2:] == [
        "| Keys | 2 | 1 | 1 | 2 |",
        "| Roles | 1 | 0 | 0 | 1 |",
        "| **all** | **3** | **1** | **1** | **3** |",
    ]


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    results.write(SMALL, tmp_path / "results.csv")
    assert results.read(tmp_path / "results.csv") == SMALL


def test_the_readme_changes_between_its_marks_only() -> None:
    text = f"before\n{results.BEGIN}\nold\n{results.END}\nafter\n"
    changed = results.with_table(text, "new")
    assert changed == f"before\n{results.BEGIN}\n\nnew\n\n{results.END}\nafter\n"
    assert results.in_readme(changed) == "new"


def test_a_readme_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the lines"):
        results.with_table("no marks", "new")


def test_the_picture_has_a_row_for_each_area_and_a_shape_for_each_account() -> None:
    drawn = figure.picture(SMALL)
    (axes,) = drawn.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Keys", "Roles"]
    assert len(axes.collections) == len(ACCOUNTS)
    paths = {tuple(map(tuple, found.get_paths()[0].vertices)) for found in axes.collections}
    assert len(paths) == len(ACCOUNTS)
    assert "moto 1" in drawn.description
    assert "rolelab 3" in drawn.description
