"""The committed notebooks: built from their sources, clean, and in shape."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from content.build import NOTEBOOK_METADATA, ROOT, TARGETS, built_files, orphans

BUILT = built_files()

# Ways in which a notebook can ask for something that is not in it.
REMOTE = re.compile(
    r"""(src|href)\s*=\s*["']?(https?:)?//[^>]*>   # img, script, link
      | !\[[^\]]*\]\(\s*<?(https?:)?//             # a markdown image
      | @import|url\(\s*["']?(https?:)?//          # a style sheet
      | (IFrame|Image|SVG|Video|Audio)\([^)]*https?://
    """,
    re.VERBOSE | re.IGNORECASE,
)
LINK_IN_TEXT = re.compile(r"<a\s[^>]*>", re.IGNORECASE)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(params=BUILT.items(), ids=[name_of(path) for path in BUILT])
def notebook(request: pytest.FixtureRequest) -> Any:
    """Each built notebook, read from its text."""
    return json.loads(request.param[1])


def source(cell: Any) -> str:
    return "".join(cell["source"])


@pytest.mark.parametrize("path", BUILT, ids=name_of)
def test_the_committed_notebook_is_the_built_one(path: Path) -> None:
    assert path.exists(), "run: make notebooks"
    assert path.read_bytes() == BUILT[path].encode(), "differs from its source: run make notebooks"


def test_every_notebook_has_a_source() -> None:
    assert orphans(ROOT, BUILT) == [], "no source any more: run make notebooks"


def test_every_source_has_the_name_of_a_lesson_or_a_lab() -> None:
    for target in TARGETS:
        folder = ROOT / target.sources
        assert sorted(folder.glob("*.py")) == sorted(folder.glob(f"{target.pattern}.py"))


def test_lessons_are_numbered_without_a_gap() -> None:
    lessons = sorted(path.name for path in BUILT if path.parent.name == "notebooks")
    assert lessons, "a course has lessons"
    assert [name[:2] for name in lessons] == [f"{number:02}" for number in range(len(lessons))]


def test_it_names_its_kernel_and_language(notebook: Any) -> None:
    assert notebook["metadata"] == NOTEBOOK_METADATA
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)


def test_it_has_no_outputs(notebook: Any) -> None:
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in code] == [[]] * len(code)
    assert {cell["execution_count"] for cell in code} <= {None}


def test_its_cells_have_ids_of_their_own(notebook: Any) -> None:
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)


def test_it_loads_nothing_from_a_network(notebook: Any) -> None:
    for cell in notebook["cells"]:
        assert not REMOTE.search(LINK_IN_TEXT.sub("", source(cell)))


def test_it_begins_with_one_title(notebook: Any) -> None:
    titles = [
        index
        for index, cell in enumerate(notebook["cells"])
        if cell["cell_type"] == "markdown" and re.search(r"^# \S", source(cell), re.MULTILINE)
    ]
    assert titles == [0]


def test_its_first_code_cell_starts_the_account(notebook: Any) -> None:
    code = [source(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    # The account of `data/trails` starts by `reopened.start()`, which calls `rolelab.start`.
    assert re.search(r"\b(rolelab|reopened)\.start\(", code[0])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('<img src="https://example.com/a.png">', id="an image tag"),
        pytest.param("<img src=//example.com/a.png>", id="an image tag without a scheme"),
        pytest.param("![a](https://example.com/a.png)", id="a markdown image"),
        pytest.param('<script src="http://example.com/a.js"></script>', id="a script"),
        pytest.param('<link rel="stylesheet" href="https://example.com/a.css">', id="a style"),
        pytest.param('@import "a.css"', id="an imported style"),
        pytest.param("background: url('https://example.com/a.png')", id="a background"),
        pytest.param('IFrame("https://example.com", 10, 10)', id="a frame"),
        pytest.param('Image(url="https://example.com/a.png")', id="an image object"),
    ],
)
def test_the_network_check_sees(text: str) -> None:
    assert REMOTE.search(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[page](https://example.com)", id="a link"),
        pytest.param('requests.get("http://127.0.0.1")', id="a call"),
        pytest.param("![a](../data/a.png)", id="a local image"),
    ],
)
def test_the_network_check_lets_pass(text: str) -> None:
    assert not REMOTE.search(text)
