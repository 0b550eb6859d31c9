"""Rotation: four calls of a Lambda function, each decided like any other call.

AWS pages: *Rotation by Lambda function*, *Lambda rotation functions*, *RotateSecret*.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from rolelab.sandbox import service_calls
from rolelab.sandbox.fixes import Answer
from tests.sandbox.fixes.policies import own, trust
from tests.sandbox.people import ACCOUNT, allow

if TYPE_CHECKING:
    from tests.sandbox.fixes.conftest import Refused

Step = Callable[[Any, dict[str, Any]], None]

FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:rotate"
NOT_INVOKED = (
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy "
    "grants access to the principal secretsmanager.amazonaws.com."
)


class Function:
    """A rotation function: what each step does, and the events it was called with."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.fails_at = ""

    def __call__(self, call: Any, response: Any, serve: Any) -> Answer:
        event = json.loads(call.parameters["Payload"])
        self.events.append(event)
        assert call.principal == "secretsmanager.amazonaws.com"
        if event["Step"] == self.fails_at:
            return Answer({"StatusCode": 200, "FunctionError": "Unhandled"})
        session = service_calls.assume_role_as_service(
            "lambda.amazonaws.com", own("rotate", "role"), session_name="rotate"
        )
        getattr(self, event["Step"])(session.client("secretsmanager"), event)
        return Answer({"StatusCode": 200})

    def createSecret(self, secrets: Any, event: dict[str, Any]) -> None:  # noqa: N802
        known = secrets.describe_secret(SecretId=event["SecretId"])
        assert known["RotationEnabled"] is True
        assert known["VersionIdsToStages"][event["ClientRequestToken"]] == ["AWSPENDING"]
        secrets.put_secret_value(
            SecretId=event["SecretId"],
            ClientRequestToken=event["ClientRequestToken"],
            SecretString=f"value {len(self.events)}",
            VersionStages=["AWSPENDING"],
        )

    def setSecret(self, secrets: Any, event: dict[str, Any]) -> None:  # noqa: N802
        """What the database does with the value is none of Secrets Manager's business."""

    def testSecret(self, secrets: Any, event: dict[str, Any]) -> None:  # noqa: N802
        if len(self.events) > 1:
            secrets.get_secret_value(
                SecretId=event["SecretId"],
                VersionId=event["ClientRequestToken"],
                VersionStage="AWSPENDING",
            )

    def finishSecret(self, secrets: Any, event: dict[str, Any]) -> None:  # noqa: N802
        known = secrets.describe_secret(SecretId=event["SecretId"])["VersionIdsToStages"]
        (current,) = (each for each, labels in known.items() if "AWSCURRENT" in labels)
        secrets.update_secret_version_stage(
            SecretId=event["SecretId"],
            VersionStage="AWSCURRENT",
            MoveToVersionId=event["ClientRequestToken"],
            RemoveFromVersionId=current,
        )


@pytest.fixture
def function(fixed: dict[tuple[str, str], list[Any]]) -> Function:
    """A function `rotate` that Secrets Manager may invoke, and what it does."""
    boto3.client("iam").create_role(
        RoleName="rotate",
        AssumeRolePolicyDocument=trust(Principal={"Service": "lambda.amazonaws.com"}),
    )
    boto3.client("iam").put_role_policy(
        RoleName="rotate", PolicyName="own", PolicyDocument=allow("secretsmanager:*")
    )
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("rotate.py", "def handler(event, context): ...")
    client = boto3.client("lambda")
    client.create_function(
        FunctionName="rotate",
        Runtime="python3.12",
        Role=own("rotate", "role"),
        Handler="rotate.handler",
        Code={"ZipFile": code.getvalue()},
    )
    client.add_permission(
        FunctionName="rotate",
        StatementId="secretsmanager",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
        SourceAccount=ACCOUNT,
    )
    made = Function()
    fixed["lambda", "Invoke"] = [made]
    return made


@pytest.fixture
def secrets(sandbox: Any) -> Any:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="db", SecretString="first")
    return client


def value(secrets: Any) -> str:
    return str(secrets.get_secret_value(SecretId="db")["SecretString"])


