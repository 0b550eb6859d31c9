"""What the operations of EC2 ask: the network, instances and what hangs on them.

Most operations that read are asked on `*`: EC2 has no permissions for single resources there. A
call that names or makes several resources is asked about each of them.

Pages: *Actions, resources, and condition keys for Amazon EC2* (Service Authorization Reference);
*Example policies to control access the Amazon EC2 API*; *Grant permission to tag Amazon EC2
resources during creation*; *IAM roles for Amazon EC2* (iam:PassRole).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations import ec2_resources as ec2
from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.ec2_launch import (
    passes_profile,
    run_instances,
    tags_on_creation,
)
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import (
    Context,
    Derived,
    Entry,
    Row,
    Table,
    parameter,
    tag_context,
    tag_pairs,
)

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

FLOW_LOGS = "vpc-flow-logs.amazonaws.com"
CREATE_TAGS = "ec2:CreateTags"


# --- shapes of rows ---------------------------------------------------------------------------


def _on(operation: str, kind: str, path: str, **columns: Any) -> Row:
    """An operation on one resource, which the parameter at `path` names."""
    return Row(
        operation,
        f"ec2:{operation}",
        ec2.arn_template(kind, path),
        context=(ec2.about,),
        **columns,
    )


def _if_given(operation: str, kind: str, path: str) -> Row:
    """An operation that may name a further resource."""
    return _on(operation, kind, path, when=path)


def _each(operation: str, kind: str, path: str) -> Row:
    """An operation on several resources, which a list of ids names."""
    return _on(operation, kind, "each", each=path)


def _at(operation: str, resource: Callable[[Call], str], **columns: Any) -> Row:
    """An operation on a resource that has to be looked up."""
    return Row(operation, f"ec2:{operation}", resource, context=(ec2.about,), **columns)


def _makes(operation: str, kind: str, *further: Row, named: str | None = None) -> Iterator[Entry]:
    """An operation that makes a resource, on which it may put tags.

    The id of what is to be made is not known yet, unless the parameter `named` gives it.
    """
    resource = ec2.arn_template(kind, named) if named else ec2.new(kind)
    yield Row(operation, f"ec2:{operation}", resource, context=(_about_new(kind),))
    yield from further
    yield _tags(operation)


def _tags(operation: str) -> Derived:
    def checks(call: Call) -> Iterable[Check]:
        return tags_on_creation(call, f"ec2:{operation}")

    return Derived(operation, checks, actions=(CREATE_TAGS,))


def _about_new(kind: str) -> Context:
    """Give the keys of a resource that is to be made: its tags, its VPC, its zone."""

    def context(call: Call, arn: str) -> Mapping[str, Value]:
        known: dict[str, Value] = {**tag_context(ec2.tags_in_request(call, kind))}
        if kind in _IN_A_VPC:
            vpc = _new_vpc(call)
            known |= {"ec2:Vpc": vpc} if vpc else {}
        for key, path in _NEW_KEYS.get(kind, {}).items():
            value = parameter(path)(call)
            if value is not None:
                known[key] = str(value).lower() if isinstance(value, bool) else str(value)
        return known

    return context


_IN_A_VPC = frozenset(
    {"natgateway", "network-acl", "network-interface", "route-table", "security-group", "subnet"}
)
_NEW_KEYS: Mapping[str, Mapping[str, str]] = {
    "key-pair": {"ec2:KeyPairName": "KeyName", "ec2:KeyPairType": "KeyType"},
    "subnet": {"ec2:AvailabilityZone": "AvailabilityZone"},
    "volume": {
        "ec2:AvailabilityZone": "AvailabilityZone",
        "ec2:Encrypted": "Encrypted",
        "ec2:KmsKeyId": "KmsKeyId",
        "ec2:VolumeIops": "Iops",
        "ec2:VolumeSize": "Size",
        "ec2:VolumeType": "VolumeType",
    },
    "vpc": {"ec2:Tenancy": "InstanceTenancy"},
    "vpc-endpoint": {"ec2:VpceServiceName": "ServiceName"},
}


# --- resources that the call does not name by id ----------------------------------------------


def _unknown(call: Call) -> str:
    """What EC2's own refusals name where nothing is found."""
    return f"arn:{call.partition}:ec2:{call.region}:{call.account}:*/*"


