"""A fresh account behind the gate, and one without: moto as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

import rolelab

if TYPE_CHECKING:
    from rolelab.sandbox.account import Sandbox

Refused = Callable[..., tuple[str, str]]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A fresh account, with an administrator signed in."""
    yield rolelab.start()
    rolelab.stop()


@pytest.fixture
def raw_moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """moto without the gate and its fixes."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


@pytest.fixture
def refused() -> Refused:
    """Give code and message of the error that a call ends in: `refused(s3.get_object, ...)`."""

    def call(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            operation(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return call
