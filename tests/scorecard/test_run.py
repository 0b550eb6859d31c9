"""How a case is put to an account, and what counts as an answer."""

from __future__ import annotations

from typing import Any

import pytest

from scorecard import accounts
from scorecard.cases import Case, CaseError
from scorecard.run import WrongError, run

ORDERS = {"bucket": "orders", "objects": ["1.json"]}
GET_ORDER = {"s3.get_object": {"Bucket": "orders", "Key": "1.json"}}
READS = [{"allow": "s3:GetObject"}]


def case(**fields: Any) -> Case:
    return Case(
        **{
            "case": "a-case",
            "area": "Area",
            "title": "A case.",
            "who": "user ana",
            "given": [ORDERS],
            "call": GET_ORDER,
            "aws": "allow",
            "page": "Page",
            "address": "https://docs.aws.amazon.com/",
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("column", "fields", "answer"),
    [
        ("moto", {}, "allow"),
        ("moto_enforced", {}, "deny"),
        ("rolelab", {}, "deny"),
        ("moto_enforced", {"identity": READS}, "allow"),
        ("rolelab", {"identity": READS}, "allow"),
        ("moto_enforced", {"who": "administrator"}, "allow"),
        ("rolelab", {"who": "administrator"}, "allow"),
        ("rolelab", {"who": "role app", "identity": READS}, "allow"),
        ("rolelab", {"who": "root"}, "allow"),
        ("rolelab", {"who": "anonymous"}, "deny"),
        ("rolelab", {"who": "user bob of 444455556666", "identity": READS}, "deny"),
        ("rolelab", {"identity": READS, "request": {"presigned": True}}, "allow"),
        ("rolelab", {"groups": READS}, "allow"),
    ],
)
def test_who_may_read(column: str, fields: dict[str, Any], answer: str) -> None:
    assert run(case(**fields), accounts.ACCOUNTS[column]).outcome.answer == answer


@pytest.mark.parametrize("column", ["moto", "rolelab"])
def test_accounts_begin_empty(column: str) -> None:
    empty = case(who="administrator", given=[], refused="NoSuchBucket")
    run(case(), accounts.ACCOUNTS[column])
    outcome = run(empty, accounts.ACCOUNTS[column]).outcome
    assert (outcome.answer, outcome.code) == ("deny", "NoSuchBucket")


@pytest.mark.parametrize(
    ("may", "answer", "code"),
    [(True, "allow", None), (False, "deny", "UnauthorizedOperation")],
    ids=["a-dry-run-that-would-succeed", "a-dry-run-that-would-fail"],
)
def test_dry_runs(may: bool, answer: str, code: str | None) -> None:
    asked = case(
        identity=[{"allow": "ec2:CreateVpc"}] if may else None,
        call={"ec2.create_vpc": {"CidrBlock": "10.1.0.0/16", "DryRun": True}},
    )
    outcome = run(asked, accounts.rolelab).outcome
    assert (outcome.answer, outcome.code) == (answer, code)


def test_a_batch_that_is_refused_whole_is_denied() -> None:
    objects = {"Objects": [{"Key": "1.json"}]}
    asked = case(call={"s3.delete_objects": {"Bucket": "orders", "Delete": objects}})
    assert run(asked, accounts.rolelab).outcome.code == "AccessDenied"


def test_a_call_that_its_caller_cannot_even_make_is_denied_in_moto() -> None:
    outcome = run(case(call={"s3.get_object": {"Bucket": "orders"}}), accounts.moto).outcome
    assert (outcome.answer, outcome.code) == ("deny", "ParamValidationError")


def test_what_moto_cannot_set_up_is_noted_and_the_case_asked_all_the_same() -> None:
    found = run(case(boundary=[{"allow": "iam:*"}]), accounts.moto)
    assert found.outcome.answer == "allow"
    assert [step.partition(":")[0] for step in found.missed] == [
        "iam.put_user_permissions_boundary"
    ]


def test_what_moto_could_not_make_cannot_be_called() -> None:
    missing = {"do": {"iam.put_user_permissions_boundary": {}}, "as": "limit"}
    asked = case(given=[missing], call={"iam.get_policy": {"PolicyArn": "<limit>"}})
    assert run(asked, accounts.moto).outcome.code == "UnmadeError"


def test_rolelab_must_be_able_to_set_everything_up() -> None:
    with pytest.raises(Exception, match="NoSuchBucket"):
        run(case(given=[{"do": {"s3.list_objects_v2": {"Bucket": "missing"}}}]), accounts.rolelab)


@pytest.mark.parametrize("refused", [None, "NoSuchBucket"])
def test_rolelab_must_refuse_for_the_reason_that_the_case_is_about(refused: str | None) -> None:
    asked = case(
        identity=[{"allow": "s3:*"}],
        aws="deny",
        refused=refused,
        call={"s3.get_object": {"Bucket": "orders", "Key": "missing.json"}},
    )
    with pytest.raises(WrongError, match="NoSuchKey"):
        run(asked, accounts.rolelab)


def test_a_step_of_the_caller_is_decided_like_its_call() -> None:
    asked = case(
        identity=[{"allow": "s3:GetObject"}],
        given=[ORDERS, {"do": {"s3.delete_object": GET_ORDER["s3.get_object"]}, "by": "caller"}],
    )
    assert run(asked, accounts.rolelab).outcome.answer == "allow"
    assert run(asked, accounts.moto).outcome.code == "NoSuchKey"


@pytest.mark.parametrize(
    "fields",
    [
        {"who": "a user"},
        {"credentials": {"face": "wrong"}},
        {"request": {"by": "post"}},
        {"given": [{"castle": "x"}]},
        {"given": [{"bucket": "orders", "colour": "blue"}]},
    ],
    ids=str,
)
@pytest.mark.parametrize("column", ["moto", "rolelab"])
def test_what_no_case_can_say_is_refused_everywhere(column: str, fields: dict[str, Any]) -> None:
    with pytest.raises(CaseError):
        run(case(**fields), accounts.ACCOUNTS[column])
