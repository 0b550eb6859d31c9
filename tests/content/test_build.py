"""The builder: one source, two notebooks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from content.build import BuildError, Variant, build, main

SAMPLE = Path(__file__).with_name("sample.py")


def cells(source: Path, variant: Variant) -> list[dict[str, Any]]:
    built = json.loads(build(source, variant))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in built]


def sources(source: Path, variant: Variant) -> list[str]:
    return [cell["source"] for cell in cells(source, variant)]


def tagged(tag: str, variant: Variant) -> list[dict[str, Any]]:
    return [cell for cell in cells(SAMPLE, variant) if tag in cell["metadata"].get("tags", ())]


def written(folder: Path, text: str) -> Path:
    path = folder / "00_broken.py"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("variant", "line", "there"),
    [
        pytest.param("learner", '"count": ...,', True, id="stub lines are the learner's"),
        pytest.param("solution", '"count": ...,', False, id="stub lines are not in the solution"),
        pytest.param("solution", '"count": 3,', True, id="solution lines are in the solution"),
        pytest.param("learner", '"count": 3,', False, id="solution lines are not the learner's"),
        pytest.param("learner", "total = ...", True, id="a stub cell is the learner's"),
        pytest.param("solution", "total = ...", False, id="a stub cell is not in the solution"),
        pytest.param("solution", "all along", True, id="a solution cell is in the solution"),
        pytest.param("learner", "all along", False, id="a solution cell is not the learner's"),
        pytest.param("solution", "twice = 2", True, id="'# solution' reaches to the cell's end"),
        pytest.param("learner", "twice = 2", False, id="what follows '# solution' is dropped"),
    ],
)
def test_each_variant_has_its_own_lines(variant: Variant, line: str, there: bool) -> None:
    assert (line in "\n".join(sources(SAMPLE, variant))) is there


@pytest.mark.parametrize("variant", ["learner", "solution"])
def test_no_marker_is_left(variant: Variant) -> None:
    lines = {line.strip() for text in sources(SAMPLE, variant) for line in text.splitlines()}
    assert not lines & {"# stub", "# solution", "# end"}


def test_lines_outside_markers_stay_around_the_marked_ones() -> None:
    assert 'books = {\n    "count": ...,\n}' in sources(SAMPLE, "learner")
    assert 'books = {\n    "count": 3,\n}' in sources(SAMPLE, "solution")


@pytest.mark.parametrize("variant", ["learner", "solution"])
@pytest.mark.parametrize(
    ("tag", "title", "body"),
    [("hint", "Hint", "Look at `books`."), ("instructor", "Instructor note", "Let them guess")],
)
def test_hints_and_notes_are_folded(variant: Variant, tag: str, title: str, body: str) -> None:
    (cell,) = tagged(tag, variant)
    assert cell["cell_type"] == "markdown"
    assert cell["source"].startswith(f"<details><summary>{title}</summary>\n\n{body}")
    assert cell["source"].endswith("\n\n</details>")


def test_the_learner_gets_the_answer_folded_and_never_run() -> None:
    (cell,) = tagged("answer", "learner")
    assert cell["cell_type"] == "markdown"
    assert cell["source"] == (
        '<details><summary>Answer</summary>\n\n```python\ntotal = books["count"]\n```\n\n</details>'
    )


def test_the_solution_runs_the_answer_in_place_of_the_stub() -> None:
    texts = sources(SAMPLE, "solution")
    answer = texts.index('total = books["count"]')
    assert texts[answer + 1] == "assert total == 3"


def test_an_answer_without_a_stub_stays_where_it_is(tmp_path: Path) -> None:
    source = written(
        tmp_path,
        '# %% tags=["stub"]\na = ...\n\n# %% tags=["answer"]\na = 1\n\n'
        '# %%\nprint(a)\n\n# %% tags=["answer"]\nb = 2\n',
    )
    assert sources(source, "solution") == ["a = 1", "print(a)", "b = 2"]


def test_checks_keep_their_tag() -> None:
    assert [cell["source"] for cell in tagged("check", "learner")] == ["assert total == 3"]


def test_line_magics_are_commented_in_the_source_only(tmp_path: Path) -> None:
    source = written(tmp_path, "# %%\n# %aws s3 ls\n")
    assert sources(source, "learner") == ["%aws s3 ls"]


def test_a_solution_reaches_data_from_its_deeper_folder(tmp_path: Path) -> None:
    lab = tmp_path / "labs" / "lab_1_count.py"
    lab.parent.mkdir()
    shutil.copy(SAMPLE, lab)
    assert 'Path("../data/shelf.json")' in sources(lab, "learner")[1]
    assert 'Path("../../data/shelf.json")' in sources(lab, "solution")[1]


def test_ids_are_unique_though_cells_repeat() -> None:
    ids = [cell["id"] for cell in cells(SAMPLE, "learner")]
    assert len(set(ids)) == len(ids)


def test_an_edit_changes_the_id_of_that_cell_only(tmp_path: Path) -> None:
    edited = tmp_path / SAMPLE.name
    edited.write_text(SAMPLE.read_text(encoding="utf-8").replace("guess first", "guess"))
    before = [cell["id"] for cell in cells(SAMPLE, "learner")]
    after = [cell["id"] for cell in cells(edited, "learner")]
    assert [a == b for a, b in zip(before, after, strict=True)].count(False) == 1


def test_ids_differ_between_notebooks(tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    shutil.copy(SAMPLE, other)
    here = {cell["id"] for cell in cells(SAMPLE, "learner")}
    assert not here & {cell["id"] for cell in cells(other, "learner")}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param('# %% tags=["soluton"]\nx = 1\n', "unknown tag 'soluton'", id="misspelt tag"),
        pytest.param('# %% tags=["hint"]\nx = 1\n', "only a markdown cell", id="hint in code"),
        pytest.param("# %% [raw]\n# x\n", "a raw cell", id="raw cell"),
        pytest.param("# %%\nx = 1\n# end\n", "'# end' without", id="end of nothing"),
        pytest.param("# %%\n# stub\n# stub\n", "'# stub' inside", id="stub in a stub"),
        pytest.param("# %%\n# solution\n# stub\n", "'# stub' inside", id="stub in a solution"),
        pytest.param("# %%\n# solution\n# solution\n", "twice", id="solution in a solution"),
    ],
)
def test_a_wrong_source_is_refused_with_its_place(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(BuildError, match=r"^00_broken.py, cell 1 ") as error:
        build(written(tmp_path, text), "learner")
    assert reason in str(error.value)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one lesson and one lab, built."""
    for folder, name in [("lessons", "00_start.py"), ("labs", "lab_1_count.py")]:
        (tmp_path / "content" / folder).mkdir(parents=True)
        shutil.copy(SAMPLE, tmp_path / "content" / folder / name)
    assert main([], root=tmp_path) == 0
    return tmp_path


