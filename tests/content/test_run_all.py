"""Run All on every notebook, in a kernel without a network, as a learner would.

A lesson runs clean twice: untouched, when each check says "Not yet", and with the answers in place
of the stubs, when a check that is not met raises. A solution runs clean. An untouched lab fails at
every one of its checks and nowhere else.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from content.build import ROOT, Variant, build

# A learner's machine may be set up for production. None of it may reach a notebook: were it used,
# the profile would be missing, or the call would leave the machine and be refused.
PRODUCTION = {
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL": "https://production.example.com",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_ACCESS_KEY_ID": "AKIAPRODUCTION000000",
    "AWS_SECRET_ACCESS_KEY": "production",
    "AWS_SESSION_TOKEN": "production",
}
LONGEST_CELL_SECONDS = 120


def runs(kind: str, *variants: Variant) -> list[Any]:
    """The notebooks to run, as parameters: source, variant, working folder."""
    return [
        pytest.param(
            source,
            variant,
            ROOT / folder_of(kind, variant),
            id=f"{source.stem}-{variant}",
            marks=pytest.mark.cost(source.read_text(encoding="utf-8").count("\n# %%")),
        )
        for variant in variants
        for source in sorted((ROOT / "content" / kind).glob("*.py"))
    ]


def folder_of(kind: str, variant: Variant) -> str:
    if kind == "lessons":
        return "notebooks"
    return "labs/solutions" if variant == "solution" else "labs"


def run(source: Path, variant: Variant, folder: Path, *, allow_errors: bool = False) -> list[Any]:
    """The code cells after Run All, in the folder that JupyterLab would run them in."""
    notebook = nbformat.reads(build(source, variant), as_version=4)
    folder.mkdir(parents=True, exist_ok=True)
    client = NotebookClient(
        notebook,
        timeout=LONGEST_CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        allow_errors=allow_errors,
    )
    strict = {"ROLELAB_STRICT": "1"} if variant == "solution" else {}
    client.execute(env={**os.environ, **PRODUCTION, **strict})
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def is_check(cell: Any) -> bool:
    return "check" in cell.metadata.get("tags", ())


def printed(cell: Any) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def errors(cell: Any) -> list[str]:
    return [output.ename for output in cell.outputs if output.output_type == "error"]


@pytest.mark.parametrize(("source", "variant", "folder"), runs("lessons", "learner", "solution"))
def test_a_lesson_runs_clean(source: Path, variant: Variant, folder: Path) -> None:
    cells = run(source, variant, folder)
    word = "Not yet" if variant == "learner" else "Done"
    assert [cell.source for cell in cells if is_check(cell) and word not in printed(cell)] == []


@pytest.mark.parametrize(("source", "variant", "folder"), runs("labs", "solution"))
def test_a_solution_runs_clean(source: Path, variant: Variant, folder: Path) -> None:
    assert any(is_check(cell) for cell in run(source, variant, folder))


@pytest.mark.parametrize(("source", "variant", "folder"), runs("labs", "learner"))
def test_an_untouched_lab_fails_at_its_checks_only(
    source: Path, variant: Variant, folder: Path
) -> None:
    cells = run(source, variant, folder, allow_errors=True)
    failed = [(cell.source, errors(cell)) for cell in cells if errors(cell)]
    assert failed == [(cell.source, ["CheckFailed"]) for cell in cells if is_check(cell)]


def test_the_kernel_has_no_network(tmp_path: Path) -> None:
    source = tmp_path / "00_call_out.py"
    source.write_text(
        "# %%\nimport socket\n\n# %%\nsocket.create_connection(('192.0.2.1', 80))\n"
        "# %%\nsocket.getaddrinfo('example.com', 443)\n"
    )
    cells = run(source, "learner", tmp_path, allow_errors=True)
    assert [errors(cell) for cell in cells] == [[], ["NetworkCutError"], ["NetworkCutError"]]
