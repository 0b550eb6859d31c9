"""How AWS decides: one request, all policies that bear on it, one answer.

AWS pages: *How AWS enforcement code logic evaluates requests to allow or deny access*,
*Policy evaluation for requests within a single account*, *Cross-account policy evaluation logic*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

from rolelab.iam.document import Document
from rolelab.iam.policies import Policies
from rolelab.iam.policy_types import (
    BOUNDARY,
    ENDPOINT,
    IDENTITY,
    RESOURCE,
    RESOURCE_CONTROL,
    SERVICE_CONTROL,
    SESSION,
    PolicyType,
)
from rolelab.iam.principals import Caller, Grant
from rolelab.iam.request import Question
from rolelab.iam.statement import Statement

ALLOW, IMPLICIT_DENY, EXPLICIT_DENY = "Allow", "ImplicitDeny", "ExplicitDeny"
NOT_APPLICABLE = "NotApplicable"

ALWAYS_ALLOWED = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})
"""No policy controls these: *GetCallerIdentity* and *GetSessionToken*, "Permissions"."""

_ROLE_ACTIONS = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:tagsession",
        "sts:setsourceidentity",
        "sts:setcontext",
    }
)


class Outcome(NamedTuple):
    """The effect of a request and the policy type that decided it."""

    effect: str
    decided_by: PolicyType


def decide(question: Question, policies: Policies) -> Outcome:
    """Apply AWS's evaluation logic.

    An explicit deny in any applicable policy wins. Otherwise every guardrail (RCP, SCP, endpoint)
    must allow, and then the principal's and the resource's own policies, together for the same
    account, each by itself across accounts.
    """
    caller = question.caller
    if question.action in ALWAYS_ALLOWED and caller.account is not None:
        return Outcome(ALLOW, IDENTITY)
    missing: PolicyType | None = None
    for policy_type, levels in guardrails(caller, policies):
        verdict = read_levels(levels, question)
        if verdict is EXPLICIT_DENY:
            return Outcome(EXPLICIT_DENY, policy_type)
        if verdict is IMPLICIT_DENY and missing is None:
            missing = policy_type
    grant = Grant.NONE
    if policies.resource is not None:
        verdict, grant = read_resource_policy(cast(Document, policies.resource), question)
        if verdict is EXPLICIT_DENY:
            return Outcome(EXPLICIT_DENY, RESOURCE)
    own = _OF_ROOT if not caller.has_identity else _read_own(question, policies)
    if own.denied_by is not None:
        return Outcome(EXPLICIT_DENY, own.denied_by)
    if missing is not None:
        return Outcome(IMPLICIT_DENY, missing)
    return _combine(question, grant, own)


class _Own(NamedTuple):
    """What the principal's own policies say together."""

    allows: bool
    limit: PolicyType | None = None
    denied_by: PolicyType | None = None


_OF_ROOT = _Own(allows=True)


def _read_own(question: Question, policies: Policies) -> _Own:
    """Identity-based policies, cut by a permissions boundary and by session policies."""
    identity = read_documents(policies.identity, question)
    if identity is EXPLICIT_DENY:
        return _Own(allows=False, denied_by=IDENTITY)
    limit: PolicyType | None = None
    limits = ((BOUNDARY, policies.boundary), (SESSION, session_policies(question.caller, policies)))
    for policy_type, documents in limits:
        verdict = ALLOW if documents is None else read_documents(documents, question)
        if verdict is EXPLICIT_DENY:
            return _Own(allows=False, denied_by=policy_type)
        if verdict is IMPLICIT_DENY and limit is None:
            limit = policy_type
    return _Own(identity is ALLOW, limit)


def session_policies(caller: Caller, policies: Policies) -> Sequence[object] | None:
    """The session policies that count; None when none limit the caller.

    A federated user's session has only what its session policies give it: without any it can do
    nothing by itself (*Permissions for GetFederationToken*).
    """
    if policies.session is None and caller.kind == "federated-user":
        return ()
    return policies.session


def _combine(question: Question, grant: Grant, own: _Own) -> Outcome:
    account = question.caller.account
    if account is None:
        return Outcome(ALLOW if grant else IMPLICIT_DENY, RESOURCE)
    if account == question.resource_account:
        return _same_account(question, grant, own)
    return _cross_account(grant, own)


