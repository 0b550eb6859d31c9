"""What RunInstances asks: one question for each resource that a launch uses or makes.

Pages: *Example policies to control access the Amazon EC2 API*, "Launch instances (RunInstances)";
*Grant permission to tag Amazon EC2 resources during creation*; *Actions, resources, and condition
keys for Amazon EC2*, RunInstances.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rolelab.sandbox.operations import ec2_resources as ec2
from rolelab.sandbox.operations.check import Check, Value
from rolelab.sandbox.operations.iam_entities import find as find_entity
from rolelab.sandbox.operations.pass_role import pass_role
from rolelab.sandbox.operations.row import condition_value, tag_context
from rolelab.sandbox.resource_policies import account_of

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

EC2 = "ec2.amazonaws.com"
LAUNCH = "ec2:RunInstances"


def run_instances(call: Call) -> Iterable[Check]:
    """Give the checks of a launch: image, network, disks, key, tags, and the role it hands over."""
    filled = _with_template(call)
    template = _template(filled)
    shared: dict[str, Value] = {"ec2:Region": call.region}
    if template is not None:
        shared["ec2:LaunchTemplate"] = template
        yield _check(filled, template, shared)
    for resource, context in _resources(filled):
        yield _check(filled, resource, {**shared, **context})
    yield from tags_on_creation(filled, LAUNCH)
    yield from passes_profile(filled)


def _check(call: Call, resource: str, context: Mapping[str, Value]) -> Check:
    return Check(LAUNCH, resource, None, {**ec2.about(call, resource), **context})


def _resources(call: Call) -> Iterator[tuple[str, dict[str, Value]]]:
    given = call.parameters
    image = str(given.get("ImageId") or "*")
    yield ec2.arn(call, "image", image), {}
    yield ec2.arn(call, "instance", "*"), _about_instance(call, image)
    yield from _network(call)
    yield from _volumes(call, image)
    if given.get("KeyName"):
        yield ec2.arn(call, "key-pair", str(given["KeyName"])), {}
    group = (given.get("Placement") or {}).get("GroupName")
    if group:
        yield ec2.arn(call, "placement-group", str(group)), {"ec2:PlacementGroupName": str(group)}


def _about_instance(call: Call, image: str) -> dict[str, Value]:
    given = call.parameters
    placement, metadata = given.get("Placement") or {}, given.get("MetadataOptions") or {}
    found = ec2.find(call, "image", image)
    subnet = ec2.find(call, "subnet", _subnet_id(call))
    said = {
        "ec2:InstanceType": given.get("InstanceType") or "m1.small",
        "ec2:AvailabilityZone": placement.get("AvailabilityZone")
        or getattr(subnet, "availability_zone", None),
        "ec2:EbsOptimized": bool(given.get("EbsOptimized")),
        "ec2:Tenancy": placement.get("Tenancy") or "default",
        "ec2:RootDeviceType": getattr(found, "root_device_type", None),
        "ec2:InstanceProfile": profile_arn(call, given.get("IamInstanceProfile")),
        "ec2:PlacementGroup": placement.get("GroupName")
        and ec2.arn(call, "placement-group", str(placement["GroupName"])),
        "ec2:InstanceMarketType": (given.get("InstanceMarketOptions") or {}).get("MarketType")
        or "on-demand",
        "ec2:MetadataHttpEndpoint": metadata.get("HttpEndpoint"),
        "ec2:MetadataHttpTokens": metadata.get("HttpTokens"),
        "ec2:MetadataHttpPutResponseHopLimit": metadata.get("HttpPutResponseHopLimit"),
    }
    tags = tag_context(ec2.tags_in_request(call, "instance"))
    return {**{key: condition_value(said[key]) for key in said if said[key] is not None}, **tags}


# --- the network ------------------------------------------------------------------------------


def _interfaces(call: Call) -> list[Mapping[str, Any]]:
    return list(call.parameters.get("NetworkInterfaces") or [{}])


def _network(call: Call) -> Iterator[tuple[str, dict[str, Value]]]:
    seen: set[str] = set()
    for each in _interfaces(call):
        existing = each.get("NetworkInterfaceId")
        if existing:
            yield ec2.arn(call, "network-interface", str(existing)), {}
            continue
        subnet = str(each.get("SubnetId") or _subnet_id(call))
        yield ec2.arn(call, "network-interface", "*"), _about_interface(call, each, subnet)
        named = [("subnet", subnet)]
        groups = each.get("Groups") or _groups(call, subnet)
        named += [("security-group", str(group)) for group in groups]
        for resource in (ec2.arn(call, kind, identifier) for kind, identifier in named):
            if resource not in seen:
                seen.add(resource)
                yield resource, {}


def _about_interface(call: Call, given: Mapping[str, Any], subnet: str) -> dict[str, Value]:
    found = ec2.find(call, "subnet", subnet)
    context = tag_context(ec2.tags_in_request(call, "network-interface"))
    if found is not None:
        context["ec2:Vpc"] = ec2.arn(call, "vpc", str(found.vpc_id))
        context["ec2:Subnet"] = ec2.arn(call, "subnet", subnet)
        context["ec2:AvailabilityZone"] = str(found.availability_zone)
    if given.get("AssociatePublicIpAddress") is not None:
        context["ec2:AssociatePublicIpAddress"] = condition_value(given["AssociatePublicIpAddress"])
    return context


def _subnet_id(call: Call) -> str:
    """The subnet of the launch: the one that is named, or a default one of the default VPC.

    Page: *RunInstances*: without a subnet, a default subnet of the default VPC is chosen.
    """
    first = _interfaces(call)[0].get("SubnetId") or call.parameters.get("SubnetId")
    if first:
        return str(first)
    known = ec2.stored(call)
    defaults = {} if known is None else known.get_default_subnets()
    zone = (call.parameters.get("Placement") or {}).get("AvailabilityZone")
    chosen = defaults.get(zone) if zone else next(iter(defaults.values()), None)
    return "*" if chosen is None else str(chosen.id)


def _groups(call: Call, subnet: str) -> list[str]:
    """The security groups of the launch: the named ones, or the default one of the VPC."""
    given = call.parameters
    if given.get("SecurityGroupIds"):
        return [str(each) for each in given["SecurityGroupIds"]]
    found = ec2.find(call, "subnet", subnet)
    known = ec2.stored(call)
    if known is None or found is None:
        return ["*"]
    groups = list(dict(known.groups.get(found.vpc_id) or {}).values())
    names = set(given.get("SecurityGroups") or ["default"])
    return [str(group.id) for group in groups if group.name in names] or ["*"]


# --- disks ------------------------------------------------------------------------------------


def _volumes(call: Call, image: str) -> Iterator[tuple[str, dict[str, Value]]]:
    """One volume for each mapped disk; an image on EBS has at least its root volume."""
    disks = [
        each["Ebs"] for each in call.parameters.get("BlockDeviceMappings") or () if "Ebs" in each
    ]
    found = ec2.find(call, "image", image)
    on_ebs = getattr(found, "root_device_type", "ebs") == "ebs"
    for disk in disks or ([{}] if on_ebs else []):
        said = {
            "ec2:Encrypted": bool(disk.get("Encrypted")),
            "ec2:VolumeSize": disk.get("VolumeSize"),
            "ec2:VolumeType": disk.get("VolumeType"),
            "ec2:VolumeIops": disk.get("Iops"),
            "ec2:VolumeThroughput": disk.get("Throughput"),
            "ec2:KmsKeyId": disk.get("KmsKeyId"),
        }
        context = {key: condition_value(said[key]) for key in said if said[key] is not None}
        tags = tag_context(ec2.tags_in_request(call, "volume"))
        yield ec2.arn(call, "volume", "*"), {**context, **tags}
        if disk.get("SnapshotId"):
            yield ec2.arn(call, "snapshot", str(disk["SnapshotId"])), {}


# --- launch templates -------------------------------------------------------------------------


def _named_template(call: Call) -> Any | None:
    given = call.parameters.get("LaunchTemplate") or {}
    known = ec2.stored(call)
    if known is None or not given:
        return None
    name = given.get("LaunchTemplateName")
    templates = known.launch_templates.values()
    identifier = given.get("LaunchTemplateId")
    return next((each for each in templates if each.id == identifier or each.name == name), None)


def _template(call: Call) -> str | None:
    given = call.parameters.get("LaunchTemplate") or {}
    if not given:
        return None
    found = _named_template(call)
    return ec2.arn(call, "launch-template", str(found.id if found else "*"))


def _with_template(call: Call) -> Call:
    """Lay the request over the launch template: what the request names wins.

    Page: *RunInstances*, "LaunchTemplate".
    """
    found = _named_template(call)
    if found is None:
        return call
    wanted = str(call.parameters["LaunchTemplate"].get("Version") or "$Default")
    named = {"$Default": found.default_version_number, "$Latest": found.latest_version_number}
    number = str(named.get(wanted, wanted))
    version = next((each for each in found.versions if str(each.number) == number), None)
    data = {} if version is None else version.data
    return replace(call, parameters={**data, **call.parameters})


# --- tags and roles ---------------------------------------------------------------------------


def tags_on_creation(call: Call, creates: str) -> Iterator[Check]:
    """Give the `ec2:CreateTags` checks of a call that makes and tags resources.

    Page: *Grant permission to tag Amazon EC2 resources during creation*: `ec2:CreateAction` is
    the name of the operation.
    """
    kinds = dict.fromkeys(
        str(each.get("ResourceType"))
        for each in call.parameters.get("TagSpecifications") or ()
        if each.get("Tags")
    )
    for kind in kinds:
        context: dict[str, Value] = {
            **tag_context(ec2.tags_in_request(call, kind)),
            "ec2:CreateAction": creates.partition(":")[2],
            "ec2:Region": call.region,
        }
        yield Check("ec2:CreateTags", ec2.arn(call, kind, "*"), None, context)


def profile_arn(call: Call, given: Mapping[str, Any] | None) -> str | None:
    """Give the ARN of an instance profile that is named by ARN or name; None if none is."""
    if not given:
        return None
    if given.get("Arn"):
        return str(given["Arn"])
    name = given.get("Name")
    found = find_entity("instance-profile", str(name), call.account, call.partition)
    if found is not None:
        return str(found.arn)
    return f"arn:{call.partition}:iam::{call.account}:instance-profile/{name}" if name else None


def passes_profile(call: Call, instance: str = "*") -> Iterator[Check]:
    """Give the `iam:PassRole` check of a call that hands an instance profile to an instance.

    Page: *Grant a user permissions to pass a role to an AWS service*; *IAM roles for Amazon EC2*.
    """
    profile = profile_arn(call, call.parameters.get("IamInstanceProfile"))
    if profile is None:
        return
    name = profile.rpartition("/")[2]
    account = account_of(profile) or call.account
    found = find_entity("instance-profile", name, account, call.partition)
    # A profile that is not there, or has no role, hands over nothing that is known.
    roles = [str(each.arn) for each in found.roles] if found is not None else []
    for role in roles or [f"arn:{call.partition}:iam::{account}:role/{name}"]:
        yield pass_role(call, role, EC2, ec2.arn(call, "instance", instance))
