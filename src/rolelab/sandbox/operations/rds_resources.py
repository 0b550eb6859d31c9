"""RDS resources: their ARNs, and what their tags and settings say about them.

Pages: *Working with Amazon Resource Names (ARNs) in Amazon RDS*; *Policy condition keys for Amazon
RDS*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Value
from rolelab.sandbox.operations.row import (
    condition_value,
    resource_tag_context,
    tag_context,
    tag_pairs,
)
from rolelab.sandbox.resource_policies import backend

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

# Types whose tags have a condition key of RDS's own beside aws:ResourceTag.
_TAG_KEYS = frozenset(
    {
        "cluster",
        "cluster-pg",
        "cluster-snapshot",
        "db",
        "es",
        "og",
        "pg",
        "ri",
        "secgrp",
        "snapshot",
        "subgrp",
    }
)
_GLOBAL = frozenset({"global-cluster"})


def named(kind: str, member: str, default: str = "*") -> Callable[[Call], str]:
    """Give a function of the call that names a resource.

    RDS keeps names in lower case, and takes an ARN in place of many of them. A call that lists
    is about all resources of the type.

    Args:
        kind: the type in the ARN, `db`.
        member: the parameter with the name.
        default: the name where the parameter is absent.
    """

    def resource(call: Call) -> str:
        given = str(call.parameters.get(member) or default)
        return given if given.startswith("arn:") else arn_of(call, kind, given)

    return resource


def arn_of(call: Call, kind: str, name: str) -> str:
    """Give the ARN of a resource of the caller's account."""
    region = "" if kind in _GLOBAL else call.region
    return f"arn:{call.partition}:rds:{region}:{call.account}:{kind}:{name.lower()}"


def about_resource(call: Call, arn: str) -> Mapping[str, Value]:
    """Give the tags of a resource, and of a DB instance its settings."""
    found = resource_at(arn)
    if found is None:
        return {}
    kind = arn.split(":")[5]
    own = (f"rds:{kind}-tag",) if kind in _TAG_KEYS else ()
    context = resource_tag_context(tag_pairs(found.get_tags()), *own)
    return {**context, **_settings_of(found)} if kind == "db" else context


def resource_at(arn: str) -> Any | None:
    """Find a resource by its ARN."""
    parts = arn.split(":", 6)
    if len(parts) != 7 or parts[2] != "rds":
        return None
    stored = backend("rds", parts[4], parts[3] or "us-east-1")
    return None if stored is None else stored._find_resource(parts[5], parts[6])


def _settings_of(found: Any) -> dict[str, Value]:
    said = {
        "rds:DatabaseClass": found.db_instance_class,
        "rds:DatabaseEngine": found.engine,
        "rds:DatabaseName": found.db_name,
        "rds:MultiAz": bool(found.multi_az),
        "rds:Piops": found.iops,
        "rds:StorageEncrypted": bool(found.storage_encrypted),
        "rds:StorageSize": found.allocated_storage,
        "rds:Vpc": True,
    }
    return {key: condition_value(value) for key, value in said.items() if value is not None}


def requested(call: Call, arn: str) -> Mapping[str, Value]:
    """Give the settings that a call asks for.

    They count on every resource the call uses: a policy can list instance, option group, parameter
    group and subnet group under one condition on the engine. What is not asked for is false. Page:
    *Amazon RDS identity-based policy examples*, "Allow a user to create DB instances in an AWS
    account", example 1 of "Using condition keys".
    """
    given = call.parameters
    said = {
        "rds:DatabaseClass": given.get("DBInstanceClass") or given.get("DBClusterInstanceClass"),
        "rds:DatabaseEngine": given.get("Engine"),
        "rds:DatabaseName": given.get("DBName") or given.get("DatabaseName"),
        "rds:MultiAz": bool(given.get("MultiAZ")),
        "rds:Piops": given.get("Iops"),
        "rds:StorageEncrypted": bool(given.get("StorageEncrypted")),
        "rds:StorageSize": given.get("AllocatedStorage"),
    }
    if "cluster" in call.operation.lower():
        del said["rds:MultiAz"]
    return {key: condition_value(value) for key, value in said.items() if value is not None}


def requested_tags(call: Call, arn: str) -> Mapping[str, Value]:
    """Give the tags of a request under the global keys and under `rds:req-tag`."""
    given = call.parameters.get("Tags")
    pairs = tag_pairs(given)
    return {**tag_context(given), **{f"rds:req-tag/{key}": pairs[key] for key in pairs}}


def default_groups(call: Call) -> tuple[str, str]:
    """Give the names of the option group and parameter group that a new instance gets.

    They are named after the major version of the engine; without a version in the request they
    end with the engine here. Page: *Working with option groups*, *Working with parameter groups*.
    """
    engine = str(call.parameters.get("Engine") or "*").lower()
    version = str(call.parameters.get("EngineVersion") or "")
    parts = version.split(".")[: 1 if "postgres" in engine else 2] if version else []
    dashed, dotted = "-".join(parts), ".".join(parts)
    return (f"default:{engine}-{dashed}" if parts else f"default:{engine}"), (
        f"default.{engine}{dotted}"
    )