def test_building_twice_changes_nothing(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    built = {path: path.read_bytes() for path in course.rglob("*.ipynb")}
    assert sorted(str(path.relative_to(course)) for path in built) == [
        "labs/lab_1_count.ipynb",
        "labs/solutions/lab_1_count.ipynb",
        "notebooks/00_start.ipynb",
    ]
    capsys.readouterr()
    assert main([], root=course) == 0
    assert capsys.readouterr().out == "3 notebooks, 0 changed, 0 without a source\n"
    assert built == {path: path.read_bytes() for path in course.rglob("*.ipynb")}


def test_a_notebook_without_its_source_goes(course: Path) -> None:
    (course / "content" / "labs" / "lab_1_count.py").unlink()
    main([], root=course)
    assert [path.name for path in course.rglob("*.ipynb")] == ["00_start.ipynb"]


def test_a_learners_own_notebook_stays(course: Path) -> None:
    mine = course / "notebooks" / "my_notes.ipynb"
    mine.write_text("{}")
    main([], root=course)
    assert mine.exists()


def test_check_reports_and_writes_nothing(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = course / "notebooks" / "00_start.ipynb"
    notebook.write_text("{}")
    (course / "content" / "labs" / "lab_1_count.py").unlink()
    capsys.readouterr()
    assert main(["--check"], root=course) == 1
    assert capsys.readouterr().out.splitlines() == [
        "differs  notebooks/00_start.ipynb",
        "no source  labs/lab_1_count.ipynb",
        "no source  labs/solutions/lab_1_count.ipynb",
        "1 notebooks, 1 changed, 2 without a source",
    ]
    assert notebook.read_text() == "{}"
