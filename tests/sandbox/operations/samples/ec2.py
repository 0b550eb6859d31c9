"""EC2: a network, an instance in it, and what hangs on them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.ec2.models import ec2_backends

from tests.sandbox.operations.samples.sample import ACCOUNT, NAME, TAGS, Clients, Sample

TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    },
}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{NAME}"


def tags_of(kind: str) -> list[dict[str, Any]]:
    """A tag specification, as calls that make resources take it."""
    return [{"ResourceType": kind, "Tags": TAGS}]


def prepare(aws: Clients) -> Mapping[str, Any]:
    """One of everything, in a VPC of its own."""
    ec2, iam = aws("ec2"), aws("iam")
    iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.create_instance_profile(InstanceProfileName=NAME)
    iam.add_role_to_instance_profile(InstanceProfileName=NAME, RoleName=NAME)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags_of("vpc"))["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(
        VpcId=vpc, CidrBlock="10.0.0.0/24", TagSpecifications=tags_of("subnet")
    )
    subnet_id = subnet["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName=NAME, Description=NAME, VpcId=vpc)["GroupId"]
    (rule,) = ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="10.0.0.0/16"
    )["SecurityGroupRules"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    tie = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet_id)["AssociationId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    only_out = ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"]
    nat = ec2.create_nat_gateway(SubnetId=subnet_id, ConnectivityType="private")["NatGateway"]
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3")
    interface = ec2.create_network_interface(SubnetId=subnet_id)["NetworkInterface"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.create_key_pair(KeyName=NAME)
    (instance,) = ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet_id, InstanceType="t3.micro"
    )["Instances"]
    hook = ec2.attach_network_interface(
        NetworkInterfaceId=interface["NetworkInterfaceId"],
        InstanceId=instance["InstanceId"],
        DeviceIndex=1,
    )["AttachmentId"]
    ec2.associate_iam_instance_profile(
        InstanceId=instance["InstanceId"], IamInstanceProfile={"Name": NAME}
    )
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, InstanceId=instance["InstanceId"])
    # The calls name every kind of association by the same parameter.
    stored = ec2_backends[ACCOUNT]["us-east-1"]
    for each in (*stored.iam_instance_profile_associations.values(), *stored.addresses):
        each.association_id = tie
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=8)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    template = ec2.create_launch_template(
        LaunchTemplateName=NAME, LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"}
    )["LaunchTemplate"]
    peering = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=vpc)["VpcPeeringConnection"]
    return {
        "AddRouteTableIds": [table],
        "AddSecurityGroupIds": [group],
        "AddSubnetIds": [subnet_id],
        "AllocationId": address,
        "AttachmentId": hook,
        "EgressOnlyInternetGatewayId": only_out["EgressOnlyInternetGatewayId"],
        "GatewayId": gateway,
        "GroupId": group,
        "Groups": [group],
        "ImageId": image,
        "InstanceId": instance["InstanceId"],
        "InstanceIds": [instance["InstanceId"]],
        "InternetGatewayId": gateway,
        "LaunchTemplateId": template["LaunchTemplateId"],
        "NatGatewayId": nat["NatGatewayId"],
        "NetworkAclId": acl,
        "NetworkInterfaceId": interface["NetworkInterfaceId"],
        "RemoveRouteTableIds": [table],
        "RemoveSecurityGroupIds": [group],
        "RemoveSubnetIds": [subnet_id],
        "ResourceIds": [vpc],
        "Resources": [instance["InstanceId"]],
        "RouteTableId": table,
        "RouteTableIds": [table],
        "SecurityGroupIds": [group],
        "SecurityGroupRuleId": rule["SecurityGroupRuleId"],
        "SnapshotId": snapshot,
        "SubnetId": subnet_id,
        "SubnetIds": [subnet_id],
        "VolumeId": volume,
        "VpcEndpointId": endpoint["VpcEndpoint"]["VpcEndpointId"],
        "VpcEndpointIds": [endpoint["VpcEndpoint"]["VpcEndpointId"]],
        "VpcId": vpc,
        "VpcPeeringConnectionId": peering["VpcPeeringConnectionId"],
        "AssociationId": tie,
    }


UNKNOWN = f"resource arn:aws:ec2:us-east-1:{ACCOUNT}:*/*"
NAMELESS = "the model lets the call name nothing; EC2 refuses it"


def _deviations() -> Iterator[tuple[tuple[str, str, str], str]]:
    for operation in ("AssociateAddress", "DisassociateAddress", "ReleaseAddress"):
        yield (operation, f"ec2:{operation}", UNKNOWN), NAMELESS


IN_DEFAULT_VPC = {"GroupName": "default"}

SAMPLE = Sample(
    prepare=prepare,
    texts={
        "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/{NAME}",
        "DeliverLogsPermissionArn": ROLE,
        "FlowLogIds": ["fl-0123456789abcdef0"],
        "Version": "$Default",
        "Tags": TAGS,
    },
    given={
        "AuthorizeSecurityGroupIngress": IN_DEFAULT_VPC,
        "CreateFlowLogs": {"ResourceType": "VPC"},
        "CreateLaunchTemplateVersion": {"LaunchTemplateName": NAME},
        "DeleteKeyPair": {"KeyName": NAME},
        "DeleteLaunchTemplate": {"LaunchTemplateName": NAME},
        "DeleteSecurityGroup": IN_DEFAULT_VPC,
        "ModifyLaunchTemplate": {"LaunchTemplateName": NAME},
        "RevokeSecurityGroupIngress": IN_DEFAULT_VPC,
        "UpdateSecurityGroupRuleDescriptionsEgress": IN_DEFAULT_VPC,
        "UpdateSecurityGroupRuleDescriptionsIngress": IN_DEFAULT_VPC,
    },
    variants={
        operation: ({"TagSpecifications": tags_of(kind)},)
        for operation, kind in (
            ("CreateKeyPair", "key-pair"),
            ("CreateSecurityGroup", "security-group"),
            ("CreateSubnet", "subnet"),
            ("CreateVolume", "volume"),
            ("CreateVpc", "vpc"),
            ("RunInstances", "instance"),
        )
    },
    deviations=dict(_deviations()),
    complete=False,
)
