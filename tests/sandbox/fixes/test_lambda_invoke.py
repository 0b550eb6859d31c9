"""An invocation runs the function's code, as the function's role.

AWS pages: *Invoke*; *Defining Lambda function permissions with an execution role*; *Sending Lambda
function logs to CloudWatch Logs*.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import boto3
import pytest

import rolelab
from rolelab.sandbox.fixes import lambda_invoke
from tests.sandbox.fixes.functions import (
    ACCOUNT,
    ARN,
    LOGS,
    ROLE,
    log_of,
    make_function,
    make_role,
    packed,
    told,
    trust,
)

Refused = Callable[..., tuple[str, str]]

WHO = """
import boto3

def handler(event, context):
    print("Looking for orders")
    who = boto3.client("sts").get_caller_identity()["Arn"]
    try:
        boto3.client("s3").list_objects_v2(Bucket="orders")
    except Exception as error:
        return {"who": who, "said": str(error)}
    return {"who": who, "said": "allowed"}
"""


@pytest.fixture
def functions(sandbox: object) -> Any:
    return boto3.client("lambda")


def test_the_function_is_its_role_and_may_what_the_role_may(functions: Any, sandbox: Any) -> None:
    boto3.client("s3").create_bucket(Bucket="orders")
    make_role(may=LOGS)
    make_function(WHO)
    answer = functions.invoke(FunctionName="work", LogType="Tail")
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    said = told(answer)
    assert said["who"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/work/work"
    assert "not authorized to perform: s3:ListBucket" in said["said"]
    identifier = answer["ResponseMetadata"]["RequestId"]
    lines = log_of(answer).splitlines()
    assert lines[:3] == [
        f"START RequestId: {identifier} Version: $LATEST",
        "Looking for orders",
        f"END RequestId: {identifier}",
    ]
    boto3.client("iam").put_role_policy(
        RoleName="work",
        PolicyName="orders",
        PolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"},
            }
        ),
    )
    assert told(functions.invoke(FunctionName="work"))["said"] == "allowed"
    assert written() == lines[1]


def written() -> str:
    """The second line of the first log stream."""
    logs = boto3.client("logs")
    streams = logs.describe_log_streams(logGroupName="/aws/lambda/work")["logStreams"]
    events = logs.get_log_events(
        logGroupName="/aws/lambda/work", logStreamName=streams[0]["logStreamName"]
    )
    return str(events["events"][1]["message"])


def test_a_role_that_may_not_write_leaves_no_log(functions: Any, sandbox: Any) -> None:
    make_role(may="sqs:SendMessage")
    make_function()
    assert told(functions.invoke(FunctionName="work", Payload=b'{"a": 1}')) == {"a": 1}
    assert boto3.client("logs").describe_log_groups()["logGroups"] == []
    denied = [each for each in sandbox.trail if each.get("errorCode") == "AccessDeniedException"]
    assert [each["eventName"] for each in denied] == ["CreateLogStream"]
    assert denied[0]["userIdentity"]["arn"].endswith(":assumed-role/work/work")


def test_the_callers_permission_is_lambda_invoke_function(functions: Any, refused: Refused) -> None:
    make_role()
    make_function()
    iam = boto3.client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    code, message = refused(ann.client("lambda").invoke, FunctionName="work")
    assert code == "AccessDeniedException"
    assert f"perform: lambda:InvokeFunction on resource: {ARN}" in message


@pytest.mark.parametrize("lose", ["trust", "role"])
def test_without_the_role_nothing_runs(functions: Any, refused: Refused, lose: str) -> None:
    make_role()
    make_function()
    iam = boto3.client("iam")
    if lose == "trust":
        iam.update_assume_role_policy(
            RoleName="work", PolicyDocument=trust("ecs-tasks.amazonaws.com")
        )
    else:
        iam.delete_role_policy(RoleName="work", PolicyName="own")
        iam.delete_role(RoleName="work")
    code, message = refused(functions.invoke, FunctionName="work")
    assert code == "AccessDeniedException"
    assert message == "The role defined for the function cannot be assumed by Lambda."


def test_an_error_of_the_function_is_an_answer(functions: Any) -> None:
    make_role()
    make_function("def handler(event, context):\n    raise KeyError('order')\n")
    answer = functions.invoke(FunctionName="work", LogType="Tail")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    error = told(answer)
    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'order'")
    assert error["stackTrace"] == [
        "  File \"/var/task/app.py\", line 2, in handler\n    raise KeyError('order')\n"
    ]
    assert "[ERROR] KeyError: 'order'" in log_of(answer)


def test_an_alias_runs_the_version_it_points_to(functions: Any) -> None:
    make_role()
    make_function("def handler(event, context):\n    return context.invoked_function_arn\n")
    functions.publish_version(FunctionName="work")
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    functions.update_function_code(FunctionName="work", ZipFile=packed(app="broken ="))
    answer = functions.invoke(FunctionName="work", Qualifier="live")
    assert (answer["ExecutedVersion"], told(answer)) == ("1", f"{ARN}:live")
    assert functions.invoke(FunctionName="work")["FunctionError"] == "Unhandled"


def test_a_layer_is_on_the_path_and_variables_are_set(functions: Any) -> None:
    make_role()
    layer = functions.publish_layer_version(
        LayerName="shared", Content={"ZipFile": packed(python__shared="NAME = 'shared'")}
    )["LayerVersionArn"]
    make_function(
        "import os, shared\n"
        "def handler(event, context):\n"
        "    return [shared.NAME, os.environ['SHOP'], os.environ['AWS_LAMBDA_FUNCTION_NAME']]\n",
        Layers=[layer],
        Environment={"Variables": {"SHOP": "books"}},
    )
    assert told(functions.invoke(FunctionName="work")) == ["shared", "books", "work"]


def test_through_the_endpoint_a_function_calls_back_and_nothing_waits_for_itself(
    functions: Any, sandbox: Any
) -> None:
    make_role(may="*")
    make_function(
        "import boto3\n"
        "def handler(event, context):\n"
        "    if event['more']:\n"
        "        more = b'{\"more\": false}'\n"
        "        boto3.client('lambda').invoke(FunctionName='work', Payload=more)\n"
        "    return boto3.client('sts').get_caller_identity()['Account']\n"
    )
    outside = boto3.client("lambda", endpoint_url=sandbox.endpoint_url)
    answer = outside.invoke(FunctionName="work", Payload=b'{"more": true}', LogType="Tail")
    assert told(answer) == ACCOUNT
    assert answer["ExecutedVersion"] == "$LATEST"
    assert [each["eventName"] for each in sandbox.trail].count("Invoke") == 2


def test_an_event_is_answered_before_it_runs(functions: Any) -> None:
    make_role(may="*")
    make_function(
        "import boto3\n"
        "def handler(event, context):\n"
        "    boto3.client('sqs').create_queue(QueueName=event['name'])\n"
    )
    answer = functions.invoke(
        FunctionName="work", InvocationType="Event", Payload=b'{"name": "ran"}'
    )
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    for thread in threading.enumerate():
        if thread.name == "rolelab-lambda-event":
            thread.join()
    assert "ran" in boto3.client("sqs").list_queues()["QueueUrls"][0]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no such function": ({"FunctionName": "none"}, "ResourceNotFoundException"),
    "no such version": ({"Qualifier": "7"}, "ResourceNotFoundException"),
    "no JSON": ({"Payload": b"{"}, "InvalidRequestContentException"),
    "too large": ({"Payload": b" " * 6_291_457}, "RequestTooLargeException"),
    "too large for an event": (
        {"Payload": b" " * 1_048_577, "InvocationType": "Event"},
        "RequestTooLargeException",
    ),
}


@pytest.mark.parametrize(("given", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(
    functions: Any, refused: Refused, given: dict[str, Any], code: str
) -> None:
    make_role()
    make_function()
    assert refused(functions.invoke, **{"FunctionName": "work", **given})[0] == code


def test_other_runtimes_are_not_modelled(functions: Any, refused: Refused) -> None:
    make_role()
    make_function(Runtime="nodejs20.x")
    code, message = refused(functions.invoke, FunctionName="work")
    assert code == "NotImplemented"
    assert "Only Python runs here, not nodejs20.x." in message


def test_no_more_run_than_are_reserved(functions: Any, refused: Refused) -> None:
    make_role()
    make_function()
    functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=0)
    assert refused(functions.invoke, FunctionName="work") == (
        "TooManyRequestsException",
        "Rate Exceeded.",
    )


def test_no_more_run_than_the_account_may(
    functions: Any, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_invoke, "CONCURRENT", 0)
    make_role()
    make_function()
    assert refused(functions.invoke, FunctionName="work")[0] == "TooManyRequestsException"


def test_stopping_the_account_stops_its_functions(functions: Any, tmp_path: Any) -> None:
    make_role(may="*")
    began = tmp_path / "began"
    make_function(
        "import pathlib, time\n"
        "def handler(event, context):\n"
        f"    pathlib.Path({str(began)!r}).touch()\n"
        "    time.sleep(600)\n",
        Timeout=900,
    )
    functions.invoke(FunctionName="work", InvocationType="Event")
    (worker,) = (each for each in threading.enumerate() if each.name == "rolelab-lambda-event")
    while not began.exists():
        worker.join(0.02)
    rolelab.start()
    worker.join(20)
    assert not worker.is_alive()


def test_the_role_is_assumed_for_each_invocation(functions: Any, sandbox: Any) -> None:
    make_role()
    make_function()
    functions.invoke(FunctionName="work")
    assumed = [each for each in sandbox.trail if each["eventName"] == "AssumeRole"]
    assert [each["requestParameters"]["roleArn"] for each in assumed] == [ROLE, ROLE]
    names = [each["eventName"] for each in sandbox.trail]
    assert names.index("Invoke") < len(names) - 1 - names[::-1].index("AssumeRole")
