"""What the operations of AWS Organizations ask.

Pages: *Actions, resources, and condition keys for AWS Organizations* (Service Authorization
Reference); *Identity-based policy examples for AWS Organizations*; the API reference of each
operation that takes tags ("the requester must have the organizations:TagResource permission").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Value
from rolelab.sandbox.operations.row import (
    Key,
    Resource,
    Row,
    Table,
    parameter,
    resource_tag_context,
    tag_context,
    tag_pairs,
)
from rolelab.sandbox.organizations import handshake, membership

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

Keys = Mapping[str, Key]

# How the id of an entity begins -> its resource type in ARNs.
_TYPES: Mapping[str, str] = {"r-": "root", "ou-": "ou", "p-": "policy"}


def _entity(named: str, call: Call) -> Any | None:
    """Find root, unit, account or policy in the organization of the caller's account."""
    known = membership(call.account)
    if known is None:
        return None
    stored = known.stored
    entities = (*list(stored.ou), *list(stored.accounts), *list(stored.policies))
    return next((each for each in entities if each.id == named), None)


def _arn(named: Any, call: Call) -> str:
    """Give the ARN of an entity by its id, also of one that does not exist.

    Without an organization there is no ARN that could be allowed: `*`.
    """
    found = _entity(str(named), call)
    if found is not None:
        return str(found.arn)
    kind = next((of for start, of in _TYPES.items() if str(named).startswith(start)), "account")
    # The type of a policy that is not there is not known.
    return _of_organization(f"{kind}/{{}}/{'*/' if kind == 'policy' else ''}{named}", call)


def _of_organization(form: str, call: Call) -> str:
    """Fill an ARN of this organization: `form` has one gap, for the organization's id."""
    known = membership(call.account)
    if known is None:
        return "*"
    resource = form.format(known.organization_id)
    return f"arn:{call.partition}:organizations::{known.management_account}:{resource}"


def _named(member: str) -> Callable[[Call], str]:
    def resource(call: Call) -> str:
        given = call.parameters.get(member)
        return _arn(given, call) if given else "*"

    return resource


def _own_account(call: Call) -> str:
    return _arn(call.parameters.get("TargetId") or call.account, call)


def _invited(call: Call) -> str:
    target = call.parameters.get("Target") or {}
    return _arn(target.get("Id"), call) if target.get("Type") == "ACCOUNT" else "*"


def _new(form: str) -> Callable[[Call], str]:
    """The ARN of what the call makes, whose id is not known yet."""
    return lambda call: _of_organization(form, call)


def _new_policy(call: Call) -> str:
    kind = str(call.parameters.get("Type", "")).lower()
    return _of_organization(f"policy/{{}}/{kind}/p-*", call)


def _handshake(call: Call) -> str:
    """The ARN of a handshake, which belongs to the organization that invites."""
    found = handshake(str(call.parameters.get("HandshakeId")))
    return "*" if found is None else found.arn


def _about(member: str) -> Callable[[Call, str], Mapping[str, Value]]:
    """Tags of the entity that a parameter names; of a policy its type, too."""
    named = parameter(member)

    def context(call: Call, arn: str) -> Mapping[str, Value]:
        found = _entity(str(named(call)), call)
        if found is None:
            return {}
        tags = resource_tag_context(tag_pairs(found.tags))
        return {**tags, **({"organizations:PolicyType": found.type} if _is_policy(found) else {})}

    return context


def _policy_type(call: Call, arn: str) -> Mapping[str, Value]:
    """The type of the policy that the call names, for the check on its target."""
    found = _entity(str(call.parameters.get("PolicyId")), call)
    return {"organizations:PolicyType": found.type} if found is not None else {}


def _is_policy(entity: Any) -> bool:
    return str(entity.id).startswith("p-")


def _new_tags(call: Call, arn: str) -> Mapping[str, Value]:
    """What is made with tags has them already when it is decided."""
    given = call.parameters.get("Tags")
    return {**tag_context(given), **resource_tag_context(tag_pairs(given))}


def _on(operation: str, member: str, keys: Keys | None = None, **columns: Any) -> Row:
    """Give the row of an operation on the entity that a parameter names."""
    return Row(
        operation,
        f"organizations:{operation}",
        _named(member),
        keys=keys or {},
        context=(_about(member),),
        **columns,
    )


def _plain(operation: str, resource: Resource = "*", **columns: Any) -> Row:
    return Row(operation, f"organizations:{operation}", resource, **columns)


def _tags(operation: str, resource: Resource) -> Row:
    """Tags in the request need a permission of their own."""
    return Row(operation, "organizations:TagResource", resource, request_tags="Tags", when="Tags")


