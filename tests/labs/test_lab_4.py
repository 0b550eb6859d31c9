"""Lab 4: every answer under which the container works and reaches no further passes, no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

import rolelab
from rolelab.labs import CheckFailed, Passed, lab_4
from tests.labs.lab_world import build_world, solutions_of

ACCOUNT = "123456789012"
BUCKET = "arn:aws:s3:::bookshop-orders"
PAYROLL = "arn:aws:s3:::bookshop-payroll"
TABLES = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
TASK, EXECUTION = "dispatch-task-role", "csecstaskexecutionrole"

Document = dict[str, Any]


def statement(effect: str, action: Any, resource: Any, condition: Any = None) -> Document:
    found = {"Effect": effect, "Action": action, "Resource": resource}
    return found if condition is None else {**found, "Condition": condition}


def allow(action: Any, resource: Any, condition: Any = None) -> Document:
    return statement("Allow", action, resource, condition)


def deny(action: Any, resource: Any, condition: Any = None) -> Document:
    return statement("Deny", action, resource, condition)


def policy(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


LIST = allow("s3:ListBucket", BUCKET, {"StringLike": {"s3:prefix": "incoming/*"}})
READ = allow("s3:GetObject", f"{BUCKET}/incoming/*")
WRITE = allow("s3:PutObject", f"{BUCKET}/labels/*")
LOOK_UP = allow("dynamodb:GetItem", f"{TABLES}/people")
ITS_WORK = [LIST, READ, WRITE, LOOK_UP]


def customers(operator: str, *ids: str) -> Document:
    return {**LOOK_UP, "Condition": {operator: {"dynamodb:LeadingKeys": list(ids)}}}


CUSTOMERS = customers("ForAllValues:StringLike", "c-*")


@pytest.fixture(scope="module", autouse=True)
def world() -> Iterator[None]:
    """One account for all answers: each answer takes the place of the one before."""
    _build()
    yield
    rolelab.stop()


@pytest.fixture
def rebuilt() -> Iterator[None]:
    """For a test that changes what the next one needs."""
    yield
    _build()


def _build() -> None:
    build_world("lab_4")
    boto3.client("iam").detach_role_policy(RoleName=TASK, PolicyArn=READ_ONLY)


@contextmanager
def also(role: str, *statements: Document) -> Iterator[None]:
    """Give a role a second inline policy."""
    iam = boto3.client("iam")
    document = json.dumps(policy(*statements))
    iam.put_role_policy(RoleName=role, PolicyName="also", PolicyDocument=document)
    yield
    iam.delete_role_policy(RoleName=role, PolicyName="also")


@contextmanager
def revision(**changes: Any) -> Iterator[None]:
    """Let the service run another revision of its definition, with some members replaced."""
    kept = (
        "family",
        "requiresCompatibilities",
        "networkMode",
        "cpu",
        "memory",
        "executionRoleArn",
        "taskRoleArn",
        "containerDefinitions",
    )
    before = {name: value for name, value in _definition().items() if name in kept}
    _use({**before, **changes})
    yield
    _use(before)


def _definition() -> dict[str, Any]:
    found = boto3.client("ecs").describe_task_definition(taskDefinition="dispatch")
    return dict(found["taskDefinition"])


def _use(definition: dict[str, Any]) -> None:
    ecs = boto3.client("ecs")
    ecs.register_task_definition(**definition)
    ecs.update_service(cluster="bookshop", service="dispatch", taskDefinition="dispatch")


def failure_of(check: Callable[[object], Passed], *answer: Document) -> str:
    """What the check says, on one line."""
    with pytest.raises(CheckFailed) as failed:
        check(policy(*answer))
    return " ".join(str(failed.value).split())


def case(id: str, *parts: Any) -> Any:
    return pytest.param(*parts, id=id)


# --- Task 1: its work and no more -----------------------------------------------------------------

RIGHT = [
    case("one statement for each call", ITS_WORK),
    case(
        "the prefix as it is asked for, and a condition on the keys already",
        [
            allow("s3:ListBucket", BUCKET, {"StringEquals": {"s3:prefix": "incoming/"}}),
            READ,
            WRITE,
            CUSTOMERS,
        ],
    ),
    case(
        "wide Allows, cut down by Denies of all the rest",
        [
            allow(["s3:ListBucket", "s3:GetObject", "s3:PutObject", "dynamodb:GetItem"], "*"),
            {"Effect": "Deny", "Action": "s3:ListBucket", "NotResource": BUCKET},
            deny("s3:ListBucket", "*", {"StringNotLike": {"s3:prefix": "incoming/*"}}),
            {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": READ["Resource"]},
            {"Effect": "Deny", "Action": "s3:PutObject", "NotResource": WRITE["Resource"]},
            {"Effect": "Deny", "Action": "dynamodb:*", "NotResource": LOOK_UP["Resource"]},
        ],
    ),
]


@pytest.mark.parametrize("answer", RIGHT)
def test_right_answers_to_task_1(answer: list[Document]) -> None:
    passed = lab_4.check_work(policy(*answer))
    done = [each.action for each in passed.attempts if each.who == f"container, as {TASK}"]
    assert set(done) == {"s3:ListObjectsV2", "s3:GetObject", "dynamodb:GetItem", "s3:PutObject"}


def test_a_role_of_its_own_is_right_too() -> None:
    iam = boto3.client("iam")
    trust = iam.get_role(RoleName=TASK)["Role"]["AssumeRolePolicyDocument"]
    iam.create_role(RoleName="labels", AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(
        RoleName="labels", PolicyName="labels", PolicyDocument=json.dumps(policy(*ITS_WORK))
    )
    with revision(taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/labels"):
        assert lab_4.check_work(policy(deny("*", "*")))


def test_the_check_leaves_the_data_as_it_was() -> None:
    s3 = boto3.client("s3")
    before = s3.list_objects_v2(Bucket="bookshop-orders")["Contents"]
    lab_4.check_work(policy(*ITS_WORK))
    assert s3.list_objects_v2(Bucket="bookshop-orders")["Contents"] == before
    item = boto3.client("dynamodb").get_item(TableName="people", Key={"id": {"S": "c-42"}})
    assert "Item" not in item


@pytest.mark.parametrize(
    ("answer", "tried"),
    [
        case("nothing is allowed", [deny("s3:DeleteBucket", "*")], "s3:ListBucket on " + BUCKET),
        case(
            "listing is no action on objects",
            [{**LIST, "Resource": f"{BUCKET}/*"}, READ, WRITE, LOOK_UP],
            f"s3:ListBucket on {BUCKET}",
        ),
        case(
            "today's orders only",
            [LIST, allow("s3:GetObject", f"{BUCKET}/incoming/100?.json"), WRITE, LOOK_UP],
            f"s3:GetObject on {BUCKET}/incoming/2026/12/1003.json",
        ),
        case(
            "today's customers only",
            [LIST, READ, WRITE, customers("ForAllValues:StringEquals", "c-17", "c-21")],
            f"dynamodb:GetItem on {TABLES}/people",
        ),
        case(
            "the other table",
            [LIST, READ, WRITE, {**LOOK_UP, "Resource": f"{TABLES}/orders"}],
            f"dynamodb:GetItem on {TABLES}/people",
        ),
        case(
            "the action of the whole table, and not of an item",
            [LIST, READ, WRITE, {**LOOK_UP, "Action": "dynamodb:Scan"}],
            f"dynamodb:GetItem on {TABLES}/people",
        ),
        case(
            "reading for writing",
            [LIST, READ, LOOK_UP, {**WRITE, "Action": "s3:GetObject"}],
            f"s3:PutObject on {BUCKET}/labels/1001.txt",
        ),
        case(
            "a Deny that meets the work as well",
            [*ITS_WORK, deny("s3:GetObject", f"{BUCKET}/inc*")],
            f"s3:GetObject on {BUCKET}/incoming/1001.json",
        ),
    ],
)
def test_answers_that_stop_the_container(answer: list[Document], tried: str) -> None:
    failure = failure_of(lab_4.check_work, *answer)
    assert f"tried container, as {TASK}: {tried} ✕ denied" in failure
    assert "A round makes four calls" in failure
    assert rolelab.why().request.principal.partition("/")[2].startswith(f"{TASK}/")


@pytest.mark.parametrize(
    ("answer", "reached"),
    [
        case(
            "as it was found",
            [allow(["s3:*", "dynamodb:*", "secretsmanager:GetSecretValue"], "*")],
            f"s3:GetObject on {PAYROLL}/2026/november.csv",
        ),
        case(
            "all of S3, on the one bucket",
            [allow("s3:*", [BUCKET, f"{BUCKET}/*"]), LOOK_UP],
            f"s3:GetObject on {BUCKET}/invoices/1000.csv",
        ),
        case(
            "every bucket of the shop",
            [LIST, WRITE, LOOK_UP, allow("s3:GetObject", "arn:aws:s3:::bookshop-*/*")],
            f"s3:GetObject on {PAYROLL}/2026/november.csv",
        ),
        case(
            "a prefix without its slash",
            [LIST, allow("s3:GetObject", f"{BUCKET}/incoming*"), WRITE, LOOK_UP],
            f"s3:GetObject on {BUCKET}/incoming-archive/0001.json",
        ),
        case(
            "listing without a condition",
            [allow("s3:ListBucket", BUCKET), READ, WRITE, LOOK_UP],
            f"s3:ListBucket on {BUCKET} (Prefix='invoices/')",
        ),
        case(
            "reading and writing in one statement",
            [
                LIST,
                allow(["s3:GetObject", "s3:PutObject"], [READ["Resource"], f"{BUCKET}/labels/*"]),
                LOOK_UP,
            ],
            f"s3:GetObject on {BUCKET}/labels/1000.txt",
        ),
        case(
            "every action on the table",
            [LIST, READ, WRITE, {**LOOK_UP, "Action": "dynamodb:*"}],
            f"dynamodb:Scan on {TABLES}/people",
        ),
        case(
            "every way of reading the table",
            [LIST, READ, WRITE, {**LOOK_UP, "Action": ["dynamodb:GetItem", "dynamodb:Query"]}],
            f"dynamodb:Query on {TABLES}/people",
        ),
        case(
            "every table",
            [LIST, READ, WRITE, {**LOOK_UP, "Resource": f"{TABLES}/*"}],
            f"dynamodb:GetItem on {TABLES}/orders",
        ),
        case(
            "Get* is more than reading",
            [LIST, allow("s3:Get*", f"{BUCKET}/incoming/*"), WRITE, LOOK_UP],
            f"s3:GetObjectVersion on {BUCKET}/incoming/1001.json",
        ),
        case(
            "the secret, which it has always had",
            [*ITS_WORK, allow("secretsmanager:GetSecretValue", "*")],
            "secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1",
        ),
    ],
)
def test_answers_that_are_still_too_wide(answer: list[Document], reached: str) -> None:
    failure = failure_of(lab_4.check_work, *answer)
    assert "Too broad" in failure
    assert f"● allowed role {TASK}: {reached}" in failure


def test_a_list_of_what_is_forbidden_forgets_something() -> None:
    failure = failure_of(
        lab_4.check_work,
        allow(["s3:ListBucket", "s3:GetObject", "s3:PutObject", "dynamodb:GetItem"], "*"),
        deny("s3:*", [PAYROLL, f"{PAYROLL}/*", f"{BUCKET}/invoices/*"]),
        deny("s3:GetObject", [f"{BUCKET}/incoming-archive/*", f"{BUCKET}/labels/*"]),
        deny("s3:PutObject", [f"{BUCKET}/incoming/*"]),
        deny("s3:ListBucket", BUCKET, {"StringNotLike": {"s3:prefix": "incoming/*"}}),
        deny("dynamodb:*", f"{TABLES}/orders"),
    )
    assert f"● allowed role {TASK}: s3:GetObject on arn:aws:s3:::bookshop-returns" in failure
    assert "does not know what comes tomorrow" in failure


def test_an_attached_policy_that_was_left_counts_too() -> None:
    iam = boto3.client("iam")
    iam.attach_role_policy(RoleName=TASK, PolicyArn=READ_ONLY)
    try:
        failure = failure_of(lab_4.check_work, *ITS_WORK)
    finally:
        iam.detach_role_policy(RoleName=TASK, PolicyArn=READ_ONLY)
    assert f"● allowed role {TASK}: s3:GetObject on {PAYROLL}/2026/november.csv" in failure


def test_permissions_moved_to_the_execution_role_stop_the_container() -> None:
    with also(EXECUTION, *ITS_WORK):
        failure = failure_of(lab_4.check_work, deny("s3:DeleteBucket", "*"))
    assert f"tried container, as {TASK}: s3:ListBucket" in failure
    assert "that role's credentials stay with ECS" in failure


def test_permissions_on_both_roles_are_too_many() -> None:
    with also(EXECUTION, *ITS_WORK):
        failure = failure_of(lab_4.check_work, *ITS_WORK)
    assert f"● allowed role {EXECUTION}: s3:GetObject on {BUCKET}/incoming/1001.json" in failure
    assert "has no part in its work" in failure


def test_one_role_for_both_jobs_is_too_wide() -> None:
    both = f"arn:aws:iam::{ACCOUNT}:role/{EXECUTION}"
    with also(EXECUTION, *ITS_WORK), revision(taskRoleArn=both):
        failure = failure_of(lab_4.check_work, *ITS_WORK)
    assert f"● allowed role {EXECUTION}: ecr:GetAuthorizationToken" in failure


def test_access_keys_in_the_definition_are_no_answer() -> None:
    iam = boto3.client("iam")
    iam.create_user(UserName="labels")
    iam.put_user_policy(
        UserName="labels", PolicyName="labels", PolicyDocument=json.dumps(policy(*ITS_WORK))
    )
    key = iam.create_access_key(UserName="labels")["AccessKey"]
    variables = [
        {"name": "AWS_ACCESS_KEY_ID", "value": key["AccessKeyId"]},
        {"name": "AWS_SECRET_ACCESS_KEY", "value": key["SecretAccessKey"]},
    ]
    (container,) = _definition()["containerDefinitions"]
    with revision(containerDefinitions=[{**container, "environment": variables}]):
        failure = failure_of(lab_4.check_work, deny("s3:DeleteBucket", "*"))
    assert "They win over the role" in failure


def test_a_launch_that_was_broken_is_named() -> None:
    with also(EXECUTION, deny("ecr:*", "*")):
        failure = failure_of(lab_4.check_work, *ITS_WORK)
    assert "does not start any more" in failure
    assert "ecr:GetAuthorizationToken" in failure


# --- Task 2: customers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "looked_up",
    [
        case("a pattern for every value", [CUSTOMERS]),
        case(
            "every value, and there must be one",
            [
                {
                    **LOOK_UP,
                    "Condition": {
                        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": "c-*"},
                        "Null": {"dynamodb:LeadingKeys": "false"},
                    },
                }
            ],
        ),
        case(
            "a Deny for every other key",
            [
                LOOK_UP,
                deny(
                    "dynamodb:*",
                    "*",
                    {"ForAnyValue:StringNotLike": {"dynamodb:LeadingKeys": "c-*"}},
                ),
            ],
        ),
    ],
)
def test_right_answers_to_task_2(looked_up: list[Document]) -> None:
    assert lab_4.check_customers(policy(LIST, READ, WRITE, *looked_up))


@pytest.mark.parametrize(
    ("looked_up", "reached"),
    [
        case("no condition", [LOOK_UP], "dynamodb:GetItem"),
        case(
            "all but the staff of today",
            [
                LOOK_UP,
                deny(
                    "dynamodb:*", "*", {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": "s-*"}}
                ),
            ],
            f"dynamodb:GetItem on {TABLES}/people (Key={{'id': {{'S': 'admin'}}}})",
        ),
        case(
            "any value, where a request can ask for several",
            [
                {
                    **customers("ForAnyValue:StringLike", "c-*"),
                    "Action": ["dynamodb:GetItem", "dynamodb:BatchGetItem"],
                }
            ],
            "dynamodb:BatchGetItem",
        ),
        case(
            "a scan asks for no key",
            [{**CUSTOMERS, "Action": ["dynamodb:GetItem", "dynamodb:Scan"]}],
            "dynamodb:Scan",
        ),
    ],
)
def test_too_wide_answers_to_task_2(looked_up: list[Document], reached: str) -> None:
    failure = failure_of(lab_4.check_customers, LIST, READ, WRITE, *looked_up)
    assert f"● allowed role {TASK}: {reached}" in failure


def test_todays_customers_are_not_tomorrows() -> None:
    looked_up = customers("ForAllValues:StringEquals", "c-17", "c-21")
    failure = failure_of(lab_4.check_customers, LIST, READ, WRITE, looked_up)
    assert f"dynamodb:GetItem on {TABLES}/people ✕ denied" in failure
    assert "New orders and new customers come every day" in failure


# --- The lab itself -------------------------------------------------------------------------------


def test_its_solutions_pass(rebuilt: None) -> None:
    answers = solutions_of("lab_4")
    assert lab_4.check_work(answers["dispatch_policy"])
    assert lab_4.check_customers(answers["customers_policy"])


def test_an_untouched_lab_says_what_is_missing(rebuilt: None) -> None:
    build_world("lab_4")
    with pytest.raises(CheckFailed, match="The variable dispatch_policy is still empty"):
        lab_4.check_work(...)
    with pytest.raises(CheckFailed, match="The variable customers_policy is still empty"):
        lab_4.check_customers(...)


def test_an_empty_account_says_which_cells_to_run(rebuilt: None) -> None:
    rolelab.start()
    with pytest.raises(CheckFailed, match="Run the cells above"):
        lab_4.check_work(policy(*ITS_WORK))
