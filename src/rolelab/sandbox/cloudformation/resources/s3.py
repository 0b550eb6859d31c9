"""S3: buckets and bucket policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.cloudformation.intrinsics import text
from rolelab.sandbox.cloudformation.resources.work import (
    Made,
    ResourceType,
    Work,
    tag_list,
    tags_of,
)


def _s3(work: Work, operation: str, /, **members: Any) -> dict[str, Any]:
    return work.call("s3", operation, **members)


def _create(work: Work) -> Made:
    name = work.name("BucketName", 63, lower=True)
    place = None
    if work.region != "us-east-1":
        place = {"LocationConstraint": work.region}
    _s3(work, "CreateBucket", Bucket=name, CreateBucketConfiguration=place)
    work.announce(name)
    _configure(work, name)
    return Made(name, _attributes(work, name))


def _attributes(work: Work, name: str) -> dict[str, str]:
    return {
        "Arn": f"arn:{work.partition}:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "DualStackDomainName": f"{name}.s3.dualstack.{work.region}.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{work.region}.amazonaws.com",
        "WebsiteURL": f"http://{name}.s3-website-{work.region}.amazonaws.com",
    }


def _configure(work: Work, name: str) -> None:
    own = {"Bucket": name}
    for member, put, delete in _SETTINGS:
        if not work.changed(member):
            continue
        if member in work.properties:
            operation, key, value = put(work.properties[member])
            _s3(work, operation, **own, **{key: value})
        else:
            operation, more = delete
            _s3(work, operation, **own, **more)
    if work.changed("Tags"):
        tags = tag_list(tags_of(work.get("Tags")))
        if tags:
            _s3(work, "PutBucketTagging", **own, Tagging={"TagSet": tags})
        else:
            _s3(work, "DeleteBucketTagging", **own)


def _encryption(value: Any) -> tuple[str, str, Any]:
    rules = [
        {
            **{each: rule[each] for each in ("BucketKeyEnabled",) if each in rule},
            **(
                {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
                if "ServerSideEncryptionByDefault" in rule
                else {}
            ),
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    return "PutBucketEncryption", "ServerSideEncryptionConfiguration", {"Rules": rules}


def _public_access(value: Any) -> tuple[str, str, Any]:
    return "PutPublicAccessBlock", "PublicAccessBlockConfiguration", value


def _versioning(value: Any) -> tuple[str, str, Any]:
    return "PutBucketVersioning", "VersioningConfiguration", value


def _ownership(value: Any) -> tuple[str, str, Any]:
    return "PutBucketOwnershipControls", "OwnershipControls", value


# Which call sets a property, and which one takes it back.
_SETTINGS: tuple[tuple[str, Any, tuple[str, dict[str, Any]]], ...] = (
    ("OwnershipControls", _ownership, ("DeleteBucketOwnershipControls", {})),
    ("PublicAccessBlockConfiguration", _public_access, ("DeletePublicAccessBlock", {})),
    ("BucketEncryption", _encryption, ("DeleteBucketEncryption", {})),
    (
        "VersioningConfiguration",
        _versioning,
        ("PutBucketVersioning", {"VersioningConfiguration": {"Status": "Suspended"}}),
    ),
)


def _update(work: Work) -> Made:
    _configure(work, work.id)
    return Made(work.id, work.attributes)


def _delete(work: Work) -> None:
    """Page: *AWS::S3::Bucket*: only an empty bucket can be deleted."""
    _s3(work, "DeleteBucket", Bucket=work.id)


def _put_policy(work: Work) -> Made:
    bucket = text(work.get("Bucket"))
    _s3(work, "PutBucketPolicy", Bucket=bucket, Policy=work.get("PolicyDocument"))
    return Made(bucket)


def _delete_policy(work: Work) -> None:
    _s3(work, "DeleteBucketPolicy", Bucket=work.get("Bucket"))


TYPES: Mapping[str, ResourceType] = {
    "AWS::S3::Bucket": ResourceType(
        _create,
        _delete,
        frozenset({*(member for member, _, _ in _SETTINGS), "BucketName", "Tags"}),
        "BucketName",
        _update,
    ),
    "AWS::S3::BucketPolicy": ResourceType(
        _put_policy,
        _delete_policy,
        frozenset({"Bucket", "PolicyDocument"}),
        None,
        _put_policy,
    ),
}