def _new_vpc(call: Call) -> str | None:
    """The ARN of the VPC in which something is made."""
    given = call.parameters
    if given.get("VpcId"):
        return ec2.arn(call, "vpc", str(given["VpcId"]))
    if given.get("SubnetId"):
        subnet = ec2.find(call, "subnet", str(given["SubnetId"]))
        return None if subnet is None else ec2.arn(call, "vpc", str(subnet.vpc_id))
    return None


def _vpc(call: Call) -> str:
    """The VPC of a new security group: the named one, or the default VPC."""
    named = call.parameters.get("VpcId")
    if named:
        return ec2.arn(call, "vpc", str(named))
    known = ec2.stored(call)
    vpcs = [] if known is None else list(known.vpcs.values())
    default = next((each.id for each in vpcs if each.is_default), "*")
    return ec2.arn(call, "vpc", str(default))


def _group(call: Call) -> str:
    """A security group by id, or by name in the default VPC."""
    given = call.parameters
    if given.get("GroupId"):
        return ec2.arn(call, "security-group", str(given["GroupId"]))
    known = ec2.stored(call)
    if known is None or not given.get("GroupName"):
        return _unknown(call)
    default = {each.id for each in known.vpcs.values() if each.is_default}
    groups = (each for vpc in default for each in dict(known.groups.get(vpc) or {}).values())
    found = next((each.id for each in groups if each.name == given["GroupName"]), None)
    return ec2.arn(call, "security-group", str(found)) if found else _unknown(call)


def _key_pair(call: Call) -> str:
    """A key pair by id or name; the ARN of a key pair holds its name."""
    named = call.parameters.get("KeyName") or call.parameters.get("KeyPairId")
    found = ec2.find(call, "key-pair", str(named))
    name = named if found is None else found.key_name
    return ec2.arn(call, "key-pair", str(name)) if name else _unknown(call)


def _template(call: Call) -> str:
    """A launch template by id or name; its ARN holds the id."""
    given = call.parameters
    if given.get("LaunchTemplateId"):
        return ec2.arn(call, "launch-template", str(given["LaunchTemplateId"]))
    known = ec2.stored(call)
    templates = [] if known is None else list(known.launch_templates.values())
    found = (each.id for each in templates if each.name == given.get("LaunchTemplateName"))
    identifier = next(found, None)
    return ec2.arn(call, "launch-template", str(identifier)) if identifier else _unknown(call)


def _associated(kind: str) -> Callable[[Call], str]:
    """The route table, or the subnet, of an association between them."""

    def resource(call: Call) -> str:
        named = call.parameters.get("AssociationId")
        known = ec2.stored(call)
        for table in [] if known is None else list(known.route_tables.values()):
            subnet = table._associations.get(named)
            if subnet:
                return ec2.arn(call, kind, str(table.id if kind == "route-table" else subnet))
        return _unknown(call)

    return resource


def _attached(kind: str) -> Callable[[Call], str]:
    """The network interface, or the instance, of an attachment."""

    def resource(call: Call) -> str:
        known = ec2.stored(call)
        for each in [] if known is None else list(known.enis.values()):
            if each.attachment_id == call.parameters.get("AttachmentId") and each.instance:
                found = each.id if kind == "network-interface" else each.instance.id
                return ec2.arn(call, kind, str(found))
        return _unknown(call)

    return resource


def _of_profile(call: Call) -> str:
    """The instance to which an instance profile is tied by an association."""
    known = ec2.stored(call)
    ties = {} if known is None else known.iam_instance_profile_associations
    named = call.parameters.get("AssociationId")
    found = (each.instance.id for each in ties.values() if each.association_id == named)
    identifier = next(found, None)
    return ec2.arn(call, "instance", str(identifier)) if identifier else _unknown(call)


def _address(call: Call) -> str:
    """An Elastic IP address by its allocation, its association, or the address itself."""
    given = call.parameters
    if given.get("AllocationId"):
        return ec2.arn(call, "elastic-ip", str(given["AllocationId"]))
    named = {given.get("AssociationId"), given.get("PublicIp")} - {None, ""}
    known = ec2.stored(call)
    for each in [] if known is None else list(known.addresses):
        if named & {each.association_id, each.public_ip}:
            return ec2.arn(call, "elastic-ip", str(each.allocation_id))
    return _unknown(call)


def _accepter(call: Call) -> str:
    found = ec2.find(
        call, "vpc-peering-connection", str(call.parameters.get("VpcPeeringConnectionId"))
    )
    return _unknown(call) if found is None else ec2.arn(call, "vpc", str(found.peer_vpc.id))


