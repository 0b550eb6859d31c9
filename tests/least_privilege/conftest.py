"""A fresh account for the tests that need one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

import rolelab
from rolelab.sandbox import gate
from rolelab.sandbox.account import Sandbox
from tests.least_privilege.records import ACCOUNT


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A fresh account with an administrator signed in."""
    yield rolelab.start(account_id=ACCOUNT)
    rolelab.stop()


@pytest.fixture
def aws(sandbox: Sandbox) -> Callable[[str], Any]:
    """Give clients of an account without the gate."""
    gate.remove()
    return lambda service: boto3.client(service, region_name="us-east-1")
