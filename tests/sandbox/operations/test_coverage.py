"""Every operation that botocore knows of these services has a row."""

from __future__ import annotations

from typing import Any

import pytest
from moto.core.utils import get_service_model

from rolelab.sandbox.operations import checks_of, resources_of, table


@pytest.mark.parametrize("service", ["iam", "kms", "s3", "secretsmanager", "sts"])
def test_table_and_service_model_name_the_same_operations(service: str) -> None:
    known = table(service)
    assert known is not None
    assert set(known.plans) == set(get_service_model(service).operation_names)


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("sqs", "SendMessage", "sqs:SendMessage"),
        ("stepfunctions", "StartExecution", "states:StartExecution"),
        ("s3", "AnOperationOfNextYear", "s3:AnOperationOfNextYear"),
    ],
    ids=["service without a table", "action prefix is not boto3's name", "operation without a row"],
)
def test_what_has_no_row_is_strict(call: Any, service: str, operation: str, action: str) -> None:
    (check,) = checks_of(call(service, operation))
    assert (check.action, check.resource) == (action, "*")
    assert resources_of(call(service, operation)) == []
