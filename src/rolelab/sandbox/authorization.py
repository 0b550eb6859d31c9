"""May this caller make this call: every question the call raises, put to the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rolelab.iam import Decision, Policies, PolicyError, Request, evaluate
from rolelab.sandbox import authorization_message, organizations
from rolelab.sandbox.call import Call
from rolelab.sandbox.decoding import model_of
from rolelab.sandbox.denial import ServiceError, access_denied
from rolelab.sandbox.operations import Check, Unanswerable, checks_of
from rolelab.sandbox.principals import Identity, Principal, organization_policies


class Denied(Exception):  # noqa: N818 - it is an answer, not a fault
    """A check that is not allowed.

    Attributes:
        error: what the service answers.
        decision: why.
    """

    def __init__(self, error: ServiceError, decision: Decision) -> None:
        super().__init__(str(error))
        self.error = error
        self.decision = decision


@dataclass(frozen=True, slots=True)
class Granted:
    """A call that is allowed.

    Attributes:
        owner: the account of the resource the call is about.
        denied_items: the entries of a batch that are denied by themselves, with the decisions.
    """

    owner: str
    denied_items: tuple[tuple[Any, Decision], ...] = ()


def authorize(call: Call, principal: Principal) -> Granted:
    """Ask the engine every question a call raises, in the order AWS asks them.

    Args:
        call: the decoded call.
        principal: who makes it.

    Returns:
        What was granted. A call that raises no question is allowed.

    Raises:
        Denied: a check is not allowed; the first one decides.
        ServiceError: AWS answers the call before it authorizes it, or a stored policy is broken.
    """
    try:
        checks = checks_of(call)
        identity = principal.identity() if checks else Identity()
    except Unanswerable as error:
        raise ServiceError(error.code, error.message, error.status) from error
    except PolicyError as error:
        message = f"A policy that applies to this call is not valid: {error}"
        raise access_denied(model_of(call.service), message) from error
    denied_items: list[tuple[Any, Decision]] = []
    for check in checks:
        decision = _decide(call, principal, identity, check)
        if decision.allowed:
            continue
        if check.item is None:
            raise Denied(
                access_denied(model_of(call.service), _sentence(call, check, decision)), decision
            )
        denied_items.append((check.item, decision))
    owner = checks[0].resource_account if checks else None
    return Granted(owner or call.account, tuple(denied_items))


def decide(call: Call, principal: Principal, check: Check) -> Decision:
    """Put one question to the engine: for what is decided without being a call to an API.

    Args:
        call: what is known of the request.
        principal: who asks.
        check: the question.
    """
    return _decide(call, principal, principal.identity(), check)


def _decide(call: Call, principal: Principal, identity: Identity, check: Check) -> Decision:
    asker, known = call.principal, call.context
    if check.principal is not None:
        # Somebody else asks, who has neither the caller's policies nor the caller's keys.
        asker, identity = check.principal, Identity()
        known = {name: value for name, value in known.items() if name not in principal.context}
    owner = check.resource_account or call.account
    service_control, resource_control = organization_policies(call.account)
    if owner != call.account:
        _, resource_control = organization_policies(owner)
    if resource_control and not organizations.restricts(check.action, check.resource):
        resource_control = ()
    context = {**known, **organizations.resource_keys(owner), **check.context}
    return evaluate(
        Request(asker, check.action, check.resource, owner, context),
        Policies(
            identity=identity.policies,
            resource=check.resource_policy,
            boundary=identity.boundary,
            session=identity.session,
            service_control=service_control,
            resource_control=resource_control,
        ),
    )


def _sentence(call: Call, check: Check, decision: Decision) -> str:
    """EC2 encodes its reasons; S3 gives them to callers of its own account only; Secrets Manager
    says of a key only that it may not be used.

    Pages: *Troubleshoot access denied (403 Forbidden) errors in Amazon S3*; AWS re:Post, *How do I
    resolve AWS KMS key access errors in Secrets Manager* (secrets-manager-cross-account-key).
    """
    if call.service == "secretsmanager" and check.action.startswith("kms:"):
        return "Access to KMS is not allowed"
    if call.service == "ec2":
        return authorization_message.sentence(call, decision)
    foreign = check.resource_account not in (None, call.account)
    if call.service == "s3" and (foreign or call.principal == "*"):
        return "Access Denied"
    return decision.message
