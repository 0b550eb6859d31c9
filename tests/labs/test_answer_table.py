"""The table of a lab's answers: what, wanted, got, and who decided."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import rolelab
from rolelab.labs import CheckFailed
from rolelab.labs.answer_table import Call, Refused, Row, ask

ROLE = "arn:aws:iam::123456789012:role/shop/orders-task-role"


@pytest.fixture
def task_role(bookshop: Any) -> Any:
    """Amazon S3 as the task role of the small bookshop uses it: it may read `incoming/`."""
    keys = bookshop.admin().client("sts")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    boto3.client("iam").update_assume_role_policy(
        RoleName="orders-task-role", PolicyDocument=json.dumps(trust)
    )
    found = keys.assume_role(RoleArn=ROLE, RoleSessionName="tests")["Credentials"]
    return boto3.client(
        "s3",
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
    )


def row(number: int, wanted: bool, *calls: Call, changes: tuple[str, ...] = ("s3",)) -> Row[None]:
    def made(world: None) -> Iterator[Call]:
        yield from calls

    return Row(number, f"thing {number}", wanted, made, changes)


def call(action: str, make: Callable[[], object], hint: str = "") -> Call:
    return Call("role orders-task-role", action, "the bucket", make, hint)


def read(s3: Any) -> Call:
    order = {"Bucket": "bookshop-orders", "Key": "incoming/1001.json"}
    return call("s3:GetObject", lambda: s3.get_object(**order), "Reading is too much.")


def delete(s3: Any) -> Call:
    order = {"Bucket": "bookshop-orders", "Key": "incoming/1001.json"}
    return call("s3:DeleteObject", lambda: s3.delete_object(**order), "Deleting is missing.")


def failure_of(*rows: Row[None], **options: Any) -> str:
    with pytest.raises(CheckFailed) as failed:
        ask(rows, None, goal="All is well.", **options)
    return str(failed.value)


def test_a_table_that_is_right_says_how_many_calls_prove_it(task_role: Any) -> None:
    table = ask(
        [row(1, True, read(task_role)), row(2, False, delete(task_role))], None, goal="All is well."
    )
    assert [answer.number for answer in table] == [1, 2]
    assert "2 of 2 are right. 2 calls were made." in repr(table)
    assert repr(table).index("must be possible") < repr(table).index("must not be possible")
    assert "●</span>&nbsp;allowed" in table._repr_html_()
    assert "✕</span>&nbsp;denied" in table._repr_html_()


def test_an_unwanted_denial_names_the_policy_type_that_decided(task_role: Any) -> None:
    said = failure_of(row(1, True, delete(task_role)))
    assert "1  thing 1" in said
    assert "● allowed  ✕ denied   <- identity-based policy" in said
    assert "no identity-based policy allows the s3:DeleteObject action" in " ".join(said.split())
    assert "Deleting is missing." in said
    assert "rolelab.why()" in said


def test_what_is_still_reachable_is_told_and_nothing_decided_it(task_role: Any) -> None:
    said = failure_of(row(1, False, delete(task_role), read(task_role)))
    assert "✕ denied   ● allowed  <- nothing denies it" in said
    assert "● allowed  role orders-task-role: s3:GetObject on the bucket" in said
    assert "Reading is too much." in said
    assert "rolelab.why()" not in said


def test_why_is_about_the_first_wrong_row_although_later_rows_are_denied(task_role: Any) -> None:
    put = call("s3:PutObject", lambda: task_role.put_object(Bucket="bookshop-orders", Key="x"))
    failure_of(row(1, True, delete(task_role)), row(2, True, put), row(3, False, put))
    assert rolelab.why().request.action == "s3:DeleteObject"


def test_a_possible_row_ends_at_its_first_denial(task_role: Any) -> None:
    made: list[str] = []
    last = call("s3:PutObject", lambda: made.append("put"))
    failure_of(row(1, True, delete(task_role), last))
    assert made == []


def test_each_row_is_undone(bookshop: Any) -> None:
    s3 = boto3.client("s3")
    ask([row(1, True, delete(s3)), row(2, True, read(s3))], None, goal="All is well.")
    assert s3.get_object(Bucket="bookshop-orders", Key="incoming/1001.json")["Body"].read() == b"{}"


def test_a_policy_type_can_have_a_hint_of_its_own(task_role: Any) -> None:
    said = failure_of(
        row(1, True, delete(task_role)), deciders={"identity-based policy": "Look at the role."}
    )
    assert "Look at the role." in said
    assert "Deleting is missing." not in said


def test_what_a_call_set_in_motion_may_be_refused_later(bookshop: Any) -> None:
    def launch() -> None:
        raise Refused("ResourceInitializationError: no log group", "the launch")

    said = failure_of(row(1, True, call("ecs:RunTask", launch)))
    assert "<- the launch" in said
    assert "✕ denied   ResourceInitializationError: no log group" in said


def test_an_answer_that_only_an_allowed_caller_gets_counts_as_allowed(bookshop: Any) -> None:
    iam = boto3.client("iam")
    asked = Call(
        "an administrator",
        "iam:DeleteRole",
        "nobody",
        lambda: iam.delete_role(RoleName="nobody"),
        answered=frozenset({"NoSuchEntity"}),
    )
    assert ask([row(1, True, asked)], None, goal="All is well.").right == 1


def test_a_call_that_proves_nothing_says_so(bookshop: Any) -> None:
    iam = boto3.client("iam")
    with pytest.raises(ClientError):
        iam.get_role(RoleName="nobody")
    said = failure_of(row(1, False, call("iam:GetRole", lambda: iam.get_role(RoleName="nobody"))))
    assert "role orders-task-role could not even try iam:GetRole on the bucket." in said
    assert "Run the cells from the first on." in " ".join(said.split())


def test_only_the_first_wrong_rows_are_told_in_full(bookshop: Any) -> None:
    s3 = boto3.client("s3")
    said = failure_of(*(row(number, False, read(s3)) for number in range(1, 6)))
    assert said.count("nothing denies it") == 5
    assert said.count("s3:GetObject on the bucket") == 3
