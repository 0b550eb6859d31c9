"""S3: buckets, without what is in them, and their policies."""

from __future__ import annotations

import json
from typing import Any

from rolelab.templates.account_reading import Account
from rolelab.templates.found import Findings, Found, Identifier, LeftOut, Parameter, counted, given
from rolelab.templates.services.tags import tags

_FURTHER = (
    ("lifecycle rules", "get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
    ("CORS rules", "get_bucket_cors", "NoSuchCORSConfiguration"),
    ("website settings", "get_bucket_website", "NoSuchWebsiteConfiguration"),
    ("replication", "get_bucket_replication", "ReplicationConfigurationNotFoundError"),
)
"""Settings that are looked for and not exported: the method, and the error when there are none."""


def read(account: Account) -> Findings:
    """Give the buckets of the account in this region. Page: *AWS::S3::Bucket*.

    A bucket's name is a parameter, because no two accounts can have a bucket of the same name
    (*Namespaces for general purpose buckets*).
    """
    s3 = account.client("s3")
    for listed in s3.list_buckets()["Buckets"]:
        name = listed["Name"]
        region = s3.get_bucket_location(Bucket=name).get("LocationConstraint") or "us-east-1"
        if region != account.region:
            yield LeftOut(f"bucket {name}", f"it is in {region}; a stack belongs to one region")
            continue
        yield from _bucket(account, name)


def _bucket(account: Account, name: str) -> Findings:
    arn = f"arn:{account.partition}:s3:::{name}"
    answer = account.ask("s3", "get_bucket_policy", "NoSuchBucketPolicy", Bucket=name)
    policy = json.loads(answer["Policy"]) if answer else None
    yield Found(
        "AWS::S3::Bucket",
        name,
        arn,
        name,
        _properties(account, name),
        (Identifier(arn, "Arn", followed_by="/"), Identifier(name)),
        policy=policy,
        keeps_data=True,
    )
    if policy is not None:
        yield Found(
            "AWS::S3::BucketPolicy",
            name,
            f"{arn}/policy",
            name,
            {"Bucket": name, "PolicyDocument": policy},
        )
    yield from _not_exported(account, name)


def _properties(account: Account, name: str) -> dict[str, Any]:
    return given(
        BucketName=Parameter(
            "Name", "The name of the bucket; no other account may have one of this name", name
        ),
        OwnershipControls=_ownership(account, name),
        PublicAccessBlockConfiguration=_public_access(account, name),
        BucketEncryption=_encryption(account, name),
        VersioningConfiguration=_versioning(account, name),
        Tags=tags(
            (account.ask("s3", "get_bucket_tagging", "NoSuchTagSet", Bucket=name) or {}).get(
                "TagSet"
            )
        ),
    )


def _ownership(account: Account, name: str) -> Any:
    absent = "OwnershipControlsNotFoundError"
    answer = account.ask("s3", "get_bucket_ownership_controls", absent, Bucket=name)
    rules = (answer or {}).get("OwnershipControls", {}).get("Rules", [])
    # Without a word of the template it is BucketOwnerEnforced.
    enforced = [{"ObjectOwnership": "BucketOwnerEnforced"}]
    return None if rules in ([], enforced) else {"Rules": rules}


def _public_access(account: Account, name: str) -> Any:
    absent = "NoSuchPublicAccessBlockConfiguration"
    answer = account.ask("s3", "get_public_access_block", absent, Bucket=name)
    return (answer or {}).get("PublicAccessBlockConfiguration")


def _encryption(account: Account, name: str) -> Any:
    """Page: *Setting default server-side encryption behavior*: without a word it is SSE-S3."""
    absent = "ServerSideEncryptionConfigurationNotFoundError"
    answer = account.ask("s3", "get_bucket_encryption", absent, Bucket=name)
    rules = (answer or {}).get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    written = [
        given(
            ServerSideEncryptionByDefault=rule.get("ApplyServerSideEncryptionByDefault"),
            BucketKeyEnabled=rule.get("BucketKeyEnabled") or None,
        )
        for rule in rules
    ]
    plain = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    return None if written in ([], plain) else {"ServerSideEncryptionConfiguration": written}


def _versioning(account: Account, name: str) -> Any:
    status = account.client("s3").get_bucket_versioning(Bucket=name).get("Status")
    return {"Status": status} if status else None


def _not_exported(account: Account, name: str) -> Findings:
    objects = account.pages("s3", "list_objects_v2", "Contents", Bucket=name)
    if objects:
        what = f"bucket {name}: {counted(len(objects), 'object')}"
        yield LeftOut(what, "a template carries no data")
    for setting, method, absent in _FURTHER:
        if account.ask("s3", method, absent, Bucket=name) is not None:
            yield LeftOut(f"bucket {name}: {setting}", "not exported; add the property by hand")
