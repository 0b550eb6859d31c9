"""A fresh account behind the gate, and one without: moto as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

import rolelab
from rolelab.sandbox import gate

if TYPE_CHECKING:
    from rolelab.sandbox.account import Sandbox

Refused = Callable[..., tuple[str, str]]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A fresh account, with an administrator signed in."""
    yield rolelab.start()
    rolelab.stop()


@pytest.fixture
def raw_moto(sandbox: Sandbox) -> None:
    """moto without the gate and its fixes. Only a running sandbox lets a client call it."""
    gate.remove()


@pytest.fixture
def refused() -> Refused:
    """Give code and message of the error that a call ends in: `refused(s3.get_object, ...)`."""

    def call(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            operation(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return call
