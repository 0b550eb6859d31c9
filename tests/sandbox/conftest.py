"""moto as it is, for what only reads its state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

import rolelab
from rolelab.sandbox import gate


@pytest.fixture
def aws() -> Iterator[Callable[[str], Any]]:
    """Give clients of an account in moto, without the gate: `aws("iam").create_role(...)`.

    A sandbox runs below, since a process that once had one refuses every other client.
    """
    rolelab.start()
    gate.remove()
    yield lambda service: boto3.client(service, region_name="us-east-1")
    rolelab.stop()
