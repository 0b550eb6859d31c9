"""Lab 2: every answer that behaves right passes, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

import rolelab
from rolelab.labs import CheckFailed, Passed, lab_2
from tests.labs.lab_world import build_world, solutions_of

BUCKET = "arn:aws:s3:::bookshop-orders"
INCOMING, PROCESSED = f"{BUCKET}/incoming/*", f"{BUCKET}/processed/*"
IN_INCOMING = {"StringLike": {"s3:prefix": "incoming/*"}}
OWN = f"{BUCKET}/reports/${{aws:username}}/*"

Document = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def world() -> Iterator[None]:
    """One account for all answers: each answer takes the place of the one before."""
    build_world("lab_2")
    yield
    rolelab.stop()


@pytest.fixture
def empty_account() -> Iterator[None]:
    rolelab.start()
    yield
    build_world("lab_2")


def statement(effect: str, action: Any, resource: Any, condition: Any = None) -> Document:
    found = {"Effect": effect, "Action": action, "Resource": resource}
    return found if condition is None else {**found, "Condition": condition}


def allow(action: Any, resource: Any, condition: Any = None) -> Document:
    return statement("Allow", action, resource, condition)


def deny(action: Any, resource: Any, condition: Any = None) -> Document:
    return statement("Deny", action, resource, condition)


def policy(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


LIST = allow("s3:ListBucket", BUCKET, IN_INCOMING)
READ = allow("s3:GetObject", INCOMING)
WRITE = allow("s3:PutObject", PROCESSED)


def failure_of(check: Callable[[object], Passed], answer: object) -> str:
    """What the check says, on one line."""
    with pytest.raises(CheckFailed) as failed:
        check(answer)
    return " ".join(str(failed.value).split())


def case(id: str, *parts: Any) -> Any:
    return pytest.param(*parts, id=id)


# --- Task 1: the orders service -------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        case("one statement for each need", [LIST, READ, WRITE]),
        case(
            "the prefix as it is asked for, and no other",
            [
                allow("s3:ListBucket", BUCKET, {"StringEquals": {"s3:prefix": "incoming/"}}),
                READ,
                WRITE,
            ],
        ),
        case(
            "a wide Allow, cut down by Denies",
            [
                allow(["s3:ListBucket", "s3:GetObject", "s3:PutObject"], "*"),
                deny("s3:ListBucket", "*", {"StringNotLike": {"s3:prefix": "incoming/*"}}),
                {"Effect": "Deny", "Action": "s3:ListBucket", "NotResource": BUCKET},
                {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": INCOMING},
                {"Effect": "Deny", "Action": "s3:PutObject", "NotResource": PROCESSED},
            ],
        ),
    ],
)
def test_right_answers_to_task_1(answer: list[Document]) -> None:
    assert lab_2.check_task_policy(policy(*answer))


@pytest.mark.parametrize(
    ("answer", "tried"),
    [
        case(
            "listing is no action on objects",
            [allow("s3:ListBucket", f"{BUCKET}/*", IN_INCOMING), READ, WRITE],
            "s3:ListBucket on arn:aws:s3:::bookshop-orders (Prefix='incoming/')",
        ),
        case(
            "reading is no action on the bucket",
            [LIST, allow("s3:GetObject", BUCKET), WRITE],
            "s3:GetObject on arn:aws:s3:::bookshop-orders/incoming/1001.json",
        ),
        case(
            "the ARN of one order only",
            [LIST, allow("s3:GetObject", f"{BUCKET}/incoming/1001.json"), WRITE],
            "s3:GetObject on arn:aws:s3:::bookshop-orders/incoming/2026/11/1002.json",
        ),
        case(
            "a condition on a key that the request lacks",
            [
                allow("s3:ListBucket", BUCKET, {"StringLike": {"s3:delimiter": "incoming/*"}}),
                READ,
                WRITE,
            ],
            "s3:ListBucket on arn:aws:s3:::bookshop-orders (Prefix='incoming/')",
        ),
        case(
            "the condition on reading too, where the key is absent",
            [
                allow(["s3:ListBucket", "s3:GetObject"], [BUCKET, INCOMING], IN_INCOMING),
                WRITE,
            ],
            "s3:GetObject on arn:aws:s3:::bookshop-orders/incoming/1001.json",
        ),
        case(
            "StringEquals takes a * as it is",
            [
                allow("s3:ListBucket", BUCKET, {"StringEquals": {"s3:prefix": "incoming/*"}}),
                READ,
                WRITE,
            ],
            "s3:ListBucket on arn:aws:s3:::bookshop-orders (Prefix='incoming/')",
        ),
        case(
            "reading and writing mixed up",
            [LIST, allow("s3:GetObject", PROCESSED), allow("s3:PutObject", INCOMING)],
            "s3:GetObject on arn:aws:s3:::bookshop-orders/incoming/1001.json",
        ),
        case(
            "the policy of the other task",
            [allow("s3:GetObject", OWN)],
            "s3:ListBucket on arn:aws:s3:::bookshop-orders (Prefix='incoming/')",
        ),
        case(
            "an action of another service",
            [LIST, READ, allow("iam:PutObject", PROCESSED)],
            "s3:PutObject on arn:aws:s3:::bookshop-orders/processed/1001.json",
        ),
    ],
)
def test_answers_that_leave_the_service_without_what_it_needs(
    answer: list[Document], tried: str
) -> None:
    failure = failure_of(lab_2.check_task_policy, policy(*answer))
    assert f"tried role orders-task-role: {tried} ✕ denied AccessDenied" in failure


@pytest.mark.parametrize(
    ("answer", "reached"),
    [
        case("as it was found", [allow("s3:*", "*")], "s3:GetObject on " + BUCKET + "/processed/"),
        case(
            "every action, on the one bucket",
            [allow("s3:*", [BUCKET, f"{BUCKET}/*"])],
            f"s3:ListBucketVersions on {BUCKET}",
        ),
        case(
            "all but deleting",
            [{"Effect": "Allow", "NotAction": "s3:Delete*", "Resource": "*"}],
            f"s3:ListBucket on {BUCKET} (Prefix='reports/')",
        ),
        case(
            "Get* is more than reading",
            [LIST, allow("s3:Get*", INCOMING), WRITE],
            f"s3:GetObjectAcl on {BUCKET}/incoming/1001.json",
        ),
        case(
            "Put* is more than writing",
            [LIST, READ, allow("s3:Put*", PROCESSED)],
            f"s3:PutObjectAcl on {BUCKET}/processed/1000.json",
        ),
        case(
            "List* is more than listing",
            [allow("s3:List*", BUCKET, IN_INCOMING), READ, WRITE],
            f"s3:ListBucketVersions on {BUCKET} (Prefix='incoming/')",
        ),
        case(
            "listing without a condition",
            [allow("s3:ListBucket", BUCKET), READ, WRITE],
            f"s3:ListBucket on {BUCKET} (Prefix='processed/')",
        ),
        case(
            "IfExists is met when there is no prefix",
            [
                allow("s3:ListBucket", BUCKET, {"StringLikeIfExists": {"s3:prefix": "incoming/*"}}),
                READ,
                WRITE,
            ],
            f"s3:ListBucket on {BUCKET} ",
        ),
        case(
            "a prefix without its slash",
            [
                allow("s3:ListBucket", BUCKET, {"StringLike": {"s3:prefix": "incoming*"}}),
                READ,
                WRITE,
            ],
            f"s3:ListBucket on {BUCKET} (Prefix='incoming-archive/')",
        ),
        case(
            "a path without its slash",
            [LIST, allow("s3:GetObject", f"{BUCKET}/incoming*"), WRITE],
            f"s3:GetObject on {BUCKET}/incoming-archive/0001.json",
        ),
        case(
            "a bucket name that others begin with",
            [LIST, READ, allow("s3:PutObject", f"{BUCKET}*")],
            "s3:PutObject on arn:aws:s3:::bookshop-orders-archive/processed/0001.json",
        ),
        case(
            "one statement for all, so that every action meets every resource",
            [LIST, allow(["s3:GetObject", "s3:PutObject"], [INCOMING, PROCESSED])],
            f"s3:GetObject on {BUCKET}/processed/1000.json",
        ),
        case(
            "deleting for tidiness",
            [LIST, allow(["s3:GetObject", "s3:DeleteObject"], INCOMING), WRITE],
            f"s3:DeleteObject on {BUCKET}/incoming/1001.json",
        ),
        case(
            "the names of all buckets",
            [LIST, READ, WRITE, allow("s3:ListAllMyBuckets", "*")],
            "s3:ListAllMyBuckets",
        ),
        case(
            "the bucket policy",
            [LIST, READ, WRITE, allow("s3:*BucketPolicy", BUCKET)],
            f"s3:PutBucketPolicy on {BUCKET}",
        ),
        case(
            "NotResource is everything else",
            [LIST, WRITE, {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": PROCESSED}],
            f"s3:GetObject on {BUCKET}/reports/ida/november.csv",
        ),
    ],
)
def test_too_broad_answers_to_task_1(answer: list[Document], reached: str) -> None:
    failure = failure_of(lab_2.check_task_policy, policy(*answer))
    assert "Too broad" in failure
    assert f"● allowed role orders-task-role: {reached}" in failure


def test_a_policy_left_elsewhere_counts_too() -> None:
    iam = boto3.client("iam")
    full_access = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    iam.attach_role_policy(RoleName="orders-task-role", PolicyArn=full_access)
    try:
        assert "Too broad" in failure_of(lab_2.check_task_policy, policy(LIST, READ, WRITE))
    finally:
        iam.detach_role_policy(RoleName="orders-task-role", PolicyArn=full_access)


# --- Task 2: everybody's own reports --------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        case("a variable in the resource", [allow("s3:GetObject", OWN)]),
        case(
            "all reports, without those of others",
            [
                allow("s3:GetObject", f"{BUCKET}/reports/*"),
                {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": OWN},
            ],
        ),
    ],
)
def test_right_answers_to_task_2(answer: list[Document]) -> None:
    assert lab_2.check_reports_policy(policy(*answer))


@pytest.mark.parametrize(
    ("answer", "who"),
    [
        case(
            "the older version of the language has no variables",
            {"Version": "2008-10-17", "Statement": [allow("s3:GetObject", OWN)]},
            "ida",
        ),
        case(
            "no version is the older version",
            {"Statement": [allow("s3:GetObject", OWN)]},
            "ida",
        ),
        case(
            "the names of today",
            policy(
                allow("s3:GetObject", [f"{BUCKET}/reports/ida/*", f"{BUCKET}/reports/jon/*"]),
            ),
            "noor",
        ),
        case(
            "a key that a user has not",
            policy(allow("s3:GetObject", f"{BUCKET}/reports/${{aws:PrincipalTag/name}}/*")),
            "ida",
        ),
        case(
            "the unique id is not the name",
            policy(allow("s3:GetObject", f"{BUCKET}/reports/${{aws:userid}}/*")),
            "ida",
        ),
        case("the policy of the other task", policy(LIST, READ, WRITE), "ida"),
    ],
)
def test_answers_that_do_not_serve_everybody(answer: Document, who: str) -> None:
    failure = failure_of(lab_2.check_reports_policy, answer)
    assert f"tried user {who} with an access key: s3:GetObject" in failure


@pytest.mark.parametrize(
    ("answer", "reached"),
    [
        case(
            "as it was found",
            [allow("s3:GetObject", f"{BUCKET}/reports/*")],
            f"user ida with an access key: s3:GetObject on {BUCKET}/reports/jon/november.csv",
        ),
        case(
            "a name without its slash",
            [allow("s3:GetObject", f"{BUCKET}/reports/${{aws:username}}*")],
            f"user ida with an access key: s3:GetObject on {BUCKET}/reports/ida-2/a.csv",
        ),
        case(
            "a variable with a wildcard around it",
            [allow("s3:GetObject", f"{BUCKET}/*/${{aws:username}}/*"), READ],
            f"user ida with an access key: s3:GetObject on {BUCKET}/incoming/1001.json",
        ),
        case(
            "every action on the own folder",
            [allow("s3:*", OWN)],
            f"user ida with an access key: s3:DeleteObject on {BUCKET}/reports/ida/november.csv",
        ),
        case(
            "Get* is more than reading",
            [allow("s3:Get*", OWN)],
            f"user ida with an access key: s3:GetObjectTagging on {BUCKET}/reports/ida/",
        ),
        case(
            "listing as well",
            [allow("s3:GetObject", OWN), allow("s3:ListBucket", BUCKET)],
            f"user ida with an access key: s3:ListBucket on {BUCKET}",
        ),
    ],
)
def test_too_broad_answers_to_task_2(answer: list[Document], reached: str) -> None:
    failure = failure_of(lab_2.check_reports_policy, policy(*answer))
    assert f"● allowed {reached}" in failure


# --- What is no answer, and the lab itself --------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        case(
            "a gap", policy(allow("s3:GetObject", ...)), "task_policy['Statement'][0]['Resource']"
        ),
        case("a list", [LIST, READ, WRITE], "holds a list, which is no policy"),
        case("text that is no JSON", "s3:GetObject", "MalformedPolicyDocument"),
        case("a Principal", policy({**READ, "Principal": "*"}), "MalformedPolicyDocument"),
        case("no statement", {"Version": "2012-10-17"}, "MalformedPolicyDocument"),
        case("a resource that is no ARN", policy(allow("s3:*", "bookshop-orders")), "Malformed"),
    ],
)
def test_what_is_no_policy_says_so_and_changes_nothing(answer: object, said: str) -> None:
    right = policy(LIST, READ, WRITE)
    lab_2.check_task_policy(right)
    assert said in failure_of(lab_2.check_task_policy, answer)
    found = boto3.client("iam").get_role_policy(
        RoleName="orders-task-role", PolicyName="orders-access"
    )
    assert found["PolicyDocument"] == right


def test_stubs_say_that_they_are_empty() -> None:
    put_task_policy(policy(allow("s3:*", "*")))
    assert "The variable task_policy is still empty" in failure_of(lab_2.check_task_policy, ...)
    as_found = policy(allow("s3:GetObject", f"{BUCKET}/reports/*"))
    failure_of(lab_2.check_reports_policy, as_found)
    assert "The variable reports_policy is still empty" in failure_of(
        lab_2.check_reports_policy, None
    )


def test_a_role_put_right_in_another_way_needs_no_variable() -> None:
    put_task_policy(policy(LIST, READ, WRITE))
    assert lab_2.check_task_policy(...)


def test_a_check_leaves_the_bucket_as_it_was() -> None:
    before = objects_of("bookshop-orders")
    failure_of(lab_2.check_task_policy, policy(allow("s3:*", "*")))
    assert objects_of("bookshop-orders") == before
    users = boto3.client("iam").list_users()["Users"]
    assert [user["UserName"] for user in users] == ["ida", "jon"]


def test_the_solutions_pass() -> None:
    answers = solutions_of("lab_2")
    assert lab_2.check_task_policy(answers["task_policy"])
    assert lab_2.check_reports_policy(answers["reports_policy"])


@pytest.mark.usefixtures("empty_account")
def test_a_check_before_the_cells_above_it() -> None:
    for check in (lab_2.check_task_policy, lab_2.check_reports_policy):
        assert "The account is not ready" in failure_of(check, policy(READ))
        assert "still empty" in failure_of(check, ...)


def put_task_policy(document: Document) -> None:
    boto3.client("iam").put_role_policy(
        RoleName="orders-task-role",
        PolicyName="orders-access",
        PolicyDocument=json.dumps(document),
    )


def objects_of(bucket: str) -> list[Any]:
    s3 = boto3.client("s3")
    listed = s3.list_object_versions(Bucket=bucket)["Versions"]
    return [
        (item["Key"], item["ETag"], item["LastModified"], item["VersionId"]) for item in listed
    ] + [s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in listed]
