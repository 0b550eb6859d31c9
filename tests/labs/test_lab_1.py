"""Lab 1: every answer that behaves right passes, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

import rolelab
from rolelab.labs import CheckFailed, Passed, lab_1
from tests.labs.lab_world import build_world, solutions_of

ACCOUNT = "123456789012"
ECS = {"Service": "ecs-tasks.amazonaws.com"}
CONTRACTOR = {"AWS": "arn:aws:iam::999988887777:root"}
THIS_ACCOUNT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
IDA = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ida"}
JON = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/jon"}
FOR_US = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}

Document = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def world() -> Iterator[None]:
    """One account for all answers: each answer takes the place of the one before."""
    build_world("lab_1")
    yield
    rolelab.stop()


@pytest.fixture
def empty_account() -> Iterator[None]:
    rolelab.start()
    yield
    build_world("lab_1")


def allow(principal: Any, condition: Any = None) -> Document:
    found = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return found if condition is None else {**found, "Condition": condition}


def deny(principal: Any, condition: Any = None) -> Document:
    return {**allow(principal, condition), "Effect": "Deny"}


def trust(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def failure_of(check: Callable[[object], Passed], answer: object) -> str:
    """What the check says, on one line."""
    with pytest.raises(CheckFailed) as failed:
        check(answer)
    return " ".join(str(failed.value).split())


def case(id: str, *parts: Any) -> Any:
    return pytest.param(*parts, id=id)


# --- Task 1: the launch works, and nobody else steps in -------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        case("the service by its name", trust(allow(ECS))),
        case("the service, and the work it does for this account", trust(allow(ECS, FOR_US))),
        case(
            "everybody, if it is ECS tasks",
            trust(allow("*", {"StringEquals": {"aws:PrincipalServiceName": ECS["Service"]}})),
        ),
        case(
            "the service, and a Deny for everybody who is no service",
            trust(allow(ECS), deny("*", {"Bool": {"aws:PrincipalIsAWSService": "false"}})),
        ),
    ],
)
def test_right_answers_to_task_1(answer: Document) -> None:
    assert lab_1.check_trust(answer).attempts[0].allowed


@pytest.mark.parametrize(
    "answer",
    [
        case("the ECS control plane is another principal", {"Service": "ecs.amazonaws.com"}),
        case("Lambda is another principal", {"Service": "lambda.amazonaws.com"}),
        case("the account is no service", THIS_ACCOUNT),
        case("the trust of the other role", IDA),
    ],
)
def test_wrong_principals_keep_ecs_out(answer: Document) -> None:
    assert "ecs-tasks.amazonaws.com is not authorized to perform: sts:AssumeRole" in failure_of(
        lab_1.check_trust, trust(allow(answer))
    )


def test_a_deny_keeps_ecs_out() -> None:
    answer = trust(allow(ECS), deny("*"))
    assert "with an explicit deny in the role trust policy" in failure_of(lab_1.check_trust, answer)


@pytest.mark.parametrize(
    ("answer", "reached"),
    [
        case(
            "Lambda is still on the list",
            [allow(ECS), allow({"Service": "lambda.amazonaws.com"})],
            ["lambda.amazonaws.com, working for this account"],
        ),
        case(
            "both ECS principals, to be on the safe side",
            [allow({"Service": ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"]})],
            ["ecs.amazonaws.com, working for this account"],
        ),
        case(
            "the contractor is still on the list",
            [allow({**ECS, **CONTRACTOR})],
            ["an administrator of account 999988887777"],
        ),
        case(
            "the own account lets its administrator in",
            [allow({**ECS, **THIS_ACCOUNT})],
            ["an administrator of this account"],
        ),
        case(
            "Principal * is everybody",
            [allow("*")],
            [
                "lambda.amazonaws.com, working for this account",
                "an administrator of this account",
                "an administrator of account 111122223333",
            ],
        ),
        case(
            "every service",
            [allow("*", {"Bool": {"aws:PrincipalIsAWSService": "true"}})],
            ["ec2.amazonaws.com, working for this account"],
        ),
        case(
            "Principal * for work done for this account is still every service",
            [allow("*", FOR_US)],
            ["events.amazonaws.com, working for this account"],
        ),
    ],
)
def test_too_broad_answers_to_task_1(answer: list[Document], reached: list[str]) -> None:
    failure = failure_of(lab_1.check_trust, trust(*answer))
    assert "Too broad" in failure
    for who in reached:
        assert f"● allowed {who}" in failure


# --- Task 2: ECS serves this account only ---------------------------------------------------------


@pytest.mark.parametrize(
    "condition",
    [
        case("the account it works for", FOR_US),
        case(
            "an ARN of this account",
            {"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:*"}},
        ),
        case(
            "both, as the page shows them",
            {**FOR_US, "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:*"}},
        ),
    ],
)
def test_right_answers_to_task_2(condition: Document) -> None:
    assert lab_1.check_confused_deputy(trust(allow(ECS, condition)))


def test_task_2_can_be_answered_with_a_deny() -> None:
    answer = trust(allow(ECS), deny("*", {"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}))
    assert lab_1.check_confused_deputy(answer)


@pytest.mark.parametrize(
    "condition",
    [
        case("no condition", None),
        case(
            "the account of the role is always this one",
            {"StringEquals": {"aws:ResourceAccount": ACCOUNT}},
        ),
        case(
            "a wildcard where the account belongs",
            {"ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:*:*"}},
        ),
        case("an account is not like *", {"StringLike": {"aws:SourceAccount": "*"}}),
        case(
            "IfExists of a key that is absent",
            {"StringEqualsIfExists": {"aws:PrincipalAccount": ACCOUNT}},
        ),
        case(
            "all but the contractor",
            {"StringNotEquals": {"aws:SourceAccount": "999988887777"}},
        ),
    ],
)
def test_too_broad_answers_to_task_2(condition: Document | None) -> None:
    failure = failure_of(lab_1.check_confused_deputy, trust(allow(ECS, condition)))
    assert "● allowed ecs-tasks.amazonaws.com, working for account 111122223333" in failure
    assert "for which account" in failure


@pytest.mark.parametrize(
    "condition",
    [
        case("a service has no account", {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}),
        case(
            "the contractor's account",
            {"StringEquals": {"aws:SourceAccount": "999988887777"}},
        ),
        case(
            "an ARN of another service",
            {"ArnLike": {"aws:SourceArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:*"}},
        ),
        case(
            "StringEquals takes a * as it is",
            {"StringEquals": {"aws:SourceArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:*"}},
        ),
        case("a misspelt key", {"StringEquals": {"aws:SourceAcount": ACCOUNT}}),
    ],
)
def test_conditions_that_are_never_met(condition: Document) -> None:
    failure = failure_of(lab_1.check_confused_deputy, trust(allow(ECS, condition)))
    assert "✕ denied AccessDenied: User: ecs-tasks.amazonaws.com" in failure


def test_what_task_1_shut_stays_shut() -> None:
    answer = trust(allow(ECS, FOR_US), allow(CONTRACTOR))
    failure = failure_of(lab_1.check_confused_deputy, answer)
    assert "● allowed an administrator of account 999988887777" in failure


# --- Task 3: ida, with MFA ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        case("her ARN, with MFA", [allow(IDA, WITH_MFA)]),
        case(
            "the account, her name, with MFA",
            [allow(THIS_ACCOUNT, {**WITH_MFA, "StringEquals": {"aws:username": "ida"}})],
        ),
        case(
            "her ARN, and nobody without MFA",
            [allow(IDA), deny("*", {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})],
        ),
        case(
            "MFA in the last hour, which is a key only MFA brings",
            [allow(IDA, {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})],
        ),
    ],
)
def test_right_answers_to_task_3(answer: list[Document]) -> None:
    assert lab_1.check_auditor(trust(*answer))


@pytest.mark.parametrize(
    ("answer", "reached"),
    [
        case("no MFA asked for", [allow(IDA)], "user ida with an access key"),
        case(
            "BoolIfExists is met when the key is absent",
            [allow(IDA, {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})],
            "user ida with an access key",
        ),
        case(
            "a Deny with Bool misses the absent key",
            [allow(IDA), deny("*", {"Bool": {"aws:MultiFactorAuthPresent": "false"}})],
            "user ida with an access key",
        ),
        case(
            "the key is there, whatever it says",
            [allow(IDA, {"Null": {"aws:MultiFactorAuthPresent": "false"}})],
            "user ida with temporary credentials, without MFA",
        ),
        case(
            "the whole account, with MFA",
            [allow(THIS_ACCOUNT, WITH_MFA)],
            "user jon with MFA",
        ),
        case("jon too", [allow(IDA, WITH_MFA), allow(JON, WITH_MFA)], "user jon with MFA"),
        case("as it was found", [allow(THIS_ACCOUNT)], "an administrator of this account"),
        case(
            "the contractor, who was never here",
            [allow(IDA, WITH_MFA), allow(CONTRACTOR)],
            "an administrator of account 999988887777",
        ),
        case(
            "the trust of the other role beside it",
            [allow(IDA, WITH_MFA), allow(ECS)],
            "ecs-tasks.amazonaws.com, working for this account",
        ),
    ],
)
def test_too_broad_answers_to_task_3(answer: list[Document], reached: str) -> None:
    assert f"● allowed {reached}" in failure_of(lab_1.check_auditor, trust(*answer))


@pytest.mark.parametrize(
    "answer",
    [
        case("MFA must be false", allow(IDA, {"Bool": {"aws:MultiFactorAuthPresent": "false"}})),
        case("the trust of the other role", allow(ECS, FOR_US)),
        case("the wrong user", allow(JON, WITH_MFA)),
    ],
)
def test_answers_to_task_3_that_keep_ida_out(answer: Document) -> None:
    assert "tried user ida with MFA" in failure_of(lab_1.check_auditor, trust(answer))


# --- What is no answer, and the lab itself --------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        case("a gap in the document", trust(allow(...)), "trust['Statement'][0]['Principal']"),
        case("a set", {"ecs-tasks.amazonaws.com"}, "holds a set, which is no policy"),
        case("a number", 7, "holds a int, which is no policy"),
        case("a value that JSON has not", {"Version": {1}}, "cannot be written as JSON"),
        case("text that is no JSON", "{'Version'", "MalformedPolicyDocument"),
        case("a Resource", trust({**allow(ECS), "Resource": "*"}), "MalformedPolicyDocument"),
        case(
            "a NotPrincipal",
            trust({"Effect": "Allow", "NotPrincipal": ECS, "Action": "sts:AssumeRole"}),
            "MalformedPolicyDocument",
        ),
        case(
            "a user who is not there",
            trust(allow({"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"})),
            "MalformedPolicyDocument",
        ),
        case(
            "a misspelt operator",
            trust(allow(ECS, {"StringEqual": {"aws:SourceAccount": ACCOUNT}})),
            "MalformedPolicyDocument",
        ),
    ],
)
def test_what_is_no_policy_says_so_and_changes_nothing(answer: object, said: str) -> None:
    lab_1.check_trust(trust(allow(ECS)))
    assert said in failure_of(lab_1.check_trust, answer)
    assert trust_of("csecstaskexecutionrole") == trust(allow(ECS))


@pytest.mark.parametrize("answer", [case("the stub", ...), case("None", None), case("no text", "")])
def test_a_stub_says_that_it_is_empty(answer: object) -> None:
    put_trust("csecstaskexecutionrole", trust(allow(CONTRACTOR)))
    failure = failure_of(lab_1.check_trust, answer)
    assert failure.startswith("The variable trust is still empty.")


def test_a_variable_that_was_never_set() -> None:
    put_trust("csecstaskexecutionrole", trust(allow(CONTRACTOR)))
    with pytest.raises(CheckFailed, match="There is no variable trust yet"):
        lab_1.check_trust()


def test_a_role_put_right_in_another_way_needs_no_variable() -> None:
    put_trust("csecstaskexecutionrole", trust(allow(ECS)))
    assert lab_1.check_trust(...)


def test_the_solutions_pass() -> None:
    answers = solutions_of("lab_1")
    assert lab_1.check_trust(answers["trust"])
    assert lab_1.check_confused_deputy(answers["our_trust"])
    assert lab_1.check_auditor(answers["auditor_trust"])


@pytest.mark.parametrize("check", [lab_1.check_trust, lab_1.check_auditor])
@pytest.mark.usefixtures("empty_account")
def test_a_check_before_the_cells_above_it(check: Callable[[object], Passed]) -> None:
    with pytest.raises(CheckFailed, match=r"still empty|cells above"):
        check(...)
    with pytest.raises(CheckFailed, match="The account is not ready"):
        check(trust(allow(ECS)))


def trust_of(role: str) -> Document:
    found: Any = boto3.client("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    return dict(found)


def put_trust(role: str, document: Document) -> None:
    boto3.client("iam").update_assume_role_policy(
        RoleName=role, PolicyDocument=json.dumps(document)
    )
