"""A moto account without a gate, and calls as the gate decodes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

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


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Give clients of an empty account in moto: `aws("iam").create_role(...)`."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield lambda service: boto3.client(service, region_name="us-east-1")
