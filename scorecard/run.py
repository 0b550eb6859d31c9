"""Put a case to one account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing import get_context

from scorecard import callers
from scorecard.accounts import ACCOUNTS, Account
from scorecard.calls import Outcome, perform
from scorecard.cases import Case, CaseError
from scorecard.documents import resolve
from scorecard.setup import PHASES, Administrators, Made, Phase, make, phase_of

#: The codes with which services say that a permission is missing. A HEAD request has only "403".
DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"}
)


class WrongError(AssertionError):
    """rolelab refused a call, but for another reason than the case is about."""


class FaultsError(Exception):
    """Cases that could not be put to rolelab, or that it refused for the wrong reason."""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a case in one account.

    Attributes:
        missed: the set-up steps that the account could not do.
    """

    outcome: Outcome
    missed: tuple[str, ...] = ()


def run(case: Case, begin: Callable[[], AbstractContextManager[Account]]) -> Run:
    """Begin an account, set the case up as its administrators, and make the call as its caller.

    Args:
        begin: gives a fresh account.

    Raises:
        WrongError: a strict account refuses for a reason that has nothing to do with permissions.
        Exception: a strict account could not be set up.
    """
    with begin() as account:
        administrators = Administrators(account)
        outcome = _outcome(case, administrators)
        if account.strict:
            _require_reason(case, outcome)
    return Run(outcome, tuple(administrators.missed))


def _outcome(case: Case, administrators: Administrators) -> Outcome:
    account, made = administrators.account, Made()
    steps = {phase: [step for step in case.given if phase_of(step) == phase] for phase in PHASES}

    def prepare(phase: Phase) -> None:
        for step in steps[phase]:
            make(administrators, step, made)

    try:
        prepare("before there is a caller")
        who = callers.who_of(str(resolve(case.who, made)))
        callers.create(who, case, administrators, made)
        prepare("before the caller signs in")
        callers.permit(who, case, administrators, made)
        keys = callers.sign_in(who, case, administrators, made)
        prepare("at last")
        own = [step["do"] for step in steps["by the caller"]]
        calls = [resolve(call, made) for call in (*own, case.call)]
    except Exception as error:
        # Without the caller, or what the call is about, there is no call to make.
        if account.strict or isinstance(error, CaseError):
            raise
        administrators.missed.append(f"the call could not be made: {error!r}")
        return Outcome("deny", type(error).__name__, str(error))
    with account.enforcing():
        # What the caller did before may be refused, and the case is about what came of it.
        return [perform(call, keys, case.request, who.anonymous) for call in calls][-1]


def _require_reason(case: Case, outcome: Outcome) -> None:
    if outcome.answer == "allow":
        return
    expected = {case.refused} if case.refused else DENIED
    if outcome.code not in expected:
        raise WrongError(f"refused with {outcome.code}: {outcome.message}")


def answers(cases: Sequence[Case]) -> dict[str, dict[str, Run]]:
    """Put the cases to all accounts, each in a process of its own.

    rolelab changes the process it runs in, and the others must be as their users know them.

    Returns:
        What came of it, by account and case.

    Raises:
        FaultsError: rolelab could not be set up for some cases, or refused for the wrong reason.
    """
    # Together where there are cores for it.
    with ProcessPoolExecutor(
        max_workers=len(ACCOUNTS), mp_context=get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        begun = {column: pool.submit(answer, column, cases) for column in ACCOUNTS}
        ended = {column: future.result() for column, future in begun.items()}
    faults = [fault for _, faults in ended.values() for fault in faults]
    if faults:
        raise FaultsError("\n".join(faults))
    return {column: runs for column, (runs, _) in ended.items()}


def answer(column: str, cases: Sequence[Case]) -> tuple[dict[str, Run], list[str]]:
    """Put the cases to one account, in this process.

    Returns:
        What came of it by case, and what went wrong in others.
    """
    runs, faults = {}, []
    for case in cases:
        try:
            runs[case.case] = run(case, ACCOUNTS[column])
        except Exception as error:
            faults.append(f"{column}: {case.case}: {type(error).__name__}: {error}")
    return runs, faults
