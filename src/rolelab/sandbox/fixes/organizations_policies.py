"""Policies of an organization: what they may say, and where they may be attached.

moto takes any text, attaches policies of types that are not enabled, and lets the last SCP go.

Pages: *CreatePolicy*, *UpdatePolicy*, *AttachPolicy*, *DetachPolicy*, *EnablePolicyType*,
*DisablePolicyType* (API Reference); *SCP syntax*; *RCP syntax*; *Quotas and service limits for
AWS Organizations*; *Service control policies (SCPs)*, "SCP effects on permissions".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.iam import PolicyError, parse
from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.organizations_accounts import (
    DEFAULT_POLICIES,
    attach,
    detach_all,
    organization_of,
)
from rolelab.sandbox.fixes.organizations_errors import (
    constraint,
    invalid_input,
    malformed,
    target_not_found,
)
from rolelab.sandbox.organizations import (
    KINDS,
    RESOURCE_CONTROL_POLICY,
    SERVICE_CONTROL_POLICY,
    is_enabled,
)

SIZES: Mapping[str, int] = {SERVICE_CONTROL_POLICY: 10_240, RESOURCE_CONTROL_POLICY: 5_120}
"""Characters of a policy document, all of them counted (*Maximum size of a policy document*)."""

MOST: Mapping[str, int] = {
    SERVICE_CONTROL_POLICY: 10,
    RESOURCE_CONTROL_POLICY: 5,
    "AISERVICES_OPT_OUT_POLICY": 5,
    "BACKUP_POLICY": 10,
    "TAG_POLICY": 10,
}
"""How many policies of a type may be attached to one entity."""


@fix("organizations", "CreatePolicy")
def create_policy(call: Call, response: Any, serve: Any) -> Any:
    """A policy has to follow the grammar of its type."""
    kind = str(call.parameters["Type"])
    _require_all_features(organization_of(call))
    _check_document(str(call.parameters["Content"]), kind)
    return serve()


@fix("organizations", "UpdatePolicy")
def update_policy(call: Call, response: Any, serve: Any) -> Any:
    """The policies that AWS manages stay as they are; names stay unique."""
    stored, asked = organization_of(call), call.parameters
    policy = stored.get_policy_by_id(asked["PolicyId"])
    _require_own(policy)
    if "Content" in asked:
        _check_document(str(asked["Content"]), policy.type)
    others = (each for each in stored.policies if each is not policy)
    if "Name" in asked and any(each.name == asked["Name"] for each in others):
        raise ServiceError(
            "DuplicatePolicyException", "A policy with the same name already exists."
        )
    return serve()


@fix("organizations", "DeletePolicy")
def delete_policy(call: Call, response: Any, serve: Any) -> Any:
    """moto deletes the policies that AWS manages."""
    _require_own(organization_of(call).get_policy_by_id(call.parameters["PolicyId"]))
    return serve()


@fix("organizations", "AttachPolicy")
def attach_policy(call: Call, response: Any, serve: Any) -> Any:
    """The type must be enabled, and there is a limit to the number of policies."""
    stored, policy, entity = _policy_and_target(call)
    if not is_enabled(stored, policy.type):
        raise ServiceError(
            "PolicyTypeNotEnabledException",
            "This operation can be performed only for enabled policy types.",
        )
    if policy in entity.attached_policies:
        raise ServiceError(
            "DuplicatePolicyAttachmentException",
            "The selected policy is already attached to the specified target.",
        )
    if len(_attached(entity, policy.type)) >= MOST[policy.type]:
        raise constraint(
            "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You have attached the maximum number of policies to the specified target.",
        )
    attach(policy, entity)
    return Answer()


@fix("organizations", "DetachPolicy")
def detach_policy(call: Call, response: Any, serve: Any) -> Any:
    """Every root, unit and account keeps one SCP, and RCPFullAWSAccess cannot be detached."""
    _, policy, entity = _policy_and_target(call)
    if policy not in entity.attached_policies:
        raise ServiceError(
            "PolicyNotAttachedException",
            "The policy isn't attached to the specified target in the specified root.",
        )
    if policy.id == DEFAULT_POLICIES[RESOURCE_CONTROL_POLICY]:
        raise invalid_input(
            "NON_DETACHABLE_POLICY", "You can't detach this Amazon Web Services Managed Policy."
        )
    if policy.type == SERVICE_CONTROL_POLICY and len(_attached(entity, policy.type)) == 1:
        raise constraint(
            "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You cannot remove the last policy attached to the specified target. "
            "You must have at least one attached at all times.",
        )
    entity.attached_policies.remove(policy)
    policy.attachments.remove(entity)
    return Answer()


@fix("organizations", "EnablePolicyType")
def enable_policy_type(call: Call, response: Any, serve: Any) -> Any:
    """The AWS managed policy of the type is attached everywhere."""
    stored = organization_of(call)
    _require_all_features(stored)
    answer = serve()
    default = DEFAULT_POLICIES.get(str(call.parameters["PolicyType"]))
    if answer[0] == 200 and default is not None:
        policy = stored.get_policy_by_id(default)
        for entity in (*stored.ou, *stored.accounts):
            attach(policy, entity)
    return answer


@fix("organizations", "DisablePolicyType")
def disable_policy_type(call: Call, response: Any, serve: Any) -> Any:
    """All policies of the type are detached from everything, and do not come back."""
    stored = organization_of(call)
    answer = serve()
    if answer[0] == 200:
        for entity in (*stored.ou, *stored.accounts):
            detach_all(entity, str(call.parameters["PolicyType"]))
    return answer


@fix("organizations", "ListPoliciesForTarget")
def list_policies_for_target(call: Call, response: Any, serve: Any) -> Any:
    """moto names what is missing by its type."""
    _target(organization_of(call), str(call.parameters["TargetId"]))
    return serve()


def _require_all_features(stored: Any) -> None:
    if stored.org.feature_set != "ALL":
        raise ServiceError(
            "PolicyTypeNotAvailableForOrganizationException",
            "You can't use the specified policy type with the feature set currently enabled for "
            "this organization.",
        )


def _require_own(policy: Any) -> None:
    if policy.aws_managed:
        raise invalid_input(
            "IMMUTABLE_POLICY",
            "You specified a policy that is managed by Amazon Web Services and can't be modified.",
        )


def _check_document(text: str, kind: str) -> None:
    """The parser's reason stays with the error as its cause: AWS names no place."""
    if kind not in KINDS:
        return
    if len(text) > SIZES[kind]:
        raise constraint(
            "POLICY_CONTENT_LIMIT_EXCEEDED", "You have exceeded the maximum policy size."
        )
    try:
        parse(text, kind=KINDS[kind])
    except PolicyError as error:
        raise malformed() from error


def _policy_and_target(call: Call) -> tuple[Any, Any, Any]:
    stored, asked = organization_of(call), call.parameters
    policy = stored.get_policy_by_id(asked["PolicyId"])
    return stored, policy, _target(stored, str(asked["TargetId"]))


def _target(stored: Any, named: str) -> Any:
    found = next((each for each in (*stored.ou, *stored.accounts) if each.id == named), None)
    if found is None:
        raise target_not_found()
    return found


def _attached(entity: Any, kind: str) -> list[Any]:
    return [policy for policy in entity.attached_policies if policy.type == kind]
