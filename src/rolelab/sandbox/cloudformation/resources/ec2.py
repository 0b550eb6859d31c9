"""EC2: VPCs, subnets, security groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolelab.sandbox.cloudformation.intrinsics import text
from rolelab.sandbox.cloudformation.resources.work import (
    Made,
    ResourceType,
    Work,
    tag_list,
    tags_of,
)


def _ec2(work: Work, operation: str, /, **members: Any) -> dict[str, Any]:
    return work.call("ec2", operation, **members)


def _tags(work: Work, kind: str) -> list[dict[str, Any]] | None:
    tags = tag_list(tags_of(work.get("Tags")))
    return [{"ResourceType": kind, "Tags": tags}] if tags else None


def _tag(work: Work) -> None:
    added, removed = work.tag_changes()
    if removed:
        keys = [{"Key": key} for key in removed]
        _ec2(work, "DeleteTags", Resources=[work.id], Tags=keys)
    if added:
        _ec2(work, "CreateTags", Resources=[work.id], Tags=tag_list(added))


# VPCs.


def _create_vpc(work: Work) -> Made:
    vpc = _ec2(
        work,
        "CreateVpc",
        TagSpecifications=_tags(work, "vpc"),
        **work.given("CidrBlock", "InstanceTenancy"),
    )["Vpc"]
    work.announce(vpc["VpcId"])
    _set_dns(work, vpc["VpcId"])
    return Made(vpc["VpcId"], _vpc_attributes(work, vpc["VpcId"]))


def _set_dns(work: Work, vpc: str) -> None:
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        if work.changed(name):
            value = {"Value": work.get(name, name == "EnableDnsSupport")}
            _ec2(work, "ModifyVpcAttribute", VpcId=vpc, **{name: value})


def _vpc_attributes(work: Work, vpc: str) -> dict[str, Any]:
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    default = [*inside, {"Name": "group-name", "Values": ["default"]}]
    groups = _ec2(work, "DescribeSecurityGroups", Filters=default)["SecurityGroups"]
    lists = _ec2(work, "DescribeNetworkAcls", Filters=inside)["NetworkAcls"]
    return {
        "VpcId": vpc,
        "DefaultSecurityGroup": groups[0]["GroupId"] if groups else "",
        "DefaultNetworkAcl": lists[0]["NetworkAclId"] if lists else "",
    }


def _update_vpc(work: Work) -> Made:
    _set_dns(work, work.id)
    _tag(work)
    return Made(work.id, work.attributes)


def _delete_vpc(work: Work) -> None:
    _ec2(work, "DeleteVpc", VpcId=work.id)


# Subnets.


def _create_subnet(work: Work) -> Made:
    subnet = _ec2(
        work,
        "CreateSubnet",
        TagSpecifications=_tags(work, "subnet"),
        **work.given("AvailabilityZone", "CidrBlock", "VpcId"),
    )["Subnet"]
    made = subnet["SubnetId"]
    work.announce(made)
    _set_public(work, made)
    attributes = {
        "SubnetId": made,
        "AvailabilityZone": subnet["AvailabilityZone"],
        "VpcId": subnet["VpcId"],
        "CidrBlock": subnet["CidrBlock"],
    }
    return Made(made, attributes)


def _set_public(work: Work, subnet: str) -> None:
    if work.changed("MapPublicIpOnLaunch"):
        value = {"Value": work.get("MapPublicIpOnLaunch", False)}
        _ec2(work, "ModifySubnetAttribute", SubnetId=subnet, MapPublicIpOnLaunch=value)


def _update_subnet(work: Work) -> Made:
    _set_public(work, work.id)
    _tag(work)
    return Made(work.id, work.attributes)


def _delete_subnet(work: Work) -> None:
    _ec2(work, "DeleteSubnet", SubnetId=work.id)


# Security groups.

_OPEN: list[dict[str, Any]] = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
_SOURCES = (
    ("CidrIp", "IpRanges", "CidrIp"),
    ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
    ("SourceSecurityGroupId", "UserIdGroupPairs", "GroupId"),
    ("DestinationSecurityGroupId", "UserIdGroupPairs", "GroupId"),
    ("SourcePrefixListId", "PrefixListIds", "PrefixListId"),
    ("DestinationPrefixListId", "PrefixListIds", "PrefixListId"),
)


def _permissions(rules: Any) -> list[dict[str, Any]]:
    return [_permission(rule) for rule in rules or ()]


def _permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Write a rule of a template as the API does."""
    ports = {each: rule[each] for each in ("FromPort", "ToPort") if each in rule}
    permission: dict[str, Any] = {"IpProtocol": text(rule["IpProtocol"]), **ports}
    about = {"Description": rule["Description"]} if "Description" in rule else {}
    for member, group, name in _SOURCES:
        if member in rule:
            permission.setdefault(group, []).append({name: rule[member], **about})
    return permission


def _create_group(work: Work) -> Made:
    group = _ec2(
        work,
        "CreateSecurityGroup",
        GroupName=work.name("GroupName", 255),
        Description=work.get("GroupDescription"),
        TagSpecifications=_tags(work, "security-group"),
        **work.given("VpcId"),
    )["GroupId"]
    work.announce(group)
    _set_rules(work, group)
    found = _ec2(work, "DescribeSecurityGroups", GroupIds=[group])["SecurityGroups"][0]
    attributes = {"GroupId": group, "Id": group, "VpcId": found.get("VpcId", "")}
    return Made(group, attributes)


def _set_rules(work: Work, group: str) -> None:
    """Page: *AWS::EC2::SecurityGroup*: with own egress rules the one to everywhere goes."""
    for member, way, standard in (
        ("SecurityGroupIngress", "Ingress", []),
        ("SecurityGroupEgress", "Egress", _OPEN),
    ):
        new = _permissions(work.get(member)) or standard
        old = _permissions(work.previous.get(member)) or standard
        gone = [each for each in old if each not in new]
        come = [each for each in new if each not in old]
        if gone:
            _ec2(work, f"RevokeSecurityGroup{way}", GroupId=group, IpPermissions=gone)
        if come:
            _ec2(work, f"AuthorizeSecurityGroup{way}", GroupId=group, IpPermissions=come)


def _update_group(work: Work) -> Made:
    _set_rules(work, work.id)
    _tag(work)
    return Made(work.id, work.attributes)


def _delete_group(work: Work) -> None:
    _ec2(work, "DeleteSecurityGroup", GroupId=work.id)


TYPES: Mapping[str, ResourceType] = {
    "AWS::EC2::VPC": ResourceType(
        _create_vpc,
        _delete_vpc,
        frozenset(
            {"CidrBlock", "EnableDnsHostnames", "EnableDnsSupport", "InstanceTenancy", "Tags"}
        ),
        None,
        _update_vpc,
        updates=frozenset({"EnableDnsHostnames", "EnableDnsSupport", "Tags"}),
    ),
    "AWS::EC2::Subnet": ResourceType(
        _create_subnet,
        _delete_subnet,
        frozenset({"AvailabilityZone", "CidrBlock", "MapPublicIpOnLaunch", "Tags", "VpcId"}),
        None,
        _update_subnet,
    ),
    "AWS::EC2::SecurityGroup": ResourceType(
        _create_group,
        _delete_group,
        frozenset(
            {
                "GroupDescription",
                "GroupName",
                "SecurityGroupEgress",
                "SecurityGroupIngress",
                "Tags",
                "VpcId",
            }
        ),
        "GroupName",
        _update_group,
    ),
}
