"""KMS: customer managed keys and their aliases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rolelab.templates.account_reading import Account
from rolelab.templates.found import Findings, Found, Identifier, LeftOut, counted, given
from rolelab.templates.services.tags import tags

_SYMMETRIC = "SYMMETRIC_DEFAULT"


def read(account: Account) -> Findings:
    """Give the keys of the account. Page: *AWS::KMS::Key*."""
    aliases = account.pages("kms", "list_aliases", "Aliases")
    for listed in account.pages("kms", "list_keys", "Keys"):
        key = account.client("kms").describe_key(KeyId=listed["KeyId"])["KeyMetadata"]
        own = [each for each in aliases if each.get("TargetKeyId") == key["KeyId"]]
        yield from _key(account, key, own)


def _key(account: Account, key: Mapping[str, Any], aliases: list[Mapping[str, Any]]) -> Findings:
    names = sorted(alias["AliasName"].removeprefix("alias/") for alias in aliases)
    name = names[0] if names else ""
    what = f"key {name or key['KeyId']}"
    refused = _cannot(key)
    if refused:
        yield LeftOut(what, refused)
        return
    policy = json.loads(
        account.client("kms").get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
    )
    yield Found(
        "AWS::KMS::Key",
        name,
        key["Arn"],
        key["KeyId"],
        _properties(account, key, policy),
        (Identifier(key["Arn"], "Arn"), Identifier(key["KeyId"])),
        policy=policy,
        keeps_data=True,
    )
    for alias in sorted(aliases, key=lambda each: str(each["AliasName"])):
        yield _alias(alias)
    grants = account.pages("kms", "list_grants", "Grants", KeyId=key["KeyId"])
    if grants:
        yield LeftOut(
            f"{what}: {counted(len(grants), 'grant')}",
            "CloudFormation has no type for grants; call CreateGrant",
        )


def _cannot(key: Mapping[str, Any]) -> str | None:
    if key["KeyManager"] == "AWS":
        return "AWS manages it and makes one in every account"
    if key["KeyState"] == "PendingDeletion":
        return "it waits for its deletion"
    if key["Origin"] != "AWS_KMS":
        return f"its material has the origin {key['Origin']}, which no template can bring"
    return None


def _properties(
    account: Account, key: Mapping[str, Any], policy: Mapping[str, Any]
) -> dict[str, Any]:
    kms, own = account.client("kms"), {"KeyId": key["KeyId"]}
    symmetric = key["KeySpec"] == _SYMMETRIC
    rotates = symmetric and kms.get_key_rotation_status(**own)["KeyRotationEnabled"]
    return given(
        Description=key["Description"],
        KeySpec=None if symmetric else key["KeySpec"],
        KeyUsage=None if key["KeyUsage"] == "ENCRYPT_DECRYPT" else key["KeyUsage"],
        MultiRegion=key.get("MultiRegion") or None,
        Enabled=None if key["Enabled"] else False,
        EnableKeyRotation=rotates or None,
        KeyPolicy=policy,
        Tags=tags(account.pages("kms", "list_resource_tags", "Tags", **own)),
    )


def _alias(alias: Mapping[str, Any]) -> Found:
    name = str(alias["AliasName"])
    return Found(
        "AWS::KMS::Alias",
        name.removeprefix("alias/"),
        alias["AliasArn"],
        name,
        {"AliasName": name, "TargetKeyId": alias["TargetKeyId"]},
        (Identifier(name),),
    )