# --- operations with several kinds of questions -----------------------------------------------


def _tagged(call: Call) -> str:
    identifier = str(call.parameters["each"])
    kind = ec2.kind_of(identifier)
    if kind == "key-pair":
        found = ec2.find(call, kind, identifier)
        identifier = identifier if found is None else str(found.key_name)
    return ec2.arn(call, kind, identifier) if kind else _unknown(call)


def _untagged(call: Call, arn: str) -> Mapping[str, Value]:
    """DeleteTags takes keys and values; only the keys can be asked about."""
    names = list(tag_pairs(call.parameters.get("Tags")))
    return {"aws:TagKeys": list(names)} if names else {}


_LOGGED = {"VPC": "vpc", "Subnet": "subnet", "NetworkInterface": "network-interface"}


def _logged(call: Call) -> str:
    kind = _LOGGED.get(str(call.parameters.get("ResourceType")))
    return ec2.arn(call, kind, str(call.parameters["each"])) if kind else _unknown(call)


def _passes_log_role(call: Call) -> Iterable[Check]:
    """Page: *IAM role for publishing flow logs to CloudWatch Logs*."""
    role = call.parameters.get("DeliverLogsPermissionArn")
    if role:
        yield pass_role(call, str(role), FLOW_LOGS)


def _passes_to_new(call: Call) -> Iterable[Check]:
    return passes_profile(call, str(call.parameters.get("InstanceId") or "*"))


def _passes_to_tied(call: Call) -> Iterable[Check]:
    return passes_profile(call, _of_profile(call).rpartition("/")[2])


# --- the table --------------------------------------------------------------------------------

_READS = (
    "DescribeAccountAttributes",
    "DescribeAddresses",
    "DescribeAvailabilityZones",
    "DescribeDhcpOptions",
    "DescribeEgressOnlyInternetGateways",
    "DescribeFlowLogs",
    "DescribeIamInstanceProfileAssociations",
    "DescribeImages",
    "DescribeInstanceStatus",
    "DescribeInstanceTypeOfferings",
    "DescribeInstanceTypes",
    "DescribeInstances",
    "DescribeInternetGateways",
    "DescribeKeyPairs",
    "DescribeLaunchTemplateVersions",
    "DescribeLaunchTemplates",
    "DescribeManagedPrefixLists",
    "DescribeNatGateways",
    "DescribeNetworkAcls",
    "DescribeNetworkInterfaces",
    "DescribePrefixLists",
    "DescribeRegions",
    "DescribeRouteTables",
    "DescribeSecurityGroupRules",
    "DescribeSecurityGroups",
    "DescribeSnapshots",
    "DescribeSubnets",
    "DescribeTags",
    "DescribeVolumes",
    "DescribeVolumesModifications",
    "DescribeVpcEndpointServices",
    "DescribeVpcEndpoints",
    "DescribeVpcPeeringConnections",
    "DescribeVpcs",
    "DisableEbsEncryptionByDefault",
    "EnableEbsEncryptionByDefault",
    "GetEbsDefaultKmsKeyId",
    "GetEbsEncryptionByDefault",
    "CreateDefaultSubnet",
    "CreateDefaultVpc",
)

