"""The elastic network interface of a task in `awsvpc` mode.

Page: *Amazon ECS task networking options for Fargate*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from rolelab.sandbox.denial import ServiceError

_NEEDED = "Network Configuration must be provided when networkMode 'awsvpc' is specified."


def attach(account: str, region: str, configuration: Mapping[str, Any] | None) -> dict[str, Any]:
    """Make a network interface in the subnet of a task.

    Args:
        account: the account of the task.
        region: its Region.
        configuration: RunTask's `networkConfiguration`.

    Returns:
        The attachment, as `describe_tasks` shows it.

    Raises:
        ServiceError: InvalidParameterException; no configuration, or it names a subnet or a
            security group that there is not.
    """
    from moto.core.exceptions import ServiceException
    from moto.ec2.models import ec2_backends
    from moto.ec2.utils import random_private_ip

    network = (configuration or {}).get("awsvpcConfiguration") or {}
    subnets = [str(each) for each in network.get("subnets") or ()]
    if not subnets:
        raise ServiceError("InvalidParameterException", _NEEDED, 400)
    backend = ec2_backends[account][region]
    groups = [str(each) for each in network.get("securityGroups") or ()]
    for kind, names, look_up in (
        ("subnet", subnets, lambda: backend.describe_subnets(subnet_ids=subnets)),
        ("security group", groups, lambda: groups and backend.describe_security_groups(groups)),
    ):
        try:
            look_up()
        except ServiceException as error:
            raise ServiceError(
                "InvalidParameterException",
                f"Error retrieving {kind} information for [{', '.join(names)}]: {error.message} "
                f"(ErrorCode: {error.code})",
                400,
            ) from error
    interface = backend.create_network_interface(
        subnet=subnets[0],
        private_ip_address=random_private_ip(),
        group_ids=groups,
        description="Amazon ECS task",
    )
    interface.status = "in-use"
    return {
        "id": str(uuid4()),
        "type": "ElasticNetworkInterface",
        "status": "ATTACHED",
        "details": [
            {"name": "subnetId", "value": subnets[0]},
            {"name": "networkInterfaceId", "value": interface.id},
            {"name": "macAddress", "value": interface.mac_address},
            *_private_dns_name(interface),
            {"name": "privateIPv4Address", "value": interface.private_ip_address},
        ],
    }


def _private_dns_name(interface: Any) -> list[dict[str, str]]:
    """The private DNS name; only a VPC with DNS hostnames gives one.

    Page: *ModifyVpcAttribute* (Amazon EC2 API Reference), `EnableDnsHostnames`.
    """
    # moto has no such attribute at all where there is no name.
    name = getattr(interface, "private_dns_name", None)
    return [{"name": "privateDnsName", "value": str(name)}] if name else []
