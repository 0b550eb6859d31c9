"""EC2 resources as they are: their ARNs, tags, and what condition keys say about them.

Pages: *Actions, resources, and condition keys for Amazon EC2* (Service Authorization Reference),
"Resource types" and "Condition keys"; *Example policies to control access the Amazon EC2 API*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations.check import Value
from rolelab.sandbox.operations.row import condition_value, resource_tag_context
from rolelab.sandbox.resource_policies import backend

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

# Kinds whose ARN names no account, because they may belong to another one.
_WITHOUT_ACCOUNT = frozenset({"image", "snapshot"})

# What an id begins with -> the kind of resource. CreateTags names resources by ids alone.
_PREFIXES: Mapping[str, str] = {
    "acl": "network-acl",
    "ami": "image",
    "dopt": "dhcp-options",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "snap": "snapshot",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}


def arn_template(kind: str, path: str) -> str:
    """Give the ARN template of a kind of resource whose id is the parameter at `path`."""
    return _template(kind) + "{" + path + "}"


def arn(call: Call, kind: str, identifier: str) -> str:
    """Give the ARN of one resource; `*` as its id stands for one that is to be made."""
    account = "" if kind in _WITHOUT_ACCOUNT else call.account
    return f"arn:{call.partition}:ec2:{call.region}:{account}:{kind}/{identifier}"


def new(kind: str) -> str:
    """Give the ARN template of a resource that is to be made."""
    return _template(kind) + "*"


def _template(kind: str) -> str:
    account = "" if kind in _WITHOUT_ACCOUNT else "{account}"
    return f"arn:{{partition}}:ec2:{{region}}:{account}:{kind}/"


def kind_of(identifier: str) -> str | None:
    """Give the kind of resource an id belongs to; None for an id of no known kind."""
    return _PREFIXES.get(identifier.partition("-")[0])


def tags_in_request(call: Call, kind: str) -> dict[str, str]:
    """Give the tags that a request puts on the resources of one kind that it makes."""
    return {
        str(tag.get("Key", "")): str(tag.get("Value", ""))
        for specification in call.parameters.get("TagSpecifications") or ()
        if specification.get("ResourceType") == kind
        for tag in specification.get("Tags") or ()
    }


# --- what the account holds -------------------------------------------------------------------


def stored(call: Call) -> Any | None:
    """Give moto's EC2 of the call's account and Region; None where nobody has used it."""
    return backend("ec2", call.account, call.region)


def _by_id(attribute: str) -> Callable[[Any, str], Any]:
    return lambda known, identifier: getattr(known, attribute).get(identifier)


def _nested(attribute: str) -> Callable[[Any, str], Any]:
    def find_in(known: Any, identifier: str) -> Any:
        groups = list(getattr(known, attribute).values())
        return next((group[identifier] for group in groups if identifier in group), None)

    return find_in


def _instance(known: Any, identifier: str) -> Any:
    instances = (each for group in known.reservations.values() for each in group.instances)
    return next((each for each in instances if each.id == identifier), None)


def _address(known: Any, identifier: str) -> Any:
    found = (each for each in known.addresses if each.allocation_id == identifier)
    return next(found, None)


def _key_pair(known: Any, identifier: str) -> Any:
    pairs = known.key_pairs.values()
    return next((each for each in pairs if identifier in (each.key_name, each.id)), None)


_FIND: Mapping[str, Callable[[Any, str], Any]] = {
    "dhcp-options": _by_id("dhcp_options_sets"),
    "egress-only-internet-gateway": _by_id("egress_only_internet_gateways"),
    "elastic-ip": _address,
    "image": _by_id("amis"),
    "instance": _instance,
    "internet-gateway": _by_id("internet_gateways"),
    "key-pair": _key_pair,
    "launch-template": _by_id("launch_templates"),
    "natgateway": _by_id("nat_gateways"),
    "network-acl": _by_id("network_acls"),
    "network-interface": _by_id("enis"),
    "route-table": _by_id("route_tables"),
    "security-group": _nested("groups"),
    "snapshot": _by_id("snapshots"),
    "subnet": _nested("subnets"),
    "volume": _by_id("volumes"),
    "vpc": _by_id("vpcs"),
    "vpc-endpoint": _by_id("vpc_end_points"),
    "vpc-peering-connection": _by_id("vpc_pcxs"),
}


def find(call: Call, kind: str, identifier: str) -> Any | None:
    """Find a resource by kind and id; None where there is none."""
    known = stored(call)
    seek = _FIND.get(kind)
    return None if known is None or seek is None else seek(known, identifier)


# --- condition keys ---------------------------------------------------------------------------


def about(call: Call, resource: str) -> Mapping[str, Value]:
    """Give the condition keys of an EC2 resource that exists: tags, VPC, id and properties."""
    kind, _, identifier = resource.partition("/")
    kind = kind.rpartition(":")[2]
    if identifier in {"", "*"}:
        return {}
    context: dict[str, Value] = {}
    found = find(call, kind, identifier)
    known = stored(call)
    if known is not None:
        tagged = identifier if found is None else str(getattr(found, "id", identifier))
        pairs = dict(known.tags.get(tagged) or {})
        context |= resource_tag_context(pairs, "ec2:ResourceTag")
    for key, give in _KEYS.get(kind, {}).items():
        value = give(call, identifier, found)
        if value not in (None, ""):
            context[key] = condition_value(value)
    return context


Give = Callable[["Call", str, Any], Any]


def _id(call: Call, identifier: str, found: Any) -> str:
    return identifier


def _attribute(name: str) -> Give:
    return lambda call, identifier, found: getattr(found, name, None)


def _vpc(call: Call, identifier: str, found: Any) -> str | None:
    """`ec2:Vpc` holds the ARN of the VPC. Page: *Condition keys for Amazon EC2*."""
    vpc = getattr(found, "vpc_id", None) or getattr(getattr(found, "subnet", None), "vpc_id", None)
    return arn(call, "vpc", str(vpc)) if vpc else None


def _subnet(call: Call, identifier: str, found: Any) -> str | None:
    subnet = getattr(getattr(found, "subnet", None), "id", None)
    return arn(call, "subnet", str(subnet)) if subnet else None


def _zone(call: Call, identifier: str, found: Any) -> Any:
    zone = getattr(found, "availability_zone", None) or getattr(found, "zone", None)
    return getattr(zone, "name", zone)


def _placement(call: Call, identifier: str, found: Any) -> Any:
    return getattr(getattr(found, "_placement", None), "zone", None)


def _interface_zone(call: Call, identifier: str, found: Any) -> Any:
    return getattr(getattr(found, "subnet", None), "availability_zone", None)


def _profile(call: Call, identifier: str, found: Any) -> Any:
    profile = getattr(found, "iam_instance_profile", None)
    return profile.get("Arn") if isinstance(profile, dict) else getattr(profile, "arn", None)


def _public(call: Call, identifier: str, found: Any) -> Any:
    return None if found is None else bool(found.is_public)


def _image_owner(call: Call, identifier: str, found: Any) -> Any:
    return getattr(found, "image_owner_alias", None) or getattr(found, "owner_id", None)


_KEYS: Mapping[str, Mapping[str, Give]] = {
    "dhcp-options": {"ec2:DhcpOptionsID": _id},
    "elastic-ip": {
        "ec2:AllocationId": _id,
        "ec2:Domain": _attribute("domain"),
        "ec2:PublicIpAddress": _attribute("public_ip"),
    },
    "image": {
        "ec2:ImageID": _id,
        "ec2:ImageType": _attribute("image_type"),
        "ec2:Owner": _image_owner,
        "ec2:Public": _public,
        "ec2:RootDeviceType": _attribute("root_device_type"),
    },
    "instance": {
        "ec2:InstanceID": _id,
        "ec2:InstanceType": _attribute("instance_type"),
        "ec2:AvailabilityZone": _placement,
        "ec2:InstanceProfile": _profile,
    },
    "internet-gateway": {"ec2:InternetGatewayID": _id},
    "key-pair": {
        "ec2:KeyPairName": _attribute("key_name"),
        "ec2:KeyPairType": _attribute("key_type"),
    },
    "natgateway": {"ec2:Vpc": _vpc},
    "network-acl": {"ec2:NetworkAclID": _id, "ec2:Vpc": _vpc},
    "network-interface": {
        "ec2:NetworkInterfaceID": _id,
        "ec2:AvailabilityZone": _interface_zone,
        "ec2:Subnet": _subnet,
        "ec2:Vpc": _vpc,
    },
    "route-table": {"ec2:RouteTableID": _id, "ec2:Vpc": _vpc},
    "security-group": {"ec2:SecurityGroupID": _id, "ec2:Vpc": _vpc},
    "snapshot": {
        "ec2:SnapshotID": _id,
        "ec2:Encrypted": _attribute("encrypted"),
        "ec2:Owner": _attribute("owner_id"),
    },
    "subnet": {"ec2:SubnetID": _id, "ec2:AvailabilityZone": _zone, "ec2:Vpc": _vpc},
    "volume": {
        "ec2:VolumeID": _id,
        "ec2:AvailabilityZone": _zone,
        "ec2:Encrypted": _attribute("encrypted"),
        "ec2:VolumeSize": _attribute("size"),
        "ec2:VolumeType": _attribute("volume_type"),
        "ec2:VolumeIops": _attribute("iops"),
        "ec2:VolumeThroughput": _attribute("throughput"),
    },
    "vpc": {"ec2:VpcID": _id, "ec2:Tenancy": _attribute("instance_tenancy")},
    "vpc-endpoint": {"ec2:VpceServiceName": _attribute("service_name")},
}
