"""Lab 1, Repair the trust: who may step into the roles of the bookshop."""

from __future__ import annotations

from collections.abc import Callable

from rolelab.labs.callers import (
    Caller,
    arn_of_role,
    as_account,
    as_anonymous,
    as_service,
    as_user,
)
from rolelab.labs.grader import Passed, Question, prove
from rolelab.labs.hand_in import FROM_NOTEBOOK, graded

EXECUTION_ROLE = "csecstaskexecutionrole"
AUDITOR_ROLE = "bookshop-auditor"
CONTRACTOR = "999988887777"
STRANGER = "111122223333"
ASSUME = "sts:AssumeRole"
ECS_TASKS = "ecs-tasks.amazonaws.com"
OTHER_SERVICES = (
    "lambda.amazonaws.com",
    "ecs.amazonaws.com",
    "ec2.amazonaws.com",
    "events.amazonaws.com",
)


def check_trust(trust: object = FROM_NOTEBOOK) -> Passed:
    """Task 1: ECS tasks can step into the execution role; no other service, no person can.

    Args:
        trust: the trust policy, as a dict or JSON text. By default the notebook's variable `trust`.

    Returns:
        The proofs.

    Raises:
        CheckFailed: what is missing, or who can still step in.
    """
    return _graded_trust("trust", trust, EXECUTION_ROLE, _launch_works)


def check_confused_deputy(our_trust: object = FROM_NOTEBOOK) -> Passed:
    """Task 2: the same, and ECS can step in only while it works for this account.

    Args, result and errors as in `check_trust`; the variable is `our_trust`.
    """
    return _graded_trust("our_trust", our_trust, EXECUTION_ROLE, _works_for_us_only)


def check_auditor(auditor_trust: object = FROM_NOTEBOOK) -> Passed:
    """Task 3: ida steps into the auditor role with MFA; nobody else, and nobody without MFA.

    Args, result and errors as in `check_trust`; the variable is `auditor_trust`.
    """
    return _graded_trust("auditor_trust", auditor_trust, AUDITOR_ROLE, _ida_with_mfa_only)


def _graded_trust(name: str, given: object, role: str, check: Callable[[str], Passed]) -> Passed:
    def put(text: str) -> None:
        import boto3

        boto3.client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=text)

    return graded(name, given, put, lambda: check(arn_of_role(role)))


def _launch_works(role: str) -> Passed:
    return prove(
        f"ECS tasks can step into {EXECUTION_ROLE}, and no other service and no person can.",
        possible=[Question(as_service(ECS_TASKS), ASSUME, role, _WHICH_SERVICE)],
        impossible=_everyone_else(role),
    )


def _works_for_us_only(role: str) -> Passed:
    return prove(
        f"ECS tasks of this account can step into {EXECUTION_ROLE}, and nobody else can.",
        possible=[Question(as_service(ECS_TASKS), ASSUME, role, _WHICH_KEYS)],
        impossible=[
            Question(as_service(ECS_TASKS, source_account=CONTRACTOR), ASSUME, role, _DEPUTY),
            Question(as_service(ECS_TASKS, source_account=STRANGER), ASSUME, role, _DEPUTY),
            *_everyone_else(role),
        ],
    )


def _everyone_else(role: str) -> list[Question]:
    """Who must stay outside the execution role, and what to say about each."""
    this_account = role.split(":")[4]
    callers: list[tuple[Caller, str]] = [
        *((as_service(service), _SERVICES) for service in OTHER_SERVICES),
        (as_account(this_account), _PEOPLE),
        (as_account(CONTRACTOR), _ACCOUNTS),
        (as_account(STRANGER), _ACCOUNTS),
        (as_anonymous(), ""),
    ]
    return [Question(caller, ASSUME, role, hint) for caller, hint in callers]


def _ida_with_mfa_only(role: str) -> Passed:
    this_account = role.split(":")[4]
    return prove(
        f"ida can step into {AUDITOR_ROLE} with MFA. Nobody else can, and she cannot without it.",
        possible=[Question(as_user("ida", mfa=True), ASSUME, role, _WHO)],
        impossible=[
            Question(as_user("ida"), ASSUME, role, _KEY_WITHOUT_MFA),
            Question(as_user("ida", mfa=False), ASSUME, role, _SESSION_WITHOUT_MFA),
            Question(as_user("jon", mfa=True), ASSUME, role, _NOT_JON),
            Question(as_user("jon"), ASSUME, role, _NOT_JON),
            Question(as_account(this_account), ASSUME, role, _NOT_JON),
            Question(as_account(CONTRACTOR), ASSUME, role, _ACCOUNTS),
            Question(as_service(ECS_TASKS), ASSUME, role, _SERVICES),
        ],
    )


_WHICH_SERVICE = (
    "The answer names who knocks. Compare that name, letter by letter, with the one in Principal."
)
_SERVICES = "Every service in Principal may use this role. Which of them does the launch need?"
_PEOPLE = (
    "An account in Principal lets in everybody whom a policy of that account allows to come, its "
    "administrators first."
)
_ACCOUNTS = "Another account in Principal decides by itself whom it sends. A * stands for them all."
_WHICH_KEYS = (
    "A condition is never met if its key is not in the request. Which keys does a service send to "
    "say for whom it works?"
)
_DEPUTY = (
    "One service principal works for every customer of AWS. The request says for which account, "
    "and the trust policy must look there."
)
_WHO = "Two things must fit: the principal, and what the condition asks of the way she signed in."
_KEY_WITHOUT_MFA = (
    "A request with a long-term access key has no key aws:MultiFactorAuthPresent at all. What does "
    "your operator do with a key that is absent?"
)
_SESSION_WITHOUT_MFA = (
    "Temporary credentials always have the key aws:MultiFactorAuthPresent. Its value tells."
)
_NOT_JON = "The role is ida's alone. The colleagues have the same permissions in this account."
