"""A record asks for what the gate asked about the call that it records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from rolelab.least_privilege.events import call_of, operation_of
from rolelab.least_privilege.needs import Need, Needs
from rolelab.least_privilege.reading import (
    NOT_LOGGED,
    NOT_MODELLED,
    ROLES_UNKNOWN,
    UNKNOWN_OPERATION,
    UNREADABLE,
    VIA_UNKNOWN,
)
from rolelab.sandbox import trail
from rolelab.sandbox.call import Call
from rolelab.sandbox.decoding import model_of
from rolelab.sandbox.operations import Unanswerable, checks_of, resources_of
from rolelab.sandbox.resource_policies import unseen
from tests.least_privilege.records import (
    ACCOUNT,
    KEY,
    OTHER,
    ROLE,
    TASKS,
    Record,
    on_object,
    record,
    registered,
    through_s3,
)
from tests.sandbox.operations.samples.sample import operations_of, sample_of, services

SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:orders/db-AbCdEf"
Asked = list[tuple[str, str]]


def need(given: Record, *others: Record, **more: Any) -> Need:
    return Needs([*others, given], **more).of(given)


def asked(given: Record, *others: Record, **more: Any) -> Asked:
    return [(check.action, check.resource) for check in need(given, *others, **more).checks]


# What a record does not show, or shows otherwise: content, secrets, and what was not given but
# has a default. What an operation asks because of those is not in a trail.
NOT_IN_A_RECORD = {
    ("bedrock-runtime", "ApplyGuardrail"): "the guardrail is not shown",
    ("bedrock-runtime", "GetAsyncInvoke"): "the invocation is not shown",
    ("bedrock-runtime", "StartAsyncInvoke"): "the output's bucket is not shown",
    ("s3", "PostObject"): "an HTML form, which the API model has no parameters of",
    ("kms", "ReEncrypt"): "the ciphertext names the source key, and is not shown",
    ("sts", "AssumeRoleWithSAML"): "the assertion is not shown",
    ("sts", "AssumeRoleWithWebIdentity"): "the token is not shown",
}


# Records of Amazon Bedrock name the model and no guardrail.
GUARDRAIL = frozenset({"guardrailConfig", "guardrailIdentifier"})


def sampled(service: str) -> Iterator[Call]:
    """One call of every operation of a service, and one with all its parameters."""
    sample = sample_of(service)
    known = model_of(service).operation_names
    for operation in operations_of(service):
        if operation in known and (service, operation) not in NOT_IN_A_RECORD:
            for all_given in sample.calls(service, operation, {}):
                given = {name: all_given[name] for name in all_given if name not in GUARDRAIL}
                yield Call(
                    service=service,
                    operation=operation,
                    parameters=given,
                    account=ACCOUNT,
                    region="us-east-1",
                    principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/orders-task-role/task",
                    context={},
                    headers={"authorization": "AWS4-HMAC-SHA256"},
                )


def recorded(call: Call) -> Record:
    source = model_of(call.service).signing_name
    name = trail.EVENT_NAMES.get((call.service, call.operation), call.operation)
    made = record(source, name, requestParameters=trail._request_parameters(call))
    resources = resources_of(call)
    return {**made, "resources": resources} if resources else made


@pytest.mark.parametrize("service", services())
def test_a_record_asks_what_its_call_asked(service: str) -> None:
    for call in sampled(service):
        with unseen():
            try:
                made = recorded(call)
                wanted = [(each.action, each.resource) for each in checks_of(call)]
            except Unanswerable:
                continue
            again = call_of(made)
            assert again is not None
            found = [(each.action, each.resource) for each in checks_of(again)]
        assert found == wanted, (call.operation, call.parameters)


CASES: dict[str, tuple[Record, Asked]] = {
    "S3 writes bucketName": (
        on_object("PutObject", "incoming/1.json"),
        [("s3:PutObject", "arn:aws:s3:::bookshop-orders/incoming/1.json")],
    ),
    "ListObjectsV2 is recorded as ListObjects": (
        record("s3", "ListObjects", requestParameters={"bucketName": "bookshop-orders"}),
        [("s3:ListBucket", "arn:aws:s3:::bookshop-orders")],
    ),
    "Lambda writes the version of its API behind the name": (
        record("lambda", "GetFunction20150331v2", requestParameters={"functionName": "bill"}),
        [("lambda:GetFunction", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:bill")],
    ),
    "CloudWatch's source is monitoring": (
        record("monitoring", "DescribeAlarms", requestParameters={"alarmNames": ["late"]}),
        [("cloudwatch:DescribeAlarms", f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:late")],
    ),
    "DynamoDB shows a batch by table": (
        record("dynamodb", "BatchGetItem", requestParameters={"requestItems": {"orders": {}}}),
        [("dynamodb:BatchGetItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders")],
    ),
    "DynamoDB shows a transaction as a list of its parts": (
        record(
            "dynamodb",
            "TransactWriteItems",
            requestParameters={
                "requestItems": [
                    {"operation": "Put", "tableName": "orders", "items": ["id"]},
                    {"operation": "Delete", "tableName": "carts", "key": {"id": "1"}},
                ]
            },
        ),
        [
            ("dynamodb:PutItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders"),
            ("dynamodb:DeleteItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/carts"),
        ],
    ),
    "a secret's name is its ARN in resources": (
        record(
            "secretsmanager",
            "GetSecretValue",
            requestParameters={"secretId": "orders/db"},
            resources=[{"ARN": SECRET}],
        ),
        [("secretsmanager:GetSecretValue", SECRET)],
    ),
    "without resources the six characters stay open": (
        record("secretsmanager", "GetSecretValue", requestParameters={"secretId": "orders/db"}),
        [
            (
                "secretsmanager:GetSecretValue",
                f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:orders/db-??????",
            )
        ],
    ),
    "an alias is the key in resources": (
        record(
            "kms",
            "Decrypt",
            requestParameters={"keyId": "alias/orders"},
            resources=[{"ARN": KEY}],
        ),
        [("kms:Decrypt", KEY)],
    ),
    "a Decrypt that names no key has it in resources": (
        record("kms", "Decrypt", requestParameters={}, resources=[{"ARN": KEY}]),
        [("kms:Decrypt", KEY)],
    ),
    "EC2 wraps its lists in items": (
        record(
            "ec2",
            "StopInstances",
            requestParameters={"instancesSet": {"items": []}, "InstanceIds": {"items": ["i-1"]}},
        ),
        [("ec2:StopInstances", f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1")],
    ),
    "GetCallerIdentity needs nothing": (record("sts", "GetCallerIdentity"), []),
    "RegisterTaskDefinition passes both roles": (
        registered("orders", 1, ROLE, OTHER),
        [
            (
                "ecs:RegisterTaskDefinition",
                f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/orders:*",
            ),
            ("iam:PassRole", ROLE),
            ("iam:PassRole", OTHER),
        ],
    ),
}


@pytest.mark.parametrize(("given", "wanted"), CASES.values(), ids=CASES)
def test_actions_and_resources_of_a_record(given: Record, wanted: Asked) -> None:
    assert asked(given) == wanted


DEFINITION = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/orders:2"


def run(definition: str, **more: Any) -> Record:
    given = {"cluster": "bookshop", "taskDefinition": definition}
    return record("ecs", "RunTask", requestParameters=given, **more)


def test_run_task_passes_the_roles_that_somebody_registered() -> None:
    old = registered("orders", 1, OTHER, role=OTHER)
    new = registered("orders", 2, ROLE, role=OTHER)
    for named in ("orders", "orders:2", DEFINITION):
        assert asked(run(named), old, new) == [("ecs:RunTask", DEFINITION), ("iam:PassRole", ROLE)]


def test_the_answer_of_run_task_says_which_revision_ran() -> None:
    known = [registered("orders", 1, OTHER), registered("orders", 2, ROLE)]
    first = DEFINITION.replace(":2", ":1")
    ran = run("orders", responseElements={"tasks": [{"taskDefinitionArn": first}]})
    assert asked(ran, *known) == [("ecs:RunTask", first), ("iam:PassRole", OTHER)]


def test_an_override_is_passed_in_the_place_of_the_definitions_role() -> None:
    given = {"taskDefinition": "orders:2", "overrides": {"taskRoleArn": OTHER}}
    ran = record("ecs", "RunTask", requestParameters=given)
    roles = [each for action, each in asked(ran, registered("orders", 2, ROLE))[1:]]
    assert roles == [OTHER]


def test_a_definition_that_was_registered_before_the_trail_is_a_problem() -> None:
    assert need(run("orders")).notes == (ROLES_UNKNOWN,)


@pytest.mark.parametrize("named", ["orders", "orders:2", DEFINITION])
def test_its_roles_can_be_given(named: str) -> None:
    found = need(run("orders:2"), task_roles={named: [ROLE]})
    assert found.notes == ()
    assert found.checks[1].resource == ROLE
    assert found.checks[1].context["iam:PassedToService"] == TASKS


def test_a_key_used_by_s3_for_the_role_is_used_through_s3() -> None:
    (check,) = need(through_s3("Decrypt", "incoming/1.json")).checks
    assert check.context["kms:ViaService"] == "s3.us-east-1.amazonaws.com"
    assert check.context["aws:CalledVia"] == ["s3.amazonaws.com"]
    arn = "arn:aws:s3:::bookshop-orders/incoming/1.json"
    assert check.context["kms:EncryptionContext:aws:s3:arn"] == arn


def test_where_a_record_hides_the_service_the_encryption_context_tells_it() -> None:
    hidden = through_s3("Decrypt", "a")
    hidden["userIdentity"]["invokedBy"] = "AWS Internal"
    (check,) = need(hidden).checks
    assert check.context["kms:ViaService"] == "s3.us-east-1.amazonaws.com"


def test_where_nothing_tells_the_service_that_is_a_problem() -> None:
    hidden = record("kms", "Decrypt", via="AWS Internal", requestParameters={"keyId": KEY})
    found = need(hidden)
    assert found.notes == (VIA_UNKNOWN,)
    assert "kms:ViaService" not in found.checks[0].context


def test_put_log_events_is_not_logged_and_follows_from_the_stream() -> None:
    given = {"logGroupName": "/ecs/orders", "logStreamName": "orders/app/1"}
    found = need(record("logs", "CreateLogStream", requestParameters=given))
    assert [check.action for check in found.checks] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert len({check.resource for check in found.checks}) == 1
    assert found.notes == (NOT_LOGGED,)


PROBLEMS: dict[str, tuple[Record, str]] = {
    "no API has the operation": (record("s3", "Gobble"), UNKNOWN_OPERATION),
    "no API has the service": (record("nosuch", "GetThing"), UNKNOWN_OPERATION),
    "no row says which resource": (record("batch", "ListJobs"), NOT_MODELLED),
    "a guardrail that is not shown": (record("bedrock", "ApplyGuardrail"), UNREADABLE),
    "parameters under other names": (
        record("ec2", "StopInstances", requestParameters={"instancesSet": {"items": []}}),
        UNREADABLE,
    ),
    "a parameter that names the resource is missing": (
        record("sqs", "SendMessage", requestParameters={}),
        NOT_MODELLED,
    ),
    "a list that is none": (
        record("ec2", "StopInstances", requestParameters={"InstanceIds": {"items": "i-1"}}),
        UNREADABLE,
    ),
}


@pytest.mark.parametrize(("given", "note"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_is_not_understood_is_named(given: Record, note: str) -> None:
    assert note in need(given).notes


def test_like_calls_are_asked_once_and_objects_stay_apart() -> None:
    first, again = on_object("GetObject", "a"), on_object("GetObject", "a")
    other = on_object("GetObject", "b")
    needs = Needs([])
    assert needs.of(first) is needs.of(again)
    assert needs.of(other).checks[0].resource.endswith("/b")


def test_the_state_of_an_account_does_not_matter(aws: Callable[[str], Any]) -> None:
    given = record(
        "s3", "GetObject", requestParameters={"bucketName": "bookshop-orders", "key": "missing"}
    )
    before = asked(given)
    aws("s3").create_bucket(Bucket="bookshop-orders")
    # Of a bucket that it sees the gate asks whether the caller may learn that an object is missing.
    assert asked(given) == before == [("s3:GetObject", "arn:aws:s3:::bookshop-orders/missing")]


def test_every_operation_is_found_by_its_event() -> None:
    assert operation_of("s3.amazonaws.com", "GetObject") == ("s3", "GetObject")
    assert operation_of("bedrock.amazonaws.com", "InvokeModel") == (
        "bedrock-runtime",
        "InvokeModel",
    )
    assert isinstance(datetime.fromisoformat(record("s3", "GetObject")["eventTime"]), datetime)
