"""What holds for every test: no network, no person's home folder, no AWS settings."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
OFFLINE = ROOT / "tests" / "offline"
PERSONAL = ("AWS_", "IPYTHON", "JUPYTER_")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cost(units): the larger, the earlier the test starts")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Start the costly tests first, dealt out over the workers.

    xdist gives every worker one run of consecutive tests to begin with, so a costly test at the end
    of a run would be the last to finish, alone.
    """
    costly = sorted(
        (item for item in items if item.get_closest_marker("cost")), key=_cost, reverse=True
    )
    if not costly:
        return
    chosen = set(costly)
    quick = [item for item in items if item not in chosen]
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    dealt: list[pytest.Item] = []
    for worker in range(workers):
        first = costly[worker::workers]
        room = (len(items) - len(dealt)) // (workers - worker) - len(first)
        dealt += first + quick[: max(room, 0)]
        del quick[: max(room, 0)]
    items[:] = dealt


def _cost(item: pytest.Item) -> int:
    marker = item.get_closest_marker("cost")
    return int(marker.args[0]) if marker else 0


@pytest.fixture(scope="module", autouse=True)
def _modules_apart() -> Iterator[None]:
    """Keep what is loaded once out of every later garbage collection.

    An account comes and goes with almost every test, and each time Python would look through a
    million objects of service models that never go: three quarters of the suite's time.
    """
    yield
    gc.collect()
    gc.freeze()


def _leave_the_person_outside() -> tempfile.TemporaryDirectory[str]:
    """Give this process, and every process it starts, an empty home and no personal settings."""
    for name in [name for name in os.environ if name.startswith(PERSONAL)]:
        del os.environ[name]
    python_path = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    home = tempfile.TemporaryDirectory(prefix="rolelab-home-")
    os.environ.update(
        HOME=home.name,
        USERPROFILE=home.name,
        # Kept from run to run: matplotlib needs seconds to list the fonts for the first time.
        MPLCONFIGDIR=str(ROOT / ".pytest_cache" / "matplotlib"),
        PYTHONPATH=os.pathsep.join(dict.fromkeys([str(OFFLINE), *python_path])),
    )
    return home


# At import, because what test modules import may read the environment.
_home = _leave_the_person_outside()
sys.path.insert(0, str(OFFLINE))
__import__("network_cut")

# No deadlines: how fast this machine is today says nothing about the code. The same examples in
# every run: a run fails because of a change, not by chance. --hypothesis-profile=explore looks on.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("repeatable")
