"""Systems Manager: parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.cloudformation.resources.work import (
    Made,
    ResourceType,
    Work,
    generated,
    tag_list,
    tags_of,
)

_SETTINGS = ("AllowedPattern", "DataType", "Description", "Policies", "Tier", "Type", "Value")


def _ssm(work: Work, operation: str, /, **members: Any) -> dict[str, Any]:
    return work.call("ssm", operation, **members)


def _create(work: Work) -> Made:
    name = str(work.get("Name") or generated("CFN", work.logical_id, 64))
    tags = tag_list(tags_of(work.get("Tags"))) or None
    _ssm(work, "PutParameter", Name=name, Tags=tags, **work.given(*_SETTINGS))
    return _made(work, name)


def _made(work: Work, name: str) -> Made:
    path = name if name.startswith("/") else f"/{name}"
    arn = f"arn:{work.partition}:ssm:{work.region}:{work.account}:parameter{path}"
    return Made(name, {"Arn": arn, "Name": name, **work.given(*_SETTINGS)})


def _update(work: Work) -> Made:
    if work.changed(*_SETTINGS):
        _ssm(work, "PutParameter", Name=work.id, Overwrite=True, **work.given(*_SETTINGS))
    added, removed = work.tag_changes()
    own = {"ResourceType": "Parameter", "ResourceId": work.id}
    if removed:
        _ssm(work, "RemoveTagsFromResource", **own, TagKeys=removed)
    if added:
        _ssm(work, "AddTagsToResource", **own, Tags=tag_list(added))
    return _made(work, work.id)


def _delete(work: Work) -> None:
    _ssm(work, "DeleteParameter", Name=work.id)


TYPES: Mapping[str, ResourceType] = {
    "AWS::SSM::Parameter": ResourceType(
        _create, _delete, frozenset({*_SETTINGS, "Name", "Tags"}), "Name", _update
    ),
}
