"""Why: each policy type's answer, with the statements that matched or nearly did.

Built only when somebody looks at a decision, so that deciding stays fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from rolelab.iam.conditions import Condition
from rolelab.iam.document import Document
from rolelab.iam.evaluation import (
    ALWAYS_ALLOWED,
    NOT_APPLICABLE,
    Outcome,
    guardrails,
    needs_resource_policy,
    read_documents,
    read_levels,
    read_resource_policy,
    session_policies,
)
from rolelab.iam.policies import Policies
from rolelab.iam.policy_types import (
    BOUNDARY,
    ENDPOINT,
    EVALUATION_ORDER,
    IDENTITY,
    RESOURCE,
    RESOURCE_CONTROL,
    SERVICE_CONTROL,
    SESSION,
    PolicyType,
)
from rolelab.iam.principals import Caller, Grant
from rolelab.iam.request import Question
from rolelab.iam.statement import ResourceElement, Statement
from rolelab.iam.variables import Template

_NEARLY = 2
"""A statement about the action, or about its service, may miss this many elements."""

_SHOWN = 4
"""So many statements that came near are shown for each policy type."""


@dataclass(frozen=True, slots=True)
class ElementTrace:
    """One element of a statement, whether it fits the request, and why not."""

    element: str
    met: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class StatementTrace:
    """A statement that matched, or nearly did.

    Attributes:
        policy: the name of its document, or "" when it has none.
        label: the Sid, or its position counted from 1.
        effect: "Allow" or "Deny".
        matched: whether every element fits the request.
        elements: the elements in the order in which they are compared.
        source: the statement as written.
    """

    policy: str
    label: str
    effect: str
    matched: bool
    elements: tuple[ElementTrace, ...]
    source: Mapping[str, Any]

    @property
    def why_not(self) -> str:
        """One sentence for each element that does not fit; "" when the statement matched."""
        return "; ".join(element.why_not for element in self.elements if not element.met)


@dataclass(frozen=True, slots=True)
class Layer:
    """One policy type's answer.

    Attributes:
        policy_type: as AWS names it, such as "permissions boundary".
        effect: "Allow", "ImplicitDeny", "ExplicitDeny" or "NotApplicable".
        statements: those that matched or nearly did, matches first.
        note: a sentence that says what the answer means here; may be empty.
        decisive: whether this answer decided the request.
    """

    policy_type: str
    effect: str
    statements: tuple[StatementTrace, ...] = ()
    note: str = ""
    decisive: bool = False


def layers_of(question: Question, policies: Policies, outcome: Outcome) -> tuple[Layer, ...]:
    """Every policy type's answer, in the order in which AWS evaluates them."""
    return tuple(
        _layer(policy_type, question, policies, outcome) for policy_type in EVALUATION_ORDER
    )


def _layer(
    policy_type: PolicyType, question: Question, policies: Policies, outcome: Outcome
) -> Layer:
    decisive = policy_type is outcome.decided_by
    answer = _ANSWERS[policy_type](question, policies)
    if isinstance(answer, str):
        # A policy that is not there decides too, where one was needed.
        effect = outcome.effect if decisive else NOT_APPLICABLE
        return Layer(policy_type.name, effect, note=answer, decisive=decisive)
    effect, documents, note = answer
    statements = tuple(_statements(documents, question))
    note = note or _silence(documents, statements, question)
    return Layer(policy_type.name, effect, statements, note, decisive)


def _silence(
    documents: Sequence[Document], statements: tuple[StatementTrace, ...], question: Question
) -> str:
    """What to say of policies of which no statement is worth showing."""
    if statements:
        return ""
    return f"no statement allows {question.request.action}" if documents else "there is none"


_Answer = tuple[str, Sequence[Document], str] | str
"""Effect, documents and note; or only the reason why the type does not apply."""


def _guardrail(policy_type: PolicyType, absent: str) -> Callable[[Question, Policies], _Answer]:
    def answer(question: Question, policies: Policies) -> _Answer:
        for applicable, levels in guardrails(question.caller, policies):
            if applicable is policy_type:
                documents = [document for level in levels for document in level]
                return read_levels(levels, question), documents, _silent_level(levels, question)
        return _exempt(policy_type, question, policies) or absent

    return answer


def _silent_level(levels: Sequence[Sequence[Document]], question: Question) -> str:
    if len(levels) == 1:
        return ""
    silent = [
        str(position)
        for position, level in enumerate(levels, start=1)
        if read_documents(level, question) == "ImplicitDeny"
    ]
    if not silent:
        return f"all {len(levels)} levels were asked"
    return f"level {', '.join(silent)} of {len(levels)} does not allow it; every level must"


def _exempt(policy_type: PolicyType, question: Question, policies: Policies) -> str:
    given = {
        SERVICE_CONTROL: policies.service_control,
        RESOURCE_CONTROL: policies.resource_control,
    }.get(policy_type)
    if not given:
        return ""
    if question.caller.service_linked:
        return "service-linked roles are exempt"
    return "applies to the principals of an account only"


def _resource(question: Question, policies: Policies) -> _Answer:
    if policies.resource is None:
        if needs_resource_policy(question.action, question.resource):
            return "ImplicitDeny", (), "this resource needs a policy of its own, and none was found"
        return "the resource has no policy"
    document = cast(Document, policies.resource)
    effect, grant = read_resource_policy(document, question)
    return effect, (document,), _GRANT_NOTES[grant]


_GRANT_NOTES = {
    Grant.NONE: "",
    Grant.ACCOUNT: "it delegates to the account: an identity-based policy must allow too",
    Grant.ROLE: "it names the role: a boundary or session policy still limits the session",
    Grant.DIRECT: "it names the caller directly",
}


