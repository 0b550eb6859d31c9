"""What calls to EC2 ask.

Pages: *Example policies to control access the Amazon EC2 API*; *Grant permission to tag Amazon EC2
resources during creation*; *Grant a user permissions to pass a role to an AWS service*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from rolelab.sandbox.operations import Check, checks_of
from tests.sandbox.operations.samples import ec2 as sample

ACCOUNT = "123456789012"
HOME = f"arn:aws:ec2:us-east-1:{ACCOUNT}"
NEW_INSTANCE = f"{HOME}:instance/*"


@pytest.fixture
def made(aws: Callable[[str], Any]) -> Mapping[str, Any]:
    """A network with an instance, by the names of the parameters that name them."""
    return sample.prepare(aws)


def asked(checks: tuple[Check, ...]) -> list[tuple[str, str]]:
    return [(each.action, each.resource.removeprefix(f"{HOME}:")) for each in checks]


def about(checks: tuple[Check, ...], resource: str, action: str = "ec2:RunInstances") -> Any:
    (found,) = (
        each.context
        for each in checks
        if each.action == action and each.resource.startswith(f"{HOME}:{resource}")
    )
    return found


def launch(made: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"ImageId": made["ImageId"], "MinCount": 1, "MaxCount": 1, **more}


def test_a_launch_is_asked_about_everything_it_uses_and_makes(made: Any, call: Any) -> None:
    given = launch(
        made,
        InstanceType="t3.micro",
        SubnetId=made["SubnetId"],
        SecurityGroupIds=[made["GroupId"]],
        KeyName="sample",
    )
    assert asked(checks_of(call("ec2", "RunInstances", **given))) == [
        ("ec2:RunInstances", f"arn:aws:ec2:us-east-1::image/{made['ImageId']}"),
        ("ec2:RunInstances", "instance/*"),
        ("ec2:RunInstances", "network-interface/*"),
        ("ec2:RunInstances", f"subnet/{made['SubnetId']}"),
        ("ec2:RunInstances", f"security-group/{made['GroupId']}"),
        ("ec2:RunInstances", "volume/*"),
        ("ec2:RunInstances", "key-pair/sample"),
    ]


def test_without_a_subnet_a_default_subnet_and_its_default_group_are_asked(
    made: Any, call: Any, aws: Any
) -> None:
    checks = checks_of(call("ec2", "RunInstances", **launch(made)))
    (subnet,) = (each for each in checks if ":subnet/" in each.resource)
    (group,) = (each for each in checks if ":security-group/" in each.resource)
    described = aws("ec2").describe_subnets(SubnetIds=[subnet.resource.rpartition("/")[2]])
    assert described["Subnets"][0]["DefaultForAz"]
    assert group.context["ec2:Vpc"] == subnet.context["ec2:Vpc"]


def test_a_launch_template_fills_what_the_request_leaves_open(made: Any, call: Any) -> None:
    template = {"LaunchTemplateId": made["LaunchTemplateId"]}
    checks = checks_of(call("ec2", "RunInstances", MinCount=1, MaxCount=1, LaunchTemplate=template))
    arn = f"{HOME}:launch-template/{made['LaunchTemplateId']}"
    assert checks[0].resource == arn
    assert about(checks, "instance/*")["ec2:InstanceType"] == "t3.micro"
    assert about(checks, "instance/*")["ec2:LaunchTemplate"] == arn


def test_the_request_wins_over_the_launch_template(made: Any, call: Any) -> None:
    template = {"LaunchTemplateName": "sample", "Version": "1"}
    checks = checks_of(
        call("ec2", "RunInstances", LaunchTemplate=template, InstanceType="m5.large")
    )
    assert about(checks, "instance/*")["ec2:InstanceType"] == "m5.large"


def test_an_instance_profile_passes_its_role_to_ec2(made: Any, call: Any) -> None:
    given = launch(made, IamInstanceProfile={"Name": "sample"})
    passed = checks_of(call("ec2", "RunInstances", **given))[-1]
    assert (passed.action, passed.resource) == ("iam:PassRole", sample.ROLE)
    assert passed.context["iam:PassedToService"] == "ec2.amazonaws.com"
    assert passed.context["iam:AssociatedResourceArn"] == NEW_INSTANCE


@pytest.mark.parametrize(
    ("operation", "named"),
    [
        ("AssociateIamInstanceProfile", "InstanceId"),
        ("ReplaceIamInstanceProfileAssociation", "AssociationId"),
    ],
)
def test_giving_a_running_instance_a_profile_passes_the_role(
    made: Any, call: Any, operation: str, named: str
) -> None:
    given = {named: made[named], "IamInstanceProfile": {"Name": "sample"}}
    own, passed = checks_of(call("ec2", operation, **given))
    assert own.resource == f"{HOME}:instance/{made['InstanceId']}"
    assert (passed.action, passed.resource) == ("iam:PassRole", sample.ROLE)
    assert passed.context["iam:AssociatedResourceArn"] == own.resource


def test_tags_on_creation_ask_create_tags_with_the_operation(made: Any, call: Any) -> None:
    given = launch(made, TagSpecifications=sample.tags_of("instance"))
    checks = checks_of(call("ec2", "RunInstances", **given))
    tagging = about(checks, "instance/*", "ec2:CreateTags")
    assert tagging["ec2:CreateAction"] == "RunInstances"
    assert tagging["aws:RequestTag/team"] == "shop"
    assert about(checks, "instance/*")["aws:RequestTag/team"] == "shop"
    assert "aws:RequestTag/team" not in about(checks, "volume/*")


def test_without_tags_create_tags_is_not_asked(call: Any) -> None:
    checks = checks_of(call("ec2", "CreateVpc", CidrBlock="10.0.0.0/16"))
    assert asked(checks) == [("ec2:CreateVpc", "vpc/*")]


def test_tags_of_something_that_exists_ask_without_create_action(made: Any, call: Any) -> None:
    given = {"Resources": [made["VpcId"], made["InstanceId"]], "Tags": sample.TAGS}
    checks = checks_of(call("ec2", "CreateTags", **given))
    assert asked(checks) == [
        ("ec2:CreateTags", f"vpc/{made['VpcId']}"),
        ("ec2:CreateTags", f"instance/{made['InstanceId']}"),
    ]
    assert all("ec2:CreateAction" not in each.context for each in checks)


def test_each_instance_of_a_list_is_asked_by_itself(call: Any) -> None:
    checks = checks_of(call("ec2", "TerminateInstances", InstanceIds=["i-1", "i-2"]))
    assert asked(checks) == [
        ("ec2:TerminateInstances", "instance/i-1"),
        ("ec2:TerminateInstances", "instance/i-2"),
    ]


def test_reading_lists_asks_on_all_resources(call: Any) -> None:
    (check,) = checks_of(call("ec2", "DescribeInstances", InstanceIds=["i-1"]))
    assert (check.action, check.resource) == ("ec2:DescribeInstances", "*")
    assert check.context == {"ec2:Region": "us-east-1"}


def test_a_resource_in_a_vpc_says_which_and_what_tags_it_has(made: Any, call: Any) -> None:
    (check,) = checks_of(call("ec2", "DeleteSubnet", SubnetId=made["SubnetId"]))
    assert check.context == {
        "aws:ResourceTag/team": "shop",
        "ec2:AvailabilityZone": check.context["ec2:AvailabilityZone"],
        "ec2:Region": "us-east-1",
        "ec2:ResourceTag/team": "shop",
        "ec2:SubnetID": made["SubnetId"],
        "ec2:Vpc": f"{HOME}:vpc/{made['VpcId']}",
    }


# operation -> (parameter that names it, the other one), kind of resource
FOUND = {
    "a route table's association is asked about table and subnet": (
        "DisassociateRouteTable",
        ["AssociationId"],
        ["route-table/RouteTableId", "subnet/SubnetId"],
    ),
    "an interface's attachment is asked about instance and interface": (
        "DetachNetworkInterface",
        ["AttachmentId"],
        ["instance/InstanceId", "network-interface/NetworkInterfaceId"],
    ),
    "an address's association is asked about the address": (
        "DisassociateAddress",
        ["AssociationId"],
        ["elastic-ip/AllocationId"],
    ),
    "an instance profile's association is asked about the instance": (
        "DisassociateIamInstanceProfile",
        ["AssociationId"],
        ["instance/InstanceId"],
    ),
    "attaching a gateway is asked about gateway and VPC": (
        "AttachInternetGateway",
        ["InternetGatewayId", "VpcId"],
        ["internet-gateway/InternetGatewayId", "vpc/VpcId"],
    ),
}


@pytest.mark.parametrize(("operation", "given", "resources"), FOUND.values(), ids=FOUND)
def test_what_is_asked_about(
    made: Any, call: Any, operation: str, given: list[str], resources: list[str]
) -> None:
    checks = checks_of(call("ec2", operation, **{name: made[name] for name in given}))
    expected = [each.split("/") for each in resources]
    assert asked(checks) == [
        (f"ec2:{operation}", f"{kind}/{made[name]}") for kind, name in expected
    ]


def test_what_is_not_there_is_asked_as_any_kind_and_id(call: Any) -> None:
    (first, *_) = checks_of(call("ec2", "DisassociateRouteTable", AssociationId="rtbassoc-1"))
    assert first.resource == f"{HOME}:*/*"