def _same_account(question: Question, grant: Grant, own: _Own) -> Outcome:
    """Either side may allow; a policy that names the session or the user needs nothing else."""
    if grant is Grant.DIRECT:
        return Outcome(ALLOW, RESOURCE)
    if grant is Grant.NONE and needs_resource_policy(question.action, question.resource):
        return Outcome(IMPLICIT_DENY, RESOURCE)
    if not own.allows and grant is not Grant.ROLE:
        return Outcome(IMPLICIT_DENY, IDENTITY)
    if own.limit is not None:
        return Outcome(IMPLICIT_DENY, own.limit)
    return Outcome(ALLOW, IDENTITY if own.allows else RESOURCE)


def _cross_account(grant: Grant, own: _Own) -> Outcome:
    """Both accounts must allow."""
    if not own.allows:
        return Outcome(IMPLICIT_DENY, IDENTITY)
    if own.limit is not None:
        return Outcome(IMPLICIT_DENY, own.limit)
    return Outcome(ALLOW if grant else IMPLICIT_DENY, RESOURCE)


def needs_resource_policy(action: str, resource: str) -> bool:
    """Whether the resource's own policy must allow or delegate, even in the same account.

    True for a KMS key (*Key policies in AWS KMS*) and for a role that is to be assumed
    (*Granting permissions to create temporary security credentials*). `action` is in lower case.
    """
    kind = guarded_kind(action)
    return kind is not None and kind in resource


def guarded_kind(action: str) -> str | None:
    """What stands in the ARN of resources whose own policy must allow this action, or None.

    The pages are those of `needs_resource_policy`. `action` is in lower case.
    """
    if action in _ROLE_ACTIONS:
        return ":role/"
    return ":key/" if action.startswith("kms:") else None


def is_role_action(action: str, resource: str) -> bool:
    """Whether the resource-based policy of this request is a role's trust policy."""
    return action.lower() in _ROLE_ACTIONS and ":role/" in resource


def guardrails(
    caller: Caller, policies: Policies
) -> list[tuple[PolicyType, Sequence[Sequence[Document]]]]:
    """The guardrails that apply to this caller, each as levels that must all allow.

    SCPs reach the principals of an account, never AWS services, and neither SCPs nor RCPs reach
    service-linked roles (*Service control policies*, *Resource control policies*).
    """
    found: list[tuple[PolicyType, Sequence[Sequence[Document]]]] = []
    if policies.resource_control and not caller.service_linked:
        found.append((RESOURCE_CONTROL, _levels(policies.resource_control)))
    if policies.service_control and caller.account is not None and not caller.service_linked:
        found.append((SERVICE_CONTROL, _levels(policies.service_control)))
    if policies.endpoint is not None:
        found.append((ENDPOINT, _levels([policies.endpoint])))
    return found


def _levels(levels: object) -> Sequence[Sequence[Document]]:
    return cast("Sequence[Sequence[Document]]", levels)


def read_levels(levels: Sequence[Sequence[Document]], question: Question) -> str:
    """Every level must allow; an explicit deny on any level wins."""
    verdict = ALLOW
    for level in levels:
        answer = read_documents(level, question)
        if answer is EXPLICIT_DENY:
            return EXPLICIT_DENY
        if answer is IMPLICIT_DENY:
            verdict = IMPLICIT_DENY
    return verdict


def read_documents(documents: Iterable[object], question: Question) -> str:
    """What a set of documents of one type says: any Deny wins, else any Allow."""
    verdict = IMPLICIT_DENY
    action = question.action
    for document in cast("Iterable[Document]", documents):
        for statement in document.about(action):
            if statement.allows and verdict is ALLOW:
                continue
            if applies(statement, question):
                if not statement.allows:
                    return EXPLICIT_DENY
                verdict = ALLOW
    return verdict


def applies(statement: Statement, question: Question) -> bool:
    """Whether a statement about the action applies to the rest of the request."""
    if statement.principal is not None and statement.grant(question) is Grant.NONE:
        return False
    return statement.matches_request(question)


def read_resource_policy(document: Document, question: Question) -> tuple[str, Grant]:
    """What the resource's policy says, and how directly it names the caller at best."""
    best = Grant.NONE
    for statement in document.about(question.action):
        grant = statement.grant(question)
        if grant is Grant.NONE or (statement.allows and grant <= best):
            continue
        if statement.matches_request(question):
            if not statement.allows:
                return EXPLICIT_DENY, Grant.NONE
            best = grant
    return (ALLOW if best else IMPLICIT_DENY), best
