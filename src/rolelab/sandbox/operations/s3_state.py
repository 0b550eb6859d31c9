"""What moto's S3 knows about a bucket or an object that a decision needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from rolelab.sandbox.operations.check import Value
from rolelab.sandbox.operations.row import tag_pairs
from rolelab.sandbox.resource_policies import backend
from rolelab.sandbox.resource_policies.s3 import bucket

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call


def stored_object(name: str, key: str, version: str | None = None) -> Any | None:
    """Find an object (or one version of it) in any account, or None; delete markers too."""
    found = bucket(name)
    if found is None:
        return None
    if version is None:
        return found.keys.get(key)
    versions = found.keys.getlist(key, default=[])
    return next((entry for entry in versions if str(entry.version_id) == version), None)


def object_tags(found: Any) -> dict[str, str]:
    """Give the tags of an object that `stored_object` found."""
    holder = bucket(found.bucket_name) if hasattr(found, "bucket_name") else None
    stored = None if holder is None else backend("s3", holder.account_id, holder.partition)
    if stored is None:
        return {}
    return tag_pairs(stored.tagger.list_tags_for_resource(found.arn)["Tags"])


def existing_object_tags(call: Call, arn: str) -> Mapping[str, Value]:
    """Give `s3:ExistingObjectTag/*` of the object in the call, at the version in the call."""
    name, key = call.parameters.get("Bucket"), call.parameters.get("Key")
    if not name or not key:
        return {}
    return tags_of_object(str(name), str(key), call.parameters.get("VersionId"))


def tags_of_object(name: str, key: str, version: str | None) -> dict[str, Value]:
    """Give `s3:ExistingObjectTag/*` of one object."""
    found = stored_object(name, key, version)
    if found is None:
        return {}
    return {f"s3:ExistingObjectTag/{tag}": value for tag, value in object_tags(found).items()}


def copy_source(call: Call) -> tuple[str, str, str | None]:
    """Read the bucket, key and version that a copy reads.

    Page: *CopyObject*, `x-amz-copy-source`: `bucket/key`, URL-encoded, with an optional leading
    slash and `?versionId=`.
    """
    source = call.parameters.get("CopySource", "")
    if isinstance(source, Mapping):
        return str(source["Bucket"]), str(source["Key"]), source.get("VersionId")
    path, _, query = str(source).partition("?")
    name, _, key = unquote(path).removeprefix("/").partition("/")
    return name, key, parse_qs(query).get("versionId", [None])[0]
