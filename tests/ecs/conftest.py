"""A fresh account for each test, with the bookshop in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import rolelab
from tests.ecs.bookshop import Bookshop
from tests.sandbox.people import ACCOUNT


@pytest.fixture
def shop() -> Iterator[Bookshop]:
    """The bookshop, ready to run."""
    yield Bookshop(rolelab.start(account_id=ACCOUNT))
    rolelab.stop()
