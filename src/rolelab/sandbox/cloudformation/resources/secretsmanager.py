"""Secrets Manager: secrets and their resource policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.cloudformation.errors import ResourceFailed
from rolelab.sandbox.cloudformation.resources.work import (
    Made,
    ResourceType,
    Work,
    generated,
    tag_list,
)

_PASSWORD = (
    "ExcludeCharacters",
    "ExcludeLowercase",
    "ExcludeNumbers",
    "ExcludePunctuation",
    "ExcludeUppercase",
    "IncludeSpace",
    "PasswordLength",
    "RequireEachIncludedType",
)


def _sm(work: Work, operation: str, /, **members: Any) -> dict[str, Any]:
    return work.call("secretsmanager", operation, **members)


def _value(work: Work) -> Any:
    """Give the text of the secret. None: the secret is empty."""
    asked = work.get("GenerateSecretString")
    if asked is None:
        return work.get("SecretString")
    if "SecretString" in work.properties:
        raise ResourceFailed(
            "Properties validation failed: SecretString and GenerateSecretString cannot both be set"
        )
    settings = {name: asked[name] for name in _PASSWORD if name in asked}
    password = _sm(work, "GetRandomPassword", **settings)["RandomPassword"]
    template, key = asked.get("SecretStringTemplate"), asked.get("GenerateStringKey")
    if template is None and key is None:
        return password
    if template is None or key is None:
        raise ResourceFailed(
            "Properties validation failed: SecretStringTemplate and GenerateStringKey go together"
        )
    try:
        content = json.loads(template)
    except ValueError as error:
        raise ResourceFailed(f"SecretStringTemplate is not valid JSON: {error}") from error
    return json.dumps({**content, key: password})


def _create(work: Work) -> Made:
    name = work.get("Name") or generated(work.logical_id, "", 64).replace("--", "-")
    secret = _sm(
        work,
        "CreateSecret",
        Name=name,
        SecretString=_value(work),
        AddReplicaRegions=work.get("ReplicaRegions"),
        **work.given("Description", "KmsKeyId", "Tags"),
    )
    return Made(secret["ARN"], {"Id": secret["ARN"]})


def _update(work: Work) -> Made:
    changes: dict[str, Any] = {}
    if work.changed("SecretString", "GenerateSecretString"):
        changes["SecretString"] = _value(work)
    if work.changed("Description"):
        changes["Description"] = work.get("Description", "")
    if work.changed("KmsKeyId"):
        changes["KmsKeyId"] = work.get("KmsKeyId", "alias/aws/secretsmanager")
    if changes:
        _sm(work, "UpdateSecret", SecretId=work.id, **changes)
    added, removed = work.tag_changes()
    if removed:
        _sm(work, "UntagResource", SecretId=work.id, TagKeys=removed)
    if added:
        _sm(work, "TagResource", SecretId=work.id, Tags=tag_list(added))
    return Made(work.id, work.attributes)


def _delete(work: Work) -> None:
    """A stack of the same name can be made again at once, so the secret goes without waiting."""
    _sm(work, "DeleteSecret", SecretId=work.id, ForceDeleteWithoutRecovery=True)


def _put_policy(work: Work) -> Made:
    secret = work.get("SecretId")
    block = work.given("BlockPublicPolicy")
    policy = work.get("ResourcePolicy")
    arn = _sm(work, "PutResourcePolicy", SecretId=secret, ResourcePolicy=policy, **block)["ARN"]
    return Made(arn, {"Id": arn})


def _delete_policy(work: Work) -> None:
    _sm(work, "DeleteResourcePolicy", SecretId=work.get("SecretId"))


TYPES: Mapping[str, ResourceType] = {
    "AWS::SecretsManager::Secret": ResourceType(
        _create,
        _delete,
        frozenset(
            {
                "Description",
                "GenerateSecretString",
                "KmsKeyId",
                "Name",
                "ReplicaRegions",
                "SecretString",
                "Tags",
            }
        ),
        "Name",
        _update,
        updates=frozenset(
            {"Description", "GenerateSecretString", "KmsKeyId", "SecretString", "Tags"}
        ),
    ),
    "AWS::SecretsManager::ResourcePolicy": ResourceType(
        _put_policy,
        _delete_policy,
        frozenset({"BlockPublicPolicy", "ResourcePolicy", "SecretId"}),
        None,
        _put_policy,
    ),
}