def _own(
    documents_of: Callable[[Caller, Policies], Sequence[object] | None], absent: str
) -> Callable[[Question, Policies], _Answer]:
    """Policies attached to the principal: identity-based, boundary, session."""

    def answer(question: Question, policies: Policies) -> _Answer:
        if not question.caller.has_identity:
            return _WITHOUT_IDENTITY.get(question.caller.kind, "the caller has no policies")
        documents = documents_of(question.caller, policies)
        if documents is None:
            return absent
        note = "no policy controls this action" if question.action in ALWAYS_ALLOWED else ""
        effect = read_documents(documents, question)
        return effect, cast("Sequence[Document]", documents), note

    return answer


_WITHOUT_IDENTITY = {
    "root": "the account's root user needs none",
    "anonymous": "an anonymous caller has none",
    "named": "a service or an identity provider has none",
}

_ANSWERS: dict[PolicyType, Callable[[Question, Policies], _Answer]] = {
    RESOURCE_CONTROL: _guardrail(RESOURCE_CONTROL, "no RCP applies"),
    SERVICE_CONTROL: _guardrail(SERVICE_CONTROL, "no SCP applies"),
    ENDPOINT: _guardrail(ENDPOINT, "the request took no VPC endpoint"),
    RESOURCE: _resource,
    IDENTITY: _own(lambda _, policies: policies.identity, ""),
    BOUNDARY: _own(lambda _, policies: policies.boundary, "none is set"),
    SESSION: _own(session_policies, "none was passed"),
}


def _statements(documents: Sequence[Document], question: Question) -> Iterator[StatementTrace]:
    """Every match, denials first, or else the few statements that came nearest."""
    traces = [
        _trace(document, statement, question)
        for document in documents
        for statement in document.statements
    ]
    matched = [trace for trace in traces if trace.matched]
    nearest = sorted((trace for trace in traces if _is_near(trace, question)), key=_distance)
    yield from sorted(matched, key=lambda trace: trace.effect != "Deny")
    yield from nearest[:_SHOWN]


def _distance(trace: StatementTrace) -> int:
    return sum(not element.met for element in trace.elements)


def _is_near(trace: StatementTrace, question: Question) -> bool:
    """Whether an Allow is worth showing that does not match. A Deny that misses has no say."""
    about_action = all(
        element.met for element in trace.elements if element.element in ("Action", "NotAction")
    )
    near = about_action or _same_service(trace, question.action)
    misses = not trace.matched and trace.effect == "Allow"
    return misses and near and _distance(trace) <= _NEARLY


def _same_service(trace: StatementTrace, action: str) -> bool:
    written = trace.source.get("Action", ())
    listed = [written] if isinstance(written, str) else written
    vendor = action.partition(":")[0]
    return any(str(pattern).lower().startswith(f"{vendor}:") for pattern in listed)


def _trace(document: Document, statement: Statement, question: Question) -> StatementTrace:
    elements = tuple(_elements(statement, question))
    return StatementTrace(
        policy=document.name,
        label=statement.label,
        effect="Allow" if statement.allows else "Deny",
        matched=all(element.met for element in elements),
        elements=elements,
        source=statement.source,
    )


def _elements(statement: Statement, question: Question) -> Iterator[ElementTrace]:
    if statement.principal is not None:
        met = statement.grant(question) is not Grant.NONE
        name = "NotPrincipal" if statement.principal.negated else "Principal"
        yield ElementTrace(name, met, "" if met else _why_not_principal(question))
    met = statement.action.matches(question.action)
    name = "NotAction" if statement.action.negated else "Action"
    yield ElementTrace(name, met, "" if met else _why_not_action(statement, question))
    if statement.resource is not None:
        met = statement.resource.matches(question)
        name = "NotResource" if statement.resource.negated else "Resource"
        yield ElementTrace(name, met, "" if met else _why_not_resource(statement, question))
    for condition in statement.conditions:
        met = condition.met(question.context)
        why_not = "" if met else _why_not_condition(condition, question)
        yield ElementTrace(f"Condition {condition.operator} {condition.key}", met, why_not)


def _why_not_principal(question: Question) -> str:
    return f"the principal {question.caller.arn} is not the one it names"


def _why_not_action(statement: Statement, question: Question) -> str:
    if statement.action.negated:
        return f"NotAction leaves {question.request.action} out"
    return f"the action {question.request.action} is not in its Action"


def _why_not_resource(statement: Statement, question: Question) -> str:
    element = cast(ResourceElement, statement.resource)
    missing = [
        key
        for wanted in element.wanted
        if isinstance(wanted, Template)
        for key in wanted.missing(question.context)
    ]
    if missing:
        return f"the request has no value for ${{{missing[0]}}} in its Resource"
    if element.negated:
        return f"NotResource leaves {question.resource} out"
    bare = f"{question.resource}/"
    if any(pattern.startswith(bare) for pattern in element.written):
        return (
            f"its Resource names what is inside {question.resource}, the request asks for "
            "that itself"
        )
    if any(question.resource.startswith(f"{pattern}/") for pattern in element.written):
        return f"its Resource names the container, the request asks for {question.resource} in it"
    return f"{question.resource} does not match its Resource"


def _why_not_condition(condition: Condition, question: Question) -> str:
    present = question.context.get(condition.lookup, ())
    wanted = " or ".join(condition.values) or "nothing"
    if not present:
        return f"the request has no {condition.key}; {condition.operator} wants {wanted}"
    has = ", ".join(present)
    return f"{condition.key} is {has} in the request; {condition.operator} wants {wanted}"
