"""The report: the same outcomes as a page, as JSON and in a terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rolelab.labs.grade_report import MARKS, CellError, Check, Lab, Report

MADE = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
CHECKS = (
    Check(1, "lab_1.check_trust()", "passed", "Passed: the trust is right."),
    Check(2, "lab_1.check_policy()", "not yet", "Too <broad> & open.", ("Name the bucket.",)),
    Check(3, "lab_1.check_rest()", "error", "NameError: name 'iam' is not defined"),
    Check(4, "lab_1.check_all()", "not reached"),
)
LAB = Lab("labs/lab_1.ipynb", "Lab 1: <Repair>", CHECKS, (CellError(7, "1 / 0", "Zero"),), 1.25)
REPORT = Report((LAB,), MADE)
GOOD = Lab("labs/lab_2.ipynb", "Lab 2", (Check(1, "lab_2.check()", "passed"),))


class Page(HTMLParser):
    """What is in a page: tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("labs", "passed"),
    [
        pytest.param((GOOD,), True, id="every check passed"),
        pytest.param((GOOD, LAB), False, id="a check of one lab is not met"),
        pytest.param((Lab("a", "A", ()),), False, id="a lab without checks proves nothing"),
        pytest.param((), False, id="no lab at all proves nothing"),
        pytest.param(
            (Lab("a", "A", GOOD.checks, (CellError(1, "x", "y"),)),),
            False,
            id="another cell failed",
        ),
    ],
)
def test_when_a_report_is_passed(labs: tuple[Lab, ...], passed: bool) -> None:
    assert Report(labs, MADE).passed is passed


def test_the_json_has_the_shape_that_is_documented() -> None:
    content = json.loads(REPORT.to_json())
    assert list(content) == ["format", "made", "rolelab", "passed", "labs"]
    assert (content["format"], content["made"]) == (1, "2026-11-30T12:00:00+00:00")
    (lab,) = content["labs"]
    assert list(lab) == ["path", "title", "passed", "seconds", "checks", "errors"]
    assert lab["checks"][1] == {
        "number": 2,
        "name": "lab_1.check_policy()",
        "outcome": "not yet",
        "said": "Too <broad> & open.",
        "hints": ["Name the bucket."],
    }
    assert lab["errors"] == [{"cell": 7, "name": "1 / 0", "said": "Zero"}]


def test_the_page_is_whole_and_loads_nothing() -> None:
    page = Page(REPORT.to_html())
    assert page.open == []
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert not any({"src", "href"} & set(given) for _, given in page.tags)
    assert "url(" not in REPORT.to_html()
    assert "@import" not in REPORT.to_html()


def test_the_page_says_its_language_and_its_title_and_names_its_columns() -> None:
    page = Page(REPORT.to_html())
    assert ("html", {"lang": "en"}) in page.tags
    assert [given.get("scope") for tag, given in page.tags if tag == "th"].count("col") == 4
    assert {"caption", "main", "title"} <= {tag for tag, _ in page.tags}


@pytest.mark.parametrize("outcome", MARKS)
def test_each_outcome_is_a_mark_and_a_word(outcome: str) -> None:
    text = Page(REPORT.to_html()).text
    assert f"{MARKS[outcome]}\xa0{outcome}" in text  # type: ignore[index]
    assert f"{MARKS[outcome]} {outcome}" in REPORT.to_text()  # type: ignore[index]


def test_what_a_notebook_says_is_text_and_no_markup() -> None:
    page = Page(REPORT.to_html())
    assert "Lab 1: <Repair>" in page.text
    assert not {"repair", "broad"} & {tag for tag, _ in page.tags}


def test_the_page_can_be_printed() -> None:
    assert "@media print" in REPORT.to_html()


def test_the_terminal_has_a_line_for_each_check_and_the_hints() -> None:
    lines = REPORT.to_text().splitlines()
    assert lines[0] == "Lab 1: <Repair>  (1 of 4 passed)"
    assert lines[1] == "   1  ● passed       lab_1.check_trust()"
    assert lines[3].strip() == "Name the bucket."
    assert "cell 7: 1 / 0" in lines[-2]


def test_in_a_notebook_it_shows_the_same_table() -> None:
    assert "lab_1.check_policy()" in Page(REPORT._repr_html_()).text


@pytest.mark.parametrize("name", ["out.html", "out.JSON"])
def test_it_is_saved_by_the_ending_of_the_name(tmp_path: Path, name: str) -> None:
    saved = REPORT.save(tmp_path / name)
    assert saved.is_absolute()
    assert "lab_1.check_policy()" in saved.read_text("utf-8")


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"saved as \.html or as \.json"):
        REPORT.save(tmp_path / "out.pdf")
