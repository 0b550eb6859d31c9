"""AWS's evaluation logic for many pairs of action and resource in one pass.

It follows `rolelab.iam.evaluation` step by step, with sets of cells in the place of single
answers: each step settles the cells it decides, and the next step sees the rest.

AWS pages: *How AWS enforcement code logic evaluates requests to allow or deny access*,
*Policy evaluation for requests within a single account*, *Cross-account policy evaluation logic*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple, cast

from rolelab.iam.cells import Cells, Grants, Reading, read_documents, read_resource_policy
from rolelab.iam.document import Document
from rolelab.iam.evaluation import (
    ALLOW,
    EXPLICIT_DENY,
    IMPLICIT_DENY,
    Outcome,
    guardrails,
    session_policies,
)
from rolelab.iam.policies import Policies
from rolelab.iam.policy_types import (
    BOUNDARY,
    EVALUATION_ORDER,
    IDENTITY,
    RESOURCE,
    SESSION,
    PolicyType,
)
from rolelab.iam.request import ContextValue, Question, Request

OUTCOMES = tuple(
    Outcome(effect, policy_type)
    for effect, policy_type in product((ALLOW, IMPLICIT_DENY, EXPLICIT_DENY), EVALUATION_ORDER)
)
"""Every outcome that a request can have; a cell keeps its place in here, counted from 1."""

_PAINTS = {
    outcome: bytes.maketrans(b"01", bytes((0, place)))
    for place, outcome in enumerate(OUTCOMES, start=1)
}


class Owned(NamedTuple):
    """The cells whose resource has this resource-based policy."""

    policy: Document
    cells: int


class Batch(NamedTuple):
    """Requests that differ in nothing but action and resource, and the policies of resources.

    Attributes:
        cells: the cells of these requests.
        asked: one such request; its action and resource do not count.
        policies: those that bear on each of them; the resource's own does not count.
        owned: the resource-based policies, no two for the same cell.
    """

    cells: int
    asked: Request
    policies: Policies
    owned: Sequence[Owned]


def decide_batches(cells: Cells, batches: Sequence[Batch]) -> bytes:
    """Decide every cell that a batch holds; the batches share no cell.

    Args:
        cells: the pairs of action and resource.
        batches: who asks about which of them, and under which policies.

    Returns one byte for each cell: the place of its outcome in OUTCOMES, counted from 1, or 0 for
    a cell that no batch holds.
    """
    settled: dict[Outcome, int] = {}
    for batch in batches:
        _decide(cells, batch, settled)
    return _paint(settled, cells.count)


def frozen(context: Mapping[str, ContextValue]) -> tuple[object, ...]:
    """A context as a key of a dict: equal keys mean the same answers.

    Args:
        context: the condition keys of a request.
    """
    return tuple((name, _frozen_value(value)) for name, value in context.items())


def _frozen_value(value: ContextValue) -> object:
    """By type and text: 1, 1.0 and true are equal in Python and not to a policy."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return type(value), str(value)
    return type(value), tuple(str(item) for item in value)


class _Ledger:
    """The cells that are still open, and what was settled for the others."""

    __slots__ = ("open", "settled")

    def __init__(self, cells: int, settled: dict[Outcome, int]) -> None:
        self.open = cells
        self.settled = settled

    def settle(self, cells: int, effect: str, policy_type: PolicyType) -> None:
        """Settle those of the cells that are open."""
        taken = self.open & cells
        if taken:
            outcome = Outcome(effect, policy_type)
            self.settled[outcome] = self.settled.get(outcome, 0) | taken
            self.open ^= taken

    def settle_rest(self, effect: str, policy_type: PolicyType) -> None:
        self.settle(self.open, effect, policy_type)

    def settle_missing(self, limits: Sequence[_Limit]) -> None:
        """What a limit does not allow is denied by the first limit that is silent."""
        for limit in limits:
            self.settle(~limit.allowed, IMPLICIT_DENY, limit.policy_type)


class _Limit(NamedTuple):
    """A policy type that can only take away, and the cells that it leaves."""

    policy_type: PolicyType
    allowed: int


class _Own(NamedTuple):
    """What the principal's own policies say together."""

    allowed: int
    limits: Sequence[_Limit] = ()


