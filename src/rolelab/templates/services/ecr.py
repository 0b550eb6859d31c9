"""ECR: repositories, without their images."""

from __future__ import annotations

import json
from typing import Any

from rolelab.templates.account_reading import Account
from rolelab.templates.found import Findings, Found, Identifier, LeftOut, counted, given
from rolelab.templates.services.tags import tags


def read(account: Account) -> Findings:
    """Give the repositories of the account. Page: *AWS::ECR::Repository*."""
    for repository in account.pages("ecr", "describe_repositories", "repositories"):
        name, arn = repository["repositoryName"], repository["repositoryArn"]
        own = {"repositoryName": name}
        answer = account.ask(
            "ecr", "get_repository_policy", "RepositoryPolicyNotFoundException", **own
        )
        policy = json.loads(answer["policyText"]) if answer else None
        yield Found(
            "AWS::ECR::Repository",
            name,
            arn,
            name,
            _properties(account, repository, policy),
            (
                Identifier(arn, "Arn"),
                Identifier(repository["repositoryUri"], "RepositoryUri", followed_by=":@"),
            ),
            policy=policy,
            keeps_data=True,
            lasting_name=True,
        )
        images = account.pages("ecr", "list_images", "imageIds", **own)
        if images:
            what = f"repository {name}: {counted(len(images), 'image')}"
            yield LeftOut(what, "a template carries no data; push them")


def _properties(account: Account, repository: dict[str, Any], policy: Any) -> dict[str, Any]:
    mutability = repository.get("imageTagMutability")
    scans = (repository.get("imageScanningConfiguration") or {}).get("scanOnPush")
    lifecycle = account.ask(
        "ecr",
        "get_lifecycle_policy",
        "LifecyclePolicyNotFoundException",
        repositoryName=repository["repositoryName"],
    )
    return given(
        RepositoryName=repository["repositoryName"],
        ImageTagMutability=None if mutability == "MUTABLE" else mutability,
        ImageScanningConfiguration={"ScanOnPush": True} if scans else None,
        EncryptionConfiguration=_encryption(repository),
        LifecyclePolicy=(
            {"LifecyclePolicyText": lifecycle["lifecyclePolicyText"]} if lifecycle else None
        ),
        RepositoryPolicyText=policy,
        Tags=tags(
            account.client("ecr").list_tags_for_resource(resourceArn=repository["repositoryArn"])[
                "tags"
            ]
        ),
    )


def _encryption(repository: dict[str, Any]) -> Any:
    configured = repository.get("encryptionConfiguration") or {}
    if configured.get("encryptionType") in (None, "AES256"):
        return None
    return given(EncryptionType=configured["encryptionType"], KmsKey=configured.get("kmsKey"))
