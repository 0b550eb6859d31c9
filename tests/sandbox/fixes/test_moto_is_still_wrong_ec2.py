"""Every fix of EC2 is still needed: raw moto, without the gate, still answers wrongly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.usefixtures("raw_moto")

NOWHERE = "vpc-0123456789abcdef0"


def taken(operation: Callable[..., Any], **parameters: Any) -> bool:
    """Does moto take a call that AWS refuses?"""
    try:
        operation(**parameters)
    except ClientError:
        return False
    return True


def message(operation: Callable[..., Any], **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        operation(**parameters)
    return str(caught.value.response["Error"]["Message"])


def launched(ec2: Any, **more: Any) -> bool:
    return taken(ec2.run_instances, ImageId="ami-1", MinCount=1, MaxCount=1, **more)


def endpoint_of_any_text(ec2: Any) -> bool:
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    return taken(
        ec2.create_vpc_endpoint,
        VpcId=vpc["VpcId"],
        ServiceName="com.amazonaws.us-east-1.s3",
        PolicyDocument="hello",
    )


ROWS: dict[str, Callable[[Any], bool]] = {
    "dry_run: carried out": lambda ec2: taken(ec2.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True),
    "exists: any image": launched,
    "exists: any VPC of a security group": lambda ec2: taken(
        ec2.create_security_group, GroupName="a", Description="b", VpcId=NOWHERE
    ),
    "exists: other words for a VPC": lambda ec2: (
        "vpc ID" not in message(ec2.delete_vpc, VpcId=NOWHERE)
    ),
    "profile_exists: other words": lambda ec2: (
        "Invalid IAM Instance Profile"
        not in message(
            ec2.run_instances,
            ImageId="ami-1",
            MinCount=1,
            MaxCount=1,
            IamInstanceProfile={"Name": "none"},
        )
    ),
    "policy_is_valid: any text": endpoint_of_any_text,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_moto_is_still_wrong(row: Callable[[Any], bool]) -> None:
    assert row(boto3.client("ec2"))
