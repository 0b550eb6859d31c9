"""What calls to RDS ask.

Pages: *Amazon RDS identity-based policy examples*; *Password management with Amazon RDS and AWS
Secrets Manager*; *AWS KMS key management* of Amazon RDS; *Setting up and enabling Enhanced
Monitoring*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rolelab.sandbox.operations import checks_of, resources_of

ROOT = "arn:aws:rds:us-east-1:123456789012"
SHOP = f"{ROOT}:db:shop"
TAGS = [{"Key": "team", "Value": "shop"}]
NEW = {"DBInstanceIdentifier": "Shop", "DBInstanceClass": "db.t3.micro", "Engine": "mysql"}
ROLE = "arn:aws:iam::123456789012:role/monitoring"

ASKED: dict[str, tuple[str, dict[str, Any], list[tuple[str, str]]]] = {
    "a new instance asks about all it uses": (
        "CreateDBInstance",
        {**NEW, "EngineVersion": "8.0.35"},
        [
            ("rds:CreateDBInstance", SHOP),
            ("rds:CreateDBInstance", f"{ROOT}:og:default:mysql-8-0"),
            ("rds:CreateDBInstance", f"{ROOT}:pg:default.mysql8.0"),
            ("rds:CreateDBInstance", f"{ROOT}:subgrp:default"),
        ],
    ),
    "groups of its own": (
        "CreateDBInstance",
        {
            **NEW,
            "OptionGroupName": "o",
            "DBParameterGroupName": "p",
            "DBSubnetGroupName": "s",
        },
        [
            ("rds:CreateDBInstance", SHOP),
            ("rds:CreateDBInstance", f"{ROOT}:og:o"),
            ("rds:CreateDBInstance", f"{ROOT}:pg:p"),
            ("rds:CreateDBInstance", f"{ROOT}:subgrp:s"),
        ],
    ),
    "a list is about all instances": (
        "DescribeDBInstances",
        {},
        [("rds:DescribeDBInstances", f"{ROOT}:db:*")],
    ),
    "an instance by its ARN": (
        "DescribeDBInstances",
        {"DBInstanceIdentifier": SHOP},
        [("rds:DescribeDBInstances", SHOP)],
    ),
    "a snapshot asks about the instance too": (
        "CreateDBSnapshot",
        {"DBSnapshotIdentifier": "one", "DBInstanceIdentifier": "shop"},
        [("rds:CreateDBSnapshot", f"{ROOT}:snapshot:one"), ("rds:CreateDBSnapshot", SHOP)],
    ),
    "a last snapshot is made by the caller": (
        "DeleteDBInstance",
        {"DBInstanceIdentifier": "shop", "FinalDBSnapshotIdentifier": "last"},
        [
            ("rds:DeleteDBInstance", SHOP),
            ("rds:CreateDBSnapshot", f"{ROOT}:snapshot:last"),
            ("rds:CreateDBSnapshot", SHOP),
        ],
    ),
    "a role for a feature is passed to RDS": (
        "AddRoleToDBInstance",
        {"DBInstanceIdentifier": "shop", "RoleArn": ROLE},
        [("rds:AddRoleToDBInstance", SHOP), ("iam:PassRole", ROLE)],
    ),
    "a global cluster has no Region": (
        "DeleteGlobalCluster",
        {"GlobalClusterIdentifier": "g"},
        [("rds:DeleteGlobalCluster", "arn:aws:rds::123456789012:global-cluster:g")],
    ),
}


@pytest.mark.parametrize(("operation", "given", "asked"), ASKED.values(), ids=ASKED)
def test_actions_and_resources(
    call: Any, operation: str, given: dict[str, Any], asked: list[tuple[str, str]]
) -> None:
    checks = checks_of(call("rds", operation, **given))
    assert [(each.action, each.resource) for each in checks] == asked


def test_what_is_asked_for_counts_on_every_resource(call: Any) -> None:
    checks = checks_of(call("rds", "CreateDBInstance", **NEW, AllocatedStorage=20))
    for check in checks:
        assert check.context["rds:DatabaseEngine"] == "mysql"
        assert check.context["rds:DatabaseClass"] == "db.t3.micro"
        assert check.context["rds:StorageSize"] == "20"
        assert check.context["rds:MultiAz"] == "false"
        assert check.context["rds:ManageMasterUserPassword"] == "false"


def test_tags_in_the_request(call: Any) -> None:
    first, *_, last = checks_of(call("rds", "CreateDBInstance", **NEW, Tags=TAGS))
    assert (last.action, last.resource) == ("rds:AddTagsToResource", SHOP)
    for check in (first, last):
        assert check.context["rds:req-tag/team"] == "shop"
        assert check.context["aws:RequestTag/team"] == "shop"
        assert check.context["aws:TagKeys"] == ["team"]


def test_an_instance_that_exists_fills_its_tags_and_settings(
    aws: Callable[[str], Any], call: Any
) -> None:
    aws("rds").create_db_instance(**NEW, MasterUsername="admin1", MasterUserPassword="x" * 12)
    aws("rds").add_tags_to_resource(ResourceName=SHOP, Tags=TAGS)
    (check,) = checks_of(call("rds", "RebootDBInstance", DBInstanceIdentifier="shop"))
    assert check.context["rds:db-tag/team"] == "shop"
    assert check.context["aws:ResourceTag/team"] == "shop"
    assert check.context["rds:DatabaseEngine"] == "mysql"


def test_a_managed_password_needs_secrets_manager_and_the_key(
    aws: Callable[[str], Any], call: Any
) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    given = {**NEW, "ManageMasterUserPassword": True, "MasterUserSecretKmsKeyId": key}
    checks = checks_of(call("rds", "CreateDBInstance", **given))
    derived = [check for check in checks if not check.action.startswith("rds:")]
    assert [check.action for check in derived] == [
        "kms:DescribeKey",
        "secretsmanager:CreateSecret",
        "secretsmanager:TagResource",
        "kms:GenerateDataKey",
        "kms:Decrypt",
        "kms:CreateGrant",
    ]
    assert derived[1].resource.split(":secret:")[1].startswith("rds!db-")
    assert derived[1].context["aws:CalledVia"] == ["rds.amazonaws.com"]
    assert checks[0].context["rds:ManageMasterUserPassword"] == "true"


def test_encrypted_storage_needs_the_key_through_rds(aws: Callable[[str], Any], call: Any) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    given = {**NEW, "StorageEncrypted": True, "KmsKeyId": key}
    checks = checks_of(call("rds", "CreateDBInstance", **given))
    keys = [each for each in checks if each.action.startswith("kms:")]
    assert {each.resource for each in keys} == {key}
    assert {each.context["kms:ViaService"] for each in keys} == {"rds.us-east-1.amazonaws.com"}
    assert "kms:CreateGrant" in {each.action for each in keys}


def test_enhanced_monitoring_passes_a_role(call: Any) -> None:
    given = {**NEW, "MonitoringRoleArn": ROLE, "MonitoringInterval": 60}
    *_, passed = checks_of(call("rds", "CreateDBInstance", **given))
    assert (passed.action, passed.resource) == ("iam:PassRole", ROLE)
    assert passed.context["iam:PassedToService"] == "monitoring.rds.amazonaws.com"


def test_the_trail_names_the_instance(call: Any) -> None:
    (named,) = resources_of(call("rds", "CreateDBInstance", **NEW))
    assert (named["ARN"], named["type"]) == (SHOP, "AWS::RDS::DBInstance")
    assert resources_of(call("rds", "DescribeDBInstances")) == []
