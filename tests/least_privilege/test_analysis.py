"""From records to permissions: what counts, what does not, and what is named."""

from __future__ import annotations

from typing import Any

import pytest

from rolelab.least_privilege import Analysis, Rule, by_role, from_trail
from rolelab.least_privilege import reading as kinds
from tests.least_privilege.records import (
    ACCOUNT,
    KEY,
    OTHER,
    ROLE,
    TABLE,
    TASKS,
    Record,
    on_object,
    record,
    registered,
    through_s3,
)

ORDERS = "arn:aws:s3:::bookshop-orders"


def listing(prefix: str | None = None) -> Record:
    given = {"bucketName": "bookshop-orders", **({"prefix": prefix} if prefix else {})}
    return record("s3", "ListObjects", requestParameters=given)


def permissions(*records: Record, **more: Any) -> list[tuple[str, str, Any]]:
    found = from_trail(records, ROLE, **more).permissions
    return [(each.action, each.resource, each.conditions) for each in found]


def names_of(analysis: Analysis) -> list[str]:
    return [each.kind for each in analysis.problems]


CLUSTER = f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/bookshop"
RUN = {"cluster": "bookshop", "taskDefinition": "orders:1"}
DEFINITIONS = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition"
VIA_S3 = {"kms:ViaService": ("s3.us-east-1.amazonaws.com",)}
CONTEXT = "kms:EncryptionContext"
KEYS = [f"in/{number}" for number in range(9)]

CASES: dict[str, tuple[list[Record], list[tuple[str, str, Any]]]] = {
    "one object": ([on_object("GetObject", "a")], [("s3:GetObject", f"{ORDERS}/a", {})]),
    "many objects under one prefix": (
        [on_object("GetObject", key) for key in KEYS],
        [("s3:GetObject", f"{ORDERS}/in/*", {})],
    ),
    "actions are generalized each by itself": (
        [*(on_object("GetObject", key) for key in KEYS), on_object("PutObject", "in/1")],
        [("s3:GetObject", f"{ORDERS}/in/*", {}), ("s3:PutObject", f"{ORDERS}/in/1", {})],
    ),
    "PassRole comes with the service": (
        [registered("orders", 1, OTHER)],
        [
            ("ecs:RegisterTaskDefinition", f"{DEFINITIONS}/orders:*", {}),
            ("iam:PassRole", OTHER, {"StringEquals": {"iam:PassedToService": (TASKS,)}}),
        ],
    ),
    "RunTask comes with the cluster": (
        [registered("orders", 1, role=OTHER), record("ecs", "RunTask", requestParameters=RUN)],
        [
            (
                "ecs:RunTask",
                f"{DEFINITIONS}/orders:*",
                {"StringEquals": {"ecs:cluster": (CLUSTER,)}},
            )
        ],
    ),
    "a key used through S3 comes with the service and the objects": (
        [through_s3("Decrypt", key) for key in KEYS],
        [
            (
                "kms:Decrypt",
                KEY,
                {
                    "StringLike": {f"{CONTEXT}:aws:s3:arn": (f"{ORDERS}/in/*",)},
                    "StringEquals": VIA_S3,
                },
            )
        ],
    ),
    "a listing comes with its prefix": (
        [listing("in/"), listing("in/")],
        [("s3:ListBucket", ORDERS, {"StringEquals": {"s3:prefix": ("in/",)}})],
    ),
    "a listing of everything frees the others": (
        [listing("in/"), listing()],
        [("s3:ListBucket", ORDERS, {})],
    ),
    "a key used directly and through S3 is two permissions": (
        [
            through_s3("Decrypt", "a"),
            record(
                "kms", "Decrypt", requestParameters={"keyId": KEY, "encryptionContext": {"o": "1"}}
            ),
        ],
        [
            ("kms:Decrypt", KEY, {"StringEquals": {f"{CONTEXT}:o": ("1",)}}),
            (
                "kms:Decrypt",
                KEY,
                {"StringEquals": {f"{CONTEXT}:aws:s3:arn": (f"{ORDERS}/a",), **VIA_S3}},
            ),
        ],
    ),
    "a context with ever new values has to be there": (
        [
            record(
                "kms",
                "Decrypt",
                requestParameters={"keyId": KEY, "encryptionContext": {"o": str(number)}},
            )
            for number in range(9)
        ],
        [("kms:Decrypt", KEY, {"StringLike": {f"{CONTEXT}:o": ("*",)}})],
    ),
    "a denied call is no permission": (
        [on_object("GetObject", "a", errorCode="AccessDenied"), on_object("PutObject", "a")],
        [("s3:PutObject", f"{ORDERS}/a", {})],
    ),
    "a call that was allowed and failed is one": (
        [on_object("GetObject", "a", errorCode="NoSuchKey")],
        [("s3:GetObject", f"{ORDERS}/a", {})],
    ),
    "others' calls are none": ([on_object("GetObject", "a", role=OTHER)], []),
    "what needs no permission is none": ([record("sts", "GetCallerIdentity")], []),
}


