"""EC2: calls that name what is not there.

moto takes an image, an instance profile or a VPC that does not exist, or answers in other words.

AWS page: *Error codes for the Amazon EC2 API*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rolelab.sandbox.call import Call
from rolelab.sandbox.denial import ServiceError
from rolelab.sandbox.fixes import Response, Serve, fix
from rolelab.sandbox.operations import ec2_resources
from rolelab.sandbox.operations.iam_entities import find as find_entity

# Kind of resource -> parameter that names it, error code, sentence.
_MISSING: Mapping[str, tuple[str, str, str]] = {
    "image": ("ImageId", "InvalidAMIID.NotFound", "The image id '[{}]' does not exist"),
    "subnet": ("SubnetId", "InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
    "vpc": ("VpcId", "InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
}
_IN_A_VPC = (
    "CreateEgressOnlyInternetGateway",
    "CreateNetworkAcl",
    "CreateRouteTable",
    "CreateSecurityGroup",
    "CreateSubnet",
    "CreateVpcEndpoint",
    "DeleteVpc",
)
_IN_A_SUBNET = ("CreateNatGateway", "CreateNetworkInterface", "DeleteSubnet", "RunInstances")


def exists(kind: str) -> Callable[[Call, Any, Serve], Response]:
    """Give a fix that refuses a call which names a resource that is not there."""
    member, code, sentence = _MISSING[kind]

    def check(call: Call, response: Any, serve: Serve) -> Response:
        named = call.parameters.get(member)
        if named and _find(call, kind, str(named)) is None:
            raise ServiceError(code, sentence.format(named), 400)
        return serve()

    return check


def _find(call: Call, kind: str, named: str) -> Any | None:
    """moto makes the images and the default VPC of an account when it is first asked for them."""
    from moto.ec2.models import ec2_backends

    ec2_backends[call.account][call.region]
    return ec2_resources.find(call, kind, named)


def profile_exists(call: Call, response: Any, serve: Serve) -> Response:
    """The sentence is the one that EC2 answers, as widely reported."""
    for member, named in _profile(call):
        if find_entity("instance-profile", named, call.account, call.partition) is None:
            given = call.parameters["IamInstanceProfile"][member]
            raise ServiceError(
                "InvalidParameterValue",
                f"Value ({given}) for parameter iamInstanceProfile.{member.lower()} is invalid. "
                f"Invalid IAM Instance Profile {'ARN' if member == 'Arn' else 'name'}",
                400,
            )
    return serve()


def _profile(call: Call) -> Iterator[tuple[str, str]]:
    given = call.parameters.get("IamInstanceProfile") or {}
    for member in ("Arn", "Name"):
        if given.get(member):
            yield member, str(given[member]).rpartition("/")[2]


def register() -> None:
    """Register the checks."""
    fix("ec2", "RunInstances")(exists("image"))
    for operation in _IN_A_VPC:
        fix("ec2", operation)(exists("vpc"))
    for operation in _IN_A_SUBNET:
        fix("ec2", operation)(exists("subnet"))
    for operation in (
        "AssociateIamInstanceProfile",
        "ReplaceIamInstanceProfileAssociation",
        "RunInstances",
    ):
        fix("ec2", operation)(profile_exists)
