"""The network interface of a task (*Amazon ECS task networking options for Fargate*)."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

import rolelab
from rolelab.ecs.network_interface import attach
from tests.sandbox.people import ACCOUNT

REGION = "us-east-1"


@pytest.fixture
def subnet() -> Iterator[str]:
    """A subnet of a VPC that somebody made; such a VPC has no DNS hostnames to begin with."""
    rolelab.start(account_id=ACCOUNT, region=REGION)
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    yield ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/20")["Subnet"]["SubnetId"]
    rolelab.stop()


def details(subnet: str) -> dict[str, str]:
    attached = attach(ACCOUNT, REGION, {"awsvpcConfiguration": {"subnets": [subnet]}})
    return {each["name"]: each["value"] for each in attached["details"]}


def test_a_vpc_without_dns_hostnames_gives_no_name(subnet: str) -> None:
    assert "privateDnsName" not in details(subnet)
    assert details(subnet)["subnetId"] == subnet


def test_a_vpc_with_dns_hostnames_gives_one(subnet: str) -> None:
    ec2 = boto3.client("ec2")
    vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    assert details(subnet)["privateDnsName"].startswith("ip-")
