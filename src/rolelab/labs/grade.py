"""Run a copy of a lab's notebook, and collect the outcome of each check.

The notebook on disk is read and never written. The copy runs in a kernel of its own, in the
notebook's folder, from the first cell to the last: a check that is not met stops nothing.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rolelab.labs.exercise import NOT_YET, STRICT
from rolelab.labs.grade_report import CellError, Check, Lab, Outcome, Report, now
from rolelab.labs.grader import hints_in

CHECK = "check"
"""The tag of a cell that is a check."""

_NOT_MET = frozenset({"CheckFailed", "AssertionError"})
# The kernel's own warnings are about how JupyterLab talks to it, and none about the notebook.
_ERRORS_ONLY = "--IPKernelApp.log_level=40"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class NotGradable(ValueError):  # noqa: N818 - it reads as what is wrong
    """A file that cannot be graded; the text says why, and what to do."""


def grade(
    paths: Iterable[str | Path],
    *,
    cell_seconds: float = 600,
    done: Callable[[Lab], object] | None = None,
) -> Report:
    """Grade notebooks, one after the other.

    Args:
        paths: the notebooks. All are read before the first runs.
        cell_seconds: how long one cell may take.
        done: is told of each lab as soon as it is graded.

    Returns:
        The report.

    Raises:
        NotGradable: a file is missing, is no notebook, has no checks, or there is no Jupyter
            kernel to run it.
    """
    read = [(Path(path), _read(Path(path))) for path in paths]
    labs = []
    for path, found in read:
        labs.append(_graded(path, found, cell_seconds))
        if done is not None:
            done(labs[-1])
    return Report(tuple(labs), now())


def all_labs(folder: Path) -> list[Path]:
    """The labs below a folder: those in its own `labs`, or in itself.

    Raises:
        NotGradable: there are none.
    """
    for place in (folder / "labs", folder):
        found = sorted(place.glob("lab_[0-9]*.ipynb"))
        if found:
            return found
    raise NotGradable(
        f"There are no labs in {folder} or in {folder / 'labs'}. Name the notebooks to grade."
    )


def _read(path: Path) -> Any:
    import nbformat

    if not path.exists():
        raise NotGradable(f"There is no file {path}. Look at its name, and at the folder.")
    if path.is_dir():
        raise NotGradable(f"{path} is a folder. Name a notebook in it, a file that ends in .ipynb.")
    try:
        read: Any = nbformat.reads
        found = read(path.read_text(encoding="utf-8"), as_version=4)
        nbformat.validate(found)
    except OSError as error:
        raise NotGradable(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, AttributeError, TypeError, nbformat.ValidationError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise NotGradable(
            f"{path} is not a Jupyter notebook ({reason}). "
            "Open it in JupyterLab, or take a fresh copy of it."
        ) from None
    if not any(_is_check(cell) for cell in found.cells):
        raise NotGradable(
            f"{path} has no checks: no code cell has the tag {CHECK}. Grade a notebook of labs/; "
            "if the tags of yours are lost, copy your answers to a fresh copy of it."
        )
    return found


def _is_check(cell: Mapping[str, Any]) -> bool:
    return cell["cell_type"] == "code" and CHECK in cell["metadata"].get("tags", ())


# --- running --------------------------------------------------------------------------------------


def _graded(path: Path, notebook: Any, cell_seconds: float) -> Lab:
    for cell in notebook.cells:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    began = time.monotonic()
    broken = _run(path, notebook, cell_seconds)
    checks, errors = _outcomes(notebook, broken)
    return Lab(str(path), _title(path, notebook), checks, errors, seconds=time.monotonic() - began)


def _run(path: Path, notebook: Any, cell_seconds: float) -> str:
    """Run the cells. Returns what ended the run before the last cell; "" if nothing did."""
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    make: Any = NotebookClient
    client = make(
        notebook,
        timeout=cell_seconds,
        allow_errors=True,
        kernel_name="python3",
        extra_arguments=[_ERRORS_ONLY],
        resources={"metadata": {"path": str(path.resolve().parent)}},
    )
    try:
        client.execute(env=_environment(os.environ))
    except NoSuchKernel:
        raise NotGradable(
            "There is no Jupyter kernel python3 here. rolelab doctor says what is missing."
        ) from None
    except CellTimeoutError:
        return f"The cell was not done after {cell_seconds:g} seconds, and nothing ran after it."
    except DeadKernelError:
        return "The kernel died in this cell, and nothing ran after it."
    return ""


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without AWS settings; exercises say what is missing, and go on."""
    return {
        name: value
        for name, value in given.items()
        if not name.startswith("AWS_") and name != STRICT
    }


