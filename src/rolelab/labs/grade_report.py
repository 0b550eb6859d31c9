"""The report on graded labs: as a page, as JSON, and as a table in a terminal.

The JSON form, which other programs may rely on:

    {"format": 1,
     "made": "2026-11-30T12:00:00+00:00",    when, in UTC
     "rolelab": "0.1.0",                     which version graded
     "passed": false,                        every check of every lab passed, nothing else failed
     "labs": [
       {"path": "labs/lab_1_repair_the_trust.ipynb",
        "title": "Lab 1: ...",               its first heading
        "passed": false,
        "seconds": 12.3,                     how long it ran
        "checks": [
          {"number": 1, "name": "lab_1.check_trust()",
           "outcome": "not yet",             "passed", "not yet", "error" or "not reached"
           "said": "...",                    what the check said, as text
           "hints": ["..."]}],               empty unless the outcome is "not yet"
        "errors": [                          of cells that are no checks
          {"cell": 7, "name": "iam.put_role_policy(", "said": "NameError: ..."}]}]}

`cell` counts all cells of the notebook from 1.
"""

from __future__ import annotations

import html
import json
import textwrap
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

Outcome = Literal["passed", "not yet", "error", "not reached"]

MARKS: dict[Outcome, str] = {"passed": "●", "not yet": "✕", "error": "!", "not reached": "○"}
"""The sign before each outcome's word. No outcome is told by its colour alone."""

FORMAT = 1
_COLOURS: dict[Outcome, str] = {
    "passed": "#0072B2",
    "not yet": "#D55E00",
    "error": "#D55E00",
    "not reached": "#595959",
}
_WIDTH = 96


