"""Operations that moto serves rightly once the user, group or role they name is there.

For one that is not there moto has other words than IAM, or none at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import FIXES
from rolelab.sandbox.fixes.iam_lookup import group, role, user

# Where an operation names two, the later one here is looked for first.
_NAMES: Mapping[Callable[[Call], Any], tuple[str, ...]] = {
    group: (
        "ListAttachedGroupPolicies",
        "ListGroupPolicies",
        "RemoveUserFromGroup",
    ),
    role: (
        "AddRoleToInstanceProfile",
        "ListAttachedRolePolicies",
        "ListInstanceProfilesForRole",
        "ListRolePolicies",
        "ListRoleTags",
        "RemoveRoleFromInstanceProfile",
        "TagRole",
        "UntagRole",
        "UpdateRoleDescription",
    ),
    user: (
        "CreateLoginProfile",
        "DeactivateMFADevice",
        "DeleteLoginProfile",
        "EnableMFADevice",
        "GetLoginProfile",
        "ListAttachedUserPolicies",
        "ListGroupsForUser",
        "ListMFADevices",
        "ListUserPolicies",
        "ListUserTags",
        "RemoveUserFromGroup",
        "TagUser",
        "UntagUser",
        "UpdateLoginProfile",
    ),
}


def _must_exist(find: Callable[[Call], Any]) -> Any:
    def check(call: Call, response: Any, serve: Any) -> Any:
        find(call)
        return serve()

    return check


for _find, _operations in _NAMES.items():
    for _operation in _operations:
        FIXES["iam", _operation].insert(0, _must_exist(_find))