# --- reading what came out ------------------------------------------------------------------------


def _outcomes(notebook: Any, broken: str) -> tuple[tuple[Check, ...], tuple[CellError, ...]]:
    checks: list[Check] = []
    errors: list[CellError] = []
    for position, cell, ran in _ran(notebook, broken):
        if _is_check(cell):
            checks.append(_check(len(checks) + 1, cell, ran))
        elif isinstance(ran, str) and ran:
            errors.append(CellError(position, _line(cell, 0), ran))
    return tuple(checks), tuple(errors)


def _ran(notebook: Any, broken: str) -> Iterator[tuple[int, Any, str | None]]:
    """Each code cell with its place and its error: "" is none, None that it did not run."""
    codes = [
        (position, cell)
        for position, cell in enumerate(notebook.cells, start=1)
        if cell["cell_type"] == "code" and cell["source"].strip()
    ]
    last = max((n for n, (_, cell) in enumerate(codes) if cell["execution_count"]), default=-1)
    # What stopped the run is the first cell without a number, or the last with one.
    stopped = _stopped_at(codes, last) if broken else len(codes)
    for number, (position, cell) in enumerate(codes):
        if number > stopped:
            yield position, cell, None
        else:
            yield position, cell, broken if number == stopped else _error_of(cell)


def _stopped_at(codes: list[tuple[int, Any]], last: int) -> int:
    done = last >= 0 and "shell.execute_reply" in codes[last][1]["metadata"].get("execution", {})
    return last + 1 if done else max(last, 0)


def _error_of(cell: Mapping[str, Any]) -> str:
    for output in cell["outputs"]:
        if output["output_type"] == "error":
            return _COLOURS.sub("", f"{output['ename']}: {output['evalue']}")
    return ""


def _check(number: int, cell: Mapping[str, Any], error: str | None) -> Check:
    name = _line(cell, -1)
    if error is None:
        return Check(number, name, "not reached")
    if not error:
        return _that_spoke(number, name, _shown(cell))
    kind, _, text = error.partition(": ")
    outcome: Outcome = "not yet" if kind in _NOT_MET else "error"
    if outcome == "error":
        return Check(number, name, outcome, error)
    return Check(number, name, outcome, text, tuple(hints_in(text)))


def _that_spoke(number: int, name: str, said: str) -> Check:
    """A check without an error. An exercise of a lesson says "not yet" and raises nothing."""
    for line in said.splitlines():
        if line.startswith(NOT_YET):
            hint = said.partition(line)[2].strip() or line
            return Check(number, name, "not yet", said, (hint.splitlines()[0],))
    return Check(number, name, "passed", said)


def _shown(cell: Mapping[str, Any]) -> str:
    """What a check that is met showed, as text."""
    texts = []
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            texts.append(str(output["text"]))
        elif "data" in output:
            texts.append(str(output["data"].get("text/plain", "")))
    return "\n".join(text.rstrip() for text in texts if text.strip())


def _line(cell: Mapping[str, Any], which: int) -> str:
    return str(cell["source"].strip().splitlines()[which].strip())


def _title(path: Path, notebook: Any) -> str:
    for cell in notebook.cells:
        for line in cell["source"].splitlines():
            if cell["cell_type"] == "markdown" and line.startswith("# "):
                return str(line[2:].strip())
    return path.stem
