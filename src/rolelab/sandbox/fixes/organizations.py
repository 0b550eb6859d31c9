"""AWS Organizations: who may call it, and what moto gets wrong about it.

moto serves every operation to every account, from an organization of the caller's own.

Page: the AWS Organizations API Reference says of each operation whether it can be called "only
from the management account" or "from any account in an organization". (Delegated administrators
are not modelled.)
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.decoding import model_of
from rolelab.sandbox.fixes import (
    FIXES,
    organizations_accounts,
    organizations_handshakes,
    organizations_policies,
    organizations_tree,
)
from rolelab.sandbox.fixes.organizations_errors import access_denied, not_in_use
from rolelab.sandbox.organizations import membership

__all__ = [
    "organizations_accounts",
    "organizations_handshakes",
    "organizations_policies",
    "organizations_tree",
]

ANYONE = frozenset(
    {
        "AcceptHandshake",
        "CreateOrganization",
        "DeclineHandshake",
        "DescribeHandshake",
        "ListHandshakesForAccount",
    }
)
"""What an account calls that is in no organization yet."""

MEMBERS = frozenset({"DescribeEffectivePolicy", "DescribeOrganization", "LeaveOrganization"})
"""What every account of an organization may call."""


def of_the_management_account(call: Call, response: Any, serve: Any) -> Any:
    """Serve the management account alone."""
    known = membership(call.account)
    if known is None:
        raise not_in_use()
    if not known.is_management:
        raise access_denied()
    return serve()


def of_a_member(call: Call, response: Any, serve: Any) -> Any:
    """Serve every account of the organization."""
    if membership(call.account) is None:
        raise not_in_use()
    return serve()


for _operation in model_of("organizations").operation_names:
    if _operation not in ANYONE:
        _guard = of_a_member if _operation in MEMBERS else of_the_management_account
        FIXES["organizations", _operation].insert(0, _guard)
