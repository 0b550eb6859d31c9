"""What the operations of Elastic Load Balancing (application, network, gateway) ask.

Page: *Actions, resources, and condition keys for AWS Elastic Load Balancing V2* (Service
Authorization Reference); *ELB API permissions to tag resources during creation* for `AddTags`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from rolelab.sandbox.operations.check import Value
from rolelab.sandbox.operations.row import (
    Key,
    Resource,
    Row,
    Table,
    resource_tag_context,
)
from rolelab.sandbox.resource_policies import backend, owned_by_account_in_arn

if TYPE_CHECKING:
    from rolelab.sandbox.call import Call

Keys = Mapping[str, Key]

NEW = "arn:{partition}:elasticloadbalancing:{region}:{account}:"
# A load balancer's type in requests -> in ARNs.
_TYPES: Mapping[str, str] = {"application": "app", "gateway": "gwy", "network": "net"}


def _new_load_balancer(call: Call) -> str:
    """The id at the end of the ARN is not known before the load balancer is made."""
    kind = _TYPES.get(str(call.parameters.get("Type") or "application"), "app")
    head = f"arn:{call.partition}:elasticloadbalancing:{call.region}:{call.account}"
    return f"{head}:loadbalancer/{kind}/{call.parameters.get('Name')}/*"


def _below(member: str, above: str, kind: str) -> Callable[[Call], str]:
    """Give a resource function: what a call makes below a load balancer or a listener.

    Its ARN begins like that of what it is made for, after the kind.
    """

    def resource(call: Call) -> str:
        given = str(call.parameters.get(member) or "*")
        return f"{given.replace(f':{above}/', f':{kind}/', 1)}/*" if given != "*" else given

    return resource


def _tags(call: Call, arn: str) -> Mapping[str, Value]:
    parts = arn.split(":", 5)
    stored = backend("elbv2", parts[4], parts[3]) if len(parts) == 6 else None
    tags = {} if stored is None else stored.tagging_service.get_tag_dict_for_resource(arn)
    return resource_tag_context(tags, "elasticloadbalancing:ResourceTag")


def _subnets(call: Call) -> Value | None:
    mappings = call.parameters.get("SubnetMappings") or ()
    named = call.parameters.get("Subnets") or [each.get("SubnetId") for each in mappings]
    return [str(each) for each in named if each] or None


def _scheme(call: Call) -> Value:
    """Page: *CreateLoadBalancer*: the default is an Internet-facing load balancer."""
    return str(call.parameters.get("Scheme") or "internet-facing")


_SUBNET: Keys = {"elasticloadbalancing:Subnet": _subnets}
_GROUPS: Keys = {"elasticloadbalancing:SecurityGroup": "SecurityGroups"}
_LISTENER: Keys = {
    "elasticloadbalancing:ListenerProtocol": "Protocol",
    "elasticloadbalancing:SecurityPolicy": "SslPolicy",
}


def _row(operation: str, resource: Resource = "*", keys: Keys | None = None) -> Row:
    return Row(operation, f"elasticloadbalancing:{operation}", resource, keys=keys or {})


def _create(
    operation: str, resource: Resource, tagged: Resource, keys: Keys | None = None
) -> tuple[Row, ...]:
    """Give the rows of an operation that makes something and may tag it."""
    return (
        Row(
            operation,
            f"elasticloadbalancing:{operation}",
            resource,
            keys=keys or {},
            request_tags="Tags",
        ),
        Row(
            operation,
            "elasticloadbalancing:AddTags",
            tagged,
            keys={"elasticloadbalancing:CreateAction": lambda call: operation},
            request_tags="Tags",
            when="Tags",
        ),
    )


# Parameter that holds the ARN -> the operations on what it names.
_ON: Mapping[str, tuple[str, ...]] = {
    "LoadBalancerArn": (
        "DeleteLoadBalancer",
        "ModifyCapacityReservation",
        "ModifyIpPools",
        "ModifyLoadBalancerAttributes",
        "SetIpAddressType",
    ),
    "ListenerArn": (
        "AddListenerCertificates",
        "DeleteListener",
        "ModifyListenerAttributes",
        "RemoveListenerCertificates",
    ),
    "RuleArn": ("DeleteRule", "ModifyRule"),
    "TargetGroupArn": (
        "DeleteTargetGroup",
        "DeregisterTargets",
        "ModifyTargetGroup",
        "ModifyTargetGroupAttributes",
        "RegisterTargets",
    ),
    "TrustStoreArn": (
        "AddTrustStoreRevocations",
        "DeleteSharedTrustStoreAssociation",
        "DeleteTrustStore",
        "GetTrustStoreCaCertificatesBundle",
        "GetTrustStoreRevocationContent",
        "ModifyTrustStore",
        "RemoveTrustStoreRevocations",
    ),
    "ResourceArn": ("GetResourcePolicy",),
}
# Whoever may describe, may describe everything: these take no resource.
_DESCRIBE = (
    "DescribeAccountLimits",
    "DescribeCapacityReservation",
    "DescribeListenerAttributes",
    "DescribeListenerCertificates",
    "DescribeListeners",
    "DescribeLoadBalancerAttributes",
    "DescribeLoadBalancers",
    "DescribeRules",
    "DescribeSSLPolicies",
    "DescribeTags",
    "DescribeTargetGroupAttributes",
    "DescribeTargetGroups",
    "DescribeTargetHealth",
    "DescribeTrustStoreAssociations",
    "DescribeTrustStoreRevocations",
    "DescribeTrustStores",
)

TABLE = Table(
    prefix="elasticloadbalancing",
    context=(_tags,),
    attached=owned_by_account_in_arn,
    rows=(
        *(_row(operation, f"{{{member}}}") for member in _ON for operation in _ON[member]),
        *(_row(operation) for operation in _DESCRIBE),
        *_create(
            "CreateLoadBalancer",
            _new_load_balancer,
            _new_load_balancer,
            {**_SUBNET, **_GROUPS, "elasticloadbalancing:Scheme": _scheme},
        ),
        *_create(
            "CreateListener",
            "{LoadBalancerArn}",
            _below("LoadBalancerArn", "loadbalancer", "listener"),
            _LISTENER,
        ),
        *_create(
            "CreateRule",
            "{ListenerArn}",
            _below("ListenerArn", "listener", "listener-rule"),
        ),
        *_create(
            "CreateTargetGroup", f"{NEW}targetgroup/{{Name}}/*", f"{NEW}targetgroup/{{Name}}/*"
        ),
        *_create("CreateTrustStore", f"{NEW}truststore/{{Name}}/*", f"{NEW}truststore/{{Name}}/*"),
        _row("ModifyListener", "{ListenerArn}", _LISTENER),
        _row("SetSecurityGroups", "{LoadBalancerArn}", _GROUPS),
        _row("SetSubnets", "{LoadBalancerArn}", _SUBNET),
        Row(
            "SetRulePriorities",
            "elasticloadbalancing:SetRulePriorities",
            "{each.RuleArn}",
            each="RulePriorities",
        ),
        Row(
            "AddTags",
            "elasticloadbalancing:AddTags",
            "{each}",
            request_tags="Tags",
            each="ResourceArns",
        ),
        Row(
            "RemoveTags",
            "elasticloadbalancing:RemoveTags",
            "{each}",
            tag_keys="TagKeys",
            each="ResourceArns",
        ),
    ),
)
