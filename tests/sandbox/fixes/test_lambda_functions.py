"""What a function needs before it exists.

AWS pages: *CreateFunction*; *Defining Lambda function permissions with an execution role*; *Defined
runtime environment variables*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.sandbox.fixes.functions import ROLE, make_function, make_role, packed

Refused = Callable[..., tuple[str, str]]
NOT_ASSUMED = (
    "InvalidParameterValueException",
    "The role defined for the function cannot be assumed by Lambda.",
)


@pytest.fixture
def functions(sandbox: object) -> Any:
    make_role()
    return boto3.client("lambda")


@pytest.mark.parametrize("role", ["none", "tasks"], ids=["no such role", "trusts another service"])
def test_lambda_has_to_be_able_to_assume_the_role(
    functions: Any, refused: Refused, role: str
) -> None:
    make_role("tasks", "ecs-tasks.amazonaws.com")
    arn = ROLE.replace("work", role)
    assert refused(make_function, Role=arn) == NOT_ASSUMED
    make_function()
    assert (
        refused(functions.update_function_configuration, FunctionName="work", Role=arn)
        == NOT_ASSUMED
    )
    assert functions.get_function_configuration(FunctionName="work")["Role"] == ROLE


def test_the_trail_shows_who_tried_to_assume_it(functions: Any, sandbox: Any) -> None:
    make_function()
    (assumed,) = (each for each in sandbox.trail if each["eventName"] == "AssumeRole")
    assert assumed["userIdentity"]["invokedBy"] == "lambda.amazonaws.com"
    assert assumed["requestParameters"]["roleArn"] == ROLE


def test_a_package_has_to_open(functions: Any, refused: Refused) -> None:
    code, message = refused(make_function, Code={"ZipFile": b"def handler(): ..."})
    assert code == "InvalidParameterValueException"
    assert message.startswith("Could not unzip uploaded file.")
    make_function()
    assert refused(functions.update_function_code, FunctionName="work", ZipFile=b"x")[0] == code
    assert refused(functions.publish_layer_version, LayerName="l", Content={"ZipFile": b"x"})[
        0
    ] == (code)
    assert functions.update_function_code(FunctionName="work", ZipFile=packed(app=""))


def test_reserved_variables_cannot_be_declared(functions: Any, refused: Refused) -> None:
    variables = {"AWS_REGION": "eu-west-1", "_HANDLER": "x", "SHOP": "books"}
    code, message = refused(make_function, Environment={"Variables": variables})
    assert code == "InvalidParameterValueException"
    assert message.endswith("Reserved keys used in this request: AWS_REGION, _HANDLER")
