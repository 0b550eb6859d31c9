"""Managed policies: documents, versions, attachments, and what stands in the way of deleting them.

AWS pages: *Managed policies and inline policies*, *Versioning IAM policies*, *IAM and AWS STS
quotas*, *DeletePolicy* of the IAM API Reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rolelab.sandbox import managed_policies
from rolelab.sandbox.call import Call
from rolelab.sandbox.fixes import Answer, fix
from rolelab.sandbox.fixes.iam_boundaries import boundary_of, usage_count
from rolelab.sandbox.fixes.iam_documents import identity, size
from rolelab.sandbox.fixes.iam_errors import (
    access_denied,
    already_exists,
    delete_conflict,
    limit_exceeded,
    no_such_entity,
    validation_error,
)
from rolelab.sandbox.fixes.iam_lookup import backend, group, role, taken, unique_id, user

POLICY_SIZE = 6144
"""Characters of a managed policy (*IAM and AWS STS quotas*)."""
VERSIONS_PER_POLICY = 5
POLICIES_PER_ENTITY = 10
"""Managed policies attached to one user, group or role, by default (*IAM and AWS STS quotas*)."""


@fix("iam", "CreatePolicy")
def create_policy(call: Call, response: Any, serve: Any) -> Answer:
    """moto takes a principal in the document and knows no size limit."""
    from moto.iam.models import ManagedPolicy

    wanted, stored = call.parameters, backend(call)
    name, text = str(wanted["PolicyName"]), str(wanted["PolicyDocument"])
    _check_document(text)
    if taken((policy.name for policy in _own(call)), name):
        raise already_exists(
            f"A policy called {name} already exists. Duplicate names are not allowed."
        )
    create: Any = ManagedPolicy
    created = create(
        name,
        account_id=call.account,
        region=call.region,
        description=wanted.get("Description"),
        document=text,
        path=wanted.get("Path") or "/",
        tags={tag["Key"].lower(): tag for tag in wanted.get("Tags", [])},
    )
    created.id = unique_id(call, "ANPA")
    stored.managed_policies[created.arn] = created
    return Answer({"Policy": _counted(call, created)})


@fix("iam", "GetPolicy")
def get_policy(call: Call, response: Any, serve: Any) -> Answer:
    """moto does not count uses as a boundary."""
    return Answer({"Policy": _counted(call, _policy(call))})


@fix("iam", "DeletePolicy")
def delete_policy(call: Call, response: Any, serve: Any) -> Answer:
    """moto deletes policies that are attached, are boundaries, or have several versions."""
    found = _own_policy(call)
    if found.attachment_count or usage_count(call, found.arn):
        raise delete_conflict("Cannot delete a policy attached to entities.")
    if len(found.versions) > 1:
        raise delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete "
            "the policy's versions. The default version is deleted with the policy."
        )
    del backend(call).managed_policies[found.arn]
    return Answer()


@fix("iam", "CreatePolicyVersion")
def create_policy_version(call: Call, response: Any, serve: Any) -> Answer:
    """moto takes a principal in the document and knows no size limit."""
    from moto.iam.models import PolicyVersion

    found, text = _own_policy(call), str(call.parameters["PolicyDocument"])
    _check_document(text)
    if len(found.versions) >= VERSIONS_PER_POLICY:
        raise limit_exceeded(
            f"A managed policy can have up to {VERSIONS_PER_POLICY} versions. Before you create a "
            "new version, you must delete an existing version."
        )
    created = PolicyVersion(found.arn, text, version_id=f"v{found.next_version_num}")
    found.next_version_num += 1
    found.versions.append(created)
    if call.parameters.get("SetAsDefault"):
        found.update_default_version(created.version_id)
    found.update_date = created.create_date
    return Answer({"PolicyVersion": _version_entry(created)})


@fix("iam", "ListPolicyVersions")
def list_policy_versions(call: Call, response: Any, serve: Any) -> Answer:
    """moto lists the oldest version first, with its document."""
    versions = [_version_entry(version) for version in reversed(_policy(call).versions)]
    return Answer({"Versions": versions, "IsTruncated": False})


@fix("iam", "GetPolicyVersion")
def get_policy_version(call: Call, response: Any, serve: Any) -> Any:
    """moto answers in other words if the version is not there."""
    _version(call, backend(call).managed_policies.get(call.parameters["PolicyArn"]))
    return serve()


@fix("iam", "SetDefaultPolicyVersion")
def set_default_policy_version(call: Call, response: Any, serve: Any) -> Answer:
    """moto unmarks the version that is already the default."""
    found = backend(call).managed_policies.get(call.parameters["PolicyArn"])
    wanted = _version(call, found)
    _refuse_foreign(found)
    for version in found.versions:
        version.is_default = version is wanted
    found.default_version_id = wanted.version_id
    return Answer()


@fix("iam", "DeletePolicyVersion")
def delete_policy_version(call: Call, response: Any, serve: Any) -> Answer:
    """moto answers in other words if the version is not there."""
    found = backend(call).managed_policies.get(call.parameters["PolicyArn"])
    wanted = _version(call, found)
    _refuse_foreign(found)
    if wanted.is_default:
        raise delete_conflict("Cannot delete the default version of a policy.")
    found.versions.remove(wanted)
    return Answer()


@fix("iam", "ListEntitiesForPolicy")
def list_entities_for_policy(call: Call, response: Any, serve: Any) -> Answer:
    """moto does not list whose boundary the policy is, and pages through roles only."""
    found, stored, wanted = _policy(call), backend(call), call.parameters
    usage = wanted.get("PolicyUsageFilter")
    prefix = wanted.get("PathPrefix") or "/"

    def uses(entities: Any, kind: str) -> list[Any]:
        if wanted.get("EntityFilter") not in {None, kind, *_POLICY_FILTERS}:
            return []
        return [
            entity
            for entity in entities.values()
            if entity.path.startswith(prefix) and _uses(entity, found.arn, usage)
        ]

    return Answer(
        {
            "PolicyUsers": uses(stored.users, "User"),
            "PolicyRoles": uses(stored.roles, "Role"),
            "PolicyGroups": uses(stored.groups, "Group"),
            "IsTruncated": False,
        }
    )


_POLICY_FILTERS = {"LocalManagedPolicy", "AWSManagedPolicy"}


def _uses(entity: Any, arn: str, usage: str | None) -> bool:
    attached = usage != "PermissionsBoundary" and arn in entity.managed_policies
    bounded = usage != "PermissionsPolicy" and boundary_of(entity) == arn
    return attached or bounded


@dataclass(frozen=True, slots=True)
class _Holder:
    """One kind of entity that policies are attached to.

    Attributes:
        find: the entity that a call names.
        quota: what IAM calls the limit on attached policies.
    """

    find: Callable[[Call], Any]
    quota: str


_HOLDERS: Mapping[str, _Holder] = {
    "User": _Holder(user, "PoliciesPerUser"),
    "Group": _Holder(group, "PoliciesPerGroup"),
    "Role": _Holder(role, "PoliciesPerRole"),
}


def _attach(holder: _Holder, call: Call) -> Answer:
    """moto counts a policy attached twice as two, and knows no limit."""
    arn = str(call.parameters["PolicyArn"])
    if not arn.startswith("arn:"):
        raise validation_error(f"ARN {arn} is not valid.")
    entity = holder.find(call)
    stored = backend(call)
    if not managed_policies.ensure(stored, arn):
        raise no_such_entity(f"Policy {arn} does not exist or is not attachable.")
    policy = stored.managed_policies[arn]
    if arn in entity.managed_policies:
        return Answer()
    if len(entity.managed_policies) >= POLICIES_PER_ENTITY:
        raise limit_exceeded(f"Cannot exceed quota for {holder.quota}: {POLICIES_PER_ENTITY}")
    policy.attach_to(entity)
    return Answer()


def _detach(holder: _Holder, call: Call) -> Answer:
    """moto answers in other words if the entity is not there."""
    arn = str(call.parameters["PolicyArn"])
    entity = holder.find(call)
    policy = entity.managed_policies.get(arn)
    if policy is None:
        raise no_such_entity(f"Policy {arn} was not found.")
    policy.detach_from(entity)
    return Answer()


def _on(holder: _Holder, act: Callable[[_Holder, Call], Answer]) -> Any:
    def fixed(call: Call, response: Any, serve: Any) -> Answer:
        return act(holder, call)

    return fixed


for _kind, _holder in _HOLDERS.items():
    fix("iam", f"Attach{_kind}Policy")(_on(_holder, _attach))
    fix("iam", f"Detach{_kind}Policy")(_on(_holder, _detach))


def _check_document(text: str) -> None:
    identity(text, managed=True)
    if size(text) > POLICY_SIZE:
        raise limit_exceeded(f"Cannot exceed quota for PolicySize: {POLICY_SIZE}")


def _own(call: Call) -> Iterator[Any]:
    """The account's own managed policies."""
    for policy in backend(call).managed_policies.values():
        if _is_own(policy):
            yield policy


