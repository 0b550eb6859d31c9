"""Put every case to every account, and write down what they answer.

python -m scorecard               all cases: results.csv, the picture, the table of the README
python -m scorecard CASE...       these cases only: their answers and errors, nothing written
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from scorecard import figure, results
from scorecard.cases import Case, CaseError, load
from scorecard.run import FaultsError, answers


def report(cases: Sequence[Case]) -> None:
    """Print what the accounts answer to a few cases, and why."""
    found = answers(cases)
    for case in cases:
        print(f"{case.case}\n  {case.title}\n  {'aws':<14} {case.aws:<6} {case.address}")
        for column, runs in found.items():
            outcome = runs[case.case].outcome
            print(f"  {column:<14} {outcome.answer:<6} {outcome.code or ''} {outcome.message}")
            for step in runs[case.case].missed:
                print(f"  {'':<14} could not set up: {step}")


def score(cases: Sequence[Case]) -> list[str]:
    """Run all cases, write all files, and give the cases that rolelab answers wrongly."""
    found = answers(cases)
    scored = results.results(
        cases,
        {
            column: {name: each.outcome.answer for name, each in runs.items()}
            for column, runs in found.items()
        },
    )
    results.write(scored)
    said = figure.draw(scored)
    readme = results.README.read_text(encoding="utf-8")
    results.README.write_text(
        results.with_table(readme, results.shown(scored, said)), encoding="utf-8"
    )
    print(results.table(scored))
    for column, runs in found.items():
        missed = sum(bool(each.missed) for each in runs.values())
        if missed:
            print(
                f"{column}: {missed} cases could not be set up in full, and were asked all the same"
            )
    return [result.case for result in scored if not result.right("rolelab")]


def main(names: list[str]) -> int:
    try:
        cases = load()
    except CaseError as error:
        sys.exit(f"cases.yaml: {error}")
    if names:
        unknown = set(names) - {case.case for case in cases}
        if unknown:
            sys.exit(f"no case {', '.join(sorted(unknown))}")
    try:
        if names:
            report([case for case in cases if case.case in names])
            return 0
        wrong = score(cases)
    except FaultsError as faults:
        sys.exit(str(faults))
    if wrong:
        print(f"\nrolelab is wrong: {', '.join(wrong)}", file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
