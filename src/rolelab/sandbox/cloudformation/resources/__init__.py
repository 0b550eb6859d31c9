"""The resource types that the sandbox models: one module for each service, a table in each.

A type is a row: a function that makes the resource, one that changes it in place, one that
deletes it. What it calls is what the `handlers` of its registry schema name.

To add a type, write a row into the `TYPES` of its service's module.
"""

from __future__ import annotations

from collections.abc import Mapping

from rolelab.sandbox import service_modules
from rolelab.sandbox.cloudformation.resources.work import Caller, Made, Refused, ResourceType, Work

__all__ = ["Caller", "Made", "Refused", "ResourceType", "Work", "modelled"]


def modelled(type_name: str) -> ResourceType | None:
    """Give how a resource type is made; None where the sandbox does not model it.

    Args:
        type_name: `AWS::IAM::Role`.
    """
    parts = type_name.split("::")
    if len(parts) != 3 or parts[0] != "AWS":
        return None
    module = service_modules.load(__name__, parts[1].lower())
    types: Mapping[str, ResourceType] = getattr(module, "TYPES", {})
    return types.get(type_name)
