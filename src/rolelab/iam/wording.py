"""AWS's own sentences for a decision.

AWS page: *Troubleshoot access denied error messages*.
"""

from __future__ import annotations

from rolelab.iam.evaluation import EXPLICIT_DENY, Outcome, is_role_action
from rolelab.iam.policy_types import RESOURCE, TRUST, PolicyType
from rolelab.iam.principals import ANONYMOUS
from rolelab.iam.request import Request


def message(request: Request, outcome: Outcome) -> str:
    """The sentence with which AWS denies, or a plain one for an allowed request."""
    who = "anonymous" if request.principal == ANONYMOUS else request.principal
    what = f"{request.action} on resource: {request.resource}"
    if outcome.effect == "Allow":
        return f"User: {who} is authorized to perform: {what}"
    denial = f"User: {who} is not authorized to perform: {what}"
    kind = shown_type(request, outcome.decided_by)
    if outcome.effect == EXPLICIT_DENY:
        return f"{denial} with an explicit deny in {kind.article} {kind.name}"
    return f"{denial} because no {kind.name} allows the {request.action} action"


def shown_type(request: Request, policy_type: PolicyType) -> PolicyType:
    """AWS calls the resource-based policy of a role by its own name."""
    if policy_type is RESOURCE and is_role_action(request.action, request.resource):
        return TRUST
    return policy_type