def _is_own(policy: Any) -> bool:
    return ":iam::aws:" not in policy.arn


def _policy(call: Call) -> Any:
    arn, stored = str(call.parameters["PolicyArn"]), backend(call)
    if not managed_policies.ensure(stored, arn):
        raise no_such_entity(f"Policy {arn} was not found.")
    return stored.managed_policies[arn]


def _own_policy(call: Call) -> Any:
    found = _policy(call)
    _refuse_foreign(found)
    return found


def _refuse_foreign(policy: Any) -> None:
    """AWS's policies cannot be changed. The code is documented, the sentence widely reported."""
    if not _is_own(policy):
        raise access_denied("Policy is outside your own account.")


def _version(call: Call, policy: Any) -> Any:
    wanted = call.parameters["VersionId"]
    for version in policy.versions if policy is not None else ():
        if version.version_id == wanted:
            return version
    raise no_such_entity(
        f"Policy {call.parameters['PolicyArn']} version {wanted} does not exist or is not "
        "attachable."
    )


def _version_entry(version: Any) -> dict[str, Any]:
    """A version without its document."""
    return {
        "VersionId": version.version_id,
        "IsDefaultVersion": version.is_default,
        "CreateDate": version.create_date,
    }


def _counted(call: Call, policy: Any) -> Any:
    policy.permissions_boundary_usage_count = usage_count(call, policy.arn)
    return policy
