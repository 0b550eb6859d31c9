"""Replay what was recorded, and ask what must not be allowed.

Pages: *Policy evaluation logic*; *Default key policy* (AWS KMS Developer Guide).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from rolelab.iam import Policies, Request, evaluate, evaluate_many, parse
from rolelab.iam.document import Document
from rolelab.iam.policies import PolicyDocument
from rolelab.least_privilege.context import context_of, keys_read_by
from rolelab.least_privilege.mutations import mutations_of
from rolelab.sandbox.operations import Check

if TYPE_CHECKING:
    import pandas as pd

    from rolelab.iam import Decision
    from rolelab.least_privilege.analysis import Analysis

Forbidden = tuple[str, str] | tuple[str, str, Mapping[str, Any]] | Request
"""A request that must be denied: `(action, resource)`, with condition keys, or in full."""

RECORDED = "recorded"
YOURS = "forbidden by you"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a proof and its answer. Like recorded requests are one question.

    Attributes:
        kind: "recorded", "forbidden by you", or how the request differs from a recorded one.
        request: what was asked, with the condition keys that the policies read.
        count: how many recorded requests it stands for; 1 for the others.
        effect: "Allow", "ImplicitDeny" or "ExplicitDeny".
        wanted: whether it has to be allowed.
        why: where the request comes from.
    """

    kind: str
    request: Request
    count: int
    effect: str
    wanted: bool
    why: str = ""

    @property
    def allowed(self) -> bool:
        """Whether it is allowed."""
        return self.effect == "Allow"

    @property
    def holds(self) -> bool:
        """Whether the answer is as it has to be."""
        return self.allowed == self.wanted


@dataclass(frozen=True)
class Proof:
    """Whether policies are enough and not too much.

    Attributes:
        principal: whose requests were asked.
        policies: under which they were asked.
        questions: all of them with their answers: the recorded ones, then the forbidden.
    """

    principal: str
    policies: Policies
    questions: tuple[Question, ...]
    _resource_policies: Mapping[str, Document] = field(default_factory=dict, repr=False)

    @cached_property
    def holds(self) -> bool:
        """Every recorded request is allowed, and every forbidden one is denied."""
        return all(each.holds for each in self.questions)

    @property
    def enough(self) -> bool:
        """Every recorded request is allowed."""
        return all(each.holds for each in self.questions if each.wanted)

    @property
    def not_too_much(self) -> bool:
        """Every forbidden request is denied."""
        return all(each.holds for each in self.questions if not each.wanted)

    @property
    def replayed(self) -> int:
        """How many recorded requests were decided again."""
        return sum(each.count for each in self.questions if each.kind == RECORDED)

    def table(self) -> pd.DataFrame:
        """One row for each kind of question.

        Columns: ``question`` (the kind), ``must be`` ("allowed" or "denied"), ``requests``,
        ``allowed``, ``denied``, ``holds`` (all of them are as they must be).
        """
        import pandas as pd

        kinds = dict.fromkeys((each.kind, each.wanted) for each in self.questions)
        asked: Counter[tuple[str, bool, bool]] = Counter()
        for each in self.questions:
            asked[each.kind, each.wanted, each.allowed] += each.count
        rows = []
        for kind, wanted in kinds:
            allowed, denied = asked[kind, wanted, True], asked[kind, wanted, False]
            holds = not (denied if wanted else allowed)
            must = "allowed" if wanted else "denied"
            rows.append((kind, must, allowed + denied, allowed, denied, holds))
        columns = ["question", "must be", "requests", "allowed", "denied", "holds"]
        return pd.DataFrame(rows, columns=columns)

    def failures(self) -> pd.DataFrame:
        """The questions whose answer is not as it must be; empty if the proof holds.

        Columns: ``question``, ``action``, ``resource``, ``effect``, ``must be``, ``requests``
        (how many recorded ones) and ``why`` (where the request comes from).
        """
        import pandas as pd

        rows = [
            (
                each.kind,
                each.request.action,
                each.request.resource,
                each.effect,
                "allowed" if each.wanted else "denied",
                each.count,
                each.why,
            )
            for each in self.questions
            if not each.holds
        ]
        columns = ["question", "action", "resource", "effect", "must be", "requests", "why"]
        return pd.DataFrame(rows, columns=columns)

    def decision(self, question: Question) -> Decision:
        """The full decision behind an answer, with its layers, as `rolelab.why()` shows it."""
        policies = _bearing(self.policies, question.request, self._resource_policies)
        return evaluate(question.request, policies)


def prove(
    analysis: Analysis,
    policies: Policies | PolicyDocument | Sequence[PolicyDocument],
    forbidden: Iterable[Forbidden] = (),
    *,
    resource_policies: Mapping[str, PolicyDocument] | None = None,
    mutations: bool = True,
) -> Proof:
    """Prove that policies are enough and not too much for what was recorded.

    See `Analysis.prove`, which has the same arguments and errors.
    """
    given = policies if isinstance(policies, Policies) else Policies(identity=_listed(policies))
    owned = {
        arn: parse(document, kind="resource") for arn, document in (resource_policies or {}).items()
    }
    wanted = keys_read_by(given, owned.values())
    asking = _Asking(analysis, wanted, by_session=bool(owned) or "aws:userid" in wanted)
    questions = [*asking.recorded(), *asking.forbidden(forbidden)]
    if mutations:
        questions += asking.mutations()
    answers = _decide([each.request for each in questions], given, owned)
    return Proof(
        analysis.principal,
        given,
        tuple(
            replace(each, effect=effect) for each, effect in zip(questions, answers, strict=True)
        ),
        owned,
    )