SERVICE: Keys = {"organizations:ServicePrincipal": "ServicePrincipal"}
TYPE: Keys = {"organizations:PolicyType": "PolicyType"}
FILTER: Keys = {"organizations:PolicyType": "Filter"}

TABLE = Table(
    prefix="organizations",
    rows=(
        *(
            _plain(operation)
            for operation in (
                "DeleteOrganization",
                "DeleteResourcePolicy",
                "DescribeCreateAccountStatus",
                "DescribeOrganization",
                "DescribeResourcePolicy",
                "EnableAllFeatures",
                "LeaveOrganization",
                "ListAWSServiceAccessForOrganization",
                "ListAccounts",
                "ListCreateAccountStatus",
                "ListHandshakesForAccount",
                "ListHandshakesForOrganization",
                "ListRoots",
            )
        ),
        # The service-linked role is made by a call of its own: it asks for itself.
        _plain("CreateOrganization"),
        _plain("ListPolicies", keys=FILTER),
        _plain("ListAccountsWithInvalidEffectivePolicy", keys=TYPE),
        _plain("ListDelegatedAdministrators", keys=SERVICE),
        _plain("EnableAWSServiceAccess", keys=SERVICE),
        _plain("DisableAWSServiceAccess", keys=SERVICE),
        # Accounts.
        _plain("CreateAccount", context=(_new_tags,)),
        _tags("CreateAccount", _new("account/{}/*")),
        _plain("CreateGovCloudAccount", context=(_new_tags,)),
        _tags("CreateGovCloudAccount", _new("account/{}/*")),
        *(
            _on(operation, "AccountId")
            for operation in (
                "CloseAccount",
                "DescribeAccount",
                "ListDelegatedServicesForAccount",
                "RemoveAccountFromOrganization",
            )
        ),
        _on("ListEffectivePolicyValidationErrors", "AccountId", TYPE),
        _on("RegisterDelegatedAdministrator", "AccountId", SERVICE),
        _on("DeregisterDelegatedAdministrator", "AccountId", SERVICE),
        _on("MoveAccount", "AccountId"),
        Row("MoveAccount", "organizations:MoveAccount", _named("SourceParentId")),
        Row("MoveAccount", "organizations:MoveAccount", _named("DestinationParentId")),
        _plain("DescribeEffectivePolicy", _own_account, keys=TYPE),
        # Invitations.
        _plain("InviteAccountToOrganization", _invited, request_tags="Tags"),
        _tags("InviteAccountToOrganization", _invited),
        *(
            _plain(operation, _handshake)
            for operation in (
                "AcceptHandshake",
                "CancelHandshake",
                "DeclineHandshake",
                "DescribeHandshake",
            )
        ),
        # The tree.
        _on("CreateOrganizationalUnit", "ParentId", request_tags="Tags"),
        _tags("CreateOrganizationalUnit", _new("ou/{}/ou-*")),
        *(
            _on(operation, "OrganizationalUnitId")
            for operation in (
                "DeleteOrganizationalUnit",
                "DescribeOrganizationalUnit",
                "UpdateOrganizationalUnit",
            )
        ),
        *(
            _on(operation, "ParentId")
            for operation in (
                "ListAccountsForParent",
                "ListChildren",
                "ListOrganizationalUnitsForParent",
            )
        ),
        _on("ListParents", "ChildId"),
        # Policies.
        _on("EnablePolicyType", "RootId", TYPE),
        _on("DisablePolicyType", "RootId", TYPE),
        _plain("CreatePolicy", keys={"organizations:PolicyType": "Type"}, context=(_new_tags,)),
        _tags("CreatePolicy", _new_policy),
        *(
            _on(operation, "PolicyId")
            for operation in (
                "AttachPolicy",
                "DeletePolicy",
                "DescribePolicy",
                "DetachPolicy",
                "ListTargetsForPolicy",
                "UpdatePolicy",
            )
        ),
        # Policy and target must both be allowed.
        *(
            Row(
                operation,
                f"organizations:{operation}",
                _named("TargetId"),
                context=(_about("TargetId"), _policy_type),
            )
            for operation in ("AttachPolicy", "DetachPolicy")
        ),
        _on("ListPoliciesForTarget", "TargetId", FILTER),
        _plain("PutResourcePolicy", _new("resourcepolicy/{}/rp-*"), request_tags="Tags"),
        # Tags.
        _on("ListTagsForResource", "ResourceId"),
        _on("TagResource", "ResourceId", request_tags="Tags"),
        _on("UntagResource", "ResourceId", tag_keys="TagKeys"),
    ),
)
