"""What a caller has to acknowledge: that a template makes IAM entities, or runs macros.

Page: *CreateStack*, Capabilities; *Acknowledging IAM resources in CloudFormation templates*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rolelab.sandbox.cloudformation.errors import in_brackets
from rolelab.sandbox.cloudformation.template import Template
from rolelab.sandbox.denial import ServiceError

IAM, NAMED_IAM, AUTO_EXPAND = "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"

# The property that names each entity. An inline policy always has a name, which counts for none.
_NAMES = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}


def iam_types(template: Template) -> list[str]:
    """Give the types of a template that have to be acknowledged."""
    return sorted(
        {each.type for each in template.resources.values() if each.type.startswith("AWS::IAM::")}
    )


def required(template: Template) -> list[str]:
    """Give the capabilities that a template needs."""
    needed = []
    if iam_types(template):
        named = any(
            _NAMES.get(each.type) in each.properties for each in template.resources.values()
        )
        needed.append(NAMED_IAM if named else IAM)
    if template.transforms:
        needed.append(AUTO_EXPAND)
    return needed


def check(template: Template, given: Iterable[str]) -> None:
    """Refuse a template whose capabilities are not acknowledged.

    Raises:
        ServiceError: InsufficientCapabilitiesException.
    """
    acknowledged = set(given)
    if NAMED_IAM in acknowledged:
        acknowledged.add(IAM)
    missing = [each for each in required(template) if each not in acknowledged]
    if missing:
        raise ServiceError(
            "InsufficientCapabilitiesException",
            f"Requires capabilities : {in_brackets(missing)}",
            400,
        )


def check_types(template: Template, allowed: Iterable[str]) -> None:
    """Refuse a resource type that `ResourceTypes` of the call does not name.

    Page: *CreateStack*, ResourceTypes: `AWS::*`, `AWS::S3::*`, `AWS::S3::Bucket`.

    Raises:
        ServiceError: ValidationError.
    """
    names = list(allowed)
    patterns = [re.escape(name).replace(r"\*", ".*") for name in names]
    for each in template.resources.values() if names else ():
        if not any(re.fullmatch(pattern, each.type) for pattern in patterns):
            raise ServiceError(
                "ValidationError",
                f"Resource type {each.type} is not allowed by parameter ResourceTypes "
                f"{in_brackets(names)}",
                400,
            )
