"""Calls as the gate decodes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.call import Call

ACCOUNT = "123456789012"
ANN = f"arn:aws:iam::{ACCOUNT}:user/ann"

MakeCall = Callable[..., Call]


@pytest.fixture
def call() -> MakeCall:
    """Give a decoded call: `call("s3", "PutObject", Bucket="b", Key="k")`.

    Names that start with an underscore set the call itself: `_principal=`, `_headers=`.
    """

    def make(service: str, operation: str, /, **given: Any) -> Call:
        about = {name[1:]: given.pop(name) for name in list(given) if name.startswith("_")}
        defaults: dict[str, Any] = {
            "account": ACCOUNT,
            "region": "us-east-1",
            "principal": ANN,
            "context": {},
            "headers": {},
        }
        return Call(service=service, operation=operation, parameters=given, **(defaults | about))

    return make