def stages(secrets: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = secrets.describe_secret(SecretId="db")["VersionIdsToStages"]
    return {each: sorted(labels) for each, labels in found.items()}


def test_without_a_function_nothing_is_rotated(secrets: Any, refused: Refused) -> None:
    before = stages(secrets)
    assert refused(secrets.rotate_secret, SecretId="db") == (
        "InvalidRequestException",
        "No Lambda rotation function ARN is associated with this secret.",
    )
    assert (value(secrets), stages(secrets)) == ("first", before)


def test_the_function_is_called_for_four_steps(function: Function, secrets: Any) -> None:
    (old,) = stages(secrets)
    answer = secrets.rotate_secret(
        SecretId="db", RotationLambdaARN=FUNCTION, RotationRules={"AutomaticallyAfterDays": 30}
    )
    new = answer["VersionId"]
    assert [each["Step"] for each in function.events] == [
        "createSecret",
        "setSecret",
        "testSecret",
        "finishSecret",
    ]
    assert {each["SecretId"] for each in function.events} == {answer["ARN"]}
    assert {each["ClientRequestToken"] for each in function.events} == {new}
    assert stages(secrets) == {old: ["AWSPREVIOUS"], new: ["AWSCURRENT", "AWSPENDING"]}
    assert value(secrets) == "value 1"
    known = secrets.describe_secret(SecretId="db")
    assert (known["RotationEnabled"], known["RotationLambdaARN"]) == (True, FUNCTION)
    assert known["RotationRules"] == {"AutomaticallyAfterDays": 30}
    assert "LastRotatedDate" in known


def test_a_second_rotation_needs_no_arn(function: Function, secrets: Any) -> None:
    first = secrets.rotate_secret(SecretId="db", RotationLambdaARN=FUNCTION)["VersionId"]
    second = secrets.rotate_secret(SecretId="db")["VersionId"]
    found = stages(secrets)
    assert (found[first], found[second]) == (["AWSPREVIOUS"], ["AWSCURRENT", "AWSPENDING"])
    assert value(secrets) == "value 5"


def test_a_step_that_fails_leaves_the_secret_readable(
    function: Function, secrets: Any, refused: Refused
) -> None:
    function.fails_at = "testSecret"
    (old,) = stages(secrets)
    new = secrets.rotate_secret(SecretId="db", RotationLambdaARN=FUNCTION)["VersionId"]
    assert [each["Step"] for each in function.events][-1] == "testSecret"
    assert stages(secrets) == {old: ["AWSCURRENT"], new: ["AWSPENDING"]}
    assert value(secrets) == "first"
    assert refused(secrets.rotate_secret, SecretId="db") == (
        "InvalidRequestException",
        "A previous rotation isn't complete. That rotation will be reattempted.",
    )
    cancelled = secrets.cancel_rotate_secret(SecretId="db")
    assert cancelled["VersionId"] == new
    assert secrets.describe_secret(SecretId="db")["RotationEnabled"] is False


def test_a_function_that_does_not_let_secrets_manager_in(
    function: Function, secrets: Any, refused: Refused
) -> None:
    boto3.client("lambda").remove_permission(FunctionName="rotate", StatementId="secretsmanager")
    before = stages(secrets)
    code = refused(secrets.rotate_secret, SecretId="db", RotationLambdaARN=FUNCTION)
    assert code == ("AccessDeniedException", NOT_INVOKED)
    assert function.events == []
    assert (value(secrets), stages(secrets)) == ("first", before)
    assert secrets.describe_secret(SecretId="db").get("RotationEnabled") is not True


def test_a_function_that_is_not_there(secrets: Any, refused: Refused) -> None:
    before = stages(secrets)
    given = {"SecretId": "db", "RotationLambdaARN": f"{FUNCTION}-none"}
    assert refused(secrets.rotate_secret, **given) == ("AccessDeniedException", NOT_INVOKED)
    assert (value(secrets), stages(secrets)) == ("first", before)


def test_rotation_that_is_not_immediate_tests_alone(function: Function, secrets: Any) -> None:
    before = stages(secrets)
    secrets.rotate_secret(
        SecretId="db",
        RotationLambdaARN=FUNCTION,
        RotateImmediately=False,
        RotationRules={"ScheduleExpression": "rate(10 days)"},
    )
    assert [each["Step"] for each in function.events] == ["testSecret"]
    assert (value(secrets), stages(secrets)) == ("first", before)
    known = secrets.describe_secret(SecretId="db")
    assert known["RotationRules"] == {"ScheduleExpression": "rate(10 days)"}
    assert known["RotationEnabled"] is True


def test_the_invocation_is_in_the_trail(sandbox: Any, secrets: Any, refused: Refused) -> None:
    refused(secrets.rotate_secret, SecretId="db", RotationLambdaARN=FUNCTION)
    (made,) = (each for each in sandbox.trail if each["eventName"] == "Invoke")
    assert made["userIdentity"]["type"] == "AWSService"
    assert made["userIdentity"]["invokedBy"] == "secretsmanager.amazonaws.com"
    assert made["errorCode"]


def test_a_service_rotates_the_secrets_that_it_manages(sandbox: Any) -> None:
    made = boto3.client("rds").create_db_instance(
        DBInstanceIdentifier="shop",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="admin",
        ManageMasterUserPassword=True,
    )["DBInstance"]
    secret = {"SecretId": made["MasterUserSecret"]["SecretArn"]}
    client = boto3.client("secretsmanager")
    before = json.loads(client.get_secret_value(**secret)["SecretString"])
    client.rotate_secret(**secret)
    after = json.loads(client.get_secret_value(**secret)["SecretString"])
    assert after["username"] == before["username"] == "admin"
    assert after["password"] != before["password"]
