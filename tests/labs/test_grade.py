"""A copy of a notebook is run, and each check's outcome is told as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import nbformat
import pytest

from rolelab.__main__ import main
from rolelab.labs.grade import NotGradable, all_labs, grade
from rolelab.labs.grade_report import Lab, Report

SETUP = "from rolelab.labs.grader import CheckFailed, Passed"
PASSED = "Passed('The roles are narrow.', ())"
NOT_YET = (
    "raise CheckFailed('The roles are narrow.', verdict='Too broad.', "
    "hint='Name the bucket.\\nLeave out the wildcard, which allows what its name never says and "
    "goes on over more than one line of the text.')"
)
SPEAKS = (
    "from rolelab.labs import your_turn\nwith your_turn('the bucket is closed'):\n    assert 1 == 2"
)


def notebook(folder: Path, *cells: str, name: str = "lab_1_try.ipynb") -> Path:
    """A notebook. A cell that begins with `check:` is a check."""
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_markdown_cell("Before.\n\n# Lab 1: Try it")]
    for text in cells:
        cell = nbformat.v4.new_code_cell(text.removeprefix("check:"))
        if text.startswith("check:"):
            cell.metadata["tags"] = ["check"]
        made.cells.append(cell)
    path = folder / name
    nbformat.write(made, path)
    return path


def graded(path: Path, **settings: Any) -> Lab:
    (lab,) = grade([path], **settings).labs
    return lab


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Lab]]:
    """A notebook with one cell of every kind, and what came out."""
    path = notebook(
        tmp_path_factory.mktemp("mixed"),
        SETUP,
        f"check:{PASSED}",
        f"check:{NOT_YET}",
        "check:open('no-such-policy.json')",
        "1 / 0",
        f"check:{SPEAKS}",
        "check:assert 1 == 2, 'one is not two'",
        "check:import os\nsorted(each for each in os.environ if each.startswith('AWS_'))",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_PROFILE", "production")
        patch.setenv("ROLELAB_STRICT", "1")
        yield path, graded(path)


def test_every_outcome_is_told_and_nothing_stops_the_run(mixed: tuple[Path, Lab]) -> None:
    assert [check.outcome for check in mixed[1].checks] == [
        "passed",
        "not yet",
        "error",
        "not yet",
        "not yet",
        "passed",
    ]


def test_a_check_that_is_met_shows_what_it_showed(mixed: tuple[Path, Lab]) -> None:
    assert mixed[1].checks[0].said == "Passed: The roles are narrow."


def test_the_hints_are_whole_sentences(mixed: tuple[Path, Lab]) -> None:
    first, second = mixed[1].checks[1].hints
    assert first == "Name the bucket."
    assert second.endswith("over more than one line of the text.")


def test_an_error_in_a_check_is_no_hint(mixed: tuple[Path, Lab]) -> None:
    check = mixed[1].checks[2]
    assert check.said.startswith("FileNotFoundError")
    assert check.hints == ()


def test_an_exercise_that_speaks_is_heard(mixed: tuple[Path, Lab]) -> None:
    assert "the bucket is closed" in mixed[1].checks[3].said
    assert mixed[1].checks[3].hints == ("One of the checks does not hold yet.",)


def test_an_error_elsewhere_is_told_with_its_cell(mixed: tuple[Path, Lab]) -> None:
    (error,) = mixed[1].errors
    assert (error.cell, error.name) == (6, "1 / 0")
    assert error.said.startswith("ZeroDivisionError")


def test_personal_aws_settings_do_not_reach_the_notebook(mixed: tuple[Path, Lab]) -> None:
    assert mixed[1].checks[5].said == "[]"


def test_the_title_is_the_first_heading(mixed: tuple[Path, Lab]) -> None:
    assert mixed[1].title == "Lab 1: Try it"


def test_the_notebook_is_not_changed(tmp_path: Path) -> None:
    path = notebook(tmp_path, "answer = 42", "check:answer")
    before = path.read_bytes()
    assert graded(path).passed
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_an_error_elsewhere_counts_against_the_lab(tmp_path: Path) -> None:
    lab = graded(notebook(tmp_path, "check:1", "1 / 0"))
    assert (lab.right, lab.passed) == (1, False)


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        pytest.param("import os; os._exit(1)", "The kernel died", id="a kernel that dies"),
        pytest.param("import time; time.sleep(60)", "not done after", id="a cell without an end"),
    ],
)
def test_a_run_that_ends_early(tmp_path: Path, ends: str, why: str) -> None:
    lab = graded(notebook(tmp_path, "check:1", ends, "check:2"), cell_seconds=2)
    assert [check.outcome for check in lab.checks] == ["passed", "not reached"]
    assert [(error.cell, why in error.said) for error in lab.errors] == [(3, True)]


def test_a_check_that_ends_the_run_is_an_error(tmp_path: Path) -> None:
    lab = graded(notebook(tmp_path, "1", "check:import os; os._exit(1)", "check:2"))
    assert [check.outcome for check in lab.checks] == ["error", "not reached"]


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(None, "There is no file", id="no such file"),
        pytest.param("", "is not a Jupyter notebook", id="an empty file"),
        pytest.param("print(1)", "is not a Jupyter notebook", id="no JSON"),
        pytest.param('{"Version": "2012-10-17"}', "is not a Jupyter notebook", id="other JSON"),
        pytest.param("[1, 2]", "is not a Jupyter notebook", id="JSON that is no object"),
        pytest.param(
            '{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
            "is not a Jupyter notebook",
            id="cells that are none",
        ),
        pytest.param(b"\xff\xfe\x00\x01", "is not a Jupyter notebook", id="no text"),
        pytest.param(
            '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
            "has no checks",
            id="a notebook without checks",
        ),
    ],
)
def test_bad_input_is_told(tmp_path: Path, text: str | bytes | None, told: str) -> None:
    path = tmp_path / "lab_1.ipynb"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(NotGradable, match=told):
        grade([path])


def test_a_folder_is_no_notebook(tmp_path: Path) -> None:
    with pytest.raises(NotGradable, match="is a folder"):
        grade([tmp_path])


def test_all_files_are_looked_at_before_one_runs(tmp_path: Path) -> None:
    ran = tmp_path / "ran.txt"
    good = notebook(tmp_path, f"check:open({str(ran)!r}, 'w').close()")
    with pytest.raises(NotGradable):
        grade([good, tmp_path / "missing.ipynb"])
    assert not ran.exists()


def test_each_lab_is_told_when_it_is_done(tmp_path: Path) -> None:
    told: list[Lab] = []
    paths = [notebook(tmp_path, "check:1", name=f"lab_{n}.ipynb") for n in (1, 2)]
    assert grade(paths, done=told.append).labs == tuple(told)


def test_all_labs_are_those_in_the_folder_labs(tmp_path: Path) -> None:
    (tmp_path / "labs").mkdir()
    made = [
        notebook(tmp_path / "labs", "check:1", name=name)
        for name in ("lab_1_a.ipynb", "lab_2_b.ipynb")
    ]
    notebook(tmp_path / "labs", "check:1", name="mine.ipynb")
    assert all_labs(tmp_path) == made
    assert all_labs(tmp_path / "labs") == made


def test_a_folder_without_labs(tmp_path: Path) -> None:
    with pytest.raises(NotGradable, match="Name the notebooks"):
        all_labs(tmp_path)


# --- the command ----------------------------------------------------------------------------------


def test_the_command_writes_both_files_and_ends_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = notebook(tmp_path, "check:1")
    page, data = tmp_path / "out.html", tmp_path / "out.json"
    assert main(["grade", str(path), "--report", str(page), "--json", str(data)]) == 0
    assert "1 of 1 passed" in capsys.readouterr().out
    assert json.loads(data.read_text("utf-8"))["passed"] is True
    assert "Lab 1: Try it" in page.read_text("utf-8")


def test_the_command_ends_with_1_if_a_check_is_not_met(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = notebook(tmp_path, "check:1", name="lab_1_good.ipynb")
    bad = notebook(tmp_path, SETUP, f"check:{NOT_YET}", name="lab_2_bad.ipynb")
    assert main(["grade", str(good), str(bad)]) == 1
    assert "Name the bucket." in capsys.readouterr().out


def test_the_command_grades_all_labs_by_default(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook(tmp_path, "check:1")
    with chdir(tmp_path):
        assert main(["grade"]) == 0
    assert "Lab 1" in capsys.readouterr().out


def test_the_command_ends_with_2_on_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["grade", str(tmp_path / "missing.ipynb")]) == 2
    assert "There is no file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "file", "told"),
    [
        pytest.param("--report", "out.txt", "does not end in .html", id="another kind of file"),
        pytest.param("--json", "no/such/out.json", "there is no folder", id="no such folder"),
    ],
)
def test_where_to_write_is_asked_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, file: str, told: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["grade", str(notebook(tmp_path, "check:1")), option, str(tmp_path / file)])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_a_report_that_nobody_asked_about_is_not_written(tmp_path: Path) -> None:
    report = grade([notebook(tmp_path, "check:1")])
    assert isinstance(report, Report)
    assert [each.suffix for each in tmp_path.iterdir()] == [".ipynb"]