@pytest.mark.parametrize(("given", "wanted"), CASES.values(), ids=CASES)
def test_the_permissions_of_a_role(given: list[Record], wanted: Any) -> None:
    assert sorted(permissions(*given), key=str) == sorted(wanted, key=str)


def test_the_rule_can_be_tuned() -> None:
    calls = [on_object("GetObject", key) for key in KEYS]
    assert len(permissions(*calls, rule=Rule(len(KEYS)))) == len(KEYS)
    assert permissions(*calls, rule=Rule(0)) == [("s3:GetObject", f"{ORDERS}/*", {})]


def test_names_are_never_generalized() -> None:
    calls = [on_object("GetObject", "a", f"bucket-{number}") for number in range(9)]
    assert [resource for _, resource, _ in permissions(*calls)] == [
        f"arn:aws:s3:::bucket-{number}/a" for number in range(9)
    ]


def test_a_permission_knows_how_often_when_and_through_what_it_was_used() -> None:
    times = ["2026-09-02T07:00:00Z", "2026-09-01T07:00:00Z", "2026-09-03T07:00:00Z"]
    calls = [on_object("GetObject", "a", eventTime=at) for at in times]
    (permission,) = from_trail(calls, ROLE).permissions
    assert (permission.uses, permission.first, permission.last) == (3, times[1], times[2])
    assert permission.events == ("s3:GetObject",)


def test_two_roles_passed_in_one_call_are_one_use_each_and_implied() -> None:
    found = from_trail([registered("orders", 1, OTHER, OTHER)], ROLE).permissions
    (passed,) = [each for each in found if each.action == "iam:PassRole"]
    assert (passed.uses, passed.implied, passed.events) == (
        1,
        True,
        ("ecs:RegisterTaskDefinition",),
    )


def test_used_is_what_the_code_called_and_needed_also_what_comes_with_it() -> None:
    found = from_trail([on_object("GetObject", "a"), through_s3("Decrypt", "a")], ROLE)
    assert found.used == {"s3:GetObject"}
    assert found.needed == {"s3:GetObject", "kms:Decrypt"}


def test_counts_in_are_counts_out() -> None:
    again = on_object("GetObject", "a")
    given: list[Any] = [
        again,
        dict(again),
        on_object("GetObject", "b", role=OTHER),
        on_object("GetObject", "c", errorCode="AccessDenied"),
        on_object("GetObject", "d", errorCode="NoSuchKey"),
        on_object("GetObject", "e", sourceIPAddress="192.0.2.66"),
        record("sts", "GetCallerIdentity"),
        record("s3", "Gobble"),
        record("signin", "ConsoleLogin", eventType="AwsConsoleSignIn"),
        {"Records": []},
        "not a record",
        on_object("GetObject", "f", eventVersion="2.0"),
        on_object("GetObject", "g", eventTime="yesterday"),
    ]
    found = from_trail(
        given, ROLE, leave_out=lambda each: each["sourceIPAddress"] == "192.0.2.66"
    ).counts
    assert (found.records, found.unreadable, found.duplicates, found.not_calls) == (13, 4, 1, 1)
    assert (found.others, found.denied, found.left_out, found.not_understood) == (1, 1, 1, 1)
    assert (found.open, found.used, found.failed) == (1, 2, 1)
    table = found.table().set_index("records")["count"]
    assert table["records"] == table.drop(["records", "failed"]).sum()


OLD = "2026-09-01T08:00:00Z"


