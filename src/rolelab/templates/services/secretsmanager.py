"""Secrets Manager: secrets without their values, and their policies."""

from __future__ import annotations

import json
from typing import Any

from rolelab.templates.account_reading import Account
from rolelab.templates.found import Findings, Found, Identifier, LeftOut, Parameter, given
from rolelab.templates.services.tags import tags


def read(account: Account) -> Findings:
    """Give the secrets of the account. GetSecretValue is never called.

    Where a secret has a value, a parameter stands for it, as IaC generator does with properties
    that can be written and not read (*Resolve write-only properties*).
    """
    for secret in account.pages("secretsmanager", "list_secrets", "SecretList"):
        yield from _secret(account, secret["ARN"])


def _secret(account: Account, arn: str) -> Findings:
    manager = account.client("secretsmanager")
    secret = manager.describe_secret(SecretId=arn)
    name = secret["Name"]
    if secret.get("OwningService"):
        yield LeftOut(f"secret {name}", f"{secret['OwningService']} makes and owns it")
        return
    text = manager.get_resource_policy(SecretId=arn).get("ResourcePolicy")
    policy = json.loads(text) if text else None
    yield Found(
        "AWS::SecretsManager::Secret",
        name,
        arn,
        arn,
        _properties(secret),
        (Identifier(arn, followed_by=":"),),
        policy=policy,
        keeps_data=True,
    )
    if policy is not None:
        yield Found(
            "AWS::SecretsManager::ResourcePolicy",
            name,
            f"{arn}/policy",
            arn,
            {"SecretId": arn, "ResourcePolicy": policy},
        )
    if secret.get("RotationEnabled"):
        yield LeftOut(
            f"secret {name}: its rotation",
            "its function is not exported; add AWS::SecretsManager::RotationSchedule",
        )


def _properties(secret: dict[str, Any]) -> dict[str, Any]:
    value = Parameter("Value", f"The value of the secret {secret['Name']}", hidden=True)
    return given(
        Name=secret["Name"],
        Description=secret.get("Description"),
        KmsKeyId=secret.get("KmsKeyId"),
        SecretString=value if secret.get("VersionIdsToStages") else None,
        Tags=tags(secret.get("Tags")),
    )
