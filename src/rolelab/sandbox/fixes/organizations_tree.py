"""Organizational units, and where accounts stand.

moto knows no limit to their depth, lets units of one name stand side by side, deletes units that
hold accounts, and moves accounts from anywhere.

Pages: *CreateOrganizationalUnit*, *UpdateOrganizationalUnit*, *DeleteOrganizationalUnit*,
*MoveAccount* (API Reference); *Quotas and service limits for AWS Organizations*.
"""

from __future__ import annotations

from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.organizations_accounts import (
    begin_with_defaults,
    detach_all,
    organization_of,
)
from rolelab.sandbox.fixes.organizations_errors import constraint

DEEPEST = 5
"""Levels of units under a root."""


@fix("organizations", "CreateOrganizationalUnit")
def create_organizational_unit(call: Call, response: Any, serve: Any) -> Any:
    """A unit's name is unique among its siblings, and there are five levels of units."""
    stored = organization_of(call)
    parent = _parent(stored, str(call.parameters["ParentId"]), "ParentNotFoundException")
    _unique(stored, parent.id, str(call.parameters["Name"]))
    if _depth(stored, parent) >= DEEPEST:
        raise constraint(
            "OU_DEPTH_LIMIT_EXCEEDED",
            "You attempted to create an OU tree that is too many levels deep.",
        )
    answer = serve()
    if answer[0] == 200:
        begin_with_defaults(stored, stored.ou[-1])
    return answer


@fix("organizations", "UpdateOrganizationalUnit")
def update_organizational_unit(call: Call, response: Any, serve: Any) -> Any:
    """moto compares the name with those of all units, and asks for one even if none is given."""
    stored = organization_of(call)
    unit = stored.get_organizational_unit_by_id(call.parameters["OrganizationalUnitId"])
    name = call.parameters.get("Name")
    if name is not None and name != unit.name:
        _unique(stored, unit.parent_id, str(name))
        unit.name = name
    return Answer(unit.describe())


@fix("organizations", "DeleteOrganizationalUnit")
def delete_organizational_unit(call: Call, response: Any, serve: Any) -> Any:
    """Only an empty unit is deleted. Its policies are detached."""
    stored = organization_of(call)
    unit = stored.get_organizational_unit_by_id(call.parameters["OrganizationalUnitId"])
    if any(each.parent_id == unit.id for each in (*stored.ou, *stored.accounts)):
        raise ServiceError("OrganizationalUnitNotEmptyException", "The specified OU is not empty.")
    for policy_type in {policy.type for policy in unit.attached_policies}:
        detach_all(unit, policy_type)
    return serve()


@fix("organizations", "MoveAccount")
def move_account(call: Call, response: Any, serve: Any) -> Any:
    """The account has to be where the call says it is."""
    stored, asked = organization_of(call), call.parameters
    account = stored.get_account_by_id(asked["AccountId"])
    source = _parent(stored, str(asked["SourceParentId"]), "SourceParentNotFoundException")
    target = _parent(
        stored, str(asked["DestinationParentId"]), "DestinationParentNotFoundException"
    )
    if account.parent_id == target.id:
        raise ServiceError(
            "DuplicateAccountException",
            "That account is already present in the specified destination.",
        )
    if account.parent_id != source.id:
        raise ServiceError(
            "AccountNotFoundException", "You specified an account that doesn't exist."
        )
    account.parent_id = target.id
    return Answer()


def _parent(stored: Any, named: str, code: str) -> Any:
    found = next((unit for unit in stored.ou if unit.id == named), None)
    if found is None:
        raise ServiceError(code, "You specified a parent that doesn't exist.")
    return found


def _unique(stored: Any, parent: str, name: str) -> None:
    if any(unit.parent_id == parent and unit.name == name for unit in stored.ou):
        raise ServiceError(
            "DuplicateOrganizationalUnitException", "An OU with the same name already exists."
        )


def _depth(stored: Any, unit: Any) -> int:
    """How many units lie between a unit and the root, itself included."""
    units = {each.id: each for each in stored.ou}
    depth = 0
    while unit.parent_id is not None:
        unit = units[unit.parent_id]
        depth += 1
    return depth
