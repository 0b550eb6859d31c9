"""Seconds that Run All takes, over the floor: starting a kernel and importing the same modules.

Each notebook is run right after its own floor, so that a busy machine slows both.

    python bench/bench_notebooks.py
"""

from __future__ import annotations

import ast
import os
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("notebooks", "labs/solutions")
# What rolelab.start() cannot do without.
ALWAYS = "import boto3\nimport moto"


def seconds(notebook: nbformat.NotebookNode, folder: Path) -> float:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    client = NotebookClient(notebook, resources={"metadata": {"path": str(folder)}})
    began = time.perf_counter()
    client.execute(env=environment)
    return time.perf_counter() - began


def imports_of(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A notebook of one cell, with all the imports of another one and nothing else."""
    lines = [ALWAYS]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            python = "\n".join(
                line for line in cell.source.splitlines() if not line.lstrip().startswith("%")
            )
            found = (node for node in ast.walk(ast.parse(python)))
            lines += [
                ast.unparse(node) for node in found if isinstance(node, ast.Import | ast.ImportFrom)
            ]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("\n".join(lines))])


def main() -> None:
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.ipynb"))]
    print(f"{'notebook':46} {'cells':>5} {'floor s':>8} {'run s':>8} {'ratio':>6}")
    floors = runs = 0.0
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        floor = seconds(imports_of(notebook), path.parent)
        run = seconds(notebook, path.parent)
        floors, runs = floors + floor, runs + run
        name = str(path.relative_to(ROOT))
        print(f"{name:46} {len(notebook.cells):5} {floor:8.2f} {run:8.2f} {run / floor:6.2f}")
    if floors:
        print(f"{'all':46} {'':5} {floors:8.2f} {runs:8.2f} {runs / floors:6.2f}")


if __name__ == "__main__":
    main()