def _decide(cells: Cells, batch: Batch, settled: dict[Outcome, int]) -> None:
    """Every explicit deny comes before any missing allow, as in `evaluation.decide`."""
    ledger = _Ledger(batch.cells, settled)
    policies = batch.policies
    question = Question(batch.asked, policies.boundary is not None)
    if question.caller.account is not None:
        ledger.settle(cells.always_allowed, ALLOW, IDENTITY)
    guards = _read_guardrails(cells, question, policies, ledger)
    grants = _read_owned(cells, question, batch.owned, ledger)
    own = _Own(cells.all)
    if question.caller.has_identity:
        own = _read_own(cells, question, policies, ledger)
    ledger.settle_missing(guards)
    if ledger.open:
        _combine(cells, question, grants, own, ledger)


def _read_guardrails(
    cells: Cells, question: Question, policies: Policies, ledger: _Ledger
) -> list[_Limit]:
    """Settle what RCPs, SCPs and the endpoint deny; the cells that each of them leaves."""
    limits = []
    for policy_type, levels in guardrails(question.caller, policies):
        allowed = cells.all
        for level in levels:
            reading = read_documents(level, cells, question, ledger.open)
            ledger.settle(reading.denied, EXPLICIT_DENY, policy_type)
            allowed &= reading.allowed
        limits.append(_Limit(policy_type, allowed))
    return limits


def _read_owned(
    cells: Cells, question: Question, owned: Iterable[Owned], ledger: _Ledger
) -> Grants:
    """Settle what the resources' policies deny; what they grant, each for its own cells."""
    direct = role = granted = 0
    for policy, share in owned:
        within = share & ledger.open
        if not within:
            continue
        found = read_resource_policy(policy, cells, question, within)
        ledger.settle(found.denied & share, EXPLICIT_DENY, RESOURCE)
        direct |= found.direct & share
        role |= found.role & share
        granted |= found.any & share
    return Grants(direct, role, granted)


def _read_own(cells: Cells, question: Question, policies: Policies, ledger: _Ledger) -> _Own:
    """Identity-based policies, cut by a permissions boundary and by session policies."""

    def read(documents: Sequence[object], policy_type: PolicyType) -> Reading:
        listed = cast("Sequence[Document]", documents)
        reading = read_documents(listed, cells, question, ledger.open)
        ledger.settle(reading.denied, EXPLICIT_DENY, policy_type)
        return reading

    allowed = read(policies.identity, IDENTITY).allowed
    given = ((BOUNDARY, policies.boundary), (SESSION, session_policies(question.caller, policies)))
    limits = [
        _Limit(policy_type, read(documents, policy_type).allowed)
        for policy_type, documents in given
        if documents is not None
    ]
    return _Own(allowed, limits)


def _combine(cells: Cells, question: Question, grants: Grants, own: _Own, ledger: _Ledger) -> None:
    account = question.caller.account
    if account is None:
        ledger.settle(grants.any, ALLOW, RESOURCE)
        ledger.settle_rest(IMPLICIT_DENY, RESOURCE)
    elif account == question.resource_account:
        _same_account(cells, grants, own, ledger)
    else:
        _cross_account(grants, own, ledger)


def _same_account(cells: Cells, grants: Grants, own: _Own, ledger: _Ledger) -> None:
    """Either side may allow; a policy that names the session or the user needs nothing else."""
    ledger.settle(grants.direct, ALLOW, RESOURCE)
    ledger.settle(cells.needs_resource_policy & ~grants.any, IMPLICIT_DENY, RESOURCE)
    ledger.settle(~own.allowed & ~grants.role, IMPLICIT_DENY, IDENTITY)
    ledger.settle_missing(own.limits)
    ledger.settle(own.allowed, ALLOW, IDENTITY)
    ledger.settle_rest(ALLOW, RESOURCE)


def _cross_account(grants: Grants, own: _Own, ledger: _Ledger) -> None:
    """Both accounts must allow."""
    ledger.settle(~own.allowed, IMPLICIT_DENY, IDENTITY)
    ledger.settle_missing(own.limits)
    ledger.settle(grants.any, ALLOW, RESOURCE)
    ledger.settle_rest(IMPLICIT_DENY, RESOURCE)


def _paint(settled: Mapping[Outcome, int], count: int) -> bytes:
    """From a set of cells for each outcome to one byte for each cell."""
    painted = 0
    for outcome, cells in settled.items():
        digits = format(cells, f"0{count}b").encode()
        painted |= int.from_bytes(digits.translate(_PAINTS[outcome]), "big")
    return painted.to_bytes(count, "little")
