"""Everything about the account's users, groups, roles and policies in one answer.

AWS page: *GetAccountAuthorizationDetails* of the IAM API Reference.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.iam_boundaries import usage_count
from rolelab.sandbox.fixes.iam_lookup import backend
from rolelab.sandbox.fixes.iam_roles import described as described_role
from rolelab.sandbox.fixes.iam_users import described as described_user


@fix("iam", "GetAccountAuthorizationDetails")
def get_account_authorization_details(call: Call, response: Any, serve: Any) -> Answer:
    """moto shows no boundaries of users, no names of policies, and no uses as a boundary."""
    stored = backend(call)
    found = stored.get_account_authorization_details(call.parameters.get("Filter", []))
    return Answer(
        {
            "UserDetailList": [_user(user) for user in found["users"]],
            "GroupDetailList": list(found["groups"]),
            "RoleDetailList": [_role(role) for role in found["roles"]],
            "Policies": [_policy(call, policy) for policy in found["managed_policies"]],
            "IsTruncated": False,
        }
    )


def _user(user: Any) -> dict[str, Any]:
    return {
        **described_user(user),
        "UserPolicyList": user.user_policy_list,
        "GroupList": user.group_list,
        "AttachedManagedPolicies": user.attached_managed_policies,
    }


def _role(role: Any) -> dict[str, Any]:
    return {
        **described_role(role),
        "AssumeRolePolicyDocument": quote(role.assume_role_policy_document),
        "InstanceProfileList": role.instance_profile_list,
        "RolePolicyList": role.role_policy_list,
        "AttachedManagedPolicies": role.attached_managed_policies,
        "RoleLastUsed": role.role_last_used,
    }


def _policy(call: Call, policy: Any) -> dict[str, Any]:
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": policy.attachment_count,
        "PermissionsBoundaryUsageCount": usage_count(call, policy.arn),
        "IsAttachable": True,
        "Description": policy.description or None,
        "CreateDate": policy.create_date,
        "UpdateDate": policy.update_date,
        "PolicyVersionList": policy.policy_version_list,
    }