_NETWORK: tuple[Entry, ...] = (
    *_makes("CreateVpc", "vpc"),
    _on("DeleteVpc", "vpc", "VpcId"),
    _on("DescribeVpcAttribute", "vpc", "VpcId"),
    _on("ModifyVpcAttribute", "vpc", "VpcId"),
    _on("AssociateVpcCidrBlock", "vpc", "VpcId"),
    *_makes("CreateSubnet", "subnet", _on("CreateSubnet", "vpc", "VpcId")),
    _on("DeleteSubnet", "subnet", "SubnetId"),
    _on("ModifySubnetAttribute", "subnet", "SubnetId"),
    *_makes("CreateSecurityGroup", "security-group", _at("CreateSecurityGroup", _vpc)),
    *(
        _at(operation, _group)
        for operation in (
            "AuthorizeSecurityGroupEgress",
            "AuthorizeSecurityGroupIngress",
            "DeleteSecurityGroup",
            "RevokeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "UpdateSecurityGroupRuleDescriptionsEgress",
            "UpdateSecurityGroupRuleDescriptionsIngress",
        )
    ),
    _tags("AuthorizeSecurityGroupEgress"),
    _tags("AuthorizeSecurityGroupIngress"),
    _on("ModifySecurityGroupRules", "security-group", "GroupId"),
    _on(
        "ModifySecurityGroupRules",
        "security-group-rule",
        "each.SecurityGroupRuleId",
        each="SecurityGroupRules",
    ),
    *_makes("CreateRouteTable", "route-table", _on("CreateRouteTable", "vpc", "VpcId")),
    *(
        _on(operation, "route-table", "RouteTableId")
        for operation in (
            "AssociateRouteTable",
            "CreateRoute",
            "DeleteRoute",
            "DeleteRouteTable",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
        )
    ),
    _if_given("AssociateRouteTable", "subnet", "SubnetId"),
    _if_given("AssociateRouteTable", "internet-gateway", "GatewayId"),
    _at("DisassociateRouteTable", _associated("route-table")),
    _at("DisassociateRouteTable", _associated("subnet")),
    _at("ReplaceRouteTableAssociation", _associated("subnet")),
    *_makes("CreateInternetGateway", "internet-gateway"),
    _on("DeleteInternetGateway", "internet-gateway", "InternetGatewayId"),
    _on("AttachInternetGateway", "internet-gateway", "InternetGatewayId"),
    _on("AttachInternetGateway", "vpc", "VpcId"),
    _on("DetachInternetGateway", "internet-gateway", "InternetGatewayId"),
    _on("DetachInternetGateway", "vpc", "VpcId"),
    *_makes(
        "CreateEgressOnlyInternetGateway",
        "egress-only-internet-gateway",
        _on("CreateEgressOnlyInternetGateway", "vpc", "VpcId"),
    ),
    _on(
        "DeleteEgressOnlyInternetGateway",
        "egress-only-internet-gateway",
        "EgressOnlyInternetGatewayId",
    ),
    *_makes(
        "CreateNatGateway",
        "natgateway",
        _if_given("CreateNatGateway", "subnet", "SubnetId"),
        _if_given("CreateNatGateway", "elastic-ip", "AllocationId"),
    ),
    _on("DeleteNatGateway", "natgateway", "NatGatewayId"),
    *_makes("AllocateAddress", "elastic-ip"),
    _at("ReleaseAddress", _address),
    _at("AssociateAddress", _address),
    _if_given("AssociateAddress", "instance", "InstanceId"),
    _if_given("AssociateAddress", "network-interface", "NetworkInterfaceId"),
    _at("DisassociateAddress", _address),
    *_makes(
        "CreateVpcEndpoint",
        "vpc-endpoint",
        _on("CreateVpcEndpoint", "vpc", "VpcId"),
        _each("CreateVpcEndpoint", "route-table", "RouteTableIds"),
        _each("CreateVpcEndpoint", "security-group", "SecurityGroupIds"),
        _each("CreateVpcEndpoint", "subnet", "SubnetIds"),
    ),
    _each("DeleteVpcEndpoints", "vpc-endpoint", "VpcEndpointIds"),
    _on("ModifyVpcEndpoint", "vpc-endpoint", "VpcEndpointId"),
    _each("ModifyVpcEndpoint", "route-table", "AddRouteTableIds"),
    _each("ModifyVpcEndpoint", "route-table", "RemoveRouteTableIds"),
    _each("ModifyVpcEndpoint", "security-group", "AddSecurityGroupIds"),
    _each("ModifyVpcEndpoint", "security-group", "RemoveSecurityGroupIds"),
    _each("ModifyVpcEndpoint", "subnet", "AddSubnetIds"),
    _each("ModifyVpcEndpoint", "subnet", "RemoveSubnetIds"),
    *_makes(
        "CreateNetworkInterface",
        "network-interface",
        _on("CreateNetworkInterface", "subnet", "SubnetId"),
        _each("CreateNetworkInterface", "security-group", "Groups"),
    ),
    _on("DeleteNetworkInterface", "network-interface", "NetworkInterfaceId"),
    _on("ModifyNetworkInterfaceAttribute", "network-interface", "NetworkInterfaceId"),
    _each("ModifyNetworkInterfaceAttribute", "security-group", "Groups"),
    _on("AttachNetworkInterface", "instance", "InstanceId"),
    _on("AttachNetworkInterface", "network-interface", "NetworkInterfaceId"),
    _at("DetachNetworkInterface", _attached("instance")),
    _at("DetachNetworkInterface", _attached("network-interface")),
    *_makes("CreateNetworkAcl", "network-acl", _on("CreateNetworkAcl", "vpc", "VpcId")),
    *(
        _on(operation, "network-acl", "NetworkAclId")
        for operation in (
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclEntry",
        )
    ),
    *_makes(
        "CreateFlowLogs",
        "vpc-flow-log",
        _at("CreateFlowLogs", _logged, each="ResourceIds"),
    ),
    Derived("CreateFlowLogs", _passes_log_role, actions=("iam:PassRole",)),
    _each("DeleteFlowLogs", "vpc-flow-log", "FlowLogIds"),
    *_makes(
        "CreateVpcPeeringConnection",
        "vpc-peering-connection",
        _on("CreateVpcPeeringConnection", "vpc", "VpcId"),
    ),
    _at("AcceptVpcPeeringConnection", _accepter),
    *(
        _on(operation, "vpc-peering-connection", "VpcPeeringConnectionId")
        for operation in (
            "AcceptVpcPeeringConnection",
            "DeleteVpcPeeringConnection",
            "RejectVpcPeeringConnection",
        )
    ),
)

