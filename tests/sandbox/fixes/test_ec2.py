"""EC2, through boto3. AWS page: *Error codes for the Amazon EC2 API*."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.sandbox.people import allow, error_of

Refused = Callable[..., tuple[str, str]]
RIGHT = "Request would have succeeded, but DryRun flag is set."


@pytest.fixture
def ec2(sandbox: object) -> Any:
    return boto3.client("ec2")


@pytest.fixture
def image(ec2: Any) -> str:
    found: str = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    return found


# --- dry runs ---------------------------------------------------------------------------------


def test_a_dry_run_that_is_allowed_changes_nothing(ec2: Any) -> None:
    before = len(ec2.describe_vpcs()["Vpcs"])
    told = error_of(ec2.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True)
    assert told == ("DryRunOperation", 412, RIGHT)
    assert len(ec2.describe_vpcs()["Vpcs"]) == before


def test_a_dry_run_that_is_not_allowed_says_so(sandbox: Any, signed: Any) -> None:
    ec2 = signed(allow("ec2:Describe*")).client("ec2")
    code, status, message = error_of(ec2.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True)
    assert (code, status) == ("UnauthorizedOperation", 403)
    assert message.startswith("You are not authorized to perform this operation. User: arn:aws:")


@pytest.fixture
def signed() -> Callable[[str], boto3.Session]:
    """A session of a user with this policy."""
    iam = boto3.client("iam")

    def make(policy: str) -> boto3.Session:
        iam.create_user(UserName="ann")
        iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=policy)
        key = iam.create_access_key(UserName="ann")["AccessKey"]
        return boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")

    return make


# --- what is not there ------------------------------------------------------------------------

MISSING: dict[str, tuple[str, dict[str, Any], tuple[str, str]]] = {
    "an image": (
        "run_instances",
        {"ImageId": "ami-0123456789abcdef0", "MinCount": 1, "MaxCount": 1},
        ("InvalidAMIID.NotFound", "The image id '[ami-0123456789abcdef0]' does not exist"),
    ),
    "a VPC of a security group": (
        "create_security_group",
        {"GroupName": "a", "Description": "b", "VpcId": "vpc-0123456789abcdef0"},
        ("InvalidVpcID.NotFound", "The vpc ID 'vpc-0123456789abcdef0' does not exist"),
    ),
    "a VPC of a subnet": (
        "create_subnet",
        {"CidrBlock": "10.0.0.0/24", "VpcId": "vpc-0123456789abcdef0"},
        ("InvalidVpcID.NotFound", "The vpc ID 'vpc-0123456789abcdef0' does not exist"),
    ),
    "a subnet": (
        "delete_subnet",
        {"SubnetId": "subnet-0123456789abcdef0"},
        ("InvalidSubnetID.NotFound", "The subnet ID 'subnet-0123456789abcdef0' does not exist"),
    ),
}


@pytest.mark.parametrize(("method", "given", "told"), MISSING.values(), ids=MISSING)
def test_what_is_not_there_is_refused(
    ec2: Any, refused: Refused, method: str, given: dict[str, Any], told: tuple[str, str]
) -> None:
    assert refused(getattr(ec2, method), **given) == told


@pytest.mark.parametrize(
    ("profile", "what"),
    [
        ({"Name": "none"}, "name is invalid. Invalid IAM Instance Profile name"),
        (
            {"Arn": "arn:aws:iam::123456789012:instance-profile/none"},
            "arn is invalid. Invalid IAM Instance Profile ARN",
        ),
    ],
    ids=["by name", "by ARN"],
)
def test_an_instance_profile_has_to_exist(
    ec2: Any, image: str, refused: Refused, profile: dict[str, str], what: str
) -> None:
    code, message = refused(
        ec2.run_instances, ImageId=image, MinCount=1, MaxCount=1, IamInstanceProfile=profile
    )
    assert code == "InvalidParameterValue"
    (named,) = profile.values()
    assert message == f"Value ({named}) for parameter iamInstanceProfile.{what}"


def test_the_first_call_of_an_account_finds_its_images(sandbox: Any, image: str) -> None:
    other = sandbox.admin("111122223333").client("ec2")
    launched = other.run_instances(ImageId=image, MinCount=1, MaxCount=1)
    assert launched["Instances"][0]["ImageId"] == image


def test_what_is_there_is_served(ec2: Any, image: str) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    launched = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet)
    assert launched["Instances"][0]["SubnetId"] == subnet


# --- policies of endpoints --------------------------------------------------------------------


@pytest.mark.parametrize("document", ["hello", '{"Version": "2012-10-17"}'], ids=["text", "empty"])
def test_an_endpoint_takes_valid_policies_only(ec2: Any, refused: Refused, document: str) -> None:
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    given = {"VpcId": vpc["VpcId"], "ServiceName": "com.amazonaws.us-east-1.s3"}
    assert refused(ec2.create_vpc_endpoint, PolicyDocument=document, **given)[0] == (
        "InvalidPolicyDocument"
    )
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}],
    }
    made = ec2.create_vpc_endpoint(PolicyDocument=json.dumps(policy), **given)["VpcEndpoint"]
    assert refused(
        ec2.modify_vpc_endpoint, VpcEndpointId=made["VpcEndpointId"], PolicyDocument=document
    )[0] == ("InvalidPolicyDocument")
