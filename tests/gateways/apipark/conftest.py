"""A fresh gateway for each test."""

from __future__ import annotations

import pytest

from tests.gateways.apipark.park import Park


@pytest.fixture
def park() -> Park:
    """The sentiment API, published; the shop holds a key and a subscription."""
    return Park()
