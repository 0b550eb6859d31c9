"""What the operations of RDS ask.

Pages: *Actions, resources, and condition keys for Amazon RDS* (Service Authorization Reference);
*Amazon RDS identity-based policy examples*; *Password management with Amazon RDS and AWS Secrets
Manager*. Operations on proxies, integrations, tenant databases, shard groups, custom engine
versions, blue/green deployments and reserved instances have no row: they are decided on `*`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.rds_resources import (
    about_resource,
    arn_of,
    default_groups,
    named,
    requested,
    requested_tags,
)
from rolelab.sandbox.operations.rds_service_calls import (
    MASTER_SECRET,
    PASSES,
    ROTATES,
    SECRET_KEY,
    STORAGE_KEY,
    database_role,
    export_role,
    master_secret,
    monitoring_role,
    rotates_secret,
    storage_key,
)
from rolelab.sandbox.operations.row import Context, Derived, Key, Resource, Row, Table
from rolelab.sandbox.resource_policies import account_of, owned_by_account_in_arn

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

DB = named("db", "DBInstanceIdentifier")
CLUSTER = named("cluster", "DBClusterIdentifier")
SNAPSHOT = named("snapshot", "DBSnapshotIdentifier")
CLUSTER_SNAPSHOT = named("cluster-snapshot", "DBClusterSnapshotIdentifier")
PARAMETERS = named("pg", "DBParameterGroupName")
CLUSTER_PARAMETERS = named("cluster-pg", "DBClusterParameterGroupName")
OPTIONS = named("og", "OptionGroupName")
SUBNETS = named("subgrp", "DBSubnetGroupName")
NEW_SUBNETS = named("subgrp", "DBSubnetGroupName", "default")
SECURITY_GROUP = named("secgrp", "DBSecurityGroupName")
SUBSCRIPTION = named("es", "SubscriptionName")
GLOBAL_CLUSTER = named("global-cluster", "GlobalClusterIdentifier")
ANY: Resource = "{ResourceName}"


def _new_options(call: Call) -> str:
    return arn_of(
        call, "og", str(call.parameters.get("OptionGroupName") or default_groups(call)[0])
    )


def _new_parameters(call: Call) -> str:
    given = call.parameters.get("DBParameterGroupName")
    return arn_of(call, "pg", str(given or default_groups(call)[1]))


def _new_cluster_parameters(call: Call) -> str:
    given = call.parameters.get("DBClusterParameterGroupName")
    return arn_of(call, "cluster-pg", str(given or default_groups(call)[1]))


def _manages_password(call: Call) -> bool:
    return bool(call.parameters.get("ManageMasterUserPassword"))


def _public(call: Call) -> str | None:
    """Whether it is public without the parameter depends on the subnet group: not known here."""
    given = call.parameters.get("PubliclyAccessible")
    return None if given is None else str(bool(given)).lower()


_SECRET: Mapping[str, Key] = {
    "rds:ManageMasterUserPassword": lambda call: "true" if _manages_password(call) else "false"
}
_PUBLIC: Mapping[str, Key] = {"rds:PubliclyAccessible": _public}


def _row(operation: str, resource: Resource, **columns: Any) -> Row:
    """Give the row of an operation on a resource that exists."""
    return Row(operation, f"rds:{operation}", resource, context=(about_resource,), **columns)


# What an operation on one resource is about.
_ON: Mapping[str, tuple[Callable[[Call], str], ...]] = {
    "AddRoleToDBCluster": (CLUSTER,),
    "AddRoleToDBInstance": (DB,),
    "AddSourceIdentifierToSubscription": (SUBSCRIPTION,),
    "AuthorizeDBSecurityGroupIngress": (SECURITY_GROUP,),
    "DeleteDBCluster": (CLUSTER,),
    "DeleteDBClusterParameterGroup": (CLUSTER_PARAMETERS,),
    "DeleteDBClusterSnapshot": (CLUSTER_SNAPSHOT,),
    "DeleteDBInstance": (DB,),
    "DeleteDBParameterGroup": (PARAMETERS,),
    "DeleteDBSecurityGroup": (SECURITY_GROUP,),
    "DeleteDBSnapshot": (SNAPSHOT,),
    "DeleteDBSubnetGroup": (SUBNETS,),
    "DeleteEventSubscription": (SUBSCRIPTION,),
    "DeleteGlobalCluster": (GLOBAL_CLUSTER,),
    "DeleteOptionGroup": (OPTIONS,),
    "DescribeDBClusterParameterGroups": (CLUSTER_PARAMETERS,),
    "DescribeDBClusterParameters": (CLUSTER_PARAMETERS,),
    "DescribeDBClusterSnapshotAttributes": (CLUSTER_SNAPSHOT,),
    "DescribeDBClusters": (CLUSTER,),
    "DescribeDBInstances": (DB,),
    "DescribeDBLogFiles": (DB,),
    "DescribeDBParameterGroups": (PARAMETERS,),
    "DescribeDBParameters": (PARAMETERS,),
    "DescribeDBSecurityGroups": (SECURITY_GROUP,),
    "DescribeDBSnapshotAttributes": (SNAPSHOT,),
    "DescribeDBSubnetGroups": (SUBNETS,),
    "DescribeEventSubscriptions": (SUBSCRIPTION,),
    "DescribeGlobalClusters": (GLOBAL_CLUSTER,),
    "DescribeOptionGroups": (OPTIONS,),
    "DescribeValidDBInstanceModifications": (DB,),
    "DownloadDBLogFilePortion": (DB,),
    "FailoverDBCluster": (CLUSTER,),
    "ModifyDBClusterParameterGroup": (CLUSTER_PARAMETERS,),
    "ModifyDBClusterSnapshotAttribute": (CLUSTER_SNAPSHOT,),
    "ModifyDBParameterGroup": (PARAMETERS,),
    "ModifyDBSnapshot": (SNAPSHOT,),
    "ModifyDBSnapshotAttribute": (SNAPSHOT,),
    "ModifyDBSubnetGroup": (SUBNETS,),
    "ModifyEventSubscription": (SUBSCRIPTION,),
    "ModifyGlobalCluster": (GLOBAL_CLUSTER,),
    "ModifyOptionGroup": (OPTIONS,),
    "PromoteReadReplica": (DB,),
    "PromoteReadReplicaDBCluster": (CLUSTER,),
    "RebootDBCluster": (CLUSTER,),
    "RebootDBInstance": (DB,),
    "RemoveFromGlobalCluster": (GLOBAL_CLUSTER, named("cluster", "DbClusterIdentifier")),
    "RemoveRoleFromDBCluster": (CLUSTER,),
    "RemoveRoleFromDBInstance": (DB,),
    "RemoveSourceIdentifierFromSubscription": (SUBSCRIPTION,),
    "ResetDBClusterParameterGroup": (CLUSTER_PARAMETERS,),
    "ResetDBParameterGroup": (PARAMETERS,),
    "RevokeDBSecurityGroupIngress": (SECURITY_GROUP,),
    "StartDBCluster": (CLUSTER,),
    "StartDBInstance": (DB,),
    "StopDBCluster": (CLUSTER,),
    "StopDBInstance": (DB,),
    "SwitchoverReadReplica": (DB,),
}
_WITHOUT_RESOURCE = (
    "CancelExportTask",
    "DescribeAccountAttributes",
    "DescribeCertificates",
    "DescribeDBEngineVersions",
    "DescribeDBMajorEngineVersions",
    "DescribeEngineDefaultClusterParameters",
    "DescribeEngineDefaultParameters",
    "DescribeEventCategories",
    "DescribeEvents",
    "DescribeOptionGroupOptions",
    "DescribeOrderableDBInstanceOptions",
    "DescribeReservedDBInstancesOfferings",
    "DescribeSourceRegions",
    "ModifyCertificates",
)
# What an operation makes, and what else it asks about. The first is the new resource.
_MAKES: Mapping[str, tuple[Callable[[Call], str], ...]] = {
    "CopyDBClusterParameterGroup": (
        named("cluster-pg", "TargetDBClusterParameterGroupIdentifier"),
    ),
    "CopyDBClusterSnapshot": (named("cluster-snapshot", "TargetDBClusterSnapshotIdentifier"),),
    "CopyDBParameterGroup": (named("pg", "TargetDBParameterGroupIdentifier"),),
    "CopyDBSnapshot": (named("snapshot", "TargetDBSnapshotIdentifier"),),
    "CopyOptionGroup": (named("og", "TargetOptionGroupIdentifier"),),
    "CreateDBClusterParameterGroup": (CLUSTER_PARAMETERS,),
    "CreateDBClusterSnapshot": (CLUSTER_SNAPSHOT, CLUSTER),
    "CreateDBParameterGroup": (PARAMETERS,),
    "CreateDBSecurityGroup": (SECURITY_GROUP,),
    "CreateDBSnapshot": (SNAPSHOT, DB),
    "CreateDBSubnetGroup": (SUBNETS,),
    "CreateEventSubscription": (SUBSCRIPTION,),
    "CreateGlobalCluster": (GLOBAL_CLUSTER,),
    "CreateOptionGroup": (OPTIONS,),
}
_INSTANCE_PARTS = (_new_options, _new_parameters, NEW_SUBNETS)
_CLUSTER_PARTS = (_new_options, _new_cluster_parameters, NEW_SUBNETS)
_SOURCE_DB = named("db", "SourceDBInstanceIdentifier")
_SOURCE_CLUSTER = named("cluster", "SourceDBClusterIdentifier")


def _makes(
    operation: str,
    resources: tuple[Callable[[Call], str], ...],
    *contexts: Context,
    keys: Mapping[str, Key] | None = None,
) -> Iterator[Row]:
    """Give the rows of an operation that makes the first of the resources.

    With tags in the request AddTagsToResource is asked, too: the reference lists it as an action
    that these depend on.
    """
    every = (requested_tags, *contexts)
    for resource in resources:
        yield Row(
            operation,
            f"rds:{operation}",
            resource,
            keys=keys or {},
            context=(about_resource, *every),
        )
    yield Row(
        operation, "rds:AddTagsToResource", resources[0], context=(requested_tags,), when="Tags"
    )


def _given(member: str, operation: str, resource: Resource, **columns: Any) -> Row:
    """Give the row of a further resource that counts if a parameter names it."""
    return _row(operation, resource, when=member, **columns)


def _snapshots(call: Call) -> str:
    """DescribeDBSnapshots: a snapshot by name, or those of an instance."""
    if call.parameters.get("DBSnapshotIdentifier"):
        return SNAPSHOT(call)
    return DB(call) if call.parameters.get("DBInstanceIdentifier") else SNAPSHOT(call)


def _cluster_snapshots(call: Call) -> str:
    if call.parameters.get("DBClusterSnapshotIdentifier"):
        return CLUSTER_SNAPSHOT(call)
    listed = call.parameters.get("DBClusterIdentifier")
    return CLUSTER(call) if listed else CLUSTER_SNAPSHOT(call)


_TYPES: Mapping[str, str] = {
    "cluster": "AWS::RDS::DBCluster",
    "cluster-snapshot": "AWS::RDS::DBClusterSnapshot",
    "db": "AWS::RDS::DBInstance",
    "snapshot": "AWS::RDS::DBSnapshot",
    "subgrp": "AWS::RDS::DBSubnetGroup",
}


def _trail(call: Call) -> list[dict[str, str]]:
    resources = _ON.get(call.operation) or _MAKES.get(call.operation) or ()
    arns = [resource(call) for resource in resources]
    if call.operation in ("CreateDBInstance", "ModifyDBInstance"):
        arns.append(DB(call))
    return [
        {"ARN": arn, "accountId": account_of(arn) or call.account, "type": _TYPES[kind]}
        for arn in arns
        for kind in arn.split(":")[5:6]
        if kind in _TYPES and not arn.endswith(":*")
    ]


TABLE = Table(
    prefix="rds",
    attached=owned_by_account_in_arn,
    trail=_trail,
    rows=(
        *(_row(operation, resource) for operation in _ON for resource in _ON[operation]),
        *(Row(operation, f"rds:{operation}") for operation in _WITHOUT_RESOURCE),
        *(row for operation in _MAKES for row in _makes(operation, _MAKES[operation])),
        # Instances.
        *_makes("CreateDBInstance", (DB, *_INSTANCE_PARTS), requested, keys={**_SECRET, **_PUBLIC}),
        _given("DBClusterIdentifier", "CreateDBInstance", CLUSTER, keys=_SECRET),
        Derived("CreateDBInstance", storage_key, actions=STORAGE_KEY),
        Derived("CreateDBInstance", master_secret, actions=(*MASTER_SECRET, *SECRET_KEY)),
        Derived("CreateDBInstance", monitoring_role, actions=PASSES),
        *_makes("CreateDBInstanceReadReplica", (DB, *_INSTANCE_PARTS), requested, keys=_PUBLIC),
        _given("SourceDBInstanceIdentifier", "CreateDBInstanceReadReplica", _SOURCE_DB),
        _given("SourceDBClusterIdentifier", "CreateDBInstanceReadReplica", _SOURCE_CLUSTER),
        Derived("CreateDBInstanceReadReplica", monitoring_role, actions=PASSES),
        _row("ModifyDBInstance", DB, keys=_SECRET),
        _given("OptionGroupName", "ModifyDBInstance", OPTIONS, keys=_SECRET),
        _given("DBParameterGroupName", "ModifyDBInstance", PARAMETERS, keys=_SECRET),
        _given("DBSubnetGroupName", "ModifyDBInstance", SUBNETS, keys=_SECRET),
        Derived("ModifyDBInstance", master_secret, actions=(*MASTER_SECRET, *SECRET_KEY)),
        Derived("ModifyDBInstance", rotates_secret, actions=ROTATES),
        Derived("ModifyDBInstance", monitoring_role, actions=PASSES),
        *_makes(
            "RestoreDBInstanceFromDBSnapshot",
            (DB, *_INSTANCE_PARTS),
            requested,
            keys={**_SECRET, **_PUBLIC},
        ),
        _given("DBSnapshotIdentifier", "RestoreDBInstanceFromDBSnapshot", SNAPSHOT),
        _given("DBClusterSnapshotIdentifier", "RestoreDBInstanceFromDBSnapshot", CLUSTER_SNAPSHOT),
        *_makes(
            "RestoreDBInstanceToPointInTime",
            (named("db", "TargetDBInstanceIdentifier"), *_INSTANCE_PARTS),
            requested,
            keys={**_SECRET, **_PUBLIC},
        ),
        _given("SourceDBInstanceIdentifier", "RestoreDBInstanceToPointInTime", _SOURCE_DB),
        # A last snapshot is made in the caller's name.
        Row(
            "DeleteDBInstance",
            "rds:CreateDBSnapshot",
            named("snapshot", "FinalDBSnapshotIdentifier"),
            when="FinalDBSnapshotIdentifier",
        ),
        Row(
            "DeleteDBInstance",
            "rds:CreateDBSnapshot",
            DB,
            context=(about_resource,),
            when="FinalDBSnapshotIdentifier",
        ),
        Row(
            "StopDBInstance",
            "rds:CreateDBSnapshot",
            SNAPSHOT,
            when="DBSnapshotIdentifier",
        ),
        Row(
            "StopDBInstance",
            "rds:CreateDBSnapshot",
            DB,
            context=(about_resource,),
            when="DBSnapshotIdentifier",
        ),
        _row("DescribeDBSnapshots", _snapshots),
        # Clusters.
        *_makes("CreateDBCluster", (CLUSTER, *_CLUSTER_PARTS), requested, keys=_SECRET),
        _given("GlobalClusterIdentifier", "CreateDBCluster", GLOBAL_CLUSTER, keys=_SECRET),
        Derived("CreateDBCluster", storage_key, actions=STORAGE_KEY),
        Derived("CreateDBCluster", master_secret, actions=(*MASTER_SECRET, *SECRET_KEY)),
        Derived("CreateDBCluster", monitoring_role, actions=PASSES),
        _row("ModifyDBCluster", CLUSTER, keys=_SECRET),
        _given("DBClusterParameterGroupName", "ModifyDBCluster", CLUSTER_PARAMETERS, keys=_SECRET),
        _given("OptionGroupName", "ModifyDBCluster", OPTIONS, keys=_SECRET),
        Derived("ModifyDBCluster", master_secret, actions=(*MASTER_SECRET, *SECRET_KEY)),
        Derived("ModifyDBCluster", rotates_secret, actions=ROTATES),
        Derived("ModifyDBCluster", monitoring_role, actions=PASSES),
        *_makes("RestoreDBClusterFromSnapshot", (CLUSTER, *_CLUSTER_PARTS)),
        _row("RestoreDBClusterFromSnapshot", named("cluster-snapshot", "SnapshotIdentifier")),
        *_makes("RestoreDBClusterToPointInTime", (CLUSTER, *_CLUSTER_PARTS)),
        _given("SourceDBClusterIdentifier", "RestoreDBClusterToPointInTime", _SOURCE_CLUSTER),
        Row(
            "DeleteDBCluster",
            "rds:DeleteDBCluster",
            named("cluster-snapshot", "FinalDBSnapshotIdentifier"),
            when="FinalDBSnapshotIdentifier",
        ),
        _row("DescribeDBClusterSnapshots", _cluster_snapshots),
        _given("SourceDBClusterIdentifier", "CreateGlobalCluster", _SOURCE_CLUSTER),
        # Roles.
        Derived("AddRoleToDBCluster", database_role, actions=PASSES),
        Derived("AddRoleToDBInstance", database_role, actions=PASSES),
        Derived("RemoveRoleFromDBCluster", database_role, actions=PASSES),
        Derived("RemoveRoleFromDBInstance", database_role, actions=PASSES),
        _row("StartExportTask", "{SourceArn}"),
        Derived("StartExportTask", export_role, actions=PASSES),
        Row("DescribeExportTasks", "rds:DescribeExportTasks"),
        # Any resource, by its ARN.
        Row(
            "AddTagsToResource",
            "rds:AddTagsToResource",
            ANY,
            context=(about_resource, requested_tags),
        ),
        _row("ListTagsForResource", ANY),
        _row("RemoveTagsFromResource", ANY, tag_keys="TagKeys"),
        _row("ApplyPendingMaintenanceAction", "{ResourceIdentifier}"),
        _row(
            "DescribePendingMaintenanceActions",
            lambda call: str(call.parameters.get("ResourceIdentifier") or "*"),
        ),
    ),
)
