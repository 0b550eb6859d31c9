"""IAM: policies, managed and inline, and who holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rolelab.sandbox.cloudformation.intrinsics import text
from rolelab.sandbox.cloudformation.resources.iam_calls import KINDS, iam, unless_gone
from rolelab.sandbox.cloudformation.resources.work import Made, ResourceType, Work, generated


def _holders(properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(kind, text(name)) for kind in KINDS for name in properties.get(f"{kind}s") or ()]


def _create_managed_policy(work: Work) -> Made:
    settings = work.given("Description", "Path", "PolicyDocument")
    name = work.name("ManagedPolicyName", 128)
    policy = iam(work, "CreatePolicy", PolicyName=name, **settings)["Policy"]
    work.announce(policy["Arn"])
    _attach(work, policy["Arn"])
    return _managed_policy(policy)


def _managed_policy(policy: Mapping[str, Any]) -> Made:
    attributes = {
        "PolicyArn": policy["Arn"],
        "PolicyId": policy["PolicyId"],
        "DefaultVersionId": policy["DefaultVersionId"],
        "AttachmentCount": str(policy.get("AttachmentCount", 0)),
        "CreateDate": str(policy.get("CreateDate", "")),
        "UpdateDate": str(policy.get("UpdateDate", "")),
        "IsAttachable": "true",
        "PermissionsBoundaryUsageCount": str(policy.get("PermissionsBoundaryUsageCount", 0)),
    }
    return Made(policy["Arn"], attributes)


def _attach(work: Work, arn: str) -> None:
    new, old = _holders(work.properties), _holders(work.previous)
    for kind, name in old:
        if (kind, name) not in new:
            unless_gone(work, f"Detach{kind}Policy", PolicyArn=arn, **{f"{kind}Name": name})
    for kind, name in new:
        if (kind, name) not in old:
            iam(work, f"Attach{kind}Policy", PolicyArn=arn, **{f"{kind}Name": name})


def _update_managed_policy(work: Work) -> Made:
    if work.changed("PolicyDocument"):
        versions = iam(work, "ListPolicyVersions", PolicyArn=work.id)["Versions"]
        others = sorted(
            (each for each in versions if not each["IsDefaultVersion"]),
            key=lambda each: each["CreateDate"],
        )
        # Page: *IAM and AWS STS quotas*: a policy has at most five versions.
        for version in others[: max(0, len(versions) - 4)]:
            iam(work, "DeletePolicyVersion", PolicyArn=work.id, VersionId=version["VersionId"])
        iam(
            work,
            "CreatePolicyVersion",
            PolicyArn=work.id,
            PolicyDocument=work.get("PolicyDocument"),
            SetAsDefault=True,
        )
    _attach(work, work.id)
    return _managed_policy(iam(work, "GetPolicy", PolicyArn=work.id)["Policy"])


def _delete_managed_policy(work: Work) -> None:
    holders = iam(work, "ListEntitiesForPolicy", PolicyArn=work.id)
    for kind in KINDS:
        for each in holders[f"Policy{kind}s"]:
            own = {f"{kind}Name": each[f"{kind}Name"]}
            iam(work, f"Detach{kind}Policy", PolicyArn=work.id, **own)
    for version in iam(work, "ListPolicyVersions", PolicyArn=work.id)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam(work, "DeletePolicyVersion", PolicyArn=work.id, VersionId=version["VersionId"])
    iam(work, "DeletePolicy", PolicyArn=work.id)


def _create_policy(work: Work) -> Made:
    made = work.physical_id or generated(work.stack_name[:8], work.logical_id[:8], 64)
    work.announce(made)
    _write(work, _holders(work.properties))
    return Made(made, {"Id": made})


def _write(work: Work, holders: Iterable[tuple[str, str]]) -> None:
    for kind, name in holders:
        iam(
            work,
            f"Put{kind}Policy",
            **{f"{kind}Name": name},
            PolicyName=work.get("PolicyName"),
            PolicyDocument=work.get("PolicyDocument"),
        )


def _unwrite(work: Work, holders: Iterable[tuple[str, str]], policy: str) -> None:
    for kind, name in holders:
        own = {f"{kind}Name": name, "PolicyName": policy}
        unless_gone(work, f"Delete{kind}Policy", **own)


def _update_policy(work: Work) -> Made:
    new, old = _holders(work.properties), _holders(work.previous)
    same_name = not work.changed("PolicyName")
    _write(work, new)
    left = [each for each in old if each not in new or not same_name]
    _unwrite(work, left, text(work.previous["PolicyName"]))
    return Made(work.id, {"Id": work.id})


def _delete_policy(work: Work) -> None:
    _unwrite(work, _holders(work.properties), text(work.get("PolicyName")))


def _entity_policy(kind: str) -> ResourceType:
    """A type that writes one inline policy of one entity."""

    def create(work: Work) -> Made:
        iam(work, f"Put{kind}Policy", **work.properties)
        return Made(f"{work.get('PolicyName')}|{work.get(f'{kind}Name')}")

    def delete(work: Work) -> None:
        own = work.given(f"{kind}Name", "PolicyName")
        unless_gone(work, f"Delete{kind}Policy", **own)

    models = frozenset({f"{kind}Name", "PolicyDocument", "PolicyName"})
    return ResourceType(create, delete, models, update=create)


POLICIES: Mapping[str, ResourceType] = {
    "AWS::IAM::ManagedPolicy": ResourceType(
        _create_managed_policy,
        _delete_managed_policy,
        frozenset(
            {
                "Description",
                "Groups",
                "ManagedPolicyName",
                "Path",
                "PolicyDocument",
                "Roles",
                "Users",
            }
        ),
        "ManagedPolicyName",
        _update_managed_policy,
    ),
    "AWS::IAM::Policy": ResourceType(
        _create_policy,
        _delete_policy,
        frozenset({"Groups", "PolicyDocument", "PolicyName", "Roles", "Users"}),
        None,
        _update_policy,
    ),
    **{f"AWS::IAM::{kind}Policy": _entity_policy(kind) for kind in KINDS},
}
