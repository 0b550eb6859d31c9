"""ECR: repositories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.cloudformation.resources.work import Made, ResourceType, Work, tag_list

_SETTINGS = ("ImageScanningConfiguration", "ImageTagMutability")


def _ecr(work: Work, operation: str, /, **members: Any) -> dict[str, Any]:
    return work.call("ecr", operation, **members)


def _create(work: Work) -> Made:
    name = work.name("RepositoryName", 256, lower=True)
    settings = work.given(*_SETTINGS, "EncryptionConfiguration", "Tags")
    repository = _ecr(work, "CreateRepository", repositoryName=name, **settings)["repository"]
    work.announce(name)
    _set_policies(work, name)
    attributes = {"Arn": repository["repositoryArn"], "RepositoryUri": repository["repositoryUri"]}
    return Made(name, attributes)


def _set_policies(work: Work, name: str) -> None:
    if work.changed("LifecyclePolicy"):
        text = (work.get("LifecyclePolicy") or {}).get("LifecyclePolicyText")
        if text:
            _ecr(work, "PutLifecyclePolicy", repositoryName=name, lifecyclePolicyText=text)
        else:
            _ecr(work, "DeleteLifecyclePolicy", repositoryName=name)
    if work.changed("RepositoryPolicyText"):
        policy = work.get("RepositoryPolicyText")
        if policy:
            _ecr(work, "SetRepositoryPolicy", repositoryName=name, policyText=policy)
        else:
            _ecr(work, "DeleteRepositoryPolicy", repositoryName=name)


def _update(work: Work) -> Made:
    own = {"repositoryName": work.id}
    if work.changed("ImageScanningConfiguration"):
        scanning = work.get("ImageScanningConfiguration") or {"ScanOnPush": False}
        _ecr(work, "PutImageScanningConfiguration", **own, imageScanningConfiguration=scanning)
    if work.changed("ImageTagMutability"):
        mutability = work.get("ImageTagMutability", "MUTABLE")
        _ecr(work, "PutImageTagMutability", **own, imageTagMutability=mutability)
    _set_policies(work, work.id)
    added, removed = work.tag_changes()
    arn = work.attributes["Arn"]
    if removed:
        _ecr(work, "UntagResource", resourceArn=arn, tagKeys=removed)
    if added:
        _ecr(work, "TagResource", resourceArn=arn, tags=tag_list(added))
    return Made(work.id, work.attributes)


def _delete(work: Work) -> None:
    """Page: *AWS::ECR::Repository*, EmptyOnDelete: else a repository with images stays."""
    force = work.get("EmptyOnDelete", False)
    _ecr(work, "DeleteRepository", repositoryName=work.id, force=force)


TYPES: Mapping[str, ResourceType] = {
    "AWS::ECR::Repository": ResourceType(
        _create,
        _delete,
        frozenset(
            {
                *_SETTINGS,
                "EmptyOnDelete",
                "EncryptionConfiguration",
                "LifecyclePolicy",
                "RepositoryName",
                "RepositoryPolicyText",
                "Tags",
            }
        ),
        "RepositoryName",
        _update,
    ),
}