def skewed(seconds_after: str) -> Record:
    """A call at eight whose session was issued later."""
    made = on_object("GetObject", "a", eventTime=OLD)
    made["userIdentity"]["sessionContext"]["attributes"]["creationDate"] = seconds_after
    return made


PROBLEMS: dict[str, tuple[list[Any], list[str]]] = {
    "an empty trail": ([], [kinds.EMPTY_TRAIL]),
    "a role that was never used": ([on_object("GetObject", "a", role=OTHER)], [kinds.NEVER_USED]),
    "a role that was only denied": (
        [on_object("GetObject", "a", errorCode="AccessDenied")],
        [kinds.ONLY_DENIED],
    ),
    "a record that is none": ([on_object("GetObject", "a"), {}], [kinds.UNKNOWN_SHAPE]),
    "parameters that are no object": (
        [on_object("GetObject", "a"), record("s3", "GetObject") | {"requestParameters": "a"}],
        [kinds.UNKNOWN_SHAPE],
    ),
    "an unknown version": (
        [on_object("GetObject", "a"), on_object("GetObject", "a", eventVersion="2.0")],
        [kinds.UNKNOWN_VERSION],
    ),
    "mixed versions": (
        [on_object("GetObject", "a"), on_object("GetObject", "a", eventVersion="1.08")],
        [kinds.MIXED_VERSIONS],
    ),
    "a clock that is an hour wrong": ([skewed("2026-09-01T09:00:00Z")], [kinds.SKEWED]),
    "clocks that differ by a minute": ([skewed("2026-09-01T08:01:00Z")], []),
    "all is well": ([on_object("GetObject", "a")], []),
}


@pytest.mark.parametrize(("given", "wanted"), PROBLEMS.values(), ids=PROBLEMS)
def test_bad_input_is_named(given: list[Any], wanted: list[str]) -> None:
    assert names_of(from_trail(given, ROLE)) == wanted


def test_a_problem_says_how_many_which_one_and_what_to_do() -> None:
    (problem,) = from_trail([on_object("GetObject", "a"), {}, {}], ROLE).problems
    assert str(problem) == (
        "unknown shape (2, for example record 1): no CloudTrail record: a needed field is missing "
        "or has another type. They are left out."
    )


def test_a_role_without_permissions_has_no_policy_and_the_error_says_why() -> None:
    found = from_trail([on_object("GetObject", "a", role=OTHER)], ROLE)
    with pytest.raises(ValueError, match="needs no policy by these records: role never used"):
        _ = found.policy


ARNS: dict[str, tuple[str, str]] = {
    "a session": (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/orders-task-role/task",
        f"Its role is {ROLE}",
    ),
    "a name": ("orders-task-role", "Take the ARN of a role or user"),
    "a policy": (f"arn:aws:iam::{ACCOUNT}:policy/read", "Take the ARN of a role or user"),
}


@pytest.mark.parametrize(("arn", "message"), ARNS.values(), ids=ARNS)
def test_what_is_no_role_is_an_error_that_says_what_to_take(arn: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_trail([], arn)


def test_one_record_is_no_list() -> None:
    with pytest.raises(TypeError, match=r"this is one record\."):
        from_trail(on_object("GetObject", "a"), ROLE)  # type: ignore[arg-type]


def test_every_role_of_a_trail() -> None:
    service = record("ecs", "RunTask")
    service["userIdentity"] = {"type": "AWSService", "invokedBy": "ecs.amazonaws.com"}
    found = by_role([on_object("GetObject", "a"), on_object("PutObject", "a", role=OTHER), service])
    assert list(found) == [OTHER, ROLE]
    assert [each.counts.used for each in found.values()] == [1, 1]


def test_the_table_has_a_row_for_each_permission() -> None:
    given = [
        on_object("GetObject", "a"),
        record("dynamodb", "Scan", requestParameters={"tableName": "orders"}),
    ]
    frame = from_trail(given, ROLE).table()
    assert frame[["action", "level", "resource", "uses"]].to_numpy().tolist() == [
        ["dynamodb:Scan", "Read", TABLE, 1],
        ["s3:GetObject", "Read", f"{ORDERS}/a", 1],
    ]
    assert str(frame["first"].dt.tz) == "UTC"
