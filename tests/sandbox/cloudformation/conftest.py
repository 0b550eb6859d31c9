"""A client of CloudFormation in a fresh account."""

from __future__ import annotations

from typing import Any

import boto3
import pytest


@pytest.fixture
def cf(sandbox: Any) -> Any:
    """An administrator's client."""
    return boto3.client("cloudformation")
