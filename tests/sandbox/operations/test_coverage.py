"""Every operation that botocore knows of a service has a row, unless its sample says otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from moto.core.utils import get_service_model

from rolelab.sandbox.operations import checks_of, resources_of, table
from tests.sandbox.operations.samples.sample import sample_of, services


@pytest.mark.parametrize("service", services())
def test_table_and_service_model_name_the_same_operations(service: str) -> None:
    known = table(service)
    assert known is not None
    names = set(get_service_model(service).operation_names)
    own = set(sample_of(service).shaped_like) | sample_of(service).asks_nothing
    assert set(known.plans) - own <= names
    if sample_of(service).complete:
        assert names <= set(known.plans)


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("athena", "StopQueryExecution", "athena:StopQueryExecution"),
        ("stepfunctions", "StartExecution", "states:StartExecution"),
        ("s3", "AnOperationOfNextYear", "s3:AnOperationOfNextYear"),
    ],
    ids=["service without a table", "action prefix is not boto3's name", "operation without a row"],
)
def test_what_has_no_row_is_strict(call: Any, service: str, operation: str, action: str) -> None:
    (check,) = checks_of(call(service, operation))
    assert (check.action, check.resource) == (action, "*")
    assert resources_of(call(service, operation)) == []
