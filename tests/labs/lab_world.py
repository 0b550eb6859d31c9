"""The world of a lab as its notebook builds it: the visible cells, without answers and checks."""

from __future__ import annotations

from contextlib import chdir
from typing import Any

from content.build import ROOT, Cell, read

PLAYED = {"stub", "solution", "answer", "check"}


def build_world(lab: str) -> dict[str, Any]:
    """Run the setup of a lab in a fresh account, and give its variables."""
    (source,) = (ROOT / "content" / "labs").glob(f"{lab}_*.py")
    names: dict[str, Any] = {}
    for cell in read(source):
        if cell.kind == "code" and not PLAYED & set(cell.tags):
            _run(cell, names)
    return names


def solutions_of(lab: str) -> dict[str, Any]:
    """The variables that the solution cells of a lab set, in the world of that lab."""
    (source,) = (ROOT / "content" / "labs").glob(f"{lab}_*.py")
    names = build_world(lab)
    before = set(names)
    for cell in read(source):
        if cell.kind == "code" and "solution" in cell.tags:
            _run(cell, names)
    return {name: value for name, value in names.items() if name not in before}


def _run(cell: Cell, names: dict[str, Any]) -> None:
    """Run a cell in the folder of the notebook."""
    with chdir(ROOT / "labs"):
        exec(compile(cell.source, cell.place, "exec"), names)
