"""The command line, `rolelab` or `python -m rolelab`.

rolelab doctor
rolelab grade labs/lab_9_ship_the_orders_service.ipynb --report out.html --json out.json
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rolelab import doctor


def main(arguments: Sequence[str] | None = None) -> int:
    """The command `rolelab`.

    Args:
        arguments: the words after the command; None takes those of this process.

    Returns:
        The exit code. Of `doctor`: 1 if there is something to fix. Of `grade`: 0 if every check of
        every lab is passed, 1 if not, 2 if something could not be graded or written.
    """
    parser = argparse.ArgumentParser(prog="rolelab", description="A course on AWS security roles.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="check this installation")
    _add_grade(commands.add_parser("grade", help="run labs and report on their checks"))
    given = parser.parse_args(arguments)
    if given.command == "doctor":
        return doctor.main(["doctor"])
    return _grade(given.notebooks, [each for each in (given.report, given.json) if each])


def _add_grade(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Run a copy of each notebook offline, and report on its checks. The notebooks stay as "
        "they are. The exit code is 0 if every check is passed."
    )
    parser.add_argument(
        "notebooks", nargs="*", type=Path, metavar="notebook", help="by default all labs in labs/"
    )
    parser.add_argument("--report", type=_named(".html"), metavar="out.html", help="write a page")
    parser.add_argument("--json", type=_named(".json"), metavar="out.json", help="write JSON")


class _named:  # noqa: N801 - argparse calls it like a function
    """A file to write, whose name ends in a certain way and whose folder exists."""

    def __init__(self, suffix: str) -> None:
        self._suffix = suffix

    def __call__(self, text: str) -> Path:
        path = Path(text)
        if path.suffix.lower() != self._suffix:
            raise argparse.ArgumentTypeError(f"{text!r} does not end in {self._suffix}")
        if not path.parent.is_dir():
            raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
        return path


def _grade(notebooks: Sequence[Path], files: Sequence[Path]) -> int:
    # The doctor must speak in an installation that lacks what the labs need.
    from rolelab.labs.grade import NotGradable, all_labs, grade

    try:
        report = grade(
            notebooks or all_labs(Path.cwd()), done=lambda lab: print(lab.to_text(), flush=True)
        )
        for file in files:
            print(f"written: {report.save(file)}")
    except NotGradable as problem:
        print(problem, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"The report cannot be written: {error}.", file=sys.stderr)
        return 2
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