_COMPUTE: tuple[Entry, ...] = (
    Derived(
        "RunInstances", run_instances, actions=("ec2:RunInstances", CREATE_TAGS, "iam:PassRole")
    ),
    *(
        _each(operation, "instance", "InstanceIds")
        for operation in (
            "MonitorInstances",
            "RebootInstances",
            "StartInstances",
            "StopInstances",
            "TerminateInstances",
            "UnmonitorInstances",
        )
    ),
    *(
        _on(operation, "instance", "InstanceId")
        for operation in (
            "AssociateIamInstanceProfile",
            "DescribeInstanceAttribute",
            "GetConsoleOutput",
            "GetPasswordData",
            "ModifyInstanceAttribute",
            "ModifyInstanceMetadataOptions",
            "ResetInstanceAttribute",
        )
    ),
    _each("ModifyInstanceAttribute", "security-group", "Groups"),
    Derived("AssociateIamInstanceProfile", _passes_to_new, actions=("iam:PassRole",)),
    _at("DisassociateIamInstanceProfile", _of_profile),
    _at("ReplaceIamInstanceProfileAssociation", _of_profile),
    Derived("ReplaceIamInstanceProfileAssociation", _passes_to_tied, actions=("iam:PassRole",)),
    *_makes("CreateKeyPair", "key-pair", named="KeyName"),
    *_makes("ImportKeyPair", "key-pair", named="KeyName"),
    _at("DeleteKeyPair", _key_pair),
    *_makes("CreateLaunchTemplate", "launch-template"),
    _at("CreateLaunchTemplateVersion", _template),
    _at("DeleteLaunchTemplate", _template),
    _at("ModifyLaunchTemplate", _template),
    *_makes("CreateVolume", "volume", _if_given("CreateVolume", "snapshot", "SnapshotId")),
    _on("DeleteVolume", "volume", "VolumeId"),
    _on("ModifyVolume", "volume", "VolumeId"),
    _on("AttachVolume", "instance", "InstanceId"),
    _on("AttachVolume", "volume", "VolumeId"),
    _on("DetachVolume", "volume", "VolumeId"),
    _if_given("DetachVolume", "instance", "InstanceId"),
    *_makes("CreateSnapshot", "snapshot", _on("CreateSnapshot", "volume", "VolumeId")),
    _on("DeleteSnapshot", "snapshot", "SnapshotId"),
    _on("ModifySnapshotAttribute", "snapshot", "SnapshotId"),
    *_makes(
        "CreateImage",
        "image",
        _on("CreateImage", "instance", "InstanceId"),
        Row("CreateImage", "ec2:CreateImage", ec2.new("snapshot")),
    ),
    _on("DeregisterImage", "image", "ImageId"),
    _on("ModifyImageAttribute", "image", "ImageId"),
    Row(
        "CreateTags",
        CREATE_TAGS,
        _tagged,
        request_tags="Tags",
        context=(ec2.about,),
        each="Resources",
    ),
    Row("DeleteTags", "ec2:DeleteTags", _tagged, context=(ec2.about, _untagged), each="Resources"),
)

TABLE = Table(
    prefix="ec2",
    keys={"ec2:Region": lambda call: call.region},
    rows=(
        *(Row(operation, f"ec2:{operation}") for operation in _READS),
        *_NETWORK,
        *_COMPUTE,
    ),
)
