"""Turn the sources under content/ into the notebooks that learners open.

A source is a Python file in jupytext's py:percent form. One source holds what the learner sees and
the answer; `build` makes either variant of it. CONTRIBUTING.md describes the tags and the markers.

Run `python -m content.build` to rebuild everything, `--check` to only report what differs.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jupytext
import nbformat

Variant = Literal["learner", "solution"]
Side = Literal["both", "learner", "solution"]

ROOT = Path(__file__).resolve().parents[1]

# Cells and lines that one of the two variants does not have.
ONLY_IN: dict[str, Variant] = {"stub": "learner", "solution": "solution"}
# Tags whose markdown is folded away behind a title.
FOLDED = {"hint": "Hint", "instructor": "Instructor note"}
# Every tag a source may use: a misspelt one would show learners the solution.
TAGS = {*ONLY_IN, *FOLDED, "answer", "check", "setup"}

NEW_CELL = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}

NOTEBOOK_METADATA: dict[str, Any] = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


@dataclass(frozen=True, slots=True)
class Target:
    """One folder of built notebooks, and the sources it is built from."""

    sources: str
    pattern: str
    folder: str
    variant: Variant


TARGETS = (
    Target("content/lessons", "[0-9][0-9]_*", "notebooks", "learner"),
    Target("content/labs", "lab_[0-9]*", "labs", "learner"),
    Target("content/labs", "lab_[0-9]*", "labs/solutions", "solution"),
)


class BuildError(ValueError):
    """A source that cannot be built; the message names the file, the cell and the reason."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a source, and where it stands in it."""

    kind: str
    source: str
    tags: tuple[str, ...]
    place: str

    def has(self, tag: str) -> bool:
        return tag in self.tags

    def becomes(self, kind: str, source: str) -> Cell:
        return Cell(kind, source, self.tags, self.place)


def build(source: Path, variant: Variant) -> str:
    """The notebook, as JSON text, that one variant of a source becomes.

    Args:
        source: a py:percent file. Its folder decides nothing but the way to data/.
        variant: "learner" has the stubs and the folded answers, "solution" the answers as cells.

    Returns:
        The text of the .ipynb file, the same for the same source on every machine.

    Raises:
        BuildError: a tag or a marker that the source may not use there.
    """
    cells = _arranged(read(source), variant)
    notebook = nbformat.v4.new_notebook(metadata=NOTEBOOK_METADATA)
    notebook.nbformat_minor = 5
    notebook.cells = list(_numbered(source.stem, cells))
    if variant == "solution" and source.parent.name == "labs":
        _reach_data_from_one_folder_deeper(notebook)
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook, version=4)).rstrip("\n") + "\n"


def read(source: Path) -> tuple[Cell, ...]:
    """The cells of a source as its author wrote them.

    Raises:
        BuildError: an unknown tag, or a folded cell that is not markdown.
    """
    notebook = jupytext.reads(source.read_text(encoding="utf-8"), fmt="py:percent")
    cells = []
    for number, raw in enumerate(notebook.cells, start=1):
        first_line = raw.source.strip().partition("\n")[0]
        place = f"{source.name}, cell {number} ({first_line[:40]})"
        cell = Cell(raw.cell_type, raw.source, tuple(raw.metadata.get("tags", ())), place)
        _refuse_wrong_tags(cell)
        cells.append(cell)
    return tuple(cells)


def built_files(root: Path = ROOT) -> dict[Path, str]:
    """Every file that is built from the sources under root, and the text it must have."""
    return {
        root / target.folder / f"{source.stem}.ipynb": build(source, target.variant)
        for target in TARGETS
        for source in sorted((root / target.sources).glob(f"{target.pattern}.py"))
    }