def _listed(
    policies: PolicyDocument | Sequence[PolicyDocument],
) -> Sequence[PolicyDocument]:
    return [policies] if isinstance(policies, str | Mapping | Document) else policies


class _Asking:
    """The questions of a proof, as requests of one session."""

    def __init__(self, analysis: Analysis, wanted: frozenset[str], *, by_session: bool) -> None:
        self._analysis = analysis
        self._wanted = wanted
        self._by_session = by_session
        self._contexts: dict[object, dict[str, Any]] = {}
        self._session = next(
            (_session_of(record) for record, _ in analysis.uses), analysis.principal
        )

    def recorded(self) -> Iterable[Question]:
        """Every recorded request; like ones together."""
        counts: Counter[tuple[str, str, str, object]] = Counter()
        requests: dict[tuple[str, str, str, object], Request] = {}
        for record, need in self._analysis.uses:
            session = _session_of(record) if self._by_session else self._session
            for check in need.checks:
                context, key = self._context(record, check)
                asked = (session, check.action, check.resource, key)
                counts[asked] += 1
                if counts[asked] == 1:
                    requests[asked] = Request(
                        session, check.action, check.resource, context=context
                    )
        for asked, request in requests.items():
            yield Question(RECORDED, request, counts[asked], "", True, "in the trail")

    def forbidden(self, given: Iterable[Forbidden]) -> Iterable[Question]:
        """The requests that the caller forbids."""
        for each in given:
            if isinstance(each, Request):
                request = each
            else:
                action, resource, *keys = each
                request = Request(self._session, action, resource, context=dict(*keys))
            yield Question(YOURS, request, 1, "", False, "forbidden")

    def mutations(self) -> Iterable[Question]:
        """The requests made from the recorded ones."""
        for each in mutations_of(self._analysis):
            context, _ = self._context(each.like, each.check)
            request = Request(
                self._session, each.check.action, each.check.resource, context=context
            )
            yield Question(each.kind, request, 1, "", False, each.why)

    def _context(self, record: Any, check: Check) -> tuple[dict[str, Any], object]:
        """The condition keys that matter, and a key of them. Like ones are the same object."""
        if not self._wanted:
            return self._contexts.setdefault((), {}), ()
        context = context_of(record, check.context, self._wanted)
        key = tuple(
            (name, value if isinstance(value, str) else tuple(value))
            for name, value in sorted(context.items())
        )
        return self._contexts.setdefault(key, context), key


def _session_of(record: Any) -> str:
    identity = record["userIdentity"]
    return str(identity.get("arn") or identity.get("invokedBy") or "*")


def _decide(
    requests: Sequence[Request], policies: Policies, owned: Mapping[str, Document]
) -> list[str]:
    """Decide all of them, those together whose resource has the same policy."""
    groups: dict[Any, list[int]] = {}
    for position, request in enumerate(requests):
        groups.setdefault(_policy_of(request, owned), []).append(position)
    effects = [""] * len(requests)
    for policy, positions in groups.items():
        bearing = policies if policy is None else replace(policies, resource=policy)
        asked = [requests[position] for position in positions]
        for position, decision in zip(positions, evaluate_many(asked, bearing), strict=True):
            effects[position] = decision.effect
    return effects


def _bearing(policies: Policies, request: Request, owned: Mapping[str, Document]) -> Policies:
    policy = _policy_of(request, owned)
    return policies if policy is None else replace(policies, resource=policy)


def _policy_of(request: Request, owned: Mapping[str, Document]) -> Document | None:
    """The policy of a resource; for keys and roles without a known one, what leaves it to IAM."""
    resource = request.resource
    found = owned.get(resource)
    if found is None and owned and resource.startswith("arn:aws:s3:::"):
        found = owned.get(resource.partition("/")[0])
    if found is not None:
        return found
    if request.action.startswith("kms:"):
        return _default_key_policy(_account_of(request.principal))
    if request.action.startswith("sts:AssumeRole"):
        return _trust_in_account(_account_of(request.principal))
    return None


def _account_of(principal: str) -> str:
    parts = principal.split(":")
    return parts[4] if len(parts) > 5 else ""


@cache
def _default_key_policy(account: str) -> Document:
    """Page: *Default key policy*: the account may use IAM policies to allow access to the key."""
    allow = {**_account_may(account), "Action": "kms:*", "Resource": "*"}
    return parse({"Version": "2012-10-17", "Statement": [allow]}, kind="resource")


@cache
def _trust_in_account(account: str) -> Document:
    """Page: *How to use trust policies with IAM roles*: the account decides who of it may."""
    allow = {**_account_may(account), "Action": ["sts:AssumeRole", "sts:TagSession"]}
    return parse({"Version": "2012-10-17", "Statement": [allow]}, kind="trust")


def _account_may(account: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
