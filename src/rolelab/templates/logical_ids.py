"""Names for the resources inside a template: the words of the name, and what it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from rolelab.templates.found import Found

SUFFIXES: Mapping[str, str] = {
    "AWS::KMS::Key": "Key",
    "AWS::KMS::Alias": "KeyAlias",
    "AWS::SecretsManager::Secret": "Secret",
    "AWS::SecretsManager::ResourcePolicy": "SecretPolicy",
    "AWS::SSM::Parameter": "Parameter",
    "AWS::S3::Bucket": "Bucket",
    "AWS::S3::BucketPolicy": "BucketPolicy",
    "AWS::DynamoDB::Table": "Table",
    "AWS::ECR::Repository": "Repository",
    "AWS::Logs::LogGroup": "LogGroup",
    "AWS::IAM::ManagedPolicy": "Policy",
    "AWS::IAM::Group": "Group",
    "AWS::IAM::Role": "Role",
    "AWS::IAM::RolePolicy": "Policy",
    "AWS::IAM::User": "User",
    "AWS::IAM::UserPolicy": "Policy",
    "AWS::IAM::GroupPolicy": "Policy",
    "AWS::IAM::InstanceProfile": "InstanceProfile",
    "AWS::ECS::Cluster": "Cluster",
    "AWS::ECS::TaskDefinition": "TaskDefinition",
}
"""The resource types of the export, in the order in which a template lists them."""


def logical_ids(found: Iterable[Found]) -> dict[str, str]:
    """A logical id for each resource, by its key: letters and digits, and never twice the same.

    Page: *CloudFormation template Resources syntax*, "Logical ID".
    """
    given: dict[str, str] = {}
    taken: set[str] = set()
    for each in found:
        name = _first_free(_words(each), taken)
        taken.add(name)
        given[each.key] = name
    return given


def _words(found: Found) -> str:
    words = [word for word in re.split(r"[^A-Za-z0-9]+", found.name) if word]
    name = "".join(word[:1].upper() + word[1:] for word in words)
    suffix = SUFFIXES[found.type]
    if name.lower().endswith(suffix.lower()):
        return name
    # A name of digits would be a logical id too, and a poor one.
    return f"{name}{suffix}" if not name[:1].isdigit() else f"{suffix}{name}"


def _first_free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}{number}", number + 1
    return free