@dataclass(frozen=True, slots=True)
class Check:
    """One check and its outcome.

    Attributes:
        number: its place in the lab, from 1.
        name: the last line of its cell, or what it asks.
        outcome: how it ended.
        said: what it said, as text.
        hints: what is missing, in words; empty unless the outcome is "not yet".
    """

    number: int
    name: str
    outcome: Outcome
    said: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell that is no check and failed.

    Attributes:
        cell: its place among all cells, from 1.
        name: its first line.
        said: the error.
    """

    cell: int
    name: str
    said: str


@dataclass(frozen=True, slots=True)
class Lab:
    """One graded lab.

    Attributes:
        path: the notebook, as it was named.
        title: its first heading.
        checks: its checks, in the order of the notebook.
        errors: other cells that failed.
        seconds: how long it ran.
    """

    path: str
    title: str
    checks: tuple[Check, ...]
    errors: tuple[CellError, ...] = ()
    seconds: float = 0.0

    @property
    def right(self) -> int:
        """How many checks are passed."""
        return sum(check.outcome == "passed" for check in self.checks)

    @property
    def passed(self) -> bool:
        """Whether there are checks, every one is passed, and no other cell failed."""
        return bool(self.checks) and self.right == len(self.checks) and not self.errors

    def to_text(self) -> str:
        """The lab for a terminal: a line for each check, and the hints of those not passed."""
        return "\n".join(_lines(self))


@dataclass(frozen=True, slots=True)
class Report:
    """The report on one or more labs. It shows itself in a notebook."""

    labs: tuple[Lab, ...]
    made: datetime

    @property
    def passed(self) -> bool:
        """Whether every lab is passed."""
        return bool(self.labs) and all(lab.passed for lab in self.labs)

    def to_json(self) -> str:
        """The report as JSON text, in the form that this module describes."""
        content = {
            "format": FORMAT,
            "made": self.made.isoformat(timespec="seconds"),
            "rolelab": _version(),
            "passed": self.passed,
            "labs": [_lab_as_json(lab) for lab in self.labs],
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

    def to_html(self) -> str:
        """The report as one page that needs nothing else, to read, to mail or to print."""
        title = f"Report: {self.labs[0].title}" if len(self.labs) == 1 else "Report: the labs"
        return _PAGE.format(title=html.escape(title), style=_STYLE, body=self._body())

    def to_text(self) -> str:
        """The report for a terminal, one lab after the other."""
        return "\n".join(lab.to_text() for lab in self.labs)

    def save(self, path: str | Path) -> Path:
        """Write the report to a file: a page for `.html`, JSON for `.json`.

        Args:
            path: where to. Its folder must exist.

        Returns:
            The file's absolute path.

        Raises:
            ValueError: the name ends otherwise.
            OSError: the file cannot be written.
        """
        file = Path(path)
        forms = {".html": self.to_html, ".htm": self.to_html, ".json": self.to_json}
        if file.suffix.lower() not in forms:
            raise ValueError(f"{file.name}: a report is saved as .html or as .json.")
        file.write_text(forms[file.suffix.lower()](), encoding="utf-8", newline="\n")
        return file.resolve()

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return f'<div class="rolelab-report"><style>{_STYLE}</style>{self._body()}</div>'

    def _body(self) -> str:
        made = self.made.astimezone(UTC).strftime("%d %B %Y, %H:%M UTC").lstrip("0")
        verdict = _marked("passed" if self.passed else "not yet")
        right, count = (
            sum(lab.right for lab in self.labs),
            sum(len(lab.checks) for lab in self.labs),
        )
        return (
            f"<h1>Report</h1><p><b>{verdict}</b>: {right} of {count} checks passed. "
            f"Made on {made} by rolelab {_version()}, on an offline account that behaves like AWS."
            "</p>" + "".join(_lab_as_html(lab) for lab in self.labs)
        )


def now() -> datetime:
    """The time of a report."""
    return datetime.now(UTC)


def _version() -> str:
    from importlib import metadata

    return metadata.version("rolelab")


def _lab_as_json(lab: Lab) -> dict[str, Any]:
    return {
        "path": lab.path,
        "title": lab.title,
        "passed": lab.passed,
        "seconds": round(lab.seconds, 1),
        "checks": [
            {
                "number": check.number,
                "name": check.name,
                "outcome": check.outcome,
                "said": check.said,
                "hints": list(check.hints),
            }
            for check in lab.checks
        ],
        "errors": [
            {"cell": each.cell, "name": each.name, "said": each.said} for each in lab.errors
        ],
    }


# --- in a terminal --------------------------------------------------------------------------------


def _lines(lab: Lab) -> list[str]:
    lines = [f"{lab.title}  ({lab.right} of {len(lab.checks)} passed)"]
    for check in lab.checks:
        lines.append(f"  {check.number:>2}  {_label(check.outcome):<13}  {check.name}")
        told = check.hints or ((check.said,) if check.outcome in _TOLD else ())
        for text in told:
            lines += _indented(text)
    for error in lab.errors:
        lines.append(f"      {_label('error'):<13}  cell {error.cell}: {error.name}")
        lines += _indented(error.said)
    return lines


_TOLD = frozenset({"not yet", "error"})


def _indented(text: str) -> list[str]:
    last = text.strip().splitlines()[-1] if text.strip() else ""
    return textwrap.wrap(last, _WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 8)


def _label(outcome: Outcome) -> str:
    return f"{MARKS[outcome]} {outcome}"


# --- as a page ------------------------------------------------------------------------------------


def _lab_as_html(lab: Lab) -> str:
    count = f"{lab.right} of {len(lab.checks)} checks passed"
    checks = "".join(_check_as_html(check) for check in lab.checks)
    errors = "".join(
        f"<h3>{_marked('error')}: cell {each.cell}, <code>{html.escape(each.name)}</code></h3>"
        f"<pre>{html.escape(each.said)}</pre>"
        for each in lab.errors
    )
    said = "".join(
        f"<h3>{check.number}. <code>{html.escape(check.name)}</code></h3>"
        f"<pre>{html.escape(check.said)}</pre>"
        for check in lab.checks
        if check.said
    )
    return (
        f"<section><h2>{html.escape(lab.title)}</h2><table><caption>{count}</caption><thead><tr>"
        + "".join(f'<th scope="col">{head}</th>' for head in ("no.", "check", "outcome", "hints"))
        + f"</tr></thead><tbody>{checks}</tbody></table>{errors}{said}</section>"
    )


def _check_as_html(check: Check) -> str:
    hints = "".join(f"<li>{html.escape(hint)}</li>" for hint in check.hints)
    return (
        f'<tr><td>{check.number}</td><th scope="row">{html.escape(check.name)}</th>'
        f"<td>{_marked(check.outcome)}</td><td>{f'<ul>{hints}</ul>' if hints else ''}</td></tr>"
    )


def _marked(outcome: Outcome) -> str:
    sign = f'<span style="color:{_COLOURS[outcome]}" aria-hidden="true">{MARKS[outcome]}</span>'
    return f'<span class="outcome">{sign}&nbsp;{outcome}</span>'


# Everything stays below one class, because in a notebook the style stands beside other outputs.
_STYLE = """
.rolelab-report { max-width: 60rem; line-height: 1.45; }
.rolelab-report table { border-collapse: collapse; margin: 0.5rem 0 1rem; width: 100%; }
.rolelab-report caption { text-align: left; font-weight: bold; padding-bottom: 0.3rem; }
.rolelab-report th, .rolelab-report td { text-align: left; vertical-align: top; font-weight: normal;
  padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid #b5b5b5; white-space: normal; }
.rolelab-report thead th { font-weight: bold; }
.rolelab-report th:nth-child(2) { width: 38%; }
.rolelab-report th:nth-child(4) { width: 40%; }
.rolelab-report ul { margin: 0; padding-left: 1.1rem; }
.rolelab-report .outcome { white-space: nowrap; }
.rolelab-report pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.85em; }
@media print {
  .rolelab-report { max-width: none; font-size: 10pt; }
  .rolelab-report tr { break-inside: avoid; }
  .rolelab-report h2, .rolelab-report h3 { break-after: avoid; }
  .rolelab-report thead { display: table-header-group; }
}
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font-family: system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 2rem; }}
{style}</style>
</head>
<body><main class="rolelab-report">
{body}
</main></body>
</html>
"""
