"""What the accounts answered: as a file, as a table by area, and where it is wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scorecard.accounts import ACCOUNTS
from scorecard.cases import ROOT, Case

RESULTS = ROOT / "data" / "scorecard" / "results.csv"
README = ROOT / "README.md"
BEGIN, END = "<!-- scorecard: made by make scorecard -->", "<!-- end of scorecard -->"

HEADINGS = {"moto": "moto", "moto_enforced": "enforcing moto", "rolelab": "rolelab"}


@dataclass(frozen=True, slots=True)
class Result:
    """One case and all answers to it.

    Attributes:
        answers: AWS's own and those of the accounts, by column.
    """

    case: str
    area: str
    answers: Mapping[str, str]

    def right(self, column: str) -> bool:
        """Whether an account answers like AWS."""
        return self.answers[column] == self.answers["aws"]


COLUMNS = ("aws", *ACCOUNTS)


def results(cases: Iterable[Case], answers: Mapping[str, Mapping[str, str]]) -> list[Result]:
    """Put the answers beside the cases.

    Args:
        answers: by account, then by case.
    """
    return [
        Result(
            case.case,
            case.area,
            {"aws": case.aws, **{name: answers[name][case.case] for name in ACCOUNTS}},
        )
        for case in cases
    ]


def write(found: Sequence[Result], path: Path = RESULTS) -> None:
    """Write the results as CSV: `case, area, aws, moto, moto_enforced, rolelab`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("case", "area", *COLUMNS))
    for result in found:
        writer.writerow((result.case, result.area, *(result.answers[name] for name in COLUMNS)))
    path.write_text(text.getvalue(), encoding="utf-8")


def read(path: Path = RESULTS) -> list[Result]:
    """Read what `write` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Result(row["case"], row["area"], {name: row[name] for name in COLUMNS})
            for row in csv.DictReader(file)
        ]


def by_area(found: Sequence[Result]) -> dict[str, list[Result]]:
    """Sort the results by area, in the order of the cases."""
    sorted_: dict[str, list[Result]] = {}
    for result in found:
        sorted_.setdefault(result.area, []).append(result)
    return sorted_


def right(found: Iterable[Result], column: str) -> int:
    """How many answers of an account are AWS's."""
    return sum(result.right(column) for result in found)


def table(found: Sequence[Result]) -> str:
    """Write the right answers by area as a Markdown table."""
    rows = [f"| Area | Cases | {' | '.join(HEADINGS[name] for name in ACCOUNTS)} |"]
    rows.append("| --- |" + " ---: |" * (1 + len(ACCOUNTS)))
    for area, results_ in by_area(found).items():
        counts = [len(results_), *(right(results_, name) for name in ACCOUNTS)]
        rows.append(f"| {area} | {' | '.join(map(str, counts))} |")
    totals = [len(found), *(right(found, name) for name in ACCOUNTS)]
    rows.append(f"| **all** | {' | '.join(f'**{count}**' for count in totals)} |")
    return "\n".join(rows)


def shown(found: Sequence[Result], description: str) -> str:
    """Write what the README shows: the table, and the picture with its description."""
    return f"{table(found)}\n\n![{description}](data/scorecard/scorecard.png)"


def in_readme(text: str) -> str:
    """Give the part of the README that the scorecard writes.

    Raises:
        ValueError: the README has no place for it.
    """
    return _parts(text)[1].strip("\n")


def with_table(text: str, written: str) -> str:
    """Give the README's text with another table in it."""
    before, _, after = _parts(text)
    return f"{before}{BEGIN}\n\n{written}\n\n{END}{after}"


def _parts(text: str) -> tuple[str, str, str]:
    before, begin, rest = text.partition(BEGIN)
    between, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md needs the lines {BEGIN} and {END}")
    return before, between, after
