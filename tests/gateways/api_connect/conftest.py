"""One backend for the tests of a file; a gateway is made by each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateways.api_connect.bookshop import OPEN, Backend


@pytest.fixture(autouse=True)
def _gateways_end() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().__exit__()


@pytest.fixture(scope="module")
def _backend() -> Iterator[Backend]:
    with Backend().running() as backend:
        yield backend


@pytest.fixture
def backend(_backend: Backend) -> Backend:
    """The sentiment service, which has seen nothing yet."""
    _backend.seen.clear()
    return _backend