def orphans(root: Path, wanted: Iterable[Path]) -> list[Path]:
    """Built notebooks whose source is gone. A notebook with a name of the learner's own stays."""
    present = {
        path
        for target in TARGETS
        for path in (root / target.folder).glob(f"{target.pattern}.ipynb")
    }
    return sorted(present - set(wanted))


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Rebuild what differs from its source, or with --check only say so (exit code 1)."""
    parser = argparse.ArgumentParser(prog="python -m content.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 on a change")
    check = parser.parse_args(arguments).check
    try:
        files = built_files(root)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    changed = [path for path, text in files.items() if not _is(path, text)]
    gone = orphans(root, files)
    for path in changed:
        print(f"{'differs' if check else 'built'}  {path.relative_to(root)}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8", newline="\n")
    for path in gone:
        print(f"{'no source' if check else 'removed'}  {path.relative_to(root)}")
        if not check:
            path.unlink()
    print(f"{len(files)} notebooks, {len(changed)} changed, {len(gone)} without a source")
    return int(check and bool(changed or gone))


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_bytes() == text.encode()


def _refuse_wrong_tags(cell: Cell) -> None:
    if cell.kind not in NEW_CELL:
        raise BuildError(f"{cell.place}: a {cell.kind} cell; use markdown or code")
    unknown = sorted(set(cell.tags) - TAGS)
    if unknown:
        raise BuildError(f"{cell.place}: unknown tag {unknown[0]!r}; known: {sorted(TAGS)}")
    if cell.kind != "markdown" and any(cell.has(tag) for tag in FOLDED):
        raise BuildError(f"{cell.place}: only a markdown cell can be {' or '.join(FOLDED)}")


def _arranged(cells: Iterable[Cell], variant: Variant) -> list[Cell]:
    """The cells of one variant, in its order.

    A learner reads stub, check, hint, answer. The solution must run the answer before the check,
    so there an answer takes the place of the stub before it.
    """
    arranged: list[Cell] = []
    stub_at: int | None = None
    previous: Cell | None = None
    for cell in cells:
        if previous is not None and previous.has("answer") and not cell.has("answer"):
            stub_at = None
        previous = cell
        if variant == "solution" and cell.has("stub"):
            stub_at = len(arranged)
        if any(cell.has(tag) and owner != variant for tag, owner in ONLY_IN.items()):
            continue
        shown = _shown(cell, variant)
        if variant == "solution" and cell.has("answer") and stub_at is not None:
            arranged.insert(stub_at, shown)
            stub_at += 1
        else:
            arranged.append(shown)
    return arranged


def _shown(cell: Cell, variant: Variant) -> Cell:
    for tag, title in FOLDED.items():
        if cell.has(tag):
            return cell.becomes("markdown", _folded(title, cell.source))
    source = _lines_of(cell, variant) if cell.kind == "code" else cell.source
    if cell.has("answer") and variant == "learner":
        body = f"```python\n{source}\n```" if cell.kind == "code" else source
        return cell.becomes("markdown", _folded("Answer", body))
    return cell.becomes(cell.kind, source)


def _folded(title: str, body: str) -> str:
    # JupyterLab reads the body as markdown only between blank lines.
    return f"<details><summary>{title}</summary>\n\n{body.strip()}\n\n</details>"


def _lines_of(cell: Cell, variant: Variant) -> str:
    """A code cell without the lines between markers that belong to the other variant."""
    side: Side = "both"
    kept = []
    for line in cell.source.splitlines():
        marker = line.strip()
        if marker == "# end":
            if side == "both":
                raise BuildError(f"{cell.place}: '# end' without '# stub' or '# solution' above it")
            side = "both"
        elif marker == "# stub":
            if side != "both":
                raise BuildError(f"{cell.place}: '# stub' inside another marker's lines")
            side = "learner"
        elif marker == "# solution":
            if side == "solution":
                raise BuildError(f"{cell.place}: '# solution' twice without '# end' between")
            side = "solution"
        elif side in {"both", variant}:
            kept.append(line.rstrip())
    return "\n".join(kept).strip("\n")


def _numbered(name: str, cells: Iterable[Cell]) -> Iterator[Any]:
    """nbformat cells whose ids depend on their own content alone.

    An edit changes the id of the edited cell and of no other, so a diff shows what changed.
    """
    seen: dict[tuple[str, str], int] = {}
    for cell in cells:
        key = (cell.kind, cell.source)
        seen[key] = seen.get(key, 0) + 1
        identity = "\0".join((name, *key, str(seen[key])))
        new = (
            nbformat.v4.new_markdown_cell if cell.kind == "markdown" else nbformat.v4.new_code_cell
        )
        built = new(cell.source, id=hashlib.sha256(identity.encode()).hexdigest()[:12])
        if cell.tags:
            built.metadata["tags"] = list(cell.tags)
        yield built


def _reach_data_from_one_folder_deeper(notebook: Any) -> None:
    """A lab and its solution share one source, but labs/solutions/ is one folder deeper."""
    for cell in notebook.cells:
        cell.source = cell.source.replace("../data/", "../../data/")


if __name__ == "__main__":
    sys.exit(main())
