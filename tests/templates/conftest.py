"""A fresh account for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import rolelab
from rolelab.sandbox.account import Sandbox
from tests.templates.accounts import FIRST


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An account with an administrator signed in, who may make other accounts."""
    yield rolelab.start(account_id=FIRST)
    rolelab.stop()
